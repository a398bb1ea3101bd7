//! Whether this process lives, whether it can work, and what it counted.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Api, ProblemBody, Routes, measure};

/// How long the database has to answer.
const DATABASE_WAIT: Duration = Duration::from_secs(2);

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Public, routes!(live))
        .with(Access::Public, routes!(ready))
        .with(Access::Public, routes!(counted))
}

/// The process lives.
#[derive(Serialize, ToSchema)]
struct Live {
    /// Always `live`.
    state: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Whether the process can work, and what keeps it from working.
#[derive(Serialize, ToSchema)]
struct Ready {
    is_ready: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether jobs are done in this process.
    workers: bool,
}

/// Says that the process lives; asks nothing and nobody.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Live)))]
async fn live() -> Json<Live> {
    Json(Live { state: "live", version: env!("CARGO_PKG_VERSION") })
}

/// Says whether the database answers and the workers run.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses(
    (status = 200, body = Ready),
    (status = 503, description = "The database does not answer, or no jobs are done", content(
        (Ready = "application/json"), (ProblemBody = "application/problem+json"),
    )),
))]
async fn ready(State(api): State<Api>) -> Response {
    let asked = tokio::time::timeout(DATABASE_WAIT, app::check_database(api.context())).await;
    let database = match asked {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error = error.describe(), "not_ready");
            false
        }
        Err(_) => false,
    };
    let workers = api.are_workers_running();
    let is_ready = database && workers;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { is_ready, database, workers })).into_response()
}

/// Everything that is counted and timed, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, content_type = "text/plain", body = String),
))]
async fn counted(State(api): State<Api>) -> Response {
    let noted = tokio::time::timeout(DATABASE_WAIT, measure::note_stored(api.context())).await;
    if let Ok(Err(error)) = noted {
        tracing::warn!(error = error.describe(), "not_counted");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], measure::text()).into_response()
}
