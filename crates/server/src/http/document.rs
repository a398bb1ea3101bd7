//! The OpenAPI document: what the routes say of themselves, and what goes for all of them.

use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::Access;
use super::ProblemBody;

/// The cookie of a session of the pages.
pub(crate) const SESSION_COOKIE: &str = "daybook_session";

/// Where callers find the document.
pub(crate) const DOCUMENT_PATH: &str = "/api/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Daybook",
        description = "Keeps the books of investment portfolios by the trading day. Decimals are strings, statistics \
            are numbers, and a figure that does not exist is null with its reason in `absent`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody))
)]
struct Empty;

/// The document of the routes that there are.
pub fn openapi() -> utoipa::openapi::OpenApi {
    crate::routes::all().into_openapi()
}

/// A document without routes.
pub(crate) fn empty() -> utoipa::openapi::OpenApi {
    let mut document = Empty::openapi();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A named API token"));
    let cookie = ApiKeyValue::with_description(SESSION_COOKIE, "A session of the pages");
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    document
}

/// Adds to an operation the problems that its parameters, its body and its access rule bring, and what it asks of its
/// callers. What an operation says itself stays.
pub(crate) fn complete(operation: &mut Operation, method: &str, access: Access) {
    let is_change = method != "GET";
    let parameters = operation.parameters.iter().flatten();
    let places: Vec<bool> = parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter.parameter_in == ParameterIn::Path),
            RefOr::Ref(_) => None,
        })
        .collect();
    let (has_parameters, has_path) = (!places.is_empty(), places.contains(&true));
    let has_body = operation.request_body.is_some();
    let is_scoped = access != Access::Public;
    for (is_there, status, description) in [
        (has_parameters || has_body, 400, "The request cannot be read"),
        (is_scoped, 401, "Nobody is known to be calling"),
        (true, 403, "The caller may not do this"),
        (has_path || has_body, 404, "There is no such thing, or it is somebody else's"),
        (has_body, 408, "The body comes too slowly"),
        (is_change && is_scoped, 409, "It stands against what there is"),
        (has_body, 413, "The body is too large"),
        (has_body, 415, "The body has another type"),
        (has_parameters || has_body, 422, "A value makes no sense; `where` says which"),
        (true, 500, "Something went wrong inside"),
        (true, 503, "There is no place, no time or no database; `Retry-After` says when to try again"),
    ] {
        let responses = &mut operation.responses.responses;
        if is_there && !responses.contains_key(&status.to_string()) {
            responses.insert(status.to_string(), problem(description));
        }
    }
    if let Access::Scope(scope) = access {
        let needed = [scope.as_str()];
        let by_token = SecurityRequirement::new("token", needed);
        operation.security = Some(vec![by_token, SecurityRequirement::new("session", needed)]);
    }
}

/// The answer of an operation that names a problem.
pub(crate) fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description);
    RefOr::T(response.content("application/problem+json", content).build())
}
