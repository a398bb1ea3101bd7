//! Rolling a portfolio forward from session to session.

use model::{Calendar, Date, Event, InstrumentId, Portfolio, Position, Snapshot};

use crate::book::Book;
use crate::holding::Holding;
use crate::{LedgerError, Market, Rules, inception};

/// Everything a portfolio's figures follow from.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The exchange calendar.
    pub calendar: &'a Calendar,
    /// The portfolio.
    pub portfolio: &'a Portfolio,
    /// All of its events, in any order; voided ones are left out here.
    pub events: &'a [Event],
    /// Every instrument its events name, with prices and corporate actions.
    pub market: &'a Market,
    /// The settings that snapshots depend on.
    pub rules: &'a Rules,
}

/// What a portfolio's events and prices give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// One snapshot for each session, in order, none left out.
    pub snapshots: Vec<Snapshot>,
    /// Open positions at the last of them, by symbol.
    pub positions: Vec<Position>,
}

/// Computes every session from `from` (or inception, if that is later) to `through`.
///
/// `prior` is the stored snapshot of the session before `from`; without it the computation begins at inception,
/// whatever `from` says.
///
/// # Errors
/// [`LedgerError`]; nothing of the result may be published then. [`LedgerError::PriorDiffers`] says that `prior`
/// is out of date.
pub fn compute(
    run: &Run,
    from: Date,
    through: Date,
    prior: Option<&Snapshot>,
) -> Result<Computed, LedgerError> {
    let Some((mut book, first, last)) = roll_to(run, from, through, prior)? else {
        return Ok(Computed::default());
    };
    let mut snapshots = Vec::with_capacity(last + 1 - first);
    for index in first..last + 1 {
        book.book_session(index)?;
        book.value_holdings(index)?;
        snapshots.push(book.snapshot(index)?);
    }
    let positions = book.positions(through)?;
    Ok(Computed { snapshots, positions })
}

/// The instruments a portfolio holds after all of its events and corporate actions, whatever their prices; of an
/// option its underlying as well.
///
/// # Errors
/// [`LedgerError`].
pub fn held_after_all_events(run: &Run) -> Result<Vec<InstrumentId>, LedgerError> {
    let Some(start) = inception(run.calendar, run.portfolio, run.events) else {
        return Ok(Vec::new());
    };
    let start = run.calendar.index_of(start).ok_or(LedgerError::OutsideCalendar(start))?;
    let mut book = Book::new(run, start)?;
    for index in book.busy_sessions() {
        book.book_session(index)?;
    }
    let open = book.holdings.iter().filter(|held| !held.lots.quantity().is_zero());
    let with_underlying = |held: &Holding| {
        let underlying = held.instrument.option.map(|terms| terms.underlying);
        [Some(held.instrument.id), underlying].into_iter().flatten()
    };
    Ok(open.flat_map(with_underlying).collect())
}

/// A book rolled up to just before the first session asked for, with the calendar indices of the first and the
/// last; `None` when there is no session to compute.
pub(crate) fn roll_to<'a>(
    run: &'a Run<'a>,
    from: Date,
    through: Date,
    prior: Option<&Snapshot>,
) -> Result<Option<(Book<'a>, usize, usize)>, LedgerError> {
    let index_of = |date: Date| run.calendar.index_of(date).ok_or(LedgerError::OutsideCalendar(date));
    let Some(start) = inception(run.calendar, run.portfolio, run.events) else {
        return Ok(None);
    };
    let (start, last) = (index_of(start)?, index_of(through)?);
    let first = match prior {
        Some(prior) => start.max(index_of(prior.session)? + 1),
        None => start,
    };
    if first > last || index_of(from)? > last {
        return Ok(None);
    }
    let mut book = Book::new(run, start)?;
    for index in start..first {
        book.book_session(index)?;
    }
    if let Some(prior) = prior.filter(|_| first > start) {
        book.value_holdings(first - 1)?;
        book.resume_from(prior)?;
    }
    Ok(Some((book, first, last)))
}
