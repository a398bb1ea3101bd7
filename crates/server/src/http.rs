//! The HTTP interface: what every request passes through, and the router that tests and `serve` share.
//!
//! From the outside in: a request id, one line of log and the metrics; security headers; limits on time, number and size;
//! the access rule that each route was registered with, which recognises the caller; the route.

mod access;
mod answers;
pub(crate) mod client;
mod conditional;
mod connections;
pub(crate) mod cookie;
mod cors;
pub(crate) mod document;
mod extract;
mod limits;
pub(crate) mod listen;
pub(crate) mod measure;
mod nul;
mod observe;
mod origin;
mod paging;
mod problem;
mod registry;
mod request_id;
mod security;
mod state;
mod upload;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub(crate) use answers::Written;

pub use access::{Access, Caller, Scope};
pub use document::openapi;
pub use registry::Rule;
pub use state::Api;

pub(crate) use conditional::{Conditional, write};
pub(crate) use extract::{Acting, Body, Calling, InPath, InQuery};
pub(crate) use limits::upload_limit;
pub(crate) use paging::{Page, PageQuery};
pub(crate) use problem::{Answer, Problem, ProblemBody};
pub(crate) use registry::Routes;
pub(crate) use upload::Upload;

/// The whole router over a state: every route, and what every request passes through.
pub fn router(api: &Api) -> Router {
    let routes = crate::routes::all();
    let fallbacks =
        routes.into_router().fallback(problem::no_route).method_not_allowed_fallback(problem::no_method);
    // Layers run from the last to the first.
    fallbacks
        .layer(limits::body_limit(api))
        .layer(from_fn_with_state(api.clone(), access::hand_on))
        .layer(from_fn(nul::refuse))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(api.clone(), limits::limit))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(option_layer(cors::layer(api)))
        .layer(from_fn(security::add_headers))
        .layer(from_fn(observe::observe))
        .layer(from_fn(request_id::assign))
        .with_state(api.clone())
}

/// Every route with the rule it was registered with.
pub fn rules() -> Vec<Rule> {
    crate::routes::all().rules().to_vec()
}
