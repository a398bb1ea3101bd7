//! The sequence of changes that dirty portfolios and in-memory caches follow.

use model::InstrumentId;

use crate::error::StoreError;
use crate::store::Store;
use crate::table::{Column, Table};
use crate::transaction::{Expect, Query, Transaction};

crate::statements! {
    /// Advances the sequence; its row lock puts the changes of concurrent transactions in the order they commit.
    CHANGE_ADVANCE: "UPDATE change_head SET seq = seq + 1 WHERE id = 1",
        params [], columns [];
    /// Notes what changed at the step just taken.
    CHANGE_APPEND: "INSERT INTO change (seq, scope, scope_id, first_session) \
        SELECT (SELECT seq FROM change_head WHERE id = 1), r.scope, r.scope_id, r.first_session \
        FROM {rows: scope, scope_id, first_session} r",
        params [text, int, int], columns [];
    /// The newest step.
    CHANGE_HEAD: "SELECT seq FROM change_head WHERE id = 1",
        params [], columns [int];
    /// What changed after a step.
    CHANGE_SINCE: "SELECT seq, scope, scope_id, first_session FROM change WHERE seq > $1 \
        ORDER BY seq, scope, scope_id",
        params [int], columns [int, text, int, int];
    /// The newest step, without an instrument, and the instruments that changed after a step.
    CHANGE_INSTRUMENTS_SINCE: "SELECT seq, CAST(NULL AS BIGINT) FROM change_head WHERE id = 1 \
        UNION ALL SELECT c.seq, c.scope_id FROM (SELECT seq, scope_id FROM change \
            WHERE seq > $1 AND scope = 'instrument' ORDER BY seq, scope_id LIMIT $2) c",
        params [int, int], columns [int, int?];
}

/// Something changed from a session on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The step of the sequence; given by the database when the change is recorded.
    pub seq: i64,
    /// The kind of thing.
    pub scope: String,
    /// The thing.
    pub scope_id: i64,
    /// The first session that is affected, in epoch days.
    pub first_session: i64,
}

/// Adds one step of the sequence with everything that changed in it to a transaction; the `seq` of the changes is
/// not read. Each scope and id stands at most once, and a transaction takes one step.
pub fn append(tx: &mut Transaction, changes: &[Change]) {
    let rows = Table::new(vec![
        Column::Text(changes.iter().map(|change| change.scope.clone()).collect()),
        Column::Int(changes.iter().map(|change| change.scope_id).collect()),
        Column::Int(changes.iter().map(|change| change.first_session).collect()),
    ]);
    tx.push(&CHANGE_ADVANCE, vec![], Expect::Exactly(1));
    tx.push_rows(&CHANGE_APPEND, rows, Expect::Exactly(changes.len() as u64));
}

/// Asks for the newest step; zero when nothing ever changed.
pub fn head() -> Query {
    Query::new(&CHANGE_HEAD, vec![])
}

/// Reads the answer to [`head`].
pub fn read_head(table: &Table) -> i64 {
    table.int(0)[0]
}

/// Asks for what changed after step `seq`.
pub fn since(seq: i64) -> Query {
    Query::new(&CHANGE_SINCE, vec![seq.into()])
}

/// What changed after step `seq`, in the order of the sequence.
///
/// # Errors
/// [`StoreError`].
pub async fn load_since(store: &Store, seq: i64) -> Result<Vec<Change>, StoreError> {
    Ok(read_since(&store.load(vec![since(seq)]).await?[0]))
}

/// The newest step.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(store: &Store) -> Result<i64, StoreError> {
    Ok(read_head(&store.load(vec![head()]).await?[0]))
}

/// The newest step, and the instruments that changed after step `seq` with the steps they did, in the order of the
/// sequence and at most `limit` of them.
///
/// # Errors
/// [`StoreError`].
pub async fn instruments_since(
    store: &Store,
    seq: i64,
    limit: usize,
) -> Result<(i64, Vec<(i64, InstrumentId)>), StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = Query::new(&CHANGE_INSTRUMENTS_SINCE, vec![seq.into(), limit.into()]);
    let table = &store.load(vec![query]).await?[0];
    let (mut newest, mut changed) = (0, Vec::new());
    for (seq, id) in table.int(0).iter().zip(table.int_null(1)) {
        match id {
            Some(id) => changed.push((*seq, InstrumentId(*id))),
            None => newest = *seq,
        }
    }
    // The rows of a union have no order of their own.
    changed.sort_unstable();
    Ok((newest, changed))
}

/// Reads the answer to [`since`], in the order of the sequence.
pub fn read_since(table: &Table) -> Vec<Change> {
    let (seqs, scopes) = (table.int(0), table.text(1));
    let (ids, sessions) = (table.int(2), table.int(3));
    (0..table.len())
        .map(|row| Change {
            seq: seqs[row],
            scope: scopes[row].clone(),
            scope_id: ids[row],
            first_session: sessions[row],
        })
        .collect()
}
