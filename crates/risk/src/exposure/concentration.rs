//! How much few positions make up of the whole.

use super::{Exposures, share};
use crate::absent::finite;
use crate::{Absent, Figure};

/// How concentrated positions are.
///
/// # Units
/// Shares of the gross exposure, from 0 to 1; `effective_count` is a number of positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concentration {
    /// Positions with an exposure.
    pub positions_count: usize,
    /// The Herfindahl-Hirschman index: the sum of squared shares, from 0 to 1.
    pub hhi: Figure,
    /// As many positions of one size have the same index.
    pub effective_count: Figure,
    /// The share of the three largest.
    pub top_3: Figure,
    /// The share of the ten largest.
    pub top_10: Figure,
}

/// The concentration of positions.
///
/// # Convention
/// Shares of the gross exposure, private holdings included; long and short of one symbol count apart, as positions.
///
/// # Errors
/// [`Absent::NoExposure`], [`Absent::UnknownExposure`] when none is known, `overflow`.
///
/// # Example
/// Shares of 50, 30 and 20 %: 0.25 + 0.09 + 0.04 = 0.38, which is 2.63 positions of one size.
/// ```
/// use risk::{AssetClass, Exposure, Exposures, Stake, concentration};
/// let asset = |symbol: &str, units: f64| Exposure {
///     symbol: symbol.parse().unwrap(),
///     stake: Stake::Asset { units, price: 1.0, class: AssetClass::Unknown },
/// };
/// let held = vec![asset("A", 50.0), asset("B", -30.0), asset("C", 20.0)];
/// let found = concentration(&Exposures::new(held, 100.0));
/// assert!((found.hhi.unwrap() - 0.38).abs() < 1e-12);
/// assert!((found.effective_count.unwrap() - 2.6315789).abs() < 1e-7);
/// assert_eq!(found.top_3, Ok(1.0));
/// ```
///
/// # Source
/// Herfindahl, 1950, Concentration in the Steel Industry; Hirschman, 1945, National Power and the Structure of Foreign
/// Trade.
pub fn concentration(exposures: &Exposures) -> Concentration {
    let sizes = exposures.ordered().filter_map(|(.., dollars)| dollars.ok()).map(f64::abs);
    let mut sizes: Vec<f64> = sizes.filter(|size| *size > 0.0).collect();
    sizes.sort_unstable_by(|one, other| other.total_cmp(one));
    let gross: f64 = sizes.iter().sum();
    let known = if gross > 0.0 { Ok(()) } else { Err(exposures.nothing()) };
    let hhi = known.and_then(|()| hhi(&sizes));
    let top = |count: usize| {
        known.and_then(|()| share(sizes.iter().take(count).sum(), gross)).map(|share| share.min(1.0))
    };
    Concentration {
        positions_count: sizes.len(),
        hhi,
        effective_count: hhi.and_then(|hhi| finite(1.0 / hhi)),
        top_3: top(3),
        top_10: top(10),
    }
}

/// The sum of the squared shares of sizes.
pub(super) fn hhi(sizes: &[f64]) -> Figure {
    let gross: f64 = sizes.iter().sum();
    if gross <= 0.0 {
        return Err(Absent::NoExposure);
    }
    finite(sizes.iter().map(|size| (size / gross) * (size / gross)).sum())
}
