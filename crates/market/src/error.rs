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
}
