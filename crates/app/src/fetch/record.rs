//! Recording what providers answered: what is new of it, in one transaction, while the leases of its symbols last.

use std::collections::BTreeMap;

use market::{ActionsBySource, EmptyStretch, Listing, OVERLAP_TOLERANCE, Part, Reconciled, Restated, Source};
use model::{Actions, Bar, Bars, Date, InstrumentId, MarketState, Symbol, Timestamp};
use store::bars::SourcedBars;
use store::private_symbols::EVERYBODY;
use store::{StoreError, Transaction};

use super::ask::Arrived;
use super::memory::{self, Learned};
use super::plan::{self, Known};
use super::write;
use super::{FetchFailure, FetchOutcome, FetchSummary, Instruments, Reach, lease_name};
use crate::context::pause;
use crate::leases::{HeldLeases, expiry};
use crate::{AppError, Context};

/// The scope of a change of an instrument's bars or corporate actions.
pub const SCOPE_INSTRUMENT: &str = "instrument";

/// Records answers and tells what each of them changed, and gives the leases of their symbols back in the same
/// transaction. One that loses a race, for a new symbol or for a lease, is made again from what is stored then: what
/// was paid for is kept.
pub async fn record(
    ctx: &Context,
    known: &Known,
    arrived: &[Arrived],
    held: &HeldLeases,
) -> Result<Vec<FetchOutcome>, AppError> {
    let names: Vec<String> = arrived.iter().map(|arrived| lease_name(&arrived.request.symbol)).collect();
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        if attempt > 0 && !retake(ctx, &names, held).await? {
            continue;
        }
        let (mut tx, outcomes) = prepare(ctx, known, arrived).await?;
        store::leases::release_in(&mut tx, &names, held.owner());
        match ctx.record(tx).await {
            Ok(_) => {
                held.forget(&names);
                outcomes.iter().for_each(tell_stored);
                return Ok(outcomes);
            }
            Err(AppError::Store(StoreError::Constraint { .. } | StoreError::Guard { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AppError::Conflict { what: "market data".to_owned() })
}

/// Tells the log what came in of a symbol and was stored.
fn tell_stored(outcome: &FetchOutcome) {
    let Ok(summary) = &outcome.result else { return };
    let Some(source) = summary.source else { return };
    tracing::info!(
        symbol = %outcome.symbol,
        %source,
        written = summary.written_count,
        removed = summary.removed_count,
        restated = summary.restated_count,
        refused = summary.refused_count,
        "fetched_and_stored"
    );
}

/// Takes leases again that may have been lost. Whether it got them.
async fn retake(ctx: &Context, names: &[String], held: &HeldLeases) -> Result<bool, AppError> {
    let now = ctx.clock.now();
    let got = store::leases::take(ctx.store()?, names, held.owner(), now, expiry(ctx, now)).await?;
    if got {
        held.add(names.iter().cloned());
    }
    Ok(got)
}

/// Everything the answers about one symbol change.
pub struct Changes {
    pub instrument: InstrumentId,
    /// Whether its bars take it into the universe.
    pub enters_universe: bool,
    /// Bars to write by who told them.
    pub bars: Vec<(Source, Reconciled)>,
    pub actions: Option<ActionsBySource>,
    /// Stamps of the sources that answered.
    pub answered: Vec<(Source, Option<String>)>,
    pub empty: Option<Vec<EmptyStretch>>,
    pub listing: Listing,
    /// The session under way that was asked about.
    pub live: Option<Date>,
    /// The first session on which anything differs.
    pub first_session: Option<Date>,
}

/// What is stored of the instruments whose history came in.
struct Stored {
    bars: BTreeMap<InstrumentId, SourcedBars>,
    actions: store::actions::ActionsBySource,
}

async fn prepare(
    ctx: &Context,
    known: &Known,
    arrived: &[Arrived],
) -> Result<(Transaction, Vec<FetchOutcome>), AppError> {
    let now = ctx.clock.now();
    let store = ctx.store()?;
    let symbols: Vec<Symbol> = arrived.iter().map(|arrived| arrived.request.symbol.clone()).collect();
    let found = store::instruments::by_symbol(store, &symbols).await?;
    let mut instruments: Instruments = found.into_iter().map(|found| (found.symbol.clone(), found)).collect();
    let mut new = Vec::new();
    for arrived in arrived.iter().filter(|arrived| arrived.filled.has_answer()) {
        let symbol = &arrived.request.symbol;
        if !instruments.contains_key(symbol) {
            let instrument = crate::instruments::unknown(ctx, symbol);
            new.push(instrument.clone());
            instruments.insert(symbol.clone(), instrument);
        }
    }
    let with_history: Vec<InstrumentId> = arrived
        .iter()
        .filter(|arrived| !arrived.filled.parts.is_empty())
        .filter_map(|arrived| Some(instruments.get(&arrived.request.symbol)?.id))
        .collect();
    let stored = match with_history.is_empty() {
        true => Stored { bars: BTreeMap::new(), actions: BTreeMap::new() },
        false => Stored {
            bars: store::bars::with_sources(store, &with_history).await?,
            actions: store::actions::by_source(store, &with_history).await?,
        },
    };
    let (mut changes, mut learned, mut outcomes) = (Vec::new(), Learned::default(), Vec::new());
    for arrived in arrived {
        let symbol = &arrived.request.symbol;
        let id = instruments.get(symbol).map(|instrument| instrument.id);
        let told = id.map(|id| Changes::of(ctx, known, arrived, id, &stored, now));
        let failure = failure_of(ctx, known, arrived, id.is_some(), now);
        if tells_of_the_chain(ctx, arrived, failure.as_ref()) {
            let remembered = known.failures(symbol);
            learned.learn(ctx.calendar, arrived, remembered, id.is_some(), failure.as_ref(), now);
        }
        outcomes.push(outcome(arrived, told.as_ref(), failure, known.has_bars(symbol)));
        changes.extend(told);
    }
    let mut tx = Transaction::new();
    if !new.is_empty() {
        store::instruments::insert(&mut tx, EVERYBODY, &new, now);
    }
    write::write(&mut tx, changes, &learned, now);
    Ok((tx, outcomes))
}

/// Whether what was said is worth remembering: not when nobody was asked, and not when a part of the chain had an answer
/// that says nothing of what the others owe.
fn tells_of_the_chain(ctx: &Context, arrived: &Arrived, failure: Option<&FetchFailure>) -> bool {
    let is_part = (arrived.is_offline || arrived.request.reach == Reach::Local) && !ctx.chain.is_local();
    match failure {
        Some(failure) => !failure.is_remembered,
        None => is_answered(arrived) && !is_part,
    }
}

/// Whether any provider answered, with bars or with their absence.
fn is_answered(arrived: &Arrived) -> bool {
    arrived.filled.has_answer() || !arrived.filled.empty.is_empty()
}

/// Why something is still missing after the providers were asked.
fn failure_of(
    ctx: &Context,
    known: &Known,
    arrived: &Arrived,
    is_known: bool,
    now: Timestamp,
) -> Option<FetchFailure> {
    let symbol = &arrived.request.symbol;
    if arrived.is_offline && !arrived.filled.has_answer() {
        return (!known.has_bars(symbol)).then(FetchFailure::offline);
    }
    let filled = &arrived.filled;
    // That a symbol nobody has met has nothing in one range says little of others.
    let nothing_met = || market::ChainFailure { denials: filled.denials.clone(), is_answered: false };
    let is_unmet = !is_known && !filled.empty.is_empty();
    let failure = filled.failure().or_else(|| is_unmet.then(nothing_met))?;
    let retries = failure
        .denials
        .iter()
        .filter_map(|denial| memory::retry_at(ctx.calendar, denial, arrived.missing, is_known, now));
    Some(FetchFailure { retry_at: retries.min(), ..FetchFailure::of_chain(&failure, now) })
}

fn outcome(
    arrived: &Arrived,
    told: Option<&Changes>,
    failure: Option<FetchFailure>,
    has_bars: bool,
) -> FetchOutcome {
    let symbol = arrived.request.symbol.clone();
    let provider_calls = u64::from(arrived.filled.provider_calls);
    let has_answer = is_answered(arrived);
    let result = match (told, failure) {
        (Some(told), failure) if has_answer => {
            let mut summary = FetchSummary { shortfall: failure, ..FetchSummary::default() };
            summary.tell(arrived, told);
            Ok(summary)
        }
        (_, Some(failure)) if has_bars && failure.is_remembered => Ok(FetchSummary {
            is_cached: true,
            is_unchanged: true,
            shortfall: Some(failure),
            ..FetchSummary::default()
        }),
        (_, Some(failure)) => Err(failure),
        // Everything was held already, and a provider that costs nothing knows no such symbol.
        (_, None) => Ok(FetchSummary { is_cached: true, is_unchanged: true, ..FetchSummary::default() }),
    };
    FetchOutcome { symbol, provider_calls, result }
}

impl Changes {
    /// Compares the answers about one symbol with what is stored of it.
    fn of(
        ctx: &Context,
        known: &Known,
        arrived: &Arrived,
        instrument: InstrumentId,
        stored: &Stored,
        now: Timestamp,
    ) -> Changes {
        let mut bars = stored.bars.get(&instrument).cloned().unwrap_or_default();
        let old_actions = stored_actions(stored, instrument);
        let mut actions = old_actions.clone();
        let mut changes = Changes {
            instrument,
            enters_universe: arrived.request.enters_universe
                && crate::instruments::option_symbol(&arrived.request.symbol).is_none(),
            bars: Vec::new(),
            actions: None,
            // A source that says nothing changed keeps its stamp.
            answered: Vec::new(),
            empty: None,
            listing: Listing::default(),
            live: None,
            first_session: None,
        };
        for part in &arrived.filled.parts {
            let history = &part.history;
            changes.compare(ctx, part, &mut bars);
            let rank = |source: Source| ctx.chain.rank(source);
            actions =
                market::merge_actions(&actions, part.source, &history.actions, history.actions_cover, rank);
            changes.answered.push((part.source, history.stamp.clone()));
            changes.listing.first = history.listing.first.or(changes.listing.first);
            changes.listing.last = history.listing.last.or(changes.listing.last);
        }
        changes.live = live_answered(ctx, arrived, now);
        let (old, new) = (market::flatten_actions(&old_actions), market::flatten_actions(&actions));
        let changed_action = first_difference(&old, &new);
        changes.first_session = changes.first_session.into_iter().chain(changed_action).min();
        changes.actions = (actions != old_actions).then_some(actions);
        changes.empty = note_empty(ctx, known, arrived, &bars.bars, now);
        changes
    }

    /// Compares one answer with the bars that are stored, and lays it over them.
    fn compare(&mut self, ctx: &Context, part: &Part, stored: &mut SourcedBars) {
        let rank = ctx.chain.rank(part.source);
        let is_preferred = |session: Date| {
            let at = stored.bars.position(session)?;
            let source = Source::from_code(stored.sources[at]).filter(|source| *source != part.source)?;
            (ctx.chain.rank(source) < rank && stored.bars.is_final[at]).then_some(())
        };
        let told: Bars = part.history.bars.iter().filter(|bar| is_preferred(bar.session).is_none()).collect();
        // What a source has no more can only be missed among its own bars.
        let own =
            stored.bars.iter().zip(&stored.sources).filter(|(bar, source)| {
                **source == part.source.code() || told.position(bar.session).is_some()
            });
        let own: Bars = own.map(|(bar, _)| bar).collect();
        let tolerance = if part.source == Source::Files { 0.0 } else { OVERLAP_TOLERANCE };
        let reconciled = market::reconcile(&own, &told, part.history.is_whole, tolerance);
        self.first_session = self.first_session.into_iter().chain(reconciled.first_session()).min();
        stored.lay_over(&reconciled.write, &reconciled.remove, part.source.code());
        // Of two sources that tell a session at once the later one counts, whichever is written first.
        for (_, other) in self.bars.iter_mut().filter(|(source, _)| *source != part.source) {
            other.write = other.write.iter().filter(|bar| !reconciled.write.has(bar.session)).collect();
            other.remove.retain(|session| !reconciled.write.has(*session));
        }
        match self.bars.iter_mut().find(|(source, _)| *source == part.source) {
            Some((_, earlier)) => absorb(earlier, reconciled),
            None => self.bars.push((part.source, reconciled)),
        }
    }
}

/// Adds what a second answer of a source changes to what its first one does; no session stands twice.
fn absorb(earlier: &mut Reconciled, later: Reconciled) {
    let mut write: BTreeMap<Date, Bar> = earlier.write.iter().map(|bar| (bar.session, bar)).collect();
    write.extend(later.write.iter().map(|bar| (bar.session, bar)));
    earlier.write = write.into_values().collect();
    earlier.remove.retain(|session| later.write.position(*session).is_none());
    earlier.remove.extend(later.remove);
    for entry in later.restated {
        let is_same = |known: &&mut Restated| (known.session, known.field) == (entry.session, entry.field);
        match earlier.restated.iter_mut().find(is_same) {
            Some(known) => known.new = entry.new,
            None => earlier.restated.push(entry),
        }
    }
}

/// The session under way when providers on the network answered about it, whether or not they have a bar of it.
fn live_answered(ctx: &Context, arrived: &Arrived, now: Timestamp) -> Option<Date> {
    if ctx.calendar.market_state(now) != MarketState::Open {
        return None;
    }
    let today = now.utc_date();
    let parts =
        arrived.filled.parts.iter().filter(|part| part.source != Source::Files).map(|part| part.asked);
    let mut answered = parts.chain(arrived.filled.empty.iter().map(|(_, span)| *span));
    answered.any(|span| span.contains(today)).then_some(today)
}

fn stored_actions(stored: &Stored, instrument: InstrumentId) -> ActionsBySource {
    let by_source = stored.actions.get(&instrument).into_iter().flatten();
    by_source.filter_map(|(source, actions)| Some((Source::from_code(*source)?, actions.clone()))).collect()
}

/// What is known to be empty after answers of the network; absent when nothing about it is learned.
fn note_empty(
    ctx: &Context,
    known: &Known,
    arrived: &Arrived,
    bars: &Bars,
    now: Timestamp,
) -> Option<Vec<EmptyStretch>> {
    let filled = &arrived.filled;
    let through = ctx.calendar.required_through(now, arrived.request.last, model::SETTLE_DELAY_S_DEFAULT)?;
    let is_held = |session: Date| bars.position(session).is_some_and(|at| bars.is_final[at]);
    let is_no_hole = |session: Date| is_held(session) || session > through;
    let mut learned = Vec::new();
    for part in filled.parts.iter().filter(|part| part.source != Source::Files) {
        let Some(covers) = part.history.covers else { continue };
        let span = market::Span {
            first: covers.first.max(part.asked.first),
            last: covers.last.min(part.asked.last),
        };
        learned.extend(market::note_empty(ctx.calendar, &[span], is_no_hole, part.history.listing, now));
    }
    let spans: Vec<market::Span> = filled.empty.iter().map(|(_, span)| *span).collect();
    learned.extend(market::note_empty(ctx.calendar, &spans, is_no_hole, Listing::default(), now));
    if learned.is_empty() {
        return None;
    }
    let old = known.sessions(&arrived.request.symbol).map(plan::stored_empty).unwrap_or_default();
    Some(market::merge_empty(ctx.calendar, &old, &learned, is_held, now))
}

/// The first ex-date on which two sets of corporate actions differ.
fn first_difference(old: &Actions, new: &Actions) -> Option<Date> {
    let splits = old.splits.iter().filter(|split| !new.splits.contains(split));
    let splits = splits.chain(new.splits.iter().filter(|split| !old.splits.contains(split)));
    let dividends = old.dividends.iter().filter(|paid| !new.dividends.contains(paid));
    let dividends = dividends.chain(new.dividends.iter().filter(|paid| !old.dividends.contains(paid)));
    let first = splits.map(|split| split.ex_date).chain(dividends.map(|paid| paid.ex_date)).min();
    // The same payment may stand twice on one ex-date, which only the number of payments tells.
    first.or_else(|| {
        let same = old.dividends.len() == new.dividends.len() && old.splits.len() == new.splits.len();
        let dates = |actions: &Actions| {
            let splits = actions.splits.first().map(|split| split.ex_date);
            splits.into_iter().chain(actions.dividends.first().map(|paid| paid.ex_date)).min()
        };
        if same { None } else { dates(old).into_iter().chain(dates(new)).min() }
    })
}

impl FetchSummary {
    /// Tells what the answers changed.
    fn tell(&mut self, arrived: &Arrived, told: &Changes) {
        let filled = &arrived.filled;
        self.source = filled.parts.last().map(|part| part.source).or(filled.unchanged);
        self.is_unchanged = filled.parts.is_empty();
        self.is_cached = told.bars.iter().all(|(_, bars)| bars.write.is_empty() && bars.remove.is_empty());
        for (_, bars) in &told.bars {
            self.written_count += bars.write.len();
            self.removed_count += bars.remove.len();
            self.restated_count += bars.restated.len();
        }
        for part in &filled.parts {
            let history = &part.history;
            self.refused.extend(history.refused.iter().cloned());
            self.refused_count += history.refused_count;
            let written =
                |session: &Date| told.bars.iter().any(|(_, bars)| bars.write.position(*session).is_some());
            let moves = market::large_moves(&history.bars, &history.actions.splits);
            self.large_moves.extend(moves.into_iter().filter(written));
        }
        self.refused.truncate(market::REFUSED_ROWS_KEPT_MAX);
        self.large_moves.sort();
        self.large_moves.dedup();
    }
}
