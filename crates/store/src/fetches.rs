//! What providers last said of instruments: stamps and restated values.

use std::collections::BTreeMap;

use model::{Date, InstrumentId, Timestamp};

use crate::store::Store;
use crate::stored::{date, days, instant};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The newest answers about instruments.
    FETCHED: "SELECT instrument_id, source, stamp, fetched_at FROM fetched WHERE instrument_id IN {ids:$1} \
        ORDER BY instrument_id, source",
        params [int], columns [int, int, text?, int];
    /// Notes answers.
    FETCHED_UPSERT: "INSERT INTO fetched (instrument_id, source, stamp, fetched_at) \
        SELECT r.instrument_id, r.source, r.stamp, r.fetched_at \
        FROM {rows: instrument_id, source, stamp, fetched_at} r WHERE true \
        ON CONFLICT (instrument_id, source) DO UPDATE SET stamp = excluded.stamp, \
            fetched_at = excluded.fetched_at",
        params [int, int, text?, int], columns [];
    /// Keeps values that were replaced.
    RESTATEMENT_INSERT: "INSERT INTO restatement \
            (instrument_id, session, field, restated_at, old_value, new_value, source) \
        SELECT r.instrument_id, r.session, r.field, r.restated_at, r.old_value, r.new_value, r.source \
        FROM {rows: instrument_id, session, field, restated_at, old_value, new_value, source} r",
        params [int, int, text, int, int?, int?, int], columns [];
    /// The newest replaced values of one instrument.
    RESTATEMENTS: "SELECT session, field, restated_at, old_value, new_value, source FROM restatement \
        WHERE instrument_id = $1 ORDER BY restated_at DESC, session DESC, field LIMIT $2",
        params [int, int], columns [int, text, int, int?, int?, int];
}

/// An answer of a provider about an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// About what.
    pub instrument: InstrumentId,
    /// Number of the provider.
    pub source: i64,
    /// Its name for the state it answered from.
    pub stamp: Option<String>,
    /// When it answered.
    pub fetched_at: Timestamp,
}

/// A final value that a source said differently later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatement {
    /// Whose bar.
    pub instrument: InstrumentId,
    /// The bar's session.
    pub session: Date,
    /// Which of its fields.
    pub field: String,
    /// When it was replaced.
    pub restated_at: Timestamp,
    /// What was stored, in millionths or units.
    pub old: Option<i64>,
    /// What replaced it.
    pub new: Option<i64>,
    /// Number of the provider.
    pub source: i64,
}

/// The newest answers about instruments, by instrument and number of the provider.
pub type FetchedBySource = BTreeMap<(InstrumentId, i64), Fetched>;

/// What providers last said of instruments.
///
/// # Errors
/// [`StoreError`].
pub async fn of_instruments(
    store: &Store,
    instruments: &[InstrumentId],
) -> Result<FetchedBySource, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(vec![Query::new(&FETCHED, vec![ids.into()])]).await?;
    let fetched = |row: usize| Fetched {
        instrument: InstrumentId(tables[0].int(0)[row]),
        source: tables[0].int(1)[row],
        stamp: tables[0].text_null(2)[row].clone(),
        fetched_at: instant(tables[0].int(3)[row]),
    };
    Ok((0..tables[0].len()).map(fetched).map(|found| ((found.instrument, found.source), found)).collect())
}

/// The newest replaced values of one instrument, newest first, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn restatements(
    store: &Store,
    instrument: InstrumentId,
    limit: i64,
) -> Result<Vec<Restatement>, StoreError> {
    let query = Query::new(&RESTATEMENTS, vec![instrument.0.into(), limit.into()]);
    let tables = store.load(vec![query]).await?;
    let table = &tables[0];
    (0..table.len())
        .map(|row| {
            Ok(Restatement {
                instrument,
                session: date(table.int(0)[row])?,
                field: table.text(1)[row].clone(),
                restated_at: instant(table.int(2)[row]),
                old: table.int_null(3)[row],
                new: table.int_null(4)[row],
                source: table.int(5)[row],
            })
        })
        .collect()
}

/// Notes answers.
pub fn answered(tx: &mut Transaction, answers: &[Fetched]) {
    let rows = Table::new(vec![
        answers.iter().map(|answer| answer.instrument.0).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.source).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.stamp.clone()).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.fetched_at.epoch_micros()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&FETCHED_UPSERT, rows, Expect::Exactly(answers.len() as u64));
}

/// Keeps values that were replaced.
pub fn restated(tx: &mut Transaction, entries: &[Restatement]) {
    let rows = Table::new(vec![
        entries.iter().map(|entry| entry.instrument.0).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| days(entry.session)).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| entry.field.clone()).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| entry.restated_at.epoch_micros()).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| entry.old).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| entry.new).collect::<Vec<_>>().into(),
        entries.iter().map(|entry| entry.source).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&RESTATEMENT_INSERT, rows, Expect::Exactly(entries.len() as u64));
}
