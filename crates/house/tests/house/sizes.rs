//! Files and functions stay small enough to be read in one sitting.

use crate::breach::{Breach, Rule, hold};
use crate::rust_tokens::functions;
use crate::tree::{Source, sources};

const FILE_LINES_MAX: usize = 500;
const FILE_LINES_USUAL: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

const FILES: Rule = Rule {
    says: "a Rust file has at most 500 lines, and nine in ten have at most 400",
    mend: "split the file along a noun, and name the new file after it",
};

const FUNCTIONS: Rule = Rule {
    says: "a function has at most 70 lines, from `fn` to its closing brace",
    mend: "give a part of the work a name and a function of its own",
};

fn long_files(sources: &[Source]) -> Vec<Breach> {
    let lengths: Vec<(&str, usize)> =
        sources.iter().map(|source| (source.path.as_str(), source.text.lines().count())).collect();
    let over_usual = lengths.iter().filter(|(_, lines)| *lines > FILE_LINES_USUAL).count();
    let limit = if over_usual * 10 > lengths.len() { FILE_LINES_USUAL } else { FILE_LINES_MAX };
    let too_long = lengths.into_iter().filter(|(_, lines)| *lines > limit);
    too_long.map(|(path, lines)| Breach::new(path, lines, format!("{lines} lines"))).collect()
}

fn long_functions(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let all = functions(&source.tokens);
        for function in all.iter().filter(|function| function.lines_count > FUNCTION_LINES_MAX) {
            let what = format!("`{}` has {} lines", function.name, function.lines_count);
            breaches.push(Breach::new(&source.path, function.line, what));
        }
    }
    breaches
}

#[test]
fn files_are_short() {
    hold(&FILES, &long_files(sources()));
}

#[test]
fn functions_are_short() {
    hold(&FUNCTIONS, &long_functions(sources()));
}

#[test]
fn a_long_file_is_found() {
    let of_lines = |lines_count: usize| Source::example("crates/a/src/a.rs", &"\n".repeat(lines_count));
    let mostly_short = |lines_count| {
        let mut all: Vec<Source> = (0..9).map(|_| of_lines(1)).collect();
        all.push(of_lines(lines_count));
        long_files(&all).len()
    };
    assert_eq!([500, 501].map(mostly_short), [0, 1]);
    assert_eq!(long_files(&[of_lines(401), of_lines(1)]).len(), 1, "one in two is more than one in ten");
}

#[test]
fn a_long_function_is_found() {
    let of_lines = |lines_count: usize| {
        let text = format!("\nfn f() {{{}}}", "\n".repeat(lines_count - 1));
        long_functions(&[Source::example("a.rs", &text)])
    };
    assert_eq!(of_lines(70), []);
    assert_eq!(of_lines(71), [Breach::new("a.rs", 2, "`f` has 71 lines")]);
}
