//! Leases: who works on what, until when.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Takes or renews leases that are free, expired, ours, or taken so far in the future that a clock must have jumped.
    LEASE_TAKE: "INSERT INTO lease (name, owner, taken_at, expires_at) \
        SELECT r.name, r.owner, r.taken_at, r.expires_at FROM {rows: name, owner, taken_at, expires_at} r \
        WHERE true \
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, taken_at = excluded.taken_at, \
            expires_at = excluded.expires_at \
        WHERE lease.owner = excluded.owner OR lease.expires_at <= excluded.taken_at \
            OR lease.taken_at > excluded.expires_at",
        params [text, text, int, int], columns [];
    /// Renews leases that are still held; one that was given back is not taken again.
    LEASE_RENEW: "UPDATE lease SET taken_at = $3, expires_at = $4 WHERE name IN {texts:$1} AND owner = $2",
        params [text, text, int, int], columns [];
    /// Gives leases back.
    LEASE_RELEASE: "DELETE FROM lease WHERE name IN {texts:$1} AND owner = $2",
        params [text, text], columns [];
    /// Ends leases, whoever holds them.
    LEASE_DROP: "DELETE FROM lease WHERE name IN {texts:$1}",
        params [text], columns [];
    /// Who holds leases.
    LEASES: "SELECT name, owner, expires_at FROM lease WHERE name IN {texts:$1} ORDER BY name",
        params [text], columns [text, text, int];
}

/// A lease somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is on.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Until when, unless renewed.
    pub expires_at: Timestamp,
}

/// Takes leases for `owner`, all of them or none, or renews those it holds. Whether it got them.
///
/// # Errors
/// [`StoreError`], a lost race excepted.
pub async fn take(
    store: &Store,
    names: &[String],
    owner: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = Transaction::new();
    tx.push_rows(&LEASE_TAKE, rows(names, owner, now, expires_at), Expect::Exactly(names.len() as u64));
    match store.record(tx).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_guard() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes those leases for `owner` that are free or that it holds already, and tells who holds each of them then.
///
/// # Errors
/// [`StoreError`].
pub async fn take_free(
    store: &Store,
    names: &[String],
    owner: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Vec<Lease>, StoreError> {
    let mut tx = Transaction::new();
    tx.push_rows(&LEASE_TAKE, rows(names, owner, now, expires_at), Expect::AtMost(names.len() as u64));
    store.record(tx).await?;
    holders(store, names).await
}

/// Gives leases back together with what the transaction writes, on the condition that `owner` still holds all of
/// them: a worker whose lease was lost writes nothing.
pub fn release_in(tx: &mut Transaction, names: &[String], owner: &str) {
    tx.push(&LEASE_RELEASE, vec![names.into(), owner.into()], Expect::Exactly(names.len() as u64));
}

fn rows(names: &[String], owner: &str, now: Timestamp, expires_at: Timestamp) -> Table {
    Table::new(vec![
        names.to_vec().into(),
        vec![owner.to_owned(); names.len()].into(),
        vec![now.epoch_micros(); names.len()].into(),
        vec![expires_at.epoch_micros(); names.len()].into(),
    ])
}

/// Renews leases that `owner` still holds, and tells how many those are.
///
/// # Errors
/// [`StoreError`].
pub async fn renew(
    store: &Store,
    names: &[String],
    owner: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<u64, StoreError> {
    let mut tx = Transaction::new();
    let values =
        vec![names.into(), owner.into(), now.epoch_micros().into(), expires_at.epoch_micros().into()];
    tx.push(&LEASE_RENEW, values, Expect::AtMost(names.len() as u64));
    store.record(tx).await.map(|recorded| recorded.total())
}

/// Gives leases back; those that somebody else took over stay theirs.
///
/// # Errors
/// [`StoreError`].
pub async fn release(store: &Store, names: &[String], owner: &str) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    tx.push(&LEASE_RELEASE, vec![names.into(), owner.into()], Expect::Any);
    store.record(tx).await.map(|_| ())
}

/// Ends leases of things that are no more, whoever holds them.
pub(crate) fn drop_all(tx: &mut Transaction, names: &[String]) {
    tx.push(&LEASE_DROP, vec![names.into()], Expect::Any);
}

/// The leases of these names that somebody holds or held last.
///
/// # Errors
/// [`StoreError`].
pub async fn holders(store: &Store, names: &[String]) -> Result<Vec<Lease>, StoreError> {
    let tables = store.load(vec![Query::new(&LEASES, vec![names.into()])]).await?;
    let table = &tables[0];
    let lease = |row: usize| Lease {
        name: table.text(0)[row].clone(),
        owner: table.text(1)[row].clone(),
        expires_at: instant(table.int(2)[row]),
    };
    Ok((0..table.len()).map(lease).collect())
}
