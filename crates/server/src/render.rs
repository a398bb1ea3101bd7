//! What people and programs read: tables, charts and JSON.

pub mod chart;
pub mod explain;
pub mod import;
pub mod numbers;
pub mod portfolio;
pub mod refresh;
pub mod snapshot;
pub mod table;

use serde_json::Value;

/// Prints JSON for programs.
pub fn print_json(value: &Value) {
    let text = serde_json::to_string_pretty(value).expect("invariant: a JSON value can be written");
    print(&format!("{text}\n"));
}

/// Prints to standard output; a reader who went away, as `head` does, is no error.
pub fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
