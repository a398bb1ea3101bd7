//! Moving average convergence and divergence.

use super::ema::exponential;
use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use crate::Absent;
use crate::absent::finite;

pub(super) const FAST: Parameter = Parameter::bars("fast", 12.0, 2.0);
pub(super) const SLOW: Parameter = Parameter::bars("slow", 26.0, 3.0);
pub(super) const SIGNAL: Parameter = Parameter::bars("signal", 9.0, 1.0);

/// The lines of [`macd`] on one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Macd {
    /// The fast average less the slow one.
    pub macd: f64,
    /// The average of `macd`.
    pub signal: f64,
    /// `macd` less `signal`.
    pub histogram: f64,
}

/// Moving average convergence and divergence: a fast exponential average less a slow one, and the average of that.
///
/// # Units
/// Those of the values.
///
/// # Convention
/// As TA-Lib has it: both averages begin on the value with index `slow - 1`, the fast one with the mean of the last
/// `fast` values up to there, and the signal with the mean of the first `signal` differences. The three lines
/// begin together, on the value with index `slow + signal - 2`.
///
/// # Errors
/// Each bar on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] unless `2 <= fast < slow` and `1 <= signal`.
///
/// # Example
/// Of 1, 3, 2 and 6 with periods 2, 3 and 2: the slow average is 2, then 2 + 2 / 4 * 4 = 4; the fast one is
/// (3 + 2) / 2 = 2.5, then 2.5 + 2 / 3 * 3.5 = 4.8333. The differences are 0.5 and 0.8333, their mean 0.6667.
/// ```
/// let found = quant::macd(&[1.0, 3.0, 2.0, 6.0], 2, 3, 2);
/// let lines = found[3].unwrap();
/// assert!((lines.macd - 0.8333333).abs() < 1e-7);
/// assert!((lines.signal - 0.6666667).abs() < 1e-7);
/// assert!((lines.histogram - 0.1666667).abs() < 1e-7);
/// assert_eq!(found[2], Err(quant::Absent::TooFewBars));
/// ```
///
/// # Source
/// Appel, 2005, Technical Analysis: Power Tools for Active Investors. Seeds: the library TA-Lib, MACD.
pub fn macd(values: &[f64], fast: usize, slow: usize, signal: usize) -> Vec<Result<Macd, Absent>> {
    let is_admitted = FAST.admits_bars(fast) && SLOW.admits_bars(slow) && SIGNAL.admits_bars(signal);
    if !is_admitted || fast >= slow {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    over_finite_runs(values, |run| lines(run, fast, slow, signal))
}

fn lines(values: &[f64], fast: usize, slow: usize, signal: usize) -> Vec<Result<Macd, Absent>> {
    let mut found = all_absent(values.len(), Absent::TooFewBars);
    let slow_averages = exponential(values, slow);
    let fast_averages = exponential(values.get(slow - fast..).unwrap_or_default(), fast);
    let differences: Vec<f64> =
        fast_averages.iter().zip(&slow_averages).map(|(fast, slow)| fast - slow).collect();
    let signals = exponential(&differences, signal);
    let both = differences.iter().skip(signal - 1).zip(signals);
    for (place, (macd, signal)) in found.iter_mut().skip(slow + signal - 2).zip(both) {
        *place = on_bar(*macd, signal);
    }
    found
}

fn on_bar(macd: f64, signal: f64) -> Result<Macd, Absent> {
    Ok(Macd { macd: finite(macd)?, signal: finite(signal)?, histogram: finite(macd - signal)? })
}
