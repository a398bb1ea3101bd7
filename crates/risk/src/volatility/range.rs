//! Volatility from the range of each session.

use std::f64::consts::LN_2;

use model::Date;
use quant::{AdjustedBars, SESSIONS_A_YEAR};

use crate::absent::finite;
use crate::{Absent, Estimate, Figure, Sample, Timeline};

/// The prices of one session, with the close of the session before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeBar {
    /// Close of the session before.
    pub close_before: f64,
    /// Open.
    pub open: f64,
    /// High.
    pub high: f64,
    /// Low.
    pub low: f64,
    /// Close.
    pub close: f64,
}

impl RangeBar {
    fn is_valid(&self) -> bool {
        let prices = [self.close_before, self.open, self.high, self.low, self.close];
        let is_price = |price: &f64| *price > 0.0 && price.is_finite();
        prices.iter().all(is_price) && self.high >= self.low
    }
}

/// Estimates of volatility that use more of a session than its close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeVolatility {
    /// From highs and lows.
    pub parkinson: Figure,
    /// From highs, lows, opens and closes, without drift.
    pub garman_klass: Figure,
    /// The same, whatever the drift.
    pub rogers_satchell: Figure,
    /// With the moves between sessions.
    pub yang_zhang: Figure,
}

impl RangeVolatility {
    /// No estimate at all, for one reason.
    pub const fn absent(reason: Absent) -> RangeVolatility {
        let none = Err(reason);
        RangeVolatility { parkinson: none, garman_klass: none, rogers_satchell: none, yang_zhang: none }
    }
}

/// The volatility of sessions from their ranges.
///
/// # Units
/// Annualised deviations: 0.2 is 20 % a year of 252 sessions.
///
/// # Convention
/// With `o`, `h`, `l`, `c` the logarithms of a session's prices and `c'` of the close before it, the daily variances are
/// - Parkinson: mean of `(h - l)² / (4 ln 2)`;
/// - Garman and Klass: mean of `(h - l)² / 2 - (2 ln 2 - 1) (c - o)²`;
/// - Rogers and Satchell: mean of `(h - c) (h - o) + (l - c) (l - o)`;
/// - Yang and Zhang: sample variance of `o - c'`, plus `k` times that of `c - o`, plus `1 - k` times the one before,
///   with `k = 0.34 / (1.34 + (n + 1) / (n - 1))`.
///
/// # Errors
/// `no_returns` without a session; `invalid_input` for a price that is not above zero or a high below its low;
/// `too_few_returns` for Yang and Zhang with one session; [`Absent::NegativeVariance`]; `overflow`.
///
/// # Example
/// A session from 100 to 100 with a high of 110 and a low of 100: ln 1.1 = 0.0953102, squared 0.00908403. Parkinson
/// is sqrt(0.00908403 / 2.7725887 * 252) = 0.908650, Garman and Klass sqrt(0.00454202 * 252) = 1.069854, and Rogers
/// and Satchell sqrt(0.00908403 * 252) = 1.513002.
/// ```
/// use risk::{RangeBar, range_volatility};
/// let bar = RangeBar { close_before: 100.0, open: 100.0, high: 110.0, low: 100.0, close: 100.0 };
/// let found = range_volatility(&[bar]);
/// assert!((found.parkinson.unwrap() - 0.908650).abs() < 1e-6);
/// assert!((found.garman_klass.unwrap() - 1.069854).abs() < 1e-6);
/// assert!((found.rogers_satchell.unwrap() - 1.513002).abs() < 1e-6);
/// ```
///
/// # Source
/// Parkinson, 1980, The Extreme Value Method for Estimating the Variance of the Rate of Return; Garman and Klass, 1980,
/// On the Estimation of Security Price Volatilities from Historical Data; Rogers and Satchell, 1991, Estimating Variance
/// from High, Low and Closing Prices; Yang and Zhang, 2000, Drift-Independent Volatility Estimation.
pub fn range_volatility(bars: &[RangeBar]) -> RangeVolatility {
    if bars.is_empty() {
        return RangeVolatility::absent(Absent::Numeric(quant::Absent::NoReturns));
    }
    if !bars.iter().all(RangeBar::is_valid) {
        return RangeVolatility::absent(Absent::INVALID_INPUT);
    }
    let mean = |of: fn(&RangeBar) -> f64| bars.iter().map(of).sum::<f64>() / bars.len() as f64;
    let parkinson = mean(|bar| squared(log(bar.high, bar.low)) / (4.0 * LN_2));
    let garman_klass = mean(|bar| {
        0.5 * squared(log(bar.high, bar.low)) - (2.0 * LN_2 - 1.0) * squared(log(bar.close, bar.open))
    });
    let rogers_satchell = mean(|bar| {
        log(bar.high, bar.close) * log(bar.high, bar.open) + log(bar.low, bar.close) * log(bar.low, bar.open)
    });
    RangeVolatility {
        parkinson: annualized(parkinson),
        garman_klass: annualized(garman_klass),
        rogers_satchell: annualized(rogers_satchell),
        yang_zhang: yang_zhang(bars, rogers_satchell).and_then(annualized),
    }
}

/// The volatility from the ranges of the last sessions of a timeline.
///
/// # Convention
/// The last `window` sessions that have open, high, low and close and follow a session with a close; all of them are
/// needed. Later bars count for nothing.
///
/// # Errors
/// `no_high_low` when no bar has its range, `too_few_returns`; each estimate on its own as in [`range_volatility`].
pub fn ranges(timeline: &Timeline, bars: &AdjustedBars, window: usize) -> Estimate<RangeVolatility> {
    let (mut dates, mut found): (Vec<Date>, Vec<RangeBar>) = (Vec::new(), Vec::new());
    for pair in timeline.sessions().windows(2) {
        let place = |session: &Date| bars.sessions.binary_search(session).ok();
        let (Some(before), Some(at)) = (place(&pair[0]), place(&pair[1])) else { continue };
        if let (Some(open), Some(high), Some(low)) = (bars.open[at], bars.high[at], bars.low[at]) {
            let (close_before, close) = (bars.close[before], bars.close[at]);
            dates.push(pair[1]);
            found.push(RangeBar { close_before, open, high, low, close });
        }
    }
    let first = found.len().saturating_sub(window);
    let sample = Sample::of(window, &dates[first..]);
    let value = match found.len() {
        0 => Err(Absent::Numeric(quant::Absent::NoHighLow)),
        count if count < window => Err(Absent::TOO_FEW_RETURNS),
        _ => Ok(range_volatility(&found[first..])),
    };
    Estimate { sample, value }
}

fn yang_zhang(bars: &[RangeBar], rogers_satchell: f64) -> Figure {
    let overnight = variance(bars.iter().map(|bar| log(bar.open, bar.close_before)))?;
    let in_session = variance(bars.iter().map(|bar| log(bar.close, bar.open)))?;
    let count = bars.len() as f64;
    let share = 0.34 / (1.34 + (count + 1.0) / (count - 1.0));
    Ok(overnight + share * in_session + (1.0 - share) * rogers_satchell)
}

fn variance(values: impl Iterator<Item = f64>) -> Figure {
    let deviation = quant::deviation(&values.collect::<Vec<_>>())?;
    Ok(deviation * deviation)
}

fn annualized(variance_daily: f64) -> Figure {
    if variance_daily < 0.0 {
        return Err(Absent::NegativeVariance);
    }
    finite((variance_daily * SESSIONS_A_YEAR).sqrt())
}

fn log(over: f64, under: f64) -> f64 {
    libm::log(over / under)
}

fn squared(value: f64) -> f64 {
    value * value
}
