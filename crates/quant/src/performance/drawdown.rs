//! Losses from a peak of wealth, with their dates.

use model::Date;

use crate::absent::finite;
use crate::{Absent, ReturnSeries};

/// Wealth after a session, and how far it is below its peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnderwaterPoint {
    /// The session.
    pub date: Date,
    /// What one unit has become.
    pub wealth: f64,
    /// Wealth over its highest so far, less one: zero at a peak, else negative.
    pub drawdown: f64,
}

/// A fall of wealth below a peak, up to its recovery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawdown {
    /// Wealth at the trough over wealth at the peak, less one: a negative fraction.
    pub depth: f64,
    /// The last session at the peak; absent when the peak is the start, before the first return.
    pub peak: Option<Date>,
    /// The session of the lowest wealth, the earliest of equals.
    pub trough: Date,
    /// The first session back at the peak or above; absent while there is none.
    pub recovery: Option<Date>,
}

/// Wealth and drawdown after each return.
///
/// # Units
/// Wealth in units of what it started with, drawdown as a fraction.
///
/// # Convention
/// Wealth starts at 1 before the first return, and the start counts as a peak.
///
/// # Errors
/// [`Absent::Overflow`].
///
/// # Example
/// ```
/// use model::Date;
/// let day = Date::from_epoch_days;
/// let series = quant::ReturnSeries::new([(day(1), Some(0.25)), (day(2), Some(-0.2))]).unwrap();
/// let curve = quant::underwater(&series).unwrap();
/// assert_eq!((curve[1].wealth, curve[1].drawdown), (1.0, 1.0 / 1.25 - 1.0));
/// ```
///
/// # Source
/// Magdon-Ismail and Atiya, 2004, Maximum Drawdown.
pub fn underwater(series: &ReturnSeries) -> Result<Vec<UnderwaterPoint>, Absent> {
    let (mut wealth, mut peak) = (1.0_f64, 1.0_f64);
    let entries = series.dates().iter().zip(series.returns());
    entries
        .map(|(date, value)| {
            wealth = finite(wealth * (1.0 + value))?;
            peak = peak.max(wealth);
            Ok(UnderwaterPoint { date: *date, wealth, drawdown: finite(wealth / peak - 1.0)? })
        })
        .collect()
}

/// Every drawdown, in order of date, the last one perhaps without recovery.
///
/// # Errors
/// [`Absent::Overflow`].
///
/// # Example
/// Two falls, of which the second is still under water.
/// ```
/// use model::Date;
/// let returns = [0.0, -0.5, 1.0, -0.25].into_iter().enumerate();
/// let series = returns.map(|(at, value)| (Date::from_epoch_days(at as i32), Some(value)));
/// let drawdowns = quant::drawdowns(&quant::ReturnSeries::new(series).unwrap()).unwrap();
/// assert_eq!(drawdowns.iter().map(|one| one.depth).collect::<Vec<_>>(), [-0.5, -0.25]);
/// assert_eq!((drawdowns[0].recovery, drawdowns[1].recovery), (Some(Date::from_epoch_days(2)), None));
/// ```
pub fn drawdowns(series: &ReturnSeries) -> Result<Vec<Drawdown>, Absent> {
    let mut found: Vec<Drawdown> = Vec::new();
    let mut peak = None;
    let mut is_under = false;
    for point in underwater(series)? {
        match found.last_mut().filter(|_| is_under) {
            Some(open) if point.drawdown >= 0.0 => {
                open.recovery = Some(point.date);
                is_under = false;
            }
            Some(open) if point.drawdown < open.depth => {
                (open.depth, open.trough) = (point.drawdown, point.date);
            }
            Some(_) => {}
            None if point.drawdown < 0.0 => {
                found.push(Drawdown { depth: point.drawdown, peak, trough: point.date, recovery: None });
                is_under = true;
            }
            None => {}
        }
        if !is_under {
            peak = Some(point.date);
        }
    }
    Ok(found)
}

/// The deepest drawdown, the earliest of equals.
///
/// # Units
/// Its depth is a negative fraction of the wealth at the peak.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::NoDrawdown`], [`Absent::Overflow`].
///
/// # Example
/// Wealth goes 1, 1.2, 0.9, 1.26: the deepest fall is 0.9 / 1.2 - 1 = -25 %.
/// ```
/// use model::Date;
/// let day = Date::from_epoch_days;
/// let returns = [(day(1), Some(0.2)), (day(2), Some(-0.25)), (day(5), Some(0.4))];
/// let deepest = quant::max_drawdown(&quant::ReturnSeries::new(returns).unwrap()).unwrap();
/// assert!((deepest.depth + 0.25).abs() < 1e-15);
/// assert_eq!((deepest.peak, deepest.trough, deepest.recovery), (Some(day(1)), day(2), Some(day(5))));
/// ```
///
/// # Source
/// Magdon-Ismail and Atiya, 2004, Maximum Drawdown.
pub fn max_drawdown(series: &ReturnSeries) -> Result<Drawdown, Absent> {
    if series.is_empty() {
        return Err(Absent::NoReturns);
    }
    let deeper = |deepest: Drawdown, next: Drawdown| if next.depth < deepest.depth { next } else { deepest };
    drawdowns(series)?.into_iter().reduce(deeper).ok_or(Absent::NoDrawdown)
}
