//! What every use case is handed: database, providers, clock and limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ledger::Rules;
use market::Chain;
use model::{Calendar, Symbol};
use store::{Recorded, Store, Transaction};

use crate::fetch::Flights;
use crate::jobs::{JobGuard, JobLimits, JobWatches};
use crate::onboarding::OnboardingLimits;
use crate::profiles::ProfileFlights;
use crate::revisions::Revisions;
use crate::{AppError, Budgets, Clock, Phase, RiskRules};

/// What every use case is handed.
#[derive(Clone)]
pub struct Context {
    /// The database; `None` in pass-through mode.
    pub store: Option<Store>,
    /// Providers in the order they are asked.
    pub chain: Chain,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The exchange calendar.
    pub calendar: &'static Calendar,
    /// Named limits.
    pub limits: Limits,
    /// Settings that snapshots depend on.
    pub rules: Rules,
    /// Settings that risk figures depend on.
    pub risk: Arc<RiskRules>,
    /// How far back market data is fetched.
    pub ranges: FetchRanges,
    /// Symbols that figures are measured against: benchmark, rate proxy and factors. They are kept up to date with
    /// what is held.
    pub references: Vec<Symbol>,
    /// Whose portfolios are meant.
    pub owner: String,
    /// Who is told how far the work has come.
    pub observer: Arc<dyn Observer>,
    /// Fetches under way in this process.
    pub flights: Flights,
    /// What providers on the network still let us ask.
    pub budgets: Budgets,
    /// Whether the network must not be used; providers that need none are still asked.
    pub is_offline: bool,
    /// Whether nobody is asked at all: reads are answered from the cache, and say what it lacks.
    pub is_cache_only: bool,
    /// Symbols whose profiles are being asked for in this process.
    pub profile_flights: ProfileFlights,
    /// The job that the work is done for. Whatever is recorded for it is recorded only while its lease is held.
    pub guard: Option<JobGuard>,
    /// Jobs that are watched in this process.
    pub job_watches: JobWatches,
    /// What changed lately, as far as this process has looked.
    pub revisions: Revisions,
}

/// Named limits of use cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Statements one phase of a refresh may issue.
    pub phase_statements_max: u64,
    /// Provider calls one phase of a refresh may make.
    pub phase_provider_calls_max: u64,
    /// Wall time one phase of a refresh may take.
    pub phase_wall_ms_max: u64,
    /// How long all providers together may take for one symbol, waiting for their budgets included.
    pub provider_call_ms_max: u64,
    /// Fetches of one task that are under way at once.
    pub fetch_concurrency_max: usize,
    /// Symbols whose profiles one task asks for at once.
    pub profile_concurrency_max: usize,
    /// Profiles that are recorded together.
    pub profile_batch_count_max: usize,
    /// How long a profile that came in may wait to be recorded with others.
    pub profile_batch_ms_max: u64,
    /// Times a write is tried again that lost a race.
    pub conflict_retries_max: usize,
    /// How long a lease lasts unless it is renewed.
    pub lease_ms: i64,
    /// How long to wait for somebody else's lease.
    pub lease_wait_ms_max: i64,
    /// Snapshots recorded in one transaction, unless a single portfolio has more.
    pub record_snapshots_max: usize,
    /// Limits of jobs.
    pub jobs: JobLimits,
    /// Limits of onboarding.
    pub onboarding: OnboardingLimits,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            phase_statements_max: 10_000,
            phase_provider_calls_max: 10_000,
            phase_wall_ms_max: 600_000,
            provider_call_ms_max: 300_000,
            fetch_concurrency_max: 8,
            profile_concurrency_max: 5,
            profile_batch_count_max: 25,
            profile_batch_ms_max: 2_000,
            conflict_retries_max: 12,
            lease_ms: 10_000,
            lease_wait_ms_max: 30_000,
            record_snapshots_max: 50_000,
            jobs: JobLimits::default(),
            onboarding: OnboardingLimits::default(),
        }
    }
}

/// How far back market data is fetched for a holding: the earlier of two starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchRanges {
    /// Calendar days before the first entry.
    pub days_before_entry: i32,
    /// Sessions before the end.
    pub sessions_before_end: usize,
}

impl Default for FetchRanges {
    fn default() -> FetchRanges {
        FetchRanges { days_before_entry: 15, sessions_before_end: 1_100 }
    }
}

/// A point that a use case has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A phase of a refresh begins.
    PhaseStarted(Phase),
    /// A phase of a refresh has ended.
    PhaseEnded(Phase),
    /// The books are loaded.
    BooksLoaded,
    /// Answers of providers are in, so many of so many.
    Fetched {
        /// Symbols answered.
        done: usize,
        /// Symbols asked for.
        total: usize,
    },
    /// Prices and earlier results are loaded.
    HistoryLoaded,
    /// Snapshots are computed.
    Computed {
        /// How many.
        snapshots: usize,
    },
    /// Snapshots are recorded.
    Recorded {
        /// How many were new or different.
        snapshots: usize,
    },
}

/// Is told how far the work has come. The work waits for it, so that a test can act at any step.
pub trait Observer: Send + Sync {
    /// The work has reached a step.
    fn reached(&self, step: Step) -> BoxFuture<'_, ()>;
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn reached(&self, _: Step) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

impl Context {
    /// The same, acting for an owner and asking nobody.
    pub fn reading(&self, owner: &str) -> Context {
        Context { owner: owner.to_owned(), is_cache_only: true, ..self.clone() }
    }

    /// The same, for work that nobody waits for: its use of the database lets others through.
    pub fn in_background(&self) -> Context {
        Context { store: self.store.as_ref().map(Store::in_background), ..self.clone() }
    }

    /// The database.
    ///
    /// # Errors
    /// [`AppError::DatabaseRequired`] in pass-through mode.
    pub fn store(&self) -> Result<&Store, AppError> {
        self.store.as_ref().ok_or(AppError::DatabaseRequired)
    }

    /// Records a transaction of a use case. When the work is done for a job, its guard stands first: a worker that lost
    /// the job's lease records nothing.
    ///
    /// # Errors
    /// [`AppError::LeaseLost`], [`AppError::Store`].
    pub async fn record(&self, tx: Transaction) -> Result<Recorded, AppError> {
        match &self.guard {
            Some(guard) => guard.record(self.store()?, self.clock.as_ref(), tx).await,
            None => Ok(self.store()?.record(tx).await?),
        }
    }

    /// Ends the work between two units when the job that it is done for is to end.
    ///
    /// # Errors
    /// [`AppError::LeaseLost`], [`AppError::JobStopped`].
    pub fn check_going_on(&self) -> Result<(), AppError> {
        self.guard.as_ref().map_or(Ok(()), JobGuard::check)
    }
}

/// The longest pause before a write that lost a race is tried again, in milliseconds.
const PAUSE_MS_MAX: u64 = 400;

/// Waits a little before a write that lost a race is tried again: longer from time to time, and never as long as
/// others who lost the same race. Before the first attempt there is no pause.
pub(crate) async fn pause(attempt: usize) {
    if attempt == 0 {
        return;
    }
    let longest = (5_u64 << attempt.min(10)).min(PAUSE_MS_MAX);
    let random = uuid::Uuid::new_v4().as_u128() as u64 % longest;
    tokio::time::sleep(std::time::Duration::from_millis(longest / 2 + random)).await;
}

/// Bits of an identity below its milliseconds.
const IDENTITY_RANDOM_BITS: u32 = 21;

/// A new identity: 42 bits of milliseconds, then random ones; ascending within a process, and as good as unique
/// among processes. Should two be the same after all, the database refuses the second.
pub(crate) fn new_identity(clock: &dyn Clock) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let millis = clock.now().epoch_micros() / 1_000;
    let random = (uuid::Uuid::new_v4().as_u128() as i64) & ((1 << IDENTITY_RANDOM_BITS) - 1);
    let wanted = ((millis & ((1 << 42) - 1)) << IDENTITY_RANDOM_BITS) | random;
    let step = |last: i64| Some(wanted.max(last + 1));
    let before = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
    before.map_or(wanted, |last| wanted.max(last + 1))
}
