//! How much of a factor is in exposures.

use model::Symbol;

use super::{Exposures, Missing, Scaled};
use crate::absent::finite;
use crate::{Absent, Figure};

/// The exposure to one factor: the sum of dollars times a figure of each symbol.
///
/// # Units
/// Dollars that move as the factor does, and their ratio to equity: for a market beta, the portfolio's beta.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorExposure {
    /// The sum, in dollars and over equity.
    pub total: Scaled,
    /// The share of the gross exposure on markets whose symbols have the figure; absent when the exposure of a position is
    /// not known.
    pub covered_share: Figure,
    /// The positions without it: private holdings, and symbols whose figure is absent.
    pub missing: Vec<Missing>,
}

/// The exposure to a factor, given the figure of each symbol.
///
/// # Convention
/// Positions without the figure add nothing and are listed; the share of those that have it stands beside the sum.
/// Private holdings move with no factor and are not part of the gross exposure that is covered.
///
/// # Errors
/// The sum: [`Absent::NoExposure`], [`Absent::NothingCovered`], `overflow`; its ratio: [`Absent::EquityNotPositive`]. The
/// share: [`Absent::UnknownExposure`], which is also the reason of the sum when no exposure is known.
///
/// # Example
/// 150 dollars with a beta of 1.2 and -50 with 0.8, on an equity of 100: 180 - 40 = 140 dollars, a beta of 1.4.
/// ```
/// use risk::{AssetClass, Exposure, Exposures, Stake, factor_exposure};
/// let asset = |symbol: &str, units: f64| Exposure {
///     symbol: symbol.parse().unwrap(),
///     stake: Stake::Asset { units, price: 10.0, class: AssetClass::Unknown },
/// };
/// let exposures = Exposures::new(vec![asset("A", 15.0), asset("B", -5.0)], 100.0);
/// let beta = factor_exposure(&exposures, |symbol| Ok(if symbol.as_str() == "A" { 1.2 } else { 0.8 }));
/// assert_eq!((beta.total.dollars, beta.total.ratio), (Ok(140.0), Ok(1.4)));
/// assert_eq!(beta.covered_share, Ok(1.0));
/// ```
///
/// # Source
/// Sharpe, 1964, Capital Asset Prices: the beta of a portfolio is the weighted mean of those of its parts.
pub fn factor_exposure(exposures: &Exposures, figure_of: impl Fn(&Symbol) -> Figure) -> FactorExposure {
    let (mut sum, mut covered, mut gross, mut any) = (0.0, 0.0, 0.0, false);
    let mut missing = Vec::new();
    for (at, entry, dollars) in exposures.ordered() {
        if entry.is_private() {
            missing.push(Missing { exposure: at, reason: Absent::PrivateHolding });
            continue;
        }
        gross += dollars.map_or(0.0, f64::abs);
        match dollars.and_then(|dollars| Ok((dollars, figure_of(&entry.symbol)?))) {
            Ok((dollars, figure)) => {
                sum += dollars * figure;
                covered += dollars.abs();
                any = true;
            }
            Err(reason) => missing.push(Missing { exposure: at, reason }),
        }
    }
    missing.sort_by_key(|missing| missing.exposure);
    let dollars = match (any, gross > 0.0) {
        (true, true) => finite(sum),
        (false, true) => Err(Absent::NothingCovered),
        (_, false) => Err(exposures.nothing()),
    };
    FactorExposure {
        total: exposures.scaled(dollars),
        covered_share: exposures.covered_share(covered, gross),
        missing,
    }
}
