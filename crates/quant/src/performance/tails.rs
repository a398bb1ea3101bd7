//! The worst and the best of the returns.

use crate::absent::finite;
use crate::statistics::{mean, quantile};
use crate::{Absent, Figure};

/// The historical value at risk: the return that so many percent of the sessions stayed below.
///
/// # Units
/// A return for one session: negative is a loss. `tail_percent` is 5 for 95 % and 1 for 99 %.
///
/// # Convention
/// The quantile of `sorted`, ascending returns, interpolated linearly; see [`quantile`].
///
/// # Errors
/// [`Absent::NoReturns`].
///
/// # Example
/// Of 21 returns from -10 % to 10 % by one percent, 5 % is exactly the second: -9 %.
/// ```
/// let sorted: Vec<f64> = (-10..=10).map(|percent| f64::from(percent) / 100.0).collect();
/// assert_eq!(quant::value_at_risk(&sorted, 5), Ok(-0.09));
/// ```
///
/// # Source
/// Jorion, 2007, Value at Risk, chapter 5; quantile of Hyndman and Fan, 1996, type 7.
pub fn value_at_risk(sorted: &[f64], tail_percent: usize) -> Figure {
    quantile(sorted, tail_percent)
}

/// The historical expected shortfall: the mean of the worst returns.
///
/// # Units
/// A return for one session: negative is a loss. `tail_percent` is 5 for 95 % and 1 for 99 %.
///
/// # Convention
/// The mean of the worst `floor((n - 1) * tail_percent / 100) + 1` of `sorted`, ascending returns.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::Overflow`].
///
/// # Example
/// Of 21 returns from -10 % to 10 % by one percent, the worst floor(20 * 5 / 100) + 1 = 2 average -9.5 %.
/// ```
/// let sorted: Vec<f64> = (-10..=10).map(|percent| f64::from(percent) / 100.0).collect();
/// assert_eq!(quant::expected_shortfall(&sorted, 5), Ok(-0.095));
/// ```
///
/// # Source
/// Acerbi and Tasche, 2002, On the Coherence of Expected Shortfall.
pub fn expected_shortfall(sorted: &[f64], tail_percent: usize) -> Figure {
    let Some(last) = sorted.len().checked_sub(1) else { return Err(Absent::NoReturns) };
    mean(&sorted[..last * tail_percent.min(100) / 100 + 1])
}

/// The tail ratio: how large the good extremes are beside the bad ones.
///
/// # Units
/// None; above 1 when the good tail is the longer one.
///
/// # Convention
/// The size of the 95th percentile over that of the 5th, of `sorted`, ascending returns.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::ZeroDivisor`] when the 5th percentile is zero, [`Absent::Overflow`].
///
/// # Example
/// Of 21 returns from -20 % to 20 % by two percent, 18 % over 18 % is 1.
/// ```
/// let sorted: Vec<f64> = (-10..=10).map(|step| f64::from(step) / 50.0).collect();
/// assert_eq!(quant::tail_ratio(&sorted), Ok(1.0));
/// ```
///
/// # Source
/// Definition of the library empyrical (Quantopian, 2016).
pub fn tail_ratio(sorted: &[f64]) -> Figure {
    let (high, low) = (quantile(sorted, 95)?, quantile(sorted, 5)?);
    if low == 0.0 { Err(Absent::ZeroDivisor) } else { finite(high.abs() / low.abs()) }
}
