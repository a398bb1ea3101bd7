//! Having a symbol of an owner's files stand for another that the market knows.

use std::collections::{BTreeMap, BTreeSet};

use model::{Booking, Event, EventId, InstrumentId, Portfolio, Symbol};
use store::Transaction;

use super::inquiry::Inquiry;
use super::{UnknownSymbols, queue};
use crate::context::{new_identity, pause};
use crate::instruments::{self, Resolved, option_symbol};
use crate::{AppError, Context, events};

/// A symbol that stands for another from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedSymbol {
    /// The symbol.
    pub symbol: Symbol,
    /// What it stands for.
    pub target: Symbol,
    /// The portfolios whose events were entered anew.
    pub portfolios: Vec<String>,
    /// How many events those were.
    pub event_count: usize,
    /// Whether what it stands for is still to be made known.
    pub is_pending: bool,
}

/// Has a symbol of the owner stand for another. Events that name it are voided and entered anew with the other one, and
/// files that name it mean the other one from now on.
///
/// # Errors
/// [`AppError::Invalid`] when either symbol makes no sense here or no provider knows the other one,
/// [`AppError::OnboardingFull`], [`AppError::Store`].
pub async fn map_symbol(
    ctx: &Context,
    symbol: &Symbol,
    target: &Symbol,
    unknown: UnknownSymbols,
) -> Result<MappedSymbol, AppError> {
    let mut inquiry = Inquiry::new(unknown);
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let store = ctx.store()?;
        check(ctx, symbol, target).await?;
        let resolved = instruments::resolve(ctx, std::slice::from_ref(target), &BTreeSet::new()).await?;
        let good = resolved.id(target).expect("invariant: every symbol was resolved");
        let bad = store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?.pop();
        let books = match &bad {
            Some(bad) => books_with(ctx, symbol, bad.id).await?,
            None => Vec::new(),
        };
        let dates = books.iter().flat_map(|(_, events)| events).map(|event| (good, event.date));
        let named: Vec<_> = dates.chain([(good, ctx.clock.now().utc_date())]).collect();
        inquiry.ask(ctx, &resolved, named.iter().copied()).await?;
        if let Some(message) = inquiry.refusal(&resolved, good) {
            return Err(AppError::Invalid { field: "target", message });
        }
        let mut tx = Transaction::new();
        store::mappings::set(&mut tx, &ctx.owner, symbol, target, ctx.clock.now());
        if !resolved.new.is_empty() {
            store::instruments::insert(&mut tx, &resolved.new, ctx.clock.now());
        }
        let pending = enter_anew(ctx, &mut tx, &books, good, &inquiry, &resolved)?;
        let portfolios: Vec<&Portfolio> = books.iter().map(|(portfolio, _)| portfolio).collect();
        if inquiry.onboards() {
            queue::add_to(ctx, &mut tx, &portfolios, &pending).await?;
        }
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(MappedSymbol {
                symbol: symbol.clone(),
                target: target.clone(),
                portfolios: portfolios.iter().map(|portfolio| portfolio.name.clone()).collect(),
                event_count: books.iter().map(|(_, events)| events.len()).sum(),
                is_pending: !pending.is_empty(),
            });
        }
    }
    Err(AppError::Conflict { what: format!("symbol {symbol}") })
}

async fn check(ctx: &Context, symbol: &Symbol, target: &Symbol) -> Result<(), AppError> {
    let refuse = |field, message: &str| Err(AppError::Invalid { field, message: message.to_owned() });
    for (field, named) in [("symbol", symbol), ("target", target)] {
        if option_symbol(named).is_some() || named.is_cash_like() {
            return refuse(field, "options and lines of cash stand for themselves");
        }
    }
    if symbol == target {
        return refuse("target", "a symbol does not stand for itself; name another");
    }
    let store = ctx.store()?;
    let mapped = store::mappings::all(store, &ctx.owner).await?;
    if mapped.contains_key(target) || mapped.values().any(|known| known == symbol) {
        return refuse("target", "a symbol that stands for another cannot be stood for; name the last one");
    }
    let known = store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?;
    let ids: Vec<InstrumentId> = known.iter().map(|instrument| instrument.id).collect();
    let members = store::universe::of_instruments(store, &ids).await?;
    if members.values().any(|member| member.is_active) {
        return refuse("symbol", "the symbol is in the universe and stands for itself");
    }
    Ok(())
}

/// The owner's portfolios that name an instrument, with the events that do.
async fn books_with(
    ctx: &Context,
    symbol: &Symbol,
    instrument: InstrumentId,
) -> Result<Vec<(Portfolio, Vec<Event>)>, AppError> {
    let store = ctx.store()?;
    let holders = store::onboarding::holders(store, symbol).await?;
    let ids: Vec<_> =
        holders.iter().filter(|holder| holder.owner == ctx.owner).map(|holder| holder.portfolio).collect();
    let loaded = store::books::load(store, &ids, i64::MAX).await?;
    let mut events: BTreeMap<_, Vec<Event>> = loaded.events;
    let mut books = Vec::new();
    for stored in loaded.portfolios {
        let mut named = events.remove(&stored.portfolio.id).unwrap_or_default();
        named.retain(|event| event.booking.instrument() == Some(instrument));
        if !named.is_empty() {
            books.push((stored.portfolio, named));
        }
    }
    Ok(books)
}

/// Voids events and enters them anew with another instrument; their keys and imports stay the same. Gives what is still
/// to be made known.
fn enter_anew(
    ctx: &Context,
    tx: &mut Transaction,
    books: &[(Portfolio, Vec<Event>)],
    good: InstrumentId,
    inquiry: &Inquiry,
    resolved: &Resolved,
) -> Result<BTreeMap<Symbol, model::Date>, AppError> {
    let now = ctx.clock.now();
    let (mut all, mut changes) = (Vec::new(), Vec::new());
    for (portfolio, old) in books {
        let renewed = |(at, event): (usize, &Event)| Event {
            id: EventId(new_identity(ctx.clock.as_ref())),
            entry_no: portfolio.last_entry_no + 1 + at as i64,
            booking: with_instrument(event.booking, good),
            entered_at: now,
            ..event.clone()
        };
        let new: Vec<Event> = old.iter().enumerate().map(renewed).collect();
        store::portfolios::touch(tx, portfolio, portfolio.last_entry_no + new.len() as i64);
        old.iter().for_each(|event| store::events::void(tx, event.id, now));
        store::events::insert(tx, portfolio.id, &new);
        if let Some(first) = old.iter().map(events::first_date_affected).min() {
            changes.push(events::change(ctx, portfolio.id, first)?);
        }
        all.extend(new);
    }
    if !changes.is_empty() {
        store::change::append(tx, &changes);
    }
    Ok(inquiry.pending(resolved, &all))
}

const fn with_instrument(booking: Booking, instrument: InstrumentId) -> Booking {
    match booking {
        Booking::Fill { quantity, price, fee, .. } => Booking::Fill { instrument, quantity, price, fee },
        Booking::Dividend { paid, .. } => Booking::Dividend { instrument, paid },
        Booking::Mark { price, .. } => Booking::Mark { instrument, price },
        Booking::Split { ratio, .. } => Booking::Split { instrument, ratio },
        other @ (Booking::Deposit { .. }
        | Booking::Withdrawal { .. }
        | Booking::Fee { .. }
        | Booking::Interest { .. }) => other,
    }
}
