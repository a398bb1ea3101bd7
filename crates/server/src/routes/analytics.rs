//! Risk of portfolios, from what the cache holds: no answer waits for a provider.

use app::{PortfolioRiskRequest, Reading};
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, InPath, InQuery, Routes, Scope};
use crate::wire::Text;
use crate::wire::analytics::{
    Attribution, Concentration, Correlation, Factors, Greeks, Risk, Sectors, Stress, Volatility,
};
use crate::wire::words::DateText;

pub(super) fn register(routes: Routes) -> Routes {
    let read = Access::Scope(Scope::Read);
    routes
        .with(read, routes!(risk))
        .with(read, routes!(factors))
        .with(read, routes!(volatility))
        .with(read, routes!(correlation))
        .with(read, routes!(sectors))
        .with(read, routes!(concentration))
        .with(read, routes!(greeks))
        .with(read, routes!(stress))
        .with(read, routes!(attribution))
}

/// Which session.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AtQuery {
    /// The session; that of the newest snapshot when absent.
    #[param(value_type = Option<String>, format = Date)]
    at: Option<DateText>,
}

/// Which session, and which scenario.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StressQuery {
    /// The session; that of the newest snapshot when absent.
    #[param(value_type = Option<String>, format = Date)]
    at: Option<DateText>,
    /// One scenario or replay; all when absent.
    #[param(min_length = 1, max_length = 60)]
    scenario: Option<String>,
}

fn request(at: Option<DateText>) -> PortfolioRiskRequest {
    PortfolioRiskRequest { at: at.map(|Text(at)| at), reading: Reading::Cached }
}

/// All risk figures of a portfolio at a session.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/risk", operation_id = "portfolio_risk", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Risk)))]
async fn risk(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Risk>> {
    Ok(Json(Risk::from(&app::portfolio_risk(&ctx, &portfolio, &request(query.at)).await?)))
}

/// Exposures of a portfolio to market, rates, styles and spreads.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/factors", operation_id = "portfolio_factors", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Factors)))]
async fn factors(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Factors>> {
    Ok(Json(Factors::from(&app::portfolio_factors(&ctx, &portfolio, &request(query.at)).await?)))
}

/// How much a portfolio varies, and how bad a session can be.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/volatility", operation_id = "portfolio_volatility", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Volatility)))]
async fn volatility(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Volatility>> {
    Ok(Json(Volatility::from(&app::portfolio_volatility(&ctx, &portfolio, &request(query.at)).await?)))
}

/// How the symbols that a portfolio holds move together.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/correlation", operation_id = "portfolio_correlation", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Correlation)))]
async fn correlation(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Correlation>> {
    Ok(Json(Correlation::from(&app::portfolio_correlation(&ctx, &portfolio, &request(query.at)).await?)))
}

/// Exposures of a portfolio by sector, as known today.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/sectors", operation_id = "portfolio_sectors", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Sectors)))]
async fn sectors(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Sectors>> {
    Ok(Json(Sectors::from(&app::portfolio_sectors(&ctx, &portfolio, &request(query.at)).await?)))
}

/// How concentrated a portfolio is.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/concentration", operation_id = "portfolio_concentration", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Concentration)))]
async fn concentration(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Concentration>> {
    Ok(Json(Concentration::from(&app::portfolio_concentration(&ctx, &portfolio, &request(query.at)).await?)))
}

/// What options add to a portfolio.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/greeks", operation_id = "portfolio_greeks", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Greeks)))]
async fn greeks(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Greeks>> {
    Ok(Json(Greeks::from(&app::portfolio_greeks(&ctx, &portfolio, &request(query.at)).await?)))
}

/// What scenarios and stretches of the past would do to a portfolio.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/stress", operation_id = "portfolio_stress", tag = "analytics",
    params(("portfolio" = String, Path, description = "Its id or its name"), StressQuery),
    responses((status = 200, body = Stress)))]
async fn stress(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<StressQuery>,
) -> Answer<Json<Stress>> {
    let found = app::stress(&ctx, &portfolio, query.scenario.as_deref(), &request(query.at)).await?;
    Ok(Json(Stress::from(&found)))
}

/// Where the return of a session came from.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/attribution", operation_id = "portfolio_attribution",
    tag = "analytics", params(("portfolio" = String, Path, description = "Its id or its name"), AtQuery),
    responses((status = 200, body = Attribution)))]
async fn attribution(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<AtQuery>,
) -> Answer<Json<Attribution>> {
    let found = app::attribution(&ctx, &portfolio, &request(query.at)).await?;
    Ok(Json(Attribution::from(&found)))
}
