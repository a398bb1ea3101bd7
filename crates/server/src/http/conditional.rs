//! Answers with an entity tag: whoever has the same already is told so, and gets no body.

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Answer, Api, Problem, Written};

/// Bytes of the hash that make a tag: collisions are out of the question, and headers stay short.
const TAG_BYTES: usize = 16;

/// What the caller has already.
pub(crate) struct Conditional {
    known: Vec<String>,
}

impl FromRequestParts<Api> for Conditional {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Conditional, Problem> {
        Ok(Conditional::of(&parts.headers))
    }
}

impl Conditional {
    fn of(headers: &HeaderMap) -> Conditional {
        let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
        Conditional { known: tags.map(str::to_owned).collect() }
    }

    /// Answers with JSON, or with 304 when the caller has the same already. The tag is the content's hash, so that it is
    /// the same from every process and after a restart.
    pub fn json(&self, answer: &impl Serialize) -> Answer<Response> {
        Ok(self.written(&write(answer)?))
    }

    /// Answers with JSON under a tag of its own, which changes whenever what the caller asked for does.
    pub fn tagged(&self, tag: &str, answer: &impl Serialize) -> Answer<Response> {
        Ok(self.under(tag, "application/json", to_json(answer)?.into()))
    }

    /// Answers with JSON that was written before.
    pub fn written(&self, written: &Written) -> Response {
        self.under(&written.tag, "application/json", written.body.clone())
    }

    /// Whether the caller knows what has this tag, or has not said what they know.
    pub fn is_known_or_absent(&self, tag: &str) -> bool {
        self.known.is_empty() || self.knows(tag)
    }

    fn knows(&self, tag: &str) -> bool {
        let is_tag =
            |known: &String| known.strip_prefix('"').and_then(|it| it.strip_suffix('"')) == Some(tag);
        self.known.iter().any(|known| is_tag(known) || known == "*")
    }

    /// Answers with bytes of a type.
    pub fn bytes(&self, content_type: &'static str, bytes: Vec<u8>) -> Response {
        self.under(&hashed(&bytes), content_type, bytes.into())
    }

    fn under(&self, tag: &str, content_type: &'static str, bytes: Bytes) -> Response {
        let is_known = self.knows(tag);
        // Weak, since the same content may come compressed.
        let tag = HeaderValue::try_from(format!("W/\"{tag}\"")).expect("invariant: tags are plain text");
        if is_known {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
        }
        let content_type = HeaderValue::from_static(content_type);
        ([(header::ETAG, tag), (header::CONTENT_TYPE, content_type)], bytes).into_response()
    }
}

/// Writes an answer as JSON, with the hash of its content as tag.
pub(crate) fn write(answer: &impl Serialize) -> Answer<Written> {
    let bytes = to_json(answer)?;
    Ok(Written { tag: hashed(&bytes).into(), body: bytes.into() })
}

fn to_json(answer: &impl Serialize) -> Answer<Vec<u8>> {
    serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "answer_not_written");
        Problem::internal()
    })
}

fn hashed(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}
