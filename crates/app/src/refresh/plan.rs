//! Which sessions of a portfolio are to be computed. Pure.

use std::collections::BTreeMap;

use model::{Calendar, Date, Event, InstrumentId};
use store::change::Change;
use store::portfolios::StoredPortfolio;

use crate::fetch::SCOPE_INSTRUMENT;
use crate::portfolios::SCOPE_PORTFOLIO;

/// What is to be computed of one portfolio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It has no event and no start, so there is nothing to compute.
    NotBegun,
    /// It has no session up to the end.
    BeginsLater(Date),
    /// Everything is as it should be.
    UpToDate,
    /// Sessions from `from` to `through`, both included.
    Compute {
        /// First session to compute.
        from: Date,
        /// Last session to compute.
        through: Date,
    },
}

/// A portfolio's work, and the stored snapshots that have no place any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is to be computed.
    pub work: Work,
    /// First session of the books.
    pub inception: Option<Date>,
    /// Sessions of stored snapshots before the first session.
    pub obsolete: Vec<Date>,
}

/// Everything a plan follows from.
pub struct Known<'a> {
    pub calendar: &'a Calendar,
    pub stored: &'a StoredPortfolio,
    pub events: &'a [Event],
    /// The instruments its events name, and the underlyings of their options, with the date of the first such event.
    pub first_named: &'a BTreeMap<InstrumentId, Date>,
    /// First and last stored snapshot.
    pub ends: Option<(Date, Date)>,
    /// What changed, from the portfolio's last computation on or earlier.
    pub changes: &'a [Change],
    /// Hash of the settings of now.
    pub rules: &'a str,
    /// Last session wanted.
    pub to: Date,
    /// Compute again from this date on.
    pub forced_from: Option<Date>,
}

/// Plans a portfolio: sessions are computed in order with none left out, from the first that anything changed on.
/// Stored snapshots after `to` are computed again with the others, so that none goes on standing on old figures.
pub fn plan(known: &Known) -> Plan {
    let inception = ledger::inception(known.calendar, &known.stored.portfolio, known.events);
    let Some(first) = inception else {
        let obsolete =
            known.ends.map_or(Vec::new(), |(first, last)| known.calendar.between(first, last).to_vec());
        return Plan { work: Work::NotBegun, inception, obsolete };
    };
    let obsolete = match known.ends {
        Some((oldest, last)) if oldest < first => {
            known.calendar.between(oldest, last.min(first.plus_days(-1))).to_vec()
        }
        _ => Vec::new(),
    };
    let through = known.ends.map_or(known.to, |(_, last)| last.max(known.to));
    if first > through {
        return Plan { work: Work::BeginsLater(first), inception, obsolete };
    }
    let from = first_due(known, first).max(first);
    let work = if from > through { Work::UpToDate } else { Work::Compute { from, through } };
    Plan { work, inception, obsolete }
}

fn first_due(known: &Known, inception: Date) -> Date {
    let Some((oldest, newest)) = known.ends else { return inception };
    if known.stored.computed_rules != known.rules || oldest != inception {
        return inception;
    }
    let next = known.calendar.next(newest).unwrap_or(newest.plus_days(1));
    // What happened to an instrument before the first event that names it changes nothing of the portfolio.
    let first_affected = |change: &Change| {
        let first = i32::try_from(change.first_session).ok().map(Date::from_epoch_days)?;
        match change.scope.as_str() {
            SCOPE_PORTFOLIO if change.scope_id == known.stored.portfolio.id.0 => Some(first),
            SCOPE_INSTRUMENT => {
                known.first_named.get(&InstrumentId(change.scope_id)).map(|named| first.max(*named))
            }
            _ => None,
        }
    };
    let changed = known
        .changes
        .iter()
        .filter(|change| change.seq > known.stored.computed_seq)
        .filter_map(first_affected);
    let first = changed.chain(known.forced_from).chain([next]).min().unwrap_or(next);
    known.calendar.on_or_after(first).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use model::{Currency, LotMethod, Money, Portfolio, PortfolioId, Timestamp};

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// Plans a portfolio that starts on 2024-01-02, with snapshots to `newest`, through 2024-01-12.
    fn check(
        newest: Option<&str>,
        changes: &[(i64, &str, &str)],
        forced: Option<&str>,
        expected: Option<(&str, &str)>,
    ) {
        let stored = StoredPortfolio {
            portfolio: Portfolio {
                id: PortfolioId(1),
                owner: "local".into(),
                name: "Book".into(),
                currency: Currency::USD,
                lot_method: LotMethod::Fifo,
                opening_equity: Money::ZERO,
                start: Some(date("2024-01-01")),
                revision: 3,
                last_entry_no: 0,
                created_at: Timestamp::from_epoch_micros(0),
            },
            computed_seq: 10,
            computed_no: 1,
            computed_rules: "rules".into(),
        };
        let changes: Vec<Change> = changes
            .iter()
            .map(|(seq, scope, first)| Change {
                seq: *seq,
                scope: (*scope).to_owned(),
                scope_id: 1,
                first_session: i64::from(date(first).epoch_days()),
            })
            .collect();
        let known = Known {
            calendar: Calendar::xnys(),
            stored: &stored,
            events: &[],
            first_named: &BTreeMap::new(),
            ends: newest.map(|newest| (date("2024-01-02"), date(newest))),
            changes: &changes,
            rules: "rules",
            to: date("2024-01-12"),
            forced_from: forced.map(date),
        };
        let work = expected.map_or(Work::UpToDate, |(from, through)| Work::Compute {
            from: date(from),
            through: date(through),
        });
        assert_eq!(plan(&known).work, work);
    }

    #[test]
    fn a_portfolio_without_snapshots_is_computed_from_its_first_session() {
        check(None, &[], None, Some(("2024-01-02", "2024-01-12")));
    }

    #[test]
    fn nights_that_were_missed_are_all_made_up() {
        check(Some("2024-01-05"), &[], None, Some(("2024-01-08", "2024-01-12")));
        check(Some("2024-01-12"), &[], None, None);
    }

    #[test]
    fn a_change_dirties_from_its_session_unless_it_was_seen() {
        check(
            Some("2024-01-12"),
            &[(11, "portfolio", "2024-01-04")],
            None,
            Some(("2024-01-04", "2024-01-12")),
        );
        check(Some("2024-01-12"), &[(10, "portfolio", "2024-01-04")], None, None);
        check(Some("2024-01-12"), &[(11, "instrument", "2024-01-04")], None, None);
        check(Some("2024-01-12"), &[(11, "portfolio", "2024-02-01")], None, None);
    }

    #[test]
    fn snapshots_after_the_end_do_not_go_stale() {
        check(
            Some("2024-01-19"),
            &[(11, "portfolio", "2024-01-16")],
            None,
            Some(("2024-01-16", "2024-01-19")),
        );
    }

    #[test]
    fn a_forced_start_is_moved_to_a_session_and_not_before_the_first() {
        check(Some("2024-01-12"), &[], Some("2024-01-06"), Some(("2024-01-08", "2024-01-12")));
        check(Some("2024-01-12"), &[], Some("2020-01-06"), Some(("2024-01-02", "2024-01-12")));
    }
}
