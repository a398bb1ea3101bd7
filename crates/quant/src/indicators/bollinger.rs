//! Bollinger bands.

use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use super::window::each_moment;
use crate::Absent;
use crate::absent::finite;

pub(super) const PERIOD: Parameter = Parameter::bars("period", 20.0, 2.0);
pub(super) const DEVIATIONS: Parameter =
    Parameter { name: "deviations", default: 2.0, min: 0.0, max: 100.0, is_whole: false };

/// The bands of [`bollinger`] on one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// The mean and so many deviations more.
    pub upper: f64,
    /// The mean.
    pub middle: f64,
    /// The mean and so many deviations less.
    pub lower: f64,
}

/// Bollinger bands: the mean of the last `period` values, and so many standard deviations around it.
///
/// # Units
/// Those of the values. `deviations` is a number of standard deviations.
///
/// # Convention
/// The deviation is that of a population, with `period` as the divisor. The first figure stands on the value with
/// index `period - 1`. Values that do not vary have three equal bands.
///
/// # Errors
/// Each bar on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] for a period below 2, and [`Absent::InvalidInput`] unless `0 <= deviations <= 100`.
///
/// # Example
/// The mean of 1, 4 and 7 is 4, the deviation sqrt((9 + 0 + 9) / 3) = 2.4495: two of them are 4.899.
/// ```
/// let bands = quant::bollinger(&[1.0, 4.0, 7.0], 3, 2.0)[2].unwrap();
/// assert!((bands.upper - 8.898979).abs() < 1e-6);
/// assert_eq!(bands.middle, 4.0);
/// assert!((bands.lower + 0.898979).abs() < 1e-6);
/// ```
///
/// # Source
/// Bollinger, 2001, Bollinger on Bollinger Bands.
pub fn bollinger(values: &[f64], period: usize, deviations: f64) -> Vec<Result<Bands, Absent>> {
    if !PERIOD.admits_bars(period) {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    if !DEVIATIONS.admits(deviations) {
        return all_absent(values.len(), Absent::InvalidInput);
    }
    over_finite_runs(values, |run| {
        let mut found = all_absent(run.len(), Absent::TooFewBars);
        each_moment(run, period, |at, mean, squares| {
            let width = deviations * (squares / period as f64).sqrt();
            found[at] = around(mean, width);
        });
        found
    })
}

fn around(mean: f64, width: f64) -> Result<Bands, Absent> {
    Ok(Bands { upper: finite(mean + width)?, middle: finite(mean)?, lower: finite(mean - width)? })
}
