//! What the provider says when it does not answer: a sentence under `Note`, `Information` or `Error Message`.

use model::Timestamp;
use serde_json::Value;

use crate::{AnswerFault, ProviderError, json};

/// When the day of the quota ends: 05:00 in universal time, midnight in New York in winter.
///
/// The provider does not say. Some hold that it is midnight in universal time, some midnight in New York; the later of
/// them is waited for, as a refused call would cost another day.
const DAY_ENDS_AT_S: i64 = 5 * 3_600;

const DAY_S: i64 = 86_400;

/// Seconds to wait after too many calls within a short time.
const BURST_PAUSE_S: i64 = 60;

/// Whether a plan refuses what was asked for, and would give less.
pub fn is_premium(document: &Value) -> bool {
    let words = words(document);
    words.contains("premium") && !is_burst(&words) && !is_day(&words)
}

/// What an answer refuses.
///
/// # Errors
/// [`AnswerFault`] when a sentence stands in the place of data.
pub fn in_document(document: &Value, as_of: Timestamp) -> Result<(), AnswerFault> {
    let words = words(document);
    if words.is_empty() {
        return Ok(());
    }
    if is_burst(&words) {
        return Err(AnswerFault::LimitReached { retry_after_s: Some(BURST_PAUSE_S) });
    }
    if is_day(&words) {
        return Err(AnswerFault::LimitReached { retry_after_s: Some(until_next_day(as_of)) });
    }
    if words.contains("apikey is invalid or missing") || words.contains("premium") {
        return Err(ProviderError::Unauthorized.into());
    }
    if words.contains("invalid api call") {
        return Err(ProviderError::NotFound.into());
    }
    // The sentence may repeat the key in any form, so that none of it is told.
    let what = "a sentence that is not known, in the place of data".to_owned();
    Err(ProviderError::Malformed { what }.into())
}

/// Too many calls within a second or a minute. These sentences name the quota of the day as well.
fn is_burst(words: &str) -> bool {
    words.contains("more sparingly") || words.contains("api call frequency")
}

/// The quota of the day is used up.
fn is_day(words: &str) -> bool {
    words.contains("requests per day") && !is_burst(words)
}

/// Seconds until the next day of the quota begins.
fn until_next_day(as_of: Timestamp) -> i64 {
    let second = as_of.epoch_micros().div_euclid(1_000_000) - DAY_ENDS_AT_S;
    DAY_S - second.rem_euclid(DAY_S)
}

/// The provider's own words, in lower case.
fn words(document: &Value) -> String {
    let names = ["Note", "Information", "Error Message"];
    let said = names.into_iter().filter_map(|name| json::text(document, name));
    said.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2024-06-03T16:00:00Z";

    fn of(name: &str, words: &str) -> (bool, Result<(), AnswerFault>) {
        let document = serde_json::json!({ name: words });
        (is_premium(&document), in_document(&document, NOW.parse().unwrap()))
    }

    #[test]
    fn sentences_are_told_apart() {
        let limit = |seconds| Err(AnswerFault::LimitReached { retry_after_s: Some(seconds) });
        let check = |name: &str, words: &str, expect: Result<(), AnswerFault>| {
            assert_eq!(of(name, words), (false, expect), "{words}");
        };
        check(
            "Note",
            "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls per day.",
            limit(60),
        );
        check(
            "Information",
            "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly \
             (1 request per second). You may subscribe to any of the premium plans at … to lift the free key rate \
             limit (25 requests per day)",
            limit(60),
        );
        // 16:00 to 05:00 of the next day.
        check(
            "Information",
            "We have detected your API key as SECRET and our standard API rate limit is 25 requests per day. Please \
             subscribe to any of the premium plans at … to instantly remove all daily rate limits.",
            limit(13 * 3_600),
        );
        check(
            "Error Message",
            "the parameter apikey is invalid or missing. Please claim your free API key on (…)",
            Err(ProviderError::Unauthorized.into()),
        );
        check(
            "Error Message",
            "Invalid API call. Please retry or visit the documentation (…) for TIME_SERIES_DAILY.",
            Err(ProviderError::NotFound.into()),
        );
    }

    #[test]
    fn what_the_plan_does_not_give_is_refused_like_a_key() {
        for words in [
            "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to …",
            "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the \
             TIME_SERIES_DAILY endpoint.",
        ] {
            assert_eq!(of("Information", words), (true, Err(ProviderError::Unauthorized.into())));
        }
    }

    #[test]
    fn a_sentence_that_is_not_known_is_not_repeated() {
        let (_, told) = of("Information", "We have a surprise for the owner of SECRET");
        assert!(!format!("{told:?}").contains("SECRET"));
        let (_, data) = of("Meta Data", "x");
        assert_eq!(data, Ok(()));
    }

    #[test]
    fn a_day_ends_at_five() {
        for (now, hours) in
            [("2024-06-03T05:00:00Z", 24), ("2024-06-03T04:00:00Z", 1), ("2024-06-03T23:00:00Z", 6)]
        {
            assert_eq!(until_next_day(now.parse().unwrap()), hours * 3_600, "{now}");
        }
    }
}
