//! An execution of a Flex query.

use model::Quantity;

use super::*;
use crate::import::asset::Contract;
use crate::import::row::{Action, Row};

/// Reads an execution. Quantities are signed, commissions are negative.
pub fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let asset = asset(cells)?;
    let quantity = direction(cells)?;
    let price = cells.price(PRICE)?;
    amounts::product(quantity, price, QUANTITY)?;
    let currency = cells.currency(CURRENCY)?;
    let overflow = |error: model::NumberError| Fault::new(COMMISSION, "number", error.to_string());
    let paid = cells.money_or_zero(COMMISSION)?.plus(cells.money_or_zero(TAXES)?).map_err(overflow)?;
    let fee = paid.negated().map_err(overflow)?;
    if let Some(of_commission) = cells.currency(COMMISSION_CURRENCY)?
        && currency.is_some_and(|currency| currency != of_commission)
        && !fee.is_zero()
    {
        let message =
            "the commission is in another currency than the trade; take the row out, or enter it by hand";
        return Err(Fault::new(COMMISSION_CURRENCY, "currency_mismatch", message));
    }
    let (date, date_column) = date(cells, [TRADE_DATE, DATE_TIME])?;
    let row = Row::of_one(date, date_column, Action::Fill(asset, quantity, price, fee));
    Ok(Row { id: id(cells)?, currency, currency_column: CURRENCY, class_column: CATEGORY, ..row })
}

/// The signed quantity; a cancelled execution goes the other way.
fn direction(cells: &mut Cells<'_>) -> Result<Quantity, Fault> {
    let quantity = cells.quantity(QUANTITY)?;
    let side = plain(cells.text(BUY_SELL)?);
    let expected = match side.as_str() {
        "" => return Ok(quantity),
        "buy" | "sellca" => 1,
        "sell" | "buyca" => -1,
        _ => {
            let message = format!("{:?} is no side of a trade; it is BUY or SELL", cells.shown(BUY_SELL));
            return Err(Fault::new(BUY_SELL, "direction", message));
        }
    };
    if quantity.signum() != expected {
        let message = "the sign of the quantity contradicts buySell; quantities sold are negative";
        return Err(Fault::new(QUANTITY, "direction", message));
    }
    Ok(quantity)
}

/// The terms of an option.
pub fn contract(cells: &mut Cells<'_>) -> Result<Contract, Fault> {
    let is_call = match cells.text(PUT_CALL)?.to_ascii_uppercase().as_str() {
        "" => None,
        "C" | "CALL" => Some(true),
        "P" | "PUT" => Some(false),
        _ => return Err(Fault::new(PUT_CALL, "option_type", "an option is a C or a P; write which")),
    };
    let mut contract = Contract { is_call, ..Contract::default() };
    if !cells.is_empty(UNDERLYING) {
        contract.underlying = Some(Asset::quoted(cells, UNDERLYING, true)?.symbol);
    }
    if !cells.is_empty(STRIKE) {
        contract.strike = Some(cells.price(STRIKE)?);
    }
    if !cells.is_empty(EXPIRY) {
        contract.expiration = Some(cells.date(EXPIRY)?);
    }
    if !cells.is_empty(MULTIPLIER) {
        let text = cells.text(MULTIPLIER)?;
        let multiplier = text.parse::<i64>().ok().filter(|multiplier| (1..=1_000_000).contains(multiplier));
        let fault = || Fault::new(MULTIPLIER, "number", "a multiplier is a whole number, such as 100");
        contract.multiplier = Some(multiplier.ok_or_else(fault)?);
    }
    Ok(contract)
}
