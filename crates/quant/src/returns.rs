//! Simple and logarithmic returns from closes.

use model::{Calendar, Date};

use crate::absent::finite;
use crate::{Absent, Figure};

/// The simple return from one close to the next, `after / before - 1`.
///
/// # Units
/// A fraction.
///
/// # Errors
/// [`Absent::CloseNotPositive`], [`Absent::Overflow`].
///
/// # Example
/// ```
/// assert_eq!(quant::simple_return(80.0, 100.0), Ok(0.25));
/// assert_eq!(quant::simple_return(0.0, 100.0), Err(quant::Absent::CloseNotPositive));
/// ```
pub fn simple_return(before: f64, after: f64) -> Figure {
    finite(ratio(before, after)? - 1.0)
}

/// The logarithmic return from one close to the next, `ln(after / before)`.
///
/// # Units
/// A fraction, compounded continuously; sums over sessions are returns over all of them.
///
/// # Errors
/// [`Absent::CloseNotPositive`], [`Absent::Overflow`].
///
/// # Example
/// ```
/// assert!((quant::log_return(100.0, 200.0).unwrap() - 0.6931471806).abs() < 1e-10);
/// ```
pub fn log_return(before: f64, after: f64) -> Figure {
    finite(libm::log(ratio(before, after)?))
}

/// The simple return of each session but the first, from closes laid along the sessions.
///
/// # Convention
/// A return needs the closes of two adjacent sessions: a missing one takes the returns of its own session and
/// of the next away.
///
/// # Example
/// ```
/// use model::Date;
/// use quant::Absent;
/// let day = Date::from_epoch_days;
/// let closes = [(day(1), Some(50.0)), (day(2), Some(55.0)), (day(3), None)];
/// let returns = quant::simple_returns(&closes);
/// assert!((returns[0].1.unwrap() - 0.1).abs() < 1e-15);
/// assert_eq!(returns[1], (day(3), Err(Absent::NoClose)));
/// ```
pub fn simple_returns(closes: &[(Date, Option<f64>)]) -> Vec<(Date, Figure)> {
    each_pair(closes, simple_return)
}

/// The logarithmic return of each session but the first, as [`simple_returns`] pairs them.
pub fn log_returns(closes: &[(Date, Option<f64>)]) -> Vec<(Date, Figure)> {
    each_pair(closes, log_return)
}

/// Closes laid along every session from the first to the last of them: a session without a close has none.
///
/// Dates that are no session are left out; `closes` are in order of date.
///
/// # Example
/// ```
/// use model::Calendar;
/// let closes = [("2024-07-03", 10.0), ("2024-07-06", 11.0), ("2024-07-08", 12.0)];
/// let closes = closes.map(|(date, close)| (date.parse().unwrap(), close));
/// let laid = quant::along_sessions(Calendar::xnys(), &closes);
/// let closes: Vec<Option<f64>> = laid.iter().map(|(_, close)| *close).collect();
/// // The fourth is a holiday, the fifth has no close, the sixth is a Saturday.
/// assert_eq!(closes, [Some(10.0), None, Some(12.0)]);
/// ```
pub fn along_sessions(calendar: &Calendar, closes: &[(Date, f64)]) -> Vec<(Date, Option<f64>)> {
    let (Some((first, _)), Some((last, _))) = (closes.first(), closes.last()) else { return Vec::new() };
    let mut at = 0;
    let sessions = calendar.between(*first, *last).iter();
    sessions
        .map(|session| {
            at += closes[at..].iter().take_while(|(date, _)| date < session).count();
            let close = closes.get(at).filter(|(date, _)| date == session);
            (*session, close.map(|(_, close)| *close))
        })
        .collect()
}

fn ratio(before: f64, after: f64) -> Figure {
    let is_price = |close: f64| close > 0.0 && close.is_finite();
    if is_price(before) && is_price(after) { finite(after / before) } else { Err(Absent::CloseNotPositive) }
}

fn each_pair(closes: &[(Date, Option<f64>)], of: fn(f64, f64) -> Figure) -> Vec<(Date, Figure)> {
    let pair = |pair: &[(Date, Option<f64>)]| match (pair[0].1, pair[1].1) {
        (Some(before), Some(after)) => of(before, after),
        _ => Err(Absent::NoClose),
    };
    closes.windows(2).map(|window| (window[1].0, pair(window))).collect()
}
