//! Working on symbols of the queue here, for whoever waits.

use futures_util::StreamExt;
use model::Symbol;

use super::holders;
use crate::jobs::{self, JobKind};
use crate::{AppError, Context};

/// Works on those of some symbols that are in the queue, or waits for whoever does, several at once, and then computes the
/// owner's portfolios that hold them. What comes of each symbol is told by its status.
///
/// # Errors
/// [`AppError::Store`].
pub async fn onboard_in_foreground(ctx: &Context, symbols: &[Symbol]) -> Result<(), AppError> {
    let subjects: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    let newest = jobs::newest_about(ctx, JobKind::OnboardSymbol, &subjects).await?;
    let working: Vec<_> = newest
        .into_iter()
        .filter(|job| !job.state.is_final())
        .map(|job| {
            let ctx = Context { owner: job.owner.clone(), ..ctx.clone() };
            async move { jobs::run_in_foreground(&ctx, &job.id).await }
        })
        .collect();
    let at_once = ctx.limits.jobs.onboarding_concurrency_max.max(1);
    let mut coming = futures_util::stream::iter(working).buffer_unordered(at_once);
    while let Some(finished) = coming.next().await {
        finished?;
    }
    for refresh in holders::waiting_refreshes(ctx, symbols).await? {
        jobs::run_in_foreground(ctx, &refresh).await?;
    }
    Ok(())
}
