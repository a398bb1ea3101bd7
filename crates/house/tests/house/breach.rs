//! What a rule says, what broke it, and how the two are reported.

use std::fmt::Write;

/// A rule, with the way back to keeping it.
pub struct Rule {
    pub says: &'static str,
    pub mend: &'static str,
}

/// One breach of a rule, at a place that can be opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl Breach {
    pub fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

/// Fails the running test with all breaches at once, so that one run shows the whole work.
#[track_caller]
pub fn hold(rule: &Rule, breaches: &[Breach]) {
    if !breaches.is_empty() {
        panic!("{}", report(rule, breaches));
    }
}

fn report(rule: &Rule, breaches: &[Breach]) -> String {
    let mut text = format!("\nhouse rule: {}\n", rule.says);
    for Breach { file, line, what } in breaches {
        writeln!(text, "  {file}:{line}: {what}").expect("invariant: writing to a string cannot fail");
    }
    text + "to mend: " + rule.mend + "\n"
}

#[test]
fn a_report_names_rule_place_and_way_back() {
    let rule = Rule { says: "small files", mend: "split it" };
    let text = report(&rule, &[Breach::new("a.rs", 7, "too long"), Breach::new("b.rs", 1, "longer")]);
    for part in ["small files", "a.rs:7: too long", "b.rs:1: longer", "split it"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
