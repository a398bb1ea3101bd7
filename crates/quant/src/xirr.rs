//! The money-weighted return: the rate at which dated flows balance.

use model::{Calendar, Date};

use crate::absent::finite;
use crate::root::crossing;
use crate::{Absent, DAYS_A_YEAR, Figure};

/// Beyond so many turns between paying in and taking out, roots are not counted one by one.
const TURNS_MAX: usize = 32;

/// Logarithms of growth are searched up to this size; beyond it, no rate fits a float by far.
const LOG_GROWTH_MAX: f64 = 1e7;

/// A balance this small beside the flows it is made of is zero.
const BALANCE_OF_ROUNDING: f64 = 1e-13;

/// A flow: years after the first one, and its amount as a share of the largest.
type Term = (f64, f64);

/// The internal rate of return of dated flows, compounded yearly.
///
/// # Units
/// A fraction a year. Amounts in any one currency: negative is paid in, positive is taken out or still there.
///
/// # Convention
/// The rate above -1 with `sum(amount / (1 + rate)^(days / 365)) = 0`, days counted from the first flow
/// (ACT/365). Flows may come in any order; those of one date are added up. A rate is given only when it is the
/// only one: when the flows turn once, or the balance at the rate never changes sides, or no other root exists.
///
/// # Errors
/// [`Absent::InvalidInput`] for an amount that is not finite, [`Absent::FlowsOneWay`], [`Absent::NoRate`],
/// [`Absent::RateNotUnique`], [`Absent::Overflow`] for a rate too large to be kept.
///
/// # Example
/// 100 paid in, 121 there after 730 days: 1.1 * 1.1 = 1.21, so 10 % a year. And flows that balance at 10 % and
/// at 20 %.
/// ```
/// use model::Date;
/// use quant::{Absent, xirr};
/// let day = Date::from_epoch_days;
/// assert!((xirr(&[(day(0), -100.0), (day(730), 121.0)]).unwrap() - 0.1).abs() < 1e-14);
/// let twice = [(day(0), -100.0), (day(365), 230.0), (day(730), -132.0)];
/// assert_eq!(xirr(&twice), Err(Absent::RateNotUnique));
/// assert_eq!(xirr(&[(day(0), -100.0)]), Err(Absent::FlowsOneWay));
/// ```
///
/// # Source
/// Brent, 1973, Algorithms for Minimization without Derivatives (search); Teichroew, Robichek and Montalbano,
/// 1965, An Analysis of Criteria for Investment and Financing Decisions under Certainty (one-sided balances);
/// Jameson, 2006, Counting Zeros of Generalised Polynomials (Descartes' rule for powers that are no integers).
pub fn xirr(flows: &[(Date, f64)]) -> Figure {
    let terms = terms(flows)?;
    let (Some(first), Some(last)) = (terms.first(), terms.last()) else { return Err(Absent::NoRate) };
    let turns = turns(&terms);
    if turns == 0 {
        return Err(Absent::FlowsOneWay);
    }
    if (first.1 > 0.0) != (last.1 > 0.0) {
        let root = root_between(&terms, f64::NEG_INFINITY, f64::INFINITY).ok_or(Absent::Overflow)?;
        if turns == 1 || is_one_sided(&terms, root) {
            return finite(libm::expm1(root));
        }
    }
    if turns > TURNS_MAX {
        return Err(Absent::RateNotUnique);
    }
    match roots(&terms)[..] {
        [] => Err(Absent::NoRate),
        [root] => finite(libm::expm1(root)),
        _ => Err(Absent::RateNotUnique),
    }
}

/// The money-weighted return of a portfolio: the XIRR of its flows and its last equity.
///
/// # Units
/// A fraction a year. `flows` are money put in (positive) or taken out (negative) by session, `terminal` the
/// equity at the close of its session.
///
/// # Convention
/// A flow counts from the start of its session, so it is dated at the close of the session before. To bound the
/// time, the equity before the first session is a flow of that session.
///
/// # Errors
/// [`Absent::OutsideCalendar`], and those of [`xirr`].
///
/// # Example
/// 1000 put in on Monday 2023-01-09, dated Friday 2023-01-06; 1100 there on 2024-01-05, 364 days later:
/// 1.1^(365 / 364) - 1 = 10.0288 %.
/// ```
/// let date = |text: &str| text.parse().unwrap();
/// let flows = [(date("2023-01-09"), 1000.0)];
/// let calendar = model::Calendar::xnys();
/// let rate = quant::money_weighted_return(calendar, &flows, (date("2024-01-05"), 1100.0)).unwrap();
/// assert!((rate - 0.100288).abs() < 1e-6);
/// ```
///
/// # Source
/// Dietz, 1966, Pension Funds: Measuring Investment Performance; Bacon, 2008, chapter 3.
pub fn money_weighted_return(calendar: &Calendar, flows: &[(Date, f64)], terminal: (Date, f64)) -> Figure {
    let dated = flows
        .iter()
        .filter(|(_, amount)| *amount != 0.0)
        .map(|(session, amount)| Ok((calendar.previous(*session).ok_or(Absent::OutsideCalendar)?, -amount)));
    let mut dated = dated.collect::<Result<Vec<(Date, f64)>, Absent>>()?;
    dated.push(terminal);
    xirr(&dated)
}

/// The flows by date, added up, without those that are zero.
fn terms(flows: &[(Date, f64)]) -> Result<Vec<Term>, Absent> {
    let largest = flows.iter().map(|(_, amount)| amount.abs()).fold(0.0, f64::max);
    if flows.iter().any(|(_, amount)| !amount.is_finite()) {
        return Err(Absent::InvalidInput);
    }
    let mut sorted: Vec<(Date, f64)> = flows.iter().filter(|(_, amount)| *amount != 0.0).copied().collect();
    // Amounts are sorted too, so that the order in which flows come changes no digit.
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut terms: Vec<Term> = Vec::new();
    for day in sorted.chunk_by(|a, b| a.0 == b.0) {
        let sum: f64 = day.iter().map(|(_, amount)| amount / largest).sum();
        let gross: f64 = day.iter().map(|(_, amount)| (amount / largest).abs()).sum();
        if sum.abs() > BALANCE_OF_ROUNDING * gross {
            let days = f64::from(day[0].0.epoch_days());
            terms.push((days / DAYS_A_YEAR, sum));
        }
    }
    let start = terms.first().map_or(0.0, |first| first.0);
    terms.iter_mut().for_each(|term| term.0 -= start);
    Ok(terms)
}

/// How often the flows turn from one way to the other.
fn turns(terms: &[Term]) -> usize {
    terms.windows(2).filter(|pair| (pair[0].1 > 0.0) != (pair[1].1 > 0.0)).count()
}

/// The present value over the sum of the present sizes, at a logarithm of yearly growth: from -1 to 1.
fn balance(terms: &[Term], log_growth: f64) -> f64 {
    // Discounting to whichever end keeps every factor at most 1 rules out overflow.
    let end = if log_growth < 0.0 { terms.last() } else { terms.first() };
    let pivot = end.map_or(0.0, |term| term.0);
    let (mut sum, mut size) = (0.0, 0.0);
    for (years, amount) in terms {
        let value = amount * libm::exp(-log_growth * (years - pivot));
        sum += value;
        size += value.abs();
    }
    sum / size
}

/// The root in an interval within which at most one lies; ends may be infinite.
fn root_between(terms: &[Term], low: f64, high: f64) -> Option<f64> {
    let low_end = end_of(terms, low, high, -1.0)?;
    let high_end = end_of(terms, high, low_end.0, 1.0)?;
    let is_crossed = (low_end.1 > 0.0) != (high_end.1 > 0.0);
    is_crossed.then(|| crossing(|at| balance(terms, at), low_end, high_end))
}

/// A finite end with the balance there; an infinite one is replaced by a point beyond the last root.
fn end_of(terms: &[Term], end: f64, inner: f64, direction: f64) -> Option<(f64, f64)> {
    if end.is_finite() {
        return Some((end, balance(terms, end)));
    }
    // Far out, the flow that is last (for shrinking) or first (for growth) outweighs all others.
    let outweighing = if direction < 0.0 { terms.last() } else { terms.first() }?.1;
    let mut reach = 1.0;
    while reach < LOG_GROWTH_MAX {
        let at = if inner.is_finite() { inner } else { 0.0 } + direction * reach;
        let value = balance(terms, at);
        if value != 0.0 && (value > 0.0) == (outweighing > 0.0) {
            return Some((at, value));
        }
        reach *= 2.0;
    }
    None
}

/// Every root, ascending, one that is merely touched included once.
///
/// Discounted to a date within the first turn, the balance has a slope whose own terms turn once less; between
/// the roots of that slope it is monotone.
fn roots(terms: &[Term]) -> Vec<f64> {
    let turn = terms.windows(2).find(|pair| (pair[0].1 > 0.0) != (pair[1].1 > 0.0));
    let Some(turn) = turn else { return Vec::new() };
    let pivot = 0.5 * (turn[0].0 + turn[1].0);
    let slope: Vec<Term> = terms.iter().map(|(years, amount)| (*years, -amount * (years - pivot))).collect();
    let extremes = roots(&slope);
    let is_root = |at: f64| balance(terms, at).abs() <= BALANCE_OF_ROUNDING;
    let mut found: Vec<f64> = extremes.iter().copied().filter(|at| is_root(*at)).collect();
    let ends: Vec<f64> = [f64::NEG_INFINITY].into_iter().chain(extremes).chain([f64::INFINITY]).collect();
    for pair in ends.windows(2) {
        if pair.iter().any(|end| end.is_finite() && is_root(*end)) {
            continue;
        }
        found.extend(root_between(terms, pair[0], pair[1]));
    }
    found.sort_by(f64::total_cmp);
    found
}

/// Whether the money stays on one side at this rate until the last flow; then no other rate balances the flows.
fn is_one_sided(terms: &[Term], log_growth: f64) -> bool {
    let (mut balance, mut size, mut years_before) = (0.0_f64, 0.0, 0.0);
    let side = terms.first().map_or(1.0, |first| first.1.signum());
    let until_last = terms.iter().take(terms.len().saturating_sub(1));
    until_last.into_iter().all(|(years, amount)| {
        let growth = libm::exp(log_growth * (years - years_before));
        balance = balance * growth + amount;
        size = size * growth + amount.abs();
        years_before = *years;
        balance.is_finite() && balance * side >= -BALANCE_OF_ROUNDING * size
    })
}
