//! The queue of symbols that are to be made known: what an upload adds to it, in the transaction of the upload.

use std::collections::BTreeMap;

use model::{Date, Portfolio, Symbol};
use store::Transaction;

use super::holders;
use crate::jobs::{self, JobInput, NewJob, OnboardInput};
use crate::{AppError, Context};

/// Adds the work on new symbols of portfolios to the transaction that brings them, and the refreshes that follow. Symbols
/// that are in the queue already are not added again.
///
/// # Errors
/// [`AppError::TooManyUnknownSymbols`] when they never fit into the queue, [`AppError::OnboardingFull`] when they do not
/// fit now.
pub async fn add_to(
    ctx: &Context,
    tx: &mut Transaction,
    portfolios: &[&Portfolio],
    pending: &BTreeMap<Symbol, Date>,
) -> Result<(), AppError> {
    let store = ctx.store()?;
    let queue = store::onboarding::queue(store).await?;
    let new: Vec<(&Symbol, &Date)> = pending.iter().filter(|(symbol, _)| !queue.contains(*symbol)).collect();
    if !new.is_empty() {
        let open_max = room(ctx, queue.len(), new.len())?;
        store::onboarding::admit(tx, open_max);
        tracing::info!(new = new.len(), open = queue.len(), "symbols_queued");
        for (symbol, from) in new {
            let input = OnboardInput { symbol: symbol.to_string(), from: Some(from.to_string()) };
            tx.append(jobs::creation(ctx, &NewJob::new(JobInput::OnboardSymbol(input)))?.writes);
        }
    }
    holders::add_refreshes(ctx, tx, portfolios, !pending.is_empty()).await
}

/// Adds the room that one symbol more needs to a transaction.
///
/// # Errors
/// [`AppError::OnboardingFull`].
pub async fn admit_one(ctx: &Context, tx: &mut Transaction) -> Result<(), AppError> {
    let open = store::onboarding::queue(ctx.store()?).await?.len();
    store::onboarding::admit(tx, room(ctx, open, 1)?);
    Ok(())
}

/// How many symbols may be in the queue when so many new ones are added to it.
fn room(ctx: &Context, open: usize, new: usize) -> Result<usize, AppError> {
    let limits = &ctx.limits.onboarding;
    if new > limits.upload_symbols_max {
        let (count, limit) = (new as u64, limits.upload_symbols_max as u64);
        return Err(AppError::TooManyUnknownSymbols { count, limit });
    }
    let open_max = limits.queue_symbols_max.saturating_sub(new);
    if open > open_max {
        let leaving = open - open_max;
        let at_once = ctx.limits.jobs.onboarding_concurrency_max.max(1);
        let retry_after_s = (leaving.div_ceil(at_once) as u64) * super::SECONDS_PROCESSING_DEFAULT as u64;
        return Err(AppError::OnboardingFull { open: open as u64, new: new as u64, retry_after_s });
    }
    Ok(open_max)
}
