//! The page of the accounting rules, taken apart: its cases, and the numbers of its text that something must test.

use std::collections::BTreeSet;

use model::OccSymbol;

use super::sums;

/// What stands under one heading.
#[derive(Debug, Default)]
pub struct Section {
    pub heading: String,
    text: String,
    /// The cases of the section, in the form of the files beside this one.
    pub cases: Vec<String>,
}

pub fn sections(page: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut is_case = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ").filter(|_| !is_case) {
            sections.push(Section { heading: heading.to_owned(), ..Section::default() });
        }
        let section = sections.last_mut().unwrap();
        if line.starts_with("```") {
            is_case = !is_case;
            if is_case {
                assert_eq!(line, "```journal", "every block of the page is a case");
                section.cases.push(String::new());
            }
            continue;
        }
        let text = if is_case { section.cases.last_mut().unwrap() } else { &mut section.text };
        text.push_str(line);
        text.push('\n');
    }
    sections
}

impl Section {
    /// What is wrong with its text: sums that do not come out, and numbers that neither stand in a sum nor in a case.
    pub fn faults(&self) -> Vec<String> {
        let mut tested: BTreeSet<String> = self.cases.iter().flat_map(|case| words_of_case(case)).collect();
        let (mut text, mut faults) = (String::new(), Vec::new());
        for (at, span) in self.text.split('`').enumerate() {
            match sums::holds(span).filter(|_| at % 2 == 1) {
                Some(true) => tested.extend(sums::numbers(span)),
                Some(false) => faults.push(format!("`{span}` does not come out")),
                None => text.push_str(span),
            }
        }
        let words = text.split(|part: char| part.is_whitespace() || "()[]".contains(part));
        let numbers = words.map(|word| word.trim_matches(|part| ".,;:*\"-".contains(part)));
        let numbers = numbers.filter(|word| word.contains(|part: char| part.is_ascii_digit()));
        let untested = numbers.filter(|word| !tested.contains(*word));
        faults.extend(untested.map(|word| format!("{word:?} is neither in a sum nor in a case")));
        faults
    }
}

/// The words of a case, whole and at their dividing marks, without signs; what it only says about itself is left out.
fn words_of_case(case: &str) -> Vec<String> {
    let lines = case.lines().filter(|line| !line.starts_with('#'));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let parts = words.iter().flat_map(|word| word.split([':', ',', '/', '|']));
    let dates = words.iter().flat_map(|word| word.split(".."));
    let all = words.iter().copied().chain(parts).chain(dates);
    let contracts = words.iter().filter_map(|word| word.parse::<OccSymbol>().ok());
    let terms = contracts.flat_map(|contract| [contract.expiration.to_string(), contract.strike.to_string()]);
    all.map(|word| word.trim_start_matches('-').to_owned()).chain(terms).collect()
}

#[test]
fn numbers_that_nothing_tests_are_found() {
    let page = |text: &str| {
        format!("# Title\n\n## Part\n{text}\n```journal\n# 7\nreport cash\n2024-01-02 -50 1/3\n```\n")
    };
    let faults =
        |text: &str| -> usize { sections(&page(text)).iter().map(|section| section.faults().len()).sum() };
    assert_eq!(faults("Cash of 50 on 2024-01-02, `50 + 1 = 51` and so (51)."), 0);
    assert_eq!(faults("Cash of 60."), 1);
    assert_eq!(faults("A remark of 7 is no figure."), 1);
    assert_eq!(faults("`50 + 1 = 52`"), 1);
    assert_eq!(faults("`equity = cash + 50`"), 0);
    assert_eq!(faults("`equity = cash + 60`"), 1);
    assert_eq!(faults("50\n## The next part"), 1);
    assert_eq!(sections(&page(""))[1].cases, ["# 7\nreport cash\n2024-01-02 -50 1/3\n"]);
}
