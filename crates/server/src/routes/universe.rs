//! The symbols whose prices are kept up to date.

use axum::Json;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, InQuery, Page, PageQuery, Routes, Scope};
use crate::wire::universe::Member;

pub(super) fn register(routes: Routes) -> Routes {
    routes.with(Access::Scope(Scope::Read), routes!(list))
}

/// Lists the symbols whose prices are kept up to date, by symbol.
#[utoipa::path(get, path = "/api/v1/universe", operation_id = "list_universe", tag = "symbols",
    params(PageQuery), responses((status = 200, body = Page<Member>)))]
async fn list(Acting(ctx): Acting, InQuery(page): InQuery<PageQuery>) -> Answer<Json<Page<Member>>> {
    let known = app::universe(&ctx).await?;
    page.cut(&known, |known| known.symbol.clone(), Member::of).map(Json)
}
