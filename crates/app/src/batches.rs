//! Imports that were taken: listing them, and taking them back.

use model::{BatchId, Date};
use store::Transaction;
use store::batches::{Batch, StoredBatch};

use crate::{AppError, Context, events, portfolios};

/// An import that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneBatch {
    /// The import.
    pub batch: Batch,
    /// The portfolio's name.
    pub portfolio: String,
    /// Events that were in the books until now.
    pub voided_count: usize,
    /// The first date whose figures change.
    pub from: Option<Date>,
}

/// Lists the imports into a portfolio, oldest first, those taken back too.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn list_batches(ctx: &Context, portfolio: &str) -> Result<Vec<StoredBatch>, AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    Ok(store::batches::of_portfolio(ctx.store()?, stored.portfolio.id).await?)
}

/// Takes an import back: voids its events that are still in the books, in one transaction. They stay on record, and
/// their keys may be used again, so that the file can be imported once more.
///
/// # Errors
/// [`AppError::NotFound`] when the owner has no such import, [`AppError::AlreadyUndone`].
pub async fn undo_batch(ctx: &Context, id: BatchId) -> Result<UndoneBatch, AppError> {
    let unknown = || AppError::NotFound {
        what: "import",
        name: id.to_string(),
        hint: "; `daybook portfolio batches NAME` shows the ids",
    };
    for attempt in 0..ctx.limits.conflict_retries_max {
        crate::context::pause(attempt).await;
        let owned = store::portfolios::of_owner(ctx.store()?, &ctx.owner).await?;
        let (batch, active) = store::batches::by_id(ctx.store()?, id).await?.ok_or_else(unknown)?;
        let stored = owned.into_iter().find(|stored| stored.portfolio.id == batch.portfolio);
        let portfolio = stored.ok_or_else(unknown)?.portfolio;
        if let Some(at) = batch.undone_at {
            return Err(AppError::AlreadyUndone { id: id.0, at });
        }
        let now = ctx.clock.now();
        let mut tx = Transaction::new();
        store::portfolios::touch(&mut tx, &portfolio, portfolio.last_entry_no);
        store::batches::undo(&mut tx, id, now);
        store::events::void_batch(&mut tx, id, active.len(), now);
        events::note_change(ctx, &mut tx, portfolio.id, &active)?;
        if events::recorded(ctx.store()?.record(tx).await)? {
            let from = active.iter().map(|event| event.date).min();
            let batch = Batch { undone_at: Some(now), ..batch };
            return Ok(UndoneBatch { batch, portfolio: portfolio.name, voided_count: active.len(), from });
        }
    }
    Err(AppError::Conflict { what: format!("import {id}") })
}
