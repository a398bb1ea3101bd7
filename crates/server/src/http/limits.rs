//! Limits on what one request and all requests together may take.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

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
    let answer = answered_within(longest, request, |request| next.run(request)).await;
    drop(place);
    answer
}

/// The answer to a request, or whose fault it is that there is none in time.
async fn answered_within<F: Future<Output = Response>>(
    longest: Duration,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let is_awaited = Arc::new(AtomicBool::new(false));
    let request = match request.body().is_end_stream() {
        true => request,
        false => request.map(|body| Body::new(Watched { body, is_awaited: is_awaited.clone() })),
    };
    let answered = tokio::time::timeout(longest, answer(request)).await;
    answered.unwrap_or_else(|_| match is_awaited.load(Ordering::Relaxed) {
        true => Problem::body_too_slow().into_response(),
        false => Problem::timed_out().into_response(),
    })
}

/// A body of which it is known whether somebody waits for more of it.
struct Watched {
    body: Body,
    is_awaited: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.is_awaited.store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The largest body of a route that takes no file.
pub(crate) fn body_limit(api: &Api) -> DefaultBodyLimit {
    DefaultBodyLimit::max(api.settings().server.body_bytes_max)
}

/// The largest body of a route that takes a file.
pub(crate) fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(app::FILE_BYTES_MAX + UPLOAD_BYTES_SPARE)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_request_without_an_answer_in_time_is_told_whose_fault_that_is() {
        let check = async |body: Body, status: StatusCode| {
            let answer = async |request: Request| {
                let whole = request.into_body().collect().await;
                assert!(whole.is_ok(), "the body has come");
                std::future::pending().await
            };
            let answered = answered_within(Duration::from_millis(20), Request::new(body), answer).await;
            assert_eq!(answered.status(), status);
        };
        check(Body::empty(), StatusCode::SERVICE_UNAVAILABLE).await;
        check(Body::from("{}"), StatusCode::SERVICE_UNAVAILABLE).await;
        let endless = tokio_stream::pending::<Result<String, std::io::Error>>();
        check(Body::from_stream(endless), StatusCode::REQUEST_TIMEOUT).await;
    }
}
