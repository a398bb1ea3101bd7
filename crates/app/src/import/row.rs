//! The one form that rows of every format take before they become events.

use std::sync::Arc;

use model::{Currency, Date, EventKind, Money, Payment, Price, Quantity, Ratio};

use super::asset::Asset;
use super::cells::{Cells, Column, Fault};
use super::report::{CountedBy, RowReport, RowState};
use crate::AppError;

/// The largest file taken, in bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most rows taken.
pub const FILE_ROWS_MAX: usize = 100_000;

/// What a row says happened, before its instrument is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Money put in.
    Deposit(Money),
    /// Money taken out.
    Withdrawal(Money),
    /// A cost that belongs to no fill.
    Fee(Money),
    /// Interest received; negative is paid.
    Interest(Money),
    /// Something bought, or with a negative quantity sold.
    Fill(Asset, Quantity, Price, Money),
    /// A dividend.
    Dividend(Asset, Payment),
    /// A price given by hand.
    Mark(Asset, Price),
    /// A split.
    Split(Asset, Ratio),
}

impl Action {
    /// What it concerns, if anything.
    pub const fn asset(&self) -> Option<&Asset> {
        match self {
            Action::Fill(asset, ..)
            | Action::Dividend(asset, _)
            | Action::Mark(asset, _)
            | Action::Split(asset, _) => Some(asset),
            Action::Deposit(_) | Action::Withdrawal(_) | Action::Fee(_) | Action::Interest(_) => None,
        }
    }

    fn canonical(&self) -> String {
        match self {
            Action::Deposit(amount) => format!("{}|{amount}", EventKind::Deposit),
            Action::Withdrawal(amount) => format!("{}|{amount}", EventKind::Withdrawal),
            Action::Fee(amount) => format!("{}|{amount}", EventKind::Fee),
            Action::Interest(amount) => format!("{}|{amount}", EventKind::Interest),
            Action::Fill(asset, quantity, price, fee) => {
                format!("fill|{}|{quantity}|{price}|{fee}", asset.canonical())
            }
            Action::Dividend(asset, Payment::Total(total)) => {
                format!("{}|{}|{total}", EventKind::Dividend, asset.canonical())
            }
            Action::Dividend(asset, Payment::PerUnit(price)) => {
                format!("{}|{}|each {price}", EventKind::Dividend, asset.canonical())
            }
            Action::Mark(asset, price) => format!("{}|{}|{price}", EventKind::Mark, asset.canonical()),
            Action::Split(asset, ratio) => format!("{}|{}|{ratio}", EventKind::Split, asset.canonical()),
        }
    }
}

/// One event of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name among the events of the row; empty for the only one.
    pub part: &'static str,
    /// When it happened.
    pub date: Date,
    /// Where the date stands.
    pub date_column: Column,
    /// What happened.
    pub action: Action,
}

/// A row that makes sense.
#[derive(Clone, Debug)]
pub struct Row {
    /// The broker's own name for it, if it gives one.
    pub id: Option<String>,
    /// Its events in the order they are booked.
    pub entries: Vec<Entry>,
    /// The currency of its figures, where it is said.
    pub currency: Option<Currency>,
    /// A comment that goes with its events.
    pub note: Option<String>,
    /// Where its currency stands.
    pub currency_column: Column,
    /// Where its class stands.
    pub class_column: Column,
    /// Where its symbol stands.
    pub symbol_column: Column,
    /// Its columns as the file calls them.
    pub names: Arc<[String]>,
}

impl Row {
    /// A row of one event.
    pub fn of_one(date: Date, date_column: Column, action: Action) -> Row {
        Row::of(vec![Entry { part: "", date, date_column, action }])
    }

    /// A row of several events.
    pub fn of(entries: Vec<Entry>) -> Row {
        Row {
            id: None,
            entries,
            currency: None,
            note: None,
            currency_column: Column(0),
            class_column: Column(0),
            symbol_column: Column(0),
            names: Arc::new([]),
        }
    }

    /// Adds costs that the row states beside something that is no fill.
    pub fn with_fee(mut self, fee: Money) -> Row {
        if !fee.is_zero()
            && let Some(first) = self.entries.first()
        {
            let (date, date_column) = (first.date, first.date_column);
            self.entries.push(Entry { part: "fee", date, date_column, action: Action::Fee(fee) });
        }
        self
    }

    /// The row's content in one form, however the file wrote it.
    pub fn canonical(&self) -> String {
        let entries: Vec<String> = self
            .entries
            .iter()
            .map(|entry| format!("{}|{}|{}", entry.part, entry.date, entry.action.canonical()))
            .collect();
        entries.join("|")
    }

    /// The state of a row that is refused after all.
    pub fn refused(&self, fault: Fault) -> RowState {
        refused(&self.names, fault)
    }
}

fn refused(names: &[String], fault: Fault) -> RowState {
    let column = names.get(fault.column.0).cloned().unwrap_or_default();
    RowState::Error { column, code: fault.code, message: fault.message }
}

/// The rows of a file and what became of each.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Good rows with their place in `reports`.
    pub rows: Vec<(usize, Row)>,
    /// One report for each row of the file.
    pub reports: Vec<RowReport>,
    /// What the numbers of rows count.
    pub counted_by: CountedBy,
    /// Things to know about the file as a whole.
    pub notes: Vec<String>,
}

impl Parsed {
    /// Takes a row that was read, or the fault it has.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when there are too many rows.
    pub fn take(
        &mut self,
        line: u64,
        symbol: Column,
        mut cells: Cells<'_>,
        read: Result<Row, Fault>,
    ) -> Result<(), AppError> {
        if self.reports.len() == FILE_ROWS_MAX {
            return Err(unreadable(format!("the file has more than {FILE_ROWS_MAX} rows; divide it")));
        }
        let state = match read {
            Ok(mut row) => {
                row.names = cells.names.clone();
                row.symbol_column = symbol;
                self.rows.push((self.reports.len(), row));
                RowState::Ok
            }
            Err(fault) => refused(&cells.names, fault),
        };
        let notes = std::mem::take(&mut cells.notes);
        self.reports.push(RowReport { line, symbol: cells.shown(symbol), state, notes });
        Ok(())
    }
}

/// The error of a file that cannot be read at all.
pub fn unreadable(message: impl Into<String>) -> AppError {
    AppError::Invalid { field: "file", message: message.into() }
}

/// Refuses files that are too large or no text, and takes the byte-order mark off.
///
/// # Errors
/// [`AppError::Invalid`].
pub fn checked_content(content: &[u8]) -> Result<&[u8], AppError> {
    if content.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, at most {FILE_BYTES_MAX} are taken; divide it", content.len());
        return Err(unreadable(message));
    }
    if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        return Err(unreadable("the file is UTF-16 text; save it as UTF-8"));
    }
    if content.starts_with(b"PK\x03\x04") || content.starts_with(b"\x1f\x8b") {
        return Err(unreadable(
            "the file is packed, such as a spreadsheet or an archive; save the table as CSV",
        ));
    }
    Ok(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content))
}
