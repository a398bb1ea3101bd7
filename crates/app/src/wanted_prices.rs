//! Prices that somebody asked for and the cache lacks: jobs fetch them, while whoever asked has an answer already.

use model::{Date, Symbol};

use crate::jobs::{self, Created, FetchInput, JobInput, NewJob};
use crate::{AppError, Context};

/// Within this time the same question makes one job, however often it is asked.
const SAME_QUESTION_MICROS: i64 = 60_000_000;

/// Makes a job that fetches the prices of symbols, or finds the one that was made for the same question a moment ago.
/// Nobody is asked before this returns.
///
/// # Errors
/// [`AppError::QueueFull`], [`AppError::Store`].
pub async fn want_prices(
    ctx: &Context,
    symbols: &[Symbol],
    from: Date,
    to: Date,
) -> Result<Created, AppError> {
    let names: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    let moment = ctx.clock.now().epoch_micros().div_euclid(SAME_QUESTION_MICROS);
    let key = format!("prices {} {from} {to} {moment}", names.join(","));
    let input = FetchInput {
        symbols: names,
        from: from.to_string(),
        to: to.to_string(),
        force: false,
        offline: ctx.is_offline,
    };
    let new = NewJob { input: JobInput::FetchPrices(input), idempotency_key: Some(key) };
    jobs::create(ctx, new).await
}
