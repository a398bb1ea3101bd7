//! What the cache holds, and what providers still let us ask.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{
    Access, Acting, Answer, Api, Conditional, InPath, InQuery, Page, PageQuery, Routes, Scope,
};
use crate::providers::left_out;
use crate::wire::coverage::{Coverage, CoverageInFull};
use crate::wire::provider::Provider;
use crate::wire::words::SymbolText;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(coverage))
        .with(Access::Scope(Scope::Read), routes!(coverage_of))
        .with(Access::Scope(Scope::Read), routes!(providers))
}

/// Lists what the cache holds of each symbol, and what it lacks.
#[utoipa::path(get, path = "/api/v1/coverage", operation_id = "list_coverage", tag = "market data",
    params(PageQuery), responses((status = 200, body = Page<Coverage>)))]
async fn coverage(Acting(ctx): Acting, InQuery(page): InQuery<PageQuery>) -> Answer<Json<Page<Coverage>>> {
    let lines = app::coverage(&ctx).await?;
    page.cut(&lines, |line| line.symbol.clone(), Coverage::of).map(Json)
}

/// Shows what the cache holds of a symbol in full, with the reason of each gap.
#[utoipa::path(get, path = "/api/v1/coverage/{symbol}", operation_id = "symbol_coverage", tag = "market data",
    params(("symbol" = SymbolText, Path, description = "The symbol")), responses(
        (status = 200, body = CoverageInFull), (status = 304, description = "The caller has it already"),
    ))]
async fn coverage_of(
    Acting(ctx): Acting,
    InPath(symbol): InPath<SymbolText>,
    conditional: Conditional,
) -> Answer<Response> {
    let detail = app::coverage_of(&ctx, &symbol.0).await?;
    conditional.json(&CoverageInFull::of(&detail))
}

/// The providers of the settings.
#[derive(Serialize, ToSchema)]
struct Providers {
    /// In the order they are asked.
    providers: Vec<Provider>,
}

/// Shows what each provider still lets us ask, how it failed last, and which are left out.
#[utoipa::path(get, path = "/api/v1/providers", operation_id = "list_providers", tag = "market data",
    responses((status = 200, body = Providers)))]
async fn providers(State(api): State<Api>, Acting(ctx): Acting) -> Answer<Json<Providers>> {
    let statuses = app::providers(&ctx).await?;
    let left_out = left_out(&api.settings().providers);
    let providers = statuses.iter().map(Provider::in_use).chain(left_out.iter().map(Provider::left_out));
    Ok(Json(Providers { providers: providers.collect() }))
}
