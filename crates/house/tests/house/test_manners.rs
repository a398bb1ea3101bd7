//! Tests run whole, wait for what they need and no longer, and no code is left unwritten.

use std::ops::Range;

use crate::breach::{Breach, Rule, hold};
use crate::rust_tokens::{Kind, Token, functions, paths};
use crate::tree::{Source, sources};

const NOTHING_IGNORED: Rule = Rule {
    says: "no test and no documented example is ignored",
    mend: "make it pass, or take it away; an example that cannot run is marked `text` or `no_run`",
};

const NO_SLEEP: Rule = Rule {
    says: "tests do not sleep",
    mend: "wait until the thing is true with testkit's wait function, or move the manual clock",
};

const NOTHING_UNWRITTEN: Rule = Rule {
    says: "no code stands for code that is still to be written",
    mend: "write it, or leave the function out",
};

fn ignored(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        for (at, window) in source.tokens.windows(3).enumerate() {
            let inside = &source.tokens[at + 2..source.tokens[at + 1].close.max(at + 2)];
            if window[0].text == "#" && window[1].text == "[" && is_ignoring(inside) {
                breaches.push(Breach::new(&source.path, window[0].line, "an ignored test"));
            }
        }
        for (index, line) in source.text.lines().enumerate() {
            let comment =
                line.trim_start().strip_prefix("///").or_else(|| line.trim_start().strip_prefix("//!"));
            let fence = comment.and_then(|comment| comment.trim_start().strip_prefix("```"));
            if fence.is_some_and(|fence| fence.contains("ignore")) {
                breaches.push(Breach::new(&source.path, index + 1, "an ignored example"));
            }
        }
    }
    breaches
}

fn is_ignoring(attribute: &[Token]) -> bool {
    let is_ignore = |token: &Token| token.kind == Kind::Word && token.text == "ignore";
    match attribute.first() {
        Some(first) if first.text == "cfg_attr" => attribute.iter().any(is_ignore),
        Some(first) => is_ignore(first),
        None => false,
    }
}

fn sleeps(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let waits = waiting_lines(source);
        for path in paths(&source.tokens).iter().filter(|path| source.is_test || path.in_test) {
            let is_sleep = [["thread", "sleep"], ["time", "sleep"], ["time", "sleep_until"]]
                .iter()
                .any(|pair| path.contains(pair));
            if is_sleep && !waits.iter().any(|lines| lines.contains(&path.line)) {
                breaches.push(Breach::new(
                    &source.path,
                    path.line,
                    format!("`{}`", path.segments.join("::")),
                ));
            }
        }
    }
    breaches
}

/// The one place where test code may sleep, because it has a deadline: testkit's function `wait…`.
fn waiting_lines(source: &Source) -> Vec<Range<usize>> {
    let all = functions(&source.tokens).into_iter().filter(|_| source.crate_name() == "testkit");
    let waits = all.filter(|function| function.name.starts_with("wait"));
    waits.map(|function| function.line..function.line + function.lines_count).collect()
}

fn unwritten(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        for path in paths(&source.tokens).iter().filter(|path| path.is_macro_call) {
            let name = path.segments.last().map_or("", String::as_str);
            if ["todo", "unimplemented"].contains(&name) {
                breaches.push(Breach::new(&source.path, path.line, format!("`{name}!`")));
            }
        }
    }
    breaches
}

#[test]
fn nothing_is_ignored() {
    hold(&NOTHING_IGNORED, &ignored(sources()));
}

#[test]
fn no_test_sleeps() {
    hold(&NO_SLEEP, &sleeps(sources()));
}

#[test]
fn nothing_is_left_unwritten() {
    hold(&NOTHING_UNWRITTEN, &unwritten(sources()));
}

#[test]
fn an_ignored_test_or_example_is_found() {
    let count = |text: &str| ignored(&[Source::example("a.rs", text)]).len();
    for text in [
        "#[test] #[ignore] fn f() {}",
        "#[ignore = \"slow\"] fn f() {}",
        "#[cfg_attr(windows, ignore)] fn f() {}",
        "/// ```ignore\n/// x\n/// ```\nfn f() {}",
    ] {
        assert_eq!(count(text), 1, "{text}");
    }
    assert_eq!(count("#[must_use] fn ignore() {}\n#[cfg_attr(windows, inline)] fn f() { [ignore] }"), 0);
}

#[test]
fn a_sleep_in_a_test_is_found() {
    let count = |path: &str, text: &str| sleeps(&[Source::example(path, text)]).len();
    for text in [
        "use std::thread::sleep;",
        "use tokio::{time::{sleep, Instant}};",
        "fn f() { tokio::time::sleep(d) }",
        "fn f() { std::thread::sleep(d) }",
        "fn f() { time::sleep_until(d) }",
    ] {
        assert_eq!(count("crates/app/tests/a.rs", text), 1, "{text}");
        assert_eq!(count("crates/testkit/src/a.rs", text), 1, "{text}");
        assert_eq!(count("crates/app/src/a.rs", text), 0, "{text}");
        assert_eq!(
            count("crates/app/src/a.rs", &format!("#[cfg(test)] mod tests {{ {text} }}")),
            1,
            "{text}"
        );
    }
}

#[test]
fn unwritten_code_is_found() {
    let count = |text: &str| unwritten(&[Source::example("a.rs", text)]).len();
    assert_eq!(count("fn f() { todo!() } fn g() { vec![unimplemented!(\"later\")] }"), 2);
    assert_eq!(count("fn todo() { unreachable!() }"), 0);
}
