//! Where a symbol stands on its way into the universe.

use std::collections::BTreeMap;

use model::{InstrumentKind, Symbol};
use store::universe::Member;

use super::{SECONDS_PENDING_DEFAULT, SECONDS_PROCESSING_DEFAULT, queue};
use crate::instruments::option_symbol;
use crate::jobs::{self, Job, JobInput, JobKind, JobState, NewJob, OnboardInput};
use crate::{AppError, Context};

/// Symbols whose times tell how long others will take.
const MEASURED_MAX: i64 = 20;
/// What took longer ago than this says little of today.
const MEASURED_SECONDS: i64 = 7 * 86_400;

/// Where a symbol stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolState {
    /// It is in the universe.
    Ready,
    /// It is being made known.
    Processing,
    /// It waits to be.
    Pending,
    /// It could not be made known.
    Error,
    /// Nobody has asked for it.
    Unknown,
}

impl SymbolState {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            SymbolState::Ready => "ready",
            SymbolState::Processing => "processing",
            SymbolState::Pending => "pending",
            SymbolState::Error => "error",
            SymbolState::Unknown => "unknown",
        }
    }
}

/// Where a symbol stands, and what to expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolStatus {
    /// The symbol in its usual form, or the text that is none.
    pub symbol: String,
    /// The symbol under which providers are asked for it: its underlying's for an option, or what it stands for; none for
    /// what nobody quotes.
    pub asked: Option<Symbol>,
    /// Where it stands.
    pub state: SymbolState,
    /// That in words.
    pub message: String,
    /// How long it will take, as far as that can be said.
    pub estimated_seconds: Option<i64>,
    /// The stable name of what went wrong.
    pub error_code: Option<String>,
    /// The risk figures that are absent, each with its reason.
    pub absent: Vec<(String, String)>,
}

impl SymbolStatus {
    fn new(symbol: impl Into<String>, state: SymbolState, message: impl Into<String>) -> SymbolStatus {
        SymbolStatus {
            symbol: symbol.into(),
            asked: None,
            state,
            message: message.into(),
            estimated_seconds: None,
            error_code: None,
            absent: Vec::new(),
        }
    }

    /// Whether some of its figures are absent.
    pub fn is_partial(&self) -> bool {
        !self.absent.is_empty()
    }
}

/// Tells where a symbol stands, however it is written. There is always an answer.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn symbol_status(ctx: &Context, text: &str) -> Result<SymbolStatus, AppError> {
    let symbol: Symbol = match text.parse() {
        Ok(symbol) => symbol,
        Err(error) => {
            let told: model::SymbolError = error;
            let text: String = text.chars().take(40).collect();
            return Ok(SymbolStatus::new(text, SymbolState::Unknown, told.to_string()));
        }
    };
    let asked = asked_as(ctx, &symbol).await?;
    let Some(asked) = asked else {
        let message = "private holdings and lines of cash are never asked of a provider";
        return Ok(SymbolStatus::new(symbol.as_str(), SymbolState::Ready, message));
    };
    let (member, job) = found(ctx, &asked).await?;
    let mut status = match (member, job) {
        (_, Some(job)) if !job.state.is_final() => under_way(ctx, &job).await?,
        (Some(member), _) if member.is_active => ready(&member),
        (_, Some(job)) if job.state != JobState::Completed => failed(&job),
        (Some(_), _) => {
            let message = "the providers do not know the symbol any more";
            let status = SymbolStatus::new("", SymbolState::Error, message);
            SymbolStatus { error_code: Some("not_found".to_owned()), ..status }
        }
        (None, _) => SymbolStatus::new("", SymbolState::Unknown, "it is not in the universe"),
    };
    if asked != symbol {
        status.message = format!("as {asked}: {}", status.message);
    }
    Ok(SymbolStatus { symbol: symbol.as_str().to_owned(), asked: Some(asked), ..status })
}

/// The symbol under which one is asked for: its underlying's for an option, what it stands for when the owner says so,
/// none for what nobody quotes, as far as the owner may know.
async fn asked_as(ctx: &Context, symbol: &Symbol) -> Result<Option<Symbol>, AppError> {
    let option = option_symbol(symbol);
    let is_option = option.is_some();
    let symbol = option.map_or_else(|| symbol.clone(), |option| option.root);
    let store = ctx.store()?;
    let mut mapped: BTreeMap<Symbol, Symbol> =
        store::mappings::of_symbols(store, &ctx.owner, std::slice::from_ref(&symbol)).await?;
    let symbol = mapped.remove(&symbol).unwrap_or(symbol);
    let known = store::private_symbols::known_to(store, &ctx.owner, std::slice::from_ref(&symbol)).await?;
    let known = if is_option { known.public.get(&symbol) } else { known.get(&symbol) };
    let is_private = known.is_some_and(|known| known.kind == InstrumentKind::Private);
    Ok((!is_private && !symbol.is_cash_like()).then_some(symbol))
}

/// A symbol's place in the universe, and the newest work on it.
async fn found(ctx: &Context, symbol: &Symbol) -> Result<(Option<Member>, Option<Job>), AppError> {
    let store = ctx.store()?;
    let ids: Vec<_> = store::instruments::by_symbol(store, std::slice::from_ref(symbol))
        .await?
        .into_iter()
        .map(|instrument| instrument.id)
        .collect();
    let member = store::universe::of_instruments(store, &ids).await?.into_values().next();
    let job = jobs::newest_about(ctx, JobKind::OnboardSymbol, &[symbol.to_string()]).await?.pop();
    Ok((member, job))
}

fn ready(member: &Member) -> SymbolStatus {
    let message = match member.absent.len() {
        0 => "it is in the universe".to_owned(),
        count => format!("it is in the universe; {count} of its risk figures are absent"),
    };
    SymbolStatus { absent: member.absent.clone(), ..SymbolStatus::new("", SymbolState::Ready, message) }
}

fn failed(job: &Job) -> SymbolStatus {
    let (code, message) = match (&job.error, job.state) {
        (Some((code, message)), _) => (code.clone(), message.clone()),
        (None, JobState::Cancelled) => ("cancelled".to_owned(), "the work on it was cancelled".to_owned()),
        (None, _) => ("failed".to_owned(), "it could not be made known".to_owned()),
    };
    SymbolStatus { error_code: Some(code), ..SymbolStatus::new("", SymbolState::Error, message) }
}

/// Where a symbol stands whose work is not over, with the time it will take at the pace of those before it.
async fn under_way(ctx: &Context, job: &Job) -> Result<SymbolStatus, AppError> {
    let since = ctx.clock.now().plus_seconds(-MEASURED_SECONDS);
    let (ahead, times) = store::onboarding::pace(ctx.store()?, &job.id, since, MEASURED_MAX).await?;
    let measured = (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64);
    if job.lease_owner.is_some() {
        let since = job
            .started_at
            .map_or(0.0, |since| (ctx.clock.now().epoch_micros() - since.epoch_micros()) as f64 / 1e6);
        let left = measured.map_or(SECONDS_PROCESSING_DEFAULT, |each| (each - since).ceil().max(1.0) as i64);
        let status = SymbolStatus::new("", SymbolState::Processing, "it is being made known");
        return Ok(SymbolStatus { estimated_seconds: Some(left), ..status });
    }
    let at_once = ctx.limits.jobs.onboarding_concurrency_max.max(1) as f64;
    let left = measured.map_or(SECONDS_PENDING_DEFAULT, |each| {
        (((ahead as f64 / at_once).floor() + 1.0) * each).ceil().max(1.0) as i64
    });
    let message = match &job.error {
        Some((_, message)) => format!("it is tried again; the last time: {message}"),
        None => format!("it waits to be made known, with {ahead} before it"),
    };
    let status = SymbolStatus::new("", SymbolState::Pending, message);
    Ok(SymbolStatus { estimated_seconds: Some(left), ..status })
}

/// Has a symbol tried again that could not be made known, and tells where it stands then. What is under way goes on, and
/// what is ready stays so.
///
/// # Errors
/// [`AppError::NotFound`] for a symbol that nobody has asked for, [`AppError::OnboardingFull`], [`AppError::Store`].
pub async fn retry_symbol(ctx: &Context, text: &str) -> Result<SymbolStatus, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        crate::context::pause(attempt).await;
        let status = symbol_status(ctx, text).await?;
        match status.state {
            SymbolState::Ready | SymbolState::Processing | SymbolState::Pending => return Ok(status),
            SymbolState::Unknown => {
                let hint = "; it comes with a file, or with `daybook fetch`";
                return Err(AppError::NotFound { what: "symbol", name: status.symbol, hint });
            }
            SymbolState::Error => {}
        }
        let Some(asked) = status.asked.clone() else { return Ok(status) };
        let mut tx = store::Transaction::new();
        queue::admit_one(ctx, &mut tx).await?;
        // What was said of the symbol before is not to be the answer now.
        store::failures::forget(&mut tx, std::slice::from_ref(&asked));
        let input = OnboardInput { symbol: asked.to_string(), from: None };
        tx.append(jobs::creation(ctx, &NewJob::new(JobInput::OnboardSymbol(input)))?.writes);
        if crate::events::recorded(ctx.store()?.record(tx).await)? {
            return symbol_status(ctx, text).await;
        }
    }
    Err(AppError::Conflict { what: format!("symbol {text:?}") })
}
