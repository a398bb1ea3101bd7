//! Volatility over a moving window.

use super::parameter::Parameter;
use super::runs::{all_absent, over_runs};
use super::window::each_moment;
use crate::absent::finite;
use crate::statistics::DEVIATION_OF_ROUNDING;
use crate::{Absent, Figure, SESSIONS_A_YEAR, log_return};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 21.0, 2.0);

/// Rolling volatility: the deviation of the last `period` logarithmic returns, for a year.
///
/// # Units
/// A fraction a year.
///
/// # Convention
/// Sample deviation, with `period - 1` as the divisor, times sqrt(252): what [`crate::annualized_volatility`] gives for
/// the returns of each window. The first figure stands on the close with index `period`. A deviation of at most 1e-14
/// is rounding and counts as zero.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::CloseNotPositive`], [`Absent::InvalidInput`],
/// [`Absent::Overflow`]; all of them [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// From 100 to 200 and back: returns of 0.6931 and -0.6931, whose deviation is 0.6931 * sqrt(2) = 0.9803, times
/// sqrt(252) = 15.8745 it is 15.56.
/// ```
/// assert!((quant::rolling_volatility(&[100.0, 200.0, 100.0], 2)[2].unwrap() - 15.5611156).abs() < 1e-7);
/// ```
///
/// # Source
/// Hull, 2018, Options, Futures, and Other Derivatives, chapter 15.
pub fn rolling_volatility(closes: &[f64], period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(closes.len(), Absent::InvalidPeriod);
    }
    let prices = closes.iter().map(|close| match close {
        close if !close.is_finite() => Err(Absent::InvalidInput),
        close if *close <= 0.0 => Err(Absent::CloseNotPositive),
        close => Ok(*close),
    });
    over_runs(prices, |run| {
        let returns = run.windows(2).map(|pair| log_return(pair[0], pair[1]));
        // The first close has no return yet.
        let returns = std::iter::once(Err(Absent::TooFewBars)).chain(returns).take(run.len());
        over_runs(returns, |returns| volatilities(returns, period))
    })
}

fn volatilities(returns: &[f64], period: usize) -> Vec<Figure> {
    let mut figures = all_absent(returns.len(), Absent::TooFewBars);
    each_moment(returns, period, |at, _, squares| {
        let deviation = (squares / (period - 1) as f64).sqrt();
        let deviation = if deviation <= DEVIATION_OF_ROUNDING { 0.0 } else { deviation };
        figures[at] = finite(deviation * SESSIONS_A_YEAR.sqrt());
    });
    figures
}
