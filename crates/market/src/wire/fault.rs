//! What went wrong with a call, in words that hold no address and no key.

use std::error::Error;

use super::CallLimits;
use crate::ProviderError;

/// Characters of a provider's own words that are kept.
const TEXT_CHARS_MAX: usize = 200;

/// What the reader of an answer found instead of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// The provider says in its own words that a limit is reached.
    LimitReached {
        /// Seconds to wait, when it says so.
        retry_after_s: Option<i64>,
    },
    /// Anything else.
    Failed(ProviderError),
}

impl From<ProviderError> for AnswerFault {
    fn from(error: ProviderError) -> AnswerFault {
        AnswerFault::Failed(error)
    }
}

pub(super) fn unavailable(reason: String) -> AnswerFault {
    AnswerFault::Failed(ProviderError::Unavailable { reason })
}

pub(super) fn malformed(what: String) -> AnswerFault {
    AnswerFault::Failed(ProviderError::Malformed { what })
}

/// The first part of a provider's own words, on one line.
pub(crate) fn shorten(text: &str) -> String {
    let clean = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let mut kept: String = clean.take(TEXT_CHARS_MAX).collect();
    if text.chars().count() > TEXT_CHARS_MAX {
        kept.push('…');
    }
    kept
}

/// What stopped a call on its way. The client's own text is not used, as it holds the address.
pub(super) fn of_transport(error: reqwest::Error, limits: &CallLimits) -> AnswerFault {
    if error.is_timeout() && error.is_connect() {
        return unavailable(format!("no connection within {} ms", limits.connect_timeout_ms));
    }
    if error.is_timeout() {
        return unavailable(format!("no answer within {} ms", limits.total_timeout_ms));
    }
    let step = match () {
        () if error.is_connect() => "no connection",
        () if error.is_body() || error.is_decode() => "the answer breaks off",
        () if error.is_builder() => return malformed("the call cannot be put into words of HTTP".to_owned()),
        () => "the call failed",
    };
    unavailable(format!("{step}: {}", root_cause(&error)))
}

/// The innermost cause, which names no address.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "no further cause is known".to_owned(), |cause| shorten(&cause.to_string()))
}
