//! What is held of symbols, session by session, and what is known to be empty.

use std::collections::BTreeMap;

use model::{Date, InstrumentId, Price, Symbol, Timestamp};

use crate::failures::{self, FailuresBySymbol};
use crate::store::Store;
use crate::stored::{date, days, instant};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The sessions that instruments have bars of, with closes and sources.
    HELD_SESSIONS: "SELECT instrument_id, session, close, is_final, source FROM bar \
        WHERE instrument_id IN {ids:$1} AND session >= $2 AND session <= $3 ORDER BY instrument_id, session",
        params [int, int, int], columns [int, int, int, int, int];
    /// The stretches known to be empty.
    EMPTY_STRETCHES: "SELECT instrument_id, first_session, last_session, reason, expires_at FROM empty_stretch \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id, first_session",
        params [int], columns [int, int, int, text, int?];
    /// When instruments were listed, and their bars of a session under way.
    LISTINGS: "SELECT instrument_id, listed_first, listed_last, live_session, live_fetched_at FROM listing \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id",
        params [int], columns [int, int?, int?, int?, int?];
    /// Takes away what was known to be empty.
    EMPTY_DELETE: "DELETE FROM empty_stretch WHERE instrument_id IN {ids:$1}",
        params [int], columns [];
    /// Notes what is known to be empty.
    EMPTY_INSERT: "INSERT INTO empty_stretch (instrument_id, first_session, last_session, reason, expires_at) \
        SELECT r.instrument_id, r.first_session, r.last_session, r.reason, r.expires_at \
        FROM {rows: instrument_id, first_session, last_session, reason, expires_at} r",
        params [int, int, int, text, int?], columns [];
    /// Notes listings and bars of a session under way; what is not told this time stays as it was.
    LISTING_UPSERT: "INSERT INTO listing \
            (instrument_id, listed_first, listed_last, live_session, live_fetched_at) \
        SELECT r.instrument_id, r.listed_first, r.listed_last, r.live_session, r.live_fetched_at \
        FROM {rows: instrument_id, listed_first, listed_last, live_session, live_fetched_at} r WHERE true \
        ON CONFLICT (instrument_id) DO UPDATE SET \
            listed_first = COALESCE(excluded.listed_first, listing.listed_first), \
            listed_last = COALESCE(excluded.listed_last, listing.listed_last), \
            live_session = COALESCE(excluded.live_session, listing.live_session), \
            live_fetched_at = COALESCE(excluded.live_fetched_at, listing.live_fetched_at)",
        params [int, int?, int?, int?, int?], columns [];
}

/// A session with a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldSession {
    /// The session.
    pub session: Date,
    /// The bar's close.
    pub close: Price,
    /// Whether the bar is final.
    pub is_final: bool,
    /// Number of the provider.
    pub source: i64,
}

/// Sessions known to have no bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    /// First session.
    pub first: Date,
    /// Last session.
    pub last: Date,
    /// Why, by its stable name.
    pub reason: String,
    /// When that is to be asked again; absent is never.
    pub expires_at: Option<Timestamp>,
}

/// When an instrument was listed, and its bar of a session under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Listed {
    /// The first date on which it traded.
    pub first: Option<Date>,
    /// The last date on which it traded, when it trades no more.
    pub last: Option<Date>,
    /// The session and when its bar was fetched before it had ended.
    pub live: Option<(Date, Timestamp)>,
}

/// What is known of one instrument's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Sessions with a bar, ascending.
    pub held: Vec<HeldSession>,
    /// Stretches known to be empty, ascending.
    pub empty: Vec<Empty>,
    /// Listing and bar under way.
    pub listed: Listed,
}

/// What is known of the sessions of instruments, and which symbols failed.
///
/// # Errors
/// [`StoreError`].
pub async fn load(
    store: &Store,
    instruments: &[InstrumentId],
    symbols: &[Symbol],
    first: Date,
    last: Date,
) -> Result<(BTreeMap<InstrumentId, Sessions>, FailuresBySymbol), StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let bounds = [days(first), days(last)];
    let tables = store
        .load(vec![
            Query::new(&HELD_SESSIONS, vec![ids.clone().into(), bounds[0].into(), bounds[1].into()]),
            Query::new(&EMPTY_STRETCHES, vec![ids.clone().into()]),
            Query::new(&LISTINGS, vec![ids.into()]),
            failures::query(symbols),
        ])
        .await?;
    let mut known = BTreeMap::<InstrumentId, Sessions>::new();
    read_held(&tables[0], &mut known)?;
    for row in 0..tables[1].len() {
        let empty = Empty {
            first: date(tables[1].int(1)[row])?,
            last: date(tables[1].int(2)[row])?,
            reason: tables[1].text(3)[row].clone(),
            expires_at: tables[1].int_null(4)[row].map(instant),
        };
        known.entry(InstrumentId(tables[1].int(0)[row])).or_default().empty.push(empty);
    }
    for row in 0..tables[2].len() {
        let day = |column: usize| tables[2].int_null(column)[row].map(date).transpose();
        let live = day(3)?.zip(tables[2].int_null(4)[row].map(instant));
        let listed = Listed { first: day(1)?, last: day(2)?, live };
        known.entry(InstrumentId(tables[2].int(0)[row])).or_default().listed = listed;
    }
    Ok((known, failures::read(&tables[3])?))
}

fn read_held(table: &Table, known: &mut BTreeMap<InstrumentId, Sessions>) -> Result<(), StoreError> {
    let ids = table.int(0);
    let mut first = 0;
    while first < ids.len() {
        let end = first + ids[first..].partition_point(|id| *id == ids[first]);
        let sessions = known.entry(InstrumentId(ids[first])).or_default();
        sessions.held.reserve(end - first);
        for row in first..end {
            sessions.held.push(HeldSession {
                session: date(table.int(1)[row])?,
                close: Price::from_micros(table.int(2)[row]),
                is_final: table.int(3)[row] != 0,
                source: table.int(4)[row],
            });
        }
        first = end;
    }
    Ok(())
}

/// Replaces what is known to be empty of instruments.
pub fn replace_empty(tx: &mut Transaction, stretches: &[(InstrumentId, Vec<Empty>)]) {
    let ids: Vec<i64> = stretches.iter().map(|(id, _)| id.0).collect();
    let all: Vec<(i64, &Empty)> =
        stretches.iter().flat_map(|(id, empty)| empty.iter().map(|empty| (id.0, empty))).collect();
    tx.push(&EMPTY_DELETE, vec![ids.into()], Expect::Any);
    let rows = Table::new(vec![
        all.iter().map(|(id, _)| *id).collect::<Vec<_>>().into(),
        all.iter().map(|(_, empty)| days(empty.first)).collect::<Vec<_>>().into(),
        all.iter().map(|(_, empty)| days(empty.last)).collect::<Vec<_>>().into(),
        all.iter().map(|(_, empty)| empty.reason.clone()).collect::<Vec<_>>().into(),
        all.iter().map(|(_, empty)| empty.expires_at.map(Timestamp::epoch_micros)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&EMPTY_INSERT, rows, Expect::Exactly(all.len() as u64));
}

/// Notes listings and bars under way; what is absent leaves what was known.
pub fn note_listings(tx: &mut Transaction, listings: &[(InstrumentId, Listed)]) {
    let rows = Table::new(vec![
        listings.iter().map(|(id, _)| id.0).collect::<Vec<_>>().into(),
        listings.iter().map(|(_, listed)| listed.first.map(days)).collect::<Vec<_>>().into(),
        listings.iter().map(|(_, listed)| listed.last.map(days)).collect::<Vec<_>>().into(),
        listings.iter().map(|(_, listed)| listed.live.map(|live| days(live.0))).collect::<Vec<_>>().into(),
        listings
            .iter()
            .map(|(_, listed)| listed.live.map(|live| live.1.epoch_micros()))
            .collect::<Vec<_>>()
            .into(),
    ]);
    tx.push_rows(&LISTING_UPSERT, rows, Expect::Exactly(listings.len() as u64));
}
