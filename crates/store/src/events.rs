//! Events, the truth that everything else is derived from.

use std::collections::BTreeMap;

use model::{
    BatchId, Booking, Date, Event, EventId, EventKind, InstrumentId, Money, Payment, PortfolioId, Price,
    Quantity, Ratio, Timestamp,
};

use crate::store::Store;
use crate::stored::{date, days, instant, invalid, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Active events of portfolios.
    EVENTS_ACTIVE: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE portfolio_id IN {ids:$1} AND voided_at IS NULL \
        ORDER BY portfolio_id, event_date, entry_no",
        params [int],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// All events of one portfolio, voided ones too.
    EVENTS_ALL: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE portfolio_id = $1 ORDER BY event_date, entry_no",
        params [int],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// Events of one portfolio behind a place in their order, voided ones too.
    EVENTS_PAGE: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE portfolio_id = $1 AND (event_date, entry_no) > ($2, $3) \
        ORDER BY event_date, entry_no LIMIT $4",
        params [int, int, int, int],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// One event.
    EVENT_BY_ID: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE id = $1",
        params [int],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// Active events of a portfolio by their keys.
    EVENTS_BY_KEY: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE portfolio_id = $1 AND key IN {texts:$2} AND voided_at IS NULL ORDER BY entry_no",
        params [int, text],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// Adds events.
    EVENT_INSERT: "INSERT INTO event (id, portfolio_id, entry_no, kind, event_date, instrument_id, quantity, \
            price, amount, fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at) \
        SELECT r.id, r.portfolio_id, r.entry_no, r.kind, r.event_date, r.instrument_id, r.quantity, r.price, \
            r.amount, r.fee, r.ratio_new, r.ratio_old, r.key, r.source, r.batch_id, r.note, r.entered_at \
        FROM {rows: id, portfolio_id, entry_no, kind, event_date, instrument_id, quantity, price, amount, fee, \
            ratio_new, ratio_old, key, source, batch_id, note, entered_at} r",
        params [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int],
        columns [];
    /// Takes an event out of the books, once.
    EVENT_VOID: "UPDATE event SET voided_at = $2 WHERE id = $1 AND voided_at IS NULL",
        params [int, int], columns [];
    /// Active events of an import.
    EVENTS_OF_BATCH: "SELECT portfolio_id, id, entry_no, kind, event_date, instrument_id, quantity, price, amount, \
            fee, ratio_new, ratio_old, key, source, batch_id, note, entered_at, voided_at \
        FROM event WHERE batch_id = $1 AND voided_at IS NULL ORDER BY entry_no",
        params [int],
        columns [int, int, int, text, int, int?, int?, int?, int?, int?, int?, int?, text, text, int?, text?, int,
            int?];
    /// Takes all events of an import out of the books.
    EVENTS_VOID_BATCH: "UPDATE event SET voided_at = $2 WHERE batch_id = $1 AND voided_at IS NULL",
        params [int, int], columns [];
    /// Drops the events of one portfolio, voided ones too.
    EVENT_DELETE_ALL: "DELETE FROM event WHERE portfolio_id = $1",
        params [int], columns [];
    /// Drops the imports of one portfolio.
    BATCH_DELETE_ALL: "DELETE FROM batch WHERE portfolio_id = $1",
        params [int], columns [];
}

/// All events of one portfolio, voided ones too, by date and order of entry.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store, portfolio: PortfolioId) -> Result<Vec<Event>, StoreError> {
    let tables = store.load(vec![Query::new(&EVENTS_ALL, vec![portfolio.0.into()])]).await?;
    Ok(read(&tables[0])?.into_iter().map(|(_, event)| event).collect())
}

/// Events of one portfolio by date and order of entry, voided ones too: at most `limit` of those behind a place.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    store: &Store,
    portfolio: PortfolioId,
    behind: Option<(Date, i64)>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let (date, entry_no) = behind.map_or((i64::MIN, i64::MIN), |(date, entry_no)| (days(date), entry_no));
    let values = vec![portfolio.0.into(), date.into(), entry_no.into(), limit.into()];
    let tables = store.load(vec![Query::new(&EVENTS_PAGE, values)]).await?;
    Ok(read(&tables[0])?.into_iter().map(|(_, event)| event).collect())
}

/// One event and the portfolio it belongs to.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: EventId) -> Result<Option<(PortfolioId, Event)>, StoreError> {
    let tables = store.load(vec![Query::new(&EVENT_BY_ID, vec![id.0.into()])]).await?;
    Ok(read(&tables[0])?.pop())
}

/// Active events of a portfolio by their keys.
///
/// # Errors
/// [`StoreError`].
pub async fn by_key(
    store: &Store,
    portfolio: PortfolioId,
    keys: &[String],
) -> Result<BTreeMap<String, Event>, StoreError> {
    let query = Query::new(&EVENTS_BY_KEY, vec![portfolio.0.into(), keys.into()]);
    let events = read(&store.load(vec![query]).await?[0])?;
    Ok(events.into_iter().map(|(_, event)| (event.key.clone(), event)).collect())
}

pub(crate) fn of_batch(batch: BatchId) -> Query {
    Query::new(&EVENTS_OF_BATCH, vec![batch.0.into()])
}

pub(crate) fn active(portfolios: Vec<i64>) -> Query {
    Query::new(&EVENTS_ACTIVE, vec![portfolios.into()])
}

pub(crate) fn read(table: &Table) -> Result<Vec<(PortfolioId, Event)>, StoreError> {
    (0..table.len())
        .map(|row| {
            let event = Event {
                id: EventId(table.int(1)[row]),
                entry_no: table.int(2)[row],
                date: date(table.int(4)[row])?,
                booking: booking(table, row)?,
                key: table.text(12)[row].clone(),
                source: parse("event source", &table.text(13)[row])?,
                batch: table.int_null(14)[row].map(BatchId),
                note: table.text_null(15)[row].clone(),
                entered_at: instant(table.int(16)[row]),
                voided_at: table.int_null(17)[row].map(instant),
            };
            Ok((PortfolioId(table.int(0)[row]), event))
        })
        .collect()
}

fn booking(table: &Table, row: usize) -> Result<Booking, StoreError> {
    let kind: EventKind = parse("event kind", &table.text(3)[row])?;
    let absent = || invalid("event", format!("{} of kind {kind} lacks a figure", table.int(1)[row]));
    let needed = |column: usize| table.int_null(column)[row].ok_or_else(absent);
    let instrument = || needed(5).map(InstrumentId);
    let price = || needed(7).map(Price::from_micros);
    let amount = || needed(8).map(Money::from_micros);
    Ok(match kind {
        EventKind::Deposit => Booking::Deposit { amount: amount()? },
        EventKind::Withdrawal => Booking::Withdrawal { amount: amount()? },
        EventKind::Fee => Booking::Fee { amount: amount()? },
        EventKind::Interest => Booking::Interest { amount: amount()? },
        EventKind::Buy | EventKind::Sell => Booking::Fill {
            instrument: instrument()?,
            quantity: Quantity::from_hundred_millionths(needed(6)?),
            price: price()?,
            fee: Money::from_micros(needed(9)?),
        },
        EventKind::Dividend => {
            let paid = match table.int_null(8)[row] {
                Some(total) => Payment::Total(Money::from_micros(total)),
                None => Payment::PerUnit(price()?),
            };
            Booking::Dividend { instrument: instrument()?, paid }
        }
        EventKind::Mark => Booking::Mark { instrument: instrument()?, price: price()? },
        EventKind::Split => {
            let ratio = Ratio::new(needed(10)?, needed(11)?).ok_or_else(absent)?;
            Booking::Split { instrument: instrument()?, ratio }
        }
    })
}

/// The figures of a booking as they are stored.
#[derive(Default)]
struct Figures {
    quantity: Option<i64>,
    price: Option<i64>,
    amount: Option<i64>,
    fee: Option<i64>,
    ratio: Option<Ratio>,
}

fn figures(booking: &Booking) -> Figures {
    let mut figures = Figures::default();
    match booking {
        Booking::Deposit { amount }
        | Booking::Withdrawal { amount }
        | Booking::Fee { amount }
        | Booking::Interest { amount } => figures.amount = Some(amount.micros()),
        Booking::Fill { quantity, price, fee, .. } => {
            figures.quantity = Some(quantity.hundred_millionths());
            figures.price = Some(price.micros());
            figures.fee = Some(fee.micros());
        }
        Booking::Dividend { paid: Payment::Total(total), .. } => figures.amount = Some(total.micros()),
        Booking::Dividend { paid: Payment::PerUnit(price), .. } | Booking::Mark { price, .. } => {
            figures.price = Some(price.micros());
        }
        Booking::Split { ratio, .. } => figures.ratio = Some(*ratio),
    }
    figures
}

/// Adds events to a portfolio.
pub fn insert(tx: &mut Transaction, portfolio: PortfolioId, events: &[Event]) {
    let stored: Vec<Figures> = events.iter().map(|event| figures(&event.booking)).collect();
    let rows = Table::new(vec![
        events.iter().map(|event| event.id.0).collect::<Vec<_>>().into(),
        vec![portfolio.0; events.len()].into(),
        events.iter().map(|event| event.entry_no).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.booking.kind().as_str().to_owned()).collect::<Vec<_>>().into(),
        events.iter().map(|event| days(event.date)).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.booking.instrument().map(|id| id.0)).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.quantity).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.price).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.amount).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.fee).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.ratio.map(Ratio::new_units)).collect::<Vec<_>>().into(),
        stored.iter().map(|figures| figures.ratio.map(Ratio::old_units)).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.key.clone()).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.source.as_str().to_owned()).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.batch.map(|batch| batch.0)).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.note.clone()).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.entered_at.epoch_micros()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&EVENT_INSERT, rows, Expect::Exactly(events.len() as u64));
}

/// Takes an event out of the books. The transaction fails with [`StoreError::Guard`] when somebody else did so.
pub fn void(tx: &mut Transaction, id: EventId, now: Timestamp) {
    tx.push(&EVENT_VOID, vec![id.0.into(), now.epoch_micros().into()], Expect::Exactly(1));
}

/// Takes the `active` events of an import out of the books. The transaction fails with [`StoreError::Guard`] when it
/// has more or fewer by then.
pub fn void_batch(tx: &mut Transaction, batch: BatchId, active: usize, now: Timestamp) {
    let values = vec![batch.0.into(), now.epoch_micros().into()];
    tx.push(&EVENTS_VOID_BATCH, values, Expect::Exactly(active as u64));
}

/// Drops all events of a portfolio and the imports that brought them.
pub(crate) fn delete_all(tx: &mut Transaction, portfolio: PortfolioId) {
    tx.push(&EVENT_DELETE_ALL, vec![portfolio.0.into()], Expect::Any);
    tx.push(&BATCH_DELETE_ALL, vec![portfolio.0.into()], Expect::Any);
}
