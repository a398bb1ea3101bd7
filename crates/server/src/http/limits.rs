//! Limits on what one request and all requests together may take.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Api, Problem};

/// Bytes of an upload beside its file: the other fields and the dividers between them.
const UPLOAD_BYTES_SPARE: usize = 65_536;

/// Requests whose answers must come however many others are under way.
const ALWAYS_ADMITTED: &str = "/health/";

/// Gives a request its time and its place, or says that there is none.
pub(crate) async fn limit(State(api): State<Api>, request: Request, next: Next) -> Response {
    let place = match request.uri().path().starts_with(ALWAYS_ADMITTED) {
        true => None,
        false => match api.places().try_acquire() {
            Ok(place) => Some(place),
            Err(_) => return Problem::overloaded().into_response(),
        },
    };
    let longest = Duration::from_millis(api.settings().server.request_ms_max);
    let answered = tokio::time::timeout(longest, next.run(request)).await;
    drop(place);
    answered.unwrap_or_else(|_| Problem::timed_out().into_response())
}

/// The largest body of a route that takes no file.
pub(crate) fn body_limit(api: &Api) -> DefaultBodyLimit {
    DefaultBodyLimit::max(api.settings().server.body_bytes_max)
}

/// The largest body of a route that takes a file.
pub(crate) fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(app::FILE_BYTES_MAX + UPLOAD_BYTES_SPARE)
}
