//! Returns beside those of a benchmark.

use crate::absent::finite;
use crate::line::{Line, fit_line};
use crate::statistics::{deviation, mean};
use crate::{Absent, Figure, ReturnSeries, SESSIONS_A_YEAR, annualized_return};

/// The figures of a series against a benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgainstBenchmark {
    /// Sessions on which both have a return.
    pub n: usize,
    /// What moves with the benchmark: the slope of the regression.
    pub beta: Figure,
    /// What does not, for a year: the intercept, compounded.
    pub alpha_ann: Figure,
    /// The deviation of the active return, for a year.
    pub tracking_error: Figure,
    /// The mean active return over its deviation, for a year.
    pub information_ratio: Figure,
    /// The part kept of what the benchmark gained on the sessions on which it rose.
    pub up_capture: Figure,
    /// The part borne of what the benchmark lost on the sessions on which it fell.
    pub down_capture: Figure,
}

impl AgainstBenchmark {
    /// No figure at all, for one reason.
    pub(crate) fn absent(reason: Absent) -> AgainstBenchmark {
        AgainstBenchmark {
            n: 0,
            beta: Err(reason),
            alpha_ann: Err(reason),
            tracking_error: Err(reason),
            information_ratio: Err(reason),
            up_capture: Err(reason),
            down_capture: Err(reason),
        }
    }
}

/// The figures of a series against a benchmark, on the sessions that both have.
///
/// # Units
/// Beta, information ratio and captures have none; alpha and tracking error are fractions a year.
///
/// # Convention
/// - Beta and the daily alpha by least squares of the returns on the benchmark's, with an intercept and without
///   a riskless rate; `alpha_ann = (1 + alpha)^252 - 1`.
/// - The active return is the return less the benchmark's. Tracking error is its sample deviation times
///   sqrt(252); the information ratio is its mean over that deviation, times sqrt(252).
/// - A capture is the ratio of annualised returns over the sessions on which the benchmark was above (up) or
///   below (down) zero.
///
/// # Errors
/// Each figure on its own: [`Absent::TooFewCommonReturns`], [`Absent::ZeroBenchmarkDeviation`],
/// [`Absent::ZeroDeviation`] (of the active return), [`Absent::NoUpSessions`], [`Absent::NoDownSessions`],
/// [`Absent::WealthNotPositive`], [`Absent::Overflow`].
///
/// # Example
/// A series that is twice its benchmark has a beta of 2, and nothing beside it.
/// ```
/// use model::Date;
/// use quant::ReturnSeries;
/// let series = |scale: f64| {
///     let returns = [0.01, -0.02, 0.03].into_iter().enumerate();
///     ReturnSeries::new(returns.map(|(at, r)| (Date::from_epoch_days(at as i32), Some(scale * r)))).unwrap()
/// };
/// let figures = quant::against_benchmark(&series(2.0), &series(1.0));
/// assert!((figures.beta.unwrap() - 2.0).abs() < 1e-12);
/// assert!(figures.alpha_ann.unwrap().abs() < 1e-12);
/// // The active return is the benchmark's own: mean 2/3 %, deviation 2.5166 %, times sqrt(252).
/// assert!((figures.tracking_error.unwrap() - 0.399500).abs() < 1e-6);
/// assert!((figures.information_ratio.unwrap() - 4.205260).abs() < 1e-5);
/// ```
///
/// # Source
/// Jensen, 1968, The Performance of Mutual Funds (alpha, beta); Grinold and Kahn, 2000, Active Portfolio
/// Management, chapter 5 (tracking error, information ratio); Bacon, 2008, Practical Portfolio Performance
/// Measurement and Attribution (capture).
pub fn against_benchmark(series: &ReturnSeries, benchmark: &ReturnSeries) -> AgainstBenchmark {
    let (own, theirs) = series.common_with(benchmark);
    if own.is_empty() {
        return AgainstBenchmark::absent(Absent::TooFewCommonReturns);
    }
    let line = regression(&own, &theirs);
    let active: Vec<f64> = own.iter().zip(&theirs).map(|(own, theirs)| own - theirs).collect();
    let deviation = deviation(&active).map_err(of_common);
    AgainstBenchmark {
        n: own.len(),
        beta: line.map(|line| line.beta),
        alpha_ann: line.and_then(|line| annual_alpha(line.alpha)),
        tracking_error: deviation.and_then(|deviation| finite(deviation * SESSIONS_A_YEAR.sqrt())),
        information_ratio: deviation.and_then(|deviation| information_ratio(&active, deviation)),
        up_capture: capture(&own, &theirs, |theirs| theirs > 0.0).ok_or(Absent::NoUpSessions).flatten(),
        down_capture: capture(&own, &theirs, |theirs| theirs < 0.0).ok_or(Absent::NoDownSessions).flatten(),
    }
}

fn regression(own: &[f64], theirs: &[f64]) -> Result<Line, Absent> {
    fit_line(theirs, own).map_err(|reason| match reason {
        Absent::ZeroDeviation => Absent::ZeroBenchmarkDeviation,
        other => of_common(other),
    })
}

fn annual_alpha(alpha_daily: f64) -> Figure {
    if alpha_daily < -1.0 {
        return Err(Absent::WealthNotPositive);
    }
    finite(libm::pow(1.0 + alpha_daily, SESSIONS_A_YEAR) - 1.0)
}

fn information_ratio(active: &[f64], deviation: f64) -> Figure {
    if deviation == 0.0 {
        return Err(Absent::ZeroDeviation);
    }
    finite(mean(active)? / deviation * SESSIONS_A_YEAR.sqrt())
}

/// The capture over the sessions that count; `None` when none does.
fn capture(own: &[f64], theirs: &[f64], counts: fn(f64) -> bool) -> Option<Figure> {
    let chosen = own.iter().zip(theirs).filter(|(_, theirs)| counts(**theirs));
    let (own, theirs): (Vec<f64>, Vec<f64>) = chosen.unzip();
    if own.is_empty() {
        return None;
    }
    let ratio = |own: f64, theirs: f64| match theirs {
        0.0 => Err(Absent::ZeroDivisor),
        theirs => finite(own / theirs),
    };
    Some(annualized_return(&own).and_then(|own| ratio(own, annualized_return(&theirs)?)))
}

fn of_common(reason: Absent) -> Absent {
    match reason {
        Absent::NoReturns | Absent::TooFewReturns => Absent::TooFewCommonReturns,
        other => other,
    }
}
