//! What jobs are asked, as it is stored with them.

use model::{Date, Symbol};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::JobKind;
use crate::{AppError, RefreshRequest};

/// What a job is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobInput {
    /// To refresh portfolios.
    Refresh(RefreshInput),
    /// To make a symbol known.
    OnboardSymbol(OnboardInput),
    /// To learn profiles.
    PrefetchProfiles(ProfilesInput),
    /// To fetch prices.
    FetchPrices(FetchInput),
}

/// What a refresh is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshInput {
    /// One portfolio by name; all of the owner's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio: Option<String>,
    /// Compute again from this date on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether the network must not be used.
    #[serde(default, skip_serializing_if = "is_false")]
    pub offline: bool,
    /// Whether the risk figures of all sessions are wanted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full_analytics: bool,
}

/// What an onboarding is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnboardInput {
    /// The symbol.
    pub symbol: String,
    /// The earliest entry date of a holder, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// What a job about profiles is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfilesInput {
    /// The symbols.
    pub symbols: Vec<String>,
    /// Whether the network must not be used.
    #[serde(default, skip_serializing_if = "is_false")]
    pub offline: bool,
}

/// What a job about prices is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchInput {
    /// The symbols.
    pub symbols: Vec<String>,
    /// First date.
    pub from: String,
    /// Last date.
    pub to: String,
    /// Whether to ask whatever the cache holds.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force: bool,
    /// Whether the network must not be used.
    #[serde(default, skip_serializing_if = "is_false")]
    pub offline: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl JobInput {
    /// The kind of the job.
    pub const fn kind(&self) -> JobKind {
        match self {
            JobInput::Refresh(_) => JobKind::Refresh,
            JobInput::OnboardSymbol(_) => JobKind::OnboardSymbol,
            JobInput::PrefetchProfiles(_) => JobKind::PrefetchProfiles,
            JobInput::FetchPrices(_) => JobKind::FetchPrices,
        }
    }

    /// Reads the input of a kind of job.
    ///
    /// # Errors
    /// [`AppError::KindUnavailable`] for a kind that nothing works on yet, [`AppError::Invalid`] for an input that makes
    /// no sense.
    pub fn parse(kind: JobKind, input: &Value) -> Result<JobInput, AppError> {
        let read = input.clone();
        let wrong = |error: serde_json::Error| AppError::Invalid {
            field: "input",
            message: format!("{kind}: {error}"),
        };
        match kind {
            JobKind::Refresh => serde_json::from_value(read).map(JobInput::Refresh).map_err(wrong),
            JobKind::OnboardSymbol => {
                serde_json::from_value(read).map(JobInput::OnboardSymbol).map_err(wrong)
            }
            JobKind::PrefetchProfiles => {
                serde_json::from_value(read).map(JobInput::PrefetchProfiles).map_err(wrong)
            }
            JobKind::FetchPrices => serde_json::from_value(read).map(JobInput::FetchPrices).map_err(wrong),
            JobKind::Screen | JobKind::Simulation => Err(AppError::KindUnavailable { kind: kind.as_str() }),
        }
    }

    /// The input as it is stored: the same input gives the same text.
    pub fn text(&self) -> String {
        let text = match self {
            JobInput::Refresh(input) => serde_json::to_string(input),
            JobInput::OnboardSymbol(input) => serde_json::to_string(input),
            JobInput::PrefetchProfiles(input) => serde_json::to_string(input),
            JobInput::FetchPrices(input) => serde_json::to_string(input),
        };
        text.expect("invariant: texts, lists of texts and booleans can be written as JSON")
    }

    /// The hash of kind and input, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.kind(), self.text()));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the network must not be used.
    pub(super) const fn is_offline(&self) -> bool {
        match self {
            JobInput::Refresh(input) => input.offline,
            JobInput::PrefetchProfiles(input) => input.offline,
            JobInput::FetchPrices(input) => input.offline,
            JobInput::OnboardSymbol(_) => false,
        }
    }

    /// The names of the units that are known when the job is made; a refresh finds its portfolios when it begins.
    pub(super) fn units(&self) -> Vec<String> {
        match self {
            JobInput::Refresh(_) => Vec::new(),
            JobInput::OnboardSymbol(input) => vec![input.symbol.clone()],
            JobInput::PrefetchProfiles(ProfilesInput { symbols, .. })
            | JobInput::FetchPrices(FetchInput { symbols, .. }) => symbols.clone(),
        }
    }
}

impl RefreshInput {
    /// What a request asks, as a job is asked it.
    pub fn of(request: &RefreshRequest, is_offline: bool) -> RefreshInput {
        RefreshInput {
            portfolio: request.portfolio.clone(),
            from: request.from.map(|date| date.to_string()),
            to: request.to.map(|date| date.to_string()),
            offline: is_offline,
            full_analytics: request.is_full_analytics,
        }
    }

    /// The request that this is.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when a date makes no sense.
    pub fn request(&self) -> Result<RefreshRequest, AppError> {
        Ok(RefreshRequest {
            portfolio: self.portfolio.clone(),
            from: self.from.as_deref().map(|text| date("from", text)).transpose()?,
            to: self.to.as_deref().map(|text| date("to", text)).transpose()?,
            is_dry_run: false,
            is_full_analytics: self.full_analytics,
        })
    }
}

/// Reads a date of an input.
pub(super) fn date(field: &'static str, text: &str) -> Result<Date, AppError> {
    text.parse().map_err(|error| AppError::Invalid { field, message: format!("{field}: {error}") })
}

/// Reads the symbols of an input, each once.
pub(super) fn symbols(texts: &[String]) -> Result<Vec<Symbol>, AppError> {
    let mut symbols = Vec::with_capacity(texts.len());
    for text in texts {
        let read: Result<Symbol, _> = text.parse();
        let symbol = read
            .map_err(|error| AppError::Invalid { field: "symbols", message: format!("{text:?}: {error}") })?;
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    Ok(symbols)
}
