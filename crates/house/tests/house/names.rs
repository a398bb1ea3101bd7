//! Files and functions say what they are about.

use crate::breach::{Breach, Rule, hold};
use crate::rust_tokens::functions;
use crate::tree::{Source, files, sources};

const FILES: Rule = Rule {
    says: "no file or folder is called utils, helpers, common, manager or service, and none is a mod.rs",
    mend: "name it after the noun it holds; `name/mod.rs` becomes `name.rs` beside the folder",
};

const FUNCTIONS: Rule = Rule {
    says: "no function is named process_, handle_, manage_ or do_",
    mend: "say what it does: parse, load, fetch, book, value, estimate, record",
};

const EMPTY_NAMES: [&str; 6] = ["util", "helper", "common", "manager", "service", "misc"];
const EMPTY_VERBS: [&str; 4] = ["process_", "handle_", "manage_", "do_"];

fn empty_file_names<'a>(paths: impl Iterator<Item = &'a String>) -> Vec<Breach> {
    let is_empty_name = |part: &str| {
        let stem = part.trim_end_matches(".rs");
        EMPTY_NAMES.contains(&stem.trim_end_matches('s')) || part == "mod.rs"
    };
    let in_crates = paths.filter(|path| path.starts_with("crates/"));
    let banned = in_crates.filter(|path| path.split('/').any(is_empty_name));
    banned.map(|path| Breach::new(path, 1, "this name says nothing")).collect()
}

fn empty_function_names(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let all = functions(&source.tokens).into_iter();
        let banned = all.filter(|function| EMPTY_VERBS.iter().any(|verb| function.name.starts_with(verb)));
        breaches.extend(
            banned.map(|function| Breach::new(&source.path, function.line, format!("`{}`", function.name))),
        );
    }
    breaches
}

#[test]
fn files_are_named_after_nouns() {
    hold(&FILES, &empty_file_names(files().iter()));
}

#[test]
fn functions_are_named_after_what_they_do() {
    hold(&FUNCTIONS, &empty_function_names(sources()));
}

#[test]
fn an_empty_file_name_is_found() {
    let count = |path: &str| empty_file_names([path.to_owned()].iter()).len();
    for path in
        ["a/src/utils.rs", "a/src/helper.rs", "a/tests/common/x.rs", "a/src/services.rs", "a/src/x/mod.rs"]
    {
        assert_eq!(count(&format!("crates/{path}")), 1, "{path}");
    }
    for path in ["crates/a/src/serviceable.rs", "crates/a/src/model.rs", "docs/common.md"] {
        assert_eq!(count(path), 0, "{path}");
    }
}

#[test]
fn an_empty_function_name_is_found() {
    let count = |text: &str| empty_function_names(&[Source::example("a.rs", text)]).len();
    for text in [
        "fn process_fill() {}",
        "impl A { fn handle_x(&self) {} }",
        "m! { fn do_it() {} }",
        "fn manage_it() {}",
    ] {
        assert_eq!(count(text), 1, "{text}");
    }
    assert_eq!(count("fn double() {} fn processed() { process_group() }"), 0);
}
