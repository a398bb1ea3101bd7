//! The activity CSV: one row an event, of every kind. It is what `daybook` itself writes.

use model::{Money, Payment, Ratio};

use super::amounts::{self, Figures};
use super::asset::{Asset, Class, Contract};
use super::cells::{Cells, Column, Fault, plain};
use super::row::{Action, Entry, Parsed, Row};
use super::sheet::{Layout, parse_sheet};
use crate::AppError;

const DATE: Column = Column(0);
const SYMBOL: Column = Column(1);
const TYPE: Column = Column(2);
const QUANTITY: Column = Column(3);
const ACTIVITY: Column = Column(4);
const PRICE: Column = Column(5);
const CURRENCY: Column = Column(6);
const FEE: Column = Column(7);
const AMOUNT: Column = Column(8);
const NOTE: Column = Column(9);
const ID: Column = Column(10);

const COLUMNS: [&[&str]; 11] = [
    &["date", "activity date", "trade date"],
    &["symbol", "ticker"],
    &["instrumentType", "instrument", "asset type"],
    &["quantity", "qty", "shares", "units"],
    &["activityType", "activity", "type", "action", "kind"],
    &["unitPrice", "price", "price per share"],
    &["currency"],
    &["fee", "fees", "commission"],
    &["amount", "total"],
    &["note", "comment", "notes"],
    &["id", "transaction id", "activity id"],
];

const FIGURES: Figures = Figures { quantity: QUANTITY, price: PRICE, amount: AMOUNT };

/// What a row of activity is, by the names people use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Buy,
    Sell,
    Dividend,
    Deposit,
    Withdrawal,
    Fee,
    Interest,
    Split,
    Mark,
    TransferIn,
    TransferOut,
}

/// Names of activities; letters and digits alone count.
const ACTIVITIES: [(Activity, &[&str]); 11] = [
    (Activity::Buy, &["buy", "bought", "purchase", "buytoopen", "buytoclose", "buytocover", "reinvestment"]),
    (Activity::Sell, &["sell", "sold", "sale", "selltoopen", "selltoclose", "sellshort"]),
    (Activity::Dividend, &["dividend", "dividends", "div", "cashdividend", "distribution"]),
    (Activity::Deposit, &["deposit", "cashin", "contribution"]),
    (Activity::Withdrawal, &["withdrawal", "withdraw", "cashout"]),
    (Activity::Fee, &["fee", "fees", "commission", "charge", "tax", "withholdingtax"]),
    (Activity::Interest, &["interest", "creditinterest"]),
    (Activity::Split, &["split", "stocksplit"]),
    (Activity::Mark, &["mark", "price", "valuation"]),
    (Activity::TransferIn, &["transferin", "addholding"]),
    (Activity::TransferOut, &["transferout", "removeholding"]),
];

/// Reads an activity file. Rows that make no sense are reported, not returned.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Parsed, AppError> {
    let layout = Layout { columns: &COLUMNS, needed: &[DATE, ACTIVITY], symbol: SYMBOL };
    parse_sheet(content, &layout, |cells| read(cells).map(Some))
}

fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let activity = activity(cells)?;
    let mut row = match activity {
        Activity::Buy | Activity::Sell => {
            let action = fill(cells, activity == Activity::Sell)?;
            Row::of_one(cells.date(DATE)?, DATE, action)
        }
        Activity::Dividend => {
            let (asset, fee) = (asset(cells)?, cells.money_or_zero(FEE)?);
            let paid = if cells.is_empty(AMOUNT) && cells.is_empty(QUANTITY) {
                Payment::PerUnit(cells.price(PRICE)?)
            } else {
                Payment::Total(amounts::money(cells, FIGURES)?)
            };
            Row::of_one(cells.date(DATE)?, DATE, Action::Dividend(asset, paid)).with_fee(fee)
        }
        Activity::Fee => Row::of_one(cells.date(DATE)?, DATE, Action::Fee(cost(cells)?)),
        Activity::Mark => {
            let action = Action::Mark(asset(cells)?, cells.price(PRICE)?);
            Row::of_one(cells.date(DATE)?, DATE, action)
        }
        Activity::Split => {
            let action = Action::Split(asset(cells)?, ratio(cells)?);
            Row::of_one(cells.date(DATE)?, DATE, action)
        }
        Activity::TransferIn | Activity::TransferOut if !cells.is_empty(SYMBOL) && !is_cash(cells)? => {
            transfer(cells, activity == Activity::TransferOut)?
        }
        _ => {
            let (amount, fee) = (amounts::money(cells, FIGURES)?, cells.money_or_zero(FEE)?);
            let action = match activity {
                Activity::Interest => Action::Interest(amount),
                Activity::Deposit | Activity::TransferIn => {
                    Action::Deposit(amounts::one_way(amount, false, AMOUNT)?)
                }
                _ => Action::Withdrawal(amounts::one_way(amount, true, AMOUNT)?),
            };
            Row::of_one(cells.date(DATE)?, DATE, action).with_fee(fee)
        }
    };
    row.currency = cells.currency(CURRENCY)?;
    row.id = cells.id(ID)?;
    row.note = cells.note(NOTE)?;
    Ok(Row { currency_column: CURRENCY, class_column: TYPE, ..row })
}

fn activity(cells: &Cells<'_>) -> Result<Activity, Fault> {
    let text = cells.text(ACTIVITY)?;
    let name = plain(text);
    let found = ACTIVITIES.iter().find(|(_, names)| names.contains(&name.as_str()));
    found.map(|(activity, _)| *activity).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        let message = format!(
            "{shown:?} is no activity; use buy, sell, dividend, deposit, withdrawal, fee, interest, split or mark"
        );
        Fault::new(ACTIVITY, "activity", message)
    })
}

fn is_cash(cells: &Cells<'_>) -> Result<bool, Fault> {
    let symbol = cells.text(SYMBOL)?;
    Ok(symbol.starts_with('$') || plain(cells.text(TYPE)?) == "cash")
}

fn fill(cells: &mut Cells<'_>, is_sale: bool) -> Result<Action, Fault> {
    let asset = asset(cells)?;
    let quantity = amounts::directed(cells.quantity(QUANTITY)?, is_sale, QUANTITY)?;
    let price = cells.price(PRICE)?;
    let fee = cells.money_or_zero(FEE)?;
    if matches!(asset.class, Class::Option(_)) {
        // Its amount has the multiplier in it, which may stand nowhere in the file.
        amounts::product(quantity, price, QUANTITY)?;
    } else {
        amounts::check_fill(cells, FIGURES, quantity, price, fee)?;
    }
    Ok(Action::Fill(asset, quantity, price, fee))
}

/// Holdings that come from or go to another broker: a fill, and a flow that keeps cash as it is.
fn transfer(cells: &mut Cells<'_>, is_out: bool) -> Result<Row, Fault> {
    let action = fill(cells, is_out)?;
    let Action::Fill(_, quantity, price, _) = &action else { unreachable!("invariant: a fill was made") };
    let value = amounts::product(*quantity, *price, QUANTITY)?;
    let date = cells.date(DATE)?;
    let fill = Entry { part: "fill", date, date_column: DATE, action };
    if value.is_zero() {
        return Ok(Row::of(vec![fill]));
    }
    let flow = if is_out { Action::Withdrawal(value) } else { Action::Deposit(value) };
    let told = if is_out { "a sale and a withdrawal" } else { "a deposit and a buy" };
    cells.notes.push(format!("a transfer of units is booked as {told} of {value}"));
    let flow = Entry { part: "flow", date, date_column: DATE, action: flow };
    Ok(Row::of(if is_out { vec![fill, flow] } else { vec![flow, fill] }))
}

/// The cost of a fee row, which stands in the amount or in the fee.
fn cost(cells: &mut Cells<'_>) -> Result<Money, Fault> {
    let fee = cells.money_or_zero(FEE)?;
    let has_amount = !cells.is_empty(AMOUNT) || !cells.is_empty(PRICE);
    let amount = if has_amount || fee.is_zero() { amounts::money(cells, FIGURES)? } else { Money::ZERO };
    let cost = match (amount.is_zero(), fee.is_zero()) {
        (false, false) if amount != fee => {
            let message = "a fee row has an amount and a fee that differ; leave one of them out";
            return Err(Fault::new(FEE, "amount", message));
        }
        (true, _) => fee,
        _ => amount,
    };
    if cost.signum() < 0 {
        cells.notes.push(format!("a fee of {cost} is booked as a refund"));
    }
    Ok(cost)
}

/// The ratio of a split, new units for one old, in the amount or in the quantity.
fn ratio(cells: &Cells<'_>) -> Result<Ratio, Fault> {
    let column = if cells.is_empty(AMOUNT) { QUANTITY } else { AMOUNT };
    let parsed = cells.text(column)?.parse::<Ratio>();
    parsed.map_err(|error| {
        let message = format!("{error}; write new units for one old in the amount: 4, 0.1, 3:2");
        Fault::new(column, "ratio", message)
    })
}

fn asset(cells: &Cells<'_>) -> Result<Asset, Fault> {
    let symbol = cells.symbol(SYMBOL)?;
    let text = cells.text(TYPE)?;
    let class = match plain(text).as_str() {
        "" => return Ok(Asset::guessed(symbol)),
        "stock" | "stocks" | "equity" | "share" | "shares" | "etf" | "fund" | "mutualfund" | "adr"
        | "reit" | "crypto" | "cryptocurrency" | "public" => Class::Public,
        "option" | "options" => Class::Option(Contract::default()),
        "private" | "alternative" | "property" | "item" => Class::Private,
        _ => {
            let shown: String = text.chars().take(40).collect();
            let message =
                format!("{shown:?} is no type that is kept; use stock, etf, fund, option or private");
            return Err(Fault::new(TYPE, "class", message));
        }
    };
    Ok(Asset { symbol, class })
}

#[cfg(test)]
mod tests {
    use super::super::report::RowState;
    use super::*;

    const HEADER: &str = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n";

    /// Reads one row under the usual header and compares its events, or its fault, in one line.
    #[track_caller]
    fn check(row: &str, expected: &str) {
        let parsed = parse(format!("{HEADER}{row}\n").as_bytes()).unwrap();
        let found = match &parsed.reports[0].state {
            RowState::Error { column, code, .. } => format!("{column}: {code}"),
            _ => parsed.rows[0].1.canonical(),
        };
        assert_eq!(found, expected, "{row}");
    }

    #[test]
    fn every_kind_of_event_is_read() {
        check("2024-01-02,AAPL,stock,10,BUY,100.5,USD,1,", "|2024-01-02|fill|AAPL|10|100.5|1");
        check("2024-01-02,AAPL,,10,Sold,100.5,USD,1,1004", "|2024-01-02|fill|AAPL|-10|100.5|1");
        check("2024-01-02,AAPL,,-10,sell,100.5,USD,,", "|2024-01-02|fill|AAPL|-10|100.5|0");
        check("2024-01-02,AAPL,,,Dividend,,USD,,2.4", "|2024-01-02|dividend|AAPL|2.4");
        check("2024-01-02,AAPL,,10,dividend,0.24,USD,,", "|2024-01-02|dividend|AAPL|2.4");
        check("2024-01-02,AAPL,,,dividend,0.24,USD,,", "|2024-01-02|dividend|AAPL|each 0.24");
        check(
            "2024-01-02,AAPL,,,dividend,,USD,0.5,2.4",
            "|2024-01-02|dividend|AAPL|2.4|fee|2024-01-02|fee|0.5",
        );
        check("2024-01-02,$CASH-USD,,500,deposit,1,USD,0,500", "|2024-01-02|deposit|500");
        check("2024-01-02,,,,Cash-In,,USD,,500", "|2024-01-02|deposit|500");
        check("2024-01-02,,,,withdrawal,,USD,,-500", "|2024-01-02|withdrawal|500");
        check("2024-01-02,,,,fee,,USD,3,", "|2024-01-02|fee|3");
        check("2024-01-02,,,,Tax,,USD,,3", "|2024-01-02|fee|3");
        check("2024-01-02,,,,fee,,USD,,-3", "|2024-01-02|fee|-3");
        check("2024-01-02,,,,interest,,USD,,-1.5", "|2024-01-02|interest|-1.5");
        check("2024-01-02,AAPL,,,split,,,,4", "|2024-01-02|split|AAPL|4:1");
        check("2024-01-02,AAPL,,,split,,,,3:2", "|2024-01-02|split|AAPL|3:2");
        check("2024-01-02,AAPL,,,mark,99,,,", "|2024-01-02|mark|AAPL|99");
        check(
            "2024-01-02,AAPL,,2,TRANSFER_IN,50,USD,,",
            "flow|2024-01-02|deposit|100|fill|2024-01-02|fill|AAPL|2|50|0",
        );
        check(
            "2024-01-02,AAPL,,2,TRANSFER_OUT,50,USD,,",
            "fill|2024-01-02|fill|AAPL|-2|50|0|flow|2024-01-02|withdrawal|100",
        );
        check("2024-01-02,,,,transfer in,,USD,,70", "|2024-01-02|deposit|70");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        check("2024-01-02,AAPL,,-10,buy,100,USD,,", "quantity: direction");
        check("2024-01-02,AAPL,,10,buy,100,USD,,500", "amount: amount");
        check("2024-01-02,AAPL,,10,buy,,USD,,500", "unitPrice: number");
        check("2024-01-02,AAPL,,0,buy,1,USD,,", "quantity: quantity");
        check("2024-01-02,AAPL,,99999999999,buy,9999999999,USD,,", "quantity: number");
        check("2024-01-02,,,10,buy,1,USD,,", "symbol: symbol");
        check("2024-01-02,AAPL,bond,10,buy,1,USD,,", "instrumentType: class");
        check("2024-01-02,AAPL,,10,juggle,1,USD,,", "activityType: activity");
        check("2024-01-02,,,,deposit,,USD,,-5", "amount: direction");
        check("2024-01-02,,,,deposit,,USD,,", "amount: number");
        check("2024-01-02,,,10,deposit,1,USD,,70", "amount: amount");
        check("2024-01-02,,,,fee,,USD,2,3", "fee: amount");
        check("2024-01-02,,,,deposit,,dollars,,5", "currency: currency");
        check("2024-01-02,AAPL,,,split,,,,0", "amount: ratio");
        check("02/03/2024,,,,deposit,,USD,,5", "date: date");
    }
}
