//! One line of log and one measurement for each request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::request_id::RequestId;

/// The route of requests that meet none.
const NO_ROUTE: &str = "none";

/// Runs a request inside a span that carries its id, then logs and measures it.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let began_at = Instant::now();
    let id = request.extensions().get::<RequestId>().map_or(String::new(), |id| id.0.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());
    let span = tracing::info_span!("request", request_id = %id, method = %method, route = %route);
    async move {
        let response = next.run(request).await;
        let (status, elapsed) = (response.status().as_u16(), began_at.elapsed());
        let duration_us = elapsed.as_micros() as u64;
        // Paths may name symbols and portfolios; the log has the route alone.
        match status {
            500.. => tracing::error!(status, duration_us, "request_failed"),
            _ => tracing::info!(status, duration_us, "request"),
        }
        let labels = [("route", route), ("method", method_label(&method)), ("status", status.to_string())];
        metrics::histogram!("daybook_http_request_seconds", &labels).record(elapsed.as_secs_f64());
        response
    }
    .instrument(span)
    .await
}

/// Methods that nobody knows share one label, so that callers cannot make up new ones.
fn method_label(method: &axum::http::Method) -> String {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    }
}
