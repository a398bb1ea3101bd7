//! Positions valued anew after a move.

use model::Symbol;
use quant::{BlackScholes, OptionType};

use crate::absent::finite;
use crate::{Absent, Exposure, Figure, Stake};

/// What happens beside the move of a price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conditions {
    /// Change of the riskless rate.
    pub rate_change: f64,
    /// Change of every volatility.
    pub volatility_change: f64,
}

/// What a stress does to one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionStress {
    /// The return of the symbol that moves it.
    pub symbol_return: f64,
    /// The gain in dollars; below zero when it loses.
    pub dollars: f64,
    /// Whether the price or the volatility of an option's underlying fell below zero and zero was taken.
    pub is_floored: bool,
}

/// The gain of a position when its symbol moves.
pub(super) fn revalued(
    exposure: &Exposure,
    move_of: &impl Fn(&Symbol) -> Figure,
    conditions: Conditions,
) -> Result<PositionStress, Absent> {
    let dollars = exposure.dollars()?;
    match &exposure.stake {
        Stake::Private { .. } => Err(Absent::PrivateHolding),
        Stake::Unknown { reason } => Err(*reason),
        Stake::Asset { .. } => {
            let symbol_return = move_of(&exposure.symbol)?;
            Ok(PositionStress { symbol_return, dollars: finite(dollars * symbol_return)?, is_floored: false })
        }
        Stake::Option { units, terms } => {
            let symbol_return = move_of(&exposure.symbol)?;
            let (after, is_floored) = moved(terms, symbol_return, conditions)?;
            let gain = (after - terms.value().price?) * units;
            Ok(PositionStress { symbol_return, dollars: finite(gain)?, is_floored })
        }
    }
}

/// The value of an option after a move, and whether something was taken for zero that fell below it.
fn moved(terms: &BlackScholes, symbol_return: f64, conditions: Conditions) -> Result<(f64, bool), Absent> {
    let volatility_annual = terms.volatility_annual + conditions.volatility_change;
    let after = BlackScholes {
        spot: terms.spot * (1.0 + symbol_return),
        rate_annual: terms.rate_annual + conditions.rate_change,
        volatility_annual: volatility_annual.max(0.0),
        ..*terms
    };
    let is_floored = volatility_annual < 0.0;
    if after.spot > 0.0 {
        return Ok((after.value().price?, is_floored));
    }
    // Of a worthless underlying the right to sell is worth its discounted strike, and the right to buy nothing.
    let worth = match after.option_type {
        OptionType::Call => 0.0,
        OptionType::Put => finite(after.strike * libm::exp(-after.rate_annual * after.years))?,
    };
    Ok((worth, true))
}
