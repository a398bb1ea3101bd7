//! Which sessions of a symbol are held, which are known to be empty, and what is missing.

use std::fmt;

use model::{Calendar, Date, MarketState, Timestamp};

/// Why a stretch of sessions is known to have no bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EmptyReason {
    /// The symbol was not listed yet.
    BeforeListing,
    /// The symbol is not listed any more.
    AfterDelisting,
    /// The provider has none; it may get some later.
    ProviderHasNone,
}

impl EmptyReason {
    /// The name used in storage and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            EmptyReason::BeforeListing => "before_listing",
            EmptyReason::AfterDelisting => "after_delisting",
            EmptyReason::ProviderHasNone => "provider_has_none",
        }
    }

    /// The reason of a name, if there is one.
    pub fn from_name(name: &str) -> Option<EmptyReason> {
        let all = [EmptyReason::BeforeListing, EmptyReason::AfterDelisting, EmptyReason::ProviderHasNone];
        all.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Sessions known to have no bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyStretch {
    /// First session of the stretch.
    pub first: Date,
    /// Last session of the stretch.
    pub last: Date,
    /// Why there are none.
    pub reason: EmptyReason,
    /// When that has to be asked again; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// What the cache knows of one symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Sessions with a final bar, ascending.
    pub held: Vec<Date>,
    /// Stretches known to be empty.
    pub empty: Vec<EmptyStretch>,
    /// The newest bar that is not final yet.
    pub live: Option<LiveBar>,
}

/// A bar of a session that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveBar {
    /// Its session.
    pub session: Date,
    /// When it was fetched.
    pub fetched_at: Timestamp,
}

/// How long a bar that is not final is good for, in microseconds.
pub const LIVE_MICROS: i64 = 300 * 1_000_000;

/// The session under way at `now` when its bar is not held or too old, and the market is open.
pub fn live_session_due(calendar: &Calendar, coverage: &Coverage, now: Timestamp) -> Option<Date> {
    if calendar.market_state(now) != MarketState::Open {
        return None;
    }
    // While New York trades, its date is that of universal time.
    let session = now.utc_date();
    let is_fresh = coverage.live.is_some_and(|live| {
        live.session == session && now.epoch_micros() - live.fetched_at.epoch_micros() < LIVE_MICROS
    });
    (!is_fresh && coverage.held.last().is_none_or(|held| *held < session)).then_some(session)
}

/// Whether the cache can answer alone, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Every session asked for is held or known to be empty.
    Covered,
    /// Nothing of the symbol is held.
    NeverFetched,
    /// So many sessions are missing.
    Missing {
        /// How many.
        session_count: usize,
    },
    /// The caller asked to fetch whatever is held.
    Forced,
}

impl Freshness {
    /// The stable name used in answers.
    pub const fn code(self) -> &'static str {
        match self {
            Freshness::Covered => "covered",
            Freshness::NeverFetched => "never_fetched",
            Freshness::Missing { .. } => "missing_sessions",
            Freshness::Forced => "forced",
        }
    }
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Freshness::Missing { session_count } => write!(f, "{session_count} sessions missing"),
            other => f.pad(other.code()),
        }
    }
}

/// Sessions from `first` to `required_through` that are neither held nor known to be empty at `now`. Holes
/// between held sessions count.
pub fn missing(
    calendar: &Calendar,
    coverage: &Coverage,
    first: Date,
    required_through: Date,
    now: Timestamp,
) -> Vec<Date> {
    let is_empty = |session: Date| {
        coverage.empty.iter().any(|stretch| {
            (stretch.first..=stretch.last).contains(&session)
                && stretch.expires_at.is_none_or(|expires_at| now < expires_at)
        })
    };
    let mut held = coverage.held.iter().copied().peekable();
    let mut absent = Vec::new();
    for session in calendar.between(first, required_through) {
        while held.next_if(|have| have < session).is_some() {}
        if held.peek() != Some(session) && !is_empty(*session) {
            absent.push(*session);
        }
    }
    absent
}

/// Whether the cache can answer for sessions from `first` to `required_through` alone.
pub fn freshness(
    calendar: &Calendar,
    coverage: &Coverage,
    first: Date,
    required_through: Date,
    now: Timestamp,
) -> Freshness {
    let absent = missing(calendar, coverage, first, required_through, now).len();
    match absent {
        0 => Freshness::Covered,
        _ if coverage.held.is_empty() && coverage.empty.is_empty() => Freshness::NeverFetched,
        session_count => Freshness::Missing { session_count },
    }
}

/// Merges missing sessions, ascending, into ranges to ask for. Two stretches become one when at most
/// `bridge_sessions` sessions between them would be asked for in vain.
pub fn merge_ranges(calendar: &Calendar, absent: &[Date], bridge_sessions: usize) -> Vec<(Date, Date)> {
    let mut ranges: Vec<(Date, Date)> = Vec::new();
    for session in absent {
        let index = |date: Date| calendar.index_of(date).unwrap_or(0);
        match ranges.last_mut() {
            Some((_, last)) if index(*session) - index(*last) <= bridge_sessions + 1 => *last = *session,
            _ => ranges.push((*session, *session)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// Sessions of 2024-01-02 … 2024-01-12 that are missing when `held` are held and `empty` is known empty.
    fn check(held: &[&str], empty: Option<(&str, &str, i64)>, expected: &[&str]) {
        let coverage = Coverage {
            held: held.iter().map(|text| date(text)).collect(),
            empty: empty
                .map(|(first, last, expires)| EmptyStretch {
                    first: date(first),
                    last: date(last),
                    reason: EmptyReason::ProviderHasNone,
                    expires_at: Some(Timestamp::from_epoch_micros(expires)),
                })
                .into_iter()
                .collect(),
            live: None,
        };
        let now = Timestamp::from_epoch_micros(1_000);
        let absent = missing(Calendar::xnys(), &coverage, date("2024-01-01"), date("2024-01-12"), now);
        let shown: Vec<String> = absent.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn holidays_and_week_ends_are_never_missing_and_holes_are() {
        let all = [
            "2024-01-02",
            "2024-01-03",
            "2024-01-04",
            "2024-01-05",
            "2024-01-08",
            "2024-01-09",
            "2024-01-10",
            "2024-01-11",
            "2024-01-12",
        ];
        check(&all, None, &[]);
        check(&[], None, &all);
        check(&[&all[..3], &all[4..]].concat(), None, &["2024-01-05"]);
        check(&all[1..8], None, &["2024-01-02", "2024-01-12"]);
    }

    #[test]
    fn known_emptiness_holds_until_it_expires() {
        let rest = ["2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12"];
        check(&rest, Some(("2024-01-01", "2024-01-08", 1_001)), &[]);
        check(
            &rest,
            Some(("2024-01-01", "2024-01-08", 1_000)),
            &["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"],
        );
    }

    #[test]
    fn stretches_merge_across_short_bridges() {
        let absent: Vec<Date> =
            ["2024-01-02", "2024-01-03", "2024-01-05", "2024-01-12"].iter().map(|text| date(text)).collect();
        let ranges = |bridge| {
            merge_ranges(Calendar::xnys(), &absent, bridge)
                .iter()
                .map(|(first, last)| format!("{first}..{last}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(ranges(0), ["2024-01-02..2024-01-03", "2024-01-05..2024-01-05", "2024-01-12..2024-01-12"]);
        assert_eq!(ranges(1), ["2024-01-02..2024-01-05", "2024-01-12..2024-01-12"]);
        assert_eq!(ranges(9), ["2024-01-02..2024-01-12"]);
    }
}
