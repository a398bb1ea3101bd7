//! What became of the rows of a file.

use app::{ImportReport, ReplacedAction, RowReport, RowState};
use store::batches::StoredBatch;

use super::table::Sheet;

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
            let counted_by = report.counted_by.as_str();
            text.push_str(&format!("{file} {counted_by} {}, {column}: {message}\n", row.line));
        }
    }
    if refused.len() > ROWS_SHOWN_MAX {
        text.push_str(&format!("… and {} more rows\n", refused.len() - ROWS_SHOWN_MAX));
    }
    text
}

/// A few sentences on what became of a file.
pub fn report_text(report: &ImportReport) -> String {
    let count = |wanted: fn(&RowState) -> bool| report.rows.iter().filter(|row| wanted(&row.state)).count();
    let duplicates = count(|state| matches!(state, RowState::Duplicate));
    let refused = report.error_count();
    let taken = report.rows.len() - refused - duplicates;
    let guessed = if report.is_format_guessed { "told from its content" } else { "as asked" };
    let mut text = format!(
        "format {} ({guessed}): {taken} of {} rows make {} events",
        report.format,
        report.rows.len(),
        report.event_count
    );
    if duplicates > 0 {
        text.push_str(&format!("; {duplicates} are in the books already"));
    }
    if refused > 0 {
        text.push_str(&format!("; {refused} are refused"));
    }
    text.push('\n');
    for row in report.rows.iter().filter(|row| !row.notes.is_empty()).take(ROWS_SHOWN_MAX) {
        text.push_str(&format!("{} {}: {}\n", report.counted_by.as_str(), row.line, row.notes.join("; ")));
    }
    for note in &report.notes {
        text.push_str(&format!("{note}\n"));
    }
    for replaced in report.replaced.iter().take(ROWS_SHOWN_MAX) {
        let ReplacedAction { symbol, kind, ex_date } = replaced;
        text.push_str(&format!(
            "{symbol}: the automatic {kind} of {ex_date} is replaced by the file's own\n"
        ));
    }
    if report.replaced.len() > ROWS_SHOWN_MAX {
        text.push_str(&format!("… and {} more\n", report.replaced.len() - ROWS_SHOWN_MAX));
    }
    text + &refused_rows(report)
}

/// Imports as a table.
pub fn batches_table(batches: &[StoredBatch]) -> String {
    let mut sheet = Sheet::new(&["imported", "file", "format", ">rows", ">events", "taken back", "id"]);
    for StoredBatch { batch, active_count } in batches {
        sheet.row([
            batch.created_at.to_string(),
            batch.file_name.clone(),
            batch.format.clone(),
            batch.row_count.to_string(),
            active_count.to_string(),
            batch.undone_at.map_or(String::new(), |at| at.to_string()),
            batch.id.to_string(),
        ]);
    }
    sheet.text()
}
