//! What a plan has shown of its bounds, so that it is not asked in vain again soon.

use std::sync::{Mutex, PoisonError};

use model::{Calendar, Date, Timestamp, Zone};

use super::refusal::Refusal;
use crate::{PlanShown, Span};

/// Days of history on the plans that have a bound: ten, five and two years, less one day for the time of the day.
const PLAN_DAYS: [i32; 3] = [3_649, 1_824, 729];

/// How long what a plan has shown is taken to hold.
const REMEMBERED_S: i64 = 24 * 3_600;

/// How it is told that the session under way is given, or is not.
const TODAY_GIVEN: &str = "today";
const TODAY_LACKS: &str = "finished";

/// The bounds a plan has shown.
#[derive(Debug, Default)]
pub struct Plan {
    seen: Mutex<Option<Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Days of history, where there is a bound.
    days: Option<i32>,
    /// Whether the session under way is not given.
    lacks_today: bool,
    until: Timestamp,
}

impl Plan {
    /// The part of a range that the plan is not known to refuse; it may be empty, with its first date after the last.
    pub fn within(&self, asked: Span, as_of: Timestamp) -> Span {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = seen.filter(|seen| as_of < seen.until) else { return asked };
        let first = seen.days.map_or(asked.first, |days| asked.first.max(days_before(as_of, days)));
        let last = if seen.lacks_today { asked.last.min(before_today(as_of)) } else { asked.last };
        Span { first, last }
    }

    /// The part of a range to ask for after a refusal, or `None` when nothing smaller may help.
    pub fn after(&self, refusal: Refusal, asked: Span, as_of: Timestamp) -> Option<Span> {
        match refusal {
            Refusal::TooOld => {
                let shorter = |days: &i32| days_before(as_of, *days) > asked.first;
                let days = PLAN_DAYS.into_iter().find(shorter)?;
                self.remember(as_of, |seen| seen.days = Some(days));
                Some(Span { first: days_before(as_of, days), ..asked })
            }
            Refusal::TooNew => {
                let last = before_today(as_of);
                self.remember(as_of, |seen| seen.lacks_today = true);
                (last < asked.last).then_some(Span { last, ..asked })
            }
            Refusal::Whole => None,
        }
    }

    /// What is known of the plan, for other processes.
    pub fn shown(&self) -> Option<PlanShown> {
        let seen = (*self.seen.lock().unwrap_or_else(PoisonError::into_inner))?;
        let days = seen.days.map_or_else(|| "all".to_owned(), |days| days.to_string());
        let words = format!("{days} {}", if seen.lacks_today { TODAY_LACKS } else { TODAY_GIVEN });
        Some(PlanShown { words, until: seen.until })
    }

    /// Takes over what another process has seen, where it was seen later. Words that nobody writes say nothing.
    pub fn take_over(&self, shown: &PlanShown) {
        let Some((days, today)) = shown.words.split_once(' ') else { return };
        let days = days.parse().ok().filter(|days| PLAN_DAYS.contains(days));
        let seen = Seen { days, lacks_today: today == TODAY_LACKS, until: shown.until };
        let mut slot = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none_or(|own| own.until < seen.until) {
            *slot = Some(seen);
        }
    }

    fn remember(&self, as_of: Timestamp, change: impl FnOnce(&mut Seen)) {
        let until = as_of.plus_seconds(REMEMBERED_S);
        let mut slot = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Seen { days: None, lacks_today: false, until };
        let mut seen = slot.filter(|seen| as_of < seen.until).unwrap_or(fresh);
        change(&mut seen);
        *slot = Some(seen);
    }
}

fn days_before(as_of: Timestamp, days: i32) -> Date {
    as_of.utc_date().plus_days(-days)
}

/// The last session before the day that New York's calendars show.
pub fn before_today(as_of: Timestamp) -> Date {
    let today = Zone::new_york().date_of(as_of).unwrap_or(as_of.utc_date());
    Calendar::xnys().previous(today).unwrap_or(today.plus_days(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: &str, last: &str) -> Span {
        Span { first: first.parse().unwrap(), last: last.parse().unwrap() }
    }

    #[test]
    fn a_plan_is_tried_with_fewer_years_until_it_answers_and_remembered_for_a_day() {
        // A Friday at 20:00 in New York.
        let now: Timestamp = "2024-03-02T01:00:00Z".parse().unwrap();
        let plan = Plan::default();
        let asked = span("2000-01-03", "2024-03-01");
        assert_eq!(plan.within(asked, now), asked);
        let ten = plan.after(Refusal::TooOld, asked, now).unwrap();
        let five = plan.after(Refusal::TooOld, ten, now).unwrap();
        let two = plan.after(Refusal::TooOld, five, now).unwrap();
        assert_eq!(
            [ten, five, two].map(|span| span.first.to_string()),
            ["2014-03-06", "2019-03-05", "2022-03-04"]
        );
        assert_eq!(plan.after(Refusal::TooOld, two, now), None);
        let finished = plan.after(Refusal::TooNew, two, now).unwrap();
        assert_eq!(finished, span("2022-03-04", "2024-02-29"));
        assert_eq!(plan.after(Refusal::TooNew, finished, now), None);
        assert_eq!(plan.after(Refusal::Whole, asked, now), None);
        assert_eq!(plan.within(asked, now), finished, "what it showed is kept to");
        assert_eq!(plan.within(asked, now.plus_seconds(REMEMBERED_S)), asked, "for a day");
    }

    #[test]
    fn what_a_plan_showed_to_one_process_another_takes_over() {
        let now: Timestamp = "2024-03-02T01:00:00Z".parse().unwrap();
        let asked = span("2000-01-03", "2024-03-01");
        let (plan, other) = (Plan::default(), Plan::default());
        assert_eq!(plan.shown(), None);
        plan.after(Refusal::TooOld, asked, now);
        plan.after(Refusal::TooNew, asked, now);
        let shown = plan.shown().unwrap();
        assert_eq!((shown.words.as_str(), shown.until), ("3649 finished", now.plus_seconds(REMEMBERED_S)));
        other.take_over(&shown);
        assert_eq!(other.within(asked, now), span("2014-03-06", "2024-02-29"));
        other.take_over(&PlanShown { words: "729 finished".to_owned(), until: now });
        assert_eq!(other.shown(), Some(shown), "what was seen before says nothing new");
    }
}
