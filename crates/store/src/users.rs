//! Users, and what changes hands when one goes.

use model::Timestamp;

use crate::private_symbols::{self, Handover};
use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Whether anybody can log in.
    USER_EXISTS: "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM user_account) THEN 1 ELSE 0 END AS BIGINT)",
        params [], columns [int];
    /// All users.
    USERS: "SELECT id, name, owner, is_admin, password_hash, revision, created_at FROM user_account ORDER BY name",
        params [], columns [int, text, text, int, text, int, int];
    /// One user by name.
    USER_BY_NAME: "SELECT id, name, owner, is_admin, password_hash, revision, created_at FROM user_account \
        WHERE name = $1",
        params [text], columns [int, text, text, int, text, int, int];
    /// One user by identity.
    USER_BY_ID: "SELECT id, name, owner, is_admin, password_hash, revision, created_at FROM user_account \
        WHERE id = $1",
        params [int], columns [int, text, text, int, text, int, int];
    /// Adds a user.
    USER_INSERT: "INSERT INTO user_account (id, name, owner, is_admin, password_hash, revision, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params [int, text, text, int, text, int, int], columns [];
    /// Gives a user another password, if nobody else changed the user meanwhile.
    USER_SET_PASSWORD: "UPDATE user_account SET password_hash = $3, revision = revision + 1 \
        WHERE id = $1 AND revision = $2",
        params [int, int, text], columns [];
    /// Gives a user another key of ownership, if nobody else changed the user meanwhile.
    USER_SET_OWNER: "UPDATE user_account SET owner = $3, revision = revision + 1 WHERE id = $1 AND revision = $2",
        params [int, int, text], columns [];
    /// Drops a user who owns no portfolio any more, if nobody else changed the user meanwhile.
    USER_DELETE: "DELETE FROM user_account WHERE id = $1 AND revision = $2 \
        AND NOT EXISTS (SELECT 1 FROM portfolio WHERE owner = $3)",
        params [int, int, text], columns [];
    /// Drops a user, if nobody else changed the user meanwhile; what they own goes to somebody in the same transaction.
    USER_DELETE_KEEPING: "DELETE FROM user_account WHERE id = $1 AND revision = $2",
        params [int, int], columns [];
    /// Drops a user whose portfolios stay, if nobody else changed the user meanwhile.
    USER_DELETE_ALONE: "DELETE FROM user_account WHERE id = $1 AND revision = $2 \
        AND NOT EXISTS (SELECT 1 FROM user_account other WHERE other.id <> $3)",
        params [int, int, int], columns [];
    /// Moves all jobs of an owner to another. A key stays behind that the heir has used as well.
    JOBS_GIVE: "UPDATE job SET owner = $2, revision = revision + 1, \
            idempotency_key = CASE WHEN EXISTS (SELECT 1 FROM job h WHERE h.owner = $2 \
                AND h.idempotency_key = job.idempotency_key) THEN NULL ELSE idempotency_key END \
        WHERE owner = $1",
        params [text, text], columns [];
    /// Moves all schedules of an owner to another.
    SCHEDULES_GIVE: "UPDATE schedule SET owner = $2 WHERE owner = $1",
        params [text, text], columns [];
    /// Drops what symbols stand for in the files of an owner, where the heir has said it too.
    MAPPINGS_YIELD: "DELETE FROM symbol_mapping WHERE owner = $1 \
        AND symbol IN (SELECT m.symbol FROM symbol_mapping m WHERE m.owner = $2)",
        params [text, text], columns [];
    /// Moves what symbols stand for to another owner.
    MAPPINGS_GIVE: "UPDATE symbol_mapping SET owner = $2 WHERE owner = $1",
        params [text, text], columns [];
    /// Drops what symbols stand for in the files of an owner who is no more.
    MAPPINGS_DROP: "DELETE FROM symbol_mapping WHERE owner = $1",
        params [text], columns [];
    /// Drops all schedules of an owner who is no more.
    SCHEDULES_DROP: "DELETE FROM schedule WHERE owner = $1",
        params [text], columns [];
    /// Moves all portfolios of an owner to another.
    PORTFOLIOS_GIVE: "UPDATE portfolio SET owner = $2, revision = revision + 1 WHERE owner = $1",
        params [text, text], columns [];
}

/// Somebody who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Their identity.
    pub id: i64,
    /// Their name, lower-cased.
    pub name: String,
    /// The key under which their portfolios are kept.
    pub owner: String,
    /// Whether they may see to users and to everything else.
    pub is_admin: bool,
    /// The Argon2id hash of their password, with its parameters.
    pub password_hash: String,
    /// Counts the changes.
    pub revision: i64,
    /// When they were added.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for User {
    /// The hash is left out, so that no log can hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// Whether anybody can log in.
///
/// # Errors
/// [`StoreError`].
pub async fn any(store: &Store) -> Result<bool, StoreError> {
    Ok(store.load(vec![Query::new(&USER_EXISTS, vec![])]).await?[0].int(0)[0] == 1)
}

/// All users, by name.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<Vec<User>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&USERS, vec![])]).await?[0]))
}

/// One user by name.
///
/// # Errors
/// [`StoreError`].
pub async fn by_name(store: &Store, name: &str) -> Result<Option<User>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&USER_BY_NAME, vec![name.into()])]).await?[0]).pop())
}

/// One user by identity.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: i64) -> Result<Option<User>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&USER_BY_ID, vec![id.into()])]).await?[0]).pop())
}

fn read(table: &Table) -> Vec<User> {
    let user = |row: usize| User {
        id: table.int(0)[row],
        name: table.text(1)[row].clone(),
        owner: table.text(2)[row].clone(),
        is_admin: table.int(3)[row] != 0,
        password_hash: table.text(4)[row].clone(),
        revision: table.int(5)[row],
        created_at: instant(table.int(6)[row]),
    };
    (0..table.len()).map(user).collect()
}

/// Adds a user. The transaction fails with [`StoreError::Constraint`] when the name or the key of ownership is taken.
pub fn insert(tx: &mut Transaction, user: &User) {
    let values = vec![
        user.id.into(),
        user.name.as_str().into(),
        user.owner.as_str().into(),
        i64::from(user.is_admin).into(),
        user.password_hash.as_str().into(),
        user.revision.into(),
        user.created_at.epoch_micros().into(),
    ];
    tx.push(&USER_INSERT, values, Expect::Exactly(1));
}

/// Gives a user another password and ends all their sessions. The transaction fails with [`StoreError::Guard`] when the
/// user is no longer as loaded.
pub fn set_password(tx: &mut Transaction, loaded: &User, password_hash: &str) {
    let values = vec![loaded.id.into(), loaded.revision.into(), password_hash.into()];
    tx.push(&USER_SET_PASSWORD, values, Expect::Exactly(1));
    crate::sessions::delete_of_user(tx, loaded.id);
}

/// Drops a user with their tokens, sessions and schedules. The transaction fails with [`StoreError::Guard`] when the user is no
/// longer as loaded, or owns a portfolio.
pub fn delete(tx: &mut Transaction, loaded: &User) {
    drop_credentials(tx, loaded);
    for statement in [&SCHEDULES_DROP, &MAPPINGS_DROP] {
        tx.push(statement, vec![loaded.owner.as_str().into()], Expect::Any);
    }
    private_symbols::drop_all(tx, &loaded.owner);
    let values = vec![loaded.id.into(), loaded.revision.into(), loaded.owner.as_str().into()];
    tx.push(&USER_DELETE, values, Expect::Exactly(1));
}

/// Drops a user whose key of ownership somebody else takes over in the same transaction, with all that is kept under it.
pub fn delete_keeping(tx: &mut Transaction, loaded: &User) {
    drop_credentials(tx, loaded);
    tx.push(&USER_DELETE_KEEPING, vec![loaded.id.into(), loaded.revision.into()], Expect::Exactly(1));
}

/// Drops the only user there is, whose portfolios stay where they are. The transaction fails with
/// [`StoreError::Guard`] when there is another user by now.
pub fn delete_alone(tx: &mut Transaction, loaded: &User) {
    drop_credentials(tx, loaded);
    let values = vec![loaded.id.into(), loaded.revision.into(), loaded.id.into()];
    tx.push(&USER_DELETE_ALONE, values, Expect::Exactly(1));
}

fn drop_credentials(tx: &mut Transaction, user: &User) {
    crate::sessions::delete_of_user(tx, user.id);
    crate::tokens::delete_of_user(tx, user.id);
}

/// Gives a user another key of ownership; what they own must be moved in the same transaction.
pub fn set_owner(tx: &mut Transaction, loaded: &User, owner: &str) {
    tx.push(
        &USER_SET_OWNER,
        vec![loaded.id.into(), loaded.revision.into(), owner.into()],
        Expect::Exactly(1),
    );
}

/// Moves everything one owner has to another. The transaction fails with [`StoreError::Constraint`] when both have a
/// portfolio of the same name.
pub fn give_all(tx: &mut Transaction, from: &str, to: &str, handover: &Handover) {
    private_symbols::give_all(tx, from, to, handover);
    for statement in [&PORTFOLIOS_GIVE, &JOBS_GIVE, &SCHEDULES_GIVE, &MAPPINGS_YIELD, &MAPPINGS_GIVE] {
        tx.push(statement, vec![from.into(), to.into()], Expect::Any);
    }
}
