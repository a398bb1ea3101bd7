//! The CSV of a Flex query: one section behind the other, each with a header of its own.

use super::*;
use crate::import::csv_rows::{CsvRow, CsvRows};
use crate::import::sheet::Header;

/// What begins and ends files, accounts and sections, where a query asks for such lines.
const FRAMES: [&str; 6] = ["bof", "boa", "bos", "eos", "eoa", "eof"];

/// Reads the sections of a file.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Reading, AppError> {
    let has_executions = content.windows(9).any(|window| window.eq_ignore_ascii_case(b"EXECUTION"));
    let mut reading = Reading::new(Parsed::default(), has_executions);
    let mut rows = CsvRows::new(content);
    let has_decimal_commas = rows.has_decimal_commas();
    let mut section: Option<(Header, Option<Record>)> = None;
    while let Some(row) = rows.next_row().map_err(unreadable)? {
        let first = plain(&String::from_utf8_lossy(&row.cells[0]));
        if FRAMES.contains(&first.as_str()) {
            continue;
        }
        if let Some(names) = header_names(&row) {
            let record = record_of(&names);
            let needed: &[Column] = match record {
                Some(Record::Trade) => &[SYMBOL, QUANTITY, PRICE],
                Some(Record::Cash) => &[TYPE, AMOUNT],
                Some(Record::CorporateAction) | None => &[],
            };
            let header = Header::find(&row, &COLUMNS, needed).map_err(unreadable)?;
            section = Some((header, record));
            continue;
        }
        let Some((header, record)) = &section else {
            let message = format!(
                "line {} comes before any header; turn column headers on in the Flex query",
                row.line
            );
            return Err(unreadable(message));
        };
        let Some(record) = record else {
            reading.leave_out("other sections");
            continue;
        };
        let line = row.line;
        let (cells, fault) = header.cells(row, has_decimal_commas);
        let usual_level = if *record == Record::Trade { "execution" } else { "detail" };
        reading.take(line, *record, usual_level, cells, fault)?;
    }
    Ok(reading)
}

/// The names of a row that is a header.
fn header_names(row: &CsvRow<'_>) -> Option<Vec<String>> {
    let names: Vec<String> = row.cells.iter().map(|cell| plain(&String::from_utf8_lossy(cell))).collect();
    let is_known =
        |name: &String| COLUMNS.iter().flat_map(|aliases| aliases.iter()).any(|alias| plain(alias) == *name);
    let has = |name: &str| names.iter().any(|found| found == name);
    let is_header = ["clientaccountid", "currencyprimary", "currency", "symbol"].into_iter().any(has)
        && names.iter().filter(|name| is_known(name)).take(3).count() == 3;
    is_header.then_some(names)
}

/// What the rows of a section are, by the names of its header.
fn record_of(names: &[String]) -> Option<Record> {
    let has = |name: &str| names.iter().any(|found| found == name);
    if has("actiondescription") {
        Some(Record::CorporateAction)
    } else if has("tradeprice") || (has("quantity") && has("price") && has("buysell")) {
        Some(Record::Trade)
    } else if has("type") && has("amount") {
        Some(Record::Cash)
    } else {
        None
    }
}
