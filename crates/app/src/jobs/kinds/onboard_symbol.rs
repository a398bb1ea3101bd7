//! A symbol made known; it is the only unit.

use model::Symbol;
use serde_json::{Map, Value, json};

use super::{Output, Worked, guard_of};
use crate::jobs::input::{date, symbols};
use crate::jobs::run::failed_unit;
use crate::jobs::{OnboardInput, UnitEnd, UnitState};
use crate::onboarding::make_known;
use crate::{AppError, Context, FetchFailure};

/// Attempts after which the next one comes soon.
const QUICK_ATTEMPTS: i64 = 2;
/// The phase that the progress of the job begins with.
const PHASE: &str = "market_data";

pub async fn run(ctx: &Context, input: &OnboardInput) -> Result<Worked, AppError> {
    let guard = guard_of(ctx);
    let symbol = symbols(std::slice::from_ref(&input.symbol))?.remove(0);
    let from = input.from.as_deref().map(|text| date("from", text)).transpose()?;
    guard.begin_phase(PHASE, ctx.clock.now());
    let known = make_known(ctx, &symbol, from).await?;
    let (end, fault, result) = match &known.absent {
        Ok(absent) => {
            for (figure, reason) in absent {
                guard.warn("figure_absent", format!("{figure}: {reason}"));
            }
            let reasons: Map<String, Value> =
                absent.iter().map(|(figure, reason)| (figure.clone(), reason.as_str().into())).collect();
            let result =
                json!({ "symbol": symbol.as_str(), "partial": !reasons.is_empty(), "absent": reasons });
            (UnitEnd::new(symbol.as_str(), UnitState::Done), None, Some(result))
        }
        Err(failure) => {
            let fault = (failure.code.to_owned(), failure.message.clone());
            (failed(ctx, &symbol, failure).await?, Some(fault), None)
        }
    };
    Ok(Worked { ends: vec![end], fault, passing: None, result, output: Output::Symbol(known) })
}

/// How the unit of a symbol ended that could not be made known. A provider that is down may be back in a moment, so that the
/// first attempts do not wait for as long as the failure is remembered.
async fn failed(ctx: &Context, symbol: &Symbol, failure: &FetchFailure) -> Result<UnitEnd, AppError> {
    let job = store::jobs::by_id(ctx.store()?, guard_of(ctx).job()).await?;
    let is_early = job.is_some_and(|job| job.attempt < QUICK_ATTEMPTS);
    let end = failed_unit(symbol.as_str(), failure);
    let retry_at = end.retry_at.filter(|_| !is_early || failure.code == "rate_limited");
    Ok(UnitEnd { retry_at, ..end })
}
