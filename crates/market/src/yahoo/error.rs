//! The source's own words for what went wrong.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{AnswerFault, ProviderError, Reply};

/// What the source says when it asks for a pause, in place of an answer or of a crumb.
const LIMIT_WORDS: &str = "too many requests";
/// Statuses that are read here instead of on the wire. 403 and 999 without an error of the source's own come from the
/// guard in front of it, which turns away callers that ask too much.
pub const OWN_STATUSES: &[u16] = &[401, 403, 999];

/// The error of an answer.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    code: Option<String>,
    description: Option<String>,
}

impl ErrorBody {
    /// What it means.
    pub fn fault(&self) -> AnswerFault {
        let code = self.code.as_deref().unwrap_or_default();
        let description = self.description.as_deref().unwrap_or_default();
        let says = |words: &str| description.to_ascii_lowercase().contains(words);
        if code.eq_ignore_ascii_case(LIMIT_WORDS) || says(LIMIT_WORDS) {
            return AnswerFault::LimitReached { retry_after_s: None };
        }
        let error = match code {
            // The symbol is there and lacks what was asked for.
            "Not Found" if says("no fundamentals data") => ProviderError::NoData,
            "Not Found" => ProviderError::NotFound,
            "Bad Request" if says("data doesn't exist") || says("no data found") => ProviderError::NoData,
            "Unauthorized" => ProviderError::Unauthorized,
            "internal-error" | "Internal Server Error" => {
                ProviderError::Unavailable { reason: format!("{code}: {description}") }
            }
            _ => ProviderError::Malformed { what: format!("the source says {code:?}: {description}") },
        };
        error.into()
    }

    /// Whether the crumb or its cookie is refused, which a new one mends.
    pub fn is_stale_crumb(&self) -> bool {
        let description = self.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        description.contains("crumb") || description.contains("cookie")
    }
}

/// The answer read as JSON, or what a text in its place means.
pub fn json<T: DeserializeOwned>(reply: &Reply) -> Result<T, AnswerFault> {
    if says_limit(&reply.text()) || (!reply.looks_like_json() && matches!(reply.status(), 403 | 999)) {
        return Err(AnswerFault::LimitReached { retry_after_s: reply.retry_after_s() });
    }
    if !reply.looks_like_json() && reply.status() == 401 {
        return Err(ProviderError::Unauthorized.into());
    }
    Ok(reply.json()?)
}

/// Whether a text that is no JSON asks for a pause.
pub fn says_limit(text: &str) -> bool {
    // Such texts are short; a page of HTML that merely holds the words is told by its status.
    text.len() < 1_000
        && !text.trim_start().starts_with(['{', '['])
        && text.to_ascii_lowercase().contains(LIMIT_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yahoo::chart;

    /// What comes of a body in place of a chart, by the code of the error, or `limit`.
    fn check(status: u16, body: &str, expected: &str) {
        let code = match chart::read(&Reply::of(status, body), "ACME", chart::DAILY).unwrap_err() {
            AnswerFault::LimitReached { .. } => "limit",
            AnswerFault::Failed(error) => error.code(),
        };
        assert_eq!(code, expected, "{status} {body}");
    }

    fn told(envelope: &str, code: &str, description: &str) -> String {
        format!(
            r#"{{"{envelope}":{{"result":null,"error":{{"code":"{code}","description":"{description}"}}}}}}"#
        )
    }

    #[test]
    fn the_sources_own_words_are_understood() {
        check(404, &told("chart", "Not Found", "No data found, symbol may be delisted"), "not_found");
        check(404, &told("chart", "Not Found", "No fundamentals data found for any"), "no_data");
        check(
            400,
            &told("chart", "Bad Request", "Data doesn't exist for startDate = 1, endDate = 2"),
            "no_data",
        );
        check(
            400,
            &told("chart", "Bad Request", "Invalid input - start date cannot be after end date."),
            "malformed",
        );
        check(422, &told("chart", "Unprocessable Entity", "1m data not available"), "malformed");
        check(401, &told("finance", "Unauthorized", "Invalid Crumb"), "unauthorized");
        check(200, &told("finance", "Too Many Requests", "slow down"), "limit");
        check(200, &told("finance", "internal-error", "no luck"), "unavailable");
        check(200, &told("chart", "Something New", ""), "malformed");
        check(200, r#"{"chart":{"result":null,"error":{}}}"#, "malformed");
    }

    #[test]
    fn texts_in_place_of_json_are_told_apart() {
        check(200, "Too Many Requests\r\n", "limit");
        check(200, "Edge: Too Many Requests", "limit");
        check(403, "<html>Access denied</html>", "limit");
        check(999, "<html></html>", "limit");
        check(401, "<html></html>", "unauthorized");
        // Somebody else's page does not mean that the symbol does not exist.
        check(404, "<html>Not found</html>", "malformed");
        check(200, "<html></html>", "malformed");
        check(200, "", "unavailable");
    }
}
