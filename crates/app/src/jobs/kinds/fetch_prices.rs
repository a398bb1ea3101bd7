//! Prices into the cache; its units are symbols.

use market::Urgency;
use serde_json::json;
use store::Transaction;

use super::{Output, Worked, guard_of};
use crate::fetch::flight_symbols_max;
use crate::jobs::input::{date, symbols};
use crate::jobs::run::{ended_as, failed_unit};
use crate::jobs::{FetchInput, UnitEnd, UnitState};
use crate::{AppError, Context, FetchOutcome, FetchRequest};

/// The phase that the progress of the job speaks of.
const PHASE: &str = "market_data";

pub async fn run(ctx: &Context, input: &FetchInput) -> Result<Worked, AppError> {
    let guard = guard_of(ctx);
    let (first, last) = (date("from", &input.from)?, date("to", &input.to)?);
    let open = symbols(&guard.open_units())?;
    let request = |symbol: &model::Symbol| FetchRequest {
        is_forced: input.force,
        urgency: if guard.is_awaited() { Urgency::Interactive } else { Urgency::Background },
        ..FetchRequest::new(symbol.clone(), first, last)
    };
    guard.begin_phase(PHASE, ctx.clock.now());
    let mut outcomes: Vec<FetchOutcome> = Vec::with_capacity(open.len());
    let mut untold = Vec::new();
    // A group at a time, so that what is done is done when the job ends early.
    for group in open.chunks(flight_symbols_max(ctx)) {
        guard.check()?;
        if !untold.is_empty() {
            let mut tx = Transaction::new();
            let (ended, later): (Vec<UnitEnd>, Vec<UnitEnd>) =
                untold.into_iter().partition(|end: &UnitEnd| !end.may_pass);
            guard.end_units(&mut tx, &ended);
            ctx.record(tx).await?;
            guard.ended(&ended);
            untold = later;
        }
        let fetched = crate::fetch(ctx, group.iter().map(request).collect()).await?;
        untold.extend(fetched.iter().map(|outcome| tell(ctx, outcome)));
        outcomes.extend(fetched);
        guard.come_to(outcomes.len(), open.len());
    }
    let result = json!({ "symbols": outcomes.iter().map(outcome_json).collect::<Vec<_>>() });
    Ok(Worked {
        ends: untold,
        fault: None,
        passing: None,
        result: Some(result),
        output: Output::Prices(outcomes),
    })
}

/// How the unit of an outcome ended; what is missing or strange is told beside it.
fn tell(ctx: &Context, outcome: &FetchOutcome) -> UnitEnd {
    let guard = guard_of(ctx);
    let symbol = outcome.symbol.as_str();
    match &outcome.result {
        Err(failure) => failed_unit(symbol, failure),
        Ok(summary) => {
            if let Some(row) = summary.refused.first() {
                let count = summary.refused_count;
                guard.warn(
                    "rows_refused",
                    format!("{symbol}: {count} rows, first {}: {}", row.place, row.reason),
                );
            }
            if summary.restated_count > 0 {
                guard.warn("restated", format!("{symbol}: {} final prices", summary.restated_count));
            }
            match &summary.shortfall {
                Some(failure) => UnitEnd { state: UnitState::Failed, ..failed_unit(symbol, failure) },
                None => UnitEnd::new(symbol, ended_as(!summary.is_unchanged || summary.written_count > 0)),
            }
        }
    }
}

fn outcome_json(outcome: &FetchOutcome) -> serde_json::Value {
    let summary = outcome.result.as_ref().ok();
    let failure = outcome.result.as_ref().err().or(summary.and_then(|summary| summary.shortfall.as_ref()));
    json!({
        "symbol": outcome.symbol.as_str(),
        "provider_calls": outcome.provider_calls,
        "written": summary.map(|summary| summary.written_count),
        "failure": failure.map(|failure| json!({ "code": failure.code, "message": failure.message })),
    })
}
