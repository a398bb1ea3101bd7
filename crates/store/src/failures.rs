//! Why a provider told nothing of a symbol, and when it may be asked for it again.

use std::collections::BTreeMap;

use model::{Date, Symbol, Timestamp};

use crate::store::Store;
use crate::stored::{date, days, instant, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The failures of symbols.
    FAILURES: "SELECT symbol, source, code, message, failed_at, retry_at, first_session, last_session, left_missing \
        FROM fetch_failure WHERE symbol IN {texts:$1} ORDER BY symbol, source",
        params [text], columns [text, int, text, text, int, int?, int?, int?, int];
    /// The failures of all symbols.
    FAILURES_ALL: "SELECT symbol, source, code, message, failed_at, retry_at, first_session, last_session, \
            left_missing \
        FROM fetch_failure ORDER BY symbol, source LIMIT $1",
        params [int], columns [text, int, text, text, int, int?, int?, int?, int];
    /// Notes failures.
    FAILURE_UPSERT: "INSERT INTO fetch_failure (symbol, source, code, message, failed_at, retry_at, \
            first_session, last_session, left_missing) \
        SELECT r.symbol, r.source, r.code, r.message, r.failed_at, r.retry_at, r.first_session, r.last_session, \
            r.left_missing \
        FROM {rows: symbol, source, code, message, failed_at, retry_at, first_session, last_session, left_missing} r \
        WHERE true \
        ON CONFLICT (symbol, source) DO UPDATE SET code = excluded.code, message = excluded.message, \
            failed_at = excluded.failed_at, retry_at = excluded.retry_at, \
            first_session = excluded.first_session, last_session = excluded.last_session, \
            left_missing = excluded.left_missing",
        params [text, int, text, text, int, int?, int?, int?, int], columns [];
    /// Notes that nothing is missing any more of symbols whose failures are remembered.
    FAILURE_SETTLE: "UPDATE fetch_failure SET left_missing = 0 WHERE symbol IN {texts:$1}",
        params [text], columns [];
    /// Forgets the failures of symbols.
    FAILURE_DELETE: "DELETE FROM fetch_failure WHERE symbol IN {texts:$1}",
        params [text], columns [];
    /// Forgets the failures of providers that answered since.
    FAILURE_ANSWERED: "DELETE FROM fetch_failure WHERE (symbol, source) IN \
        (SELECT r.symbol, r.source FROM {rows: symbol, source} r)",
        params [text, int], columns [];
    /// Forgets failures that were over long ago, so that symbols nobody asks for any more are not kept for ever.
    FAILURE_PURGE: "DELETE FROM fetch_failure WHERE failed_at < $1 AND (retry_at IS NULL OR retry_at < $1)",
        params [int], columns [];
}

/// How long an expired failure is kept for people to read, in microseconds.
const KEPT_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;

/// What a provider said of a symbol instead of telling more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of what.
    pub symbol: Symbol,
    /// The number of the provider.
    pub source: i64,
    /// Its stable name.
    pub code: String,
    /// What the provider said.
    pub message: String,
    /// When.
    pub failed_at: Timestamp,
    /// When it may be asked again; absent means at any time.
    pub retry_at: Option<Timestamp>,
    /// The sessions it spoke of; absent when it spoke of the symbol as a whole.
    pub about: Option<(Date, Date)>,
    /// Whether something was still missing of the symbol after all providers had been asked.
    pub left_missing: bool,
}

/// Failures by symbol, each in the order of the providers' numbers.
pub type FailuresBySymbol = BTreeMap<Symbol, Vec<Failure>>;

/// The failures of symbols.
///
/// # Errors
/// [`StoreError`].
pub async fn of_symbols(store: &Store, symbols: &[Symbol]) -> Result<FailuresBySymbol, StoreError> {
    read(&store.load(vec![query(symbols)]).await?[0])
}

/// All failures in order of symbol, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store, limit: i64) -> Result<FailuresBySymbol, StoreError> {
    read(&store.load(vec![Query::new(&FAILURES_ALL, vec![limit.into()])]).await?[0])
}

pub(crate) fn query(symbols: &[Symbol]) -> Query {
    Query::new(&FAILURES, vec![texts(symbols).into()])
}

pub(crate) fn read(table: &Table) -> Result<FailuresBySymbol, StoreError> {
    let mut failures = FailuresBySymbol::new();
    for row in 0..table.len() {
        let symbol: Symbol = parse("symbol", &table.text(0)[row])?;
        let day = |column: usize| table.int_null(column)[row].map(date).transpose();
        failures.entry(symbol.clone()).or_default().push(Failure {
            symbol,
            source: table.int(1)[row],
            code: table.text(2)[row].clone(),
            message: table.text(3)[row].clone(),
            failed_at: instant(table.int(4)[row]),
            retry_at: table.int_null(5)[row].map(instant),
            about: day(6)?.zip(day(7)?),
            left_missing: table.int(8)[row] != 0,
        });
    }
    Ok(failures)
}

/// Notes failures, and forgets those that were over long ago.
pub fn note(tx: &mut Transaction, failures: &[Failure], now: Timestamp) {
    let session = |of: fn((Date, Date)) -> Date| -> Vec<Option<i64>> {
        failures.iter().map(|failure| failure.about.map(|about| days(of(about)))).collect()
    };
    let rows = Table::new(vec![
        failures.iter().map(|failure| failure.symbol.to_string()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.source).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.code.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.message.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.failed_at.epoch_micros()).collect::<Vec<_>>().into(),
        failures.iter().map(|f| f.retry_at.map(Timestamp::epoch_micros)).collect::<Vec<_>>().into(),
        session(|about| about.0).into(),
        session(|about| about.1).into(),
        failures.iter().map(|failure| i64::from(failure.left_missing)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&FAILURE_UPSERT, rows, Expect::Exactly(failures.len() as u64));
    tx.push(&FAILURE_PURGE, vec![(now.epoch_micros() - KEPT_MICROS).into()], Expect::Any);
}

/// Notes that nothing is missing any more of symbols. Who failed to tell of them is still left alone until its time.
pub fn settle(tx: &mut Transaction, symbols: &[Symbol]) {
    tx.push(&FAILURE_SETTLE, vec![texts(symbols).into()], Expect::Any);
}

/// Forgets the failures of symbols.
pub fn forget(tx: &mut Transaction, symbols: &[Symbol]) {
    tx.push(&FAILURE_DELETE, vec![texts(symbols).into()], Expect::Any);
}

/// Forgets the failures of providers, by their numbers, that answered about symbols since.
pub fn forget_answered(tx: &mut Transaction, answered: &[(Symbol, i64)]) {
    let rows = Table::new(vec![
        answered.iter().map(|(symbol, _)| symbol.to_string()).collect::<Vec<_>>().into(),
        answered.iter().map(|(_, source)| *source).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&FAILURE_ANSWERED, rows, Expect::AtMost(answered.len() as u64));
}

fn texts(symbols: &[Symbol]) -> Vec<String> {
    symbols.iter().map(ToString::to_string).collect()
}
