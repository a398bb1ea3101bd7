//! Reading a positions file: one row a holding, with its entry and, where it was closed, its exit.

use model::{Date, Money, Price, Symbol};

use super::amounts;
use super::asset::{Asset, Class, Contract};
use super::cells::{Cells, Column, Fault};
use super::row::{Action, Entry, Parsed, Row};
use super::sheet::{Layout, parse_sheet};
use crate::AppError;

const SYMBOL: Column = Column(0);
const QUANTITY: Column = Column(1);
const ENTRY_PRICE: Column = Column(2);
const ENTRY_DATE: Column = Column(3);
const CLASS: Column = Column(4);
const SUBTYPE: Column = Column(5);
const UNDERLYING: Column = Column(6);
const STRIKE: Column = Column(7);
const EXPIRATION: Column = Column(8);
const OPTION_TYPE: Column = Column(9);
const EXIT_DATE: Column = Column(10);
const EXIT_PRICE: Column = Column(11);
const CURRENCY: Column = Column(12);

/// Names of the columns as the template has them, and others that files use; letters and digits alone count.
const COLUMNS: [&[&str]; 13] = [
    &["Symbol", "Ticker"],
    &["Quantity", "Qty", "Shares", "Units"],
    &["Entry Price Per Share", "Entry Price", "Price", "Purchase Price", "Cost Per Share"],
    &["Entry Date", "Date", "Purchase Date", "Trade Date"],
    &["Investment Class", "Class"],
    &["Investment Subtype", "Subtype"],
    &["Underlying Symbol", "Underlying"],
    &["Strike Price", "Strike"],
    &["Expiration Date", "Expiration", "Expiry"],
    &["Option Type"],
    &["Exit Date", "Sale Date"],
    &["Exit Price Per Share", "Exit Price", "Sale Price"],
    &["Currency"],
];

pub(super) const LAYOUT: Layout<'static> =
    Layout { columns: &COLUMNS, needed: &[SYMBOL, QUANTITY, ENTRY_PRICE, ENTRY_DATE], symbol: SYMBOL };

/// Reads a positions file. Rows that make no sense are reported, not returned.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Parsed, AppError> {
    parse_sheet(content, &LAYOUT, |cells| read(cells).map(Some))
}

/// The content of a row in the one form that keys of positions are made of.
pub fn canonical(row: &Row) -> String {
    let [Entry { date, action: Action::Fill(asset, quantity, price, _), .. }, exits @ ..] = &row.entries[..]
    else {
        return row.canonical();
    };
    let exit = match exits {
        [Entry { date, action: Action::Fill(_, _, price, _), .. }, ..] => format!("{date}|{price}"),
        _ => String::new(),
    };
    format!("{}|{quantity}|{price}|{date}|{exit}", asset.canonical())
}

fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let asset = asset(cells)?;
    let quantity = cells.quantity(QUANTITY)?;
    let entry_price = cells.price(ENTRY_PRICE)?;
    let entry_date = cells.date(ENTRY_DATE)?;
    amounts::product(quantity, entry_price, QUANTITY)?;
    let fill = |part, date, date_column, quantity, price| Entry {
        part,
        date,
        date_column,
        action: Action::Fill(asset.clone(), quantity, price, Money::ZERO),
    };
    let mut entries = vec![fill("entry", entry_date, ENTRY_DATE, quantity, entry_price)];
    if let Some((date, price)) = exit(cells, entry_date)? {
        amounts::product(quantity, price, QUANTITY)?;
        let closing = quantity.negated().expect("invariant: a quantity that was read can be negated");
        entries.push(fill("exit", date, EXIT_DATE, closing, price));
    }
    let currency = cells.currency(CURRENCY)?;
    Ok(Row { currency, currency_column: CURRENCY, class_column: CLASS, ..Row::of(entries) })
}

fn exit(cells: &mut Cells<'_>, entry_date: Date) -> Result<Option<(Date, Price)>, Fault> {
    let fault = |column, message: String| Err(Fault::new(column, "exit", message));
    match (cells.is_empty(EXIT_DATE), cells.is_empty(EXIT_PRICE)) {
        (true, true) => return Ok(None),
        (false, true) => return fault(EXIT_PRICE, "an exit date needs an exit price".to_owned()),
        (true, false) => return fault(EXIT_DATE, "an exit price needs an exit date".to_owned()),
        (false, false) => {}
    }
    let date = cells.date(EXIT_DATE)?;
    if date < entry_date {
        return fault(EXIT_DATE, format!("the exit on {date} is before the entry on {entry_date}"));
    }
    Ok(Some((date, cells.price(EXIT_PRICE)?)))
}

fn asset(cells: &mut Cells<'_>) -> Result<Asset, Fault> {
    let symbol: Symbol = cells.symbol(SYMBOL)?;
    let has_option =
        [UNDERLYING, STRIKE, EXPIRATION, OPTION_TYPE].iter().any(|column| !cells.is_empty(*column));
    // The subtype says nothing that decides, but has to be text like the rest.
    cells.text(SUBTYPE)?;
    let class = match cells.text(CLASS)?.to_ascii_uppercase().as_str() {
        "" if has_option => Class::Option(contract(cells)?),
        "" => return Ok(Asset::guessed(symbol)),
        "PUBLIC" => Class::Public,
        "OPTION" | "OPTIONS" => Class::Option(contract(cells)?),
        "PRIVATE" => Class::Private,
        other => {
            let shown: String = other.chars().take(40).collect();
            let message = format!("{shown:?} is no investment class; use PUBLIC, OPTIONS or PRIVATE");
            return Err(Fault::new(CLASS, "class", message));
        }
    };
    Ok(Asset { symbol, class })
}

fn contract(cells: &mut Cells<'_>) -> Result<Contract, Fault> {
    let mut contract = Contract::default();
    if !cells.is_empty(UNDERLYING) {
        contract.underlying = Some(cells.symbol(UNDERLYING)?);
    }
    if !cells.is_empty(STRIKE) {
        contract.strike = Some(cells.price(STRIKE)?);
    }
    if !cells.is_empty(EXPIRATION) {
        contract.expiration = Some(cells.date(EXPIRATION)?);
    }
    contract.is_call = match cells.text(OPTION_TYPE)?.to_ascii_uppercase().as_str() {
        "" => None,
        "CALL" | "C" => Some(true),
        "PUT" | "P" => Some(false),
        _ => return Err(Fault::new(OPTION_TYPE, "option_type", "an option is a CALL or a PUT; write which")),
    };
    Ok(contract)
}

#[cfg(test)]
mod tests {
    use super::super::asset::booked_symbol;
    use super::super::report::RowState;
    use super::super::row::{FILE_ROWS_MAX, checked_content};
    use super::*;

    fn parse_positions(content: &[u8]) -> Result<Parsed, AppError> {
        parse(checked_content(content)?)
    }

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
            let asset = row.entries[0].action.asset().unwrap();
            shown[*at] = match booked_symbol(asset) {
                Ok(_) => canonical(row),
                Err((code, _)) => {
                    format!("line {} {}: {code}", parsed.reports[*at].line, row.names[row.class_column.0])
                }
            };
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
                "line 10 Investment Class: option_terms",
                "CASH_USD|1|1|2024-01-02|",
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
            let rows: Vec<String> = parsed.rows.iter().map(|(_, row)| canonical(row)).collect();
            if text.contains("1/2/2024") {
                assert!(rows.is_empty(), "an ambiguous date is refused");
            } else {
                assert_eq!(rows, ["AAPL|10|100.5|2024-01-02|"], "{text}");
            }
        }
    }

    #[test]
    fn decimals_beyond_a_millionth_are_rounded_and_told() {
        let parsed = parse_positions(format!("{HEADER}AAPL,10,33.33333349,2024-01-02\n").as_bytes()).unwrap();
        assert_eq!(canonical(&parsed.rows[0].1), "AAPL|10|33.333333|2024-01-02|");
        assert_eq!(parsed.reports[0].notes, ["Entry Price Per Share 33.33333349 was rounded to 33.333333"]);
    }

    #[test]
    fn files_that_cannot_be_read_at_all_say_why() {
        let told = |content: &[u8]| parse_positions(content).unwrap_err().to_string();
        assert!(told(b"a,b\n1,2\n").contains("no column \"Symbol\""));
        assert!(told(HEADER.as_bytes()).contains("no rows"));
        assert!(told(b"\xff\xfeS\0y\0").contains("UTF-16"));
        assert!(told(&vec![b'x'; super::super::FILE_BYTES_MAX + 1]).contains("bytes"));
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
