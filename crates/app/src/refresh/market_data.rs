//! The first phase: fetching what is missing of every symbol the portfolios ever held.

use std::collections::{BTreeMap, BTreeSet};

use market::Urgency;
use model::{Date, Instrument, InstrumentId, InstrumentKind, PortfolioId, Sector, Symbol};
use store::Transaction;
use store::books::{Books, KnownEvents};

use super::{Meter, Phase, PhaseReport, PhaseState, Warning};
use crate::fetch::{FetchFailure, FetchOutcome, FetchRequest, Reach, fetch};
use crate::portfolio_risk::sector_fund;
use crate::risk_market::sessions_count;
use crate::{AppError, Context};

/// Names listed in one warning; the others are counted.
const NAMES_SHOWN_MAX: usize = 10;

/// Fetches what is missing of the symbols that portfolios name, to `end`. Symbols that fail are told in warnings. The
/// events are kept for the phases to come.
pub async fn fetch_universe(
    ctx: &Context,
    portfolios: &[PortfolioId],
    end: Date,
    known: &mut KnownEvents,
) -> PhaseReport {
    let (mut meter, ctx) = match Meter::start(ctx, Phase::MarketData) {
        Ok(started) => started,
        Err(error) => return PhaseReport::failed(Phase::MarketData, &error),
    };
    let state = run(&ctx, portfolios, end, known, &mut meter).await;
    meter.report(state)
}

async fn run(
    ctx: &Context,
    portfolios: &[PortfolioId],
    end: Date,
    known: &mut KnownEvents,
    meter: &mut Meter,
) -> Result<PhaseState, AppError> {
    // No change is older than the newest, so none is loaded: this phase needs events and symbols alone.
    let mut books = store::books::load(ctx.store()?, portfolios, i64::MAX).await?;
    let (asked, left_out): (Vec<&Instrument>, Vec<&Instrument>) =
        books.instruments.iter().partition(|instrument| is_quoted(instrument));
    meter.items_skipped = left_out.len() as u64;
    let mut universe = Universe::of_held(ctx, &books, &asked, end);
    universe.add_references(ctx, &books, end);
    universe.add_sector_funds(&sectors_of(ctx, &books).await?, end);
    *known = KnownEvents::new(&books.portfolios, std::mem::take(&mut books.events));
    let limit = ctx.limits.phase_provider_calls_max;
    if universe.requests.len() as u64 > limit {
        let (what, count) = ("provider calls of a phase", universe.requests.len() as u64);
        return Err(AppError::LimitExceeded { what, count, limit });
    }
    let (references, funds) = (universe.references.clone(), universe.sector_funds.clone());
    let outcomes = fetch(ctx, universe.in_order(ctx).await?).await?;
    meter.provider_calls = outcomes.iter().map(|outcome| outcome.provider_calls).sum();
    meter.check(ctx)?;
    let (reference_outcomes, mut outcomes): (Vec<FetchOutcome>, Vec<FetchOutcome>) = outcomes
        .into_iter()
        // Without the fund of a sector its part of a return stays in the rest, which is told there.
        .filter(|outcome| !funds.contains(&outcome.symbol))
        .partition(|outcome| references.contains(&outcome.symbol));
    // Hardly any option is quoted anywhere; those that are not are priced by the model.
    let is_option: BTreeMap<&Symbol, bool> =
        asked.iter().map(|instrument| (&instrument.symbol, instrument.option.is_some())).collect();
    let asked_count = outcomes.len();
    outcomes.retain(|outcome| {
        let is_unquoted = outcome.result.as_ref().is_err_and(FetchFailure::is_not_found);
        !(is_unquoted && is_option.get(&outcome.symbol).copied().unwrap_or(false))
    });
    meter.items_skipped += (asked_count - outcomes.len()) as u64;
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    meter.items_done = (outcomes.len() - failed) as u64;
    meter.items_skipped += failed as u64;
    enter_universe(ctx, &asked, &outcomes).await?;
    meter.warnings = warnings(&outcomes);
    meter.warnings.extend(missing_references(&reference_outcomes));
    for (kind, count) in count_by_kind(&left_out) {
        let told = format!("{count} {kind} holdings are never asked of a provider");
        meter.warnings.push(Warning::new("left_out", told));
    }
    Ok(match failed {
        0 => PhaseState::Ok,
        _ if failed == outcomes.len() => PhaseState::Failed,
        _ => PhaseState::Partial,
    })
}

/// Questions for all that books name and what it is measured on, as a refresh to a session asks them.
///
/// # Errors
/// Those of a database.
pub(crate) async fn universe(ctx: &Context, books: &Books, end: Date) -> Result<Vec<FetchRequest>, AppError> {
    let asked: Vec<&Instrument> = books.instruments.iter().filter(|found| is_quoted(found)).collect();
    let mut universe = Universe::of_held(ctx, books, &asked, end);
    universe.add_references(ctx, books, end);
    universe.add_sector_funds(&sectors_of(ctx, books).await?, end);
    let interactive = |request| FetchRequest { urgency: Urgency::Interactive, ..request };
    Ok(universe.requests.into_iter().map(interactive).collect())
}

/// The sectors of the companies that books name, as known today.
async fn sectors_of(ctx: &Context, books: &Books) -> Result<Vec<Sector>, AppError> {
    let ids: Vec<InstrumentId> = books.instruments.iter().map(|instrument| instrument.id).collect();
    Ok(store::profiles::sectors(ctx.store()?, &ids).await?)
}

/// Takes what is held and has prices into the universe. Hardly anything is new there: most came in with its prices.
async fn enter_universe(
    ctx: &Context,
    asked: &[&Instrument],
    outcomes: &[FetchOutcome],
) -> Result<(), AppError> {
    let answered: BTreeSet<&Symbol> =
        outcomes.iter().filter(|outcome| outcome.result.is_ok()).map(|outcome| &outcome.symbol).collect();
    let quoted = asked.iter().filter(|instrument| instrument.option.is_none());
    let held: Vec<InstrumentId> = quoted
        .filter(|instrument| answered.contains(&instrument.symbol))
        .map(|instrument| instrument.id)
        .collect();
    let members = store::universe::of_instruments(ctx.store()?, &held).await?;
    let new: Vec<InstrumentId> = held.into_iter().filter(|id| !members.contains_key(id)).collect();
    if !new.is_empty() {
        let mut tx = Transaction::new();
        store::universe::enter_priced(&mut tx, &new, ctx.clock.now());
        ctx.record(tx).await?;
    }
    Ok(())
}

/// The symbols of a refresh.
struct Universe {
    requests: Vec<FetchRequest>,
    /// For each portfolio the numbers of the requests that it waits for.
    groups: Vec<Vec<usize>>,
    /// Symbols that nobody holds and figures are measured against.
    references: BTreeSet<Symbol>,
    /// The funds of sectors that nobody holds.
    sector_funds: BTreeSet<Symbol>,
}

impl Universe {
    /// What portfolios hold or held, each from early enough before its first entry.
    fn of_held(ctx: &Context, books: &Books, asked: &[&Instrument], end: Date) -> Universe {
        let number: BTreeMap<InstrumentId, usize> =
            asked.iter().enumerate().map(|(number, instrument)| (instrument.id, number)).collect();
        let (mut first_entry, mut groups) = (BTreeMap::new(), Vec::new());
        for events in books.events.values() {
            let mut group = BTreeSet::new();
            for event in events {
                let Some(instrument) = event.booking.instrument() else { continue };
                let first = first_entry.entry(instrument).or_insert(event.date);
                *first = event.date.min(*first);
                group.extend(number.get(&instrument).copied());
            }
            groups.push(group.into_iter().collect());
        }
        let request = |instrument: &&Instrument| {
            let first = first_wanted(ctx, first_entry.get(&instrument.id).copied().unwrap_or(end), end);
            let mut request = FetchRequest::new(instrument.symbol.clone(), first, end);
            // The last trade of an option may be old, and hardly any is worth a call: a folder may quote it.
            request.reach = if instrument.option.is_some() { Reach::Local } else { Reach::All };
            request.urgency = Urgency::Background;
            request
        };
        let requests = asked.iter().map(request).collect();
        Universe { requests, groups, references: BTreeSet::new(), sector_funds: BTreeSet::new() }
    }

    /// Adds what figures are measured against, over the time that anything is held; where that is private alone, as far as
    /// figures look back.
    fn add_references(&mut self, ctx: &Context, books: &Books, end: Date) {
        let held = self.requests.iter().map(|request| request.first).min();
        let private = || books.instruments.first().map(|_| first_wanted(ctx, end, end));
        let Some(first) = held.or_else(private) else { return };
        let held: BTreeSet<Symbol> = self.requests.iter().map(|request| request.symbol.clone()).collect();
        self.references = ctx.references.iter().filter(|symbol| !held.contains(symbol)).cloned().collect();
        let request = |symbol: &Symbol| FetchRequest {
            urgency: Urgency::Background,
            ..FetchRequest::new(symbol.clone(), first, end)
        };
        self.requests.extend(self.references.iter().map(request));
    }

    /// Adds the funds of sectors, over the time that anything is held.
    fn add_sector_funds(&mut self, sectors: &[Sector], end: Date) {
        let Some(first) = self.requests.iter().map(|request| request.first).min() else { return };
        let known: BTreeSet<Symbol> = self.requests.iter().map(|request| request.symbol.clone()).collect();
        let funds = sectors.iter().map(|sector| sector_fund(*sector));
        self.sector_funds = funds.filter(|symbol| !known.contains(symbol)).collect();
        let request = |symbol: &Symbol| FetchRequest {
            urgency: Urgency::Background,
            ..FetchRequest::new(symbol.clone(), first, end)
        };
        self.requests.extend(self.sector_funds.iter().map(request));
    }

    /// The requests in the order that completes the most portfolios, should the providers stop answering.
    async fn in_order(self, ctx: &Context) -> Result<Vec<FetchRequest>, AppError> {
        if ctx.chain.is_local() {
            return Ok(self.requests);
        }
        let is_due = crate::fetch::are_due(ctx, &self.requests).await?;
        let due = |group: &Vec<usize>| group.iter().copied().filter(|number| is_due[*number]).collect();
        let groups: Vec<Vec<usize>> = self.groups.iter().map(due).collect();
        let order = market::order_by_completion(self.requests.len(), &groups);
        let mut requests: Vec<Option<FetchRequest>> = self.requests.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|number| requests[number].take()).collect())
    }
}

/// Warns of symbols that figures are measured against and that have no prices; nothing that is held misses them.
fn missing_references(outcomes: &[FetchOutcome]) -> Vec<Warning> {
    let missing: Vec<&FetchOutcome> = outcomes.iter().filter(|outcome| outcome.result.is_err()).collect();
    match missing.first().and_then(|outcome| outcome.result.as_ref().err()) {
        Some(failure) => {
            let told = format!("figures measured on {} will be absent: {failure}", names(&missing));
            vec![Warning::new("missing_reference", told)]
        }
        None => Vec::new(),
    }
}

/// Whether a provider may know prices of it by its own symbol. Options are asked for as well, since a folder of files
/// may hold their quotes.
fn is_quoted(instrument: &Instrument) -> bool {
    instrument.kind != InstrumentKind::Private && !instrument.symbol.is_cash_like()
}

fn count_by_kind(left_out: &[&Instrument]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for instrument in left_out {
        let kind = if instrument.symbol.is_cash_like() { InstrumentKind::Private } else { instrument.kind };
        *counts.entry(kind.as_str()).or_insert(0) += 1;
    }
    counts
}

/// The first session wanted of a symbol: the earlier of some days before its first entry and some sessions before
/// the end, no fewer than the figures of risk look back on.
pub fn first_wanted(ctx: &Context, first_entry: Date, end: Date) -> Date {
    let before_entry = first_entry.plus_days(-ctx.ranges.days_before_entry);
    let end = ctx.calendar.on_or_before(end).and_then(|end| ctx.calendar.index_of(end)).unwrap_or(0);
    let before_end = ctx.calendar.session_at(end.saturating_sub(sessions_count(ctx)));
    before_entry.min(before_end.unwrap_or(before_entry)).max(ctx.calendar.first())
}

fn warnings(outcomes: &[FetchOutcome]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut by_code = BTreeMap::<(&'static str, bool), Vec<&FetchOutcome>>::new();
    for outcome in outcomes {
        if let Some((failure, is_all)) = shortfall(outcome) {
            by_code.entry((failure.code, is_all)).or_default().push(outcome);
        }
    }
    for ((code, is_all), failed) in by_code {
        let why = shortfall(failed[0]).map_or(String::new(), |(failure, _)| failure.to_string());
        let what = if is_all { "no prices" } else { "not all prices" };
        warnings.push(Warning::new(code, format!("{what} of {}: {why}", names(&failed))));
    }
    let learned = || outcomes.iter().filter_map(|outcome| Some((outcome, outcome.result.as_ref().ok()?)));
    for (_, summary) in learned().filter(|(_, summary)| summary.refused_count > 0) {
        let first = &summary.refused[0];
        let more = match summary.refused_count {
            1 => String::new(),
            count => format!(" (and {} more rows)", count - 1),
        };
        warnings.push(Warning::new("rows_refused", format!("{}: {}{more}", first.place, first.reason)));
    }
    let restated: Vec<&FetchOutcome> =
        learned().filter(|(_, summary)| summary.restated_count > 0).map(|(outcome, _)| outcome).collect();
    if !restated.is_empty() {
        let told = format!("final prices of {} were restated", names(&restated));
        warnings.push(Warning::new("restated", told));
    }
    for (outcome, summary) in learned().filter(|(_, summary)| !summary.large_moves.is_empty()) {
        let sessions = &summary.large_moves;
        let more =
            if sessions.len() > 1 { format!(" and on {} more", sessions.len() - 1) } else { String::new() };
        let told =
            format!("{} moved by more than half on {}{more} without a split", outcome.symbol, sessions[0]);
        warnings.push(Warning::new("large_move", told));
    }
    warnings
}

/// Why something of a symbol is missing, and whether nothing was learned of it.
fn shortfall(outcome: &FetchOutcome) -> Option<(&FetchFailure, bool)> {
    match &outcome.result {
        Ok(summary) => summary.shortfall.as_ref().map(|failure| (failure, false)),
        Err(failure) => Some((failure, true)),
    }
}

fn names(outcomes: &[&FetchOutcome]) -> String {
    let shown: Vec<&str> =
        outcomes.iter().take(NAMES_SHOWN_MAX).map(|outcome| outcome.symbol.as_str()).collect();
    match outcomes.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
