//! The stochastic oscillator.

use super::parameter::Parameter;
use super::prices::{PriceColumns, RangeBar};
use super::runs::{all_absent, over_runs};
use super::sma::means;
use super::window::each_window;
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 14.0, 1.0);
pub(super) const K_SMOOTHING: Parameter = Parameter::bars("k_smoothing", 3.0, 1.0);
pub(super) const D_SMOOTHING: Parameter = Parameter::bars("d_smoothing", 3.0, 1.0);

/// The lines of [`stochastic`] on one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stochastic {
    /// The smoothed place of the close within the range of the last bars.
    pub k: f64,
    /// The mean of the last `k`.
    pub d: f64,
}

/// The slow stochastic oscillator: where the close lies within the range of the last `period` bars.
///
/// # Units
/// 0 (at the lowest low) to 100 (at the highest high).
///
/// # Convention
/// The place of the close is `100 * (close - lowest low) / (highest high - lowest low)`; `k` is the mean of the last
/// `k_smoothing` places, `d` that of the last `d_smoothing` `k`. Both begin together, on the bar with index
/// `period + k_smoothing + d_smoothing - 3`.
///
/// # Errors
/// Each bar on its own: [`Absent::TooFewBars`], [`Absent::NoHighLow`], [`Absent::InvalidInput`] (unless
/// `low <= close <= high`), [`Absent::ZeroRange`] when one of the ranges is none, [`Absent::Overflow`]; all of them
/// [`Absent::InvalidPeriod`] for a period of 0.
///
/// # Example
/// In a range from 10 to 20 a close of 12 lies at 20; in one from 10 to 26 a close of 22 lies at 75. Without
/// smoothing of `k`, `d` over two is their mean.
/// ```
/// use quant::{PriceColumns, Stochastic, stochastic};
/// let high = [20.0, 18.0, 26.0].map(Some);
/// let low = [12.0, 10.0, 11.0].map(Some);
/// let prices = PriceColumns { high: &high, low: &low, close: &[15.0, 12.0, 22.0] };
/// assert_eq!(stochastic(prices, 2, 1, 2)[2], Ok(Stochastic { k: 75.0, d: 47.5 }));
/// ```
///
/// # Source
/// Lane, 1984, Lane's Stochastics.
pub fn stochastic(
    prices: PriceColumns<'_>,
    period: usize,
    k_smoothing: usize,
    d_smoothing: usize,
) -> Vec<Result<Stochastic, Absent>> {
    let is_admitted = PERIOD.admits_bars(period)
        && K_SMOOTHING.admits_bars(k_smoothing)
        && D_SMOOTHING.admits_bars(d_smoothing);
    if !is_admitted {
        return all_absent(prices.close.len(), Absent::InvalidPeriod);
    }
    let places = over_runs(prices.range_bars(), |run| places(run, period));
    let k = over_runs(places.into_iter(), |run| means(run, k_smoothing));
    let d = over_runs(k.iter().copied(), |run| means(run, d_smoothing));
    k.into_iter().zip(d).map(|(k, d)| d.and_then(|d| Ok(Stochastic { k: k?, d }))).collect()
}

/// Where each close lies within the range of the last `period` bars.
fn places(bars: &[RangeBar], period: usize) -> Vec<Figure> {
    let mut figures = all_absent(bars.len(), Absent::TooFewBars);
    each_window(
        bars.len(),
        period,
        |at, _| (bars[at].low, bars[at].high),
        |(low, high), (next_low, next_high)| (low.min(next_low), high.max(next_high)),
        |at, _, (low, high)| {
            figures[at] = bars[at].place_within(low, high).and_then(|place| finite(100.0 * place));
        },
    );
    figures
}
