//! Imports of files: which events came together, and whether they were taken back.

use model::{BatchId, Event, PortfolioId, Timestamp};

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction, events};

crate::statements! {
    /// Imports into a portfolio, each with how many of its events are active.
    BATCHES_OF_PORTFOLIO: "SELECT b.id, b.portfolio_id, b.format, b.file_name, b.file_hash, b.row_count, \
            b.created_at, b.undone_at, \
            (SELECT COUNT(*) FROM event e WHERE e.batch_id = b.id AND e.voided_at IS NULL) \
        FROM batch b WHERE b.portfolio_id = $1 ORDER BY b.created_at, b.id",
        params [int], columns [int, int, text, text, text, int, int, int?, int];
    /// One import, with how many of its events are active.
    BATCH_BY_ID: "SELECT b.id, b.portfolio_id, b.format, b.file_name, b.file_hash, b.row_count, \
            b.created_at, b.undone_at, \
            (SELECT COUNT(*) FROM event e WHERE e.batch_id = b.id AND e.voided_at IS NULL) \
        FROM batch b WHERE b.id = $1",
        params [int], columns [int, int, text, text, text, int, int, int?, int];
    /// Adds an import.
    BATCH_INSERT: "INSERT INTO batch (id, portfolio_id, format, file_name, file_hash, row_count, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params [int, int, text, text, text, int, int], columns [];
    /// Notes that an import was taken back, once.
    BATCH_UNDO: "UPDATE batch SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL",
        params [int, int], columns [];
}

/// An import of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its identity.
    pub id: BatchId,
    /// Where its events went.
    pub portfolio: PortfolioId,
    /// The format of the file.
    pub format: String,
    /// The name of the file, without its folder.
    pub file_name: String,
    /// A hash of the file.
    pub file_hash: String,
    /// Rows taken from it.
    pub row_count: i64,
    /// When.
    pub created_at: Timestamp,
    /// When it was taken back, if it was.
    pub undone_at: Option<Timestamp>,
}

/// An import and how many of its events count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    /// The import.
    pub batch: Batch,
    /// Its events that are not voided.
    pub active_count: i64,
}

/// The imports into a portfolio, oldest first, those taken back too.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portfolio(store: &Store, portfolio: PortfolioId) -> Result<Vec<StoredBatch>, StoreError> {
    let query = Query::new(&BATCHES_OF_PORTFOLIO, vec![portfolio.0.into()]);
    Ok(read(&store.load(vec![query]).await?[0]))
}

/// One import and its active events.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: BatchId) -> Result<Option<(Batch, Vec<Event>)>, StoreError> {
    let query = Query::new(&BATCH_BY_ID, vec![id.0.into()]);
    let tables = store.load(vec![query, events::of_batch(id)]).await?;
    let active = events::read(&tables[1])?.into_iter().map(|(_, event)| event).collect();
    Ok(read(&tables[0]).pop().map(|stored| (stored.batch, active)))
}

fn read(table: &Table) -> Vec<StoredBatch> {
    let batch = |row: usize| StoredBatch {
        batch: Batch {
            id: BatchId(table.int(0)[row]),
            portfolio: PortfolioId(table.int(1)[row]),
            format: table.text(2)[row].clone(),
            file_name: table.text(3)[row].clone(),
            file_hash: table.text(4)[row].clone(),
            row_count: table.int(5)[row],
            created_at: instant(table.int(6)[row]),
            undone_at: table.int_null(7)[row].map(instant),
        },
        active_count: table.int(8)[row],
    };
    (0..table.len()).map(batch).collect()
}

/// Adds an import.
pub fn insert(tx: &mut Transaction, batch: &Batch) {
    let values = vec![
        batch.id.0.into(),
        batch.portfolio.0.into(),
        batch.format.as_str().into(),
        batch.file_name.as_str().into(),
        batch.file_hash.as_str().into(),
        batch.row_count.into(),
        batch.created_at.epoch_micros().into(),
    ];
    tx.push(&BATCH_INSERT, values, Expect::Exactly(1));
}

/// Notes that an import was taken back. The transaction fails with [`StoreError::Guard`] when it was before.
pub fn undo(tx: &mut Transaction, id: BatchId, now: Timestamp) {
    tx.push(&BATCH_UNDO, vec![id.0.into(), now.epoch_micros().into()], Expect::Exactly(1));
}
