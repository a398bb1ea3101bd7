//! The simple moving average.

use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use super::window::each_mean;
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 20.0, 2.0);

/// The simple moving average: the mean of the last `period` values.
///
/// # Units
/// Those of the values.
///
/// # Convention
/// The first figure stands on the value with index `period - 1`. A value that is not finite has no figure, nor have
/// the `period - 1` after it.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// (1 + 2 + 6) / 3 = 3.
/// ```
/// use quant::{Absent, sma};
/// assert_eq!(sma(&[1.0, 2.0, 6.0], 3), [Err(Absent::TooFewBars), Err(Absent::TooFewBars), Ok(3.0)]);
/// ```
///
/// # Source
/// Murphy, 1999, Technical Analysis of the Financial Markets, chapter 9.
pub fn sma(values: &[f64], period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    over_finite_runs(values, |run| means(run, period))
}

/// The mean of each window of finite values; of a window of one, the value itself.
pub(super) fn means(values: &[f64], period: usize) -> Vec<Figure> {
    let mut figures = all_absent(values.len(), Absent::TooFewBars);
    each_mean(values, period, |at, mean| figures[at] = finite(mean));
    figures
}
