//! What is known of symbols beside their prices: asked of the providers once, and read from then on.
//!
//! Reading costs one look at the database. Only what is missing or has expired is asked, by a task of the process: a
//! caller who goes away stops nothing, and results are recorded in batches as they arrive, so that neither a crash nor
//! a rate limit loses what was paid for.

mod ask;
mod flights;
mod known;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use market::Urgency;
use model::{Sector, SectorBucket, Symbol, SymbolError, Timestamp};
use tracing::Instrument;

use crate::jobs::JobState;
use crate::{AppError, Context};

pub use flights::ProfileFlights;

use ask::Asked;
use known::KnownSymbol;

/// The scope of a change of what is known of an instrument beside its prices.
const SCOPE_PROFILE: &str = "profile";

/// Why there is no sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSector {
    /// It is a fund, an index, an option, or a private or cash-like holding, and has none.
    OtherKind(SectorBucket),
    /// The symbol is known, and no provider tells its sector.
    NotTold,
    /// The providers had no answer, now or when they were asked last.
    Failed {
        /// The stable name of what went wrong.
        code: String,
        /// What each provider said.
        message: String,
        /// Until when nobody asks again; absent when it is asked on every occasion.
        retry_at: Option<Timestamp>,
    },
    /// Another process is asking, and has taken longer than was waited for.
    Pending,
    /// The text is no symbol.
    Invalid {
        /// What is wrong with it.
        message: String,
    },
}

impl NoSector {
    /// Its stable name.
    pub fn code(&self) -> &str {
        match self {
            NoSector::OtherKind(bucket) => bucket.as_str(),
            NoSector::NotTold => "no_sector",
            NoSector::Failed { code, .. } => code,
            NoSector::Pending => "pending",
            NoSector::Invalid { .. } => "invalid_symbol",
        }
    }
}

/// The sector of one symbol, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolSector {
    /// The symbol, trimmed and in upper case.
    pub symbol: String,
    /// Its sector.
    pub sector: Result<Sector, NoSector>,
}

/// What became of the symbols asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefetchedProfiles {
    /// One result for each symbol, in the order first asked.
    pub sectors: Vec<SymbolSector>,
    /// Symbols of which something was learned.
    pub learned_count: usize,
    /// Calls that cost something; reading a folder of files does not.
    pub provider_calls: u64,
    /// Rows of local sources that make no sense, each once.
    pub complaints: Vec<String>,
}

/// Makes sure that everything the providers tell of symbols is known, and gives the sector of each symbol or the reason
/// why there is none. What one symbol meets changes nothing for the others.
///
/// # Errors
/// [`AppError::DatabaseRequired`], and [`AppError`] when the database failed; failures of providers are results.
pub async fn prefetch_profiles(
    ctx: &Context,
    symbols: &[impl AsRef<str>],
    urgency: Urgency,
) -> Result<PrefetchedProfiles, AppError> {
    let mut seen = BTreeSet::new();
    let mut asked: Vec<(String, Result<Symbol, SymbolError>)> = Vec::with_capacity(symbols.len());
    for text in symbols {
        let text = text.as_ref().trim().to_uppercase();
        let symbol = text.parse::<Symbol>();
        let text = symbol.as_ref().map_or(text, |symbol| symbol.as_str().to_owned());
        if seen.insert(text.clone()) {
            asked.push((text, symbol));
        }
    }
    let symbols: Vec<Symbol> = asked.iter().filter_map(|(_, symbol)| symbol.clone().ok()).collect();
    let mut prefetched = PrefetchedProfiles::default();
    let known = known::load(ctx, &symbols).await?;
    let by_symbol = learn(ctx, known, urgency, &mut prefetched).await?;
    for (text, symbol) in asked {
        let sector = match symbol {
            Ok(symbol) => by_symbol.get(&symbol).map_or(Err(NoSector::Pending), KnownSymbol::sector),
            Err(error) => Err(NoSector::Invalid { message: error.to_string() }),
        };
        prefetched.sectors.push(SymbolSector { symbol: text, sector });
    }
    Ok(prefetched)
}

/// Has those asked that are to be asked, and waits for what comes of it.
async fn learn(
    ctx: &Context,
    known: Vec<KnownSymbol>,
    urgency: Urgency,
    prefetched: &mut PrefetchedProfiles,
) -> Result<BTreeMap<Symbol, KnownSymbol>, AppError> {
    let now = ctx.clock.now();
    let (asking, idle): (Vec<KnownSymbol>, Vec<KnownSymbol>) =
        known.into_iter().partition(|known| known.is_to_be_asked(ctx, now));
    tracing::info!(missing = asking.len(), cached = idle.len(), "profiles_prefetched");
    let mut by_symbol: BTreeMap<Symbol, KnownSymbol> =
        idle.into_iter().map(|known| (known.symbol.clone(), known)).collect();
    if asking.is_empty() {
        return Ok(by_symbol);
    }
    if let Some(job) = ctx.guard.as_ref().filter(|_| !ctx.is_offline && asks_the_network(ctx)) {
        job.advance(ctx.store()?, ctx.clock.as_ref(), JobState::DownloadingData).await?;
    }
    let task = tokio::spawn(ask::ask(ctx.clone(), asking, urgency).in_current_span());
    let asked = task.await.map_err(|_| AppError::TaskLost { what: "asking for profiles" })??;
    let mut complaints = BTreeSet::new();
    for Asked { known, provider_calls, is_new, is_pending, complaint } in asked {
        prefetched.provider_calls += provider_calls;
        prefetched.learned_count += usize::from(is_new);
        complaints.extend(complaint);
        // A symbol that another process is still asking for has its old state, if it has any.
        if !is_pending || known.profile.is_some() {
            by_symbol.insert(known.symbol.clone(), known);
        }
    }
    prefetched.complaints = complaints.into_iter().collect();
    Ok(by_symbol)
}

/// Whether a provider of profiles is on the network.
fn asks_the_network(ctx: &Context) -> bool {
    let mut offers = ctx.chain.providers().iter().map(|provider| provider.offers());
    offers.any(|offers| offers.has_profiles && !offers.is_local)
}
