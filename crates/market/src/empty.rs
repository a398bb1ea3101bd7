//! What an answer tells about sessions that have no bar.

use std::collections::BTreeMap;

use model::{Calendar, Date, Timestamp};

use crate::denial::retry;
use crate::{EmptyReason, EmptyStretch, Listing, Span};

/// Emptiness of so many newest sessions is asked about again soon: the provider may be late.
const LATE_SESSIONS: usize = 5;

/// The sessions of stretches that stay without a bar, with the reason and when to ask again.
///
/// A session before the listing or after the delisting stays empty for ever. What a provider simply does not have is
/// asked again after seven days, or after fifteen minutes while the session is among the five newest.
pub fn note_empty(
    calendar: &Calendar,
    spans: &[Span],
    is_held: impl Fn(Date) -> bool,
    listing: Listing,
    now: Timestamp,
) -> Vec<EmptyStretch> {
    let mut noted = BTreeMap::new();
    for span in spans {
        for session in calendar.between(span.first, span.last).iter().filter(|session| !is_held(**session)) {
            noted.insert(*session, fact(calendar, *session, listing, now));
        }
    }
    compress(calendar, &noted)
}

type Fact = (EmptyReason, Option<Timestamp>);

fn fact(calendar: &Calendar, session: Date, listing: Listing, now: Timestamp) -> Fact {
    if listing.first.is_some_and(|first| session < first) {
        return (EmptyReason::BeforeListing, None);
    }
    if listing.last.is_some_and(|last| session > last) {
        return (EmptyReason::AfterDelisting, None);
    }
    (EmptyReason::ProviderHasNone, Some(none_until(calendar, session, now)))
}

/// Until when it is taken as true that a provider has nothing of a session.
pub fn none_until(calendar: &Calendar, session: Date, now: Timestamp) -> Timestamp {
    // New York's date is that of universal time or the one before it.
    let pause = match calendar.between(session, now.utc_date()).len() <= LATE_SESSIONS {
        true => retry::UNAVAILABLE_MICROS,
        false => retry::NO_DATA_MICROS,
    };
    Timestamp::from_epoch_micros(now.epoch_micros() + pause)
}

/// Lays new knowledge over old. What is held by now, and what has expired, is dropped.
pub fn merge_empty(
    calendar: &Calendar,
    old: &[EmptyStretch],
    new: &[EmptyStretch],
    is_held: impl Fn(Date) -> bool,
    now: Timestamp,
) -> Vec<EmptyStretch> {
    let mut facts = BTreeMap::new();
    for stretch in old.iter().chain(new) {
        let is_over = stretch.expires_at.is_some_and(|expires_at| expires_at <= now);
        for session in calendar.between(stretch.first, stretch.last) {
            match is_over || is_held(*session) {
                true => facts.remove(session),
                false => facts.insert(*session, (stretch.reason, stretch.expires_at)),
            };
        }
    }
    compress(calendar, &facts)
}

fn compress(calendar: &Calendar, facts: &BTreeMap<Date, Fact>) -> Vec<EmptyStretch> {
    let mut stretches: Vec<EmptyStretch> = Vec::new();
    for (session, (reason, expires_at)) in facts {
        let continues = |stretch: &EmptyStretch| {
            (stretch.reason, stretch.expires_at) == (*reason, *expires_at)
                && calendar.between(stretch.last, *session).len() == 2
        };
        match stretches.last_mut().filter(|stretch| continues(stretch)) {
            Some(stretch) => stretch.last = *session,
            None => stretches.push(EmptyStretch {
                first: *session,
                last: *session,
                reason: *reason,
                expires_at: *expires_at,
            }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn span(first: &str, last: &str) -> Span {
        Span { first: date(first), last: date(last) }
    }

    fn shown(stretches: &[EmptyStretch], now: Timestamp) -> Vec<String> {
        let told = |stretch: &EmptyStretch| {
            let hours = stretch.expires_at.map(|at| (at.epoch_micros() - now.epoch_micros()) / 60_000_000);
            let minutes = hours.map_or("for ever".to_owned(), |minutes| format!("{minutes} min"));
            format!("{}..{} {} {minutes}", stretch.first, stretch.last, stretch.reason.as_str())
        };
        stretches.iter().map(told).collect()
    }

    #[test]
    fn emptiness_has_its_reason_and_its_time() {
        let calendar = Calendar::xnys();
        let now = calendar.hours(date("2024-01-12")).unwrap().close;
        let listing = Listing { first: Some(date("2024-01-04")), last: None };
        let held = |session: Date| session == date("2024-01-05");
        let noted = note_empty(calendar, &[span("2024-01-02", "2024-01-12")], held, listing, now);
        assert_eq!(
            shown(&noted, now),
            [
                "2024-01-02..2024-01-03 before_listing for ever",
                "2024-01-04..2024-01-04 provider_has_none 10080 min",
                "2024-01-08..2024-01-12 provider_has_none 15 min",
            ]
        );
        let gone = Listing { first: None, last: Some(date("2024-01-10")) };
        let noted = note_empty(calendar, &[span("2024-01-10", "2024-01-12")], |_| false, gone, now);
        assert_eq!(
            shown(&noted, now),
            [
                "2024-01-10..2024-01-10 provider_has_none 15 min",
                "2024-01-11..2024-01-12 after_delisting for ever",
            ]
        );
    }

    #[test]
    fn new_knowledge_lies_over_old_and_held_sessions_are_not_empty() {
        let calendar = Calendar::xnys();
        let now = Timestamp::from_epoch_micros(1_000_000_000);
        let stretch = |first: &str, last: &str, minutes: i64| EmptyStretch {
            first: date(first),
            last: date(last),
            reason: EmptyReason::ProviderHasNone,
            expires_at: Some(Timestamp::from_epoch_micros(now.epoch_micros() + minutes * 60_000_000)),
        };
        let old = [stretch("2024-01-02", "2024-01-05", 5), stretch("2024-01-08", "2024-01-09", 0)];
        let new = [stretch("2024-01-05", "2024-01-08", 9)];
        let held = |session: Date| session == date("2024-01-03");
        assert_eq!(
            shown(&merge_empty(calendar, &old, &new, held, now), now),
            [
                "2024-01-02..2024-01-02 provider_has_none 5 min",
                "2024-01-04..2024-01-04 provider_has_none 5 min",
                "2024-01-05..2024-01-08 provider_has_none 9 min",
            ]
        );
    }
}
