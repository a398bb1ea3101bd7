//! Loading what the due sessions need, and computing portfolios in parallel.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Computed, Market, PricePath, Run};
use model::{
    Actions, Booking, Calendar, Closes, Date, Event, Instrument, InstrumentId, PortfolioId, Snapshot,
};
use rayon::prelude::*;
use store::books::{Books, History};
use store::portfolios::StoredPortfolio;
use store::snapshots::{SnapshotsByPortfolio, StoredSnapshot};

use super::{Due, Meter, Work, nothing};
use crate::{AppError, Context, Step};

/// What was computed of one portfolio, beside what is stored of the same sessions.
pub struct Done {
    /// What the events and prices of now give.
    pub computed: Computed,
    /// Stored snapshots of the range loaded.
    pub stored: Vec<StoredSnapshot>,
    /// Whether the stored history turned out not to be what events and prices give.
    pub was_rebuilt: bool,
}

/// What portfolios are computed from, loaded once for all of them.
pub struct Given {
    market: Market,
    /// Stored snapshots, which go to each portfolio when it is computed.
    snapshots: SnapshotsByPortfolio,
    /// Whether everything is computed from the first session of each portfolio.
    is_whole: bool,
}

impl Given {
    fn new(
        ctx: &Context,
        books: &Books,
        history: History,
        range: Option<(Date, Date)>,
        is_whole: bool,
    ) -> Given {
        let market = |(first, last)| market_of(ctx.calendar, &books.instruments, &history, first, last);
        let market = tokio::task::block_in_place(|| range.map(market)).unwrap_or_default();
        Given { market, snapshots: history.snapshots, is_whole }
    }
}

/// Loads what the sessions due follow from.
pub async fn load(ctx: &Context, books: &Books, jobs: &[Due<'_>], meter: &Meter) -> Result<Given, AppError> {
    let options = options(books);
    let mut first = jobs.iter().filter_map(|due| first_needed(ctx.calendar, &options, due)).min();
    loop {
        let (history, range) = load_from(ctx, jobs, first).await?;
        meter.check(ctx)?;
        ctx.observer.reached(Step::HistoryLoaded).await;
        // A split before the sessions due may sell fractions at the price of its day, so that day is needed too.
        let deepest =
            jobs.iter().filter(|due| has_earlier_split(due, &history)).filter_map(|d| d.plan.inception).min();
        if deepest < range.map(|(first, _)| first) && deepest.is_some() {
            first = deepest;
            continue;
        }
        return Ok(Given::new(ctx, books, history, range, false));
    }
}

/// Loads what all sessions of portfolios follow from.
pub async fn load_whole(ctx: &Context, books: &Books, jobs: &[Due<'_>]) -> Result<Given, AppError> {
    let first = jobs.iter().filter_map(|due| due.plan.inception).min();
    let (history, range) = load_from(ctx, jobs, first).await?;
    Ok(Given::new(ctx, books, history, range, true))
}

async fn load_from(
    ctx: &Context,
    jobs: &[Due<'_>],
    first: Option<Date>,
) -> Result<(History, Option<(Date, Date)>), AppError> {
    let last = jobs.iter().filter_map(|due| match due.plan.work {
        Work::Compute { through, .. } => Some(through),
        _ => None,
    });
    let Some(range) = first.zip(last.max()) else { return Ok((History::default(), None)) };
    let held: BTreeSet<InstrumentId> = jobs.iter().flat_map(|due| due.first_named.keys()).copied().collect();
    let held: Vec<InstrumentId> = held.into_iter().collect();
    let ids: Vec<PortfolioId> = jobs.iter().map(|due| due.stored.portfolio.id).collect();
    let history = store::books::load_history(ctx.store()?, &held, &ids, range.0, range.1).await?;
    Ok((history, Some(range)))
}

/// Portfolios in groups with no more snapshots each than are recorded together.
pub fn groups<'a>(ctx: &Context, jobs: Vec<Due<'a>>) -> Vec<Vec<Due<'a>>> {
    let (mut groups, mut size) = (Vec::<Vec<Due>>::new(), 0);
    for due in jobs {
        let count = match due.plan.work {
            Work::Compute { from, through } => ctx.calendar.between(from, through).len(),
            _ => 0,
        };
        match groups.last_mut().filter(|_| size + count <= ctx.limits.record_snapshots_max) {
            Some(group) => group.push(due),
            None => {
                groups.push(vec![due]);
                size = 0;
            }
        }
        size += count;
    }
    groups
}

/// The underlyings of the options that books name.
pub fn options(books: &Books) -> BTreeMap<InstrumentId, InstrumentId> {
    let options = books.instruments.iter();
    options.filter_map(|found| Some((found.id, found.option?.underlying))).collect()
}

/// The instruments that events name, and the underlyings of their options, with the date of the first such event.
pub fn first_named(
    options: &BTreeMap<InstrumentId, InstrumentId>,
    events: &[Event],
) -> BTreeMap<InstrumentId, Date> {
    let mut first = BTreeMap::new();
    let mut note = |instrument: InstrumentId, date: Date| {
        let known = first.entry(instrument).or_insert(date);
        *known = date.min(*known);
    };
    for event in events {
        let Some(named) = event.booking.instrument() else { continue };
        note(named, event.date);
        if let Some(underlying) = options.get(&named) {
            note(*underlying, event.date);
        }
    }
    first
}

/// The first session whose prices a portfolio needs: the one before the first due, whose snapshot it goes on from. The
/// model prices of options need the fills' own sessions, and the underlyings' closes of some months before.
fn first_needed(
    calendar: &Calendar,
    options: &BTreeMap<InstrumentId, InstrumentId>,
    due: &Due,
) -> Option<Date> {
    let has_option = due.first_named.keys().any(|named| options.contains_key(named));
    match (due.plan.work, due.plan.inception) {
        (Work::Compute { .. }, Some(inception)) if has_option => Some(model_history(calendar, inception)),
        (Work::Compute { from, .. }, Some(inception)) if from > inception => calendar.previous(from),
        (Work::Compute { from, .. }, _) => Some(from),
        _ => None,
    }
}

/// The first session whose closes the model prices of options from `inception` on may need.
pub fn model_history(calendar: &Calendar, inception: Date) -> Date {
    let index = calendar.index_of(inception).unwrap_or(0).saturating_sub(ledger::MODEL_SESSIONS);
    calendar.session_at(index).unwrap_or(inception)
}

fn has_earlier_split(due: &Due, history: &History) -> bool {
    let (Work::Compute { from, .. }, Some(inception)) = (due.plan.work, due.plan.inception) else {
        return false;
    };
    let actions = due.first_named.keys().filter_map(|instrument| history.actions.get(instrument));
    let automatic = actions.flat_map(|actions| &actions.splits).map(|split| split.ex_date);
    let entered = due.events.iter().filter(|event| matches!(event.booking, Booking::Split { .. }));
    automatic.chain(entered.map(|event| event.date)).any(|date| inception <= date && date < from)
}

/// Computes a group in parallel, one result for each portfolio.
pub fn compute_group<'a>(
    ctx: &Context,
    group: Vec<Due<'a>>,
    given: &mut Given,
) -> Vec<(Due<'a>, Result<Done, AppError>)> {
    let stored = |due: &Due| given.snapshots.remove(&due.stored.portfolio.id).unwrap_or_default();
    let stored: Vec<Vec<StoredSnapshot>> = group.iter().map(stored).collect();
    let (market, is_whole) = (&given.market, given.is_whole);
    let one = |(due, stored): (Due<'a>, _)| {
        let result = compute_one(ctx, &due, market, stored, is_whole);
        (due, result)
    };
    group.into_par_iter().zip(stored).map(one).collect()
}

fn compute_one(
    ctx: &Context,
    due: &Due,
    market: &Market,
    stored: Vec<StoredSnapshot>,
    is_whole: bool,
) -> Result<Done, AppError> {
    let portfolio = &due.stored.portfolio;
    let Work::Compute { from, through } = due.plan.work else {
        return Ok(Done { computed: nothing(), stored, was_rebuilt: is_whole });
    };
    let run = Run { calendar: ctx.calendar, portfolio, events: due.events, market, rules: &ctx.rules };
    let prior = if is_whole { None } else { prior(ctx.calendar, due, from, &stored) };
    let computed = ledger::compute(&run, from, through, prior);
    let computed = computed.map_err(|source| AppError::Ledger { name: portfolio.name.clone(), source })?;
    Ok(Done { computed, stored, was_rebuilt: is_whole })
}

/// The stored snapshot to go on from: the one before the first session due.
fn prior<'a>(
    calendar: &Calendar,
    due: &Due,
    from: Date,
    stored: &'a [StoredSnapshot],
) -> Option<&'a Snapshot> {
    let before = calendar.previous(from).filter(|_| due.plan.inception.is_some_and(|first| first < from))?;
    let at = stored.binary_search_by_key(&before, |stored| stored.snapshot.session).ok()?;
    Some(&stored[at].snapshot)
}

/// The market of a range of sessions, its price paths laid out in parallel.
pub(crate) fn market_of(
    calendar: &Calendar,
    instruments: &[Instrument],
    history: &History,
    first: Date,
    last: Date,
) -> Market {
    let (no_closes, no_actions) = (Closes::default(), Actions::default());
    let paths: Vec<(Instrument, Actions, PricePath)> = instruments
        .par_iter()
        .map(|instrument| {
            let closes = history.closes.get(&instrument.id).unwrap_or(&no_closes);
            let actions = history.actions.get(&instrument.id).unwrap_or(&no_actions);
            let path = PricePath::new(calendar, closes, actions, first, last);
            (instrument.clone(), actions.clone(), path)
        })
        .collect();
    let mut market = Market::new();
    for (instrument, actions, path) in paths {
        market.insert(instrument, actions, path);
    }
    market
}

/// The public instruments that each portfolio holds after all of its events; portfolios that hold none are left out.
pub async fn held_public(
    ctx: &Context,
    books: &Books,
) -> Result<BTreeMap<PortfolioId, Vec<InstrumentId>>, AppError> {
    let ids: Vec<InstrumentId> = books.instruments.iter().map(|instrument| instrument.id).collect();
    let actions = store::actions::of_instruments(ctx.store()?, &ids).await?;
    let history = History { actions, ..History::default() };
    let day = ctx.calendar.first();
    let market = market_of(ctx.calendar, &books.instruments, &history, day, day);
    let is_public = |id: &InstrumentId| market.instrument(*id).is_some_and(|found| found.kind.is_public());
    let held_by = |stored: &StoredPortfolio| {
        let portfolio = &stored.portfolio;
        let events = books.events.get(&portfolio.id)?;
        let run = Run { calendar: ctx.calendar, portfolio, events, market: &market, rules: &ctx.rules };
        // A portfolio that cannot be booked is told when it is computed; here it holds nothing.
        let mut public = ledger::held_after_all_events(&run).unwrap_or_default();
        public.retain(is_public);
        (!public.is_empty()).then_some((portfolio.id, public))
    };
    Ok(tokio::task::block_in_place(|| books.portfolios.par_iter().filter_map(held_by).collect()))
}
