//! SQL is written in one crate.

use crate::breach::{Breach, Rule, hold};
use crate::rust_tokens::Kind;
use crate::tree::{Source, sources};

const SQL: Rule = Rule {
    says: "SQL stands only in `store` (and in `testkit`, which makes throw-away databases)",
    mend: "register the statement in `store` and call it from here; if this is prose, word it otherwise",
};

/// Words that follow a verb in English where SQL would name a table.
const ARTICLES: [&str; 11] = ["the", "a", "an", "all", "any", "each", "every", "its", "one", "this", "your"];

fn statements_outside_store(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let outside = sources.iter().filter(|source| !["store", "testkit"].contains(&source.crate_name()));
    for source in outside {
        let literals = source.tokens.iter().filter(|token| token.kind == Kind::Literal);
        for token in literals.filter(|token| looks_like_sql(&token.text)) {
            let start: String = token.text.chars().take(50).collect();
            breaches.push(Breach::new(&source.path, token.line, start));
        }
    }
    breaches
}

fn looks_like_sql(literal: &str) -> bool {
    let text = literal.to_lowercase().replace("\\n", " ").replace("\\t", " ");
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let names_table = |at: usize| word(at).starts_with(char::is_alphabetic) && !ARTICLES.contains(&word(at));
    (0..words.len()).any(|at| match word(at) {
        "insert" => word(at + 1) == "into" && names_table(at + 2),
        "delete" => word(at + 1) == "from" && names_table(at + 2),
        "create" => word(at + 1) == "table",
        "update" => word(at + 2) == "set",
        "select" => (at + 1..words.len()).any(|later| word(later) == "from" && names_table(later + 1)),
        _ => false,
    })
}

#[test]
fn sql_stands_only_in_the_store() {
    hold(&SQL, &statements_outside_store(sources()));
}

#[test]
fn a_statement_outside_the_store_is_found() {
    // The verbs are put together here so that this file does not break its own rule.
    for (verb, rest) in [
        ("select", " id\\n  from portfolio"),
        ("SELECT", " * FROM {table}"),
        ("insert", " into flow (id) values ($1)"),
        ("update", " lot set open = 0"),
        ("delete", " from mark where id = $1"),
        ("create", " table bar (session bigint)"),
    ] {
        let text = format!("fn f() {{\n run(\"{verb}{rest}\") }}");
        let found = |path: &str| statements_outside_store(&[Source::example(path, &text)]);
        assert_eq!(found("crates/app/src/a.rs")[0].line, 2, "{text}");
        assert_eq!(found("crates/store/src/a.rs"), [], "{text}");
        assert_eq!(found("crates/testkit/src/a.rs"), [], "{text}");
    }
    for prose in ["update the snapshot", "select a session", "delete from the journal", "inserted into bar"] {
        assert!(!looks_like_sql(prose), "{prose}");
    }
}
