//! Prices that somebody asked for and the cache lacks: jobs fetch them, while whoever asked has an answer already.
//!
//! Whoever may read may have such jobs made, and each costs calls of the providers. So those of one owner are bounded: how
//! many may wait at once, and how many symbols that nobody has met may be asked about within a day.

use model::{Date, Symbol};
use store::jobs::reads::{self, Bounds};

use crate::jobs::{self, Created, FetchInput, JobInput, NewJob};
use crate::{AppError, Context};

/// Within this time the same question makes one job, however often it is asked.
const SAME_QUESTION_MICROS: i64 = 60_000_000;
/// A day of universal time.
const DAY_MICROS: i64 = 86_400_000_000;

/// What becomes of prices that the cache lacks.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A job fetches them: one made now, or the one that was made for the same question a moment ago.
    Queued(Box<Created>),
    /// Nobody does, with the stable name of the reason.
    Left(&'static str),
}

/// Makes a job that fetches the prices of a symbol, or finds the one that was made for the same question a moment ago.
/// Nobody is asked before this returns.
///
/// # Errors
/// [`AppError::Store`] and those of a job that makes no sense.
pub async fn want_prices(ctx: &Context, symbol: &Symbol, from: Date, to: Date) -> Result<Wanted, AppError> {
    let store = ctx.store()?;
    let is_met = !store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?.is_empty();
    let (limits, now) = (&ctx.limits.jobs, ctx.clock.now().epoch_micros());
    let bounds = Bounds {
        owner: ctx.owner.clone(),
        open_max: limits.reads_open_max,
        day: now.div_euclid(DAY_MICROS),
        unmet_max: if is_met { i64::MAX } else { limits.reads_unknown_daily_max },
    };
    let moment = now.div_euclid(SAME_QUESTION_MICROS);
    let key = format!("{}{symbol} {from} {to} {moment}", reads::key_prefix(bounds.day, is_met));
    let input = FetchInput {
        symbols: vec![symbol.to_string()],
        from: from.to_string(),
        to: to.to_string(),
        force: false,
        offline: ctx.is_offline,
    };
    let new = NewJob { input: JobInput::FetchPrices(input), idempotency_key: Some(key) };
    match jobs::create_if(ctx, new, reads::admission(&bounds)).await {
        Ok(Some(created)) => Ok(Wanted::Queued(Box::new(created))),
        // Which of the bounds was met is told by what is stored now.
        Ok(None) => match reads::unmet_today(store, &bounds).await? >= bounds.unmet_max {
            true => Ok(Wanted::Left("unknown_symbols_used_up")),
            false => Ok(Wanted::Left("reads_queue_full")),
        },
        Err(error @ AppError::QueueFull { .. }) => Ok(Wanted::Left(error.code())),
        Err(error) => Err(error),
    }
}
