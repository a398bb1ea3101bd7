//! Profiles learned; its units are symbols.

use market::Urgency;
use serde_json::json;
use store::Transaction;

use super::{Output, Worked, guard_of};
use crate::jobs::{ProfilesInput, UnitEnd, UnitState};
use crate::profiles::{NoSector, PrefetchedProfiles, SymbolSector, prefetch_profiles};
use crate::{AppError, Context};

/// The phase that the progress of the job speaks of.
const PHASE: &str = "fundamentals";

pub async fn run(ctx: &Context, _: &ProfilesInput) -> Result<Worked, AppError> {
    let guard = guard_of(ctx);
    let open = guard.open_units();
    let urgency = if guard.is_awaited() { Urgency::Interactive } else { Urgency::Background };
    guard.begin_phase(PHASE, ctx.clock.now());
    let mut all = PrefetchedProfiles::default();
    let mut untold: Vec<UnitEnd> = Vec::new();
    for group in open.chunks(ctx.limits.profile_batch_count_max.max(1)) {
        guard.check()?;
        if !untold.is_empty() {
            let (later, ended): (Vec<UnitEnd>, Vec<UnitEnd>) =
                untold.into_iter().partition(|end| end.may_pass);
            let mut tx = Transaction::new();
            guard.end_units(&mut tx, &ended);
            ctx.record(tx).await?;
            guard.ended(&ended);
            untold = later;
        }
        let prefetched = prefetch_profiles(ctx, group, urgency).await?;
        untold.extend(prefetched.sectors.iter().map(end_of));
        all.sectors.extend(prefetched.sectors);
        all.learned_count += prefetched.learned_count;
        all.provider_calls += prefetched.provider_calls;
        all.complaints.extend(prefetched.complaints);
        guard.come_to(all.sectors.len(), open.len());
    }
    for complaint in &all.complaints {
        guard.warn("rows_refused", complaint.clone());
    }
    let result = json!({ "learned": all.learned_count, "provider_calls": all.provider_calls });
    Ok(Worked {
        ends: untold,
        fault: None,
        passing: None,
        result: Some(result),
        output: Output::Profiles(all),
    })
}

fn end_of(sector: &SymbolSector) -> UnitEnd {
    let name = sector.symbol.as_str();
    match &sector.sector {
        Ok(_) | Err(NoSector::NotTold | NoSector::OtherKind(_)) => UnitEnd::new(name, UnitState::Done),
        Err(NoSector::Pending) => {
            UnitEnd::failed(name, "pending", "another process is asking".to_owned(), true)
        }
        Err(NoSector::Invalid { message }) => UnitEnd::failed(name, "invalid_symbol", message.clone(), false),
        Err(NoSector::Failed { code, message, .. }) => UnitEnd::failed(
            name,
            code,
            message.clone(),
            matches!(code.as_str(), "rate_limited" | "unavailable"),
        ),
    }
}
