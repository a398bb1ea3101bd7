//! Loading what the figures that are due follow from.

use std::collections::{BTreeMap, BTreeSet};

use model::{Booking, Calendar, Date, Instrument, InstrumentId, PortfolioId};
use store::books::{Books, History, KnownEvents};
use store::portfolios::StoredPortfolio;
use store::risks::{Origin, StoredPortfolioRisk, StoredSymbolRisk};

use super::due::{Known, due};
use crate::refresh::model_history;
use crate::refresh::snapshots::{first_named, options};
use crate::risk_market::{first_session, sessions_count};
use crate::{AppError, Context};

/// What the figures that are due follow from.
pub struct Loaded {
    pub books: Books,
    /// Instruments that symbols are measured on.
    pub references: Vec<Instrument>,
    /// The sessions that are due of each portfolio, in order.
    pub due: BTreeMap<PortfolioId, Vec<Date>>,
    /// Closes and corporate actions; nothing when nothing is due.
    pub history: History,
    /// First and last session of the history.
    pub range: Option<(Date, Date)>,
    /// Figures of symbols at the sessions due that are stored, and still what would be computed or not.
    pub symbols: BTreeMap<(Date, InstrumentId), StoredSymbolRisk>,
    /// The step of the change sequence from which on every change is known.
    pub changes_from: i64,
    stored: Vec<StoredPortfolioRisk>,
    /// Sessions that figures look back on.
    pub sessions_count: usize,
    /// Hash of the settings that figures of symbols depend on.
    pub symbols_hash: String,
    /// Hash of the settings that figures of portfolios depend on.
    pub portfolios_hash: String,
}

/// Loads what is stored of portfolios, tells what is due, and loads what that follows from.
pub async fn load(
    ctx: &Context,
    portfolios: &[PortfolioId],
    is_full: bool,
    known: KnownEvents,
) -> Result<Loaded, AppError> {
    let store = ctx.store()?;
    let ends = store::books::snapshot_ends(store, portfolios).await?;
    let window = |(first, last): &(Date, Date)| match is_full {
        true => *first,
        false => first_session(ctx.calendar, *last, ctx.risk.missed_sessions_max.saturating_add(1)),
    };
    let first = ends.values().map(window).min().unwrap_or(ctx.calendar.first());
    let last = ends.values().map(|(_, last)| *last).max().unwrap_or(first);
    let (stored, newest) = store::risks::of_portfolios(store, portfolios, first, last).await?;
    let changes_from = stored.iter().map(|risk| risk.origin.seq).min().unwrap_or(i64::MAX);
    let books = store::books::load_again(store, portfolios, changes_from, known).await?;
    let references = store::instruments::by_symbol(store, &ctx.risk.yardsticks.symbols()).await?;
    let sessions_count = sessions_count(ctx);
    let mut loaded = Loaded {
        books,
        references,
        due: BTreeMap::new(),
        history: History::default(),
        range: None,
        symbols: BTreeMap::new(),
        changes_from,
        stored,
        sessions_count,
        symbols_hash: ctx.risk.symbols_hash(sessions_count),
        portfolios_hash: ctx.risk.portfolios_hash(&ctx.rules, sessions_count),
    };
    loaded.due = loaded.due_of(ctx, &newest, is_full);
    loaded.load_history(ctx).await?;
    Ok(loaded)
}

impl Loaded {
    /// Whether no portfolio has any snapshot.
    pub fn has_no_session(&self) -> bool {
        self.books.snapshot_ends.is_empty()
    }

    /// How many figures of portfolios are as they should be.
    pub fn fresh_count(&self) -> usize {
        let is_due = |risk: &StoredPortfolioRisk| {
            self.due.get(&risk.portfolio).is_some_and(|due| due.contains(&risk.session))
        };
        self.stored.iter().filter(|risk| !is_due(risk)).count()
    }

    /// The last session of each portfolio, with its name.
    pub fn last_sessions(&self) -> impl Iterator<Item = (PortfolioId, &str, Date)> + '_ {
        self.books.portfolios.iter().filter_map(|stored| {
            let id = stored.portfolio.id;
            Some((id, stored.portfolio.name.as_str(), self.books.snapshot_ends.get(&id)?.1))
        })
    }

    /// The stored figures of a portfolio at a session.
    pub fn stored_risk(&self, portfolio: PortfolioId, session: Date) -> Option<&StoredPortfolioRisk> {
        let by_session = |risk: &StoredPortfolioRisk| (risk.portfolio, risk.session);
        let at = self.stored.binary_search_by_key(&(portfolio, session), by_session).ok()?;
        Some(&self.stored[at])
    }

    /// The portfolios that something is due of.
    pub fn portfolios_due(&self) -> impl Iterator<Item = &StoredPortfolio> + '_ {
        self.books.portfolios.iter().filter(|stored| self.due.contains_key(&stored.portfolio.id))
    }

    /// The instruments that symbols are measured on.
    pub fn reference_ids(&self) -> BTreeSet<InstrumentId> {
        self.references.iter().map(|instrument| instrument.id).collect()
    }

    fn due_of(
        &self,
        ctx: &Context,
        newest: &BTreeMap<PortfolioId, Date>,
        is_full: bool,
    ) -> BTreeMap<PortfolioId, Vec<Date>> {
        let mut origins = BTreeMap::<PortfolioId, BTreeMap<Date, Origin>>::new();
        for risk in &self.stored {
            origins.entry(risk.portfolio).or_default().insert(risk.session, risk.origin.clone());
        }
        let (none, references, options) = (BTreeMap::new(), self.reference_ids(), options(&self.books));
        let of_portfolio = |stored: &StoredPortfolio| {
            let id = stored.portfolio.id;
            let sessions = due(&Known {
                calendar: ctx.calendar,
                portfolio: id,
                named: &self.named(&options, id),
                references: &references,
                ends: self.books.snapshot_ends.get(&id).copied()?,
                stored: origins.get(&id).unwrap_or(&none),
                newest: newest.get(&id).copied(),
                changes: &self.books.changes,
                settings: &self.portfolios_hash,
                missed_max: ctx.risk.missed_sessions_max,
                is_full,
            });
            (!sessions.is_empty()).then_some((id, sessions))
        };
        self.books.portfolios.iter().filter_map(of_portfolio).collect()
    }

    /// The instruments that events of a portfolio name, and the underlyings of their options, with the date of the first
    /// such event.
    fn named(
        &self,
        options: &BTreeMap<InstrumentId, InstrumentId>,
        portfolio: PortfolioId,
    ) -> BTreeMap<InstrumentId, Date> {
        let events = self.books.events.get(&portfolio).map_or(&[][..], Vec::as_slice);
        first_named(options, events)
    }

    async fn load_history(&mut self, ctx: &Context) -> Result<(), AppError> {
        let sessions: BTreeSet<Date> = self.due.values().flatten().copied().collect();
        let (Some(earliest), Some(last)) = (sessions.first(), sessions.last()) else { return Ok(()) };
        let options = options(&self.books);
        let named: BTreeSet<InstrumentId> =
            self.due.keys().flat_map(|id| self.named(&options, *id).into_keys()).collect();
        let ids: Vec<InstrumentId> = named.union(&self.reference_ids()).copied().collect();
        let inception = self.inception(ctx.calendar);
        let usual = first_session(ctx.calendar, *earliest, self.sessions_count);
        // Options are seen with the volatility of their fills, and of the underlying before them.
        let has_option = |found: &Instrument| found.option.is_some() && named.contains(&found.id);
        let mut first = match self.books.instruments.iter().any(has_option) {
            true => usual.min(inception.map_or(usual, |inception| model_history(ctx.calendar, inception))),
            false => usual,
        };
        let store = ctx.store()?;
        loop {
            self.history = store::books::load_history(store, &ids, &[], first, *last).await?;
            self.range = Some((first, *last));
            // What a split cuts off is sold at the price of its day.
            match inception.filter(|inception| *inception < first && self.has_split(&named, *inception)) {
                Some(inception) => first = inception,
                None => break,
            }
        }
        let sessions: Vec<Date> = sessions.into_iter().collect();
        self.symbols = store::risks::of_symbols(store, &sessions, &ids).await?;
        Ok(())
    }

    /// The first session of all that are due.
    fn inception(&self, calendar: &Calendar) -> Option<Date> {
        let of = |stored: &StoredPortfolio| {
            let events = self.books.events.get(&stored.portfolio.id).map_or(&[][..], Vec::as_slice);
            ledger::inception(calendar, &stored.portfolio, events)
        };
        self.portfolios_due().filter_map(of).min()
    }

    fn has_split(&self, named: &BTreeSet<InstrumentId>, since: Date) -> bool {
        let known = self.history.actions.iter().filter(|(id, _)| named.contains(id));
        let mut known = known.flat_map(|(_, actions)| &actions.splits).map(|split| split.ex_date);
        let events = self.due.keys().filter_map(|id| self.books.events.get(id)).flatten();
        let mut entered = events.filter(|event| matches!(event.booking, Booking::Split { .. }));
        known.any(|date| date >= since) || entered.any(|event| event.date >= since)
    }
}
