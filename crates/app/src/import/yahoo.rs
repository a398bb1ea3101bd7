//! The portfolio CSV of Yahoo: one row a lot, beside quotes of the day it was exported.

use model::Price;

use super::amounts;
use super::asset::Asset;
use super::cells::{Cells, Column, Fault, plain};
use super::row::{Action, Parsed, Row, unreadable};
use super::sheet::{Layout, parse_sheet};
use crate::AppError;

const SYMBOL: Column = Column(0);
const TRADE_DATE: Column = Column(1);
const PRICE: Column = Column(2);
const QUANTITY: Column = Column(3);
const COMMISSION: Column = Column(4);
const COMMENT: Column = Column(5);
const KIND: Column = Column(6);

const COLUMNS: [&[&str]; 7] = [
    &["Symbol"],
    &["Trade Date"],
    &["Purchase Price"],
    &["Quantity"],
    &["Commission"],
    &["Comment"],
    &["Transaction Type"],
];

/// The symbol of cash in an export.
const CASH: &str = "$$CASH_TX";

/// Reads an export. Symbols that are watched and not held are left out, and counted.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Parsed, AppError> {
    let layout = Layout { columns: &COLUMNS, needed: &[SYMBOL, TRADE_DATE, PRICE, QUANTITY], symbol: SYMBOL };
    let mut watched_count = 0;
    let parsed = parse_sheet(content, &layout, |cells| {
        if [TRADE_DATE, PRICE, QUANTITY].iter().all(|column| cells.is_empty(*column)) {
            watched_count += 1;
            return Ok(None);
        }
        read(cells).map(Some)
    });
    if watched_count == 0 {
        return parsed;
    }
    let told = format!("{watched_count} symbols are watched and not held; they are left out");
    let mut parsed =
        parsed.map_err(|_| unreadable(format!("{told}; add a lot to one, or leave the file")))?;
    parsed.notes.push(told);
    Ok(parsed)
}

fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let kind = plain(cells.text(KIND)?);
    let mut row = if cells.text(SYMBOL)? == CASH { cash(cells, &kind)? } else { fill(cells, &kind)? };
    row.note = cells.note(COMMENT)?;
    Ok(Row { currency_column: SYMBOL, class_column: SYMBOL, ..row })
}

fn fill(cells: &mut Cells<'_>, kind: &str) -> Result<Row, Fault> {
    let asset = Asset::quoted(cells, SYMBOL, true)?;
    let mut quantity = cells.quantity(QUANTITY)?;
    match kind {
        // Without a type a row is a holding, and a negative one is short.
        "" => {}
        "buy" | "sell" => quantity = amounts::directed(quantity, kind == "sell", QUANTITY)?,
        _ => return Err(unknown(cells, "buy or sell")),
    }
    let price = cells.price(PRICE)?;
    amounts::product(quantity, price, QUANTITY)?;
    let action = Action::Fill(asset, quantity, price, cells.money_or_zero(COMMISSION)?);
    Ok(Row::of_one(cells.date(TRADE_DATE)?, TRADE_DATE, action))
}

fn cash(cells: &mut Cells<'_>, kind: &str) -> Result<Row, Fault> {
    let quantity = cells.quantity(QUANTITY)?;
    let price =
        if cells.is_empty(PRICE) { Price::from_micros(model::MONEY_SCALE) } else { cells.price(PRICE)? };
    let amount = amounts::product(quantity, price, QUANTITY)?;
    let action = match kind {
        "deposit" if quantity.signum() > 0 => Action::Deposit(amounts::one_way(amount, false, QUANTITY)?),
        "withdrawal" | "withdraw" => Action::Withdrawal(amounts::one_way(amount, true, QUANTITY)?),
        _ => return Err(unknown(cells, "deposit, above zero, or withdrawal")),
    };
    let fee = cells.money_or_zero(COMMISSION)?;
    Ok(Row::of_one(cells.date(TRADE_DATE)?, TRADE_DATE, action).with_fee(fee))
}

fn unknown(cells: &Cells<'_>, allowed: &str) -> Fault {
    let message = format!("{:?} is no transaction here; it is {allowed}", cells.shown(KIND));
    Fault::new(KIND, "activity", message)
}

#[cfg(test)]
mod tests {
    use super::super::report::RowState;
    use super::*;

    const HEADER: &str = "Symbol,Current Price,Date,Time,Change,Open,High,Low,Volume,Trade Date,Purchase Price,\
        Quantity,Commission,High Limit,Low Limit,Comment,Transaction Type\n";

    /// Reads one lot and compares it, or its fault, in one line.
    #[track_caller]
    fn check(symbol: &str, lot: &str, expected: &str) {
        let row = format!("{symbol},185.5,2024/02/01,16:00 EST,1.2,184,186,183,1000,{lot}\n");
        let parsed = parse(format!("{HEADER}{row}").as_bytes()).unwrap();
        let found = match &parsed.reports[0].state {
            RowState::Error { column, code, .. } => format!("{column}: {code}"),
            _ => parsed.rows[0].1.canonical(),
        };
        assert_eq!(found, expected, "{row}");
    }

    #[test]
    fn lots_are_read() {
        check("AAPL", "20240102,100.5,10,1,,,first,", "|2024-01-02|fill|AAPL|10|100.5|1");
        check("AAPL", "20240102,100.5,-10,,,,,", "|2024-01-02|fill|AAPL|-10|100.5|0");
        check("AAPL", "20240102,100.5,10,,,,,SELL", "|2024-01-02|fill|AAPL|-10|100.5|0");
        check("BRK-B", "20240102,350,1,,,,,BUY", "|2024-01-02|fill|BRK.B|1|350|0");
        check("$$CASH_TX", "20240102,1,500,,,,,DEPOSIT", "|2024-01-02|deposit|500");
    }

    #[test]
    fn lots_that_make_no_sense_name_their_column() {
        check("AAPL", ",100.5,10,,,,,", "Trade Date: date");
        check("AAPL", "20240102,,10,,,,,", "Purchase Price: number");
        check("AAPL", "20240102,100.5,,,,,,", "Quantity: number");
        check("AAPL", "20240102,100.5,10,x,,,,", "Commission: number");
        check("AAPL", "20240102,100.5,10,,,,,GIFT", "Transaction Type: activity");
        check("$$CASH_TX", "20240102,1,500,,,,,", "Transaction Type: activity");
        check("=AAPL", "20240102,100.5,10,,,,,", "Symbol: symbol");
    }

    #[test]
    fn watched_symbols_are_left_out_and_counted() {
        let watched = "MSFT,185.5,2024/02/01,16:00 EST,1.2,184,186,183,1000,,,,,,,,\n";
        let lot = "AAPL,1,,,,,,,,20240102,5,1,,,,,\n";
        let parsed = parse(format!("{HEADER}{watched}{lot}").as_bytes()).unwrap();
        assert_eq!((parsed.reports.len(), parsed.notes.len()), (1, 1));
        assert!(parse(format!("{HEADER}{watched}").as_bytes()).is_err());
    }
}
