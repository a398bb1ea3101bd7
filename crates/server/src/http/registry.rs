//! How routes are registered: with an access rule, or not at all.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::MethodRouter;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::access::{self, Access};
use super::{Api, document};

/// A route and what it asks of its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: String,
    /// What it asks.
    pub access: Access,
    /// Whether it is part of the OpenAPI document; pages for people are not.
    pub is_documented: bool,
}

/// Routes in the making. The router and the document grow together, and nothing gets in without a rule.
pub(crate) struct Routes {
    router: OpenApiRouter<Api>,
    rules: Vec<Rule>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Routes {
        Routes { router: OpenApiRouter::with_openapi(document::empty()), rules: Vec::new() }
    }

    /// Registers what `utoipa_axum::routes!` makes of handlers on one path.
    pub fn with(mut self, access: Access, (schemas, mut paths, methods): UtoipaMethodRouter<Api>) -> Routes {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                document::complete(operation, method, access);
                self.rules.push(Rule { method, path: path.clone(), access, is_documented: true });
            }
        }
        self.router = self.router.routes((schemas, paths, guarded(access, methods)));
        self
    }

    /// Registers a GET of something for people, which is no part of the document.
    pub fn with_page(mut self, access: Access, path: &str, methods: MethodRouter<Api>) -> Routes {
        self.rules.push(Rule { method: "GET", path: path.to_owned(), access, is_documented: false });
        self.router = self.router.route(path, guarded(access, methods));
        self
    }

    /// The rules of all routes, in the order of registration.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The router alone.
    pub fn into_router(self) -> Router<Api> {
        self.router.into()
    }

    /// The document alone.
    pub fn into_openapi(self) -> utoipa::openapi::OpenApi {
        self.router.into_openapi()
    }
}

fn guarded(access: Access, methods: MethodRouter<Api>) -> MethodRouter<Api> {
    methods.route_layer(from_fn(move |request, next| access::admit(access, request, next)))
}

/// The operations of a path with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
