//! Whole answers for programs that want everything at once.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Conditional, InPath, Routes, Scope};
use crate::wire::batch::Batch;
use crate::wire::event::Event;
use crate::wire::portfolio::Portfolio;
use crate::wire::position::Positions;
use crate::wire::snapshot::Snapshot;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(portfolios))
        .with(Access::Scope(Scope::Read), routes!(complete))
}

/// All portfolios of the caller.
#[derive(Serialize, ToSchema)]
struct AllPortfolios {
    portfolios: Vec<Portfolio>,
}

/// Everything there is of a portfolio.
#[derive(Serialize, ToSchema)]
struct CompletePortfolio {
    portfolio: Portfolio,
    positions: Positions,
    /// In session order.
    snapshots: Vec<Snapshot>,
    /// By date and order of entry, voided ones too.
    events: Vec<Event>,
    batches: Vec<Batch>,
}

/// All portfolios of the caller by name, with their newest figures, in one answer.
#[utoipa::path(get, path = "/api/v1/data/portfolios", operation_id = "all_portfolios", tag = "data", responses(
    (status = 200, body = AllPortfolios), (status = 304, description = "The caller has it already"),
))]
async fn portfolios(Acting(ctx): Acting, conditional: Conditional) -> Answer<Response> {
    let summaries = app::list_portfolios(&ctx).await?;
    conditional.json(&AllPortfolios { portfolios: summaries.iter().map(Portfolio::of).collect() })
}

/// Everything there is of a portfolio, in one answer. Its parts are read one after the other: a change that is made
/// meanwhile may show in the later ones alone.
#[utoipa::path(get, path = "/api/v1/data/portfolio/{portfolio}/complete", operation_id = "complete_portfolio",
    tag = "data", params(("portfolio" = String, Path, description = "Its id or its name")), responses(
        (status = 200, body = CompletePortfolio), (status = 304, description = "The caller has it already"),
    ))]
async fn complete(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    conditional: Conditional,
) -> Answer<Response> {
    let summary = app::show_portfolio(&ctx, &portfolio).await?;
    let positions = app::positions(&ctx, &portfolio, None).await?;
    let snapshots = app::snapshots(&ctx, &portfolio, None, None).await?;
    let events = app::list_events(&ctx, &portfolio).await?;
    let batches = app::list_batches(&ctx, &portfolio).await?;
    let name = &summary.portfolio.name;
    conditional.json(&CompletePortfolio {
        portfolio: Portfolio::of(&summary),
        positions: Positions::of(positions.as_ref()),
        snapshots: snapshots.iter().map(|stored| Snapshot::of(name, stored)).collect(),
        events: events.iter().map(Event::of).collect(),
        batches: batches.iter().map(Batch::of).collect(),
    })
}
