//! The budgets of providers, kept in the database: they hold for all processes and survive a restart.
//!
//! One request of a provider at a time negotiates its call: the most urgent first, and among equals the oldest. It
//! waits for a place among the calls under way, then counts itself in the database on the condition that nobody else
//! counted a call meanwhile. No connection is held while it waits.

mod turnstile;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use market::{
    Admission, BudgetLimits, BudgetState, Permit, PlanShown, ProviderError, Reservation, Source, Urgency,
};
use model::Timestamp;
use store::{Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{AppError, Clock, Context};
use turnstile::{Turn, Turnstile};

/// How long a request waits for its call before it is told when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetWaits {
    /// When somebody waits for the answer, in milliseconds.
    pub interactive_ms_max: u64,
    /// When nobody does, in milliseconds.
    pub background_ms_max: u64,
}

impl Default for BudgetWaits {
    fn default() -> BudgetWaits {
        BudgetWaits { interactive_ms_max: 10_000, background_ms_max: 120_000 }
    }
}

/// The budgets of providers. A clone is another handle on the same ones.
#[derive(Clone)]
pub struct Budgets {
    kept: Arc<Kept>,
}

struct Kept {
    store: Option<Store>,
    clock: Arc<dyn Clock>,
    gates: BTreeMap<Source, Gate>,
    waits: BudgetWaits,
    /// Without a database the budgets are this process's own.
    own: Mutex<BTreeMap<Source, OwnBudget>>,
    /// What plans have shown, as it was when this process looked last: with every call it counts.
    plans: Mutex<BTreeMap<Source, Option<PlanShown>>>,
}

#[derive(Clone, Default)]
struct OwnBudget {
    state: BudgetState,
    error: Option<(String, String, Timestamp)>,
}

struct Gate {
    limits: BudgetLimits,
    turnstile: Arc<Turnstile>,
    slots: Arc<Semaphore>,
}

/// What a provider still lets us ask, and how it failed last.
#[derive(Clone, Debug)]
pub struct ProviderStatus {
    /// Which provider.
    pub source: Source,
    /// What it lets us ask; absent for one that costs nothing.
    pub limits: Option<BudgetLimits>,
    /// Calls made today, by universal time.
    pub used_today: i64,
    /// Calls left today; absent where none are counted.
    pub left_today: Option<i64>,
    /// Until when it wants not to be asked.
    pub cooldown_until: Option<Timestamp>,
    /// The earliest instant at which it may be asked.
    pub next_call_at: Timestamp,
    /// Its last failure: code, message, and when.
    pub error: Option<(String, String, Timestamp)>,
}

impl Budgets {
    /// Budgets kept in a database, or in this process alone without one.
    pub fn new(
        store: Option<Store>,
        clock: Arc<dyn Clock>,
        limits: BTreeMap<Source, BudgetLimits>,
        waits: BudgetWaits,
    ) -> Budgets {
        let gates = limits.into_iter().map(|(source, limits)| {
            let slots = Arc::new(Semaphore::new(limits.concurrency_max.max(1)));
            (source, Gate { limits, turnstile: Turnstile::new(), slots })
        });
        let gates = gates.collect();
        Budgets {
            kept: Arc::new(Kept {
                store,
                clock,
                gates,
                waits,
                own: Mutex::default(),
                plans: Mutex::default(),
            }),
        }
    }

    /// No provider that has a budget.
    pub fn none(clock: Arc<dyn Clock>) -> Budgets {
        Budgets::new(None, clock, BTreeMap::new(), BudgetWaits::default())
    }

    async fn admit_one(&self, source: Source, urgency: Urgency) -> Result<Permit, ProviderError> {
        let Some(gate) = self.kept.gates.get(&source) else { return Ok(Permit::default()) };
        let wait_ms = match urgency {
            Urgency::Interactive => self.kept.waits.interactive_ms_max,
            Urgency::Background => self.kept.waits.background_ms_max,
        };
        let deadline = Instant::now() + Duration::from_millis(wait_ms);
        loop {
            let entering = gate.turnstile.enter(urgency);
            let Ok(turn) = tokio::time::timeout_at(deadline.into(), entering).await else {
                return Err(self.too_long(source).await);
            };
            match self.negotiate(source, gate, &turn, deadline).await? {
                Some(slot) => {
                    metrics::counter!("daybook_provider_calls_total", "provider" => source.as_str())
                        .increment(1);
                    return Ok(Permit::holding(slot));
                }
                // Somebody more urgent came; this request queues again behind it.
                None => drop(turn),
            }
        }
    }

    /// Waits for a place and a call. `None` when somebody more urgent came meanwhile.
    async fn negotiate(
        &self,
        source: Source,
        gate: &Gate,
        turn: &Turn,
        deadline: Instant,
    ) -> Result<Option<OwnedSemaphorePermit>, ProviderError> {
        let slot = tokio::select! {
            slot = gate.slots.clone().acquire_owned() => slot.expect("invariant: the places are never closed"),
            () = turn.overtaken() => return Ok(None),
            () = tokio::time::sleep_until(deadline.into()) => return Err(self.too_long(source).await),
        };
        loop {
            let now = self.kept.clock.now();
            match self.reserve(source, gate, now).await.map_err(|error| unkept(&error))? {
                Some(Reservation::Granted(_)) => return Ok(Some(slot)),
                // Another process counted a call at the same time.
                None => {}
                Some(Reservation::Refused(retry_at)) => return Err(ProviderError::RateLimited { retry_at }),
                Some(Reservation::Later(at)) => {
                    let micros = (at.epoch_micros() - now.epoch_micros()).max(1) as u64;
                    let until = Instant::now() + Duration::from_micros(micros);
                    if until > deadline {
                        return Err(ProviderError::RateLimited { retry_at: at });
                    }
                    tokio::select! {
                        () = tokio::time::sleep_until(until.into()) => {}
                        () = turn.overtaken() => return Ok(None),
                    }
                }
            }
        }
    }

    /// Reserves a call; `None` when another process did at the same time.
    async fn reserve(
        &self,
        source: Source,
        gate: &Gate,
        now: Timestamp,
    ) -> Result<Option<Reservation>, StoreError> {
        let Some(store) = &self.kept.store else {
            let mut own = self.own();
            let budget = own.entry(source).or_default();
            let reservation = budget.state.reserve(&gate.limits, now);
            if let Reservation::Granted(next) = reservation {
                budget.state = next;
            }
            return Ok(Some(reservation));
        };
        let budget = store::budgets::of_source(store, source.code()).await?;
        self.plans().insert(source, plan_of(&budget));
        let reservation = state_of(&budget).reserve(&gate.limits, now);
        if let Reservation::Granted(next) = reservation
            && !store::budgets::reserve(store, &budget, next.full_at, next.day, next.used).await?
        {
            return Ok(None);
        }
        Ok(Some(reservation))
    }

    /// The refusal of a request that has waited for as long as it may.
    async fn too_long(&self, source: Source) -> ProviderError {
        let now = self.kept.clock.now();
        let status = self.status(source).await.ok();
        let retry_at = status.map_or(now, |status| status.next_call_at.max(now));
        ProviderError::RateLimited { retry_at }
    }

    /// What a provider still lets us ask, and how it failed last.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn status(&self, source: Source) -> Result<ProviderStatus, AppError> {
        let budget = match &self.kept.store {
            Some(store) => {
                let found = store::budgets::all(store).await?.remove(&source.code());
                found.map_or(OwnBudget::default(), |budget| OwnBudget {
                    state: state_of(&budget),
                    error: budget.error,
                })
            }
            None => self.own().get(&source).cloned().unwrap_or_default(),
        };
        let now = self.kept.clock.now();
        let limits = self.kept.gates.get(&source).map(|gate| gate.limits);
        let next_call_at = match limits.map(|limits| budget.state.reserve(&limits, now)) {
            Some(Reservation::Later(at) | Reservation::Refused(at)) => at,
            Some(Reservation::Granted(_)) | None => now,
        };
        let none = BudgetLimits { calls_max: 1, per_ms: 1, burst: 1, concurrency_max: 1, daily_max: None };
        Ok(ProviderStatus {
            source,
            limits,
            used_today: budget.state.used_on(now),
            left_today: budget.state.left_today(&limits.unwrap_or(none), now),
            cooldown_until: budget.state.cooldown(now),
            next_call_at,
            error: budget.error,
        })
    }

    fn own(&self) -> std::sync::MutexGuard<'_, BTreeMap<Source, OwnBudget>> {
        // A budget is changed by one assignment, so a poisoned lock is still whole.
        self.kept.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plans(&self) -> std::sync::MutexGuard<'_, BTreeMap<Source, Option<PlanShown>>> {
        // The map is changed by single inserts, so a poisoned lock is still whole.
        self.kept.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a plan has shown: as this process saw it last, or as it is kept when it never looked.
    async fn plan_shown(&self, source: Source) -> Option<PlanShown> {
        let seen = self.plans().get(&source).cloned();
        if let Some(plan) = seen {
            return plan;
        }
        let store = self.kept.store.as_ref()?;
        match store::budgets::all(store).await {
            Ok(budgets) => {
                let plan = budgets.get(&source.code()).and_then(plan_of);
                self.plans().insert(source, plan.clone());
                plan
            }
            Err(error) => {
                // Then the provider shows it again, which costs a call and nothing else.
                tracing::warn!(%source, %error, "plan_not_read");
                None
            }
        }
    }

    async fn note_error(&self, source: Source, error: &ProviderError) {
        let (now, message) = (self.kept.clock.now(), error.to_string());
        let Some(store) = &self.kept.store else {
            self.own().entry(source).or_default().error = Some((error.code().to_owned(), message, now));
            return;
        };
        if let Err(error) =
            store::budgets::note_error(store, source.code(), error.code(), &message, now).await
        {
            tracing::warn!(%source, %error, "provider_error_not_noted");
        }
    }
}

impl fmt::Debug for Budgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kept.gates.keys().map(|source| source.as_str())).finish()
    }
}

fn state_of(budget: &store::budgets::Budget) -> BudgetState {
    BudgetState {
        full_at: budget.full_at,
        day: budget.used_day,
        used: budget.used_count,
        cooldown_until: budget.cooldown_until,
    }
}

fn plan_of(budget: &store::budgets::Budget) -> Option<PlanShown> {
    budget.plan.clone().map(|(words, until)| PlanShown { words, until })
}

/// A budget that cannot be kept is not exceeded: nobody is asked.
fn unkept(error: &StoreError) -> ProviderError {
    ProviderError::Unavailable { reason: format!("the budget cannot be kept: {error}") }
}

impl Admission for Budgets {
    fn now(&self) -> Timestamp {
        self.kept.clock.now()
    }

    fn admit(&self, source: Source, urgency: Urgency) -> BoxFuture<'_, Result<Permit, ProviderError>> {
        self.admit_one(source, urgency).boxed()
    }

    fn cool_down(&self, source: Source, until: Timestamp) -> BoxFuture<'_, ()> {
        async move {
            tracing::warn!(%source, %until, "rate_limited");
            let Some(store) = &self.kept.store else {
                let mut own = self.own();
                let budget = own.entry(source).or_default();
                budget.state.cooldown_until = budget.state.cooldown_until.max(Some(until));
                return;
            };
            if let Err(error) = store::budgets::cool_down(store, source.code(), until).await {
                tracing::warn!(%source, %error, "cooldown_not_noted");
            }
        }
        .boxed()
    }

    fn ended<'a>(&'a self, source: Source, error: Option<&'a ProviderError>) -> BoxFuture<'a, ()> {
        async move {
            match error {
                // What a provider does not have is no failure of the provider.
                None | Some(ProviderError::NotFound | ProviderError::NoData) => {}
                Some(error) => self.note_error(source, error).await,
            }
        }
        .boxed()
    }

    fn plan(&self, source: Source) -> BoxFuture<'_, Option<PlanShown>> {
        self.plan_shown(source).boxed()
    }

    fn note_plan(&self, source: Source, shown: PlanShown) -> BoxFuture<'_, ()> {
        async move {
            self.plans().insert(source, Some(shown.clone()));
            let Some(store) = &self.kept.store else { return };
            let noted = store::budgets::note_plan(store, source.code(), &shown.words, shown.until).await;
            if let Err(error) = noted {
                tracing::warn!(%source, %error, "plan_not_noted");
            }
        }
        .boxed()
    }
}

/// What each provider of the chain still lets us ask, in the order they are asked.
///
/// # Errors
/// [`AppError::Store`].
pub async fn providers(ctx: &Context) -> Result<Vec<ProviderStatus>, AppError> {
    let mut statuses = Vec::new();
    for provider in ctx.chain.providers() {
        statuses.push(ctx.budgets.status(provider.source()).await?);
    }
    Ok(statuses)
}
