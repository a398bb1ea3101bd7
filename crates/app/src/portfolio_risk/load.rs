//! Loading what the risk of one portfolio follows from, fetching what is missing first.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{HeldAt, Market, Run};
use model::{
    Actions, Closes, Date, Event, Instrument, InstrumentId, Portfolio, SETTLE_DELAY_S_DEFAULT, Sector,
    Symbol, Timestamp,
};
use risk::SymbolRisk;
use store::books::{Books, History};
use store::profiles::ProfileState;
use store::snapshots::StoredSnapshot;

use crate::exposures::Known;
use crate::fetch::fetch;
use crate::refresh::{market_of, model_history, universe};
use crate::risk_market::{RiskMarket, Series, first_session};
use crate::symbol_risk::stored_symbols;
use crate::{AppError, Context, YardstickSymbols, portfolios};

/// Where missing market data may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// What is missing is fetched.
    #[default]
    Through,
    /// Only what the cache holds is looked at.
    Cached,
}

/// What is wanted of one portfolio.
#[derive(Clone, Debug, Default)]
pub struct PortfolioRiskRequest {
    /// The session; that of the newest snapshot when absent.
    pub at: Option<Date>,
    /// Where missing market data may come from.
    pub reading: Reading,
}

/// What figures follow from beside what is held: nothing else is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// Sessions that they look back on.
    pub sessions_count: usize,
    /// Whether they are measured on anything.
    pub yardsticks: bool,
    /// Whether sectors are stood for by their funds.
    pub funds: bool,
    /// Whether earlier results count in them.
    pub snapshots: bool,
}

/// Everything that the risk of one portfolio at one session follows from.
pub(crate) struct Loaded {
    pub portfolio: Portfolio,
    pub session: Date,
    events: Vec<Event>,
    market: Market,
    history: History,
    /// Every instrument that takes part: those of the books, what they are measured on, the funds of sectors.
    instruments: BTreeMap<InstrumentId, Instrument>,
    profiles: ProfileState,
    symbols: BTreeMap<InstrumentId, Symbol>,
    sectors: BTreeMap<InstrumentId, Sector>,
    /// Why symbols have no prices.
    pub failures: BTreeMap<Symbol, AppError>,
    needs: Needs,
    first: Date,
    /// What symbols are measured on.
    pub yardsticks: YardstickSymbols,
}

/// Loads what figures of a portfolio at a session follow from.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::NoSession`], those of a database.
pub(crate) async fn load(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
    needs: Needs,
) -> Result<Loaded, AppError> {
    let store = ctx.store()?;
    let stored = portfolios::load(ctx, name).await?;
    let id = stored.portfolio.id;
    let books = store::books::load(store, &[id], stored.computed_seq).await?;
    let portfolio = books.portfolios.first().map_or(stored.portfolio, |found| found.portfolio.clone());
    let newest = books.snapshot_ends.get(&id).map(|(_, newest)| *newest);
    let session = session(ctx, &portfolio, &books, request.at, newest)?;
    let mut failures = BTreeMap::new();
    if request.reading == Reading::Through {
        for outcome in fetch(ctx, universe(ctx, &books, session).await?).await? {
            let (symbol, failure) = (outcome.symbol, outcome.result.err());
            if let Some(source) = failure {
                failures.insert(symbol.clone(), AppError::Fetch { symbol, source });
            }
        }
    }
    let profiles = load_profiles(ctx, &books, session, newest == Some(session)).await?;
    let instruments = instruments(ctx, &books, &profiles, needs);
    let inception = ledger::inception(ctx.calendar, &portfolio, books.events.get(&id).map_or(&[], |e| e));
    let held_first = model_history(ctx.calendar, inception.unwrap_or(session));
    let first = first_session(ctx.calendar, session, needs.sessions_count).min(held_first);
    let ids: Vec<InstrumentId> = instruments.keys().copied().collect();
    let owners = if needs.snapshots { &[id][..] } else { &[] };
    let history = store::books::load_history(store, &ids, owners, first, session).await?;
    let market = market_of(ctx.calendar, &books.instruments, &history, held_first, session);
    let sectors = instruments.keys().filter_map(|id| Some((*id, profiles.profiles.get(id)?.profile.sector?)));
    failures.retain(|symbol, _| !has_closes(&instruments, &history, symbol));
    Ok(Loaded {
        session,
        events: books.events.get(&id).cloned().unwrap_or_default(),
        market,
        symbols: instruments.values().map(|found| (found.id, found.symbol.clone())).collect(),
        sectors: sectors.collect(),
        portfolio,
        history,
        instruments,
        profiles,
        failures,
        needs,
        first,
        yardsticks: ctx.risk.yardsticks.clone(),
    })
}

/// The session that is meant, which the portfolio must have.
fn session(
    ctx: &Context,
    portfolio: &Portfolio,
    books: &Books,
    at: Option<Date>,
    newest: Option<Date>,
) -> Result<Date, AppError> {
    let named = at.or(newest).unwrap_or_else(|| ctx.clock.now().utc_date());
    let no_session =
        |reason: String| AppError::NoSession { name: portfolio.name.clone(), session: named, reason };
    let Some(session) = at.or(newest) else {
        return Err(no_session("nothing is computed yet; `daybook refresh` does so".to_owned()));
    };
    crate::prices::check_range(ctx, session, session)?;
    if !ctx.calendar.is_session(session) {
        let nearest = ctx.calendar.on_or_before(session);
        let nearest = nearest.map_or(String::new(), |near| format!("; the last one before it is {near}"));
        return Err(no_session(format!("{} is closed on that day{nearest}", ctx.calendar.name())));
    }
    let complete = ctx.calendar.newest_complete(ctx.clock.now(), SETTLE_DELAY_S_DEFAULT);
    if complete.is_none_or(|complete| session > complete) {
        return Err(no_session("the session is not complete yet".to_owned()));
    }
    let events = books.events.get(&portfolio.id).map_or(&[][..], Vec::as_slice);
    match ledger::inception(ctx.calendar, portfolio, events) {
        Some(inception) if inception <= session => Ok(session),
        Some(inception) => Err(no_session(format!("its books begin on {inception}"))),
        None => Err(no_session("it has no events and no start yet".to_owned())),
    }
}

/// Profiles of everything that takes part, and figures of companies as they were known: today's for the newest
/// snapshot, else those told before the session after it.
async fn load_profiles(
    ctx: &Context,
    books: &Books,
    session: Date,
    is_newest: bool,
) -> Result<ProfileState, AppError> {
    let now = ctx.clock.now();
    let known_at = match ctx.calendar.next(session).filter(|_| !is_newest) {
        Some(next) => Timestamp::from_epoch_micros(i64::from(next.epoch_days()) * 86_400_000_000).min(now),
        None => now,
    };
    let mut symbols: BTreeSet<Symbol> = ctx.risk.yardsticks.symbols().into_iter().collect();
    symbols.extend(books.instruments.iter().map(|instrument| instrument.symbol.clone()));
    symbols.extend(Sector::ALL.iter().map(|sector| sector_fund(*sector)));
    let symbols: Vec<Symbol> = symbols.into_iter().collect();
    Ok(store::profiles::state(ctx.store()?, &symbols, known_at).await?)
}

/// The symbol of the fund that stands for a sector.
pub(crate) fn sector_fund(sector: Sector) -> Symbol {
    sector.etf().parse().expect("invariant: the symbols of sector funds are symbols")
}

/// The instruments of the books and, as far as they are needed, what they are measured on and the funds of their sectors.
fn instruments(
    ctx: &Context,
    books: &Books,
    profiles: &ProfileState,
    needs: Needs,
) -> BTreeMap<InstrumentId, Instrument> {
    let mut found: BTreeMap<InstrumentId, Instrument> =
        books.instruments.iter().map(|instrument| (instrument.id, instrument.clone())).collect();
    let sectors: BTreeSet<Sector> =
        found.keys().filter_map(|id| profiles.profiles.get(id)?.profile.sector).collect();
    let funds = sectors.into_iter().filter(|_| needs.funds).map(sector_fund);
    let yardsticks = ctx.risk.yardsticks.symbols().into_iter().filter(|_| needs.yardsticks);
    for symbol in funds.chain(yardsticks) {
        if let Some(instrument) = profiles.instruments.get(&symbol) {
            found.insert(instrument.id, instrument.clone());
        }
    }
    found
}

fn has_closes(instruments: &BTreeMap<InstrumentId, Instrument>, history: &History, symbol: &Symbol) -> bool {
    let of_symbol = instruments.values().find(|instrument| instrument.symbol == *symbol);
    of_symbol.and_then(|found| history.closes.get(&found.id)).is_some_and(|closes| !closes.is_empty())
}

impl Loaded {
    /// The books of the portfolio, for the ledger.
    pub fn run<'a>(&'a self, ctx: &'a Context) -> Run<'a> {
        Run {
            calendar: ctx.calendar,
            portfolio: &self.portfolio,
            events: &self.events,
            market: &self.market,
            rules: &ctx.rules,
        }
    }

    /// What the portfolio holds at the close of a session.
    ///
    /// # Errors
    /// [`AppError::Ledger`]; [`AppError::NoSession`] before its first.
    pub fn held_at(&self, ctx: &Context, session: Date) -> Result<HeldAt, AppError> {
        let name = || self.portfolio.name.clone();
        let held = ledger::held_at(&self.run(ctx), session);
        let held = held.map_err(|source| AppError::Ledger { name: name(), source })?;
        held.ok_or_else(|| AppError::NoSession {
            name: name(),
            session,
            reason: "its books begin later".to_owned(),
        })
    }

    /// What is known of instruments beside the books.
    pub fn known(&self) -> Known<'_> {
        Known { symbols: &self.symbols, sectors: &self.sectors }
    }

    /// The histories up to a session.
    pub fn market_at(&self, ctx: &Context, session: Date) -> RiskMarket {
        let (no_closes, no_actions) = (Closes::default(), Actions::default());
        let series: Vec<Series<'_>> = self
            .instruments
            .values()
            .filter(|instrument| instrument.option.is_none())
            .map(|instrument| Series {
                symbol: &instrument.symbol,
                closes: self.history.closes.get(&instrument.id).unwrap_or(&no_closes),
                actions: self.history.actions.get(&instrument.id).unwrap_or(&no_actions),
            })
            .filter(|series| !series.closes.is_empty())
            .collect();
        RiskMarket::lay(ctx.calendar, session, self.needs.sessions_count, &ctx.risk, &series)
    }

    /// The histories of symbols alone, over a stretch of the past.
    ///
    /// # Errors
    /// Those of a database.
    pub async fn market_of_past(
        &self,
        ctx: &Context,
        symbols: &[&Symbol],
        first: Date,
        last: Date,
    ) -> Result<RiskMarket, AppError> {
        let of = |instrument: &&Instrument| symbols.contains(&&instrument.symbol);
        let held: Vec<&Instrument> = self.instruments.values().filter(of).collect();
        let ids: Vec<InstrumentId> = held.iter().map(|instrument| instrument.id).collect();
        let history = store::books::load_history(ctx.store()?, &ids, &[], first, last).await?;
        let no_actions = Actions::default();
        let series = held.iter().copied().filter_map(|instrument| {
            let closes = history.closes.get(&instrument.id)?;
            let actions = history.actions.get(&instrument.id).unwrap_or(&no_actions);
            Some(Series { symbol: &instrument.symbol, closes, actions })
        });
        let series: Vec<Series<'_>> = series.collect();
        let sessions_count = ctx.calendar.between(first, last).len();
        Ok(RiskMarket::lay(ctx.calendar, last, sessions_count, &ctx.risk, &series))
    }

    /// The first session of everything loaded.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The figures of symbols at the session: those stored that still stand, the others computed.
    ///
    /// # Errors
    /// Those of a database.
    pub async fn symbol_risks(
        &self,
        ctx: &Context,
        market: &RiskMarket,
        symbols: &[&Symbol],
    ) -> Result<BTreeMap<Symbol, SymbolRisk>, AppError> {
        let ids: BTreeMap<&Symbol, InstrumentId> =
            self.symbols.iter().map(|(id, symbol)| (symbol, *id)).collect();
        let wanted: Vec<InstrumentId> =
            symbols.iter().filter_map(|symbol| ids.get(symbol).copied()).collect();
        let measured_on = self.yardsticks.symbols();
        let references = measured_on.iter().filter_map(|symbol| ids.get(symbol).copied()).collect();
        let hash = ctx.risk.symbols_hash(self.needs.sessions_count);
        let stored = stored_symbols(ctx, self.session, &wanted, &references, &hash).await?;
        let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
        for symbol in symbols.iter().copied() {
            match ids.get(symbol).and_then(|id| stored.get(id)) {
                Some(risk) => drop(known.insert(symbol.clone(), risk.clone())),
                None => missing.push(symbol),
            }
        }
        known.extend(market.symbol_risks(&missing));
        Ok(known)
    }

    /// The stored snapshots up to the session.
    pub fn snapshots(&self) -> &[StoredSnapshot] {
        self.history.snapshots.get(&self.portfolio.id).map_or(&[], Vec::as_slice)
    }

    /// The portfolio's own daily returns, flows taken out.
    pub fn own_returns(&self) -> Vec<(Date, f64)> {
        let returns = self.snapshots().iter();
        returns.filter_map(|stored| Some((stored.snapshot.session, stored.snapshot.daily_return?))).collect()
    }

    /// The betas that providers compute.
    pub fn provider_betas(&self) -> BTreeMap<Symbol, f64> {
        let figures = self.profiles.fundamentals.iter();
        figures
            .filter_map(|(id, stored)| Some((self.symbols.get(id)?.clone(), stored.figures.provider_beta?)))
            .collect()
    }
}
