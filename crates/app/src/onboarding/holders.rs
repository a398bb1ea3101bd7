//! The portfolios that hold a symbol, and the refreshes that compute them once it is known.
//!
//! A refresh that has not begun sees everything recorded before, so one that waits for a portfolio is enough: it begins
//! when the last of the portfolio's symbols has come to an end, and some time later at the latest.

use model::{Portfolio, PortfolioId, Symbol, Timestamp};
use store::Transaction;

use crate::jobs::{self, JobInput, NewJob, RefreshInput};
use crate::{AppError, Context};

/// Has the holders of a symbol refreshed that has come to an end, good or bad. Those that came while it was being worked on
/// are among them.
pub async fn refresh(ctx: &Context, tx: &mut Transaction, symbol: &Symbol) -> Result<(), AppError> {
    let holders = store::onboarding::holders(ctx.store()?, std::slice::from_ref(symbol)).await?;
    let ids: Vec<PortfolioId> = holders.iter().map(|holder| holder.portfolio).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let (awaited, waiting) = store::onboarding::waiting(ctx.store()?, &ids, symbol.as_str()).await?;
    let mut hastened = Vec::new();
    for holder in &holders {
        let is_awaited = awaited.contains(&holder.portfolio);
        match waiting.get(&holder.portfolio) {
            Some(refresh) if !is_awaited => hastened.push(refresh.job.clone()),
            Some(_) => {}
            None => create(ctx, tx, &holder.owner, holder.portfolio, is_awaited)?,
        }
    }
    if !hastened.is_empty() {
        store::onboarding::hasten_refreshes(tx, &hastened);
    }
    Ok(())
}

/// Has portfolios refreshed that are being changed: at once, or when their symbols are known.
pub async fn add_refreshes(
    ctx: &Context,
    tx: &mut Transaction,
    portfolios: &[&Portfolio],
    is_pending: bool,
) -> Result<(), AppError> {
    let ids: Vec<PortfolioId> = portfolios.iter().map(|portfolio| portfolio.id).collect();
    let (_, waiting) = store::onboarding::waiting(ctx.store()?, &ids, "").await?;
    for portfolio in portfolios.iter().filter(|portfolio| !waiting.contains_key(&portfolio.id)) {
        create(ctx, tx, &portfolio.owner, portfolio.id, is_pending)?;
    }
    Ok(())
}

/// The refreshes of the owner's portfolios with some symbols that nobody works on yet.
pub async fn waiting_refreshes(ctx: &Context, symbols: &[Symbol]) -> Result<Vec<String>, AppError> {
    let store = ctx.store()?;
    let holders = store::onboarding::holders(store, symbols).await?;
    let own = holders.iter().filter(|holder| holder.owner == ctx.owner);
    let ids: Vec<PortfolioId> = own.map(|holder| holder.portfolio).collect();
    let (_, waiting) = store::onboarding::waiting(store, &ids, "").await?;
    Ok(waiting.into_values().map(|refresh| refresh.job).collect())
}

fn create(
    ctx: &Context,
    tx: &mut Transaction,
    owner: &str,
    portfolio: PortfolioId,
    is_deferred: bool,
) -> Result<(), AppError> {
    // By its id, since its name may change before the refresh begins.
    let input = RefreshInput { portfolio: Some(portfolio.to_string()), ..RefreshInput::default() };
    let of_owner = Context { owner: owner.to_owned(), ..ctx.clone() };
    let creation = jobs::creation(&of_owner, &NewJob::new(JobInput::Refresh(input)))?;
    tx.append(creation.writes);
    let run_after = match is_deferred {
        true => ctx.clock.now().epoch_micros() + ctx.limits.onboarding.refresh_after_ms * 1_000,
        false => 0,
    };
    store::onboarding::defer_refresh(tx, &creation.id, portfolio, Timestamp::from_epoch_micros(run_after));
    Ok(())
}
