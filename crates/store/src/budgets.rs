//! What providers were asked, kept for all processes and over restarts.

use std::collections::BTreeMap;

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// The budgets of all providers that were ever asked.
    BUDGETS: "SELECT source, full_at, used_day, used_count, cooldown_until, error_code, error_message, error_at, \
            revision, plan_shown, plan_until FROM budget ORDER BY source",
        params [], columns [int, int, int, int, int?, text?, text?, int?, int, text?, int?];
    /// The budget of one provider.
    BUDGET: "SELECT source, full_at, used_day, used_count, cooldown_until, error_code, error_message, error_at, \
            revision, plan_shown, plan_until FROM budget WHERE source = $1",
        params [int], columns [int, int, int, int, int?, text?, text?, int?, int, text?, int?];
    /// Makes the budget of a provider that was never asked.
    BUDGET_INSERT: "INSERT INTO budget (source, full_at, used_day, used_count, revision) \
        VALUES ($1, 0, 0, 0, 0) ON CONFLICT (source) DO NOTHING",
        params [int], columns [];
    /// Counts a call, unless somebody else counted one since the budget was read.
    BUDGET_RESERVE: "UPDATE budget SET full_at = $3, used_day = $4, used_count = $5, revision = revision + 1 \
        WHERE source = $1 AND revision = $2",
        params [int, int, int, int, int], columns [];
    /// Notes that a provider wants a pause; a longer one stays.
    BUDGET_COOL_DOWN: "UPDATE budget SET cooldown_until = $2, revision = revision + 1 \
        WHERE source = $1 AND (cooldown_until IS NULL OR cooldown_until < $3)",
        params [int, int, int], columns [];
    /// Notes how a provider failed last.
    BUDGET_ERROR: "UPDATE budget SET error_code = $2, error_message = $3, error_at = $4 WHERE source = $1",
        params [int, text, text, int], columns [];
    /// Notes what a plan has shown of its bounds.
    BUDGET_PLAN: "UPDATE budget SET plan_shown = $2, plan_until = $3 WHERE source = $1",
        params [int, text, int], columns [];
}

/// What one provider was asked, and what it said last when it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Number of the provider.
    pub source: i64,
    /// When its bucket of calls is full again.
    pub full_at: Timestamp,
    /// The day of universal time that is counted, in days since the epoch.
    pub used_day: i64,
    /// Calls made on that day.
    pub used_count: i64,
    /// Until when it wants not to be asked.
    pub cooldown_until: Option<Timestamp>,
    /// Its last failure: code, message and when.
    pub error: Option<(String, String, Timestamp)>,
    /// What its plan has shown of its bounds, and until when that is taken to hold.
    pub plan: Option<(String, Timestamp)>,
    /// Counts the changes, so that no two processes count the same call.
    pub revision: i64,
}

/// The budgets of all providers that were ever asked, by number.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<BTreeMap<i64, Budget>, StoreError> {
    load(store, Query::new(&BUDGETS, vec![])).await
}

/// The budget of one provider, made when there is none yet.
///
/// # Errors
/// [`StoreError`].
pub async fn of_source(store: &Store, source: i64) -> Result<Budget, StoreError> {
    let query = || Query::new(&BUDGET, vec![source.into()]);
    if let Some(found) = load(store, query()).await?.remove(&source) {
        return Ok(found);
    }
    let mut tx = Transaction::new();
    tx.push(&BUDGET_INSERT, vec![source.into()], Expect::AtMost(1));
    store.record(tx).await?;
    let found = load(store, query()).await?.remove(&source);
    found.ok_or(StoreError::Invalid { what: "budget", value: source.to_string() })
}

async fn load(store: &Store, query: Query) -> Result<BTreeMap<i64, Budget>, StoreError> {
    let tables = store.load(vec![query]).await?;
    let table = &tables[0];
    let budget = |row: usize| {
        let told = table.text_null(5)[row].clone().zip(table.text_null(6)[row].clone());
        let error = told.zip(table.int_null(7)[row].map(instant));
        Budget {
            source: table.int(0)[row],
            full_at: instant(table.int(1)[row]),
            used_day: table.int(2)[row],
            used_count: table.int(3)[row],
            cooldown_until: table.int_null(4)[row].map(instant),
            error: error.map(|((code, message), at)| (code, message, at)),
            plan: table.text_null(9)[row].clone().zip(table.int_null(10)[row].map(instant)),
            revision: table.int(8)[row],
        }
    };
    Ok((0..table.len()).map(|row| (table.int(0)[row], budget(row))).collect())
}

/// Counts a call. False when somebody else counted one since `read` was read; then nothing was counted.
///
/// # Errors
/// [`StoreError`], a lost race excepted.
pub async fn reserve(
    store: &Store,
    read: &Budget,
    full_at: Timestamp,
    used_day: i64,
    used_count: i64,
) -> Result<bool, StoreError> {
    let mut tx = Transaction::new();
    let values = vec![
        read.source.into(),
        read.revision.into(),
        full_at.epoch_micros().into(),
        used_day.into(),
        used_count.into(),
    ];
    tx.push(&BUDGET_RESERVE, values, Expect::Exactly(1));
    match store.record(tx).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_guard() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Notes that a provider wants a pause; a longer one that is noted already stays.
///
/// # Errors
/// [`StoreError`].
pub async fn cool_down(store: &Store, source: i64, until: Timestamp) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    let micros = until.epoch_micros();
    tx.push(&BUDGET_INSERT, vec![source.into()], Expect::AtMost(1));
    tx.push(&BUDGET_COOL_DOWN, vec![source.into(), micros.into(), micros.into()], Expect::AtMost(1));
    store.record(tx).await.map(|_| ())
}

/// Notes how a provider failed.
///
/// # Errors
/// [`StoreError`].
pub async fn note_error(
    store: &Store,
    source: i64,
    code: &str,
    message: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    tx.push(&BUDGET_INSERT, vec![source.into()], Expect::AtMost(1));
    let values = vec![source.into(), code.into(), message.into(), at.epoch_micros().into()];
    tx.push(&BUDGET_ERROR, values, Expect::Exactly(1));
    store.record(tx).await.map(|_| ())
}

/// Notes what the plan of a provider has shown of its bounds.
///
/// # Errors
/// [`StoreError`].
pub async fn note_plan(store: &Store, source: i64, shown: &str, until: Timestamp) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    tx.push(&BUDGET_INSERT, vec![source.into()], Expect::AtMost(1));
    let values = vec![source.into(), shown.into(), until.epoch_micros().into()];
    tx.push(&BUDGET_PLAN, values, Expect::Exactly(1));
    store.record(tx).await.map(|_| ())
}
