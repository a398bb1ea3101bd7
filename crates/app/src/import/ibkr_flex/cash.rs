//! Cash transactions and corporate actions of a Flex query.

use model::Payment;

use super::*;
use crate::import::row::{Action, Row};

/// Reads a cash transaction. Money that came in is positive, money that went out negative.
pub fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let amount = cells.money(AMOUNT)?;
    if amount.is_zero() {
        return Err(Fault::new(AMOUNT, "amount", "the amount is zero; take the row out"));
    }
    let negated = amount.negated().map_err(|error| Fault::new(AMOUNT, "number", error.to_string()))?;
    let action = match plain(cells.text(TYPE)?).as_str() {
        "dividends" | "dividend" | "paymentinlieuofdividends" | "paymentinlieuofdividend" => {
            Action::Dividend(asset(cells)?, Payment::Total(amount))
        }
        "withholdingtax"
        | "871mwithholding"
        | "otherfees"
        | "commissionadjustments"
        | "advisorfees"
        | "brokerfees"
        | "fees" => Action::Fee(negated),
        "brokerinterestpaid" | "brokerinterestreceived" | "bondinterestpaid" | "bondinterestreceived" => {
            Action::Interest(amount)
        }
        "depositswithdrawals" | "depositsandwithdrawals" if amount.signum() > 0 => Action::Deposit(amount),
        "depositswithdrawals" | "depositsandwithdrawals" => Action::Withdrawal(negated),
        _ => {
            let message = format!(
                "cash transactions of type {:?} are not taken; enter it by hand, or take the row out",
                cells.shown(TYPE)
            );
            return Err(Fault::new(TYPE, "activity", message));
        }
    };
    let (date, date_column) = date(cells, [DATE_TIME, SETTLE_DATE])?;
    let row = Row {
        id: id(cells)?,
        currency: cells.currency(CURRENCY)?,
        note: cells.note(DESCRIPTION)?,
        ..Row::of_one(date, date_column, action)
    };
    Ok(Row { currency_column: CURRENCY, class_column: CATEGORY, ..row })
}

/// Why a corporate action other than a split is refused.
pub fn corporate_action(cells: &Cells<'_>) -> Fault {
    let message = format!(
        "corporate actions of type {:?} are not taken; enter what it did as events, and take the row out",
        cells.shown(TYPE)
    );
    Fault::new(TYPE, "activity", message)
}
