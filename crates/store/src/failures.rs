//! Why nothing was learned of a symbol, and when it may be asked for again.

use std::collections::BTreeMap;

use model::{Symbol, Timestamp};

use crate::store::Store;
use crate::stored::{instant, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The failures of symbols.
    FAILURES: "SELECT symbol, code, message, failed_at, retry_at FROM fetch_failure \
        WHERE symbol IN {texts:$1} ORDER BY symbol",
        params [text], columns [text, text, text, int, int?];
    /// The newest failures of all symbols.
    FAILURES_NEWEST: "SELECT symbol, code, message, failed_at, retry_at FROM fetch_failure \
        ORDER BY symbol LIMIT $1",
        params [int], columns [text, text, text, int, int?];
    /// Notes failures.
    FAILURE_UPSERT: "INSERT INTO fetch_failure (symbol, code, message, failed_at, retry_at) \
        SELECT r.symbol, r.code, r.message, r.failed_at, r.retry_at \
        FROM {rows: symbol, code, message, failed_at, retry_at} r WHERE true \
        ON CONFLICT (symbol) DO UPDATE SET code = excluded.code, message = excluded.message, \
            failed_at = excluded.failed_at, retry_at = excluded.retry_at",
        params [text, text, text, int, int?], columns [];
    /// Forgets the failures of symbols that were answered since.
    FAILURE_DELETE: "DELETE FROM fetch_failure WHERE symbol IN {texts:$1}",
        params [text], columns [];
    /// Forgets failures that were over long ago, so that symbols nobody asks for any more are not kept for ever.
    FAILURE_PURGE: "DELETE FROM fetch_failure WHERE retry_at < $1",
        params [int], columns [];
}

/// How long an expired failure is kept for people to read, in microseconds.
const KEPT_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;

/// A failure to learn anything more of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of what.
    pub symbol: Symbol,
    /// Its stable name.
    pub code: String,
    /// What each provider said.
    pub message: String,
    /// When.
    pub failed_at: Timestamp,
    /// When it may be asked for again; absent means at any time.
    pub retry_at: Option<Timestamp>,
}

/// Failures by symbol.
pub type FailuresBySymbol = BTreeMap<Symbol, Failure>;

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
    read(&store.load(vec![Query::new(&FAILURES_NEWEST, vec![limit.into()])]).await?[0])
}

pub(crate) fn query(symbols: &[Symbol]) -> Query {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    Query::new(&FAILURES, vec![symbols.into()])
}

pub(crate) fn read(table: &Table) -> Result<FailuresBySymbol, StoreError> {
    (0..table.len())
        .map(|row| {
            let symbol: Symbol = parse("symbol", &table.text(0)[row])?;
            let failure = Failure {
                symbol: symbol.clone(),
                code: table.text(1)[row].clone(),
                message: table.text(2)[row].clone(),
                failed_at: instant(table.int(3)[row]),
                retry_at: table.int_null(4)[row].map(instant),
            };
            Ok((symbol, failure))
        })
        .collect()
}

/// Notes failures, and forgets those that were over long ago.
pub fn note(tx: &mut Transaction, failures: &[Failure], now: Timestamp) {
    let rows = Table::new(vec![
        failures.iter().map(|failure| failure.symbol.to_string()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.code.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.message.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.failed_at.epoch_micros()).collect::<Vec<_>>().into(),
        failures.iter().map(|f| f.retry_at.map(Timestamp::epoch_micros)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&FAILURE_UPSERT, rows, Expect::Exactly(failures.len() as u64));
    tx.push(&FAILURE_PURGE, vec![(now.epoch_micros() - KEPT_MICROS).into()], Expect::Any);
}

/// Forgets the failures of symbols that were answered since.
pub fn forget(tx: &mut Transaction, symbols: &[Symbol]) {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    tx.push(&FAILURE_DELETE, vec![symbols.into()], Expect::Any);
}
