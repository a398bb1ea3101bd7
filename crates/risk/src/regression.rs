//! The regression of one series on another.

use quant::{Line, deviation, fit_line};

use crate::absent::finite;
use crate::column::Rows;
use crate::student::two_sided_p;
use crate::{Absent, Estimate, Figure, History};

/// A beta beyond this, on either side, is flagged.
const BETA_EXTREME: f64 = 5.0;

/// Residuals with a deviation up to this are rounding of the returns.
pub(crate) const DEVIATION_OF_ROUNDING: f64 = 1e-14;

/// A line fitted to returns, with how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regression {
    /// The return on a session on which the other series stands still; a fraction a day.
    pub alpha: f64,
    /// The return for 1 of the other series' return.
    pub beta: f64,
    /// Share of the variance that the line explains; absent when the series does not vary.
    pub r_squared: Figure,
    /// Deviation of the residuals, with `n - 2` as the divisor; a fraction a day.
    pub residual_deviation: Figure,
    /// Standard error of beta.
    pub std_error: Figure,
    /// Beta over its standard error; absent when nothing is left over.
    pub t: Figure,
    /// Two-sided probability of so large a t by chance.
    pub p: Figure,
    /// Whether beta is beyond 5 on either side.
    pub is_extreme: bool,
}

/// The regression of a series on another by ordinary least squares with an intercept.
///
/// # Units
/// Simple returns for one session; alpha is a fraction a day, not annualised.
///
/// # Convention
/// The last `window` returns that both series have, at least `min`; no riskless rate is taken off. The standard
/// error is the classical one, and p is Student's with `n - 2` degrees of freedom. Residuals with a deviation of at
/// most 1e-14 are rounding and count as none.
///
/// # Errors
/// As a whole: `too_few_common_returns`, `zero_benchmark_deviation`, `timelines_differ`, `overflow`. R squared:
/// `zero_deviation`. Error, t and p: `too_few_returns` for fewer than three; t and p: `no_residual`.
///
/// # Example
/// Against 1, 2, 3 % the returns 2, 3, 7 % have the slope 5 % / 2 % = 2.5 and residuals of 0.5, -1 and 0.5 %. Their
/// squares sum to 1.5e-4, so the standard error is sqrt(1.5e-4 / 1 / 2e-4) = 0.8660 and t = 2.8868.
/// ```
/// use model::Calendar;
/// use risk::{History, Timeline, regress};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 3);
/// let series = |returns: [f64; 3]| {
///     History::of_returns(&timeline, timeline.sessions().iter().copied().zip(returns))
/// };
/// let fit = regress(&series([0.02, 0.03, 0.07]), &series([0.01, 0.02, 0.03]), 90, 3).value.unwrap();
/// assert!((fit.beta - 2.5).abs() < 1e-12 && (fit.alpha + 0.01).abs() < 1e-12);
/// assert!((fit.std_error.unwrap() - 0.8660254).abs() < 1e-7);
/// assert!((fit.t.unwrap() - 2.8867513).abs() < 1e-7);
/// // One degree of freedom: 1 - 2 atan(2.8868) / pi.
/// assert!((fit.p.unwrap() - 0.2122956).abs() < 1e-7);
/// ```
///
/// # Source
/// Sharpe, 1963, A Simplified Model for Portfolio Analysis; Greene, 2018, Econometric Analysis, chapter 4.
pub fn regress(series: &History, on: &History, window: usize, min: usize) -> Estimate<Regression> {
    if series.timeline() != on.timeline() {
        return Estimate::absent(crate::Sample::empty(window), Absent::TimelinesDiffer);
    }
    let rows = Rows::last_common(&[series.simple(), on.simple()], window);
    let sample = series.sample(window, &rows);
    let value = match rows.len() < min {
        true => Err(Absent::TOO_FEW_COMMON),
        false => Regression::fit(&rows.of(series.simple()), &rows.of(on.simple())),
    };
    Estimate { sample, value }
}

impl Regression {
    /// The regression of `y` on `x`, of one length.
    pub(crate) fn fit(y: &[f64], x: &[f64]) -> Result<Regression, Absent> {
        let line = fit_line(x, y).map_err(|reason| match reason {
            quant::Absent::ZeroDeviation => quant::Absent::ZeroBenchmarkDeviation,
            quant::Absent::TooFewReturns | quant::Absent::NoReturns => quant::Absent::TooFewCommonReturns,
            other => other,
        })?;
        let residual_deviation = residual_deviation(&line, y, x);
        let spread = deviation(x)? * ((x.len() - 1) as f64).sqrt();
        let std_error = residual_deviation.and_then(|residual| finite(residual / spread));
        let t = std_error.and_then(|error| match error {
            0.0 => Err(Absent::NoResidual),
            error => finite(line.beta / error),
        });
        Ok(Regression {
            alpha: line.alpha + 0.0,
            beta: line.beta + 0.0,
            r_squared: line.r_squared.map_err(Absent::from),
            residual_deviation,
            std_error,
            t,
            p: t.and_then(|t| two_sided_p(t, x.len().saturating_sub(2))),
            is_extreme: line.beta.abs() > BETA_EXTREME,
        })
    }
}

fn residual_deviation(line: &Line, y: &[f64], x: &[f64]) -> Figure {
    let degrees = x.len().checked_sub(2).filter(|degrees| *degrees > 0).ok_or(Absent::TOO_FEW_RETURNS)?;
    let residuals = y.iter().zip(x).map(|(y, x)| y - (line.alpha + line.beta * x));
    let squares: f64 = residuals.map(|residual| residual * residual).sum();
    let found = finite((squares / degrees as f64).sqrt())?;
    Ok(if found <= DEVIATION_OF_ROUNDING { 0.0 } else { found })
}
