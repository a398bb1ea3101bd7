//! The volatility of exposures from the covariances of their symbols.

use std::collections::BTreeMap;

use model::Symbol;
use quant::SESSIONS_A_YEAR;

use super::{Exposures, Scaled};
use crate::absent::finite;
use crate::{Absent, Covariance, Figure};

/// What covariances say of today's exposures.
#[derive(Clone, Debug, PartialEq)]
pub struct ExAnte {
    /// The deviation for one session.
    pub deviation_daily: Scaled,
    /// The deviation for a year of 252 sessions.
    pub volatility_annual: Scaled,
    /// For each symbol of the matrix its net dollars and its share of the deviation; the shares add up to one. Absent
    /// when nothing varies.
    pub contributions: Vec<Contribution>,
    /// The deviations of the symbols added up, over that of the whole.
    pub diversification_ratio: Figure,
    /// The share of the gross exposure whose symbols are in the matrix; absent when the exposure of a position is not
    /// known.
    pub covered_share: Figure,
}

/// One symbol's part in the deviation of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The symbol.
    pub symbol: Symbol,
    /// Its net exposure in dollars.
    pub dollars: f64,
    /// The change of the whole's daily deviation, in dollars, for one dollar more of it.
    pub marginal: f64,
    /// Its share of the whole's deviation; below zero when it takes away from it.
    pub share: Figure,
}

/// The ex-ante volatility of exposures.
///
/// # Convention
/// The root of `w' S w` with the net dollars of each symbol as weights; what is not in the matrix counts as nothing and
/// shows in the share that is covered.
///
/// # Errors
/// [`Absent::NoExposure`], [`Absent::UnknownExposure`] when none is known, [`Absent::NothingCovered`],
/// [`Absent::NegativeVariance`], `overflow`.
///
/// # Source
/// Markowitz, 1952, Portfolio Selection; Litterman, 1996, Hot Spots and Hedges (contributions).
pub fn ex_ante(exposures: &Exposures, covariance: &Covariance) -> Result<ExAnte, Absent> {
    let net: BTreeMap<&Symbol, f64> = exposures.by_symbol().into_iter().collect();
    let gross: f64 = exposures.on_markets().map(|(.., dollars)| dollars.abs()).sum();
    let is_covered = |symbol: &Symbol| covariance.symbols.binary_search(symbol).is_ok();
    let covered = exposures.on_markets().filter(|(_, symbol, _)| is_covered(symbol));
    let covered: f64 = covered.map(|(.., dollars)| dollars.abs()).sum();
    if gross <= 0.0 {
        return Err(exposures.nothing());
    }
    if covered == 0.0 {
        return Err(Absent::NothingCovered);
    }
    let dollars: Vec<f64> =
        covariance.symbols.iter().map(|symbol| net.get(symbol).copied().unwrap_or(0.0)).collect();
    // Weights of about one keep the squares of large sums in bounds.
    let weights: Vec<f64> = dollars.iter().map(|dollars| dollars / gross).collect();
    let whole = covariance.whole(&weights)?;
    let contribution = |at: usize| Contribution {
        symbol: covariance.symbols[at].clone(),
        dollars: dollars[at],
        marginal: whole.marginal[at],
        share: match whole.deviation {
            0.0 => Err(Absent::NO_DEVIATION),
            deviation => finite(whole.contributions[at] / deviation),
        },
    };
    let held = (0..dollars.len()).filter(|at| net.contains_key(&covariance.symbols[*at]));
    Ok(ExAnte {
        deviation_daily: exposures.scaled(finite(whole.deviation * gross)),
        volatility_annual: exposures.scaled(finite(whole.deviation * gross * SESSIONS_A_YEAR.sqrt())),
        contributions: held.map(contribution).collect(),
        diversification_ratio: whole.diversification_ratio,
        covered_share: exposures.covered_share(covered, gross),
    })
}
