//! The commodity channel index.

use super::parameter::Parameter;
use super::prices::PriceColumns;
use super::runs::{all_absent, over_runs};
use super::window::each_mean;
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 20.0, 2.0);

/// Mean deviations up to this share of the mean are rounding: a typical price is only kept to a few 1e-16 of itself.
const SHARE_OF_ROUNDING: f64 = 1e-14;

/// Lambert's constant, by which most figures come to lie between -100 and 100.
const SCALE: f64 = 0.015;

/// The commodity channel index: how far the typical price is from its mean, in mean deviations.
///
/// # Units
/// None; 1 is 0.015 mean deviations.
///
/// # Convention
/// The typical price is `(high + low + close) / 3`, and the figure its distance from the mean of the last `period`
/// ones over 0.015 times the mean of their absolute distances from that mean. The first figure stands on the bar with
/// index `period - 1`. A mean deviation of at most 1e-14 of the mean is rounding and counts as none. Every bar looks at
/// its whole window, since absolute distances cannot be carried on.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::NoHighLow`], [`Absent::InvalidInput`] (unless
/// `low <= close <= high`), [`Absent::FlatPrices`] when there is no mean deviation,
/// [`Absent::Overflow`]; all of them [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// Typical prices of 10, 11 and 15: the mean is 12, the mean deviation (2 + 1 + 3) / 3 = 2, so 3 / (0.015 * 2) =
/// 100.
/// ```
/// use quant::{PriceColumns, cci};
/// let high = [11.0, 13.0, 17.0].map(Some);
/// let low = [9.0, 9.0, 12.0].map(Some);
/// let prices = PriceColumns { high: &high, low: &low, close: &[10.0, 11.0, 16.0] };
/// assert!((cci(prices, 3)[2].unwrap() - 100.0).abs() < 1e-12);
/// ```
///
/// # Source
/// Lambert, 1980, Commodity Channel Index: Tool for Trading Cyclic Trends.
pub fn cci(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(prices.close.len(), Absent::InvalidPeriod);
    }
    over_runs(prices.range_bars(), |run| {
        let typical: Vec<f64> = run.iter().map(|bar| (bar.high + bar.low + bar.close) / 3.0).collect();
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        each_mean(&typical, period, |at, mean| {
            figures[at] = distance(&typical[at + 1 - period..=at], mean);
        });
        figures
    })
}

/// How far the last of the typical prices is from their mean.
fn distance(typical: &[f64], mean: f64) -> Figure {
    let away: f64 = typical.iter().map(|price| (price - mean).abs()).sum();
    let mean_deviation = finite(away / typical.len() as f64)?;
    if mean_deviation <= SHARE_OF_ROUNDING * mean.abs() {
        return Err(Absent::FlatPrices);
    }
    finite((typical[typical.len() - 1] - mean) / (SCALE * mean_deviation))
}
