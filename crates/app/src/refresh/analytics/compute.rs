//! Computing the figures that are due: symbols side by side, then portfolios side by side. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{HeldAt, Run};
use model::{Actions, Closes, Date, Instrument, InstrumentId, InstrumentKind, Symbol};
use rayon::prelude::*;
use risk::{Exposures, SymbolRisk};
use store::portfolios::StoredPortfolio;
use store::risks::{
    NewPortfolioRisk, Origin, PortfolioFigures as KeptFigures, StoredPortfolioRisk, StoredSymbolRisk,
};

use super::load::Loaded;
use crate::exposures::{Known, exposures, symbols_on_markets};
use crate::portfolio_risk::{Inputs, PortfolioFigures, figures};
use crate::refresh::market_of;
use crate::risk_market::{RiskMarket, Series};
use crate::symbol_risk::is_symbol_fresh;
use crate::symbol_risk::stored::{decode, row};
use crate::{AppError, Context};

/// The figures that were due.
#[derive(Default)]
pub struct Found {
    pub portfolios: Vec<NewPortfolioRisk>,
    pub symbols: Vec<StoredSymbolRisk>,
    /// Portfolios, by name, whose books could not be computed.
    pub failures: Vec<(String, AppError)>,
}

/// A portfolio with what it holds at a session.
struct HeldPortfolio<'a> {
    stored: &'a StoredPortfolio,
    exposures: Exposures,
}

/// Computes everything that is due.
pub fn compute(ctx: &Context, loaded: &Loaded) -> Found {
    let mut found = Found::default();
    let Some((first, last)) = loaded.range else { return found };
    let market = market_of(ctx.calendar, &loaded.books.instruments, &loaded.history, first, last);
    let instruments: BTreeMap<&Symbol, &Instrument> = loaded
        .books
        .instruments
        .iter()
        // What is held in private may go by the symbol of something that options are on.
        .filter(|found| found.kind != InstrumentKind::Private)
        .chain(&loaded.references)
        .map(|found| (&found.symbol, found))
        .collect();
    let symbols = loaded.books.instruments.iter().map(|found| (found.id, found.symbol.clone())).collect();
    let work = Work { ctx, loaded, market, instruments, symbols };
    let sessions: BTreeSet<Date> = loaded.due.values().flatten().copied().collect();
    for session in sessions {
        work.compute_session(session, &mut found);
    }
    found
}

struct Work<'a> {
    ctx: &'a Context,
    loaded: &'a Loaded,
    market: ledger::Market,
    instruments: BTreeMap<&'a Symbol, &'a Instrument>,
    /// The symbols of everything that may be held, and of underlyings.
    symbols: BTreeMap<InstrumentId, Symbol>,
}

impl Work<'_> {
    fn compute_session(&self, session: Date, found: &mut Found) {
        let due = self.loaded.portfolios_due();
        let due: Vec<&StoredPortfolio> =
            due.filter(|stored| self.loaded.due[&stored.portfolio.id].contains(&session)).collect();
        let held: Vec<Result<HeldPortfolio<'_>, AppError>> =
            due.par_iter().filter_map(|stored| self.held(stored, session).transpose()).collect();
        let mut portfolios = Vec::with_capacity(held.len());
        for (stored, held) in due.iter().zip(held) {
            match held {
                Ok(held) => portfolios.push(held),
                Err(error) => found.failures.push((stored.portfolio.name.clone(), error)),
            }
        }
        let symbols: BTreeSet<&Symbol> =
            portfolios.iter().flat_map(|held| symbols_on_markets(&held.exposures)).collect();
        let market = self.lay(session, &symbols);
        let risks = self.symbol_risks(session, &market, &symbols, found);
        let rows = portfolios.par_iter().map(|held| self.portfolio_risk(session, held, &market, &risks));
        found.portfolios.extend(rows.collect::<Vec<NewPortfolioRisk>>());
    }

    /// What a portfolio holds at a session.
    fn held<'s>(
        &self,
        stored: &'s StoredPortfolio,
        session: Date,
    ) -> Result<Option<HeldPortfolio<'s>>, AppError> {
        let portfolio = &stored.portfolio;
        let events = self.loaded.books.events.get(&portfolio.id).map_or(&[][..], Vec::as_slice);
        let (calendar, rules) = (self.ctx.calendar, &self.ctx.rules);
        let run = Run { calendar, portfolio, events, market: &self.market, rules };
        let failed = |source| AppError::Ledger { name: portfolio.name.clone(), source };
        let held: Option<HeldAt> = ledger::held_at(&run, session).map_err(failed)?;
        // Sectors are as known today and no part of what is kept by session.
        let known = Known { symbols: &self.symbols, sectors: &BTreeMap::new() };
        Ok(held.map(|held| HeldPortfolio { stored, exposures: exposures(&held, &known) }))
    }

    /// The histories of symbols, and of what they are measured on, up to a session.
    fn lay(&self, session: Date, symbols: &BTreeSet<&Symbol>) -> RiskMarket {
        let (no_closes, no_actions) = (Closes::default(), Actions::default());
        let references = self.loaded.references.iter().map(|instrument| &instrument.symbol);
        let wanted: BTreeSet<&Symbol> = symbols.iter().copied().chain(references).collect();
        let series: Vec<Series<'_>> = wanted
            .into_iter()
            .filter_map(|symbol| self.instruments.get(symbol))
            .map(|instrument| Series {
                symbol: &instrument.symbol,
                closes: self.loaded.history.closes.get(&instrument.id).unwrap_or(&no_closes),
                actions: self.loaded.history.actions.get(&instrument.id).unwrap_or(&no_actions),
            })
            .filter(|series| !series.closes.is_empty())
            .collect();
        RiskMarket::lay(self.ctx.calendar, session, self.loaded.sessions_count, &self.ctx.risk, &series)
    }

    /// The figures of symbols: those that are stored and still stand, and those computed now, which are to be recorded.
    fn symbol_risks(
        &self,
        session: Date,
        market: &RiskMarket,
        symbols: &BTreeSet<&Symbol>,
        found: &mut Found,
    ) -> BTreeMap<Symbol, SymbolRisk> {
        let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
        let references = self.loaded.reference_ids();
        for symbol in symbols.iter().copied() {
            match self.instruments.get(symbol).and_then(|found| self.fresh(session, found.id, &references)) {
                Some(risk) => drop(known.insert(symbol.clone(), risk)),
                None => missing.push(symbol),
            }
        }
        for (symbol, risk) in market.symbol_risks(&missing) {
            if let Some(instrument) = self.instruments.get(&symbol) {
                found.symbols.push(self.stored_symbol(session, instrument.id, &risk));
            }
            known.insert(symbol, risk);
        }
        known
    }

    fn fresh(
        &self,
        session: Date,
        instrument: InstrumentId,
        references: &BTreeSet<InstrumentId>,
    ) -> Option<SymbolRisk> {
        let stored = self.loaded.symbols.get(&(session, instrument))?;
        let Loaded { books, changes_from, symbols_hash, .. } = self.loaded;
        let is_fresh = stored.origin.seq >= *changes_from
            && is_symbol_fresh(&stored.origin, symbols_hash, instrument, session, references, &books.changes);
        decode(&stored.figures).filter(|_| is_fresh)
    }

    fn stored_symbol(&self, session: Date, instrument: InstrumentId, risk: &SymbolRisk) -> StoredSymbolRisk {
        let origin = Origin { seq: self.loaded.books.seq, settings: self.loaded.symbols_hash.clone() };
        row(session, instrument, origin, risk)
    }

    fn portfolio_risk(
        &self,
        session: Date,
        held: &HeldPortfolio<'_>,
        market: &RiskMarket,
        symbols: &BTreeMap<Symbol, SymbolRisk>,
    ) -> NewPortfolioRisk {
        let exposures = &held.exposures;
        let found = figures(&Inputs {
            market,
            symbols,
            exposures,
            own_returns: &[],
            provider_betas: &BTreeMap::new(),
            rules: &self.ctx.risk,
        });
        let mut kept = kept(&found, exposures);
        if let Some((name, gain)) = crate::stress::worst(market, symbols, exposures, &self.ctx.risk) {
            (kept.worst_scenario, kept.worst_gain) = (Some(name), Some(gain));
        }
        NewPortfolioRisk {
            risk: StoredPortfolioRisk {
                portfolio: held.stored.portfolio.id,
                session,
                origin: Origin { seq: self.loaded.books.seq, settings: self.loaded.portfolios_hash.clone() },
                figures: kept,
            },
            revision: held.stored.portfolio.revision,
            computed_no: held.stored.computed_no,
        }
    }
}

/// The figures that are kept by session.
fn kept(found: &PortfolioFigures, exposures: &Exposures) -> KeptFigures {
    let returns = found.volatility.returns.as_ref().ok();
    let matrix = found.correlation.matrix.as_ref().ok();
    let ex_ante = found.volatility.ex_ante.value.as_ref().ok();
    let missing = found.factors.market_beta.exposure.missing.iter();
    let entries = missing.map(|missing| &exposures.entries()[missing.exposure]);
    let uncovered: BTreeSet<&str> =
        entries.filter(|entry| !entry.is_private()).map(|entry| entry.symbol.as_str()).collect();
    let uncovered: Vec<&str> = uncovered.into_iter().collect();
    KeptFigures {
        gross: found.totals.gross,
        net: found.totals.net,
        covered_share: found.covered_share().ok(),
        uncovered: (!uncovered.is_empty()).then(|| uncovered.join(",")),
        market_beta: found.factors.market_beta.exposure.total.ratio.ok(),
        rate_beta: found.factors.rate_beta.exposure.total.ratio.ok(),
        realized_21: returns.and_then(|found| found.volatility.realized_21.ratio.ok()),
        realized_63: returns.and_then(|found| found.volatility.realized_63.ratio.ok()),
        forecast: returns.and_then(|found| found.volatility.forecast.ratio.ok()),
        ex_ante: ex_ante.and_then(|found| found.volatility_annual.ratio.ok()),
        var_95: returns.and_then(|found| found.tails.of_95.historical_var.ratio.ok()),
        shortfall_95: returns.and_then(|found| found.tails.of_95.historical_shortfall.ratio.ok()),
        hhi: found.concentration.hhi.ok(),
        average_correlation: matrix.and_then(|matrix| matrix.average.ok()),
        effective_bets: matrix.and_then(|matrix| matrix.effective_bets.ok()),
        diversification_ratio: ex_ante.and_then(|found| found.diversification_ratio.ok()),
        worst_scenario: None,
        worst_gain: None,
    }
}
