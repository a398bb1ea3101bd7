//! Tokens of programs.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// One token with its user.
    TOKEN_BY_ID: "SELECT t.id, t.user_id, t.name, t.secret_hash, t.scopes, t.created_at, t.expires_at, \
            t.revoked_at, t.last_used_at, u.name, u.owner, u.is_admin \
        FROM api_token t JOIN user_account u ON u.id = t.user_id WHERE t.id = $1",
        params [text],
        columns [text, int, text, blob, text, int, int?, int?, int?, text, text, int];
    /// The tokens of one user.
    TOKENS_OF_USER: "SELECT t.id, t.user_id, t.name, t.secret_hash, t.scopes, t.created_at, t.expires_at, \
            t.revoked_at, t.last_used_at, u.name, u.owner, u.is_admin \
        FROM api_token t JOIN user_account u ON u.id = t.user_id WHERE t.user_id = $1 \
        ORDER BY t.created_at, t.id",
        params [int],
        columns [text, int, text, blob, text, int, int?, int?, int?, text, text, int];
    /// The tokens of all users.
    TOKENS: "SELECT t.id, t.user_id, t.name, t.secret_hash, t.scopes, t.created_at, t.expires_at, \
            t.revoked_at, t.last_used_at, u.name, u.owner, u.is_admin \
        FROM api_token t JOIN user_account u ON u.id = t.user_id ORDER BY u.name, t.created_at, t.id",
        params [],
        columns [text, int, text, blob, text, int, int?, int?, int?, text, text, int];
    /// Adds a token, unless its user has as many as there may be.
    TOKEN_INSERT: "INSERT INTO api_token (id, user_id, name, secret_hash, scopes, created_at, expires_at) \
        SELECT $1, u.id, $3, $4, $5, $6, $7 FROM user_account u WHERE u.id = $2 \
            AND (SELECT COUNT(*) FROM api_token t WHERE t.user_id = u.id AND t.revoked_at IS NULL) < $8",
        params [text, int, text, blob, text, int, int?, int], columns [];
    /// Revokes a token, once.
    TOKEN_REVOKE: "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        params [text, int], columns [];
    /// Notes that a token was used, unless that was noted since.
    TOKEN_USED: "UPDATE api_token SET last_used_at = $2 \
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)",
        params [text, int, int], columns [];
    /// Drops tokens of a user that were revoked or expired long ago.
    TOKENS_FORGET: "DELETE FROM api_token WHERE user_id = $1 AND (revoked_at < $2 OR expires_at < $3)",
        params [int, int, int], columns [];
    /// Drops all tokens of a user.
    TOKENS_DELETE: "DELETE FROM api_token WHERE user_id = $1",
        params [int], columns [];
}

/// A token as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Its identity, the public part of it.
    pub id: String,
    /// Whose it is.
    pub user_id: i64,
    /// What its user calls it.
    pub name: String,
    /// SHA-256 of its secret part.
    pub secret_hash: Vec<u8>,
    /// What it opens, by names with commas between.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl std::fmt::Debug for Token {
    /// The hash is left out, so that no log can hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A token and the user it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOfUser {
    /// The token.
    pub token: Token,
    /// The user's name.
    pub user: String,
    /// The key under which the user's portfolios are kept.
    pub owner: String,
    /// Whether the user may see to everything.
    pub is_admin: bool,
}

/// One token by its public part.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: &str) -> Result<Option<TokenOfUser>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&TOKEN_BY_ID, vec![id.into()])]).await?[0]).pop())
}

/// The tokens of one user, oldest first, those that have ended too.
///
/// # Errors
/// [`StoreError`].
pub async fn of_user(store: &Store, user_id: i64) -> Result<Vec<TokenOfUser>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&TOKENS_OF_USER, vec![user_id.into()])]).await?[0]))
}

/// The tokens of all users, by user.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<Vec<TokenOfUser>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&TOKENS, vec![])]).await?[0]))
}

fn read(table: &Table) -> Vec<TokenOfUser> {
    let token = |row: usize| TokenOfUser {
        token: Token {
            id: table.text(0)[row].clone(),
            user_id: table.int(1)[row],
            name: table.text(2)[row].clone(),
            secret_hash: table.blob(3)[row].clone(),
            scopes: table.text(4)[row].clone(),
            created_at: instant(table.int(5)[row]),
            expires_at: table.int_null(6)[row].map(instant),
            revoked_at: table.int_null(7)[row].map(instant),
            last_used_at: table.int_null(8)[row].map(instant),
        },
        user: table.text(9)[row].clone(),
        owner: table.text(10)[row].clone(),
        is_admin: table.int(11)[row] != 0,
    };
    (0..table.len()).map(token).collect()
}

/// Adds a token. The transaction fails with [`StoreError::Guard`] when the user is gone or has `count_max` tokens in
/// force already, and with [`StoreError::Constraint`] when one of them has the name.
pub fn insert(tx: &mut Transaction, token: &Token, count_max: i64) {
    let values = vec![
        token.id.as_str().into(),
        token.user_id.into(),
        token.name.as_str().into(),
        token.secret_hash.as_slice().into(),
        token.scopes.as_str().into(),
        token.created_at.epoch_micros().into(),
        token.expires_at.map(Timestamp::epoch_micros).into(),
        count_max.into(),
    ];
    tx.push(&TOKEN_INSERT, values, Expect::Exactly(1));
}

/// Revokes a token. The transaction fails with [`StoreError::Guard`] when it was revoked before.
pub fn revoke(tx: &mut Transaction, id: &str, at: Timestamp) {
    tx.push(&TOKEN_REVOKE, vec![id.into(), at.epoch_micros().into()], Expect::Exactly(1));
}

/// Notes that a token was used, unless a use after `unless_since` is noted already.
///
/// # Errors
/// [`StoreError`].
pub async fn note_use(
    store: &Store,
    id: &str,
    at: Timestamp,
    unless_since: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    let values = vec![id.into(), at.epoch_micros().into(), unless_since.epoch_micros().into()];
    tx.push(&TOKEN_USED, values, Expect::AtMost(1));
    store.record(tx).await.map(|_| ())
}

/// Drops those tokens of a user that ended before `before`.
pub fn forget(tx: &mut Transaction, user_id: i64, before: Timestamp) {
    let micros = before.epoch_micros();
    tx.push(&TOKENS_FORGET, vec![user_id.into(), micros.into(), micros.into()], Expect::Any);
}

pub(crate) fn delete_of_user(tx: &mut Transaction, user_id: i64) {
    tx.push(&TOKENS_DELETE, vec![user_id.into()], Expect::Any);
}
