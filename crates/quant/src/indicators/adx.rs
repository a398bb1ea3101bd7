//! Directional movement and the average directional index.

use super::atr::true_ranges;
use super::parameter::Parameter;
use super::prices::{PriceColumns, RangeBar};
use super::runs::{all_absent, over_runs};
use super::wilder::{wilder_averages, wilder_sums};
use crate::absent::finite;
use crate::{Absent, Figure};

pub(super) const PERIOD: Parameter = Parameter::bars("period", 14.0, 2.0);

/// The positive directional indicator: how much of the true range was movement up.
///
/// # Units
/// 0 to 100.
///
/// # Convention
/// The high's step up is movement up when it is above zero and above the low's step down; else it is none. The
/// figure is 100 times Wilder's sum of movement up over that of true ranges. Both sums begin with the first
/// `period - 1` bars that have one before them, and from then on each bar replaces a share of `1 / period`; the
/// first figure stands on the bar with index `period`. After a bar without high and low all begins anew.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewBars`], [`Absent::NoHighLow`], [`Absent::InvalidInput`] (unless
/// `low <= close <= high`), [`Absent::ZeroRange`] as long as there was no range at all, [`Absent::Overflow`]; all of
/// them [`Absent::InvalidPeriod`] for a period below 2.
///
/// # Example
/// With period 2, after a bar from 10 to 12: one from 11 to 15 has 3 up and a true range of 4; one from 9 to 16 has 1
/// up and 2 down, so none up and 2 down, and a true range of 7. Movement up is 3 - 3 / 2 + 0 = 1.5, the range
/// 4 - 4 / 2 + 7 = 9: 100 * 1.5 / 9 = 16.67. Movement down is 2: 22.22.
/// ```
/// use quant::{PriceColumns, minus_di, plus_di};
/// let high = [12.0, 15.0, 16.0].map(Some);
/// let low = [10.0, 11.0, 9.0].map(Some);
/// let prices = PriceColumns { high: &high, low: &low, close: &[12.0, 12.0, 12.0] };
/// assert!((plus_di(prices, 2)[2].unwrap() - 16.6666667).abs() < 1e-7);
/// assert!((minus_di(prices, 2)[2].unwrap() - 22.2222222).abs() < 1e-7);
/// ```
///
/// # Source
/// Wilder, 1978, New Concepts in Technical Trading Systems, section IV. Seeds: the library TA-Lib, PLUS_DI.
pub fn plus_di(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    over_bars(prices, period, |run| {
        indicators(run, period).into_iter().map(|both| both.map(|(plus, _)| plus)).collect()
    })
}

/// The negative directional indicator: how much of the true range was movement down.
///
/// # Units
/// 0 to 100.
///
/// # Convention
/// As for [`plus_di`], where the worked number stands too: the low's step down is movement down when it is above zero
/// and above the high's step up.
///
/// # Errors
/// Those of [`plus_di`].
///
/// # Source
/// Wilder, 1978, New Concepts in Technical Trading Systems, section IV. Seeds: the library TA-Lib, MINUS_DI.
pub fn minus_di(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    over_bars(prices, period, |run| {
        indicators(run, period).into_iter().map(|both| both.map(|(_, minus)| minus)).collect()
    })
}

/// The average directional index: how much prices moved in one direction, whichever it was.
///
/// # Units
/// 0 to 100.
///
/// # Convention
/// The directional index is `100 * |plus - minus| / (plus + minus)` of the two directional indicators. Averaged by
/// Wilder: the first figure, on the bar with index `2 * period - 1`, is the mean of the first `period` indices, and
/// each later one moves it by `1 / period` of the distance.
///
/// # Errors
/// Each figure on its own: those of [`plus_di`], and [`Absent::NoDirection`] as long as the range never moved one
/// way; the figures begin `period` bars after that.
///
/// # Example
/// With period 2, on the bars of [`plus_di`] the index is 100 * (22.22 - 16.67) / (22.22 + 16.67) = 14.29. A
/// bar from 8 to 16 then has 1 down and a range of 8: up 1.5 / 2 = 0.75, down 2 / 2 + 1 = 2, so 100 * 1.25 / 2.75 =
/// 45.45. The mean of both is 29.87.
/// ```
/// use quant::{PriceColumns, adx};
/// let high = [12.0, 15.0, 16.0, 16.0].map(Some);
/// let low = [10.0, 11.0, 9.0, 8.0].map(Some);
/// let prices = PriceColumns { high: &high, low: &low, close: &[12.0, 12.0, 12.0, 12.0] };
/// assert!((adx(prices, 2)[3].unwrap() - 29.8701299).abs() < 1e-7);
/// ```
///
/// # Source
/// Wilder, 1978, New Concepts in Technical Trading Systems, section IV. Seeds: the library TA-Lib, ADX.
pub fn adx(prices: PriceColumns<'_>, period: usize) -> Vec<Figure> {
    let indices = over_bars(prices, period, |run| {
        indicators(run, period).into_iter().map(|both| both.and_then(index)).collect()
    });
    over_runs(indices.into_iter(), |run| {
        let mut figures = all_absent(run.len(), Absent::TooFewBars);
        let averages = wilder_averages(run, period);
        for (figure, average) in figures.iter_mut().skip(period.saturating_sub(1)).zip(averages) {
            *figure = finite(average);
        }
        figures
    })
}

fn over_bars(
    prices: PriceColumns<'_>,
    period: usize,
    compute: impl Fn(&[RangeBar]) -> Vec<Figure>,
) -> Vec<Figure> {
    if !PERIOD.admits_bars(period) {
        return all_absent(prices.close.len(), Absent::InvalidPeriod);
    }
    over_runs(prices.range_bars(), compute)
}

/// The directional index of two directional indicators.
fn index((plus, minus): (f64, f64)) -> Figure {
    match plus + minus {
        0.0 => Err(Absent::NoDirection),
        sum => finite(100.0 * ((plus - minus).abs() / sum)),
    }
}

/// Both directional indicators of each bar.
fn indicators(bars: &[RangeBar], period: usize) -> Vec<Result<(f64, f64), Absent>> {
    let (up, down): (Vec<f64>, Vec<f64>) = bars.windows(2).map(|pair| movement(&pair[0], &pair[1])).unzip();
    let sums = |values: &[f64]| wilder_sums(values, period).into_iter();
    let all = sums(&up).zip(sums(&down)).zip(sums(&true_ranges(bars)));
    let mut found = all_absent(bars.len(), Absent::TooFewBars);
    for (place, ((up, down), range)) in found.iter_mut().skip(period).zip(all) {
        *place = shares(up, down, range);
    }
    found
}

/// Movement up and down from one bar to the next, of which at most one is above zero.
fn movement(before: &RangeBar, bar: &RangeBar) -> (f64, f64) {
    let (up, down) = (bar.high - before.high, before.low - bar.low);
    (if up > down { up.max(0.0) } else { 0.0 }, if down > up { down.max(0.0) } else { 0.0 })
}

fn shares(up: f64, down: f64, range: f64) -> Result<(f64, f64), Absent> {
    if finite(range)? == 0.0 {
        return Err(Absent::ZeroRange);
    }
    Ok((finite(100.0 * (up / range))?, finite(100.0 * (down / range))?))
}
