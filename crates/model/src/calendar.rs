//! The exchange calendar: which dates are sessions, when each opens and closes, and what is final by now.
//!
//! | question | answered by |
//! | --- | --- |
//! | does the exchange trade on this date? | [`Calendar::is_session`], [`Calendar::index_of`] |
//! | which session is near this date? | [`Calendar::on_or_after`], [`Calendar::previous`], … |
//! | when does it open and close? | [`Calendar::hours`] |
//! | up to which session must the data be there? | [`Calendar::required_through`] |
//! | what is the market doing? | [`Calendar::market_state`] |
//!
//! The calendar is computed from the exchange's rules and short tables of exceptions, for 1990 to 2030.
//! About dates outside those years it knows nothing, and says so with `None` rather than with a guess.

mod days;
mod new_york;
mod xnys;

use std::sync::LazyLock;

use crate::{Date, Timestamp};
use new_york::{FIRST_DAY, LAST_DAY};

/// Seconds from a session's close until its bars count as final, unless configured otherwise.
pub const SETTLE_DELAY_S_DEFAULT: i64 = 1_800;

/// Minutes after midnight in New York at which the regular phases of a trading day begin and end.
const PRE_MARKET_MINUTE: u16 = 4 * 60;
const OPEN_MINUTE: u16 = 9 * 60 + 30;
const CLOSE_MINUTE: u16 = 16 * 60;
const AFTER_HOURS_END_MINUTE: u16 = 20 * 60;
const AFTER_HOURS_END_MINUTE_EARLY: u16 = 17 * 60;

/// The sessions of one exchange and their hours.
///
/// Sessions are numbered from 0 in order of date. Every lookup takes constant time, or a binary search.
///
/// # Example
/// ```
/// use model::{Calendar, Date};
/// let calendar = Calendar::xnys();
/// let thanksgiving: Date = "2024-11-28".parse().unwrap();
/// assert!(!calendar.is_session(thanksgiving));
/// let next = calendar.next(thanksgiving).unwrap();
/// assert_eq!(next.to_string(), "2024-11-29");
/// assert_eq!(calendar.hours(next).unwrap().close.to_string(), "2024-11-29T18:00:00Z");
/// ```
#[derive(Debug)]
pub struct Calendar {
    name: &'static str,
    sessions: Vec<Date>,
    /// For each day of the calendar, and once more after the last, how many sessions came before it.
    sessions_before: Vec<u16>,
    /// Sessions with a close of their own and its minute in New York, in order of date.
    early_closes: Vec<(Date, u16)>,
}

/// When a session's regular trading begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionHours {
    /// The instant of the opening.
    pub open: Timestamp,
    /// The instant of the close.
    pub close: Timestamp,
    /// The opening in minutes after midnight, New York time: 570 is 09:30.
    pub open_minute_ny: u16,
    /// The close in minutes after midnight, New York time: 960 is 16:00.
    pub close_minute_ny: u16,
}

impl SessionHours {
    /// Whether the session closes before 16:00 in New York.
    pub const fn is_early_close(&self) -> bool {
        self.close_minute_ny < CLOSE_MINUTE
    }

    /// Whether the session opens after 09:30 in New York.
    pub const fn is_late_open(&self) -> bool {
        self.open_minute_ny > OPEN_MINUTE
    }
}

/// What the market is doing at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketState {
    /// A session's day, from 04:00 in New York to the opening.
    PreMarket,
    /// From the opening up to the close, the close itself excluded.
    Open,
    /// From the close to 20:00 in New York, or to 17:00 after an early close.
    AfterHours,
    /// Any other time.
    Closed,
}

impl MarketState {
    /// The name used in answers: `pre_market`, `open`, `after_hours` or `closed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            MarketState::PreMarket => "pre_market",
            MarketState::Open => "open",
            MarketState::AfterHours => "after_hours",
            MarketState::Closed => "closed",
        }
    }
}

impl Calendar {
    /// The calendar of the New York Stock Exchange, from 1990-01-01 to 2030-12-31.
    ///
    /// # Convention
    /// Days that were shortened or delayed without notice (the blizzard of 1996, the halt of October 1997)
    /// have regular hours here, because the sources do not agree on theirs. Years to come follow the
    /// published rules.
    pub fn xnys() -> &'static Calendar {
        static XNYS: LazyLock<Calendar> =
            LazyLock::new(|| Calendar::build("XNYS", &xnys::closures(), xnys::early_closes()));
        &XNYS
    }

    fn build(name: &'static str, closures: &[Date], early_closes: Vec<(Date, u16)>) -> Calendar {
        let day_count = LAST_DAY.days_since(FIRST_DAY) as usize + 1;
        let mut is_closed = vec![false; day_count];
        for closure in closures {
            is_closed[closure.days_since(FIRST_DAY) as usize] = true;
        }
        let mut sessions = Vec::with_capacity(day_count * 5 / 7);
        let mut sessions_before = Vec::with_capacity(day_count + 1);
        for (day, is_closed) in is_closed.into_iter().enumerate() {
            sessions_before.push(sessions.len() as u16);
            let date = FIRST_DAY.plus_days(day as i32);
            if !is_closed && days::is_weekday(date) {
                sessions.push(date);
            }
        }
        sessions_before.push(sessions.len() as u16);
        Calendar { name, sessions, sessions_before, early_closes }
    }

    /// The market identifier code of the exchange: `XNYS`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first session known.
    pub fn first(&self) -> Date {
        *self.sessions.first().expect("invariant: a calendar has sessions")
    }

    /// The last session known.
    pub fn last(&self) -> Date {
        *self.sessions.last().expect("invariant: a calendar has sessions")
    }

    /// All sessions, in order of date.
    pub fn sessions(&self) -> &[Date] {
        &self.sessions
    }

    /// The number of a session, counted from 0; `None` for any other date.
    pub fn index_of(&self, date: Date) -> Option<usize> {
        let (before, through) = self.counts(date)?;
        (before < through).then_some(before)
    }

    /// The session of a number, as [`Calendar::index_of`] counts them.
    pub fn session_at(&self, index: usize) -> Option<Date> {
        self.sessions.get(index).copied()
    }

    /// Whether the exchange trades on a date.
    pub fn is_session(&self, date: Date) -> bool {
        self.index_of(date).is_some()
    }

    /// The date itself when it is a session, else the next session.
    ///
    /// `None` for dates outside the calendar's years: what lies between is then unknown.
    pub fn on_or_after(&self, date: Date) -> Option<Date> {
        self.session_at(self.counts(date)?.0)
    }

    /// The date itself when it is a session, else the session before it.
    ///
    /// `None` for dates outside the calendar's years, and before the first session.
    pub fn on_or_before(&self, date: Date) -> Option<Date> {
        self.session_at(self.counts(date)?.1.checked_sub(1)?)
    }

    /// The session strictly after a date, which need not be a session.
    pub fn next(&self, session: Date) -> Option<Date> {
        self.session_at(self.counts(session)?.1)
    }

    /// The session strictly before a date, which need not be a session.
    pub fn previous(&self, date: Date) -> Option<Date> {
        self.session_at(self.counts(date)?.0.checked_sub(1)?)
    }

    /// The known sessions from `first` to `last`, both included; empty when `first` is after `last`.
    ///
    /// A range that reaches beyond the calendar's years gives the sessions of the part inside them.
    ///
    /// # Example
    /// ```
    /// use model::{Calendar, Date};
    /// let date = |text: &str| text.parse::<Date>().unwrap();
    /// let week = Calendar::xnys().between(date("2024-07-01"), date("2024-07-07"));
    /// assert_eq!(week.len(), 4);
    /// assert!(Calendar::xnys().between(date("2024-07-07"), date("2024-07-01")).is_empty());
    /// ```
    pub fn between(&self, first: Date, last: Date) -> &[Date] {
        let bounds = self.counts(first.max(FIRST_DAY)).zip(self.counts(last.min(LAST_DAY)));
        bounds.and_then(|((before, _), (_, through))| self.sessions.get(before..through)).unwrap_or(&[])
    }

    /// When a session opens and closes; `None` for a date that is no session.
    pub fn hours(&self, session: Date) -> Option<SessionHours> {
        self.index_of(session)?;
        let close_minute_ny = match self.early_closes.binary_search_by_key(&session, |(date, _)| *date) {
            Ok(at) => self.early_closes[at].1,
            Err(_) => CLOSE_MINUTE,
        };
        Some(SessionHours {
            open: new_york::instant(session, OPEN_MINUTE),
            close: new_york::instant(session, close_minute_ny),
            open_minute_ny: OPEN_MINUTE,
            close_minute_ny,
        })
    }

    /// Whether a session's bars are final: its close plus the settle delay is not after `now`.
    ///
    /// False for a date that is no session.
    pub fn is_complete(&self, session: Date, now: Timestamp, settle_delay_s: i64) -> bool {
        self.hours(session).is_some_and(|hours| hours.close <= settled_through(now, settle_delay_s))
    }

    /// The last session whose bars are final at `now`.
    ///
    /// `None` before the first such session, and after the calendar's years, when later sessions that it
    /// does not know may be complete.
    pub fn newest_complete(&self, now: Timestamp, settle_delay_s: i64) -> Option<Date> {
        let settled = settled_through(now, settle_delay_s);
        let (date, _) = new_york::local(settled)?;
        let session = self.on_or_before(date)?;
        if self.is_complete(session, now, settle_delay_s) { Some(session) } else { self.previous(session) }
    }

    /// The last session at or before `end` whose bars are final at `now`: data must be there up to it.
    ///
    /// `None` when there is no such session, or when the calendar does not reach far enough to tell.
    ///
    /// # Example
    /// ```
    /// use model::{Calendar, Date, SETTLE_DELAY_S_DEFAULT, Timestamp};
    /// let end: Date = "2024-12-31".parse().unwrap();
    /// let required = |now: &str| {
    ///     let now: Timestamp = now.parse().unwrap();
    ///     Calendar::xnys().required_through(now, end, SETTLE_DELAY_S_DEFAULT).unwrap().to_string()
    /// };
    /// // 16:30 in New York is 21:30 UTC in winter; half an hour after the close the day is required.
    /// assert_eq!(required("2024-12-05T21:29:59Z"), "2024-12-04");
    /// assert_eq!(required("2024-12-05T21:30:00Z"), "2024-12-05");
    /// assert_eq!(required("2025-03-01T00:00:00Z"), "2024-12-31");
    /// ```
    pub fn required_through(&self, now: Timestamp, end: Date, settle_delay_s: i64) -> Option<Date> {
        if end <= LAST_DAY {
            let session = self.on_or_before(end)?;
            if self.is_complete(session, now, settle_delay_s) {
                return Some(session);
            }
        }
        // Either `end` sets no limit that the calendar knows, or the newest complete session is before it.
        self.newest_complete(now, settle_delay_s)
    }

    /// What the market is doing at `now`; closed outside the calendar's years.
    pub fn market_state(&self, now: Timestamp) -> MarketState {
        let Some((date, minute)) = new_york::local(now) else { return MarketState::Closed };
        let Some(hours) = self.hours(date) else { return MarketState::Closed };
        let after_hours_end =
            if hours.is_early_close() { AFTER_HOURS_END_MINUTE_EARLY } else { AFTER_HOURS_END_MINUTE };
        match minute {
            minute if minute < PRE_MARKET_MINUTE => MarketState::Closed,
            minute if minute < hours.open_minute_ny => MarketState::PreMarket,
            minute if minute < hours.close_minute_ny => MarketState::Open,
            minute if minute < after_hours_end => MarketState::AfterHours,
            _ => MarketState::Closed,
        }
    }

    /// How many sessions there are before a date, and how many through it.
    fn counts(&self, date: Date) -> Option<(usize, usize)> {
        if date < FIRST_DAY || date > LAST_DAY {
            return None;
        }
        let day = date.days_since(FIRST_DAY) as usize;
        Some((usize::from(self.sessions_before[day]), usize::from(self.sessions_before[day + 1])))
    }
}

/// The latest close that counts as settled at `now`, held at the ends of time instead of overflowing.
fn settled_through(now: Timestamp, settle_delay_s: i64) -> Timestamp {
    let delay_us = settle_delay_s.saturating_mul(1_000_000);
    Timestamp::from_epoch_micros(now.epoch_micros().saturating_sub(delay_us))
}
