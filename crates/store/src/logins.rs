//! Attempts to log in, counted for all processes and over restarts.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// Counts an attempt, unless as many as there may be are counted in the window that is open. A window that a clock
    /// must have put into the future is begun anew.
    LOGIN_COUNT: "INSERT INTO login_attempt (kind, key, started_at, ends_at, attempt_count) \
        VALUES ($1, $2, $3, $4, 1) \
        ON CONFLICT (kind, key) DO UPDATE SET \
            attempt_count = CASE WHEN login_attempt.ends_at <= excluded.started_at \
                    OR login_attempt.started_at > excluded.ends_at THEN 1 \
                ELSE login_attempt.attempt_count + 1 END, \
            started_at = CASE WHEN login_attempt.ends_at <= excluded.started_at \
                    OR login_attempt.started_at > excluded.ends_at THEN excluded.started_at \
                ELSE login_attempt.started_at END, \
            ends_at = CASE WHEN login_attempt.ends_at <= excluded.started_at \
                    OR login_attempt.started_at > excluded.ends_at THEN excluded.ends_at \
                ELSE login_attempt.ends_at END \
        WHERE login_attempt.attempt_count < $5 OR login_attempt.ends_at <= excluded.started_at \
            OR login_attempt.started_at > excluded.ends_at",
        params [text, text, int, int, int], columns [];
    /// What is counted under a key.
    LOGIN_WINDOW: "SELECT ends_at, attempt_count FROM login_attempt WHERE kind = $1 AND key = $2",
        params [text, text], columns [int, int];
    /// Takes one attempt back that was none of guessing.
    LOGIN_UNCOUNT: "UPDATE login_attempt SET attempt_count = attempt_count - 1 \
        WHERE kind = $1 AND key = $2 AND attempt_count > 0",
        params [text, text], columns [];
    /// Forgets the attempts under a key.
    LOGIN_CLEAR: "DELETE FROM login_attempt WHERE kind = $1 AND key = $2",
        params [text, text], columns [];
    /// Drops windows that are over.
    LOGINS_PURGE: "DELETE FROM login_attempt WHERE kind = $1 AND ends_at <= $2",
        params [text, int], columns [];
}

/// By what attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By the name that was given.
    Name,
    /// By where the attempt came from.
    Address,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Address => "address",
        }
    }
}

/// Under what an attempt is counted, and how many there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// By what.
    pub kind: Kind,
    /// The name or address.
    pub key: String,
    /// Attempts within one window.
    pub count_max: i64,
}

/// Counts an attempt under each of these, in this order, or under none when one of them is used up; then the instant is
/// returned at which all of them are free again.
///
/// # Errors
/// [`StoreError`], a used-up window excepted.
pub async fn count(
    store: &Store,
    under: &[Counted],
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut tx = Transaction::new();
    for counted in under {
        let values = vec![
            counted.kind.as_str().into(),
            counted.key.as_str().into(),
            now.epoch_micros().into(),
            ends_at.epoch_micros().into(),
            counted.count_max.into(),
        ];
        tx.push(&LOGIN_COUNT, values, Expect::Exactly(1));
    }
    match store.record(tx).await {
        Ok(_) => Ok(None),
        Err(error) if error.is_guard() => Ok(Some(free_again(store, under, now).await?)),
        Err(error) => Err(error),
    }
}

async fn free_again(store: &Store, under: &[Counted], now: Timestamp) -> Result<Timestamp, StoreError> {
    let window = |counted: &Counted| {
        Query::new(&LOGIN_WINDOW, vec![counted.kind.as_str().into(), counted.key.as_str().into()])
    };
    let tables = store.load(under.iter().map(window).collect()).await?;
    let used_up = tables.iter().zip(under).filter(|(table, counted)| {
        table.int(1).first().is_some_and(|attempts| *attempts >= counted.count_max)
    });
    let ends = used_up.filter_map(|(table, _)| table.int(0).first().copied().map(instant));
    // A window that ended between the two looks is free now.
    Ok(ends.max().unwrap_or(now))
}

/// An attempt that succeeded: the name's count begins anew, and the address is not charged for it.
pub fn succeeded(tx: &mut Transaction, under: &[Counted]) {
    for counted in under {
        let values = vec![counted.kind.as_str().into(), counted.key.as_str().into()];
        let statement = match counted.kind {
            Kind::Name => &LOGIN_CLEAR,
            Kind::Address => &LOGIN_UNCOUNT,
        };
        tx.push(statement, values, Expect::AtMost(1));
    }
}

/// Drops windows that are over. Each kind in a transaction of its own: whoever counts holds a name and waits for an
/// address, so that nobody may hold an address and wait for a name.
///
/// # Errors
/// [`StoreError`].
pub async fn purge(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut dropped = 0;
    for kind in [Kind::Name, Kind::Address] {
        let mut tx = Transaction::new();
        tx.push(&LOGINS_PURGE, vec![kind.as_str().into(), now.epoch_micros().into()], Expect::Any);
        dropped += store.record(tx).await?.total();
    }
    Ok(dropped)
}
