//! Why nothing, or not everything, was learned of a symbol.

use std::fmt;

use market::{ChainFailure, Denial, ProviderError};
use model::Timestamp;

use super::memory::Remembered;

/// Why nothing, or not everything, was learned of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchFailure {
    /// The stable name: that of a provider's error, `no_provider`, `offline`, or `fetched_elsewhere`.
    pub code: &'static str,
    /// What each provider said.
    pub message: String,
    /// When the providers will be asked again; absent means whenever somebody asks.
    pub retry_at: Option<Timestamp>,
    /// Whether this was said earlier, and nobody was asked now.
    pub is_remembered: bool,
    /// What each provider said, in order: now, or earlier while others were asked; empty when nobody was.
    pub denials: Vec<Denial>,
}

impl FetchFailure {
    /// What the providers said just now, and what those said earlier that were not to be asked.
    pub fn of_chain(failure: &ChainFailure, now: Timestamp) -> FetchFailure {
        FetchFailure {
            code: failure.code(),
            message: failure.to_string(),
            retry_at: failure.retry_at(now),
            is_remembered: failure.is_remembered(),
            denials: failure.denials.clone(),
        }
    }

    /// What they said earlier.
    pub(crate) fn of_memory(failure: &Remembered) -> FetchFailure {
        FetchFailure {
            code: failure.code,
            message: failure.message.clone(),
            retry_at: failure.retry_at,
            is_remembered: true,
            denials: Vec::new(),
        }
    }

    /// Another process is at it for longer than is worth waiting for.
    pub(crate) fn busy(until: Option<Timestamp>) -> FetchFailure {
        FetchFailure {
            code: "fetched_elsewhere",
            message: "another process is fetching the symbol and does not come to an end".to_owned(),
            retry_at: until,
            is_remembered: true,
            denials: Vec::new(),
        }
    }

    /// The providers know the symbol and have no price of it.
    pub(crate) fn no_prices() -> FetchFailure {
        FetchFailure {
            code: "no_data",
            message: "the providers know the symbol and have no price of it".to_owned(),
            retry_at: None,
            is_remembered: false,
            denials: Vec::new(),
        }
    }

    /// The cache does not hold it, and the network must not be used.
    pub(crate) fn offline() -> FetchFailure {
        FetchFailure {
            code: "offline",
            message: "not in the cache, and without the network it cannot be fetched".to_owned(),
            retry_at: None,
            is_remembered: true,
            denials: Vec::new(),
        }
    }

    /// The cache does not hold it, and nobody was asked.
    pub(crate) fn not_cached() -> FetchFailure {
        FetchFailure {
            code: "not_cached",
            message: "not in the cache".to_owned(),
            retry_at: None,
            is_remembered: true,
            denials: Vec::new(),
        }
    }

    /// Whether the symbol does not exist, as far as the providers can tell.
    pub fn is_not_found(&self) -> bool {
        self.code == ProviderError::NotFound.code()
    }
}

impl fmt::Display for FetchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.retry_at {
            Some(retry_at) => write!(f, " (asked again from {retry_at} on)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FetchFailure {}
