//! Reading the snapshots of a portfolio.

use model::Date;
use store::snapshots::StoredSnapshot;

use crate::{AppError, Context, portfolios};

/// The snapshots of a portfolio from one date to another, both included, in session order.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn snapshots(
    ctx: &Context,
    portfolio: &str,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Vec<StoredSnapshot>, AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    let first = from.unwrap_or(ctx.calendar.first());
    let last = to.unwrap_or(ctx.calendar.last());
    Ok(store::snapshots::in_range(ctx.store()?, stored.portfolio.id, first, last).await?)
}

/// Some snapshots of a portfolio, and its name.
#[derive(Clone, Debug)]
pub struct SnapshotsPage {
    /// The portfolio's name.
    pub portfolio: String,
    /// The snapshots, in session order.
    pub snapshots: Vec<StoredSnapshot>,
}

/// The first `limit` snapshots of a portfolio from one date to another, both included, in session order.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn snapshots_page(
    ctx: &Context,
    portfolio: &str,
    from: Option<Date>,
    to: Option<Date>,
    limit: usize,
) -> Result<SnapshotsPage, AppError> {
    let stored = portfolios::load(ctx, portfolio).await?;
    let (first, last) = (from.unwrap_or(ctx.calendar.first()), to.unwrap_or(ctx.calendar.last()));
    let id = stored.portfolio.id;
    let snapshots = store::snapshots::page(ctx.store()?, id, first, last, limit as i64).await?;
    Ok(SnapshotsPage { portfolio: stored.portfolio.name, snapshots })
}
