//! Volatility, and returns in proportion to what was risked for them.

use crate::absent::finite;
use crate::statistics::{deviation, mean};
use crate::{Absent, Figure, ReturnSeries, SESSIONS_A_YEAR, annualized_return, max_drawdown};

/// The volatility: the sample deviation of daily returns, for a year.
///
/// # Units
/// A fraction a year.
///
/// # Convention
/// Deviation with `n - 1`, times sqrt(252).
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than two, [`Absent::Overflow`].
///
/// # Example
/// The deviation of 1 % and 3 % is 1.4142 %, times sqrt(252) = 15.8745 it is 22.45 %.
/// ```
/// assert!((quant::annualized_volatility(&[0.01, 0.03]).unwrap() - 0.2244994).abs() < 1e-7);
/// ```
///
/// # Source
/// Bacon, 2008, Practical Portfolio Performance Measurement and Attribution, chapter 4.
pub fn annualized_volatility(returns: &[f64]) -> Figure {
    finite(deviation(returns)? * SESSIONS_A_YEAR.sqrt())
}

/// The Sharpe ratio: mean return beyond the riskless rate over the deviation, for a year.
///
/// # Units
/// None. `risk_free_annual` is a fraction a year.
///
/// # Convention
/// `(mean - risk_free_annual / 252) / deviation * sqrt(252)`, deviation with `n - 1`.
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than two, [`Absent::ZeroDeviation`], [`Absent::Overflow`].
///
/// # Example
/// Of 1 % and 3 %: 0.02 / 0.0141421 * 15.8745 = 22.45.
/// ```
/// assert!((quant::sharpe(&[0.01, 0.03], 0.0).unwrap() - 22.44994).abs() < 1e-5);
/// ```
///
/// # Source
/// Sharpe, 1994, The Sharpe Ratio.
pub fn sharpe(returns: &[f64], risk_free_annual: f64) -> Figure {
    let excess = mean(returns)? - risk_free_annual / SESSIONS_A_YEAR;
    match deviation(returns)? {
        0.0 => Err(Absent::ZeroDeviation),
        deviation => finite(excess / deviation * SESSIONS_A_YEAR.sqrt()),
    }
}

/// The downside risk: the root mean square of the losses, for a year.
///
/// # Units
/// A fraction a year.
///
/// # Convention
/// `sqrt(mean(min(r, 0)^2)) * sqrt(252)`: every return counts in the mean, those above zero as zero.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::Overflow`].
///
/// # Example
/// Of 5 % and -2 %: sqrt(0.0004 / 2) = 1.4142 %, times 15.8745 = 22.45 %.
/// ```
/// assert!((quant::downside_risk(&[0.05, -0.02]).unwrap() - 0.2244994).abs() < 1e-7);
/// ```
///
/// # Source
/// Sortino and Price, 1994, Performance Measurement in a Downside Risk Framework.
pub fn downside_risk(returns: &[f64]) -> Figure {
    let squares: Vec<f64> = returns.iter().map(|value| value.min(0.0) * value.min(0.0)).collect();
    finite(mean(&squares)?.sqrt() * SESSIONS_A_YEAR.sqrt())
}

/// The Sortino ratio: mean return over downside risk, for a year.
///
/// # Units
/// None.
///
/// # Convention
/// `mean * 252 / downside_risk`, with a target of zero.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::NoLosses`], [`Absent::Overflow`].
///
/// # Example
/// Of 5 % and -2 %: 0.015 * 252 / 0.2244994 = 16.84.
/// ```
/// assert!((quant::sortino(&[0.05, -0.02]).unwrap() - 16.83746).abs() < 1e-5);
/// ```
///
/// # Source
/// Sortino and Price, 1994, Performance Measurement in a Downside Risk Framework.
pub fn sortino(returns: &[f64]) -> Figure {
    match downside_risk(returns)? {
        0.0 => Err(Absent::NoLosses),
        risk => finite(mean(returns)? * SESSIONS_A_YEAR / risk),
    }
}

/// The Calmar ratio: annualised return over the depth of the deepest drawdown.
///
/// # Units
/// None.
///
/// # Convention
/// Over all returns given, not the last three years alone.
///
/// # Errors
/// [`Absent::NoDrawdown`], and those of [`annualized_return`] and [`max_drawdown`].
///
/// # Example
/// 252 sessions with one of -10 % and one of 40 %: 0.9 * 1.4 - 1 = 26 % a year over 10 % is 2.6.
/// ```
/// use model::Date;
/// let returns = (0..252).map(|day| (Date::from_epoch_days(day), Some([-0.1, 0.4, 0.0][day.min(2) as usize])));
/// let series = quant::ReturnSeries::new(returns).unwrap();
/// assert!((quant::calmar(&series).unwrap() - 2.6).abs() < 1e-12);
/// ```
///
/// # Source
/// Young, 1991, Calmar Ratio: A Smoother Tool.
pub fn calmar(series: &ReturnSeries) -> Figure {
    let depth = max_drawdown(series)?.depth;
    finite(annualized_return(series.returns())? / depth.abs())
}

/// The omega ratio: the sum of gains over the sum of losses.
///
/// # Units
/// None; above 1 when gains outweigh losses.
///
/// # Convention
/// Threshold zero.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::NoLosses`], [`Absent::Overflow`].
///
/// # Example
/// Gains of 3 % and 1 % against a loss of 2 %: 2.
/// ```
/// assert!((quant::omega(&[0.03, -0.02, 0.01]).unwrap() - 2.0).abs() < 1e-15);
/// ```
///
/// # Source
/// Keating and Shadwick, 2002, A Universal Performance Measure.
pub fn omega(returns: &[f64]) -> Figure {
    if returns.is_empty() {
        return Err(Absent::NoReturns);
    }
    let gains: f64 = returns.iter().map(|value| value.max(0.0)).sum();
    let losses: f64 = returns.iter().map(|value| (-value).max(0.0)).sum();
    if losses == 0.0 { Err(Absent::NoLosses) } else { finite(gains / losses) }
}

/// The hit rate: the share of returns above zero.
///
/// # Units
/// A fraction from 0 to 1.
///
/// # Errors
/// [`Absent::NoReturns`].
///
/// # Example
/// Zero is no hit: two of four.
/// ```
/// assert_eq!(quant::hit_rate(&[0.01, 0.0, -0.02, 0.03]), Ok(0.5));
/// ```
pub fn hit_rate(returns: &[f64]) -> Figure {
    if returns.is_empty() {
        return Err(Absent::NoReturns);
    }
    let up_count = returns.iter().filter(|value| **value > 0.0).count();
    finite(up_count as f64 / returns.len() as f64)
}
