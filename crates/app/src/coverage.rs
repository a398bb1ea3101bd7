//! What the cache holds of symbols, and what it lacks and why.

use std::collections::BTreeMap;

use market::{Denial, EmptyStretch, Source};
use model::{Date, InstrumentId, SETTLE_DELAY_S_DEFAULT, Symbol, Timestamp};
use store::bars::Held;
use store::coverage::Sessions;
use store::failures::Failure;
use store::fetches::Restatement;
use store::private_symbols::EVERYBODY;

use crate::fetch::memory::{self, Remembered};
use crate::{AppError, Context};

/// Restated values shown for one symbol.
const RESTATEMENTS_SHOWN_MAX: i64 = 20;
/// Failures shown for all symbols together.
const FAILURES_SHOWN_MAX: i64 = 50_000;

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
    pub failure: Option<Remembered>,
}

/// Sessions without a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The first of them.
    pub first: Date,
    /// The last of them.
    pub last: Date,
    /// Why: the reason of known emptiness, the failure that is in force, or `not_asked`.
    pub reason: &'static str,
    /// When the providers will be asked again; absent where nothing keeps them from being asked, or nothing will.
    pub retry_at: Option<Timestamp>,
}

/// What the cache holds of one symbol, in full.
#[derive(Clone, Debug)]
pub struct CoverageDetail {
    /// The summary.
    pub line: CoverageLine,
    /// Stretches without a hole by who told them, both ends included.
    pub held: Vec<(Date, Date, Option<Source>)>,
    /// Complete sessions since the first one held that have no bar, and why.
    pub absences: Vec<Absence>,
    /// When it was listed, as far as providers tell.
    pub listed: (Option<Date>, Option<Date>),
    /// The newest values that a source said differently later.
    pub restatements: Vec<Restatement>,
    /// What each provider said that told nothing when it was asked last, by its number.
    pub failures: Vec<Failure>,
}

/// What the cache knows of the sessions of one symbol.
#[derive(Debug, Default)]
pub(crate) struct KnownSessions {
    /// What is stored of them; absent for a symbol without an instrument.
    pub sessions: Option<Sessions>,
    /// Why nobody is asked about what is missing of the range: the name of the failure, and when it ends.
    pub failure: Option<(&'static str, Option<Timestamp>)>,
    /// What the providers said that told nothing when they were asked last, put together.
    pub stored_failure: Option<Remembered>,
    /// The same, each by itself.
    pub failures: Vec<Failure>,
}

impl KnownSessions {
    /// Loads them, and whether anybody is to be asked about what is missing of a range.
    pub async fn load(
        ctx: &Context,
        symbol: &Symbol,
        instrument: Option<InstrumentId>,
        (from, to): (Date, Date),
    ) -> Result<KnownSessions, AppError> {
        let ids: Vec<InstrumentId> = instrument.into_iter().collect();
        let symbols = std::slice::from_ref(symbol);
        let (first, last) = (ctx.calendar.first(), ctx.calendar.last());
        let (mut sessions, mut failures) =
            store::coverage::load(ctx.store()?, &ids, symbols, first, last).await?;
        let sessions = instrument.and_then(|id| sessions.remove(&id));
        let has_bars = sessions.as_ref().is_some_and(|sessions| !sessions.held.is_empty());
        let failures = failures.remove(symbol).unwrap_or_default();
        let stored_failure = Remembered::of(&ctx.chain, &failures, has_bars);
        let mut known = KnownSessions { sessions, failure: None, stored_failure, failures };
        let coverage = known.sessions.as_ref().map(crate::fetch::coverage).unwrap_or_default();
        let now = ctx.clock.now();
        let absent = ctx
            .calendar
            .required_through(now, to, SETTLE_DELAY_S_DEFAULT)
            .map_or_else(Vec::new, |to| market::missing(ctx.calendar, &coverage, from, to, now));
        let ends = absent.first().copied().zip(absent.last().copied()).unwrap_or((from, to));
        known.failure = known.failure_about(ctx, ends);
        Ok(known)
    }

    /// Why nobody is asked about sessions.
    fn failure_about(
        &self,
        ctx: &Context,
        sessions: (Date, Date),
    ) -> Option<(&'static str, Option<Timestamp>)> {
        let failure = self.stored_failure.as_ref()?;
        let resting: Vec<Denial> = memory::resting(&ctx.chain, &self.failures, sessions, ctx.clock.now());
        let is_waiting = memory::is_nobody_left(&ctx.chain, &resting);
        // What a folder lacks is as it says, and may change at any time.
        let is_open = failure.left_missing && ctx.chain.is_local();
        (is_waiting || is_open).then_some((failure.code, failure.retry_at))
    }

    /// Who told the newest bar on or before a date.
    pub fn newest_source(&self, last: Date) -> Option<Source> {
        let held = &self.sessions.as_ref()?.held;
        let before = held.partition_point(|held| held.session <= last);
        Source::from_code(held[..before].last()?.source)
    }

    /// Sessions from `first` to `through` without a final bar, and why.
    pub fn absences(&self, ctx: &Context, first: Date, through: Date) -> Vec<Absence> {
        let none = Sessions::default();
        let coverage = crate::fetch::coverage(self.sessions.as_ref().unwrap_or(&none));
        let now = ctx.clock.now();
        let why = |session: Date| {
            let is_in_force = |stretch: &&EmptyStretch| {
                (stretch.first..=stretch.last).contains(&session)
                    && stretch.expires_at.is_none_or(|expires_at| expires_at > now)
            };
            let empty = coverage.empty.iter().find(is_in_force);
            let empty = empty.map(|stretch| (stretch.reason.as_str(), stretch.expires_at));
            let failure = || self.failure.or_else(|| self.failure_about(ctx, (session, session)));
            empty.or_else(failure).unwrap_or(("not_asked", None))
        };
        let absent = ctx.calendar.between(first, through).iter().copied();
        absences(ctx, absent.filter(|session| coverage.held.binary_search(session).is_err()), why)
    }

    /// Stretches of final bars without a hole, by who told them.
    fn stretches(&self, ctx: &Context) -> Vec<(Date, Date, Option<Source>)> {
        let mut stretches: Vec<(Date, Date, Option<Source>)> = Vec::new();
        let held = self.sessions.iter().flat_map(|sessions| &sessions.held);
        for held in held.filter(|held| held.is_final) {
            let source = Source::from_code(held.source);
            let continues = |(_, last, known): &&mut (Date, Date, Option<Source>)| {
                *known == source && ctx.calendar.between(*last, held.session).len() == 2
            };
            match stretches.last_mut().filter(continues) {
                Some((_, last, _)) => *last = held.session,
                None => stretches.push((held.session, held.session, source)),
            }
        }
        stretches
    }
}

/// Sessions without a bar, in stretches of one reason.
pub(crate) fn absences(
    ctx: &Context,
    sessions: impl Iterator<Item = Date>,
    why: impl Fn(Date) -> (&'static str, Option<Timestamp>),
) -> Vec<Absence> {
    let mut absences: Vec<Absence> = Vec::new();
    for session in sessions {
        let (reason, retry_at) = why(session);
        let continues = |absence: &&mut Absence| {
            (absence.reason, absence.retry_at) == (reason, retry_at)
                && ctx.calendar.between(absence.last, session).len() == 2
        };
        match absences.last_mut().filter(continues) {
            Some(absence) => absence.last = session,
            None => absences.push(Absence { first: session, last: session, reason, retry_at }),
        }
    }
    absences
}

/// What the cache holds of every symbol, by symbol.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn coverage(ctx: &Context) -> Result<Vec<CoverageLine>, AppError> {
    let store = ctx.store()?;
    let instruments = store::instruments::all(store, EVERYBODY).await?;
    let held = store::bars::held(store).await?;
    let held: BTreeMap<InstrumentId, Held> = held.into_iter().map(|held| (held.instrument, held)).collect();
    let mut failures = store::failures::all(store, FAILURES_SHOWN_MAX).await?;
    // Private holdings and options are asked of nobody, and the cache is everybody's: it tells nothing of who holds what.
    let mut lines: Vec<CoverageLine> = instruments
        .into_iter()
        .filter(|known| known.kind.is_public())
        .map(|known| {
            let failures = failures.remove(&known.symbol).unwrap_or_default();
            line(ctx, known.symbol, held.get(&known.id), &failures)
        })
        .collect();
    // Symbols that were asked for and that nobody knows.
    lines.extend(failures.into_iter().map(|(symbol, failures)| line(ctx, symbol, None, &failures)));
    lines.sort_by(|one, other| one.symbol.cmp(&other.symbol));
    Ok(lines)
}

/// What the cache holds of one symbol, in full.
///
/// # Errors
/// [`AppError::NotFound`] for a symbol the cache never met.
pub async fn coverage_of(ctx: &Context, symbol: &Symbol) -> Result<CoverageDetail, AppError> {
    let store = ctx.store()?;
    let found = store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?.pop();
    let instrument = found.filter(|found| found.kind.is_public()).map(|found| found.id);
    let ever = (ctx.calendar.first(), ctx.calendar.last());
    let known = KnownSessions::load(ctx, symbol, instrument, ever).await?;
    if instrument.is_none() && known.stored_failure.is_none() {
        return Err(AppError::NotFound {
            what: "symbol",
            name: symbol.to_string(),
            hint: " in the cache; `daybook prices SYMBOL` fetches it",
        });
    }
    let restatements = match instrument {
        Some(id) => store::fetches::restatements(store, id, RESTATEMENTS_SHOWN_MAX).await?,
        None => Vec::new(),
    };
    let stretches = known.stretches(ctx);
    let range = stretches.first().zip(stretches.last()).map(|(first, last)| (first.0, last.1));
    let held = range.zip(instrument).map(|((first, last), instrument)| Held {
        instrument,
        first,
        last,
        session_count: stretches.iter().map(|held| ctx.calendar.between(held.0, held.1).len() as i64).sum(),
        source: known.newest_source(last).map_or(0, Source::code),
    });
    let newest = ctx.calendar.newest_complete(ctx.clock.now(), SETTLE_DELAY_S_DEFAULT);
    let absences = match (range, newest) {
        (Some((first, _)), Some(newest)) => known.absences(ctx, first, newest),
        _ => Vec::new(),
    };
    let listed =
        known.sessions.as_ref().map_or((None, None), |known| (known.listed.first, known.listed.last));
    Ok(CoverageDetail {
        line: line(ctx, symbol.clone(), held.as_ref(), &known.failures),
        held: stretches,
        absences,
        listed,
        restatements,
        failures: known.failures,
    })
}

fn line(ctx: &Context, symbol: Symbol, held: Option<&Held>, failures: &[Failure]) -> CoverageLine {
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
        failure: Remembered::of(&ctx.chain, failures, held.is_some()).filter(|failure| failure.left_missing),
    }
}
