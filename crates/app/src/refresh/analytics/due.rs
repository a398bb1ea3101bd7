//! Of which sessions the figures of a portfolio are due. Pure.

use std::collections::{BTreeMap, BTreeSet};

use model::{Calendar, Date, InstrumentId, PortfolioId};
use store::change::Change;
use store::risks::Origin;

use crate::fetch::SCOPE_INSTRUMENT;
use crate::portfolios::SCOPE_PORTFOLIO;

/// Everything that decides of which sessions the figures of a portfolio are due.
pub struct Known<'a> {
    pub calendar: &'a Calendar,
    pub portfolio: PortfolioId,
    /// The instruments its events name, underlyings of options included, with the date of the first such event.
    pub named: &'a BTreeMap<InstrumentId, Date>,
    /// What symbols are measured on.
    pub references: &'a BTreeSet<InstrumentId>,
    /// First and last stored snapshot.
    pub ends: (Date, Date),
    /// What the stored figures were computed from, by session.
    pub stored: &'a BTreeMap<Date, Origin>,
    /// The newest session of which there are any figures.
    pub newest: Option<Date>,
    pub changes: &'a [Change],
    /// Hash of the settings of now.
    pub settings: &'a str,
    /// Sessions before the last that are made up for.
    pub missed_max: usize,
    /// Whether the figures of all sessions are wanted.
    pub is_full: bool,
}

/// The sessions that are due, in order.
///
/// Those are the last one and, of those before it, the ones that missed nights left without figures: whatever is newer
/// than the newest that has them. What was computed from other settings, or before something changed that counts in it, is
/// due as well.
pub fn due(known: &Known) -> Vec<Date> {
    let (first, last) = known.ends;
    let sessions = known.calendar.between(first, last);
    let window = match known.is_full {
        true => sessions,
        false => &sessions[sessions.len().saturating_sub(known.missed_max.saturating_add(1))..],
    };
    let is_due = |session: &Date| match known.stored.get(session) {
        Some(origin) => origin.settings != known.settings || known.has_changed(*session, origin.seq),
        None => {
            let is_missed = known.newest.is_some_and(|newest| *session > newest);
            known.is_full || *session == last || is_missed
        }
    };
    window.iter().copied().filter(is_due).collect()
}

impl Known<'_> {
    /// Whether something changed after a step that counts in the figures of a session.
    fn has_changed(&self, session: Date, seq: i64) -> bool {
        let counts = |change: &Change| {
            let is_before = change.first_session <= i64::from(session.epoch_days());
            let id = InstrumentId(change.scope_id);
            is_before
                && match change.scope.as_str() {
                    SCOPE_PORTFOLIO => change.scope_id == self.portfolio.0,
                    // What happened to an instrument counts in no session before the first event that names it.
                    SCOPE_INSTRUMENT => {
                        let is_named = self.named.get(&id).is_some_and(|named| *named <= session);
                        is_named || self.references.contains(&id)
                    }
                    _ => false,
                }
        };
        self.changes.iter().filter(|change| change.seq > seq).any(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// Of a portfolio with snapshots from 2024-01-02 to 2024-01-12 that names instrument 7, measured on 9.
    fn check(stored: &[(&str, i64)], changes: &[(i64, &str, i64, &str)], expected: &[&str]) {
        let stored: BTreeMap<Date, Origin> = stored
            .iter()
            .map(|(session, seq)| (date(session), Origin { seq: *seq, settings: "now".to_owned() }))
            .collect();
        let changes: Vec<Change> = changes
            .iter()
            .map(|(seq, scope, id, first)| Change {
                seq: *seq,
                scope: (*scope).to_owned(),
                scope_id: *id,
                first_session: i64::from(date(first).epoch_days()),
            })
            .collect();
        let known = Known {
            calendar: Calendar::xnys(),
            portfolio: PortfolioId(1),
            named: &BTreeMap::from([
                (InstrumentId(7), date("2024-01-02")),
                (InstrumentId(6), date("2024-01-12")),
            ]),
            references: &BTreeSet::from([InstrumentId(9)]),
            ends: (date("2024-01-02"), date("2024-01-12")),
            stored: &stored,
            newest: stored.keys().next_back().copied(),
            changes: &changes,
            settings: "now",
            missed_max: 3,
            is_full: false,
        };
        let expected: Vec<Date> = expected.iter().map(|text| date(text)).collect();
        assert_eq!(due(&known), expected);
        let all = due(&Known { settings: "other", is_full: true, ..known });
        assert_eq!(all, Calendar::xnys().between(date("2024-01-02"), date("2024-01-12")));
    }

    #[test]
    fn the_first_time_it_is_the_last_session_alone() {
        check(&[], &[], &["2024-01-12"]);
    }

    #[test]
    fn missed_nights_are_made_up_for_as_far_as_wanted() {
        check(&[("2024-01-10", 5)], &[], &["2024-01-11", "2024-01-12"]);
        check(&[("2024-01-03", 5)], &[], &["2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12"]);
        check(&[("2024-01-12", 5)], &[], &[]);
    }

    #[test]
    fn what_changed_is_computed_again_from_its_session_on() {
        let stored = [("2024-01-10", 5), ("2024-01-11", 5), ("2024-01-12", 5)];
        for (scope, id) in [("portfolio", 1), ("instrument", 7), ("instrument", 9)] {
            check(&stored, &[(6, scope, id, "2024-01-11")], &["2024-01-11", "2024-01-12"]);
            check(&stored, &[(5, scope, id, "2024-01-11")], &[]);
            check(&stored, &[(6, scope, id, "2024-01-16")], &[]);
        }
        check(&stored, &[(6, "portfolio", 2, "2024-01-11"), (7, "instrument", 8, "2024-01-11")], &[]);
        check(&stored, &[(6, "instrument", 6, "2023-01-03")], &["2024-01-12"]);
    }
}
