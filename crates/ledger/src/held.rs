//! What a portfolio holds at a close, with what the values of its options follow from.

use model::{Date, Instrument, Money, PriceStatus, Quantity, Quote};
use quant::BlackScholes;

use crate::book::Book;
use crate::holding::Holding;
use crate::{LedgerError, Run, inception};

/// What a portfolio holds at a session's close.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldAt {
    /// The session.
    pub session: Date,
    /// What the portfolio is worth.
    pub equity: Money,
    /// Its cash; negative is borrowed.
    pub cash: Money,
    /// What is held, by symbol.
    pub holdings: Vec<Held>,
}

/// One thing that is held.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What it is.
    pub instrument: Instrument,
    /// Signed units.
    pub quantity: Quantity,
    /// The price it is valued at.
    pub quote: Quote,
    /// `quantity * price * multiplier`, signed; its cost when nothing is known of its price.
    pub market_value: Money,
    /// For an option what its value follows from, or why that is not known.
    pub option: Option<Result<BlackScholes, NoTerms>>,
}

/// Why it is not known what an option's value follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTerms {
    /// It has expired, and the underlying's close of that session is not known.
    NotSettled,
    /// The underlying has no close that could be used.
    NoUnderlyingPrice,
    /// Neither a price of it nor the underlying's returns tell its volatility.
    NoVolatility,
}

/// What a portfolio holds at a session's close, valued as its snapshot of that session is.
///
/// # Convention
/// The volatility of an option is the one its own quote or mark implies at the underlying's close of that day; without
/// such a quote it is that of the model price: implied by its latest fill, else the underlying's own.
///
/// # Errors
/// [`LedgerError`]. `Ok(None)` when the session is before the portfolio's first.
pub fn held_at(run: &Run, session: Date) -> Result<Option<HeldAt>, LedgerError> {
    let index_of = |date: Date| run.calendar.index_of(date).ok_or(LedgerError::OutsideCalendar(date));
    let Some(first) = inception(run.calendar, run.portfolio, run.events) else { return Ok(None) };
    let (first, index) = (index_of(first)?, index_of(session)?);
    if index < first {
        return Ok(None);
    }
    let mut book = Book::new(run, first)?;
    let mut busy = book.busy_sessions();
    // The portfolio begins with its opening equity, whether or not anything else happens on that session.
    busy.insert(first);
    for busy in busy.into_iter().filter(|busy| *busy <= index) {
        book.book_session(busy)?;
    }
    book.value_holdings(index)?;
    let open = book.holdings.iter().filter(|held| !held.lots.quantity().is_zero());
    let holdings = open.map(|held| of_holding(held, index)).collect();
    Ok(Some(HeldAt { session, equity: book.equity, cash: book.cash, holdings }))
}

fn of_holding(held: &Holding, index: usize) -> Held {
    let option = held.contract.as_ref().map(|contract| match held.quote.status {
        PriceStatus::Unpriced if contract.is_over(index) => Err(NoTerms::NotSettled),
        _ => contract.terms_at(index, &held.quote),
    });
    Held {
        instrument: held.instrument.clone(),
        quantity: held.lots.quantity(),
        quote: held.quote,
        market_value: held.value,
        option,
    }
}
