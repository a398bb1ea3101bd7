//! Where portfolios stand.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, InPath, Problem, Routes, Scope};
use crate::wire::overview::Overview;

pub(super) fn register(routes: Routes) -> Routes {
    routes.with(Access::Scope(Scope::Read), routes!(all)).with(Access::Scope(Scope::Read), routes!(one))
}

/// Where all portfolios of the caller stand.
#[derive(Serialize, ToSchema)]
struct Overviews {
    portfolios: Vec<Overview>,
}

/// Shows where all portfolios of the caller stand, by name.
#[utoipa::path(get, path = "/api/v1/analytics/overview", operation_id = "overview", tag = "analytics",
    responses((status = 200, body = Overviews)))]
async fn all(Acting(ctx): Acting) -> Answer<Json<Overviews>> {
    let overviews = app::overview(&ctx, None).await?;
    Ok(Json(Overviews { portfolios: overviews.iter().map(Overview::of).collect() }))
}

/// Shows where a portfolio stands.
#[utoipa::path(get, path = "/api/v1/analytics/{portfolio}/overview", operation_id = "portfolio_overview",
    tag = "analytics", params(("portfolio" = String, Path, description = "Its id or its name")),
    responses((status = 200, body = Overview)))]
async fn one(Acting(ctx): Acting, InPath(portfolio): InPath<String>) -> Answer<Json<Overview>> {
    let overviews = app::overview(&ctx, Some(&portfolio)).await?;
    overviews.first().map(|overview| Json(Overview::of(overview))).ok_or_else(Problem::internal)
}
