//! The relative strength index.

use super::parameter::Parameter;
use super::runs::{all_absent, over_finite_runs};
use super::wilder::wilder_averages;
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 14.0, 2.0);

/// The relative strength index: average rises over average rises and falls.
///
/// # Units
/// 0 (only falls) to 100 (only rises).
///
/// # Convention
/// `100 * rise / (rise + fall)`, both averaged by Wilder: the first figure, on the value with index `period`, has the
/// mean of the first `period` changes, and each later change moves it by `1 / period` of the distance.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::InvalidInput`], [`Absent::FlatPrices`] as long as
/// nothing has moved, [`Absent::Overflow`]; all of them [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// Changes of 3 and -1: averages of 1.5 and 0.5, so 75. A change of 0.5 then: (1.5 + 0.5) / 2 = 1 and
/// (0.5 + 0) / 2 = 0.25, so 80.
/// ```
/// assert_eq!(quant::rsi(&[10.0, 13.0, 12.0, 12.5], 2)[2..], [Ok(75.0), Ok(80.0)]);
/// ```
///
/// # Source
/// Wilder, 1978, New Concepts in Technical Trading Systems, section VI.
pub fn rsi(values: &[f64], period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(values.len(), Absent::InvalidPeriod);
    }
    over_finite_runs(values, |run| {
        let changes = |sign: f64| -> Vec<f64> {
            run.windows(2).map(|pair| (sign * (pair[1] - pair[0])).max(0.0)).collect()
        };
        let rises = wilder_averages(&changes(1.0), period);
        let falls = wilder_averages(&changes(-1.0), period);
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        for (figure, (rise, fall)) in figures.iter_mut().skip(period).zip(rises.into_iter().zip(falls)) {
            *figure = strength(rise, fall);
        }
        figures
    })
}

fn strength(rise: f64, fall: f64) -> Figure {
    match finite(rise + fall)? {
        0.0 => Err(Absent::FlatPrices),
        both => finite(100.0 * (rise / both)),
    }
}
