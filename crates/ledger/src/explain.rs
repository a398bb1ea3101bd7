//! One session of a portfolio, term by term.

use model::{Booking, Date, Event, Money, Position, Price, Quantity, Ratio, Snapshot, Symbol};

use crate::book::Action;
use crate::rollforward::roll_to;
use crate::{LedgerError, Run};

/// Something that was booked on the session explained.
#[derive(Clone, Debug, PartialEq)]
pub enum AppliedEvent {
    /// The cash the portfolio began with.
    OpeningEquity(Money),
    /// A split that market data or the user knows of.
    Split {
        /// What was split.
        symbol: Symbol,
        /// New units for old ones.
        ratio: Ratio,
    },
    /// A dividend, credited on what was held before the open.
    Dividend {
        /// The payer.
        symbol: Symbol,
        /// How much.
        paid: model::Payment,
    },
    /// An option that expired, closed at what its right was worth.
    Expiry {
        /// The option.
        symbol: Symbol,
        /// What the right was worth a unit of the underlying.
        worth: Price,
    },
    /// An event of the portfolio.
    Event(Box<Event>),
}

/// A holding's part in the session.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedPosition {
    /// The holding at the close; its quantity is zero when the session closed it.
    pub position: Position,
    /// Units held at the close before.
    pub opening_quantity: Quantity,
    /// Market value at the close before.
    pub opening_value: Money,
    /// Change of its unrealized profit.
    pub unrealized_change: Money,
    /// Profit of what the session closed of it.
    pub realized: Money,
    /// Dividends.
    pub income: Money,
}

/// One session of a portfolio, term by term; the terms add up to the snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Equity at the close before; 0 on the first session.
    pub opening_equity: Money,
    /// Interest, the part of `income` that belongs to no holding.
    pub interest: Money,
    /// The snapshot, as computed now.
    pub snapshot: Snapshot,
    /// Every holding that was open at either close or took part in the session, by symbol.
    pub positions: Vec<ExplainedPosition>,
    /// What was booked, in order.
    pub applied: Vec<AppliedEvent>,
}

/// Explains one session with the code that computes snapshots. `prior` as in [`crate::compute`].
///
/// # Errors
/// [`LedgerError`]. `Ok(None)` when the session is before the portfolio's first.
pub fn explain(
    run: &Run,
    session: Date,
    prior: Option<&Snapshot>,
) -> Result<Option<Explanation>, LedgerError> {
    let Some((mut book, first, last)) = roll_to(run, session, session, prior)? else {
        return Ok(None);
    };
    let mut snapshot = None;
    for index in first..last + 1 {
        book.book_session(index)?;
        book.value_holdings(index)?;
        snapshot = Some(book.snapshot(index)?);
    }
    let Some(snapshot) = snapshot else { return Ok(None) };
    let mut positions = Vec::new();
    for held in &book.holdings {
        let was_open = !held.quantity_before.is_zero() || !held.lots.quantity().is_zero();
        if !was_open && !held.was_traded && held.realized.is_zero() && held.income.is_zero() {
            continue;
        }
        let overflow = |source| LedgerError::Overflow { session, source };
        positions.push(ExplainedPosition {
            position: held.position(book.equity).map_err(overflow)?,
            opening_quantity: held.quantity_before,
            opening_value: held.value_before,
            unrealized_change: held.unrealized.minus(held.unrealized_before).map_err(overflow)?,
            realized: held.realized,
            income: held.income,
        });
    }
    let mut applied = Vec::new();
    if last == book.inception && !run.portfolio.opening_equity.is_zero() {
        applied.push(AppliedEvent::OpeningEquity(run.portfolio.opening_equity));
    }
    for scheduled in book.actions.iter().filter(|action| action.index == last) {
        let held = &book.holdings[scheduled.slot];
        // A total in cash is booked whatever was held.
        let is_total = matches!(scheduled.action, Action::Dividend(model::Payment::Total(_)));
        if held.quantity_before.is_zero() && !is_total {
            continue;
        }
        let symbol = held.instrument.symbol.clone();
        applied.push(match scheduled.action {
            Action::Split(ratio) => AppliedEvent::Split { symbol, ratio },
            Action::Dividend(paid) => AppliedEvent::Dividend { symbol, paid },
        });
    }
    // Dividends and splits that the user entered are listed as such above.
    let is_listed = |event: &Event| matches!(event.booking, Booking::Dividend { .. } | Booking::Split { .. });
    let events = book.events.iter().filter(|(index, event)| *index == last && !is_listed(event));
    applied.extend(events.map(|(_, event)| AppliedEvent::Event(Box::new((*event).clone()))));
    applied.extend(book.holdings.iter().filter_map(|held| {
        let symbol = held.instrument.symbol.clone();
        held.expired_at.map(|worth| AppliedEvent::Expiry { symbol, worth })
    }));
    Ok(Some(Explanation {
        opening_equity: book.equity_before,
        interest: book.terms.interest,
        snapshot,
        positions,
        applied,
    }))
}
