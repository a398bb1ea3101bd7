//! The risk of one portfolio at one session: what it holds as exposures, and every figure of them.

mod figures;
mod forecasts;
mod load;
mod parts;

use std::collections::BTreeMap;

use ledger::HeldAt;
use model::{Date, Portfolio, Symbol};
use risk::{Absent, Exposures};

use crate::attribution::attributed;
use crate::exposures::{exposures, symbols_on_markets};
use crate::risk_market::{RiskMarket, sessions_count};
use crate::{AppError, Context, SessionAttribution};

pub use figures::{FactorFigures, PortfolioFigures, ReturnFigures, VolatilityFigures, Weighted};
pub(crate) use figures::{Inputs, figures};
pub use forecasts::KeptForecast;
pub(crate) use load::{Loaded, Needs, load, sector_fund};
pub use load::{PortfolioRiskRequest, Reading};
pub use parts::{
    PortfolioPart, VolatilityPart, portfolio_concentration, portfolio_correlation, portfolio_factors,
    portfolio_greeks, portfolio_sectors, portfolio_volatility,
};

/// The risk of a portfolio at a session.
#[derive(Debug)]
pub struct PortfolioRisk {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The session.
    pub at: Date,
    /// What is held.
    pub held: HeldAt,
    /// The exposures, in the order of what is held.
    pub exposures: Exposures,
    /// The figures.
    pub figures: PortfolioFigures,
    /// Where the session's return came from, or why that is not known.
    pub attribution: Result<SessionAttribution, Absent>,
    /// Forecasts that were kept up to the session, beside what came.
    pub forecasts: Vec<KeptForecast>,
    /// Why symbols held, or what they are measured on, have no prices.
    pub failures: BTreeMap<Symbol, AppError>,
}

/// Computes the risk of a portfolio from its books and the final bars up to a session.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::NoSession`], [`AppError::Ledger`]. What has no prices is no error: figures on it are
/// absent.
pub async fn portfolio_risk(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioRisk, AppError> {
    let needs = Needs { sessions_count: sessions_count(ctx), yardsticks: true, funds: true, snapshots: true };
    let mut loaded = load(ctx, name, request, needs).await?;
    let held = loaded.held_at(ctx, loaded.session)?;
    let exposures = exposures(&held, &loaded.known());
    let market = loaded.market_at(ctx, loaded.session);
    let symbols = loaded.symbol_risks(ctx, &market, &symbols_on_markets(&exposures)).await?;
    let figures = figures(&Inputs {
        market: &market,
        symbols: &symbols,
        exposures: &exposures,
        own_returns: &loaded.own_returns(),
        provider_betas: &loaded.provider_betas(),
        rules: &ctx.risk,
    });
    let attribution = attributed(ctx, &loaded, &market)?;
    Ok(PortfolioRisk {
        attribution,
        forecasts: forecasts::of(ctx, &loaded).await?,
        failures: loaded.failures_of(&exposures, &market),
        at: loaded.session,
        portfolio: loaded.portfolio,
        held,
        exposures,
        figures,
    })
}

impl Loaded {
    /// Why what is held, and what it is measured on, has no prices that can be used.
    pub(crate) fn failures_of(
        &mut self,
        exposures: &Exposures,
        market: &RiskMarket,
    ) -> BTreeMap<Symbol, AppError> {
        let (held, measured_on) = (symbols_on_markets(exposures), self.yardsticks.symbols());
        let mut failures = std::mem::take(&mut self.failures);
        for (symbol, source) in &market.unadjustable {
            let (symbol, source) = (symbol.clone(), *source);
            failures.insert(symbol.clone(), AppError::Unadjustable { symbol, source });
        }
        failures.retain(|symbol, _| held.contains(&symbol) || measured_on.contains(symbol));
        failures
    }
}
