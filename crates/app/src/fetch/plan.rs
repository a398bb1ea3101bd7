//! What is stored of the symbols of a fetch, and what has to be asked about each of them.

use std::collections::BTreeMap;

use market::{ChainFailure, Coverage, EmptyReason, EmptyStretch, Fill, LiveBar, Source, Span};
use model::{Date, InstrumentId, SETTLE_DELAY_S_DEFAULT, Symbol, Timestamp};
use store::coverage::Sessions;
use store::failures::{Failure, FailuresBySymbol};
use store::fetches::{self, FetchedBySource};

use super::{FetchFailure, FetchRequest, Instruments, Reach, memory};
use crate::{AppError, Context};

/// What is stored of the symbols of a fetch.
pub struct Known {
    pub instruments: Instruments,
    pub fetched: FetchedBySource,
    /// Session by session; empty when no provider on the network is in question.
    pub sessions: BTreeMap<InstrumentId, Sessions>,
    pub failures: FailuresBySymbol,
}

/// What has to be asked about one symbol.
pub enum Need {
    /// Nothing: the cache holds all of it, or knows it to be empty.
    Served,
    /// Nothing, since asking each provider failed not long ago.
    Waiting(Box<FetchFailure>),
    /// The providers have to be asked that failed neither now nor not long ago.
    Ask(Box<Fill>),
}

impl Known {
    /// Loads what is stored of the symbols of requests.
    pub async fn load(ctx: &Context, requests: &[FetchRequest]) -> Result<Known, AppError> {
        let store = ctx.store()?;
        let symbols: Vec<Symbol> = requests.iter().map(|request| request.symbol.clone()).collect();
        let found = store::instruments::by_symbol(store, &symbols).await?;
        let ids: Vec<InstrumentId> = found.iter().map(|instrument| instrument.id).collect();
        let fetched = fetches::of_instruments(store, &ids).await?;
        let is_network = ctx.is_offline || requests.iter().any(|request| !is_local(ctx, request));
        let (sessions, failures) = match is_network {
            true => {
                let (first, last) = (ctx.calendar.first(), ctx.calendar.last());
                store::coverage::load(store, &ids, &symbols, first, last).await?
            }
            false => (BTreeMap::new(), store::failures::of_symbols(store, &symbols).await?),
        };
        let instruments = found.into_iter().map(|found| (found.symbol.clone(), found)).collect();
        Ok(Known { instruments, fetched, sessions, failures })
    }

    /// What is stored of a symbol, session by session.
    pub fn sessions(&self, symbol: &Symbol) -> Option<&Sessions> {
        self.sessions.get(&self.instruments.get(symbol)?.id)
    }

    /// Whether any bar of a symbol is held.
    pub fn has_bars(&self, symbol: &Symbol) -> bool {
        self.sessions(symbol).is_some_and(|sessions| !sessions.held.is_empty())
    }

    /// Decides what has to be asked about a symbol.
    pub fn need(&self, ctx: &Context, request: &FetchRequest) -> Need {
        let now = ctx.clock.now();
        let wanted = Span { first: request.first, last: request.last };
        let mut fill = Fill {
            symbol: request.symbol.clone(),
            wanted,
            missing: Vec::new(),
            as_of: now,
            urgency: request.urgency,
            known_stamp: self.stamp(&request.symbol),
            only: None,
            resting: Vec::new(),
        };
        if is_local(ctx, request) {
            fill.missing = vec![wanted];
            return Need::Ask(Box::new(fill));
        }
        let coverage = self.sessions(&request.symbol).map(coverage).unwrap_or_default();
        let absent = absent(ctx, request, &coverage, now);
        let Some(missing) = absent.first().copied().zip(absent.last().copied()) else {
            // A provider that costs nothing is asked all the same.
            return if ctx.chain.has_local() { Need::Ask(Box::new(fill)) } else { Need::Served };
        };
        if !request.is_forced {
            fill.resting = memory::resting(&ctx.chain, self.failures(&request.symbol), missing, now);
        }
        if memory::is_nobody_left(&ctx.chain, &fill.resting) && !ctx.chain.has_local() {
            let failure = ChainFailure { denials: fill.resting, is_answered: self.has_bars(&request.symbol) };
            return Need::Waiting(Box::new(FetchFailure::of_chain(&failure, now)));
        }
        fill.missing = market::spans_to_ask(ctx.calendar, &coverage, &absent);
        Need::Ask(Box::new(fill))
    }

    /// What providers said of a symbol instead of telling more of it.
    pub fn failures(&self, symbol: &Symbol) -> &[Failure] {
        self.failures.get(symbol).map_or(&[], Vec::as_slice)
    }

    fn stamp(&self, symbol: &Symbol) -> Option<String> {
        let id = self.instruments.get(symbol)?.id;
        self.fetched.get(&(id, Source::Files.code()))?.stamp.clone()
    }
}

/// Whether no provider on the network is in question for a symbol.
fn is_local(ctx: &Context, request: &FetchRequest) -> bool {
    ctx.is_offline || request.reach == Reach::Local || ctx.chain.is_local()
}

/// Sessions that have to be asked for, ascending.
fn absent(ctx: &Context, request: &FetchRequest, coverage: &Coverage, now: Timestamp) -> Vec<Date> {
    let through = ctx.calendar.required_through(now, request.last, SETTLE_DELAY_S_DEFAULT);
    let mut absent = match through {
        Some(through) if request.is_forced => ctx.calendar.between(request.first, through).to_vec(),
        Some(through) => market::missing(ctx.calendar, coverage, request.first, through, now),
        None => Vec::new(),
    };
    let live = market::live_session_due(ctx.calendar, coverage, now);
    absent.extend(live.filter(|live| request.wants_live && (request.first..=request.last).contains(live)));
    absent
}

/// What is stored of one symbol, as the planning of fetches sees it.
pub fn coverage(sessions: &Sessions) -> Coverage {
    let held = sessions.held.iter().filter(|held| held.is_final).map(|held| held.session);
    let mut empty = stored_empty(sessions);
    let ends = [
        (
            Date::from_epoch_days(i32::MIN),
            sessions.listed.first.map(|first| first.plus_days(-1)),
            EmptyReason::BeforeListing,
        ),
        (
            Date::from_epoch_days(i32::MAX),
            sessions.listed.last.map(|last| last.plus_days(1)),
            EmptyReason::AfterDelisting,
        ),
    ];
    for (end, edge, reason) in ends {
        empty.extend(edge.map(|edge| EmptyStretch {
            first: end.min(edge),
            last: end.max(edge),
            reason,
            expires_at: None,
        }));
    }
    let live = sessions.listed.live.map(|(session, fetched_at)| LiveBar { session, fetched_at });
    Coverage { held: held.collect(), empty, live }
}

/// The stretches of one symbol that are stored as empty.
pub fn stored_empty(sessions: &Sessions) -> Vec<EmptyStretch> {
    let stretch = |empty: &store::coverage::Empty| {
        let reason = EmptyReason::from_name(&empty.reason)?;
        Some(EmptyStretch { first: empty.first, last: empty.last, reason, expires_at: empty.expires_at })
    };
    sessions.empty.iter().filter_map(stretch).collect()
}
