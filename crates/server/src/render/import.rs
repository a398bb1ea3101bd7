//! What became of the rows of a file.

use app::{ImportReport, RowReport, RowState};
use serde_json::{Value, json};

/// Refused rows listed one by one; the others are counted.
const ROWS_SHOWN_MAX: usize = 20;

/// The refused rows, a line each.
pub fn refused_rows(report: &ImportReport) -> String {
    let mut text = String::new();
    let refused: Vec<&RowReport> =
        report.rows.iter().filter(|row| matches!(row.state, RowState::Error { .. })).collect();
    for row in refused.iter().take(ROWS_SHOWN_MAX) {
        if let RowState::Error { column, message, .. } = &row.state {
            let file = report.file_name.as_deref().unwrap_or("file");
            text.push_str(&format!("{file} line {}, {column}: {message}\n", row.line));
        }
    }
    if refused.len() > ROWS_SHOWN_MAX {
        text.push_str(&format!("… and {} more rows\n", refused.len() - ROWS_SHOWN_MAX));
    }
    text
}

/// The refused rows as JSON.
pub fn refused_json(report: &ImportReport) -> Value {
    let refused = report.rows.iter().filter(|row| matches!(row.state, RowState::Error { .. }));
    refused.map(row_json).collect()
}

/// What became of every row, as JSON.
pub fn report_json(report: &ImportReport) -> Value {
    json!({
        "file": report.file_name,
        "events": report.event_count,
        "rows": report.rows.iter().map(row_json).collect::<Vec<_>>(),
    })
}

fn row_json(row: &RowReport) -> Value {
    let (state, column, code, message) = match &row.state {
        RowState::Ok => ("ok", None, None, None),
        RowState::Duplicate => ("duplicate", None, None, None),
        RowState::UnknownSymbol => ("unknown_symbol", None, None, None),
        RowState::Error { column, code, message } => ("error", Some(column), Some(code), Some(message)),
    };
    json!({
        "row": row.line,
        "symbol": row.symbol,
        "state": state,
        "column": column,
        "code": code,
        "message": message,
        "notes": row.notes,
    })
}

/// A few sentences on what became of a file.
pub fn report_text(report: &ImportReport) -> String {
    let count = |wanted: fn(&RowState) -> bool| report.rows.iter().filter(|row| wanted(&row.state)).count();
    let duplicates = count(|state| matches!(state, RowState::Duplicate));
    let refused = report.error_count();
    let taken = report.rows.len() - refused - duplicates;
    let mut text = format!("{taken} of {} rows make {} events", report.rows.len(), report.event_count);
    if duplicates > 0 {
        text.push_str(&format!("; {duplicates} are in the books already"));
    }
    if refused > 0 {
        text.push_str(&format!("; {refused} are refused"));
    }
    text.push('\n');
    for row in report.rows.iter().filter(|row| !row.notes.is_empty()).take(ROWS_SHOWN_MAX) {
        text.push_str(&format!("line {}: {}\n", row.line, row.notes.join("; ")));
    }
    text + &refused_rows(report)
}
