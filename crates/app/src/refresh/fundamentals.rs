//! The second phase: profiles and earnings data that are due.

use std::collections::BTreeMap;
use std::time::Duration;

use market::Urgency;
use model::{PortfolioId, Symbol};

use super::{Meter, Phase, PhaseReport, PhaseState, Warning, named};
use crate::profiles::{NoSector, PrefetchedProfiles, prefetch_profiles};
use crate::{AppError, Context};

/// Has the providers asked about the symbols that portfolios name and nobody was asked about yet, or which they hold and
/// whose profiles have expired. Symbols that fail are told in warnings.
pub async fn learn_profiles(ctx: &Context, portfolios: &[PortfolioId]) -> PhaseReport {
    let mut providers = ctx.chain.providers().iter().map(|provider| provider.offers());
    if !providers.any(|offers| offers.has_profiles && (offers.is_local || !ctx.is_offline)) {
        return PhaseReport::skipped(Phase::Fundamentals, "no_provider");
    }
    let (mut meter, ctx) = match Meter::start(ctx, Phase::Fundamentals) {
        Ok(started) => started,
        Err(error) => return PhaseReport::failed(Phase::Fundamentals, &error),
    };
    let state = run(&ctx, portfolios, &mut meter).await;
    meter.report(state)
}

async fn run(ctx: &Context, portfolios: &[PortfolioId], meter: &mut Meter) -> Result<PhaseState, AppError> {
    let candidates = store::profiles::candidates(ctx.store()?, portfolios).await?;
    let symbols: Vec<&str> = candidates.iter().map(Symbol::as_str).collect();
    let limit = ctx.limits.phase_wall_ms_max;
    let prefetching = prefetch_profiles(ctx, &symbols, Urgency::Background);
    // The task goes on, and what it learns is there for the next run.
    let prefetched = tokio::time::timeout(Duration::from_millis(limit), prefetching).await;
    let too_long = |_| AppError::LimitExceeded { what: "milliseconds of a phase", count: limit, limit };
    let prefetched = prefetched.map_err(too_long)??;
    meter.provider_calls = prefetched.provider_calls;
    meter.check(ctx)?;
    Ok(count(&prefetched, meter))
}

/// Counts what became of the symbols, and tells what failed.
fn count(prefetched: &PrefetchedProfiles, meter: &mut Meter) -> PhaseState {
    let mut failed = BTreeMap::<(&str, &str), Vec<&str>>::new();
    for of in &prefetched.sectors {
        match &of.sector {
            Ok(_) | Err(NoSector::NotTold) => meter.items_done += 1,
            // A local source that does not have the symbol is no failure: nothing more can be had of it.
            Err(NoSector::OtherKind(_) | NoSector::Failed { retry_at: None, .. }) => meter.items_skipped += 1,
            Err(reason @ NoSector::Failed { message, .. }) => {
                failed.entry((reason.code(), message)).or_default().push(&of.symbol);
            }
            Err(reason @ NoSector::Pending) => {
                failed.entry((reason.code(), "another process is asking")).or_default().push(&of.symbol);
            }
            Err(reason @ NoSector::Invalid { message }) => {
                failed.entry((reason.code(), message)).or_default().push(&of.symbol);
            }
        }
    }
    let failed_count = failed.values().map(Vec::len).sum::<usize>() as u64;
    meter.items_skipped += failed_count;
    for ((code, message), symbols) in failed {
        let told = format!("no profile of {}: {message}", named(&symbols));
        meter.warnings.push(Warning::new(warning_code(code), told));
    }
    for complaint in &prefetched.complaints {
        meter.warnings.push(Warning::new("rows_refused", complaint.clone()));
    }
    match failed_count {
        0 => PhaseState::Ok,
        _ if meter.items_done == 0 => PhaseState::Failed,
        _ => PhaseState::Partial,
    }
}

/// The stable name of a warning about a failure of this name.
fn warning_code(code: &str) -> &'static str {
    match code {
        "not_found" => "not_found",
        "no_data" => "no_data",
        "rate_limited" => "rate_limited",
        "unauthorized" => "unauthorized",
        "unavailable" => "unavailable",
        "malformed" => "malformed",
        "pending" => "pending",
        _ => "no_profile",
    }
}
