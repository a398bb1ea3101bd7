//! Imports that were taken.

use app::UndoneBatch;
use serde::Serialize;
use store::batches::StoredBatch;
use utoipa::ToSchema;

use super::Text;
use super::words::{BatchIdText, DateText, TimestampText};

/// An import into a portfolio.
#[derive(Serialize, ToSchema)]
pub struct Batch {
    id: BatchIdText,
    /// The name of its file.
    file: String,
    format: String,
    /// The SHA-256 of its content.
    hash: String,
    rows: i64,
    /// Its events that are still in the books.
    events: i64,
    created_at: TimestampText,
    /// When it was taken back; null when it was not.
    undone_at: Option<TimestampText>,
}

impl Batch {
    /// Of a stored import.
    pub fn of(stored: &StoredBatch) -> Batch {
        let batch = &stored.batch;
        Batch {
            id: Text(batch.id),
            file: batch.file_name.clone(),
            format: batch.format.clone(),
            hash: batch.file_hash.clone(),
            rows: batch.row_count,
            events: stored.active_count,
            created_at: Text(batch.created_at),
            undone_at: batch.undone_at.map(Text),
        }
    }
}

/// An import that was taken back.
#[derive(Serialize, ToSchema)]
pub struct Undone {
    id: BatchIdText,
    /// The portfolio's name.
    portfolio: String,
    /// Always true.
    undone: bool,
    /// Events that were in the books until now.
    voided: usize,
    /// The first date whose figures change.
    from: Option<DateText>,
}

impl Undone {
    /// Of what the use case did.
    pub fn of(undone: &UndoneBatch) -> Undone {
        Undone {
            id: Text(undone.batch.id),
            portfolio: undone.portfolio.clone(),
            undone: true,
            voided: undone.voided_count,
            from: undone.from.map(Text),
        }
    }
}
