//! What can go wrong when a provider is asked.

use model::Timestamp;

/// Why a provider gave no data. Texts never hold keys or addresses with keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider knows no such symbol.
    #[error("no such symbol")]
    NotFound,
    /// The provider knows the symbol and has nothing in the range asked.
    #[error("no data in the range asked")]
    NoData,
    /// The provider will not be asked again before `retry_at`.
    #[error("rate limited until {retry_at}")]
    RateLimited {
        /// When it may be asked again.
        retry_at: Timestamp,
    },
    /// The provider refused our key.
    #[error("the provider refused the key")]
    Unauthorized,
    /// The provider could not be reached or failed; asking again may help.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// What failed.
        reason: String,
    },
    /// The answer could not be understood.
    #[error("malformed answer: {what}")]
    Malformed {
        /// What was wrong, and where.
        what: String,
    },
}

impl ProviderError {
    /// The stable name used in storage and answers.
    pub const fn code(&self) -> &'static str {
        match self {
            ProviderError::NotFound => "not_found",
            ProviderError::NoData => "no_data",
            ProviderError::RateLimited { .. } => "rate_limited",
            ProviderError::Unauthorized => "unauthorized",
            ProviderError::Unavailable { .. } => "unavailable",
            ProviderError::Malformed { .. } => "malformed",
        }
    }

    /// The error of a stable name, its text, and the time until which a limit holds, as they are stored. A name that
    /// nobody knows any more stands for a provider that was not available.
    pub fn from_stored(code: &str, text: &str, retry_at: Option<Timestamp>) -> ProviderError {
        let told = |prefix: &str| text.strip_prefix(prefix).unwrap_or(text).to_owned();
        match (code, retry_at) {
            ("not_found", _) => ProviderError::NotFound,
            ("no_data", _) => ProviderError::NoData,
            ("rate_limited", Some(retry_at)) => ProviderError::RateLimited { retry_at },
            ("unauthorized", _) => ProviderError::Unauthorized,
            ("malformed", _) => ProviderError::Malformed { what: told("malformed answer: ") },
            _ => ProviderError::Unavailable { reason: told("unavailable: ") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_was_stored_reads_as_it_was_said() {
        let retry_at = Timestamp::from_epoch_micros(1_700_000_000_000_000);
        for error in [
            ProviderError::NotFound,
            ProviderError::NoData,
            ProviderError::RateLimited { retry_at },
            ProviderError::Unauthorized,
            ProviderError::Unavailable { reason: "connection reset".into() },
            ProviderError::Malformed { what: "no JSON".into() },
        ] {
            assert_eq!(ProviderError::from_stored(error.code(), &error.to_string(), Some(retry_at)), error);
        }
    }
}
