//! The average true range.

use super::parameter::Parameter;
use super::prices::{PriceColumns, RangeBar};
use super::runs::{all_absent, over_runs};
use super::wilder::wilder_averages;
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 14.0, 1.0);

/// The average true range: how far prices go in a session, the step from the close before included.
///
/// # Units
/// Those of the prices.
///
/// # Convention
/// The true range is the higher of high and close before less the lower of low and close before; the first bar has
/// none. Averaged by Wilder: the first figure, on the bar with index `period`, is the mean of the first `period` true
/// ranges, and each later one moves it by `1 / period` of the distance. After a bar without high and low it
/// begins anew.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::NoHighLow`], [`Absent::InvalidInput`] (unless
/// `low <= close <= high`), [`Absent::Overflow`]; all of them [`Absent::InvalidPeriod`] for a period of 0.
///
/// # Example
/// After a close of 10, a bar from 11 to 14 has a true range of 14 - 10 = 4; after its close of 12, one from 11 to
/// 13 has 2: the mean is 3. After a close of 12, one from 12 to 13 has 1: 3 + (1 - 3) / 2 = 2.
/// ```
/// use quant::{PriceColumns, atr};
/// let high = [10.0, 14.0, 13.0, 13.0].map(Some);
/// let low = [10.0, 11.0, 11.0, 12.0].map(Some);
/// let prices = PriceColumns { high: &high, low: &low, close: &[10.0, 12.0, 12.0, 13.0] };
/// assert_eq!(atr(prices, 2)[2..], [Ok(3.0), Ok(2.0)]);
/// ```
///
/// # Source
/// Wilder, 1978, New Concepts in Technical Trading Systems, section III.
pub fn atr(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(prices.close.len(), Absent::InvalidPeriod);
    }
    over_runs(prices.range_bars(), |run| {
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        let averages = wilder_averages(&true_ranges(run), period);
        for (figure, average) in figures.iter_mut().skip(period).zip(averages) {
            *figure = finite(average);
        }
        figures
    })
}

/// The true range of each bar but the first.
pub(super) fn true_ranges(bars: &[RangeBar]) -> Vec<f64> {
    bars.windows(2).map(|pair| pair[1].true_range(&pair[0])).collect()
}
