//! The heterogeneous autoregressive forecast of variance.

use quant::SESSIONS_A_YEAR;

use super::{Returns, windows};
use crate::absent::finite;
use crate::cholesky::Cholesky;
use crate::{Absent, Estimate, Figure, Sample, Settings};

/// Squared returns that the weekly and the monthly regressor are means of.
const WEEK: usize = 5;
const MONTH: usize = 22;

/// Regressors beside the intercept: the day, the week and the month.
const REGRESSORS: usize = 3;

/// Variances that differ by no more than this of their mean do not vary.
const SPREAD_OF_ROUNDING: f64 = 1e-12;

/// The forecast of the mean daily variance of the coming sessions.
///
/// # Units
/// Coefficients and variances are those of daily variance; `forecast_annual` is a volatility, 0.2 being 20 % a year.
///
/// # Convention
/// Least squares with an intercept of the mean of the next `har_horizon` squared returns on the latest squared
/// return, the mean of the last 5 and the mean of the last 22, over the last `har_rows` rows whose target is
/// complete, at least `har_min`. The forecast takes today's regressors. One below zero is reported as such by
/// `is_floored`, and its variance as zero.
///
/// # Errors
/// `too_few_returns`; `zero_deviation` when a regressor does not vary; [`Absent::Collinear`]; `overflow`.
///
/// # Source
/// Corsi, 2009, A Simple Approximate Long-Memory Model of Realized Volatility.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Har {
    /// The intercept, and the coefficients of the day, the week and the month.
    pub coefficients: [f64; 4],
    /// Today's regressors: the latest squared return, the mean of the last 5 and of the last 22.
    pub regressors: [f64; 3],
    /// Share of the variance of the target that the regression explains; absent when the target does not vary.
    pub r_squared: Figure,
    /// The mean daily variance forecast for the coming sessions; never below zero.
    pub forecast_variance: f64,
    /// The volatility that stands for, annualised.
    pub forecast_annual: f64,
    /// Whether the forecast fell below zero and zero is reported.
    pub is_floored: bool,
}

/// Returns behind as many rows as are asked for.
pub(crate) fn returns_needed(settings: &Settings) -> usize {
    settings.har_rows.saturating_add(MONTH - 1).saturating_add(settings.har_horizon)
}

/// The forecast; its sample tells the rows of the regression.
pub(super) fn forecast(returns: &Returns<'_>, settings: &Settings) -> Estimate<Har> {
    let horizon = settings.har_horizon;
    let (_, values) = returns.last(returns_needed(settings));
    let dates = &returns.dates[returns.len() - values.len()..];
    let rows = (values.len() + 1).saturating_sub(horizon.saturating_add(MONTH));
    if rows == 0 || horizon == 0 {
        return Estimate::absent(Sample::empty(settings.har_rows), Absent::TOO_FEW_RETURNS);
    }
    let sample = Sample::of(settings.har_rows, &dates[MONTH - 1..MONTH - 1 + rows]);
    if rows < settings.har_min {
        return Estimate::absent(sample, Absent::TOO_FEW_RETURNS);
    }
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    Estimate { sample, value: fit(&squares, rows, horizon) }
}

/// The fit to squared returns, of which the first row is that of the place `MONTH - 1`.
fn fit(squares: &[f64], rows: usize, horizon: usize) -> Result<Har, Absent> {
    let first = MONTH - 1;
    let mut weeks = windows::sums(&squares[first + 1 - WEEK..], WEEK);
    let mut months = windows::sums(squares, MONTH);
    let mut targets = windows::sums(&squares[first + 1..], horizon);
    for (sums, width) in [(&mut weeks, WEEK), (&mut months, MONTH), (&mut targets, horizon)] {
        sums.iter_mut().for_each(|sum| *sum /= width as f64);
    }
    let days = &squares[first..];
    let today = days.len() - 1;
    let regressors = [days[today], weeks[today], months[today]];
    let fit = LeastSquares::fit([&days[..rows], &weeks[..rows], &months[..rows]], &targets[..rows])?;
    let [intercept, day, week, month] = fit.coefficients;
    let found = intercept + day * regressors[0] + week * regressors[1] + month * regressors[2];
    let found = finite(found)?;
    let forecast_variance = found.max(0.0);
    Ok(Har {
        coefficients: fit.coefficients,
        regressors,
        r_squared: fit.r_squared,
        forecast_variance,
        forecast_annual: finite((forecast_variance * SESSIONS_A_YEAR).sqrt())?,
        is_floored: found < 0.0,
    })
}

/// A least-squares fit of three regressors and an intercept.
struct LeastSquares {
    coefficients: [f64; REGRESSORS + 1],
    r_squared: Figure,
}

impl LeastSquares {
    fn fit(x: [&[f64]; REGRESSORS], y: &[f64]) -> Result<LeastSquares, Absent> {
        let columns = [x[0], x[1], x[2], y];
        let means = columns.map(|column| column.iter().sum::<f64>() / y.len() as f64);
        let products = products(&columns, &means);
        let norms: [f64; REGRESSORS + 1] = std::array::from_fn(|at| products[at][at].sqrt());
        let count = (y.len() as f64).sqrt();
        let varies = |at: usize| norms[at] > SPREAD_OF_ROUNDING * means[at].abs() * count;
        if !(0..REGRESSORS).all(varies) {
            return Err(Absent::NO_DEVIATION);
        }
        let mut correlations = [0.0; REGRESSORS * REGRESSORS];
        for row in 0..REGRESSORS {
            for column in 0..REGRESSORS {
                correlations[row * REGRESSORS + column] =
                    products[row][column] / (norms[row] * norms[column]);
            }
        }
        let mut scaled: [f64; REGRESSORS] = std::array::from_fn(|at| products[REGRESSORS][at] / norms[at]);
        let factor = Cholesky::factor(&correlations, REGRESSORS).ok_or(Absent::Collinear)?;
        factor.solve(&mut scaled);
        let mut coefficients = [means[REGRESSORS], 0.0, 0.0, 0.0];
        let mut explained = 0.0;
        for at in 0..REGRESSORS {
            coefficients[at + 1] = finite(scaled[at] / norms[at])?;
            coefficients[0] -= coefficients[at + 1] * means[at];
            explained += coefficients[at + 1] * products[REGRESSORS][at];
        }
        coefficients[0] = finite(coefficients[0])?;
        let r_squared = match varies(REGRESSORS) {
            true => finite(explained / products[REGRESSORS][REGRESSORS]),
            false => Err(Absent::NO_DEVIATION),
        };
        Ok(LeastSquares { coefficients, r_squared })
    }
}

/// The products of columns less their means with each other, in one walk.
fn products(columns: &[&[f64]; REGRESSORS + 1], means: &[f64; REGRESSORS + 1]) -> [[f64; 4]; 4] {
    let mut products = [[0.0; REGRESSORS + 1]; REGRESSORS + 1];
    let rows = columns[0].iter().zip(columns[1]).zip(columns[2]).zip(columns[3]);
    for (((a, b), c), d) in rows {
        let away = [a - means[0], b - means[1], c - means[2], d - means[3]];
        // The whole square, though half would do: without a branch it stays in registers.
        for (products, own) in products.iter_mut().zip(away) {
            for (product, theirs) in products.iter_mut().zip(away) {
                *product += own * theirs;
            }
        }
    }
    products
}
