//! Entering, listing and voiding events.

mod listed;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Booking, Calendar, Date, Event, EventId, EventKind, EventSource, Money, Payment, Portfolio, PortfolioId,
    Price, Quantity, Ratio, Symbol,
};
use store::change::Change;
use store::{StoreError, Transaction};

use crate::context::{new_identity, pause};
use crate::instruments::{self, Resolved};
use crate::onboarding::{self, Inquiry, UnknownSymbols};
use crate::portfolios::{self, SCOPE_PORTFOLIO};
use crate::{AppError, Context};

pub use listed::{EventPlace, ListedEvent, check_event, events_page, list_events};

/// An event as a user enters it; which figures are needed depends on its kind.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// On which calendar date.
    pub date: Date,
    /// With which symbol.
    pub symbol: Option<Symbol>,
    /// Units, above zero; the kind says in which direction.
    pub quantity: Option<Quantity>,
    /// Price of one unit; for a dividend the cash for one.
    pub price: Option<Price>,
    /// Money; for a dividend the total, negative for a short.
    pub amount: Option<Money>,
    /// Costs of a fill.
    pub fee: Option<Money>,
    /// New units for old ones of a split.
    pub ratio: Option<Ratio>,
    /// The caller's name for the event; made up when absent.
    pub key: Option<String>,
    /// Free text.
    pub note: Option<String>,
}

/// An event that is in the books now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedEvent {
    /// The event.
    pub event: Event,
    /// The symbol it concerns.
    pub symbol: Option<Symbol>,
    /// Whether it was there already, under the same key.
    pub is_duplicate: bool,
    /// Whether nothing was known of the symbol before.
    pub is_new_symbol: bool,
    /// Whether the symbol was not in the universe, and the providers were asked about it.
    pub is_pending: bool,
}

/// The longest key and note, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// Enters an event. The same key and content twice is one event.
///
/// # Errors
/// As [`enter_event`].
pub async fn add_event(ctx: &Context, portfolio: &str, new: &NewEvent) -> Result<AddedEvent, AppError> {
    enter_event(ctx, portfolio, new, UnknownSymbols::Taken).await
}

/// The same, with what becomes of a symbol that is not in the universe.
///
/// # Errors
/// [`AppError::Invalid`] naming the option, [`AppError::KeyReused`], [`AppError::BeforeInception`],
/// [`AppError::OutsideCalendar`], [`AppError::OnboardingFull`].
pub async fn enter_event(
    ctx: &Context,
    portfolio: &str,
    new: &NewEvent,
    unknown: UnknownSymbols,
) -> Result<AddedEvent, AppError> {
    check_texts(new)?;
    let mut inquiry = Inquiry::new(unknown);
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let stored = portfolios::load(ctx, portfolio).await?;
        let resolved = instruments::resolve(ctx, new.symbol.as_slice(), &BTreeSet::new()).await?;
        check_option(ctx, new, &resolved)?;
        let booking = booking(new, &resolved)?;
        portfolios::check_dates(ctx, &stored.portfolio, [new.date]).await?;
        let event = event_of(ctx, &stored.portfolio, new, booking);
        let symbol = new.symbol.clone();
        if let Some(event) = known_by_key(ctx, stored.portfolio.id, &event).await? {
            return Ok(AddedEvent {
                event,
                symbol,
                is_duplicate: true,
                is_new_symbol: false,
                is_pending: false,
            });
        }
        let pending = pending(ctx, &mut inquiry, &resolved, &event).await?;
        let (is_new_symbol, is_pending) = (!resolved.new.is_empty(), !pending.is_empty());
        let mut tx = Transaction::new();
        add_to(ctx, &mut tx, &stored.portfolio, &resolved, std::slice::from_ref(&event))?;
        if inquiry.onboards() && is_pending {
            onboarding::add_to_queue(ctx, &mut tx, &[&stored.portfolio], &pending).await?;
        }
        if recorded(ctx.store()?.record(tx).await)? {
            return Ok(AddedEvent { event, symbol, is_duplicate: false, is_new_symbol, is_pending });
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {portfolio:?}") })
}

fn event_of(ctx: &Context, portfolio: &Portfolio, new: &NewEvent, booking: Booking) -> Event {
    let id = new_identity(ctx.clock.as_ref());
    Event {
        id: EventId(id),
        entry_no: portfolio.last_entry_no + 1,
        date: new.date,
        booking,
        key: new.key.clone().unwrap_or_else(|| format!("event-{id}")),
        source: EventSource::User,
        batch: None,
        note: new.note.clone(),
        entered_at: ctx.clock.now(),
        voided_at: None,
    }
}

/// Has the providers asked about the symbol of an event that is not in the universe. Gives what is to be made known.
///
/// # Errors
/// [`AppError::Invalid`] when they say that there is no such symbol. What the books name already may be sold and mended
/// though nobody knows it any more; and a price by hand is what is given to a symbol that nobody knows.
async fn pending(
    ctx: &Context,
    inquiry: &mut Inquiry,
    resolved: &Resolved,
    event: &Event,
) -> Result<BTreeMap<Symbol, Date>, AppError> {
    let asked = event.booking.instrument().filter(|_| event.booking.kind() != EventKind::Mark);
    let Some(instrument) = asked else { return Ok(BTreeMap::new()) };
    inquiry.ask(ctx, resolved, [(instrument, event.date)]).await?;
    let Some(message) = inquiry.refusal(resolved, instrument) else {
        return Ok(inquiry.pending(resolved, std::slice::from_ref(event)));
    };
    match store::private_symbols::named_by(ctx.store()?, &ctx.owner, &[instrument]).await?.is_empty() {
        true => Err(AppError::Invalid { field: "symbol", message }),
        false => Ok(BTreeMap::new()),
    }
}

async fn known_by_key(
    ctx: &Context,
    portfolio: PortfolioId,
    event: &Event,
) -> Result<Option<Event>, AppError> {
    let keys = std::slice::from_ref(&event.key);
    match store::events::by_key(ctx.store()?, portfolio, keys).await?.remove(&event.key) {
        Some(known) if known.same_content(event) => Ok(Some(known)),
        Some(_) => Err(AppError::KeyReused { key: event.key.clone() }),
        None => Ok(None),
    }
}

/// Adds events of a portfolio, and the instruments they meet first, to a transaction.
pub(crate) fn add_to(
    ctx: &Context,
    tx: &mut Transaction,
    portfolio: &Portfolio,
    resolved: &Resolved,
    events: &[Event],
) -> Result<(), AppError> {
    let last_entry_no = portfolio.last_entry_no + events.len() as i64;
    store::portfolios::touch(tx, portfolio, last_entry_no);
    if !resolved.new.is_empty() {
        store::instruments::insert(tx, &ctx.owner, &resolved.new, ctx.clock.now());
    }
    store::events::insert(tx, portfolio.id, events);
    note_change(ctx, tx, portfolio.id, events)
}

/// Notes in a transaction that events came into the books of a portfolio or left them.
pub(crate) fn note_change(
    ctx: &Context,
    tx: &mut Transaction,
    portfolio: PortfolioId,
    events: &[Event],
) -> Result<(), AppError> {
    if let Some(first) = events.iter().map(first_date_affected).min() {
        store::change::append(tx, &[change(ctx, portfolio, first)?]);
    }
    Ok(())
}

/// Whether a transaction got through; a lost race is `false`, everything else an error.
pub(crate) fn recorded(result: Result<store::Recorded, StoreError>) -> Result<bool, AppError> {
    match result {
        Ok(_) => Ok(true),
        Err(StoreError::Guard { .. } | StoreError::Constraint { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The first date whose figures an event can change: a dividend or split of the user takes the place of an automatic
/// one, which may make way for another, and so on back to the first.
pub(crate) fn first_date_affected(event: &Event) -> Date {
    match event.booking {
        Booking::Dividend { .. } | Booking::Split { .. } => Calendar::xnys().first(),
        _ => event.date,
    }
}

/// What changes from the session on that a date takes effect on.
pub(crate) fn change(ctx: &Context, portfolio: PortfolioId, date: Date) -> Result<Change, AppError> {
    let session = ctx.calendar.on_or_after(date).ok_or_else(|| portfolios::outside_calendar(ctx, date))?;
    Ok(Change {
        seq: 0,
        scope: SCOPE_PORTFOLIO.to_owned(),
        scope_id: portfolio.0,
        first_session: i64::from(session.epoch_days()),
    })
}

/// Takes an event out of the books; it stays on record. Its key may be used again.
///
/// # Errors
/// [`AppError::NotFound`] when the owner has no such event, [`AppError::AlreadyVoided`].
pub async fn void_event(ctx: &Context, id: EventId) -> Result<Event, AppError> {
    let unknown = || AppError::NotFound {
        what: "event",
        name: id.to_string(),
        hint: "; `daybook event list NAME` shows the ids",
    };
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let (portfolio, event) = store::events::by_id(ctx.store()?, id).await?.ok_or_else(unknown)?;
        let owned = store::portfolios::of_owner(ctx.store()?, &ctx.owner).await?;
        let stored = owned.into_iter().find(|stored| stored.portfolio.id == portfolio).ok_or_else(unknown)?;
        if let Some(at) = event.voided_at {
            return Err(AppError::AlreadyVoided { id: id.0, at });
        }
        let mut tx = Transaction::new();
        store::portfolios::touch(&mut tx, &stored.portfolio, stored.portfolio.last_entry_no);
        store::events::void(&mut tx, id, ctx.clock.now());
        store::change::append(&mut tx, &[change(ctx, portfolio, first_date_affected(&event))?]);
        if recorded(ctx.store()?.record(tx).await)? {
            return Ok(event);
        }
    }
    Err(AppError::Conflict { what: format!("event {id}") })
}

fn check_texts(new: &NewEvent) -> Result<(), AppError> {
    for (field, text) in [("key", &new.key), ("note", &new.note)] {
        if let Some(text) = text
            && (text.len() > TEXT_BYTES_MAX
                || text.chars().any(char::is_control)
                || (field == "key" && text.is_empty()))
        {
            let message = format!("a {field} has 1 to {TEXT_BYTES_MAX} bytes and no control characters");
            return Err(AppError::Invalid { field, message });
        }
    }
    Ok(())
}

/// Builds the booking of an event, asking for what its kind needs and refusing what it has no use for.
fn booking(new: &NewEvent, resolved: &Resolved) -> Result<Booking, AppError> {
    refuse_useless(new)?;
    let kind = new.kind;
    let amount = || new.amount.ok_or_else(|| needed(kind, "amount"));
    let instrument = || {
        let symbol = new.symbol.as_ref().ok_or_else(|| needed(kind, "symbol"))?;
        Ok::<_, AppError>(resolved.id(symbol).expect("invariant: every symbol was resolved"))
    };
    Ok(match kind {
        EventKind::Deposit => Booking::Deposit { amount: positive(kind, amount()?)? },
        EventKind::Withdrawal => Booking::Withdrawal { amount: positive(kind, amount()?)? },
        EventKind::Fee => Booking::Fee { amount: amount()? },
        EventKind::Interest => Booking::Interest { amount: amount()? },
        EventKind::Buy | EventKind::Sell => Booking::Fill {
            instrument: instrument()?,
            quantity: signed_quantity(new)?,
            price: price(new)?,
            fee: new.fee.unwrap_or(Money::ZERO),
        },
        EventKind::Dividend => {
            let paid = match (new.amount, new.price) {
                (Some(amount), None) => Payment::Total(amount),
                (None, Some(_)) => Payment::PerUnit(price(new)?),
                _ => {
                    let message =
                        "a dividend takes either --amount, the total, or --price, the cash for one unit";
                    return Err(AppError::Invalid { field: "amount", message: message.to_owned() });
                }
            };
            Booking::Dividend { instrument: instrument()?, paid }
        }
        EventKind::Mark => Booking::Mark { instrument: instrument()?, price: price(new)? },
        EventKind::Split => Booking::Split {
            instrument: instrument()?,
            ratio: new.ratio.ok_or_else(|| needed(kind, "ratio"))?,
        },
    })
}

/// Refuses what would happen to an option after it has expired, and a split of its own.
fn check_option(ctx: &Context, new: &NewEvent, resolved: &Resolved) -> Result<(), AppError> {
    let instrument = new.symbol.as_ref().and_then(|symbol| resolved.by_symbol.get(symbol));
    let Some(terms) = instrument.and_then(|instrument| instrument.option) else { return Ok(()) };
    if instruments::is_after_expiry(ctx, new.date, terms.expiration) {
        let message = format!("the option expired on {}; nothing happens to it after that", terms.expiration);
        return Err(AppError::Invalid { field: "date", message });
    }
    if new.kind == EventKind::Split {
        let message = "an option is split with its underlying; enter the split of that".to_owned();
        return Err(AppError::Invalid { field: "symbol", message });
    }
    Ok(())
}

fn needed(kind: EventKind, field: &'static str) -> AppError {
    AppError::Invalid { field, message: format!("a {kind} needs --{field}") }
}

/// Refuses figures that an event of this kind has no use for, since they may be meant for another kind.
fn refuse_useless(new: &NewEvent) -> Result<(), AppError> {
    let kind = new.kind;
    let given = [
        ("symbol", new.symbol.is_some()),
        ("quantity", new.quantity.is_some()),
        ("price", new.price.is_some()),
        ("amount", new.amount.is_some()),
        ("fee", new.fee.is_some()),
        ("ratio", new.ratio.is_some()),
    ];
    let useful: &[&str] = match kind {
        EventKind::Deposit | EventKind::Withdrawal | EventKind::Fee | EventKind::Interest => &["amount"],
        EventKind::Buy | EventKind::Sell => &["symbol", "quantity", "price", "fee"],
        EventKind::Dividend => &["symbol", "price", "amount"],
        EventKind::Mark => &["symbol", "price"],
        EventKind::Split => &["symbol", "ratio"],
    };
    match given.iter().find(|(field, is_given)| *is_given && !useful.contains(field)) {
        Some((field, _)) => {
            let message = format!("a {kind} takes no --{field}; it takes --{}", useful.join(" --"));
            Err(AppError::Invalid { field, message })
        }
        None => Ok(()),
    }
}

fn positive(kind: EventKind, amount: Money) -> Result<Money, AppError> {
    if amount.signum() > 0 {
        return Ok(amount);
    }
    let message = format!("the amount of a {kind} is above zero; the kind says which way it goes");
    Err(AppError::Invalid { field: "amount", message })
}

/// A price given by a user; zero is possible, as for shares received as a gift.
fn price(new: &NewEvent) -> Result<Price, AppError> {
    let price = new.price.ok_or_else(|| needed(new.kind, "price"))?;
    if price.signum() >= 0 {
        return Ok(price);
    }
    let message = format!("the price of a {} is not negative", new.kind);
    Err(AppError::Invalid { field: "price", message })
}

fn signed_quantity(new: &NewEvent) -> Result<Quantity, AppError> {
    let invalid = |message: String| AppError::Invalid { field: "quantity", message };
    let quantity = new.quantity.ok_or_else(|| needed(new.kind, "quantity"))?;
    if quantity.signum() <= 0 {
        return Err(invalid("a quantity is above zero; buy and sell say which way it goes".to_owned()));
    }
    match new.kind {
        EventKind::Sell => quantity.negated().map_err(|error| invalid(error.to_string())),
        _ => Ok(quantity),
    }
}
