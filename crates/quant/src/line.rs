//! The straight line through points by least squares.

use crate::absent::finite;
use crate::statistics::{deviation, mean};
use crate::{Absent, Figure};

/// A fitted line `y = alpha + beta * x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Where it crosses `x = 0`.
    pub alpha: f64,
    /// Its slope.
    pub beta: f64,
    /// Share of the variance of `y` that it explains; absent when `y` does not vary.
    pub r_squared: Figure,
}

/// The line through points by ordinary least squares with an intercept.
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than two points or slices of two lengths, [`Absent::ZeroDeviation`] when
/// `x` does not vary, [`Absent::Overflow`].
///
/// # Example
/// Through (0, 1), (1, 3), (2, 5) goes `y = 1 + 2 x`, exactly.
/// ```
/// let line = quant::fit_line(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0]).unwrap();
/// assert_eq!((line.alpha, line.beta, line.r_squared), (1.0, 2.0, Ok(1.0)));
/// ```
///
/// # Source
/// Legendre, 1805, Nouvelles méthodes pour la détermination des orbites des comètes.
pub fn fit_line(x: &[f64], y: &[f64]) -> Result<Line, Absent> {
    if x.len() != y.len() {
        return Err(Absent::TooFewReturns);
    }
    if deviation(x)? == 0.0 {
        return Err(Absent::ZeroDeviation);
    }
    let (mean_x, mean_y) = (mean(x)?, mean(y)?);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let beta = finite(xy / xx)?;
    let alpha = finite(mean_y - beta * mean_x)?;
    let varies = deviation(y)? > 0.0;
    // Rounding may carry a perfect fit past one.
    let r_squared = if varies { finite((xy / xx * (xy / yy)).min(1.0)) } else { Err(Absent::ZeroDeviation) };
    Ok(Line { alpha, beta, r_squared })
}
