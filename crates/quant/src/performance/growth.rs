//! How much, how fast and how steadily wealth grew.

use crate::absent::finite;
use crate::{Absent, Figure, SESSIONS_A_YEAR, fit_line};

/// The time-weighted return: what one unit became over all returns, less one.
///
/// # Units
/// A fraction over the whole time.
///
/// # Convention
/// `prod(1 + r) - 1`. Flows do not count, because each session's return is on the equity after them.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::Overflow`].
///
/// # Example
/// 10 % and then -5 %: 1.10 * 0.95 - 1 = 4.5 %.
/// ```
/// assert!((quant::time_weighted_return(&[0.10, -0.05]).unwrap() - 0.045).abs() < 1e-15);
/// ```
///
/// # Source
/// Bank Administration Institute, 1968, Measuring the Investment Performance of Pension Funds.
pub fn time_weighted_return(returns: &[f64]) -> Figure {
    finite(wealth(returns)? - 1.0)
}

/// The time-weighted return for one year, compounded.
///
/// # Units
/// A fraction a year of 252 sessions.
///
/// # Convention
/// `prod(1 + r)^(252 / n) - 1`, for short series too.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::WealthNotPositive`] when more than everything was lost, [`Absent::Overflow`].
///
/// # Example
/// 126 sessions that compound to 10 % are half a year: 1.1^2 - 1 = 21 %.
/// ```
/// let mut returns = vec![0.0; 126];
/// returns[7] = 0.10;
/// assert!((quant::annualized_return(&returns).unwrap() - 0.21).abs() < 1e-14);
/// ```
///
/// # Source
/// Bacon, 2008, Practical Portfolio Performance Measurement and Attribution, chapter 3.
pub fn annualized_return(returns: &[f64]) -> Figure {
    let wealth = wealth(returns)?;
    if wealth < 0.0 {
        return Err(Absent::WealthNotPositive);
    }
    finite(libm::pow(wealth, SESSIONS_A_YEAR / returns.len() as f64) - 1.0)
}

/// How well a straight line explains the path of logarithmic wealth: 1 for growth at one steady rate.
///
/// # Units
/// None; an R squared from 0 to 1.
///
/// # Convention
/// R squared of the cumulative sum of `ln(1 + r)` on 0, 1, 2, …
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::TooFewReturns`] for one, [`Absent::WealthNotPositive`] when everything was
/// lost, [`Absent::ZeroDeviation`] when wealth never moved.
///
/// # Example
/// One percent on every session is a straight line.
/// ```
/// assert!((quant::stability(&[0.01; 9]).unwrap() - 1.0).abs() < 1e-12);
/// ```
///
/// # Source
/// Definition of the library empyrical (Quantopian, 2016).
pub fn stability(returns: &[f64]) -> Figure {
    if returns.is_empty() {
        return Err(Absent::NoReturns);
    }
    if returns.iter().any(|value| *value <= -1.0) {
        return Err(Absent::WealthNotPositive);
    }
    let sums = returns.iter().scan(0.0, |sum, value| {
        *sum += libm::log1p(*value);
        Some(*sum)
    });
    let path: Vec<f64> = sums.collect();
    let time: Vec<f64> = (0..path.len()).map(|at| at as f64).collect();
    fit_line(&time, &path)?.r_squared
}

/// What one unit became.
fn wealth(returns: &[f64]) -> Figure {
    if returns.is_empty() {
        return Err(Absent::NoReturns);
    }
    finite(returns.iter().map(|value| 1.0 + value).product())
}
