//! What became of a file and of its rows.

use app::{ReplacedAction, RowReport, RowState};
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::words::{BatchIdText, DateText, EventKindText, SymbolText};

/// What became of a file.
#[derive(Serialize, ToSchema)]
pub struct ImportReport {
    file: Option<String>,
    /// The format it was read as.
    format: &'static str,
    /// Whether the format was told from the content.
    format_guessed: bool,
    /// The batch its events belong to; null when there are none.
    batch: Option<BatchIdText>,
    /// Events that are new.
    events: usize,
    /// Symbols that are taken though they are not in the universe yet.
    pending: Vec<SymbolText>,
    /// Automatic dividends and splits that its own take the place of.
    replaced: Vec<Replaced>,
    notes: Vec<String>,
    /// What `row` counts: lines of the file, or its entries.
    rows_counted_by: &'static str,
    rows: Vec<Row>,
}

/// An automatic dividend or split that an imported one takes the place of.
#[derive(Serialize, ToSchema)]
pub struct Replaced {
    symbol: SymbolText,
    kind: EventKindText,
    ex_date: DateText,
}

/// What became of a row of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub struct Row {
    row: u64,
    /// As written.
    symbol: String,
    /// `ok`, `duplicate`, `unknown_symbol` or `error`.
    state: &'static str,
    /// The column at fault.
    column: Option<String>,
    /// The stable name of the fault.
    code: Option<&'static str>,
    message: Option<String>,
    notes: Vec<String>,
}

/// A file that was imported.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    #[serde(flatten)]
    report: ImportReport,
    /// Whether everything was checked and nothing written.
    dry_run: bool,
}

impl ImportReport {
    /// Of what the use case tells.
    pub fn of(report: &app::ImportReport) -> ImportReport {
        ImportReport {
            file: report.file_name.clone(),
            format: report.format.as_str(),
            format_guessed: report.is_format_guessed,
            batch: report.batch.map(Text),
            events: report.event_count,
            pending: report.pending.iter().cloned().map(Text).collect(),
            replaced: report.replaced.iter().map(Replaced::of).collect(),
            notes: report.notes.clone(),
            rows_counted_by: report.counted_by.as_str(),
            rows: report.rows.iter().map(Row::of).collect(),
        }
    }
}

impl Imported {
    /// Of what the use case tells.
    pub fn of(report: &app::ImportReport, dry_run: bool) -> Imported {
        Imported { report: ImportReport::of(report), dry_run }
    }
}

impl Replaced {
    fn of(replaced: &ReplacedAction) -> Replaced {
        Replaced {
            symbol: Text(replaced.symbol.clone()),
            kind: Text(replaced.kind),
            ex_date: Text(replaced.ex_date),
        }
    }
}

impl Row {
    fn of(row: &RowReport) -> Row {
        let (state, column, code, message) = match &row.state {
            RowState::Ok => ("ok", None, None, None),
            RowState::Duplicate => ("duplicate", None, None, None),
            RowState::UnknownSymbol => ("unknown_symbol", None, None, None),
            RowState::Error { column, code, message } => {
                ("error", Some(column.clone()), Some(*code), Some(message.clone()))
            }
        };
        Row {
            row: row.line,
            symbol: row.symbol.clone(),
            state,
            column,
            code,
            message,
            notes: row.notes.clone(),
        }
    }
}

/// The refused rows of a file.
pub fn refused_rows(report: &app::ImportReport) -> Vec<Row> {
    let refused = report.rows.iter().filter(|row| matches!(row.state, RowState::Error { .. }));
    refused.map(Row::of).collect()
}
