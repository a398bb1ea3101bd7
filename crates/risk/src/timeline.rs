//! The sessions along which histories are laid.

use std::sync::Arc;

use model::{Calendar, Date};

/// Sessions of an exchange without a gap, up to the one that figures are stamped with.
///
/// What lies after its last session cannot be laid along it, so no figure looks ahead. Copies share the sessions.
///
/// # Example
/// ```
/// use model::Calendar;
/// use risk::Timeline;
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-06".parse().unwrap(), 3);
/// let sessions: Vec<String> = timeline.sessions().iter().map(ToString::to_string).collect();
/// // The sixth is a Saturday, the fourth a holiday.
/// assert_eq!(sessions, ["2024-07-02", "2024-07-03", "2024-07-05"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    sessions: Arc<[Date]>,
}

impl Timeline {
    /// The last sessions up to a date, as many as asked for or as the calendar has.
    pub fn ending(calendar: &Calendar, at: Date, sessions_count: usize) -> Timeline {
        let known = calendar.between(calendar.first(), at);
        let sessions = &known[known.len().saturating_sub(sessions_count)..];
        Timeline { sessions: sessions.into() }
    }

    /// The sessions from one date to another, both included where they are sessions.
    pub fn between(calendar: &Calendar, first: Date, at: Date) -> Timeline {
        Timeline { sessions: calendar.between(first, at).into() }
    }

    /// The sessions, in order of date.
    pub fn sessions(&self) -> &[Date] {
        &self.sessions
    }

    /// The session that figures are stamped with: the last one.
    pub fn at(&self) -> Option<Date> {
        self.sessions.last().copied()
    }

    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The number of a session, counted from 0.
    pub(crate) fn index_of(&self, session: Date) -> Option<usize> {
        self.sessions.binary_search(&session).ok()
    }
}
