//! What the provider says when it does not answer.

use serde_json::Value;

use crate::{AnswerFault, ProviderError, json};

/// What an answer refuses, by its status and by the words in it, which may come with status 200.
///
/// # Errors
/// [`AnswerFault`] unless the answer is one.
pub fn of(status: u16, body: &str) -> Result<(), AnswerFault> {
    let said = words(body);
    let words = said.to_lowercase();
    if words.contains("limit reach") {
        return Err(AnswerFault::LimitReached { retry_after_s: None });
    }
    let is_refused = ["invalid api key", "premium", "exclusive", "special endpoint", "legacy", "restricted"]
        .iter()
        .any(|word| words.contains(word));
    match status {
        402 => Err(ProviderError::Unauthorized.into()),
        _ if is_refused => Err(ProviderError::Unauthorized.into()),
        200 if words.is_empty() => Ok(()),
        // An address that does not exist is answered with an empty list, which is no word on the symbol.
        status => {
            let what = format!("status {status}: {said}");
            Err(ProviderError::Malformed { what: what.trim_end_matches(": ").to_owned() }.into())
        }
    }
}

/// The provider's own words in an answer that is no data.
fn words(body: &str) -> String {
    let body = body.trim();
    match body.bytes().next() {
        Some(b'[') => String::new(),
        Some(b'{') => {
            let document: Option<Value> = serde_json::from_str(body).ok();
            let said = document.as_ref().and_then(|document| {
                ["Error Message", "error", "message"].into_iter().find_map(|name| json::text(document, name))
            });
            said.unwrap_or_default().to_owned()
        }
        // A page for a browser is not read; a sentence is.
        Some(b'<') | None => String::new(),
        Some(_) => body.chars().take(400).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_statuses_are_told_apart() {
        let unauthorized = || Err(ProviderError::Unauthorized.into());
        let malformed = |what: &str| Err(ProviderError::Malformed { what: what.to_owned() }.into());
        let limit = || Err(AnswerFault::LimitReached { retry_after_s: None });
        let cases: [(u16, &str, Result<(), AnswerFault>); 11] = [
            (200, r#"[{"symbol":"AAPL","name":"Premium Limit Reach"}]"#, Ok(())),
            (200, "[]", Ok(())),
            (200, r#"{"Error Message":"Limit Reach . Please upgrade your plan or visit …"}"#, limit()),
            (429, r#"{"Error Message": "Limit Reach . Please upgrade your plan"}"#, limit()),
            (
                401,
                r#"{"Error Message":"Invalid API KEY. Feel free to create a Free API Key"}"#,
                unauthorized(),
            ),
            (
                402,
                "Premium Query Parameter: 'Special Endpoint' : This value set for 'symbol' is not available",
                unauthorized(),
            ),
            (402, "", unauthorized()),
            (200, r#"{"Error Message":"Premium Query Parameter"}"#, unauthorized()),
            (
                403,
                r#"{"Error Message":"Legacy Endpoint : Due to Legacy endpoints being no longer supported"}"#,
                unauthorized(),
            ),
            (404, "[]", malformed("status 404")),
            (
                400,
                "Query Error: Invalid or missing query parameter - symbol",
                malformed("status 400: Query Error: Invalid or missing query parameter - symbol"),
            ),
        ];
        for (status, body, expect) in cases {
            assert_eq!(of(status, body), expect, "{status} {body}");
        }
    }
}
