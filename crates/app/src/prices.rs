//! Reading the prices of one symbol, fetching what is missing first.

use std::collections::BTreeMap;

use market::{Fill, Freshness, Source, Span, Urgency};
use model::{Actions, Bars, Date, InstrumentId, MarketState, SETTLE_DELAY_S_DEFAULT, Symbol, Timestamp};
use quant::{AdjustedBars, Adjustment};

use crate::coverage::{KnownSessions, absences};
use crate::fetch::{self, FetchFailure, FetchRequest, FetchSummary, fetch};
use crate::revisions::Version;
use crate::{Absence, AppError, Context};

/// Without dates, so many days before today are meant.
const DAYS_DEFAULT: i32 = 365;

/// A question for prices.
#[derive(Clone, Debug)]
pub struct PricesRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// First date; 365 days before the last when absent.
    pub from: Option<Date>,
    /// Last date; today when absent.
    pub to: Option<Date>,
    /// What the prices are adjusted for, as of the last date.
    pub adjustment: Adjustment,
    /// Whether to fetch even when the cache holds everything.
    pub is_forced: bool,
}

/// Prices, and where they came from.
#[derive(Clone, Debug)]
pub struct PricesAnswer {
    /// The symbol.
    pub symbol: Symbol,
    /// First date asked for.
    pub from: Date,
    /// Last date asked for; adjusted prices are as of it.
    pub to: Date,
    /// Bars as traded.
    pub bars: Bars,
    /// All splits and dividends known of the symbol.
    pub actions: Actions,
    /// What `adjusted` is adjusted for.
    pub adjustment: Adjustment,
    /// The bars adjusted as asked.
    pub adjusted: AdjustedBars,
    /// Who the bars came from.
    pub source: Option<Source>,
    /// Whether they were in the cache already.
    pub is_cached: bool,
    /// Why the cache did or did not serve.
    pub reason: Freshness,
    /// The exchange's state.
    pub market_state: MarketState,
    /// Sessions in the range that are complete and have no bar, and why.
    pub absences: Vec<Absence>,
    /// How many sessions those are.
    pub missing_count: usize,
    /// Whether the providers are to be asked for something that is missing, which a read of the cache alone leaves to
    /// others.
    pub is_due: bool,
    /// What fetching changed, when there was a fetch.
    pub fetched: Option<FetchSummary>,
    /// What this answer was read from, when nothing but a change of that can alter it: all of its sessions are complete
    /// and held. Absent for every other answer, and where the cache is not asked alone.
    pub version: Option<Version>,
}

/// What decides an answer beside what the cache holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PricesQuestion {
    symbol: Symbol,
    from: Date,
    to: Date,
    adjustment: Adjustment,
    market_state: MarketState,
}

impl PricesQuestion {
    /// What a request comes to at this moment.
    pub fn of(ctx: &Context, request: &PricesRequest) -> PricesQuestion {
        let now = ctx.clock.now();
        let (from, to) = range(request, now);
        let market_state = ctx.calendar.market_state(now);
        let PricesRequest { symbol, adjustment, .. } = request;
        PricesQuestion { symbol: symbol.clone(), from, to, adjustment: *adjustment, market_state }
    }

    /// What was answered.
    pub fn answered(answer: &PricesAnswer) -> PricesQuestion {
        let PricesAnswer { from, to, adjustment, market_state, .. } = *answer;
        PricesQuestion { symbol: answer.symbol.clone(), from, to, adjustment, market_state }
    }
}

/// Whether a question would be answered as it was from this version, by a look at the database that begins after this
/// call. If so, the cache has served.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn are_prices_current(
    ctx: &Context,
    question: &PricesQuestion,
    version: &Version,
) -> Result<bool, AppError> {
    let is_current = version.is_current(ctx).await?;
    if is_current {
        fetch::note_hit(&question.symbol, fetch::NOTHING_MISSING);
    }
    Ok(is_current)
}

/// The dates that a request means.
fn range(request: &PricesRequest, now: Timestamp) -> (Date, Date) {
    let to = request.to.unwrap_or(now.utc_date());
    (request.from.unwrap_or(to.plus_days(-DAYS_DEFAULT)), to)
}

/// Reads the prices of a symbol through the cache.
///
/// # Errors
/// [`AppError::Invalid`] for a range that is none, [`AppError::Fetch`] when nothing is known of the symbol,
/// [`AppError::Unadjustable`] when a dividend of it cannot be what it says.
pub async fn prices(ctx: &Context, request: &PricesRequest) -> Result<PricesAnswer, AppError> {
    let now = ctx.clock.now();
    let (from, to) = range(request, now);
    check_range(ctx, from, to)?;
    let mut answer = PricesAnswer {
        symbol: request.symbol.clone(),
        from,
        to,
        bars: Bars::default(),
        actions: Actions::default(),
        adjustment: request.adjustment,
        adjusted: AdjustedBars::default(),
        source: None,
        is_cached: false,
        reason: Freshness::NeverFetched,
        market_state: ctx.calendar.market_state(now),
        absences: Vec::new(),
        missing_count: 0,
        is_due: false,
        fetched: None,
        version: None,
    };
    if ctx.store.is_none() {
        pass_through(ctx, &mut answer).await?;
    } else {
        read_through(ctx, request, &mut answer).await?;
    }
    let stretches = answer.absences.iter();
    answer.missing_count = stretches.map(|gap| ctx.calendar.between(gap.first, gap.last).len()).sum();
    answer.adjusted = quant::adjusted(&answer.bars, &answer.actions, request.adjustment, to)
        .map_err(|source| AppError::Unadjustable { symbol: answer.symbol.clone(), source })?;
    Ok(answer)
}

/// Refuses a range that ends before it begins, and one that the exchange calendar knows nothing of.
pub fn check_range(ctx: &Context, from: Date, to: Date) -> Result<(), AppError> {
    if from > to {
        let message = format!("the range begins on {from} and ends before, on {to}");
        return Err(AppError::Invalid { field: "from", message });
    }
    let outside = [(to, to < ctx.calendar.first()), (from, from > ctx.calendar.last())];
    match outside.into_iter().find(|(_, is_outside)| *is_outside) {
        Some((date, _)) => Err(crate::portfolios::outside_calendar(ctx, date)),
        None => Ok(()),
    }
}

/// Asks the providers and keeps nothing.
async fn pass_through(ctx: &Context, answer: &mut PricesAnswer) -> Result<(), AppError> {
    let now = ctx.clock.now();
    let wanted = Span { first: answer.from, last: answer.to };
    let fill = Fill {
        symbol: answer.symbol.clone(),
        wanted,
        missing: vec![wanted],
        as_of: now,
        urgency: Urgency::Interactive,
        known_stamp: None,
        only: None,
        resting: Vec::new(),
    };
    let chain = if ctx.is_offline { ctx.chain.local() } else { ctx.chain.clone() };
    let filled = chain.fill(ctx.calendar, &fill).await;
    if filled.parts.is_empty() {
        let denials = filled.denials.clone();
        let source = FetchFailure::of_chain(&market::ChainFailure { denials, is_answered: false }, now);
        return Err(AppError::Fetch { symbol: answer.symbol.clone(), source });
    }
    let (mut bars, mut summary) = (BTreeMap::new(), FetchSummary::default());
    let mut actions = market::ActionsBySource::new();
    for part in &filled.parts {
        let (told, cover) = (&part.history.actions, part.history.actions_cover);
        actions = market::merge_actions(&actions, part.source, told, cover, |source| chain.rank(source));
        summary.refused.extend(part.history.refused.iter().cloned());
        summary.refused_count += part.history.refused_count;
        for bar in part.history.bars.iter().filter(|bar| wanted.contains(bar.session)) {
            bars.entry(bar.session).or_insert(bar);
        }
    }
    summary.source = filled.parts.first().map(|part| part.source);
    summary.shortfall = filled.failure().map(|failure| FetchFailure::of_chain(&failure, now));
    answer.source = summary.source;
    answer.bars = bars.into_values().collect();
    answer.actions = market::flatten_actions(&actions);
    if let Some(through) = ctx.calendar.required_through(now, answer.to, SETTLE_DELAY_S_DEFAULT) {
        let absent = ctx.calendar.between(answer.from, through).iter().copied();
        let absent = absent.filter(|session| answer.bars.position(*session).is_none());
        let failure = summary.shortfall.as_ref().map(|failure| (failure.code, failure.retry_at));
        let why = failure.unwrap_or((market::EmptyReason::ProviderHasNone.as_str(), None));
        answer.absences = absences(ctx, absent, |_| why);
    }
    answer.fetched = Some(summary);
    Ok(())
}

async fn read_through(
    ctx: &Context,
    request: &PricesRequest,
    answer: &mut PricesAnswer,
) -> Result<(), AppError> {
    let now = ctx.clock.now();
    // The step is older than what is loaded behind it: at worst an answer counts as changed that is not.
    let seq = if ctx.is_cache_only { Some(ctx.revisions.newest(ctx).await?) } else { None };
    let (mut known, instrument) = load(ctx, answer).await?;
    let coverage = known.sessions.as_ref().map(crate::fetch::coverage).unwrap_or_default();
    let through = ctx.calendar.required_through(now, answer.to, SETTLE_DELAY_S_DEFAULT);
    answer.reason = match through {
        _ if request.is_forced => Freshness::Forced,
        Some(through) => market::freshness(ctx.calendar, &coverage, answer.from, through, now),
        None => Freshness::Covered,
    };
    let live = market::live_session_due(ctx.calendar, &coverage, now);
    let is_live_due = live.is_some_and(|live| (answer.from..=answer.to).contains(&live));
    answer.is_cached = true;
    let is_due = answer.reason != Freshness::Covered || is_live_due;
    if ctx.is_cache_only {
        // A job fetches complete sessions; the bar of the one under way is nothing to queue for again and again.
        answer.is_due = answer.reason != Freshness::Covered && known.failure.is_none();
        let failed = known.stored_failure.as_ref().filter(|_| known.failure.is_some());
        if let Some(failure) = failed.filter(|_| answer.bars.is_empty()) {
            let source = FetchFailure::of_memory(failure);
            return Err(AppError::Fetch { symbol: answer.symbol.clone(), source });
        }
    }
    // A provider that costs nothing is always looked at: its state costs nothing to ask for, and it may have changed.
    if !ctx.is_cache_only && (is_due || ctx.chain.has_local()) {
        let mut question = FetchRequest::new(answer.symbol.clone(), answer.from, answer.to);
        (question.is_forced, question.wants_live) = (request.is_forced, true);
        let outcome = fetch(ctx, vec![question]).await?.remove(0);
        match outcome.result {
            Ok(summary) => {
                answer.is_cached = summary.is_cached;
                // What was missing may have been recorded by another process since it was looked for.
                let may_be_new = outcome.provider_calls > 0 || answer.reason != Freshness::Covered;
                if !answer.is_cached || may_be_new {
                    (known, _) = load(ctx, answer).await?;
                }
                answer.fetched = Some(summary);
            }
            Err(source) if answer.bars.is_empty() => {
                return Err(AppError::Fetch { symbol: answer.symbol.clone(), source });
            }
            Err(failure) => {
                known.failure = known.failure.or(Some((failure.code, failure.retry_at)));
            }
        }
    }
    answer.source = known.newest_source(answer.to);
    if let Some(through) = through {
        answer.absences = known.absences(ctx, answer.from, through);
    }
    if ctx.is_cache_only && !is_due {
        fetch::note_hit(&answer.symbol, fetch::NOTHING_MISSING);
        answer.version = seq.zip(instrument).and_then(|(seq, instrument)| {
            let is_settled = answer.absences.is_empty() && through >= newest_session(ctx, answer);
            is_settled.then_some(Version::at(instrument, seq))
        });
    }
    Ok(())
}

/// The last session of the range, complete or not.
fn newest_session(ctx: &Context, answer: &PricesAnswer) -> Option<Date> {
    ctx.calendar.between(answer.from, answer.to).last().copied()
}

/// Loads the bars of the range, and what is known of the symbol's sessions; and names the instrument, when there is one.
async fn load(
    ctx: &Context,
    answer: &mut PricesAnswer,
) -> Result<(KnownSessions, Option<InstrumentId>), AppError> {
    let store = ctx.store()?;
    let symbols = std::slice::from_ref(&answer.symbol);
    let found = store::instruments::by_symbol(store, symbols).await?.pop();
    let instrument = found.map(|found| found.id);
    if let Some(id) = instrument {
        (answer.bars, answer.actions) =
            store::bars::in_range_with_actions(store, id, answer.from, answer.to).await?;
    }
    let range = (answer.from, answer.to);
    Ok((KnownSessions::load(ctx, &answer.symbol, instrument, range).await?, instrument))
}
