//! Internal bar strength.

use super::parameter::Parameter;
use super::prices::PriceColumns;
use super::runs::{all_absent, over_runs};
use super::sma::means;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 1.0, 1.0);

/// Internal bar strength: where the close lies within the range of its own bar.
///
/// # Units
/// A fraction from 0 (at the low) to 1 (at the high).
///
/// # Convention
/// `(close - low) / (high - low)`; with a period above 1, the mean over the last `period` bars. The first figure
/// stands on the bar with index `period - 1`.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::NoHighLow`], [`Absent::InvalidInput`] (unless
/// `low <= close <= high`), [`Absent::ZeroRange`] when a high is its low, [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] for a period of 0.
///
/// # Example
/// A close of 11 in a bar from 8 to 12: 3 / 4 = 0.75. With one of 0.25 before it, the mean of two is 0.5.
/// ```
/// use quant::{PriceColumns, internal_bar_strength};
/// let prices = PriceColumns { high: &[Some(6.0), Some(12.0)], low: &[Some(2.0), Some(8.0)], close: &[3.0, 11.0] };
/// assert_eq!(internal_bar_strength(prices, 1), [Ok(0.25), Ok(0.75)]);
/// assert_eq!(internal_bar_strength(prices, 2)[1], Ok(0.5));
/// ```
///
/// # Source
/// Pagonidis, 2013, The IBS Effect: Mean Reversion in Equity ETFs.
pub fn internal_bar_strength(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(prices.close.len(), Absent::InvalidPeriod);
    }
    let strengths = prices.range_bars().map(|bar| bar.and_then(|bar| bar.place_within(bar.low, bar.high)));
    over_runs(strengths, |run| means(run, period))
}
