//! The OpenAPI document, and the pages that show it.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

use crate::http::document::DOCUMENT_PATH;
use crate::http::{Access, Answer, Conditional, InPath, Problem, Routes};

/// The pages run their own scripts and styles, ask this server alone, and take nothing from elsewhere.
const POLICY_OF_DOCS: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                              frame-ancestors 'none'";

/// The title of the pages as their maker left it, and what stands there instead: a title of their own, and the script that
/// gives them the colours which the reader prefers.
const TITLE: &str = "<title>Swagger UI</title>";
const OWN_TITLE: &str = "<title>Daybook API</title>\n    <script src=\"./colours.js\"></script>";

/// The name of that script, and what it does: the pages have dark colours, and show them only when they are told to.
const COLOURS_FILE: &str = "colours.js";
const COLOURS: &str = "const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
";

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let document = crate::http::openapi();
    serde_json::to_vec(&document).expect("invariant: the document can be written")
});

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with_page(Access::Public, DOCUMENT_PATH, get(document))
        .with_page(Access::Public, "/docs", get(|| async { Redirect::permanent("/docs/") }))
        .with_page(Access::Public, "/docs/", get(|| async { page("") }))
        .with_page(Access::Public, "/docs/{*file}", get(file))
}

async fn document(conditional: Conditional) -> Response {
    conditional.bytes("application/json", DOCUMENT.clone())
}

async fn file(InPath(file): InPath<String>) -> Answer<Response> {
    page(&file)
}

/// A file of the pages, which are part of the program.
fn page(file: &str) -> Answer<Response> {
    if file == COLOURS_FILE {
        return Ok(answer(HeaderValue::from_static("text/javascript"), COLOURS.into()));
    }
    let config = Config::from(DOCUMENT_PATH).validator_url("none").use_base_layout();
    let found = utoipa_swagger_ui::serve(file, Arc::new(config)).map_err(|error| {
        tracing::error!(%error, "docs_failed");
        Problem::internal()
    })?;
    let Some(found) = found else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_route", "there is no such page"));
    };
    let content_type = HeaderValue::try_from(found.content_type).map_err(|_| Problem::internal())?;
    let bytes = match std::str::from_utf8(&found.bytes) {
        Ok(text) if text.contains(TITLE) => text.replacen(TITLE, OWN_TITLE, 1).into_bytes(),
        _ => found.bytes.into_owned(),
    };
    Ok(answer(content_type, bytes))
}

fn answer(content_type: HeaderValue, bytes: Vec<u8>) -> Response {
    let policy = HeaderValue::from_static(POLICY_OF_DOCS);
    let headers = [(header::CONTENT_TYPE, content_type), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, bytes).into_response()
}
