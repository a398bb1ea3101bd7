//! When each event takes effect, and which corporate actions happen by themselves.

use std::collections::BTreeSet;

use model::{Actions, Booking, Calendar, Date, Event, InstrumentId, Portfolio, Split};

use crate::LedgerError;

/// An entered dividend or split replaces an automatic one from so many days before it …
const REPLACES_DAYS_BEFORE: i32 = 60;
/// … to so many days after it.
const REPLACES_DAYS_AFTER: i32 = 5;

/// First session a portfolio accounts for: its fixed start, else the date of its first active event, moved to
/// the next session. `None` while it has neither.
pub fn inception(calendar: &Calendar, portfolio: &Portfolio, events: &[Event]) -> Option<Date> {
    let first = || events.iter().filter(|event| event.is_active()).map(|event| event.date).min();
    calendar.on_or_after(portfolio.start.or_else(first)?)
}

/// Active events with the calendar index of the session they take effect on, in the order they are booked:
/// by session, within it by calendar date, within a day as entered.
pub(crate) fn by_session<'a>(
    calendar: &Calendar,
    events: &'a [Event],
    inception: usize,
) -> Result<Vec<(usize, &'a Event)>, LedgerError> {
    let mut scheduled = Vec::with_capacity(events.len());
    for event in events.iter().filter(|event| event.is_active()) {
        let session = calendar.on_or_after(event.date).and_then(|session| calendar.index_of(session));
        let index = session.ok_or(LedgerError::OutsideCalendar(event.date))?;
        scheduled.push((index.max(inception), event));
    }
    scheduled.sort_by_key(|(index, event)| (*index, event.date, event.entry_no));
    Ok(scheduled)
}

/// What happens by itself to an instrument in a portfolio whose user entered some of its dividends and splits:
/// each entered one takes the place of the automatic one of its kind with the nearest ex-date, from 60 days
/// before to 5 days after, one for one, by date and within a day in the order of entry. So a book read out by date and
/// entered again in that order replaces the same ones.
pub fn replaced_actions(automatic: &Actions, events: &[Event], instrument: InstrumentId) -> Actions {
    let mut entered: Vec<&Event> = events
        .iter()
        .filter(|event| event.is_active() && event.booking.instrument() == Some(instrument))
        .collect();
    entered.sort_by_key(|event| (event.date, event.entry_no));
    let mut left = automatic.clone();
    for event in entered {
        match event.booking {
            Booking::Split { .. } => drop_nearest(&mut left.splits, event.date, |split| split.ex_date),
            Booking::Dividend { .. } => drop_nearest(&mut left.dividends, event.date, |paid| paid.ex_date),
            _ => {}
        }
    }
    left
}

/// The corporate actions that move a holding's quantity and older prices by themselves: the automatic ones that
/// were not replaced, and the splits the user entered. Dividends the user entered are booked as events.
pub(crate) fn actions_in_force(automatic: &Actions, events: &[Event], instrument: InstrumentId) -> Actions {
    let mut actions = replaced_actions(automatic, events, instrument);
    for event in events.iter().filter(|event| event.is_active()) {
        match event.booking {
            Booking::Split { instrument: of, ratio } if of == instrument => {
                actions.splits.push(Split { ex_date: event.date, ratio });
            }
            _ => {}
        }
    }
    actions.splits.sort_by_key(|split| split.ex_date);
    actions
}

fn drop_nearest<T>(actions: &mut Vec<T>, entered: Date, ex_date: impl Fn(&T) -> Date) {
    let distance = |action: &T| ex_date(action).days_since(entered);
    let nearest = (0..actions.len())
        .filter(|at| (-REPLACES_DAYS_BEFORE..=REPLACES_DAYS_AFTER).contains(&distance(&actions[*at])))
        .min_by_key(|at| distance(&actions[*at]).abs());
    if let Some(at) = nearest {
        actions.remove(at);
    }
}

/// Instruments for which the user entered a dividend or a split.
pub(crate) fn instruments_with_entered_actions(events: &[Event]) -> BTreeSet<InstrumentId> {
    events
        .iter()
        .filter(|event| event.is_active())
        .filter(|event| matches!(event.booking, Booking::Split { .. } | Booking::Dividend { .. }))
        .filter_map(|event| event.booking.instrument())
        .collect()
}
