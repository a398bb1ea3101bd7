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
