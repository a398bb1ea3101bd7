//! The changes of a job as they happen.

use std::convert::Infallible;
use std::time::Duration;

use app::jobs::Job as AppJob;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use crate::http::{Acting, Answer, Api, InPath, Problem};
use crate::wire::job::Job;

/// How long a stream lasts. Browsers come back by themselves, and whoever may not look any more is found out then.
const STREAM_MAX: Duration = Duration::from_secs(600);
/// How long browsers wait before they come back.
const COME_BACK: Duration = Duration::from_secs(2);
/// The header with the last event that a browser which comes back has seen.
const LAST_EVENT_ID: &str = "last-event-id";

/// Tells the changes of a job as server-sent events until it is over. Each event is named `job`, carries the job as JSON,
/// and has its revision as id. After `Last-Event-ID` only later changes are told.
#[utoipa::path(get, path = "/api/v1/jobs/{job}/events", operation_id = "watch_job", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"),
    ("last-event-id" = Option<String>, Header, description = "The last event that was seen"),
), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 204, description = "The job is over, and the caller has seen how"),
))]
pub(super) async fn events(
    State(api): State<Api>,
    Acting(ctx): Acting,
    InPath(id): InPath<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let seen = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(-1);
    let job = app::jobs::load(&ctx, &id).await?;
    if job.state.is_final() && job.revision <= seen {
        // The one answer after which a browser does not come back.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let place = api.streams().clone().try_acquire_owned().map_err(|_| Problem::overloaded())?;
    let changes = app::jobs::watch(&ctx, &id).await?;
    let changes = changes.filter(move |job| std::future::ready(job.revision > seen)).map(move |job| {
        // The place is given back with the stream, however it ends.
        let _held = &place;
        Ok::<Event, Infallible>(event(&job))
    });
    let until = api.stopping();
    let end = async move {
        tokio::select! {
            () = tokio::time::sleep(STREAM_MAX) => {}
            () = until.cancelled_owned() => {}
        }
    };
    let beat = KeepAlive::new()
        .interval(Duration::from_millis(api.settings().server.heartbeat_ms))
        .text("heartbeat");
    Ok(Sse::new(Box::pin(changes.take_until(Box::pin(end)))).keep_alive(beat).into_response())
}

fn event(job: &AppJob) -> Event {
    let told = serde_json::to_string(&Job::of(job)).expect("invariant: a job can be written as JSON");
    Event::default().event("job").id(job.revision.to_string()).retry(COME_BACK).data(told)
}
