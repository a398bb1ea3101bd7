//! Single symbols on their way into the universe.

use app::UnknownSymbols;
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Body, InPath, Routes, Scope};
use crate::wire::Text;
use crate::wire::symbol_status::{MappedSymbol, SymbolStatus};
use crate::wire::words::SymbolText;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(status))
        .with(Access::Scope(Scope::Write), routes!(retry))
        .with(Access::Scope(Scope::Write), routes!(map))
}

/// What a symbol of the caller's files stands for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Mapping {
    /// The symbol that the market knows.
    target: SymbolText,
}

/// Tells where a symbol stands, however it is written; there is always an answer.
#[utoipa::path(get, path = "/api/v1/symbols/{symbol}/status", operation_id = "symbol_status", tag = "symbols",
    params(("symbol" = String, Path, description = "In large or small letters")),
    responses((status = 200, body = SymbolStatus)))]
async fn status(Acting(ctx): Acting, InPath(symbol): InPath<String>) -> Answer<Json<SymbolStatus>> {
    Ok(Json(SymbolStatus::of(&app::symbol_status(&ctx, &symbol).await?)))
}

/// Has a symbol tried again that could not be made known, and tells where it stands then.
#[utoipa::path(post, path = "/api/v1/symbols/{symbol}/retry", operation_id = "retry_symbol", tag = "symbols",
    params(("symbol" = String, Path, description = "In large or small letters")),
    responses((status = 200, body = SymbolStatus)))]
async fn retry(Acting(ctx): Acting, InPath(symbol): InPath<String>) -> Answer<Json<SymbolStatus>> {
    Ok(Json(SymbolStatus::of(&app::retry_symbol(&ctx, &symbol).await?)))
}

/// Has a symbol of the caller's files stand for another. Events that name it are entered anew.
#[utoipa::path(post, path = "/api/v1/symbols/{symbol}/map", operation_id = "map_symbol", tag = "symbols",
    params(("symbol" = SymbolText, Path, description = "A symbol that is not in the universe")),
    request_body = Mapping,
    responses((status = 200, body = MappedSymbol)))]
async fn map(
    Acting(ctx): Acting,
    InPath(Text(symbol)): InPath<SymbolText>,
    Body(Mapping { target: Text(target) }): Body<Mapping>,
) -> Answer<Json<MappedSymbol>> {
    let mapped = app::map_symbol(&ctx, &symbol, &target, UnknownSymbols::Onboarded).await?;
    Ok(Json(MappedSymbol::of(&mapped)))
}
