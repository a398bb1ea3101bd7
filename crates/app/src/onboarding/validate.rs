//! Asking the providers whether symbols exist, within a window that the asking outlives.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use model::{Date, Symbol};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::fetch::{FetchFailure, FetchOutcome, FetchRequest, fetch};
use crate::{AppError, Context};

/// What is known of whether a symbol exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    /// A provider has it.
    Exists,
    /// The providers say that there is no such symbol.
    Missing(FetchFailure),
    /// Nobody could be asked in time, or nobody could say.
    Open,
}

impl Existence {
    /// What a fetch tells. Only the word of two providers, or of the only one, says that there is no such symbol: a limit
    /// or an outage says nothing.
    fn of(outcome: FetchOutcome) -> Existence {
        match outcome.result {
            Ok(_) => Existence::Exists,
            Err(failure) if failure.is_not_found() => Existence::Missing(failure),
            Err(_) => Existence::Open,
        }
    }
}

/// Asks for the prices of symbols from a date on, each by itself, and gives what is known when the window closes. No call
/// begins after that; those under way go on, and what they bring is recorded whether or not somebody still waits.
///
/// # Errors
/// [`AppError::OutsideCalendar`], and [`AppError::Store`] when the database failed within the window.
pub async fn validate(
    ctx: &Context,
    sought: &BTreeMap<Symbol, Date>,
) -> Result<BTreeMap<Symbol, Existence>, AppError> {
    let closing = Instant::now() + Duration::from_millis(ctx.limits.onboarding.validate_ms);
    let mut found: BTreeMap<Symbol, Existence> =
        sought.keys().map(|symbol| (symbol.clone(), Existence::Open)).collect();
    let mut requests = Vec::with_capacity(sought.len());
    for (symbol, entry) in sought {
        requests.push(request(ctx, symbol, *entry)?);
    }
    let (sender, mut answers) = unbounded_channel();
    tokio::spawn(ask(ctx.clone(), requests, closing, sender));
    while let Ok(Some((symbol, outcome))) = timeout_at(closing, answers.recv()).await {
        found.insert(symbol, Existence::of(outcome?));
    }
    let count = |wanted: fn(&Existence) -> bool| found.values().filter(|existence| wanted(existence)).count();
    tracing::info!(
        exist = count(|existence| *existence == Existence::Exists),
        missing = count(|existence| matches!(existence, Existence::Missing(_))),
        open = count(|existence| *existence == Existence::Open),
        "symbols_validated"
    );
    Ok(found)
}

/// What is asked about a symbol that is first held on a date: what a refresh would want of it, and a year at the least.
pub fn request(ctx: &Context, symbol: &Symbol, entry: Date) -> Result<FetchRequest, AppError> {
    let end = crate::refresh::newest_complete(ctx)?;
    let first = crate::refresh::first_wanted(ctx, entry.min(end), end);
    let first = first.min(end.plus_days(-ctx.limits.onboarding.days_back)).max(ctx.calendar.first());
    Ok(FetchRequest { enters_universe: false, ..FetchRequest::new(symbol.clone(), first, end) })
}

type Answer = (Symbol, Result<FetchOutcome, AppError>);

async fn ask(ctx: Context, requests: Vec<FetchRequest>, closing: Instant, answers: UnboundedSender<Answer>) {
    let asking = requests.into_iter().map(|request| ask_one(&ctx, request, closing));
    let mut coming =
        futures_util::stream::iter(asking).buffer_unordered(ctx.limits.onboarding.validate_concurrency_max);
    while let Some(answer) = coming.next().await {
        let Some(answer) = answer else { continue };
        if let Err(unheard) = answers.send(answer)
            && let (symbol, Err(error)) = unheard.0
        {
            tracing::warn!(%symbol, error = error.describe(), "validation_not_recorded");
        }
    }
}

async fn ask_one(ctx: &Context, request: FetchRequest, closing: Instant) -> Option<Answer> {
    if Instant::now() >= closing {
        return None;
    }
    let symbol = request.symbol.clone();
    let outcome = fetch(ctx, vec![request]).await.map(|mut outcomes| outcomes.remove(0));
    Some((symbol, outcome))
}
