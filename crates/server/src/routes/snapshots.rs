//! Snapshots of a portfolio, its positions, and one session term by term.

use axum::Json;
use axum::response::Response;
use model::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Conditional, InPath, InQuery, Page, PageQuery, Routes, Scope};
use crate::wire::Text;
use crate::wire::explain::Explained;
use crate::wire::position::Positions;
use crate::wire::snapshot::Snapshot;
use crate::wire::words::DateText;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Read), routes!(positions))
        .with(Access::Scope(Scope::Read), routes!(explain))
}

/// Which snapshots.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SnapshotsQuery {
    /// First date.
    #[param(value_type = Option<DateText>)]
    from: Option<DateText>,
    /// Last date.
    #[param(value_type = Option<DateText>)]
    to: Option<DateText>,
    /// Snapshots of a page at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Lists the snapshots of a portfolio in session order.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/snapshots", operation_id = "list_snapshots",
    tag = "snapshots", params(("portfolio" = String, Path, description = "Its id or its name"), SnapshotsQuery),
    responses((status = 200, body = Page<Snapshot>), (status = 304, description = "The caller has it already")))]
async fn list(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<SnapshotsQuery>,
    conditional: Conditional,
) -> Answer<Response> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    // What lies before the page and behind it is not even read.
    let begin = page.after::<Date>()?.map(|after| after.plus_days(1));
    let (from, to) = (query.from.map(|Text(from)| from).max(begin), query.to.map(|Text(to)| to));
    let read = app::snapshots_page(&ctx, &portfolio, from, to, page.limit()? + 1).await?;
    let name = &read.portfolio;
    let page =
        page.fill(&read.snapshots, |stored| stored.snapshot.session, |stored| Snapshot::of(name, stored))?;
    conditional.json(&page)
}

/// Which session.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PositionsQuery {
    /// At this session's close; at the newest snapshot's when absent.
    #[param(value_type = Option<DateText>)]
    at: Option<DateText>,
}

/// Lists the positions of a portfolio at a session's close.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/positions", operation_id = "list_positions",
    tag = "snapshots", params(("portfolio" = String, Path, description = "Its id or its name"), PositionsQuery),
    responses((status = 200, body = Positions)))]
async fn positions(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<PositionsQuery>,
) -> Answer<Json<Positions>> {
    let found = app::positions(&ctx, &portfolio, query.at.map(|Text(at)| at)).await?;
    Ok(Json(Positions::of(found.as_ref())))
}

/// Follows one session of a portfolio to its inputs.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/explain/{session}", operation_id = "explain_session",
    tag = "snapshots", params(
        ("portfolio" = String, Path, description = "Its id or its name"),
        ("session" = DateText, Path, description = "The session"),
    ), responses(
        (status = 200, body = Explained), (status = 304, description = "The caller has it already"),
    ))]
async fn explain(
    Acting(ctx): Acting,
    InPath((portfolio, session)): InPath<(String, DateText)>,
    conditional: Conditional,
) -> Answer<Response> {
    let explained = app::explain(&ctx, &portfolio, session.0).await?;
    conditional.json(&Explained::of(&explained))
}
