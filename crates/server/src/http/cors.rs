//! What pages of other origins may do, as far as the settings name them: browsers ask first, and show an answer to the page
//! only when it says so.

use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use super::Api;

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Answers browsers that ask for a named origin. There is nothing to answer when none is named.
///
/// Cookies are not among what such a page may send: it brings a token.
pub(crate) fn layer(api: &Api) -> Option<CorsLayer> {
    let named = &api.settings().server.cors_origins;
    // Settings are checked when they are loaded; an origin that is none would be nobody's.
    let origins: Vec<HeaderValue> = named.iter().filter_map(|origin| origin.parse().ok()).collect();
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER])
        .vary([header::ORIGIN])
        .max_age(REMEMBERED);
    (!named.is_empty()).then_some(layer)
}
