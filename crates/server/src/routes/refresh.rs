//! The main job, asked for.

use app::jobs::{self, JobInput, NewJob, RefreshInput};
use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Body, Problem, Routes, Scope};
use crate::wire::Text;
use crate::wire::queued::{QueuedJob, href};
use crate::wire::words::DateText;

/// The header that makes the same request twice one job.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub(super) fn register(routes: Routes) -> Routes {
    routes.with(Access::Scope(Scope::Write), routes!(refresh))
}

/// What is to be refreshed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshOrder {
    /// One portfolio by id or name; all of the caller's when absent.
    portfolio: Option<String>,
    /// Compute again from this date on.
    from: Option<DateText>,
    /// The last date; the last session on which a held symbol has a price when absent.
    to: Option<DateText>,
    /// Compute risk figures of every session, not of the last alone.
    full_analytics: Option<bool>,
    /// Keep off the network.
    offline: Option<bool>,
}

/// Makes a job that brings market data up to date and computes every missing session.
#[utoipa::path(post, path = "/api/v1/refresh", operation_id = "refresh", tag = "jobs",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body is the same job, however often it is sent")),
    request_body = RefreshOrder,
    responses(
        (status = 202, body = QueuedJob, headers(("Location" = String, description = "The job"))),
        (status = 200, description = "The job was made before, under the same key", body = QueuedJob),
    ))]
async fn refresh(
    Acting(ctx): Acting,
    headers: HeaderMap,
    Body(order): Body<RefreshOrder>,
) -> Answer<Response> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str().map(str::to_owned)).transpose();
    let idempotency_key = key.map_err(|_| Problem::invalid(IDEMPOTENCY_KEY, "a key is plain text"))?;
    let input = RefreshInput {
        portfolio: order.portfolio,
        from: order.from.map(|Text(from)| from.to_string()),
        to: order.to.map(|Text(to)| to.to_string()),
        offline: order.offline.unwrap_or(false),
        full_analytics: order.full_analytics.unwrap_or(false),
    };
    let created = jobs::create(&ctx, NewJob { input: JobInput::Refresh(input), idempotency_key }).await?;
    let status = if created.is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    let location = href(&created.job.id);
    Ok((status, [(header::LOCATION, location)], Json(QueuedJob::of(&created))).into_response())
}
