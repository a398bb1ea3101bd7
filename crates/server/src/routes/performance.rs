//! How a portfolio did.

use app::{Context, PerformanceAnswer, PerformanceRequest, Wanted};
use axum::Json;
use axum::extract::State;
use market::Freshness;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Api, InPath, InQuery, Problem, Routes, Scope};
use crate::render::performance::Subject;
use crate::wire::Text;
use crate::wire::figures::Performance;
use crate::wire::queued::QueuedJob;
use crate::wire::words::{DateText, SymbolText};

pub(super) fn register(routes: Routes) -> Routes {
    routes.with(Access::Scope(Scope::Read), routes!(show))
}

/// Which returns.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PerformanceQuery {
    /// First date of the returns used.
    #[param(value_type = Option<DateText>)]
    from: Option<DateText>,
    /// Last date of the returns used.
    #[param(value_type = Option<DateText>)]
    to: Option<DateText>,
    /// What it is measured against; the benchmark of the settings when absent.
    #[param(value_type = Option<SymbolText>)]
    benchmark: Option<SymbolText>,
}

/// Shows how a portfolio did, alone and against a benchmark whose prices are taken from the cache.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/performance", operation_id = "portfolio_performance",
    tag = "performance",
    params(("portfolio" = String, Path, description = "Its id or its name"), PerformanceQuery),
    responses((status = 200, body = Performance)))]
async fn show(
    State(api): State<Api>,
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(query): InQuery<PerformanceQuery>,
) -> Answer<Json<Performance>> {
    let benchmark = match query.benchmark {
        Some(Text(symbol)) => symbol,
        None => api
            .settings()
            .risk
            .benchmark
            .parse()
            .map_err(|_| Problem::invalid("benchmark", "the settings name none; give one"))?,
    };
    let request = PerformanceRequest {
        from: query.from.map(|Text(from)| from),
        to: query.to.map(|Text(to)| to),
        benchmark,
    };
    let answer = app::portfolio_performance(&ctx, &portfolio, &request).await?;
    let queued = queue_benchmark(&ctx, &answer).await?;
    Ok(Json(Performance::of(&Subject::Portfolio(portfolio), &answer).with_queued(queued)))
}

/// Leaves what is missing of the benchmark's prices to a job: the figures say what they lack, and whoever asks again finds
/// more. The reason is told when there is none.
async fn queue_benchmark(
    ctx: &Context,
    answer: &PerformanceAnswer,
) -> Answer<Result<QueuedJob, &'static str>> {
    let Some(prices) = &answer.benchmark.prices else {
        let failure = answer.benchmark.failure.as_ref();
        return Ok(Err(failure.map_or("no_returns", |_| "not_asked_again_yet")));
    };
    if !prices.is_due {
        let is_covered = prices.reason == Freshness::Covered;
        return Ok(Err(if is_covered { "nothing_missing" } else { "not_asked_again_yet" }));
    }
    match app::want_prices(ctx, &answer.benchmark.symbol, prices.from, prices.as_of).await? {
        Wanted::Queued(created) => Ok(Ok(QueuedJob::of(&created))),
        Wanted::Left(reason) => Ok(Err(reason)),
    }
}
