//! Events of a portfolio with the symbols they concern: all of them, a page, or one.

use std::collections::BTreeMap;

use model::{Date, Event, EventId, Instrument, InstrumentId, Symbol};

use crate::{AppError, Context, portfolios};

/// An event with the symbol it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEvent {
    /// The event.
    pub event: Event,
    /// The symbol it concerns.
    pub symbol: Option<Symbol>,
}

/// Where an event stands in the list of a portfolio: its date, then its number in the order of entry.
pub type EventPlace = (Date, i64);

/// Lists the events of a portfolio by date and order of entry, voided ones too.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn list_events(ctx: &Context, portfolio: &str) -> Result<Vec<ListedEvent>, AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    let events = store::events::all(ctx.store()?, stored.portfolio.id).await?;
    let instruments = store::instruments::all(ctx.store()?, &ctx.owner).await?;
    Ok(with_symbols(events, instruments))
}

/// At most `limit` events of a portfolio behind a place in its list, by date and order of entry, voided ones too. An event
/// that is entered meanwhile moves no other to another side of the place.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn events_page(
    ctx: &Context,
    portfolio: &str,
    behind: Option<EventPlace>,
    limit: usize,
) -> Result<Vec<ListedEvent>, AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    let events = store::events::page(ctx.store()?, stored.portfolio.id, behind, limit as i64).await?;
    let mut ids: Vec<InstrumentId> = events.iter().filter_map(|event| event.booking.instrument()).collect();
    ids.sort_unstable();
    ids.dedup();
    let instruments = store::instruments::by_id(ctx.store()?, &ids).await?;
    Ok(with_symbols(events, instruments))
}

/// Makes sure that an event is one of a portfolio.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn check_event(ctx: &Context, portfolio: &str, id: EventId) -> Result<(), AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    match store::events::by_id(ctx.store()?, id).await? {
        Some((owner, _)) if owner == stored.portfolio.id => Ok(()),
        _ => Err(AppError::NotFound { what: "event", name: id.to_string(), hint: "" }),
    }
}

fn with_symbols(events: Vec<Event>, instruments: Vec<Instrument>) -> Vec<ListedEvent> {
    let symbols: BTreeMap<InstrumentId, Symbol> =
        instruments.into_iter().map(|instrument| (instrument.id, instrument.symbol)).collect();
    let listed = events.into_iter().map(|event| {
        let symbol = event.booking.instrument().and_then(|id| symbols.get(&id).cloned());
        ListedEvent { event, symbol }
    });
    listed.collect()
}
