//! A symbol made known; it is the only unit.

use serde_json::{Map, Value, json};

use super::{Output, Worked, guard_of};
use crate::jobs::input::{date, symbols};
use crate::jobs::run::failed_unit;
use crate::jobs::{OnboardInput, UnitEnd, UnitState};
use crate::onboarding::make_known;
use crate::{AppError, Context};

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
            (failed_unit(symbol.as_str(), failure), Some(fault), None)
        }
    };
    Ok(Worked { ends: vec![end], fault, passing: None, result, output: Output::Symbol(known) })
}
