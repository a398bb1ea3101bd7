//! Having a symbol of an owner's files stand for another that the market knows.

use std::collections::{BTreeMap, BTreeSet};

use model::{Booking, Date, Event, EventId, Instrument, InstrumentId, Portfolio, Symbol};
use store::{Transaction, private_symbols};

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
        let known = check(ctx, symbol, target).await?;
        let books = match &known {
            Some(known) => Books::naming(ctx, known, target).await?,
            None => Books::default(),
        };
        let targets: Vec<Symbol> = [target].into_iter().chain(books.stood_for.values()).cloned().collect();
        let resolved = instruments::resolve(ctx, &targets, &BTreeSet::new()).await?;
        let today = resolved.id(target).map(|good| (good, ctx.clock.now().utc_date()));
        let named: Vec<_> = books.named(&resolved).chain(today).collect();
        inquiry.ask(ctx, &resolved, named.iter().copied()).await?;
        if let Some(message) = named.iter().find_map(|(id, _)| inquiry.refusal(&resolved, *id)) {
            return Err(AppError::Invalid { field: "target", message });
        }
        let mut tx = Transaction::new();
        store::mappings::set(&mut tx, &ctx.owner, symbol, target, ctx.clock.now());
        if !resolved.new.is_empty() {
            store::instruments::insert(&mut tx, &ctx.owner, &resolved.new, ctx.clock.now());
        }
        let pending = enter_anew(ctx, &mut tx, &books, &inquiry, &resolved)?;
        let portfolios: Vec<&Portfolio> = books.portfolios.iter().map(|(portfolio, _)| portfolio).collect();
        if inquiry.onboards() {
            queue::add_to(ctx, &mut tx, &portfolios, &pending).await?;
        }
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(MappedSymbol {
                symbol: symbol.clone(),
                target: target.clone(),
                portfolios: portfolios.iter().map(|portfolio| portfolio.name.clone()).collect(),
                event_count: books.portfolios.iter().map(|(_, events)| events.len()).sum(),
                is_pending: !pending.is_empty(),
            });
        }
    }
    Err(AppError::Conflict { what: format!("symbol {symbol}") })
}

/// Refuses symbols that make no sense here. Gives what the owner has meant by the symbol so far.
async fn check(ctx: &Context, symbol: &Symbol, target: &Symbol) -> Result<Option<Instrument>, AppError> {
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
    let known = private_symbols::known_to(store, &ctx.owner, std::slice::from_ref(symbol)).await?;
    let known = known.get(symbol).cloned();
    let ids: Vec<InstrumentId> = known.iter().map(|instrument| instrument.id).collect();
    let members = store::universe::of_instruments(store, &ids).await?;
    if members.values().any(|member| member.is_active) {
        return refuse("symbol", "the symbol is in the universe and stands for itself");
    }
    Ok(known)
}

/// The owner's portfolios that name an instrument or options on it, with the events that do.
#[derive(Default)]
struct Books {
    portfolios: Vec<(Portfolio, Vec<Event>)>,
    /// What the instrument and its options stand for.
    stood_for: BTreeMap<InstrumentId, Symbol>,
}

impl Books {
    async fn naming(ctx: &Context, known: &Instrument, target: &Symbol) -> Result<Books, AppError> {
        let store = ctx.store()?;
        let owned = store::portfolios::of_owner(store, &ctx.owner).await?;
        let owned: Vec<_> = owned.iter().map(|stored| stored.portfolio.id).collect();
        let ids = store::onboarding::books_naming(store, &owned, known.id).await?;
        let loaded = store::books::load(store, &ids, i64::MAX).await?;
        let mut stood_for = BTreeMap::from([(known.id, target.clone())]);
        let options = loaded
            .instruments
            .iter()
            .filter(|found| found.option.is_some_and(|terms| terms.underlying == known.id));
        for option in options {
            let terms = option_symbol(&option.symbol).expect("invariant: an option goes by an option symbol");
            stood_for.insert(option.id, instruments::on_other(&terms, target)?);
        }
        let mut events: BTreeMap<_, Vec<Event>> = loaded.events;
        let mut portfolios = Vec::new();
        for stored in loaded.portfolios {
            let mut named = events.remove(&stored.portfolio.id).unwrap_or_default();
            named.retain(|event| event.booking.instrument().is_some_and(|id| stood_for.contains_key(&id)));
            if !named.is_empty() {
                portfolios.push((stored.portfolio, named));
            }
        }
        Ok(Books { portfolios, stood_for })
    }

    /// What an event names from now on.
    fn good(&self, resolved: &Resolved, event: &Event) -> Option<InstrumentId> {
        resolved.id(self.stood_for.get(&event.booking.instrument()?)?)
    }

    /// What events name from now on, with their dates.
    fn named(&self, resolved: &Resolved) -> impl Iterator<Item = (InstrumentId, Date)> {
        let events = self.portfolios.iter().flat_map(|(_, events)| events);
        events.filter_map(|event| Some((self.good(resolved, event)?, event.date)))
    }
}

/// Voids events and enters them anew with what their instruments stand for; their keys and imports stay the same. Gives what
/// is still to be made known.
fn enter_anew(
    ctx: &Context,
    tx: &mut Transaction,
    books: &Books,
    inquiry: &Inquiry,
    resolved: &Resolved,
) -> Result<BTreeMap<Symbol, Date>, AppError> {
    let now = ctx.clock.now();
    let (mut all, mut changes) = (Vec::new(), Vec::new());
    for (portfolio, old) in &books.portfolios {
        let renewed = |(at, event): (usize, &Event)| Event {
            id: EventId(new_identity(ctx.clock.as_ref())),
            entry_no: portfolio.last_entry_no + 1 + at as i64,
            booking: books
                .good(resolved, event)
                .map_or(event.booking, |good| with_instrument(event.booking, good)),
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
