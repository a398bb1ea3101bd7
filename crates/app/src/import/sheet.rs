//! A delimited file with a header: which cell belongs to which column.

use std::borrow::Cow;
use std::sync::Arc;

use super::cells::{Cells, Column, ColumnNames, Fault, plain};
use super::csv_rows::{CsvRow, CsvRows};
use super::row::{Parsed, Row, unreadable};
use crate::AppError;

/// The header of a file: where the columns of a format stand, and what the file calls them.
pub struct Header {
    places: Vec<Option<usize>>,
    names: Arc<[String]>,
    width: usize,
}

impl Header {
    /// Finds the columns of a format in a row of names. The first of a column's names that is there counts.
    ///
    /// # Errors
    /// What the header lacks, or has twice.
    pub fn find(row: &CsvRow<'_>, columns: &ColumnNames, needed: &[Column]) -> Result<Header, String> {
        let found: Vec<String> = row.cells.iter().map(|cell| plain(&String::from_utf8_lossy(cell))).collect();
        let mut header = Header { places: Vec::new(), names: Arc::new([]), width: found.len() };
        let mut names = Vec::new();
        for (at, aliases) in columns.iter().enumerate() {
            let place = aliases.iter().find_map(|name| found.iter().position(|cell| *cell == plain(name)));
            if let Some(place) = place
                && found[place + 1..].contains(&found[place])
            {
                return Err(format!("the header has the column {:?} twice; take one out", aliases[0]));
            }
            if place.is_none() && needed.contains(&Column(at)) {
                return Err(lacking(row, columns, aliases[0], needed));
            }
            let name = place.map(|place| String::from_utf8_lossy(&row.cells[place]).trim().to_owned());
            names.push(name.unwrap_or_else(|| aliases[0].to_owned()));
            header.places.push(place);
        }
        header.names = names.into();
        Ok(header)
    }

    /// The cells of a row by column, or the fault of a row that does not fit the header.
    pub fn cells<'a>(&self, row: CsvRow<'a>, has_decimal_commas: bool) -> (Cells<'a>, Option<Fault>) {
        let overhang = row.cells.iter().skip(self.width).any(|cell| !cell.trim_ascii().is_empty());
        let fault = if let Some(broken) = row.broken_cell {
            let column = self.places.iter().position(|place| *place == Some(broken)).unwrap_or(0);
            let message = "text stands after the closing quote of a cell; double the quotes inside it";
            Some(Fault::new(Column(column), "quote", message))
        } else if overhang {
            let message = format!(
                "the row has {} cells and the header {}; quote cells that hold the delimiter",
                row.cells.len(),
                self.width
            );
            Some(Fault::new(Column(0), "cells", message))
        } else {
            None
        };
        let mut given: Vec<Option<Cow<'a, [u8]>>> = row.cells.into_iter().map(Some).collect();
        let take = |place: &Option<usize>| {
            let cell = place.and_then(|place| given.get_mut(place)).and_then(Option::take);
            cell.unwrap_or(Cow::Borrowed(b""))
        };
        let values = self.places.iter().map(take).collect();
        (Cells { names: self.names.clone(), values, has_decimal_commas, notes: Vec::new() }, fault)
    }
}

fn lacking(row: &CsvRow<'_>, columns: &ColumnNames, name: &str, needed: &[Column]) -> String {
    let needed: Vec<&str> = needed.iter().map(|column| columns[column.0][0]).collect();
    let begins: Vec<String> = row
        .cells
        .iter()
        .take(4)
        .map(|cell| String::from_utf8_lossy(cell).chars().filter(|c| !c.is_control()).take(40).collect())
        .collect();
    format!(
        "the header has no column {name:?}; it begins with {:?}, and the needed ones are {}",
        begins.join(","),
        needed.join(", ")
    )
}

/// A format that is a table with one header.
pub struct Layout<'a> {
    /// Its columns.
    pub columns: &'a ColumnNames,
    /// Those that must be there.
    pub needed: &'a [Column],
    /// Where the symbol stands.
    pub symbol: Column,
}

/// Reads a table with one header row by row. A reader that returns `None` leaves the row out.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse_sheet(
    content: &[u8],
    layout: &Layout<'_>,
    mut read: impl FnMut(&mut Cells<'_>) -> Result<Option<Row>, Fault>,
) -> Result<Parsed, AppError> {
    let mut rows = CsvRows::new(content);
    let has_decimal_commas = rows.has_decimal_commas();
    let first = rows.next_row().map_err(unreadable)?;
    let first = first.unwrap_or(CsvRow { line: 1, cells: Vec::new(), broken_cell: None });
    let header = Header::find(&first, layout.columns, layout.needed).map_err(unreadable)?;
    let mut parsed = Parsed::default();
    while let Some(row) = rows.next_row().map_err(unreadable)? {
        let line = row.line;
        let (mut cells, fault) = header.cells(row, has_decimal_commas);
        let read = fault.map_or_else(|| read(&mut cells), Err);
        if let Some(read) = read.transpose() {
            parsed.take(line, layout.symbol, cells, read)?;
        }
    }
    if parsed.reports.is_empty() {
        return Err(unreadable("the file has a header and no rows; write at least one"));
    }
    Ok(parsed)
}
