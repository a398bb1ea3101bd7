//! Fetching market data and recording it, in tasks that outlive whoever asked for them.
//!
//! One fetch of a symbol is under way at a time; later callers wait for its result. A task belongs to the process:
//! a caller who goes away neither stops what was paid for nor leaves a flight behind.

mod ask;
mod failure;
pub(crate) mod memory;
mod plan;
mod record;
mod write;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use market::{RefusedRow, Source, Urgency};
use model::{Date, Instrument, Symbol};
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::jobs::{JobGuard, JobState};
use crate::leases::{HeldLeases, LOOK_AGAIN, expiry, new_owner};
use crate::{AppError, Context, Step};
use ask::{Arrived, Question};
use plan::{Known, Need};

pub use failure::FetchFailure;
pub(crate) use plan::coverage;
pub(crate) use record::SCOPE_INSTRUMENT;

/// Answers are recorded when the first that waits is so old, so that a crash or a limit keeps what was paid for.
const RECORD_AFTER: Duration = Duration::from_secs(2);
/// Answers recorded in one transaction at the most.
const RECORD_SYMBOLS_MAX: usize = 1_000;
/// How often a caller looks again whether others fetched what it wants before it fetches itself.
const ROUNDS_MAX: usize = 16;

/// A flight on the network has so many symbols for each that is asked for at once.
const FLIGHT_ROUNDS: usize = 4;

/// Which providers a question may go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All of the chain.
    #[default]
    All,
    /// Those that cost nothing to ask.
    Local,
}

/// A question for one symbol's market data.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// First session wanted.
    pub first: Date,
    /// Last session wanted.
    pub last: Date,
    /// Whether to ask even when the cache holds everything.
    pub is_forced: bool,
    /// Whether the bar of a session under way is wanted as well.
    pub wants_live: bool,
    /// Who waits.
    pub urgency: Urgency,
    /// Which providers may be asked.
    pub reach: Reach,
    /// Whether a symbol whose bars come is in the universe from then on.
    pub enters_universe: bool,
}

impl FetchRequest {
    /// A question somebody waits for, about complete sessions, for whichever provider knows.
    pub fn new(symbol: Symbol, first: Date, last: Date) -> FetchRequest {
        FetchRequest {
            symbol,
            first,
            last,
            is_forced: false,
            wants_live: false,
            urgency: Urgency::Interactive,
            reach: Reach::All,
            enters_universe: true,
        }
    }

    /// Whether an answer to this question also answers another one about the same symbol.
    fn includes(&self, other: &FetchRequest) -> bool {
        self.first <= other.first
            && self.last >= other.last
            && self.is_forced >= other.is_forced
            && self.wants_live >= other.wants_live
            && self.enters_universe >= other.enters_universe
            && (self.reach == Reach::All || other.reach == Reach::Local)
    }
}

/// What fetching one symbol came to.
#[derive(Clone, Debug)]
pub struct FetchOutcome {
    /// The symbol.
    pub symbol: Symbol,
    /// How many times a provider was asked.
    pub provider_calls: u64,
    /// What was learned, or why nothing was.
    pub result: Result<FetchSummary, FetchFailure>,
}

/// What an answer changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchSummary {
    /// Who answered.
    pub source: Option<Source>,
    /// Whether the cache served alone, or what it holds was confirmed.
    pub is_cached: bool,
    /// Whether the source said that nothing changed since its last answer.
    pub is_unchanged: bool,
    /// Why something is still missing beside what was learned.
    pub shortfall: Option<FetchFailure>,
    /// Bars that are new or different.
    pub written_count: usize,
    /// Bars that the source has no more.
    pub removed_count: usize,
    /// Final values that were replaced.
    pub restated_count: usize,
    /// The first rows that were refused.
    pub refused: Vec<RefusedRow>,
    /// How many rows were refused.
    pub refused_count: usize,
    /// New sessions on which the close moved by more than half without a split.
    pub large_moves: Vec<Date>,
}

/// The result of a task for one symbol; absent while it is under way.
type Landed = Option<Result<FetchOutcome, Arc<AppError>>>;
/// Where those who wait for a symbol learn its result.
type Landing = watch::Receiver<Landed>;

/// A fetch under way: what was asked, and where its result will be.
#[derive(Clone)]
struct Flight {
    request: FetchRequest,
    landing: Landing,
}

/// Fetches under way in this process, by symbol.
#[derive(Clone, Default)]
pub struct Flights {
    under_way: Arc<Mutex<BTreeMap<Symbol, Flight>>>,
}

impl Flights {
    /// How many symbols are being fetched.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no symbol is being fetched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Symbol, Flight>> {
        // The map is changed by single inserts and removals, so a poisoned lock is still whole.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The symbols a task has taken off for; they land when it ends, however it ends.
struct Taken {
    flights: Flights,
    landings: BTreeMap<Symbol, watch::Sender<Landed>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        for symbol in self.landings.keys() {
            under_way.remove(symbol);
        }
    }
}

/// Fetches symbols and records what is new, one outcome for each symbol in the order asked. What the cache can serve
/// alone is not asked for.
///
/// # Errors
/// [`AppError`] when recording failed; failures of providers are outcomes.
pub async fn fetch(ctx: &Context, requests: Vec<FetchRequest>) -> Result<Vec<FetchOutcome>, AppError> {
    ctx.store()?;
    let mut outcomes: Vec<Option<FetchOutcome>> = vec![None; requests.len()];
    let mut due: Vec<usize> = (0..requests.len()).collect();
    for round in 0..ROUNDS_MAX {
        due = serve(ctx, &requests, due, &mut outcomes).await?;
        if round == 0 {
            tracing::info!(missing = due.len(), cached = requests.len() - due.len(), "prices_prefetched");
        }
        if due.is_empty() {
            break;
        }
        let mut again = Vec::new();
        for due in due.chunks(flight_symbols_max(ctx)) {
            for Awaited { index, is_enough, mut landing } in take_off(ctx, &requests, due) {
                let landed = landing.wait_for(Option::is_some).await;
                let outcome = match landed.ok().and_then(|landed| landed.clone()) {
                    Some(Ok(outcome)) => outcome,
                    // It was fetched for a job whose lease was lost, which is no matter of whoever else wants it.
                    Some(Err(error)) if is_of_other_job(ctx, &error) && round + 1 < ROUNDS_MAX => {
                        again.push(index);
                        continue;
                    }
                    Some(Err(error)) => return Err(shared(error, &requests[index].symbol)),
                    None => return Err(AppError::TaskLost { what: "fetching" }),
                };
                // Somebody else's answer may leave out a part of what is wanted here; the cache is looked at again.
                match is_enough || outcome.result.is_err() || round + 1 == ROUNDS_MAX {
                    true => outcomes[index] = Some(outcome),
                    false => again.push(index),
                }
            }
        }
        due = again;
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// Whether a flight failed because it was made for a job, and another one than the work here is done for.
fn is_of_other_job(ctx: &Context, error: &AppError) -> bool {
    let own = ctx.guard.as_ref().map(JobGuard::job);
    matches!(error, AppError::LeaseLost { id } if own != Some(id))
}

/// Symbols that take off at once. On the network few do, so that whoever waits for one symbol does not wait for all that
/// a refresh has still to ask for.
pub(crate) fn flight_symbols_max(ctx: &Context) -> usize {
    match ctx.chain.is_local() {
        true => usize::MAX,
        false => ctx.limits.fetch_concurrency_max.saturating_mul(FLIGHT_ROUNDS),
    }
}

/// Answers what the cache can serve alone, and gives the rest. A provider that costs nothing is always asked, so
/// there is nothing to look up before.
async fn serve(
    ctx: &Context,
    requests: &[FetchRequest],
    due: Vec<usize>,
    outcomes: &mut [Option<FetchOutcome>],
) -> Result<Vec<usize>, AppError> {
    if ctx.chain.has_local() || due.is_empty() {
        return Ok(due);
    }
    let asked: Vec<FetchRequest> = due.iter().map(|index| requests[*index].clone()).collect();
    let known = Known::load(ctx, &asked).await?;
    let mut left = Vec::new();
    for index in due {
        match served(&requests[index], &known.need(ctx, &requests[index]), &known) {
            Some(outcome) => outcomes[index] = Some(outcome),
            None => left.push(index),
        }
    }
    Ok(left)
}

/// Which of the symbols of requests have to be asked about.
pub(crate) async fn are_due(ctx: &Context, requests: &[FetchRequest]) -> Result<Vec<bool>, AppError> {
    let known = Known::load(ctx, requests).await?;
    Ok(requests.iter().map(|request| matches!(known.need(ctx, request), Need::Ask(..))).collect())
}

/// The outcome for a symbol that nobody has to be asked about.
fn served(request: &FetchRequest, need: &Need, known: &Known) -> Option<FetchOutcome> {
    let cached = FetchSummary { is_cached: true, is_unchanged: true, ..FetchSummary::default() };
    let (reason, result) = match need {
        Need::Ask(..) => return None,
        Need::Served => (NOTHING_MISSING, Ok(cached)),
        Need::Waiting(failure) if known.has_bars(&request.symbol) => {
            (failure.code, Ok(FetchSummary { shortfall: Some((**failure).clone()), ..cached }))
        }
        Need::Waiting(failure) => (failure.code, Err((**failure).clone())),
    };
    note_hit(&request.symbol, reason);
    Some(FetchOutcome { symbol: request.symbol.clone(), provider_calls: 0, result })
}

/// Why nobody is asked when the cache holds everything.
pub(crate) const NOTHING_MISSING: &str = "nothing_missing";

/// Notes that nobody is asked, and why.
pub(crate) fn note_hit(symbol: &Symbol, reason: &str) {
    tracing::debug!(%symbol, reason, "cache_hit");
    metrics::counter!("daybook_cache_hits_total", "reason" => reason.to_owned()).increment(1);
}

/// A result that is waited for.
struct Awaited {
    /// The number of the request.
    index: usize,
    /// Whether the flight answers all of it.
    is_enough: bool,
    landing: Landing,
}

/// Joins the flights under way, and takes off for the symbols that nobody is fetching.
fn take_off(ctx: &Context, requests: &[FetchRequest], due: &[usize]) -> Vec<Awaited> {
    let mut taken = Taken { flights: ctx.flights.clone(), landings: BTreeMap::new() };
    let (mut awaited, mut own) = (Vec::with_capacity(due.len()), Vec::new());
    {
        let mut under_way = ctx.flights.lock();
        for index in due.iter().copied() {
            let request = &requests[index];
            let (is_enough, landing) = match under_way.get(&request.symbol) {
                Some(flight) => (flight.request.includes(request), flight.landing.clone()),
                None => {
                    let (sender, landing) = watch::channel(None);
                    let flight = Flight { request: request.clone(), landing: landing.clone() };
                    under_way.insert(request.symbol.clone(), flight);
                    taken.landings.insert(request.symbol.clone(), sender);
                    own.push(request.clone());
                    (true, landing)
                }
            };
            awaited.push(Awaited { index, is_enough, landing });
        }
    }
    if own.is_empty() {
        drop(taken);
    } else {
        tokio::spawn(fly(ctx.clone(), own, taken).in_current_span());
    }
    awaited
}

/// The error of a task that several callers wait for: the one who holds it last gets it whole.
fn shared(error: Arc<AppError>, symbol: &Symbol) -> AppError {
    if let AppError::LeaseLost { id } = error.as_ref() {
        return AppError::LeaseLost { id: id.clone() };
    }
    Arc::try_unwrap(error).unwrap_or_else(|error| {
        tracing::error!(symbol = %symbol, error = error.describe(), "fetch_failed");
        AppError::Conflict { what: format!("market data of {symbol} ({})", error.describe()) }
    })
}

async fn fly(ctx: Context, requests: Vec<FetchRequest>, mut taken: Taken) {
    if let Err(error) = fetch_under_lease(&ctx, requests, &mut taken).await {
        let error = Arc::new(error);
        for (symbol, landing) in std::mem::take(&mut taken.landings) {
            taken.flights.lock().remove(&symbol);
            landing.send_replace(Some(Err(error.clone())));
        }
    }
}

impl Taken {
    /// Gives a symbol's outcome to those who wait for it. Whoever asks from now on is answered anew.
    fn land(&mut self, outcome: FetchOutcome) {
        self.flights.lock().remove(&outcome.symbol);
        if let Some(landing) = self.landings.remove(&outcome.symbol) {
            landing.send_replace(Some(Ok(outcome)));
        }
    }
}

/// The name of the lease under which a symbol is fetched.
fn lease_name(symbol: &Symbol) -> String {
    format!("fetch:{symbol}")
}

/// Fetches the symbols whose lease is free, and then those that another process had, as soon as it is done with them.
async fn fetch_under_lease(
    ctx: &Context,
    requests: Vec<FetchRequest>,
    taken: &mut Taken,
) -> Result<(), AppError> {
    let (store, owner, mut since) = (ctx.store()?, new_owner(ctx), Instant::now());
    let mut waiting = requests;
    loop {
        let names: Vec<String> = waiting.iter().map(|request| lease_name(&request.symbol)).collect();
        let now = ctx.clock.now();
        let leases = store::leases::take_free(store, &names, &owner, now, expiry(ctx, now)).await?;
        let theirs: BTreeMap<&str, &store::leases::Lease> = leases
            .iter()
            .filter(|lease| lease.owner != owner)
            .map(|lease| (lease.name.as_str(), lease))
            .collect();
        let (own, left): (Vec<FetchRequest>, Vec<FetchRequest>) = waiting
            .into_iter()
            .partition(|request| !theirs.contains_key(lease_name(&request.symbol).as_str()));
        if !own.is_empty() {
            let held = HeldLeases::keep(
                ctx,
                store,
                owner.clone(),
                own.iter().map(|request| lease_name(&request.symbol)),
            );
            let fetched = fetch_and_record(ctx, own, &held, taken).await;
            held.release().await;
            fetched?;
            // Only waiting counts as waiting.
            since = Instant::now();
        }
        if left.is_empty() {
            return Ok(());
        }
        if since.elapsed().as_millis() as i64 >= ctx.limits.lease_wait_ms_max {
            for request in left {
                let lease = theirs.get(lease_name(&request.symbol).as_str());
                let failure = FetchFailure::busy(lease.map(|lease| lease.expires_at));
                taken.land(FetchOutcome { symbol: request.symbol, provider_calls: 0, result: Err(failure) });
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        waiting = left;
    }
}

/// Asks about symbols whose leases are held, several at once and no database connection held, and records answers as
/// they come.
async fn fetch_and_record(
    ctx: &Context,
    requests: Vec<FetchRequest>,
    held: &HeldLeases,
    taken: &mut Taken,
) -> Result<(), AppError> {
    // Loaded after the lease was won, so that nothing is fetched that somebody else just recorded.
    let known = Known::load(ctx, &requests).await?;
    let total = requests.len();
    let mut asking = FuturesUnordered::new();
    let (mut idle, mut cached) = (Vec::new(), Vec::new());
    for request in requests {
        match known.need(ctx, &request) {
            Need::Ask(fill) => {
                let stored = stored_closes(&known, &request);
                idle.push(Question { stored, fill: *fill, request });
            }
            need => cached.extend(served(&request, &need, &known)),
        }
    }
    let mut done = cached.len();
    // Whoever learns a result may end the process, so that nothing is left to be done then.
    held.release_some(cached.iter().map(|outcome| lease_name(&outcome.symbol)).collect()).await;
    cached.into_iter().for_each(|outcome| taken.land(outcome));
    if let Some(job) =
        ctx.guard.as_ref().filter(|_| !idle.is_empty() && !ctx.is_offline && !ctx.chain.is_local())
    {
        job.advance(ctx.store()?, ctx.clock.as_ref(), JobState::DownloadingData).await?;
    }
    idle.reverse();
    let mut arrived: Vec<Arrived> = Vec::new();
    let mut record_at = tokio::time::Instant::now() + RECORD_AFTER;
    loop {
        while asking.len() < ctx.limits.fetch_concurrency_max
            && let Some(question) = idle.pop()
        {
            let is_local = ctx.is_offline || question.request.reach == Reach::Local;
            let chain = if is_local { ctx.chain.local() } else { ctx.chain.clone() };
            asking.push(ask::ask(ctx.clone(), chain, question));
        }
        if arrived.is_empty() {
            record_at = tokio::time::Instant::now() + RECORD_AFTER;
        }
        let next = tokio::time::timeout_at(record_at, asking.next()).await;
        if let Ok(Some(answer)) = next {
            done += 1;
            tracing::info!(symbol = %answer.request.symbol, done, total, "download");
            arrived.push(answer);
            ctx.observer.reached(Step::Fetched { done, total }).await;
        }
        let is_over = asking.is_empty() && idle.is_empty();
        let is_due = tokio::time::Instant::now() >= record_at || arrived.len() >= RECORD_SYMBOLS_MAX;
        if !arrived.is_empty() && (is_over || is_due) {
            let batch = std::mem::take(&mut arrived);
            record::record(ctx, &known, &batch, held)
                .await?
                .into_iter()
                .for_each(|outcome| taken.land(outcome));
        }
        if is_over {
            return Ok(());
        }
    }
}

/// The final closes that are stored of a symbol.
fn stored_closes(known: &Known, request: &FetchRequest) -> Vec<(Date, f64, i64)> {
    let held = known.sessions(&request.symbol).into_iter().flat_map(|sessions| &sessions.held);
    let finals = held.filter(|held| held.is_final);
    finals.map(|held| (held.session, held.close.to_f64(), held.source)).collect()
}

/// The instruments of a fetch that are stored, by symbol.
type Instruments = BTreeMap<Symbol, Instrument>;
