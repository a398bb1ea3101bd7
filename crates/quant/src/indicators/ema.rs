//! The exponential moving average.

use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 20.0, 2.0);

/// The exponential moving average: each value moves it by `2 / (period + 1)` of the distance.
///
/// # Units
/// Those of the values.
///
/// # Convention
/// The first figure, on the value with index `period - 1`, is the mean of the first `period` values, as TA-Lib has
/// it; so figures depend on where the series begins. After a value that is not finite it begins anew.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// The mean of 1, 2 and 6 is 3; a value of 7 moves it by 2 / 4 of the distance of 4, to 5.
/// ```
/// assert_eq!(quant::ema(&[1.0, 2.0, 6.0, 7.0], 3)[2..], [Ok(3.0), Ok(5.0)]);
/// ```
///
/// # Source
/// Appel, 2005, Technical Analysis: Power Tools for Active Investors. Seed: the library TA-Lib, EMA.
pub fn ema(values: &[f64], period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    over_finite_runs(values, |run| {
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        for (figure, average) in figures.iter_mut().skip(period - 1).zip(exponential(run, period)) {
            *figure = finite(average);
        }
        figures
    })
}

/// The averages from the value with index `period - 1` on.
pub(super) fn exponential(values: &[f64], period: usize) -> Vec<f64> {
    let share = 2.0 / (period as f64 + 1.0);
    averages(values, period, share)
}

/// Averages that each value moves by a share of the distance, from the mean of the first `period` values on.
pub(super) fn averages(values: &[f64], period: usize, share: f64) -> Vec<f64> {
    let Some((head, tail)) = values.split_at_checked(period) else { return Vec::new() };
    let Some(base) = head.first() else { return Vec::new() };
    // Distances from one of the values, so that equal values have exactly that mean.
    let mut average = base + head.iter().map(|value| value - base).sum::<f64>() / period as f64;
    let mut found = Vec::with_capacity(tail.len() + 1);
    found.push(average);
    for value in tail {
        average += share * (value - average);
        found.push(average);
    }
    found
}
