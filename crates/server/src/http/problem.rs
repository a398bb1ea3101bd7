//! What went wrong, as RFC 9457 has it: one body for every error, with a stable `code`.

mod of_app;

use std::any::Any;

use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Scope;
use crate::wire;

/// What a route answers.
pub(crate) type Answer<T> = Result<T, Problem>;

/// Seconds after which it is worth trying again when there was no place.
const RETRY_AFTER_S: u64 = 1;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub(crate) struct Problem(Box<ProblemBody>);

/// Why a request was not answered as asked (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `about:blank`: the status says what kind of problem it is, and `code` which one.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong and how to mend it.
    detail: String,
    /// The stable name of the error.
    #[schema(pattern = "^[a-z][a-z0-9_]*$")]
    code: &'static str,
    /// The field, parameter or thing at fault.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The refused rows of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<wire::import::Row>>,
    /// Seconds after which to try again; the header `Retry-After` has the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem with nothing but status, code and detail.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem(Box::new(ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            place: None,
            rows: None,
            retry_after: None,
        }))
    }

    /// The same with the place of the fault.
    pub fn at(mut self, place: impl Into<String>) -> Problem {
        self.0.place = Some(place.into());
        self
    }

    /// The same with the seconds after which to try again.
    pub fn again_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after = Some(seconds);
        self
    }

    /// A value of a request that makes no sense.
    pub fn invalid(place: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail).at(place)
    }

    /// Nobody is known to be calling.
    pub fn login_required() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "login_required", "log in, or send a token as a bearer")
    }

    /// The caller may not do this.
    pub fn scope_missing(needed: Scope) -> Problem {
        let detail = format!("this takes the scope {}", needed.as_str());
        Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail)
    }

    /// A text has a character that no text has.
    pub fn nul(place: &'static str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "nul_in_text", "no text has the character NUL").at(place)
    }

    /// A token asks for what only somebody who is logged in may do.
    pub fn session_required() -> Problem {
        let detail = "this takes a login with name and password, or a token with the scope admin";
        Problem::new(StatusCode::FORBIDDEN, "session_required", detail)
    }

    /// The request names a host that is not this machine.
    pub fn host_refused(host: &str) -> Problem {
        let detail = format!("{host:?} is no name of this machine to itself; call 127.0.0.1 or localhost");
        Problem::new(StatusCode::FORBIDDEN, "host_refused", detail).at("host")
    }

    /// A page of somebody else's asks for a change.
    pub fn origin_refused(origin: &str) -> Problem {
        let detail = format!("pages of {origin:?} may change nothing here");
        Problem::new(StatusCode::FORBIDDEN, "origin_refused", detail).at("origin")
    }

    /// There is no place for the request.
    pub fn overloaded() -> Problem {
        let detail = "too many requests are under way; try again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).again_after(RETRY_AFTER_S)
    }

    /// The body did not come to its end in time.
    pub fn body_too_slow() -> Problem {
        let detail = "the body did not come to its end within the time of a request";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail).at("body")
    }

    /// The request took longer than it may.
    pub fn timed_out() -> Problem {
        let detail = "the answer took longer than a request may; try again, or ask for less";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timed_out", detail).again_after(RETRY_AFTER_S)
    }

    /// An error that is none of the caller's business; the log has its cause.
    pub fn internal() -> Problem {
        let detail = "something went wrong here; the log has the cause under the id of this request";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).expect("invariant: problems have a status");
        let retry_after = self.0.retry_after.map(HeaderValue::from);
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        let detail = rejection.body_text();
        match rejection {
            JsonRejection::JsonDataError(_) => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_body", detail).at("body")
            }
            JsonRejection::JsonSyntaxError(_) => {
                Problem::new(StatusCode::BAD_REQUEST, "bad_json", detail).at("body")
            }
            JsonRejection::MissingJsonContentType(_) => {
                let detail = "the body is JSON, and its content type says so: application/json";
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
                    .at("content-type")
            }
            other => of_body(other.status(), detail),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Problem {
        of_body(rejection.status(), rejection.body_text())
    }
}

impl From<MultipartRejection> for Problem {
    fn from(rejection: MultipartRejection) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", rejection.body_text()).at("body")
    }
}

impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Problem {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => of_body(StatusCode::PAYLOAD_TOO_LARGE, error.body_text()),
            _ => Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", error.body_text()).at("body"),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", rejection.body_text()).at("query")
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_path", rejection.body_text()).at("path")
    }
}

/// A body that could not be read to its end.
fn of_body(status: StatusCode, detail: String) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, "body_too_large", "the body is larger than this route takes").at("body")
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_body", detail).at("body"),
    }
}

/// A path that leads nowhere.
pub(crate) async fn no_route() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_route",
        "there is nothing at this path; /docs lists what there is",
    )
}

/// A path that takes other methods.
pub(crate) async fn no_method() -> Problem {
    let detail = "this path takes other methods; /docs lists them";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// A panic: the caller learns that there was one, the log what it was.
pub(crate) fn of_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let told = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(error = told.unwrap_or("no message"), "request_panicked");
    Problem::internal().into_response()
}
