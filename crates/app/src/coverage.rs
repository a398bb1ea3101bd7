//! What the cache holds of symbols, and what it lacks and why.

use std::collections::BTreeMap;

use market::{Coverage, Source};
use model::{Date, InstrumentId, SETTLE_DELAY_S_DEFAULT, Symbol};
use store::bars::Held;
use store::fetches::{Failure, Restatement};

use crate::{AppError, Context};

/// Restated values shown for one symbol.
const RESTATEMENTS_SHOWN_MAX: i64 = 20;

/// What the cache holds of one symbol.
#[derive(Clone, Debug)]
pub struct CoverageLine {
    /// The symbol.
    pub symbol: Symbol,
    /// First and last session with a final bar.
    pub range: Option<(Date, Date)>,
    /// Sessions with a final bar.
    pub session_count: i64,
    /// Sessions between the first and the last that have none.
    pub hole_count: i64,
    /// Complete sessions after the last one held.
    pub behind_count: i64,
    /// Who the bars came from.
    pub source: Option<Source>,
    /// Why nothing more is known.
    pub failure: Option<Failure>,
}

/// What the cache holds of one symbol, in full.
#[derive(Clone, Debug)]
pub struct CoverageDetail {
    /// The summary.
    pub line: CoverageLine,
    /// Stretches without a hole, both ends included.
    pub held: Vec<(Date, Date)>,
    /// Sessions between the first and the last that have no bar.
    pub holes: Vec<Date>,
    /// The newest values that a source said differently later.
    pub restatements: Vec<Restatement>,
}

/// What the cache holds of every symbol, by symbol.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn coverage(ctx: &Context) -> Result<Vec<CoverageLine>, AppError> {
    let store = ctx.store()?;
    let instruments = store::instruments::all(store).await?;
    let ids: Vec<InstrumentId> = instruments.iter().map(|instrument| instrument.id).collect();
    let held = store::bars::held(store).await?;
    let held: BTreeMap<InstrumentId, Held> = held.into_iter().map(|held| (held.instrument, held)).collect();
    let mut state = store::fetches::state(store, &ids).await?;
    let lines = instruments.into_iter().map(|instrument| {
        line(ctx, instrument.symbol, held.get(&instrument.id), state.failures.remove(&instrument.id))
    });
    Ok(lines.collect())
}

/// What the cache holds of one symbol, in full.
///
/// # Errors
/// [`AppError::NotFound`] for a symbol the cache never met.
pub async fn coverage_of(ctx: &Context, symbol: &Symbol) -> Result<CoverageDetail, AppError> {
    let store = ctx.store()?;
    let found = store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?.pop();
    let instrument = found.ok_or_else(|| AppError::NotFound {
        what: "symbol",
        name: symbol.to_string(),
        hint: " in the cache; `daybook prices SYMBOL` fetches it",
    })?;
    let mut state = store::fetches::state(store, &[instrument.id]).await?;
    let bars = store::bars::in_range(store, instrument.id, ctx.calendar.first(), ctx.calendar.last()).await?;
    let sessions: Vec<Date> = bars.iter().filter(|bar| bar.is_final).map(|bar| bar.session).collect();
    let restatements = store::fetches::restatements(store, instrument.id, RESTATEMENTS_SHOWN_MAX).await?;
    let range = sessions.first().copied().zip(sessions.last().copied());
    let holes = range.map_or(Vec::new(), |(first, last)| {
        let coverage = Coverage { held: sessions.clone(), empty: Vec::new() };
        market::missing(ctx.calendar, &coverage, first, last, ctx.clock.now())
    });
    let source = state.fetched.values().next().and_then(|fetched| Source::from_code(fetched.source));
    let held = range.map(|(first, last)| Held {
        instrument: instrument.id,
        first,
        last,
        session_count: sessions.len() as i64,
        source: source.map_or(0, Source::code),
    });
    Ok(CoverageDetail {
        line: line(ctx, symbol.clone(), held.as_ref(), state.failures.remove(&instrument.id)),
        held: market::merge_ranges(ctx.calendar, &sessions, 0),
        holes,
        restatements,
    })
}

fn line(ctx: &Context, symbol: Symbol, held: Option<&Held>, failure: Option<Failure>) -> CoverageLine {
    let newest = ctx.calendar.newest_complete(ctx.clock.now(), SETTLE_DELAY_S_DEFAULT);
    let sessions = |first: Date, last: Date| ctx.calendar.between(first, last).len() as i64;
    let behind = held.zip(newest).map_or(0, |(held, newest)| sessions(held.last.plus_days(1), newest));
    CoverageLine {
        symbol,
        range: held.map(|held| (held.first, held.last)),
        session_count: held.map_or(0, |held| held.session_count),
        hole_count: held.map_or(0, |held| sessions(held.first, held.last) - held.session_count),
        behind_count: behind,
        source: held.and_then(|held| Source::from_code(held.source)),
        failure,
    }
}
