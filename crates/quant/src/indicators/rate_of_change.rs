//! The rate of change.

use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 10.0, 1.0);

/// The rate of change: how much a value differs from the one `period` before, in percent.
///
/// # Units
/// Percent, as TA-Lib has it: 5 is five percent. Other ratios here are fractions.
///
/// # Convention
/// `100 * (value / value before - 1)`; the first figure stands on the value with index `period`.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::ZeroDivisor`],
/// [`Absent::Overflow`]; all of them [`Absent::InvalidPeriod`] for a period of 0.
///
/// # Example
/// From 50 to 60 in two steps: 100 * (60 / 50 - 1) = 20.
/// ```
/// assert!((quant::rate_of_change(&[50.0, 40.0, 60.0], 2)[2].unwrap() - 20.0).abs() < 1e-12);
/// ```
///
/// # Source
/// Murphy, 1999, Technical Analysis of the Financial Markets, chapter 10.
pub fn rate_of_change(values: &[f64], period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    over_finite_runs(values, |run| {
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        let pairs = run.iter().zip(run.iter().skip(period));
        for (figure, (before, after)) in figures.iter_mut().skip(period).zip(pairs) {
            *figure = if *before == 0.0 {
                Err(Absent::ZeroDivisor)
            } else {
                finite(100.0 * (after / before - 1.0))
            };
        }
        figures
    })
}
