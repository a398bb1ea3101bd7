//! The kinds of jobs, each with its work. A new kind is one more file here, and an arm in each `match`.

mod fetch_prices;
mod onboard_symbol;
mod prefetch_profiles;
mod refresh;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::Symbol;
use serde_json::Value;

use super::guard::{JobGuard, UnitEnd};
use super::input::{FetchInput, OnboardInput, ProfilesInput, date, symbols};
use super::{JobInput, JobState};
use crate::{
    AppError, Context, FetchOutcome, KnownSymbol, Observer, Phase, PrefetchedProfiles, RefreshReport, Step,
};

/// What came of the work of a job, for whoever waited for it.
#[derive(Clone, Debug)]
pub enum Output {
    /// Of a refresh.
    Refresh(Box<RefreshReport>),
    /// Of fetching prices: an outcome for each symbol.
    Prices(Vec<FetchOutcome>),
    /// Of learning profiles.
    Profiles(PrefetchedProfiles),
    /// Of making a symbol known.
    Symbol(KnownSymbol),
    /// The work was done elsewhere; what came of it is the result of the job.
    Elsewhere,
}

/// What the work of a job came to.
pub(super) struct Worked {
    /// How units ended that nobody noted yet.
    pub ends: Vec<UnitEnd>,
    /// What went wrong that concerns no unit alone: stable name and text.
    pub fault: Option<(String, String)>,
    /// Something that went wrong and may not another time, though no unit failed of it.
    pub passing: Option<(String, String)>,
    /// What came of it, as it is kept with the job.
    pub result: Option<Value>,
    /// The same for whoever waits.
    pub output: Output,
}

/// An input with every symbol in its usual form and each once, if it makes sense.
pub(super) fn normalized(ctx: &Context, input: &JobInput) -> Result<JobInput, AppError> {
    let texts = |symbols: Vec<Symbol>| -> Result<Vec<String>, AppError> {
        let (count, limit) = (symbols.len(), ctx.limits.jobs.symbols_max);
        if count == 0 || count > limit {
            let message = format!("a job takes 1 to {limit} symbols, not {count}");
            return Err(AppError::Invalid { field: "symbols", message });
        }
        Ok(symbols.iter().map(Symbol::to_string).collect())
    };
    match input {
        JobInput::Refresh(input) => {
            input.request()?;
            Ok(JobInput::Refresh(input.clone()))
        }
        JobInput::OnboardSymbol(input) => {
            let symbol = texts(symbols(std::slice::from_ref(&input.symbol))?)?.remove(0);
            Ok(JobInput::OnboardSymbol(OnboardInput { symbol, ..input.clone() }))
        }
        JobInput::PrefetchProfiles(input) => {
            let symbols = texts(symbols(&input.symbols)?)?;
            Ok(JobInput::PrefetchProfiles(ProfilesInput { symbols, ..input.clone() }))
        }
        JobInput::FetchPrices(input) => {
            crate::check_range(ctx, date("from", &input.from)?, date("to", &input.to)?)?;
            let symbols = texts(symbols(&input.symbols)?)?;
            Ok(JobInput::FetchPrices(FetchInput { symbols, ..input.clone() }))
        }
    }
}

/// What a job is about, where its input says so.
pub(super) fn subject(input: &JobInput) -> Option<String> {
    match input {
        JobInput::OnboardSymbol(input) => Some(input.symbol.clone()),
        JobInput::Refresh(_) | JobInput::PrefetchProfiles(_) | JobInput::FetchPrices(_) => None,
    }
}

/// What a job is about, held against what is stored.
pub(super) async fn checked_subject(ctx: &Context, input: &JobInput) -> Result<Option<String>, AppError> {
    match input {
        JobInput::Refresh(input) => refresh::subject(ctx, input).await,
        input => Ok(subject(input)),
    }
}

/// An input in its usual form, held against what is stored.
pub(crate) async fn checked(ctx: &Context, input: &JobInput) -> Result<JobInput, AppError> {
    let input = normalized(ctx, input)?;
    checked_subject(ctx, &input).await?;
    Ok(input)
}

/// Works on a job. What is over when this returns is over; units that are left are told in the answer.
pub(super) async fn run(ctx: &Context, input: &JobInput) -> Result<Worked, AppError> {
    match input {
        JobInput::Refresh(input) => refresh::run(ctx, input).await,
        JobInput::PrefetchProfiles(input) => prefetch_profiles::run(ctx, input).await,
        JobInput::FetchPrices(input) => fetch_prices::run(ctx, input).await,
        JobInput::OnboardSymbol(input) => onboard_symbol::run(ctx, input).await,
    }
}

/// The guard of the job that a context works for.
fn guard_of(ctx: &Context) -> &JobGuard {
    ctx.guard.as_ref().expect("invariant: the work of a job is handed its guard")
}

/// Tells the job how far the work has come, and then whoever is told anyway.
pub(super) fn observer(ctx: &Context, guard: &JobGuard) -> Arc<dyn Observer> {
    Arc::new(JobObserver { guard: guard.clone(), ctx: ctx.clone() })
}

struct JobObserver {
    guard: JobGuard,
    ctx: Context,
}

impl JobObserver {
    async fn note(&self, step: Step) {
        let now = self.ctx.clock.now();
        match step {
            Step::PhaseStarted(phase) => {
                self.guard.begin_phase(phase.as_str(), now);
                self.guard.note("phase_started", phase.as_str(), now);
                if phase == Phase::Snapshots
                    && let Ok(store) = self.ctx.store()
                    && let Err(error) =
                        self.guard.advance(store, self.ctx.clock.as_ref(), JobState::Running).await
                {
                    // Whoever records next meets the same fault, and tells it.
                    tracing::warn!(error = error.describe(), "job_state_not_changed");
                }
            }
            Step::Fetched { done, total } => self.guard.come_to(done, total),
            Step::PhaseEnded(phase) => self.guard.note("phase_ended", phase.as_str(), now),
            Step::BooksLoaded | Step::HistoryLoaded | Step::Computed { .. } | Step::Recorded { .. } => {
                self.guard.came_on();
            }
        }
    }
}

impl Observer for JobObserver {
    fn reached(&self, step: Step) -> BoxFuture<'_, ()> {
        async move {
            self.note(step).await;
            self.ctx.observer.reached(step).await;
        }
        .boxed()
    }
}
