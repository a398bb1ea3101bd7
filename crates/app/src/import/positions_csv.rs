//! Reading a positions file: one row a holding, with its entry and, where it was closed, its exit.

use model::{Date, NumberError, Price, Quantity, Symbol};

use super::number;
use super::{RowReport, RowState};
use crate::AppError;

/// The largest file taken, in bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most rows taken.
pub const FILE_ROWS_MAX: usize = 100_000;

/// A row of a positions file that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    /// The symbol.
    pub symbol: Symbol,
    /// Units, negative for a short.
    pub quantity: Quantity,
    /// What one unit was bought (or sold short) for.
    pub entry_price: Price,
    /// When.
    pub entry_date: Date,
    /// When and for what the holding was closed, if it was.
    pub exit: Option<(Date, Price)>,
}

impl PositionRow {
    /// The row's content in one form, however the file wrote it.
    pub(crate) fn canonical(&self) -> String {
        let exit = self.exit.map_or(String::new(), |(date, price)| format!("{date}|{price}"));
        format!("{}|{}|{}|{}|{exit}", self.symbol, self.quantity, self.entry_price, self.entry_date)
    }
}

/// The rows of a file and what became of each.
#[derive(Clone, Debug, Default)]
pub struct ParsedPositions {
    /// Good rows with their place in `reports`.
    pub rows: Vec<(usize, PositionRow)>,
    /// One report for each row of the file.
    pub reports: Vec<RowReport>,
}

/// Columns of a positions file, by the place of their names in [`COLUMNS`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Symbol,
    Quantity,
    EntryPrice,
    EntryDate,
    Class,
    Subtype,
    Underlying,
    Strike,
    Expiration,
    OptionType,
    ExitDate,
    ExitPrice,
}

/// Names of the columns as the template has them, and others that files use; letters and digits alone count.
const COLUMNS: [(Column, &[&str]); 12] = [
    (Column::Symbol, &["Symbol", "Ticker"]),
    (Column::Quantity, &["Quantity", "Qty", "Shares", "Units"]),
    (
        Column::EntryPrice,
        &["Entry Price Per Share", "Entry Price", "Price", "Purchase Price", "Cost Per Share"],
    ),
    (Column::EntryDate, &["Entry Date", "Date", "Purchase Date", "Trade Date"]),
    (Column::Class, &["Investment Class", "Class"]),
    (Column::Subtype, &["Investment Subtype", "Subtype"]),
    (Column::Underlying, &["Underlying Symbol", "Underlying"]),
    (Column::Strike, &["Strike Price", "Strike"]),
    (Column::Expiration, &["Expiration Date", "Expiration", "Expiry"]),
    (Column::OptionType, &["Option Type"]),
    (Column::ExitDate, &["Exit Date", "Sale Date"]),
    (Column::ExitPrice, &["Exit Price Per Share", "Exit Price", "Sale Price"]),
];

/// A fault of one row.
struct Fault {
    column: Column,
    code: &'static str,
    message: String,
}

/// Reads a positions file. Rows that make no sense are reported, not returned.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all: too large, no text, without the needed columns.
pub fn parse_positions(content: &[u8]) -> Result<ParsedPositions, AppError> {
    let refuse = |message: String| AppError::Invalid { field: "file", message };
    if content.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, at most {FILE_BYTES_MAX} are taken; divide it", content.len());
        return Err(refuse(message));
    }
    if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        return Err(refuse("the file is UTF-16 text; save it as UTF-8".to_owned()));
    }
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let delimiter = delimiter(content);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(content);
    let header = reader.byte_headers().map_err(|error| refuse(error.to_string()))?.clone();
    let places = places(&header).map_err(refuse)?;
    let mut parsed = ParsedPositions::default();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| refuse(error.to_string()))? {
        if parsed.reports.len() == FILE_ROWS_MAX {
            return Err(refuse(format!("the file has more than {FILE_ROWS_MAX} rows; divide it")));
        }
        let line = record.position().map_or(0, |at| market::row_line(content, at.byte(), at.line()));
        let mut row = Row { record: &record, places: &places, header: &header, delimiter, notes: Vec::new() };
        let is_blank = record.iter().all(|cell| cell.trim_ascii().is_empty());
        if is_blank {
            continue;
        }
        let symbol = String::from_utf8_lossy(row.raw(Column::Symbol)).trim().chars().take(40).collect();
        let state = match row.read() {
            Ok(good) => {
                parsed.rows.push((parsed.reports.len(), good));
                RowState::Ok
            }
            Err(fault) => {
                RowState::Error { column: row.name(fault.column), code: fault.code, message: fault.message }
            }
        };
        let notes = std::mem::take(&mut row.notes);
        parsed.reports.push(RowReport { line, symbol, state, notes });
    }
    if parsed.reports.is_empty() {
        return Err(refuse("the file has a header and no rows".to_owned()));
    }
    Ok(parsed)
}

/// The delimiter of the header: comma, semicolon or tab, whichever it has most of.
fn delimiter(content: &[u8]) -> u8 {
    let header = content.split(|byte| *byte == b'\n').find(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    });
    let count = |byte: u8| header.map_or(0, |line| line.iter().filter(|found| **found == byte).count());
    // The last of equals wins, so the comma stands last.
    [b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

fn places(header: &csv::ByteRecord) -> Result<[Option<usize>; 12], String> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let found: Vec<String> = header.iter().map(|cell| plain(&String::from_utf8_lossy(cell))).collect();
    let mut places = [None; 12];
    for (column, names) in COLUMNS {
        let place = names.iter().find_map(|name| found.iter().position(|cell| *cell == plain(name)));
        if place.is_none() && (column as usize) < 4 {
            return Err(format!(
                "the header has no column {:?}; it begins with {:?}, and the needed ones are Symbol, Quantity, Entry \
                 Price Per Share and Entry Date",
                names[0],
                header.iter().take(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
            ));
        }
        places[column as usize] = place;
    }
    Ok(places)
}

/// One row while it is read.
struct Row<'a> {
    record: &'a csv::ByteRecord,
    places: &'a [Option<usize>; 12],
    header: &'a csv::ByteRecord,
    delimiter: u8,
    notes: Vec<String>,
}

impl Row<'_> {
    fn raw(&self, column: Column) -> &[u8] {
        self.places[column as usize].and_then(|place| self.record.get(place)).unwrap_or(b"")
    }

    /// The name of a column as the file has it.
    fn name(&self, column: Column) -> String {
        let place = self.places[column as usize].and_then(|place| self.header.get(place));
        place.map_or(COLUMNS[column as usize].1[0].to_owned(), |name| {
            String::from_utf8_lossy(name).trim().to_owned()
        })
    }

    fn text(&self, column: Column) -> Result<&str, Fault> {
        let fault = |message: &str| Fault { column, code: "encoding", message: message.to_owned() };
        let text = std::str::from_utf8(self.raw(column)).map_err(|_| fault("the cell is not UTF-8 text"))?;
        if text.contains('\0') {
            return Err(fault("the cell has a NUL byte"));
        }
        Ok(text.trim())
    }

    fn read(&mut self) -> Result<PositionRow, Fault> {
        let symbol: Symbol = self.text(Column::Symbol)?.parse().map_err(|error: model::SymbolError| {
            Fault { column: Column::Symbol, code: "symbol", message: error.to_string() }
        })?;
        self.check_class(&symbol)?;
        let quantity = self.number(Column::Quantity, Quantity::parse_rounded, str::parse::<Quantity>)?;
        if quantity.is_zero() || quantity.negated().is_err() {
            let message = "the quantity is zero; a holding has units, negative for a short".to_owned();
            return Err(Fault { column: Column::Quantity, code: "quantity", message });
        }
        let entry_price = self.price(Column::EntryPrice)?;
        let entry_date = self.date(Column::EntryDate)?;
        let exit = self.exit(entry_date)?;
        Ok(PositionRow { symbol, quantity, entry_price, entry_date, exit })
    }

    fn exit(&mut self, entry_date: Date) -> Result<Option<(Date, Price)>, Fault> {
        let has_date = !self.text(Column::ExitDate)?.is_empty();
        let has_price = !self.text(Column::ExitPrice)?.is_empty();
        let fault = |column, message: String| Err(Fault { column, code: "exit", message });
        match (has_date, has_price) {
            (false, false) => return Ok(None),
            (true, false) => return fault(Column::ExitPrice, "an exit date needs an exit price".to_owned()),
            (false, true) => return fault(Column::ExitDate, "an exit price needs an exit date".to_owned()),
            (true, true) => {}
        }
        let date = self.date(Column::ExitDate)?;
        if date < entry_date {
            return fault(
                Column::ExitDate,
                format!("the exit on {date} is before the entry on {entry_date}"),
            );
        }
        Ok(Some((date, self.price(Column::ExitPrice)?)))
    }

    fn check_class(&self, symbol: &Symbol) -> Result<(), Fault> {
        let class = self.text(Column::Class)?.to_ascii_uppercase();
        let option_columns = [Column::Underlying, Column::Strike, Column::Expiration, Column::OptionType];
        let has_option = option_columns.iter().any(|column| !self.raw(*column).trim_ascii().is_empty());
        let guessed = match class.as_str() {
            "" if has_option => "OPTIONS",
            "" if symbol.is_cash_like() => "PRIVATE",
            "" => "PUBLIC",
            other => other,
        };
        let subtype = self.text(Column::Subtype)?;
        let told = if subtype.is_empty() { String::new() } else { format!(" ({subtype})") };
        let (code, message) = match guessed {
            "PUBLIC" => return Ok(()),
            "OPTIONS" | "PRIVATE" => (
                "class_not_supported",
                format!("holdings of class {guessed}{told} are not taken yet; take the row out or skip it"),
            ),
            other => ("class", format!("{other:?} is no investment class; use PUBLIC, OPTIONS or PRIVATE")),
        };
        Err(Fault { column: Column::Class, code, message })
    }

    fn price(&mut self, column: Column) -> Result<Price, Fault> {
        let price = self.number(column, Price::parse_rounded, str::parse::<Price>)?;
        if price.signum() < 0 {
            let message = "a price is not negative; the quantity is negative for a short".to_owned();
            return Err(Fault { column, code: "price", message });
        }
        Ok(price)
    }

    /// Reads a number, rounding decimals beyond what its type holds, with a note that says so.
    fn number<T: std::fmt::Display>(
        &mut self,
        column: Column,
        rounded: impl Fn(&str) -> Result<T, NumberError>,
        exact: impl Fn(&str) -> Result<T, NumberError>,
    ) -> Result<T, Fault> {
        let fault = |message: String| Fault { column, code: "number", message };
        let text = self.text(column)?;
        if text.is_empty() {
            return Err(fault("the cell is empty".to_owned()));
        }
        let clean = number::clean(text, self.delimiter == b';').map_err(fault)?;
        match exact(&clean) {
            Err(NumberError::TooPrecise { .. }) => {
                let value = rounded(&clean).map_err(|error| fault(error.to_string()))?;
                let note = format!("{} {text} was rounded to {value}", self.name(column));
                self.notes.push(note);
                Ok(value)
            }
            other => other.map_err(|error| fault(error.to_string())),
        }
    }

    fn date(&self, column: Column) -> Result<Date, Fault> {
        let text = self.text(column)?;
        parse_date(text).map_err(|message| Fault { column, code: "date", message })
    }
}

/// Reads a date: `2024-01-31`, `2024/01/31`, `20240131`, and `1/31/2024` or `31/1/2024` where only one reading is
/// possible.
fn parse_date(text: &str) -> Result<Date, String> {
    let shown: String = text.chars().take(40).collect();
    let refuse = || format!("{shown:?} is not a date; write it as YYYY-MM-DD");
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() == 8 && is_digits(text) {
        let spelled = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
        return spelled.parse().map_err(|_| refuse());
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [first, second, third] = parts[..] else { return Err(refuse()) };
    if ![first, second, third].iter().all(|part| is_digits(part) && part.len() <= 4) {
        return Err(refuse());
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let (year, month, day) = if first.len() == 4 {
        (number(first), number(second), number(third))
    } else if third.len() == 4 {
        let (a, b) = (number(first), number(second));
        if a <= 12 && b <= 12 && a != b {
            return Err(format!("{shown:?} can be read in two ways; write it as YYYY-MM-DD"));
        }
        let (month, day) = if a > 12 { (b, a) } else { (a, b) };
        (number(third), month, day)
    } else {
        return Err(refuse());
    };
    Date::from_ymd(year as i32, month, day).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class,Investment Subtype,\
        Underlying Symbol,Strike Price,Expiration Date,Option Type,Exit Date,Exit Price Per Share\n";

    /// Reads rows under the template's header and compares each with its canonical form or its fault.
    fn check(rows: &str, expected: &[&str]) {
        let parsed = parse_positions(format!("{HEADER}{rows}").as_bytes()).unwrap();
        let mut shown: Vec<String> = parsed
            .reports
            .iter()
            .map(|report| match &report.state {
                RowState::Error { column, code, .. } => format!("line {} {column}: {code}", report.line),
                _ => String::new(),
            })
            .collect();
        for (at, row) in &parsed.rows {
            shown[*at] = row.canonical();
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn stocks_long_and_short_with_and_without_an_exit() {
        check(
            "aapl,10,100.5,2024-01-02,PUBLIC,STOCK,,,,,,\n\
             BRK.B,-2.5,$1%,2024-01-03,,,,,,,2024-02-01,$350\n",
            &["AAPL|10|100.5|2024-01-02|", "line 3 Entry Price Per Share: number"],
        );
        check(
            "MSFT,\"(1,250)\",\"$1,300.25\",2024/01/03,,,,,,,20240201,350\n",
            &["MSFT|-1250|1300.25|2024-01-03|2024-02-01|350"],
        );
    }

    #[test]
    fn faults_name_row_and_column() {
        check(
            "../x,1,1,2024-01-02,,,,,,,,\nAAPL,0,1,2024-01-02,,,,,,,,\nAAPL,1,-1,2024-01-02,,,,,,,,\n\
             AAPL,1,1,02/03/2024,,,,,,,,\nAAPL,1,1,2024-01-02,,,,,,,2024-01-01,5\n\
             AAPL,1,1,2024-01-02,,,,,,,2024-01-05,\nAAPL,1,,2024-01-02,,,,,,,,\n\
             AAPL,1,1,2024-01-02,BONDS,,,,,,,\nAAPL,1,1,2024-01-02,,,AAPL,150,,,,\nCASH_USD,1,1,2024-01-02,,,,,,,,\n\
             =1+1,1,1,2024-01-02,,,,,,,,\nAAPL,=2,1,2024-01-02,,,,,,,,\n",
            &[
                "line 2 Symbol: symbol",
                "line 3 Quantity: quantity",
                "line 4 Entry Price Per Share: price",
                "line 5 Entry Date: date",
                "line 6 Exit Date: exit",
                "line 7 Exit Price Per Share: exit",
                "line 8 Entry Price Per Share: number",
                "line 9 Investment Class: class",
                "line 10 Investment Class: class_not_supported",
                "line 11 Investment Class: class_not_supported",
                "line 12 Symbol: symbol",
                "line 13 Quantity: number",
            ],
        );
    }

    #[test]
    fn byte_order_mark_delimiters_comments_aliases_and_quoted_line_breaks_are_understood() {
        for text in [
            "\u{feff}Ticker;Qty;Price;Date\n# a comment\nAAPL;10;100.5;2024-01-02\n",
            "ticker\tshares\tentry price\ttrade date\r\nAAPL\t10\t100.5\t2024-01-02\r\n\r\n",
            "Symbol,Note,Quantity,Entry_Price,Entry-Date\nAAPL,\"two\nlines\",10,100.50,1/2/2024\n",
        ] {
            let parsed = parse_positions(text.as_bytes()).unwrap();
            let rows: Vec<String> = parsed.rows.iter().map(|(_, row)| row.canonical()).collect();
            if text.contains("1/2/2024") {
                assert!(rows.is_empty(), "an ambiguous date is refused");
            } else {
                assert_eq!(rows, ["AAPL|10|100.5|2024-01-02|"], "{text}");
            }
        }
    }

    #[test]
    fn dates_are_taken_only_when_they_can_be_read_in_one_way() {
        for (text, expected) in [
            ("2024-01-31", Some("2024-01-31")),
            ("1/31/2024", Some("2024-01-31")),
            ("31.1.2024", Some("2024-01-31")),
            ("3/3/2024", Some("2024-03-03")),
            ("3/4/2024", None),
            ("2024-02-30", None),
            ("24-01-31", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse_date(text).ok().map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn decimals_beyond_a_millionth_are_rounded_and_told() {
        let parsed = parse_positions(format!("{HEADER}AAPL,10,33.33333349,2024-01-02\n").as_bytes()).unwrap();
        assert_eq!(parsed.rows[0].1.entry_price.to_string(), "33.333333");
        assert_eq!(parsed.reports[0].notes, ["Entry Price Per Share 33.33333349 was rounded to 33.333333"]);
    }

    #[test]
    fn files_that_cannot_be_read_at_all_say_why() {
        let told = |content: &[u8]| parse_positions(content).unwrap_err().to_string();
        assert!(told(b"a,b\n1,2\n").contains("no column \"Symbol\""));
        assert!(told(HEADER.as_bytes()).contains("no rows"));
        assert!(told(b"\xff\xfeS\0y\0").contains("UTF-16"));
        assert!(told(&vec![b'x'; FILE_BYTES_MAX + 1]).contains("bytes"));
        let many = format!("{HEADER}{}", "AAPL,1,1,2024-01-02\n".repeat(FILE_ROWS_MAX + 1));
        assert!(told(many.as_bytes()).contains("more than 100000 rows"));
    }

    #[test]
    fn cells_that_are_no_text_are_refused_by_row() {
        let mut content = HEADER.as_bytes().to_vec();
        content.extend_from_slice(b"AA\xffPL,1,1,2024-01-02\nAA\0PL,1,1,2024-01-02\nAAPL,1,1,2024-01-02\n");
        let parsed = parse_positions(&content).unwrap();
        let errors =
            parsed.reports.iter().filter(|r| matches!(r.state, RowState::Error { code: "encoding", .. }));
        assert_eq!((errors.count(), parsed.rows.len()), (2, 1));
    }
}
