//! What the figures of a row amount to: the direction of a fill, and money stated in more than one way.

use model::{Money, Price, Quantity};

use super::cells::{Cells, Column, Fault};

/// The part of an amount by which it may differ from quantity times price, as brokers round prices.
const ROUNDING_PARTS: i64 = 2_000;
/// The money by which it may differ in any case, in millionths.
const ROUNDING_MICROS: i64 = 10_000;

/// Where the figures of a row stand.
#[derive(Clone, Copy)]
pub struct Figures {
    pub quantity: Column,
    pub price: Column,
    pub amount: Column,
}

/// Units of a buy, which are above zero, or of a sale, which brokers write with either sign; sold ones are negative.
pub fn directed(quantity: Quantity, is_sale: bool, column: Column) -> Result<Quantity, Fault> {
    let overflow = |error: model::NumberError| Fault::new(column, "number", error.to_string());
    match (is_sale, quantity.signum() < 0) {
        (true, true) | (false, false) => Ok(quantity),
        (true, false) => quantity.negated().map_err(overflow),
        (false, true) => {
            let message = "the quantity of a buy is above zero; a sale is written as sell";
            Err(Fault::new(column, "direction", message))
        }
    }
}

/// Quantity times price as money, without a sign.
pub fn product(quantity: Quantity, price: Price, column: Column) -> Result<Money, Fault> {
    let size = quantity.size().and_then(|size| size.times(price, 1));
    size.map_err(|error| {
        Fault::new(column, "number", format!("quantity times price: {error}; correct one of them"))
    })
}

/// The money of a row that is no fill: its amount, or quantity times price where the amount is left out.
pub fn money(cells: &mut Cells<'_>, at: Figures) -> Result<Money, Fault> {
    let has_product = !cells.is_empty(at.quantity) && !cells.is_empty(at.price);
    let stated = cells.money_or_zero(at.amount)?;
    if !has_product {
        return if cells.is_empty(at.amount) { cells.money(at.amount) } else { Ok(stated) };
    }
    let units = cells.number(at.quantity, Quantity::parse_rounded, str::parse::<Quantity>)?;
    let price = cells.price(at.price)?;
    let computed = units.times(price, 1);
    let computed = computed.map_err(|error| Fault::new(at.quantity, "number", error.to_string()))?;
    if stated.is_zero() || computed.is_zero() {
        return Ok(if stated.is_zero() { computed } else { stated });
    }
    let sizes = stated.size().ok().zip(computed.size().ok());
    if sizes.is_some_and(|(stated, computed)| agree(stated, computed)) {
        return Ok(stated);
    }
    let message =
        format!("the amount is {stated} and quantity times price {computed}; leave out what is wrong");
    Err(Fault::new(at.amount, "amount", message))
}

/// Refuses an amount that is neither quantity times price nor that with the fee.
pub fn check_fill(
    cells: &mut Cells<'_>,
    at: Figures,
    quantity: Quantity,
    price: Price,
    fee: Money,
) -> Result<(), Fault> {
    let computed = product(quantity, price, at.quantity)?;
    let stated = cells.money_or_zero(at.amount)?;
    let sizes = stated.size().ok().zip(fee.size().ok());
    let Some((stated, fee)) = sizes.filter(|(stated, _)| !stated.is_zero()) else { return Ok(()) };
    let with_fee = [computed.plus(fee), computed.minus(fee)].into_iter().flatten();
    if std::iter::once(computed).chain(with_fee).any(|computed| agree(stated, computed)) {
        return Ok(());
    }
    let message = format!(
        "the amount is {stated} and quantity times price {computed}; correct what is wrong, or leave the amount out"
    );
    Err(Fault::new(at.amount, "amount", message))
}

fn agree(stated: Money, computed: Money) -> bool {
    let tolerance = (computed.micros().abs() / ROUNDING_PARTS).max(ROUNDING_MICROS);
    stated.minus(computed).is_ok_and(|difference| difference.micros().abs() <= tolerance)
}

/// Money whose kind says which way it goes: an outgoing one may be written negative, an incoming one may not.
pub fn one_way(amount: Money, is_outgoing: bool, column: Column) -> Result<Money, Fault> {
    if amount.is_zero() {
        return Err(Fault::new(column, "amount", "the amount is zero; write how much, or take the row out"));
    }
    match (is_outgoing, amount.signum() < 0) {
        (_, false) => Ok(amount),
        (true, true) => amount.size().map_err(|error| Fault::new(column, "number", error.to_string())),
        (false, true) => {
            let message = "the amount of a deposit is above zero; money taken out is a withdrawal";
            Err(Fault::new(column, "direction", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: Column = Column(0);

    #[test]
    fn the_sign_of_a_quantity_may_agree_with_its_kind_or_be_left_out() {
        for (quantity, is_sale, expected) in
            [("5", false, Some("5")), ("5", true, Some("-5")), ("-5", true, Some("-5")), ("-5", false, None)]
        {
            let found = directed(quantity.parse().unwrap(), is_sale, COLUMN).ok();
            assert_eq!(found.map(|found| found.to_string()).as_deref(), expected, "{quantity} {is_sale}");
        }
    }

    #[test]
    fn money_goes_the_way_its_kind_says() {
        for (amount, is_outgoing, expected) in [
            ("5", false, Some("5")),
            ("5", true, Some("5")),
            ("-5", true, Some("5")),
            ("-5", false, None),
            ("0", true, None),
        ] {
            let found = one_way(amount.parse().unwrap(), is_outgoing, COLUMN).ok();
            assert_eq!(found.map(|found| found.to_string()).as_deref(), expected, "{amount} {is_outgoing}");
        }
    }

    #[test]
    fn amounts_agree_up_to_the_rounding_of_a_price() {
        for (stated, computed, expected) in [
            ("100", "100", true),
            ("100.01", "100", true),
            ("100.06", "100", false),
            ("1000.4", "1000", true),
        ] {
            assert_eq!(agree(stated.parse().unwrap(), computed.parse().unwrap()), expected, "{stated}");
        }
    }
}
