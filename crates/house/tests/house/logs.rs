//! What is logged stands in one list that people and programs rely on.

use std::collections::{BTreeMap, BTreeSet};

use crate::breach::{Breach, Rule, hold};
use crate::rust_tokens::{Kind, Token};
use crate::tree::{Source, read, sources};

const LISTED: Rule = Rule {
    says: "docs/logs.md lists every log event with its level and its fields, and nothing else",
    mend: "bring the list and the code together; an event's name is the last argument of the macro or its \
           field `event`, in snake_case",
};

const PAGE: &str = "docs/logs.md";
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// A log event: its level, and its fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    level: String,
    fields: BTreeSet<String>,
}

/// Each event with the places that log it.
type Events = BTreeMap<String, Vec<(Event, String, usize)>>;

/// The events that a file logs outside of tests.
fn logged(source: &Source, events: &mut Events, breaches: &mut Vec<Breach>) {
    let tokens = &source.tokens;
    for at in 0..tokens.len().saturating_sub(5) {
        let texts: Vec<&str> = tokens[at..at + 6].iter().map(|token| token.text.as_str()).collect();
        let is_event = texts[..3] == ["tracing", ":", ":"] && LEVELS.contains(&texts[3]) && texts[4] == "!";
        if !is_event || tokens[at].in_test {
            continue;
        }
        let inside = &tokens[at + 6..tokens[at + 5].close];
        let line = tokens[at].line;
        match read_event(texts[3], inside, at + 6) {
            Some((name, event)) => {
                events.entry(name).or_default().push((event, source.path.clone(), line));
            }
            None => breaches.push(Breach::new(&source.path, line, "the event has no name in snake_case")),
        }
    }
}

/// The arguments of a macro, taken apart at its commas; brackets inside them are left out.
fn arguments(inside: &[Token], offset: usize) -> Vec<Vec<&Token>> {
    let (mut all, mut at) = (vec![Vec::new()], 0);
    while at < inside.len() {
        if inside[at].text == "," {
            all.push(Vec::new());
        } else if let Some(last) = all.last_mut() {
            last.push(&inside[at]);
        }
        at = inside[at].close - offset + 1;
    }
    all.retain(|argument| !argument.is_empty());
    all
}

fn read_event(level: &str, inside: &[Token], offset: usize) -> Option<(String, Event)> {
    let mut arguments = arguments(inside, offset);
    let is_named = |argument: &Vec<&Token>| argument.len() == 3 && argument[0].text == "event";
    let name = match arguments.iter().position(is_named) {
        Some(at) => arguments.remove(at).pop()?,
        None => arguments.pop()?.first().copied()?,
    };
    let name = Some(name).filter(|token| token.kind == Kind::Literal)?.text.trim_matches('"');
    let is_snake = |c: char| c.is_ascii_lowercase() || c == '_';
    if name.is_empty() || !name.chars().all(is_snake) {
        return None;
    }
    let field = |argument: &Vec<&Token>| {
        let named = argument.iter().take_while(|token| token.text != "=");
        let words: Vec<&str> =
            named.filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str()).collect();
        words.last().map(|word| (*word).to_owned())
    };
    let fields = arguments.iter().filter_map(field).collect();
    Some((name.to_owned(), Event { level: level.to_owned(), fields }))
}

/// The events that the page lists: rows of name, level and fields.
fn listed(page: &str) -> Events {
    let mut events = Events::new();
    for (index, line) in page.lines().enumerate().filter(|(_, line)| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let quoted =
            |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        let (Some(name), Some(level), Some(fields)) =
            (cells.get(1).and_then(|cell| quoted(cell).pop()), cells.get(2), cells.get(3))
        else {
            continue;
        };
        let event = Event { level: (*level).to_owned(), fields: quoted(fields).into_iter().collect() };
        events.entry(name).or_default().push((event, PAGE.to_owned(), index + 1));
    }
    events
}

fn differences(logged: &Events, listed: &Events) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let missing = |here: &Events, there: &Events, what: &str| -> Vec<Breach> {
        let mut breaches = Vec::new();
        for (name, events) in here {
            for (event, file, line) in events {
                let others = there.get(name).map_or(&[][..], Vec::as_slice);
                if !others.iter().any(|(other, ..)| other == event) {
                    let Event { level, fields } = event;
                    breaches.push(Breach::new(file, *line, format!("{name} ({level}) {fields:?} {what}")));
                }
            }
        }
        breaches
    };
    breaches.extend(missing(logged, listed, "is not on the list"));
    breaches.extend(missing(listed, logged, "is logged nowhere"));
    breaches
}

#[test]
fn the_list_of_log_events_is_complete_and_true() {
    let (mut events, mut breaches) = (Events::new(), Vec::new());
    for source in sources().iter().filter(|source| !source.is_test) {
        logged(source, &mut events, &mut breaches);
    }
    breaches.extend(differences(&events, &listed(&read(PAGE).unwrap_or_default())));
    hold(&LISTED, &breaches);
}

#[test]
fn an_event_that_is_not_listed_or_not_logged_is_found() {
    let found = |code: &str, page: &str| {
        let (mut events, mut breaches) = (Events::new(), Vec::new());
        logged(&Source::example("crates/a/src/a.rs", code), &mut events, &mut breaches);
        breaches.extend(differences(&events, &listed(page)));
        breaches.len()
    };
    let code = "fn f() { tracing::info!(%symbol, count = rows.len(), error = why(a, b), \"bars_stored\"); }";
    let row = "| `bars_stored` | info | `symbol`, `count`, `error` | when bars are stored |";
    assert_eq!(found(code, row), 0);
    assert_eq!(found(&code.replace(", \"bars_stored\"", ", event = \"bars_stored\""), row), 0);
    assert_eq!(found(code, ""), 1);
    assert_eq!(found("", row), 1);
    assert_eq!(found(code, &row.replace("`count`, ", "")), 2, "a field that is missing on one side");
    assert_eq!(found(code, &row.replace("info", "warn")), 2);
    assert_eq!(found("fn f() { tracing::info!(\"Bars stored\") }", ""), 1, "a sentence is no name");
    assert_eq!(found("#[test] fn f() { tracing::info!(\"trial\") }", ""), 0);
}
