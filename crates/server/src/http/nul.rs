//! Texts with the character NUL, which no database takes and nobody means.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Problem;

/// How the character is written in paths and queries, and in JSON.
const IN_ADDRESS: &str = "%00";
const IN_JSON: &[u8] = b"\\u0000";

/// Refuses addresses with the character in them.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    let has_nul = request.uri().path_and_query().is_some_and(|address| address.as_str().contains(IN_ADDRESS));
    if has_nul { Problem::nul("path").into_response() } else { next.run(request).await }
}

/// Whether a JSON text has the character in one of its strings. Texts that only look like it, with a backslash that is
/// itself written with one, have not.
pub(crate) fn is_in_json(bytes: &[u8]) -> bool {
    let may_be = bytes.windows(IN_JSON.len()).any(|window| window == IN_JSON);
    may_be && serde_json::from_slice(bytes).is_ok_and(|value| is_in(&value))
}

/// Whether a value has the character in one of its texts.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(is_in),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || is_in(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_is_found_wherever_a_text_stands() {
        for (text, expected) in [
            (r#"{"a": "b\u0000"}"#, true),
            (r#"{"a\u0000": 1}"#, true),
            (r#"[["\u0000"]]"#, true),
            (r#"{"a": "b\\u0000"}"#, false),
            (r#"{"a": "b"}"#, false),
            (r#"{"a": "\u0000"#, false),
            ("", false),
        ] {
            assert_eq!(is_in_json(text.as_bytes()), expected, "{text}");
        }
    }
}
