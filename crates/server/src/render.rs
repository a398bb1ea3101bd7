//! What people and programs read: tables, charts and JSON.

pub mod access;
pub mod chart;
pub mod correlation;
pub mod demo;
pub mod explain;
pub mod fields;
pub mod import;
pub mod indicator;
pub mod jobs;
pub mod numbers;
pub mod option;
pub mod performance;
pub mod portfolio;
pub mod portfolio_risk;
pub mod refresh;
pub mod sectors;
pub mod snapshot;
pub mod stress;
pub mod symbol_risk;
pub mod symbol_status;
pub mod symbols;
pub mod table;

use quant::Figure;
use serde::Serialize;
use serde_json::{Map, Value};

/// Prints JSON for programs.
pub fn print_json(value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("invariant: an answer can be written");
    print(&format!("{text}\n"));
}

/// Puts a figure into an answer: a number, or null with its reason in `absent`.
fn insert_figure(
    fields: &mut Map<String, Value>,
    absent: &mut Map<String, Value>,
    name: &str,
    figure: Figure,
) {
    match figure {
        Ok(number) => {
            fields.insert(name.to_owned(), number.into());
        }
        Err(reason) => insert_absent(fields, absent, name, reason.as_str()),
    }
}

/// Puts a figure into an answer that does not exist.
fn insert_absent(fields: &mut Map<String, Value>, absent: &mut Map<String, Value>, name: &str, reason: &str) {
    fields.insert(name.to_owned(), Value::Null);
    absent.insert(name.to_owned(), reason.into());
}

/// Prints to standard output; a reader who went away, as `head` does, is no error.
pub fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
