//! What to ask for: stretches of missing sessions, merged, with an overlap onto what is held.

use model::{Bars, Calendar, Date};

use crate::{Coverage, Span, merge_ranges};

/// Held sessions between two missing stretches that are asked for again, so that one request serves both.
pub const BRIDGE_SESSIONS_MAX: usize = 21;
/// How many sessions before a missing stretch the bar it overlaps may lie.
pub const OVERLAP_SESSIONS_MAX: usize = 10;
/// Prices that differ by more than this share of the stored one are different prices.
pub const OVERLAP_TOLERANCE: f64 = 1e-5;

/// Merges missing sessions, ascending, into stretches to ask for. Each begins with the last held session before it,
/// when there is one close by, so that the answer can be compared with what is stored.
pub fn spans_to_ask(calendar: &Calendar, coverage: &Coverage, absent: &[Date]) -> Vec<Span> {
    let ranges = merge_ranges(calendar, absent, BRIDGE_SESSIONS_MAX);
    let overlap = |first: Date| {
        let before = coverage.held.partition_point(|held| *held < first).checked_sub(1)?;
        let held = coverage.held[before];
        let distance = calendar.index_of(first)? - calendar.index_of(held)?;
        (distance <= OVERLAP_SESSIONS_MAX).then_some(held)
    };
    ranges.into_iter().map(|(first, last)| Span { first: overlap(first).unwrap_or(first), last }).collect()
}

/// Stretches that one call may be made for, of one symbol and at one time; more of them become one.
const SPANS_MAX: usize = 12;

/// Merges stretches that lie close together, so that few calls serve them all.
pub(crate) fn bridge(calendar: &Calendar, spans: Vec<Span>) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        // The ends of both stretches and what lies between them.
        let between = |last: &Span| calendar.between(last.last, span.first).len();
        match merged.last_mut().filter(|last| between(last) <= BRIDGE_SESSIONS_MAX + 2) {
            Some(last) => last.last = span.last,
            None => merged.push(span),
        }
    }
    match (merged.first(), merged.last()) {
        (Some(first), Some(last)) if merged.len() > SPANS_MAX => {
            vec![Span { first: first.first, last: last.last }]
        }
        _ => merged,
    }
}

/// What of stretches has no bar.
pub fn subtract_bars(calendar: &Calendar, spans: &[Span], bars: &Bars) -> Vec<Span> {
    let sessions = spans.iter().flat_map(|span| calendar.between(span.first, span.last));
    let absent: Vec<Date> = sessions.copied().filter(|session| bars.position(*session).is_none()).collect();
    merged(calendar, &absent)
}

/// What of a stretch lies outside another one.
pub fn subtract_span(calendar: &Calendar, span: Span, covered: Span) -> Vec<Span> {
    let sessions = calendar.between(span.first, span.last).iter().copied();
    let absent: Vec<Date> = sessions.filter(|session| !covered.contains(*session)).collect();
    merged(calendar, &absent)
}

fn merged(calendar: &Calendar, absent: &[Date]) -> Vec<Span> {
    merge_ranges(calendar, absent, 0).into_iter().map(|(first, last)| Span { first, last }).collect()
}

/// Whether an answer says another price than what is stored of the same session, beyond
/// [`OVERLAP_TOLERANCE`]. Closes are compared, on the sessions both have.
pub fn contradicts(stored: &[(Date, f64)], bars: &Bars) -> bool {
    stored.iter().any(|(session, close)| {
        bars.position(*session).is_some_and(|at| {
            let told = bars.close[at].to_f64();
            bars.is_final[at] && (told - close).abs() > OVERLAP_TOLERANCE * close.abs()
        })
    })
}

/// Puts symbols in the order in which asking for them completes the most: the group that lacks the fewest comes first,
/// and what several groups lack counts for each of them.
///
/// Groups are lists of symbol numbers below `symbol_count` that are missing, one list for what somebody waits for as a
/// whole (a portfolio, a session). Symbols in no group come last, in order.
///
/// # Example
/// ```
/// use market::order_by_completion;
/// assert_eq!(order_by_completion(4, &[vec![0, 1, 2], vec![3], vec![3, 1]]), [3, 1, 0, 2]);
/// ```
pub fn order_by_completion(symbol_count: usize, groups: &[Vec<usize>]) -> Vec<usize> {
    let mut is_placed = vec![false; symbol_count];
    let mut order = Vec::with_capacity(symbol_count);
    let mut open: Vec<Vec<usize>> = groups.to_vec();
    let mut demand = vec![0_usize; symbol_count];
    open.iter().flatten().for_each(|symbol| demand[*symbol] += 1);
    while !open.is_empty() {
        for group in &mut open {
            group.retain(|symbol| !is_placed[*symbol]);
        }
        open.retain(|group| !group.is_empty());
        let Some(next) = (0..open.len()).min_by_key(|group| (open[*group].len(), *group)) else { break };
        let mut group = open.swap_remove(next);
        group.sort_by_key(|symbol| (std::cmp::Reverse(demand[*symbol]), *symbol));
        for symbol in group {
            if !std::mem::replace(&mut is_placed[symbol], true) {
                order.push(symbol);
            }
        }
    }
    order.extend((0..symbol_count).filter(|symbol| !is_placed[*symbol]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn shown(spans: &[Span]) -> Vec<String> {
        spans.iter().map(|span| format!("{}..{}", span.first, span.last)).collect()
    }

    #[test]
    fn a_stretch_begins_with_the_last_held_session_close_by() {
        let check = |held: &[&str], absent: &[&str], expected: &[&str]| {
            let coverage =
                Coverage { held: held.iter().map(|text| date(text)).collect(), ..Coverage::default() };
            let absent: Vec<Date> = absent.iter().map(|text| date(text)).collect();
            assert_eq!(shown(&spans_to_ask(Calendar::xnys(), &coverage, &absent)), expected);
        };
        check(&[], &["2024-01-02"], &["2024-01-02..2024-01-02"]);
        check(&["2024-01-05"], &["2024-01-08", "2024-01-09"], &["2024-01-05..2024-01-09"]);
        check(&["2024-01-05"], &["2023-12-29"], &["2023-12-29..2023-12-29"]);
        check(&["2023-11-01"], &["2024-01-08"], &["2024-01-08..2024-01-08"]);
        check(
            &["2023-01-05", "2024-01-05"],
            &["2023-01-06", "2024-01-08"],
            &["2023-01-05..2023-01-06", "2024-01-05..2024-01-08"],
        );
    }

    #[test]
    fn what_was_answered_is_missing_no_more() {
        let span = Span { first: date("2024-01-02"), last: date("2024-01-10") };
        let covered = Span { first: date("2024-01-04"), last: date("2024-01-08") };
        let left = subtract_span(Calendar::xnys(), span, covered);
        assert_eq!(shown(&left), ["2024-01-02..2024-01-03", "2024-01-09..2024-01-10"]);
        let whole = Span { first: date("2023-12-01"), last: date("2024-02-01") };
        assert!(subtract_span(Calendar::xnys(), span, whole).is_empty());
        assert_eq!(subtract_bars(Calendar::xnys(), &[span], &Bars::default()), [span]);
    }

    #[test]
    fn stretches_that_lie_close_are_asked_for_at_once() {
        let span = |first: &str, last: &str| Span { first: date(first), last: date(last) };
        let close = vec![span("2024-01-02", "2024-01-03"), span("2024-01-08", "2024-01-09")];
        assert_eq!(shown(&bridge(Calendar::xnys(), close)), ["2024-01-02..2024-01-09"]);
        let far = vec![span("2024-01-02", "2024-01-03"), span("2024-06-03", "2024-06-04")];
        assert_eq!(bridge(Calendar::xnys(), far.clone()), far);
        let sessions = Calendar::xnys().between(date("2014-01-02"), date("2024-12-30"));
        let many: Vec<Span> =
            sessions.iter().step_by(60).map(|day| Span { first: *day, last: *day }).collect();
        assert_eq!(bridge(Calendar::xnys(), many).len(), 1);
    }

    #[test]
    fn each_symbol_is_placed_once_and_small_groups_first() {
        assert_eq!(order_by_completion(5, &[vec![4, 1, 0], vec![1, 2]]), [1, 2, 0, 4, 3]);
        assert_eq!(order_by_completion(3, &[]), [0, 1, 2]);
        assert_eq!(order_by_completion(2, &[vec![], vec![1, 1]]), [1, 0]);
    }
}
