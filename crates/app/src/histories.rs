//! Bars of several symbols at once, fetching what is missing first.

use std::collections::BTreeMap;

use model::{Actions, Bars, Date, SETTLE_DELAY_S_DEFAULT, Symbol};
use quant::{AdjustedBars, Adjustment};
use risk::{History, Timeline};

use crate::fetch::{FetchFailure, FetchRequest, fetch};
use crate::{AppError, Context, PricesRequest, prices};

/// Symbols of one question at the most.
const SYMBOLS_MAX: usize = 2_000;

/// What is known may end so many sessions before the newest one without a second look further back.
const SESSIONS_SPARE: usize = 10;

/// Bars and corporate actions of symbols, and why those of others are not there.
#[derive(Debug, Default)]
pub(crate) struct Histories {
    known: BTreeMap<Symbol, (Bars, Actions)>,
    failures: BTreeMap<Symbol, AppError>,
}

/// Histories along one timeline.
#[derive(Debug)]
pub(crate) struct LaidHistories {
    /// The sessions, up to the one that answers are stamped with.
    pub timeline: Timeline,
    histories: Histories,
    adjusted: BTreeMap<Symbol, AdjustedBars>,
}

/// The histories of symbols over the last sessions up to one.
///
/// Without a session it is the last on which one of the first `subjects_count` symbols has a final bar.
///
/// # Errors
/// [`AppError::Invalid`] for too many symbols or a date that is no complete session; why the first of the subjects has no
/// prices when none of them has any.
pub(crate) async fn fetch_histories(
    ctx: &Context,
    symbols: &[Symbol],
    subjects_count: usize,
    at: Option<Date>,
    sessions_count: usize,
) -> Result<LaidHistories, AppError> {
    if symbols.len() > SYMBOLS_MAX {
        let message = format!("{} symbols at once; give at most {SYMBOLS_MAX}", symbols.len());
        return Err(AppError::Invalid { field: "symbols", message });
    }
    let end = end(ctx, at)?;
    let subjects = &symbols[..subjects_count.min(symbols.len())];
    let from = sessions_before(ctx, end, sessions_count);
    let mut histories = fetch_bars(ctx, symbols, from, end).await?;
    let last = match (at, histories.last_final(subjects)) {
        (Some(_), last) => last.map(|_| end),
        (None, Some(last)) => Some(last),
        (None, None) => last_before(ctx, subjects, from).await?,
    };
    let Some(stamp) = last else { return Err(histories.failure_of(subjects, end)) };
    if stamp < sessions_before(ctx, end, SESSIONS_SPARE) {
        histories = fetch_bars(ctx, symbols, sessions_before(ctx, stamp, sessions_count), stamp).await?;
    }
    let timeline = Timeline::ending(ctx.calendar, stamp, sessions_count);
    let adjusted = histories.adjust(stamp);
    Ok(LaidHistories { timeline, histories, adjusted })
}

/// The session asked for, or the newest complete one.
fn end(ctx: &Context, at: Option<Date>) -> Result<Date, AppError> {
    let now = ctx.clock.now();
    let newest = ctx.calendar.required_through(now, now.utc_date(), SETTLE_DELAY_S_DEFAULT);
    let newest = newest.ok_or_else(|| crate::portfolios::outside_calendar(ctx, now.utc_date()))?;
    let Some(at) = at else { return Ok(newest) };
    crate::prices::check_range(ctx, at, at)?;
    let refused = |message| Err(AppError::Invalid { field: "at", message });
    if at > newest {
        return refused(format!("{at} is not complete yet; the newest complete session is {newest}"));
    }
    match ctx.calendar.on_or_before(at) {
        Some(session) if session == at => Ok(at),
        Some(session) => refused(format!("{at} is no session; the one before it is {session}")),
        None => Err(crate::portfolios::outside_calendar(ctx, at)),
    }
}

fn sessions_before(ctx: &Context, session: Date, sessions_count: usize) -> Date {
    let at = ctx.calendar.index_of(session).unwrap_or(0);
    ctx.calendar.session_at(at.saturating_sub(sessions_count)).unwrap_or(session)
}

/// The last session before a date on which one of the symbols is known to have a final bar.
async fn last_before(ctx: &Context, symbols: &[Symbol], date: Date) -> Result<Option<Date>, AppError> {
    let Some(store) = &ctx.store else {
        return Ok(pass_through(ctx, symbols, ctx.calendar.first(), date).await?.last_final(symbols));
    };
    let instruments = store::instruments::by_symbol(store, symbols).await?;
    let ids: Vec<_> = instruments.iter().map(|instrument| instrument.id).collect();
    Ok(store::closes::newest_before(store, &ids, date).await?)
}

/// Bars of symbols in a range and all their corporate actions: one fetch, then one load.
async fn fetch_bars(ctx: &Context, symbols: &[Symbol], from: Date, to: Date) -> Result<Histories, AppError> {
    if ctx.store.is_none() {
        return pass_through(ctx, symbols, from, to).await;
    }
    let requests = symbols.iter().map(|symbol| FetchRequest::new(symbol.clone(), from, to));
    let mut failed: BTreeMap<Symbol, FetchFailure> = if ctx.is_cache_only {
        symbols.iter().map(|symbol| (symbol.clone(), FetchFailure::not_cached())).collect()
    } else {
        let outcomes = fetch(ctx, requests.collect()).await?;
        outcomes.into_iter().filter_map(|outcome| Some((outcome.symbol, outcome.result.err()?))).collect()
    };
    let store = ctx.store()?;
    let instruments = store::instruments::by_symbol(store, symbols).await?;
    let ids: Vec<_> = instruments.iter().map(|instrument| instrument.id).collect();
    let (mut bars, mut actions) = store::bars::all_in_range_with_actions(store, &ids, from, to).await?;
    let mut found = Histories::default();
    for instrument in instruments {
        let of_symbol = bars.remove(&instrument.id).unwrap_or_default();
        // What the cache holds serves even when a provider failed.
        if !of_symbol.is_empty() {
            failed.remove(&instrument.symbol);
            found
                .known
                .insert(instrument.symbol, (of_symbol, actions.remove(&instrument.id).unwrap_or_default()));
        }
    }
    let failures =
        failed.into_iter().map(|(symbol, source)| (symbol.clone(), AppError::Fetch { symbol, source }));
    found.failures.extend(failures);
    Ok(found)
}

async fn pass_through(
    ctx: &Context,
    symbols: &[Symbol],
    from: Date,
    to: Date,
) -> Result<Histories, AppError> {
    let mut found = Histories::default();
    for symbol in symbols {
        let request = PricesRequest {
            symbol: symbol.clone(),
            from: Some(from),
            to: Some(to),
            adjustment: Adjustment::None,
            is_forced: false,
        };
        match prices(ctx, &request).await {
            Ok(answer) => found.known.insert(symbol.clone(), (answer.bars, answer.actions)).map_or((), drop),
            Err(failure @ AppError::Fetch { .. }) => {
                found.failures.insert(symbol.clone(), failure).map_or((), drop)
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

impl Histories {
    /// The last session on which one of the symbols has a final bar.
    fn last_final(&self, symbols: &[Symbol]) -> Option<Date> {
        let bars = symbols.iter().filter_map(|symbol| self.known.get(symbol)).map(|(bars, _)| bars);
        bars.filter_map(|bars| bars.iter().filter(|bar| bar.is_final).map(|bar| bar.session).last()).max()
    }

    /// Why the first of the symbols has no bar.
    fn failure_of(mut self, symbols: &[Symbol], end: Date) -> AppError {
        let failure = symbols.iter().find_map(|symbol| self.failures.remove(symbol));
        failure.unwrap_or_else(|| AppError::Invalid {
            field: "at",
            message: format!("none of the symbols has a bar in the sessions up to {end}"),
        })
    }

    /// The total-return series of each symbol as of a session; one that cannot be adjusted counts as failed.
    fn adjust(&mut self, as_of: Date) -> BTreeMap<Symbol, AdjustedBars> {
        let mut adjusted = BTreeMap::new();
        for (symbol, (bars, actions)) in &self.known {
            match quant::adjusted(bars, actions, Adjustment::TotalReturn, as_of) {
                Ok(series) => drop(adjusted.insert(symbol.clone(), series)),
                Err(source) => {
                    let failure = AppError::Unadjustable { symbol: symbol.clone(), source };
                    self.failures.insert(symbol.clone(), failure);
                }
            }
        }
        adjusted
    }
}

impl LaidHistories {
    /// The session that answers are stamped with.
    pub(crate) fn at(&self) -> Date {
        self.timeline.at().expect("invariant: a timeline ends with the session it was made for")
    }

    /// The history of a symbol's final bars, where there are any.
    pub(crate) fn history(&self, symbol: &Symbol) -> Option<History> {
        let adjusted = self.adjusted.get(symbol)?;
        let closes = adjusted.closes().zip(&adjusted.is_final);
        let is_final = closes.filter(|(_, is_final)| **is_final).map(|(close, _)| close);
        Some(History::of_closes(&self.timeline, is_final))
    }

    /// The adjusted bars of a symbol, where there are any.
    pub(crate) fn bars(&self, symbol: &Symbol) -> Option<&AdjustedBars> {
        self.adjusted.get(symbol)
    }

    /// Why symbols have no prices.
    pub(crate) fn into_failures(self) -> BTreeMap<Symbol, AppError> {
        self.histories.failures
    }
}
