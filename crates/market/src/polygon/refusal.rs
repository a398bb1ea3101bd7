//! What the provider says when it does not answer.

use serde_json::Value;

use crate::{AnswerFault, ProviderError, Reply, json};

/// What a plan refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Sessions before those it has.
    TooOld,
    /// The session under way.
    TooNew,
    /// The whole question, or the key.
    Whole,
}

/// Why an answer of status 403 was given.
pub fn of(reply: &Reply) -> Refusal {
    let document = reply.json::<json::Document>();
    document.map_or(Refusal::Whole, |document| of_document(&document.0))
}

fn of_document(document: &Value) -> Refusal {
    let words = words(document);
    if words.contains("data timeframe") {
        Refusal::TooOld
    } else if words.contains("before end of day") {
        Refusal::TooNew
    } else {
        Refusal::Whole
    }
}

/// What an answer of status 200 refuses all the same.
///
/// # Errors
/// [`AnswerFault`] when its own status is neither `OK` nor `DELAYED`.
pub fn in_document(document: &Value) -> Result<(), AnswerFault> {
    let words = words(document);
    match json::text(document, "status") {
        _ if words.contains("maximum requests per minute") => {
            Err(AnswerFault::LimitReached { retry_after_s: Some(60) })
        }
        Some("NOT_AUTHORIZED" | "FORBIDDEN") => Err(ProviderError::Unauthorized.into()),
        Some("NOT_FOUND") => Err(ProviderError::NotFound.into()),
        Some("ERROR") if words.contains("api key") => Err(ProviderError::Unauthorized.into()),
        // Its words are not told, since they may repeat the key.
        Some("ERROR") => {
            let what = "the provider reports an error that is not known".to_owned();
            Err(ProviderError::Malformed { what }.into())
        }
        _ => Ok(()),
    }
}

/// The provider's own words, in lower case.
fn words(document: &Value) -> String {
    let said = ["error", "message"].into_iter().filter_map(|name| json::text(document, name));
    said.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_refuses_what_is_too_old_or_too_new() {
        for (message, expect) in [
            ("Your plan doesn't include this data timeframe. Please upgrade your plan at …", Refusal::TooOld),
            (
                "Attempted to request today's data before end of day. Please upgrade your plan at …",
                Refusal::TooNew,
            ),
            ("You are not entitled to this data. Please upgrade your plan at …", Refusal::Whole),
            ("", Refusal::Whole),
        ] {
            let document = serde_json::json!({"status": "NOT_AUTHORIZED", "message": message});
            assert_eq!(of_document(&document), expect, "{message}");
        }
    }

    #[test]
    fn an_answer_may_refuse_under_status_200() {
        let check = |document: &str, expect: Result<(), AnswerFault>| {
            assert_eq!(in_document(&json::of(document)), expect, "{document}");
        };
        check(r#"{"status":"OK","results":[]}"#, Ok(()));
        check(r#"{"status":"DELAYED"}"#, Ok(()));
        check(
            r#"{"status":"ERROR","error":"You've exceeded the maximum requests per minute, please wait"}"#,
            Err(AnswerFault::LimitReached { retry_after_s: Some(60) }),
        );
        check(r#"{"status":"ERROR","error":"Unknown API Key"}"#, Err(ProviderError::Unauthorized.into()));
        check(
            r#"{"status":"NOT_AUTHORIZED","message":"Unknown API Key"}"#,
            Err(ProviderError::Unauthorized.into()),
        );
        check(r#"{"status":"NOT_FOUND","message":"Ticker not found."}"#, Err(ProviderError::NotFound.into()));
        let what = "the provider reports an error that is not known".to_owned();
        check(
            r#"{"status":"ERROR","error":"parsing time \"x\": cannot parse"}"#,
            Err(ProviderError::Malformed { what }.into()),
        );
    }
}
