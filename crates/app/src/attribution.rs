//! Where a session's return of a portfolio came from.

use std::collections::BTreeMap;

use ledger::HeldAt;
use model::{Date, Portfolio, Sector, Symbol};
use risk::{Absent, AttributedPosition, Attribution, Exposures, Figure, JointFit, SectorMove, SessionMoves};

use crate::exposures::{exposures, sector_of, symbols_on_markets};
use crate::portfolio_risk::{Loaded, Needs, PortfolioRiskRequest, load, sector_fund};
use crate::risk_market::{RiskMarket, sessions_count};
use crate::{AppError, Context};

/// The parts of one session's return, with what they were made from.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionAttribution {
    /// The session at whose close weights and models are taken.
    pub before: Date,
    /// The parts.
    pub attribution: Attribution,
    /// The symbols of the positions, in the order of the parts.
    pub symbols: Vec<Symbol>,
    /// What the benchmark returned.
    pub benchmark_return: f64,
}

/// Where the return of one session of a portfolio came from.
#[derive(Debug)]
pub struct PortfolioAttribution {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The session.
    pub at: Date,
    /// The parts, or why there are none.
    pub parts: Result<SessionAttribution, Absent>,
    /// Why symbols have no prices.
    pub failures: BTreeMap<Symbol, AppError>,
}

/// Takes the return of one session of a portfolio apart.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::NoSession`], [`AppError::Ledger`]. What has no prices is no error: its part is in
/// the rest.
pub async fn attribution(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioAttribution, AppError> {
    let needs =
        Needs { sessions_count: sessions_count(ctx), yardsticks: true, funds: true, snapshots: false };
    let mut loaded = load(ctx, name, request, needs).await?;
    let held = loaded.held_at(ctx, loaded.session)?;
    let exposures = exposures(&held, &loaded.known());
    let market = loaded.market_at(ctx, loaded.session);
    let parts = attributed(ctx, &loaded, &market)?;
    let failures = loaded.failures_of(&exposures, &market);
    Ok(PortfolioAttribution { at: loaded.session, portfolio: loaded.portfolio, parts, failures })
}

/// The parts of a session's return, given the histories up to it.
///
/// # Errors
/// [`AppError::Ledger`].
pub(crate) fn attributed(
    ctx: &Context,
    loaded: &Loaded,
    market: &RiskMarket,
) -> Result<Result<SessionAttribution, Absent>, AppError> {
    let (session, name) = (loaded.session, &loaded.portfolio.name);
    let Some(before) = ctx.calendar.previous(session) else { return Ok(Err(Absent::NoExposure)) };
    let failed = |source| AppError::Ledger { name: name.clone(), source };
    let Some(held) = ledger::held_at(&loaded.run(ctx), before).map_err(failed)? else {
        return Ok(Err(Absent::NoExposure));
    };
    let explained = ledger::explain(&loaded.run(ctx), session, None).map_err(failed)?;
    let Some(explained) = explained else { return Ok(Err(Absent::NoExposure)) };
    let Some(total) = explained.snapshot.daily_return else { return Ok(Err(Absent::EquityNotPositive)) };
    let base = explained.opening_equity.to_f64() + explained.snapshot.flow.to_f64();
    let gains = explained.positions.iter();
    let gains = gains.map(|of| (of.position.symbol.clone(), of.position.daily_pnl.to_f64() / base)).collect();
    let exposures = exposures(&held, &loaded.known());
    let earlier = loaded.market_at(ctx, before);
    let day = Day { session, total, base, gains, held: &held, exposures: &exposures };
    Ok(day.parts(loaded, market, &earlier).map(|parts| SessionAttribution { before, ..parts }))
}

/// One session, and what was held before it.
struct Day<'a> {
    session: Date,
    /// The return.
    total: f64,
    /// The equity of the session before with the flows of the session, which is what the return is on.
    base: f64,
    /// What each position gained, over that.
    gains: BTreeMap<Symbol, f64>,
    held: &'a HeldAt,
    exposures: &'a Exposures,
}

impl Day<'_> {
    fn parts(
        &self,
        loaded: &Loaded,
        market: &RiskMarket,
        earlier: &RiskMarket,
    ) -> Result<SessionAttribution, Absent> {
        let basis = earlier.yardsticks.joint()?;
        let return_of = |symbol: &Symbol| market.known_history(symbol)?.return_on(self.session);
        let rules = &loaded.yardsticks;
        let benchmark_return = rules
            .benchmark
            .as_ref()
            .and_then(return_of)
            .ok_or(Absent::Numeric(quant::Absent::NoBenchmark))?;
        let styles = rules.styles.iter().map(|(_, symbol)| Some(symbol));
        let factors = std::iter::once(rules.rate_proxy.as_ref()).chain(styles);
        let returned = |symbol: Option<&Symbol>| -> Figure {
            return_of(symbol.ok_or(Absent::NoFactor)?).ok_or(Absent::Numeric(quant::Absent::NoClose))
        };
        let known = loaded.known();
        let sectors: Vec<Option<Sector>> =
            self.held.holdings.iter().map(|held| sector_of(held, &known)).collect();
        let fund = |sector: &Sector| -> Result<JointFit, Absent> {
            basis.fit(earlier.known_history(&sector_fund(*sector)).ok_or(Absent::NoFactor)?).value
        };
        let funds: BTreeMap<Sector, Result<JointFit, Absent>> =
            sectors.iter().flatten().map(|sector| (*sector, fund(sector))).collect();
        let moves = SessionMoves {
            market: benchmark_return,
            factors: factors.map(returned).collect(),
            sectors: funds
                .iter()
                .map(|(sector, model)| {
                    let model = model.as_ref().map_err(|reason| *reason);
                    let session_return = returned(Some(&sector_fund(*sector)));
                    let moved =
                        model.and_then(|model| Ok(SectorMove { session_return: session_return?, model }));
                    (sector.as_str(), moved)
                })
                .collect(),
        };
        let models: BTreeMap<&Symbol, Result<JointFit, Absent>> = symbols_on_markets(self.exposures)
            .into_iter()
            .map(|symbol| (symbol, basis.fit(earlier.history(symbol)).value))
            .collect();
        let attribution = risk::attribute(self.total, &self.positions(&models, &sectors), basis, &moves)?;
        let symbols = self.held.holdings.iter().map(|held| held.instrument.symbol.clone()).collect();
        Ok(SessionAttribution { before: self.held.session, attribution, symbols, benchmark_return })
    }

    fn positions<'m>(
        &self,
        models: &'m BTreeMap<&Symbol, Result<JointFit, Absent>>,
        sectors: &[Option<Sector>],
    ) -> Vec<AttributedPosition<'m>> {
        let position = |place: usize| {
            let (entry, dollars) = (&self.exposures.entries()[place], self.exposures.dollars()[place]);
            let symbol = &self.held.holdings[place].instrument.symbol;
            let model = match models.get(&entry.symbol) {
                _ if entry.is_private() => Err(Absent::PrivateHolding),
                // Why its exposure is not known comes before why its symbol has no model.
                Some(model) => dollars.and_then(|_| model.as_ref().map_err(|reason| *reason)),
                None => Err(Absent::NothingCovered),
            };
            AttributedPosition {
                weight: dollars.unwrap_or(0.0) / self.base,
                contribution: self.gains.get(symbol).copied().ok_or(Absent::NoExposure),
                model,
                sector: sectors[place].map(Sector::as_str),
            }
        };
        (0..self.held.holdings.len()).map(position).collect()
    }
}
