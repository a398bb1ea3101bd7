//! What providers last said of instruments: stamps, failures and restated values.

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
    /// The failures of instruments.
    FAILURES: "SELECT instrument_id, code, message, failed_at, retry_at FROM fetch_failure \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id",
        params [int], columns [int, text, text, int, int?];
    /// Notes answers.
    FETCHED_UPSERT: "INSERT INTO fetched (instrument_id, source, stamp, fetched_at) \
        SELECT r.instrument_id, r.source, r.stamp, r.fetched_at \
        FROM {rows: instrument_id, source, stamp, fetched_at} r WHERE true \
        ON CONFLICT (instrument_id, source) DO UPDATE SET stamp = excluded.stamp, \
            fetched_at = excluded.fetched_at",
        params [int, int, text?, int], columns [];
    /// Notes failures.
    FAILURE_UPSERT: "INSERT INTO fetch_failure (instrument_id, code, message, failed_at, retry_at) \
        SELECT r.instrument_id, r.code, r.message, r.failed_at, r.retry_at \
        FROM {rows: instrument_id, code, message, failed_at, retry_at} r WHERE true \
        ON CONFLICT (instrument_id) DO UPDATE SET code = excluded.code, message = excluded.message, \
            failed_at = excluded.failed_at, retry_at = excluded.retry_at",
        params [int, text, text, int, int?], columns [];
    /// Forgets the failures of instruments that answered since.
    FAILURE_DELETE: "DELETE FROM fetch_failure WHERE instrument_id IN {ids:$1}",
        params [int], columns [];
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

/// A failure to learn anything of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// About what.
    pub instrument: InstrumentId,
    /// Its stable name.
    pub code: String,
    /// What each provider said.
    pub message: String,
    /// When.
    pub failed_at: Timestamp,
    /// When it may be asked again; absent means at any time.
    pub retry_at: Option<Timestamp>,
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

/// What providers last said of instruments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchState {
    /// The newest answer of each provider.
    pub fetched: BTreeMap<(InstrumentId, i64), Fetched>,
    /// The failures.
    pub failures: BTreeMap<InstrumentId, Failure>,
}

/// What providers last said of instruments.
///
/// # Errors
/// [`StoreError`].
pub async fn state(store: &Store, instruments: &[InstrumentId]) -> Result<FetchState, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let queries =
        vec![Query::new(&FETCHED, vec![ids.clone().into()]), Query::new(&FAILURES, vec![ids.into()])];
    let tables = store.load(queries).await?;
    let mut state = FetchState::default();
    for row in 0..tables[0].len() {
        let fetched = Fetched {
            instrument: InstrumentId(tables[0].int(0)[row]),
            source: tables[0].int(1)[row],
            stamp: tables[0].text_null(2)[row].clone(),
            fetched_at: instant(tables[0].int(3)[row]),
        };
        state.fetched.insert((fetched.instrument, fetched.source), fetched);
    }
    for row in 0..tables[1].len() {
        let failure = Failure {
            instrument: InstrumentId(tables[1].int(0)[row]),
            code: tables[1].text(1)[row].clone(),
            message: tables[1].text(2)[row].clone(),
            failed_at: instant(tables[1].int(3)[row]),
            retry_at: tables[1].int_null(4)[row].map(instant),
        };
        state.failures.insert(failure.instrument, failure);
    }
    Ok(state)
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

/// Notes answers, and forgets the failures of the instruments that answered.
pub fn answered(tx: &mut Transaction, answers: &[Fetched]) {
    let rows = Table::new(vec![
        answers.iter().map(|answer| answer.instrument.0).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.source).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.stamp.clone()).collect::<Vec<_>>().into(),
        answers.iter().map(|answer| answer.fetched_at.epoch_micros()).collect::<Vec<_>>().into(),
    ]);
    let ids: Vec<i64> = answers.iter().map(|answer| answer.instrument.0).collect();
    tx.push_rows(&FETCHED_UPSERT, rows, Expect::Exactly(answers.len() as u64));
    tx.push(&FAILURE_DELETE, vec![ids.into()], Expect::Any);
}

/// Forgets the failures of instruments whose provider answers again.
pub fn recovered(tx: &mut Transaction, instruments: &[InstrumentId]) {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    tx.push(&FAILURE_DELETE, vec![ids.into()], Expect::Any);
}

/// Notes failures.
pub fn failed(tx: &mut Transaction, failures: &[Failure]) {
    let rows = Table::new(vec![
        failures.iter().map(|failure| failure.instrument.0).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.code.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.message.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.failed_at.epoch_micros()).collect::<Vec<_>>().into(),
        failures.iter().map(|f| f.retry_at.map(Timestamp::epoch_micros)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&FAILURE_UPSERT, rows, Expect::Exactly(failures.len() as u64));
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
