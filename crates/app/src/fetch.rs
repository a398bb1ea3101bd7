//! Fetching market data and recording it, in tasks that outlive whoever asked for them.
//!
//! One fetch of a symbol is under way at a time; later callers wait for its result. A task belongs to the process:
//! a caller who goes away neither stops what was paid for nor leaves a flight behind.

mod record;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use market::{Answered, Chain, ChainFailure, HistoryRequest, ProviderError, RefusedRow, Source, Urgency};
use model::{Date, Instrument, Symbol};
use tokio::sync::watch;

use crate::{AppError, Context, Step};

/// A question for one symbol's market data.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// First session wanted.
    pub first: Date,
    /// Last session wanted.
    pub last: Date,
}

/// What fetching one symbol came to.
#[derive(Clone, Debug)]
pub struct FetchOutcome {
    /// The symbol.
    pub symbol: Symbol,
    /// How many providers were asked.
    pub provider_calls: u64,
    /// What was learned, or what each provider said instead.
    pub result: Result<FetchSummary, ChainFailure>,
}

/// What an answer changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchSummary {
    /// Who answered.
    pub source: Option<Source>,
    /// Whether the source said that nothing changed since its last answer.
    pub is_unchanged: bool,
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

/// Fetches under way in this process, by symbol.
#[derive(Clone, Default)]
pub struct Flights {
    under_way: Arc<Mutex<BTreeMap<Symbol, Landing>>>,
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

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Symbol, Landing>> {
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

/// Fetches symbols and records what is new, one outcome for each symbol in the order asked.
///
/// # Errors
/// [`AppError`] when recording failed; failures of providers are outcomes.
pub async fn fetch(ctx: &Context, requests: Vec<FetchRequest>) -> Result<Vec<FetchOutcome>, AppError> {
    ctx.store()?;
    let total = requests.len();
    let mut taken = Taken { flights: ctx.flights.clone(), landings: BTreeMap::new() };
    let mut awaited: Vec<(Symbol, Landing)> = Vec::with_capacity(total);
    let mut own = Vec::new();
    {
        let mut under_way = ctx.flights.lock();
        for request in requests {
            let landing = match under_way.get(&request.symbol) {
                Some(landing) => landing.clone(),
                None => {
                    let (sender, landing) = watch::channel(None);
                    under_way.insert(request.symbol.clone(), landing.clone());
                    taken.landings.insert(request.symbol.clone(), sender);
                    own.push(request.clone());
                    landing
                }
            };
            awaited.push((request.symbol, landing));
        }
    }
    if own.is_empty() {
        drop(taken);
    } else {
        tokio::spawn(fly(ctx.clone(), own, taken));
    }
    let mut outcomes = Vec::with_capacity(total);
    for (symbol, mut landing) in awaited {
        let landed = landing.wait_for(Option::is_some).await;
        let landed = landed.ok().and_then(|landed| landed.clone());
        outcomes.push(match landed {
            Some(Ok(outcome)) => outcome,
            Some(Err(error)) => return Err(shared(error, &symbol)),
            None => return Err(AppError::TaskLost { what: "fetching" }),
        });
    }
    Ok(outcomes)
}

/// The error of a task that several callers wait for: the one who holds it last gets it whole.
fn shared(error: Arc<AppError>, symbol: &Symbol) -> AppError {
    Arc::try_unwrap(error).unwrap_or_else(|error| {
        tracing::error!(symbol = %symbol, error = error.describe(), "fetch_failed");
        AppError::Conflict { what: format!("market data of {symbol} ({})", error.describe()) }
    })
}

async fn fly(ctx: Context, requests: Vec<FetchRequest>, mut taken: Taken) {
    match fetch_and_record(&ctx, &requests).await {
        Ok(outcomes) => {
            for outcome in outcomes {
                // Whoever asks from now on is answered anew; the result is for those who asked before it came.
                taken.flights.lock().remove(&outcome.symbol);
                if let Some(landing) = taken.landings.remove(&outcome.symbol) {
                    landing.send_replace(Some(Ok(outcome)));
                }
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (symbol, landing) in std::mem::take(&mut taken.landings) {
                taken.flights.lock().remove(&symbol);
                landing.send_replace(Some(Err(error.clone())));
            }
        }
    }
}

async fn fetch_and_record(ctx: &Context, requests: &[FetchRequest]) -> Result<Vec<FetchOutcome>, AppError> {
    let symbols: Vec<Symbol> = requests.iter().map(|request| request.symbol.clone()).collect();
    // Loaded after the flight was won, so that nothing is fetched that another flight just recorded.
    let known = record::load_known(ctx, &symbols).await?;
    let answers = ask(ctx, requests, &known).await;
    record::record(ctx, &symbols, &known, answers).await
}

/// Asks the providers, several symbols at once and no database connection held.
async fn ask(
    ctx: &Context,
    requests: &[FetchRequest],
    known: &record::Known,
) -> BTreeMap<Symbol, Result<Answered, ChainFailure>> {
    let as_of = ctx.clock.now();
    let total = requests.len();
    let questions = requests.iter().map(|request| HistoryRequest {
        symbol: request.symbol.clone(),
        first: request.first,
        last: request.last,
        as_of,
        urgency: Urgency::Interactive,
        known_stamp: known.stamp(&request.symbol),
    });
    let asked: Vec<_> = questions
        .map(|question| ask_one(ctx.chain.clone(), question, ctx.limits.provider_call_ms_max))
        .collect();
    let mut answers = BTreeMap::new();
    let mut coming = futures_util::stream::iter(asked).buffer_unordered(ctx.limits.fetch_concurrency_max);
    while let Some((symbol, answer)) = coming.next().await {
        answers.insert(symbol, answer);
        ctx.observer.reached(Step::Fetched { done: answers.len(), total }).await;
    }
    answers
}

/// Asks the chain about one symbol, and gives up when no answer comes.
async fn ask_one(
    chain: Chain,
    question: HistoryRequest,
    call_ms_max: u64,
) -> (Symbol, Result<Answered, ChainFailure>) {
    let limit = Duration::from_millis(call_ms_max);
    let answer = match tokio::time::timeout(limit, chain.fetch_history(&question)).await {
        Ok(answer) => answer,
        Err(_) => {
            let reason = format!("no answer within {call_ms_max} ms");
            let source = chain.providers().first().map_or(Source::Files, |provider| provider.source());
            Err(ChainFailure { errors: vec![(source, ProviderError::Unavailable { reason })] })
        }
    };
    (question.symbol, answer)
}

pub(crate) use record::SCOPE_INSTRUMENT;

/// The instruments of a fetch that are stored, by symbol.
type Instruments = BTreeMap<Symbol, Instrument>;
