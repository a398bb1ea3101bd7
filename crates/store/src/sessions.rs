//! Sessions of browsers that are logged in.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::users::User;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// One session with its user.
    SESSION_BY_ID: "SELECT s.user_id, s.secret_hash, s.created_at, s.expires_at, s.last_seen_at, u.name, u.owner, \
            u.is_admin \
        FROM login_session s JOIN user_account u ON u.id = s.user_id WHERE s.id = $1",
        params [text], columns [int, blob, int, int, int, text, text, int];
    /// Begins a session, unless the user was changed since the password was checked.
    SESSION_INSERT: "INSERT INTO login_session (id, user_id, secret_hash, created_at, expires_at, last_seen_at) \
        SELECT $1, u.id, $4, $5, $6, $5 FROM user_account u WHERE u.id = $2 AND u.revision = $3",
        params [text, int, int, blob, int, int], columns [];
    /// Notes that a session was seen, unless that was noted since.
    SESSION_SEEN: "UPDATE login_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $3",
        params [text, int, int], columns [];
    /// Ends a session.
    SESSION_DELETE: "DELETE FROM login_session WHERE id = $1",
        params [text], columns [];
    /// Ends all sessions of a user.
    SESSIONS_DELETE: "DELETE FROM login_session WHERE user_id = $1",
        params [int], columns [];
    /// Ends all sessions of a user but the newest.
    SESSIONS_KEEP_NEWEST: "DELETE FROM login_session WHERE user_id = $1 AND id NOT IN \
        (SELECT s.id FROM login_session s WHERE s.user_id = $2 ORDER BY s.created_at DESC, s.id LIMIT $3)",
        params [int, int, int], columns [];
    /// Drops sessions that have ended.
    SESSIONS_PURGE: "DELETE FROM login_session WHERE expires_at <= $1 OR last_seen_at <= $2",
        params [int, int], columns [];
}

/// A session as it is kept, with its user.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity, the public part of its cookie.
    pub id: String,
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// When it was seen last, to the minute.
    pub last_seen_at: Timestamp,
    /// Whose it is.
    pub user_id: i64,
    /// The user's name.
    pub user: String,
    /// The key under which the user's portfolios are kept.
    pub owner: String,
    /// Whether the user may see to everything.
    pub is_admin: bool,
}

impl std::fmt::Debug for Session {
    /// The hash is left out, so that no log can hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}

/// One session by the public part of its cookie.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: &str) -> Result<Option<Session>, StoreError> {
    let tables = store.load(vec![Query::new(&SESSION_BY_ID, vec![id.into()])]).await?;
    let table = &tables[0];
    let session = |row: usize| Session {
        id: id.to_owned(),
        secret_hash: table.blob(1)[row].clone(),
        created_at: instant(table.int(2)[row]),
        expires_at: instant(table.int(3)[row]),
        last_seen_at: instant(table.int(4)[row]),
        user_id: table.int(0)[row],
        user: table.text(5)[row].clone(),
        owner: table.text(6)[row].clone(),
        is_admin: table.int(7)[row] != 0,
    };
    Ok((0..table.len()).map(session).next())
}

/// Begins a session of a user and keeps no more than `count_max` of theirs. The transaction fails with
/// [`StoreError::Guard`] when the user is no longer as loaded, so that no session outlives a change of password.
pub fn insert(
    tx: &mut Transaction,
    user: &User,
    (id, secret_hash): (&str, &[u8]),
    (created_at, expires_at): (Timestamp, Timestamp),
    count_max: i64,
) {
    let values = vec![
        id.into(),
        user.id.into(),
        user.revision.into(),
        secret_hash.into(),
        created_at.epoch_micros().into(),
        expires_at.epoch_micros().into(),
    ];
    tx.push(&SESSION_INSERT, values, Expect::Exactly(1));
    tx.push(&SESSIONS_KEEP_NEWEST, vec![user.id.into(), user.id.into(), count_max.into()], Expect::Any);
}

/// Notes that a session was seen, unless a sight after `unless_since` is noted already.
///
/// # Errors
/// [`StoreError`].
pub async fn note_seen(
    store: &Store,
    id: &str,
    at: Timestamp,
    unless_since: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    let values = vec![id.into(), at.epoch_micros().into(), unless_since.epoch_micros().into()];
    tx.push(&SESSION_SEEN, values, Expect::AtMost(1));
    store.record(tx).await.map(|_| ())
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`].
pub async fn delete(store: &Store, id: &str) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    tx.push(&SESSION_DELETE, vec![id.into()], Expect::AtMost(1));
    store.record(tx).await.map(|_| ())
}

pub(crate) fn delete_of_user(tx: &mut Transaction, user_id: i64) {
    tx.push(&SESSIONS_DELETE, vec![user_id.into()], Expect::Any);
}

/// Drops the sessions that are over at `now`, or were not seen since `seen_after`.
///
/// # Errors
/// [`StoreError`].
pub async fn purge(store: &Store, now: Timestamp, seen_after: Timestamp) -> Result<u64, StoreError> {
    let mut tx = Transaction::new();
    tx.push(&SESSIONS_PURGE, vec![now.epoch_micros().into(), seen_after.epoch_micros().into()], Expect::Any);
    store.record(tx).await.map(|recorded| recorded.total())
}
