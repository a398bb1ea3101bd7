//! How much returns vary: realised, forecast, and on its way up or down.
//!
//! A symbol's volatility is that of its logarithmic returns, a portfolio's that of the simple returns of today's
//! exposures; the figures are the same functions of either.

mod har;
mod range;
mod windows;

use std::borrow::Cow;

use model::Date;
use quant::{SESSIONS_A_YEAR, deviation};

use crate::absent::finite;
use crate::column::{Column, Rows};
use crate::regression::Regression;
use crate::{Absent, Estimate, Figure, History, Sample, Settings};

pub use har::Har;
pub(crate) use har::returns_needed;
pub use range::{RangeBar, RangeVolatility, range_volatility, ranges};

/// Returns of the shorter and of the longer realised volatility: a month and a quarter of sessions.
pub const REALIZED_WINDOWS: [usize; 2] = [21, 63];

/// Values of the 21-session volatility that its trend is fitted to.
pub const TREND_WINDOW: usize = 21;

/// Values of the 21-session volatility that today's is ranked among, and the fewest.
pub const PERCENTILE_WINDOW: usize = 252;
const PERCENTILE_MIN: usize = 126;

/// Returns behind the values of the 21-session volatility that are looked at.
pub(crate) const fn rolling_returns_needed() -> usize {
    PERCENTILE_WINDOW + REALIZED_WINDOWS[0] - 1
}

/// The volatility figures of one series of returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Volatility {
    /// Sample deviation of the last 21 returns, annualised.
    pub realized_21: Estimate<f64>,
    /// Sample deviation of the last 63 returns, annualised.
    pub realized_63: Estimate<f64>,
    /// The forecast of the coming sessions.
    pub har: Estimate<Har>,
    /// The slope of the 21-session volatility over its last 21 values.
    pub trend: Estimate<Trend>,
    /// The share of the last 252 values of the 21-session volatility that are at most today's, today's included.
    pub percentile: Estimate<f64>,
}

/// Where the 21-session volatility is heading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Change of the annualised volatility for one session.
    pub slope: f64,
    /// The slope over its standard error; the values overlap, so it says more than chance would allow.
    pub t: Figure,
}

/// Returns that follow each other, with their sessions.
#[derive(Clone, Debug)]
pub(crate) struct Returns<'a> {
    pub dates: Cow<'a, [Date]>,
    pub values: Cow<'a, [f64]>,
}

impl<'a> Returns<'a> {
    /// The last returns of a column, as many as any figure of volatility asks for.
    pub(crate) fn last_of(column: &'a Column, sessions: &'a [Date], settings: &Settings) -> Returns<'a> {
        let count = returns_needed(settings).max(rolling_returns_needed());
        let rows = Rows::last_common(&[column], count);
        let dates = match &rows {
            Rows::Run(first, end) => Cow::Borrowed(&sessions[*first..*end]),
            Rows::Picked(picked) => picked.iter().map(|at| sessions[*at]).collect(),
        };
        Returns { dates, values: rows.of(column) }
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    /// The last returns, and the sample they are.
    fn last(&self, window: usize) -> (Sample, &[f64]) {
        let first = self.len().saturating_sub(window);
        (Sample::of(window, &self.dates[first..]), &self.values[first..])
    }
}

/// The volatility figures of a symbol.
///
/// # Units
/// Annualised deviations of logarithmic returns: 0.2 is 20 % a year of 252 sessions.
///
/// # Convention
/// Windows count the returns that there are. A realised volatility needs its whole window; of the 21-session
/// volatility the trend needs 21 values and the percentile 126. The forecast is that of [`Har`].
///
/// # Errors
/// `too_few_returns` for each figure on its own; `overflow`; those of [`Har`].
///
/// # Example
/// Twenty-one returns that are in turn 1 % and -1 %, beginning with 1 %: mean 1/2100, squares summing to
/// 21e-4 - 1e-4 / 21, so the deviation is sqrt((0.0021 - 0.0001 / 21) / 20) = 1.02353 % and the year's 16.2481 %.
/// ```
/// use model::Calendar;
/// use risk::{History, Settings, Timeline, volatility};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 22);
/// let up = |at: usize| 0.01 * if at % 2 == 1 { 1.0_f64 } else { -1.0 };
/// let mut close = 100.0;
/// let closes = timeline.sessions().iter().enumerate().map(|(at, session)| {
///     close *= if at == 0 { 1.0 } else { up(at).exp() };
///     (*session, close)
/// });
/// let history = History::of_closes(&timeline, closes.collect::<Vec<_>>());
/// let found = volatility(&history, &Settings::default()).realized_21;
/// assert!((found.value.unwrap() - 0.162481).abs() < 1e-6);
/// assert_eq!(found.sample.observations, 21);
/// ```
///
/// # Source
/// Andersen and Bollerslev, 1998, Answering the Skeptics: Yes, Standard Volatility Models Do Provide Accurate
/// Forecasts; for the forecast Corsi, 2009.
pub fn volatility(history: &History, settings: &Settings) -> Volatility {
    Volatility::of(&Returns::last_of(history.log(), history.timeline().sessions(), settings), settings)
}

impl Volatility {
    pub(crate) fn of(returns: &Returns<'_>, settings: &Settings) -> Volatility {
        let [month, quarter] = REALIZED_WINDOWS;
        let (_, tail) = returns.last(rolling_returns_needed());
        let rolling = rolling(tail, month);
        Volatility {
            realized_21: realized(returns, month),
            realized_63: realized(returns, quarter),
            har: har::forecast(returns, settings),
            trend: trend(returns, &rolling),
            percentile: percentile(returns, &rolling),
        }
    }
}

fn annualized(deviation_daily: f64) -> Figure {
    finite(deviation_daily * SESSIONS_A_YEAR.sqrt())
}

/// The realised volatility of the last `window` returns, all of which it needs.
pub(crate) fn realized(returns: &Returns<'_>, window: usize) -> Estimate<f64> {
    let (sample, values) = returns.last(window);
    let value = match values.len() < window {
        true => Err(Absent::TOO_FEW_RETURNS),
        false => deviation(values).map_err(Absent::from).and_then(annualized),
    };
    Estimate { sample, value }
}

/// The realised volatility of each window of the returns; `None` when one of them is no number.
fn rolling(values: &[f64], window: usize) -> Option<Vec<f64>> {
    let found: Result<Vec<f64>, Absent> =
        windows::deviations(values, window).into_iter().map(annualized).collect();
    found.ok()
}

fn trend(returns: &Returns<'_>, rolling: &Option<Vec<f64>>) -> Estimate<Trend> {
    let (sample, _) = returns.last(TREND_WINDOW + REALIZED_WINDOWS[0] - 1);
    let sample = of_values(sample, TREND_WINDOW);
    let value = last_values(rolling, TREND_WINDOW, TREND_WINDOW).and_then(|values| {
        let steps: Vec<f64> = (0..values.len()).map(|step| step as f64).collect();
        let line = Regression::fit(values, &steps)?;
        Ok(Trend { slope: line.beta, t: line.t })
    });
    Estimate { sample, value }
}

fn percentile(returns: &Returns<'_>, rolling: &Option<Vec<f64>>) -> Estimate<f64> {
    let (sample, _) = returns.last(rolling_returns_needed());
    let sample = of_values(sample, PERCENTILE_WINDOW);
    let value = last_values(rolling, PERCENTILE_WINDOW, PERCENTILE_MIN).map(|values| {
        let today = values[values.len() - 1];
        let at_most = values.iter().filter(|value| **value <= today).count();
        at_most as f64 / values.len() as f64
    });
    Estimate { sample, value }
}

/// The sample of the values of the 21-session volatility, in place of that of the returns behind them.
fn of_values(returns: Sample, window: usize) -> Sample {
    let observations = (returns.observations + 1).saturating_sub(REALIZED_WINDOWS[0]);
    Sample { window, observations, ..returns }
}

fn last_values(rolling: &Option<Vec<f64>>, window: usize, min: usize) -> Result<&[f64], Absent> {
    let values = rolling.as_deref().ok_or(Absent::Numeric(quant::Absent::Overflow))?;
    if values.len() < min {
        return Err(Absent::TOO_FEW_RETURNS);
    }
    Ok(&values[values.len().saturating_sub(window)..])
}
