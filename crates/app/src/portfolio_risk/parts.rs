//! Parts of the risk of one portfolio: of each nothing is loaded or computed that it does not follow from.

use ledger::HeldAt;
use model::{Date, Portfolio};
use risk::{Concentration, Correlation, Exposures, GreeksReport, SectorExposures, Settings};

use super::figures::{FactorFigures, Inputs, VolatilityFigures, correlation, volatility_figures};
use super::forecasts::{self, KeptForecast};
use super::load::{Loaded, Needs, PortfolioRiskRequest, load};
use crate::exposures::{exposures, symbols_on_markets};
use crate::risk_market::sessions_count;
use crate::{AppError, Context};

/// A part of the risk of a portfolio at a session.
#[derive(Debug)]
pub struct PortfolioPart<T> {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The session.
    pub at: Date,
    /// What is held.
    pub held: HeldAt,
    /// The exposures, in the order of what is held.
    pub exposures: Exposures,
    /// The figures.
    pub figures: T,
}

/// How much a portfolio varies, and what was forecast of that.
#[derive(Debug)]
pub struct VolatilityPart {
    /// The figures.
    pub figures: VolatilityFigures,
    /// Forecasts that were kept up to the session, beside what came.
    pub forecasts: Vec<KeptForecast>,
}

/// What is held, and nothing of what it was before.
const HELD_ALONE: Needs = Needs { sessions_count: 1, yardsticks: false, funds: false, snapshots: false };

/// A part whose figures follow.
struct Begun {
    loaded: Loaded,
    held: HeldAt,
    exposures: Exposures,
}

impl Begun {
    async fn load(
        ctx: &Context,
        name: &str,
        request: &PortfolioRiskRequest,
        needs: Needs,
    ) -> Result<Begun, AppError> {
        let loaded = load(ctx, name, request, needs).await?;
        let held = loaded.held_at(ctx, loaded.session)?;
        let exposures = exposures(&held, &loaded.known());
        Ok(Begun { loaded, held, exposures })
    }

    fn with<T>(self, figures: T) -> PortfolioPart<T> {
        let Begun { loaded, held, exposures } = self;
        PortfolioPart { at: loaded.session, portfolio: loaded.portfolio, held, exposures, figures }
    }
}

/// What a portfolio moves with.
///
/// # Errors
/// Those of [`super::portfolio_risk()`], as of all parts.
pub async fn portfolio_factors(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<FactorFigures>, AppError> {
    let needs =
        Needs { sessions_count: sessions_count(ctx), yardsticks: true, funds: false, snapshots: true };
    let begun = Begun::load(ctx, name, request, needs).await?;
    let market = begun.loaded.market_at(ctx, begun.loaded.session);
    let symbols = symbols_on_markets(&begun.exposures);
    let symbols = begun.loaded.symbol_risks(ctx, &market, &symbols).await?;
    let inputs = Inputs {
        market: &market,
        symbols: &symbols,
        exposures: &begun.exposures,
        own_returns: &begun.loaded.own_returns(),
        provider_betas: &begun.loaded.provider_betas(),
        rules: &ctx.risk,
    };
    let factors = inputs.factors();
    Ok(begun.with(factors))
}

/// How much a portfolio varies, how bad a session can be, and what was forecast.
///
/// # Errors
/// Those of [`super::portfolio_risk()`].
pub async fn portfolio_volatility(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<VolatilityPart>, AppError> {
    let needs = Needs { sessions_count: sessions_count(ctx), snapshots: true, ..HELD_ALONE };
    let begun = Begun::load(ctx, name, request, needs).await?;
    let market = begun.loaded.market_at(ctx, begun.loaded.session);
    let figures = volatility_figures(&market, &begun.exposures, &ctx.risk.figures);
    let forecasts = forecasts::of(ctx, &begun.loaded).await?;
    Ok(begun.with(VolatilityPart { figures, forecasts }))
}

/// How the symbols that a portfolio holds move together.
///
/// # Errors
/// Those of [`super::portfolio_risk()`].
pub async fn portfolio_correlation(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<Correlation>, AppError> {
    let settings: &Settings = &ctx.risk.figures;
    // The close before the first return.
    let needs = Needs { sessions_count: settings.correlation_window.saturating_add(1), ..HELD_ALONE };
    let begun = Begun::load(ctx, name, request, needs).await?;
    let market = begun.loaded.market_at(ctx, begun.loaded.session);
    let found = correlation(&market, &begun.exposures, settings);
    Ok(begun.with(found))
}

/// The exposures of a portfolio by sector, as known today.
///
/// # Errors
/// Those of [`super::portfolio_risk()`].
pub async fn portfolio_sectors(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<SectorExposures>, AppError> {
    let begun = Begun::load(ctx, name, request, HELD_ALONE).await?;
    let found = risk::sector_exposures(&begun.exposures, &ctx.risk.benchmark_sectors);
    Ok(begun.with(found))
}

/// How concentrated a portfolio is.
///
/// # Errors
/// Those of [`super::portfolio_risk()`].
pub async fn portfolio_concentration(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<Concentration>, AppError> {
    let begun = Begun::load(ctx, name, request, HELD_ALONE).await?;
    let found = risk::concentration(&begun.exposures);
    Ok(begun.with(found))
}

/// What options add to a portfolio.
///
/// # Errors
/// Those of [`super::portfolio_risk()`].
pub async fn portfolio_greeks(
    ctx: &Context,
    name: &str,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioPart<GreeksReport>, AppError> {
    let begun = Begun::load(ctx, name, request, HELD_ALONE).await?;
    let found = risk::greeks(&begun.exposures);
    Ok(begun.with(found))
}
