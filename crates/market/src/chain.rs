//! Providers in the order they are asked.

use std::sync::Arc;

use crate::{HistoryAnswer, HistoryRequest, Provider, ProviderError, Source};

/// Providers in the order they are asked.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    providers: Vec<Arc<dyn Provider>>,
}

/// An answer and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who answered.
    pub source: Source,
    /// What it answered.
    pub answer: HistoryAnswer,
    /// How many providers were asked, the one that answered included.
    pub provider_calls: u32,
}

/// No provider had an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.describe())]
pub struct ChainFailure {
    /// What each provider said, in order.
    pub errors: Vec<(Source, ProviderError)>,
}

impl ChainFailure {
    /// Whether the symbol does not exist: two providers, or the only one configured, say so.
    pub fn is_not_found(&self) -> bool {
        let not_found = self.errors.iter().filter(|(_, error)| *error == ProviderError::NotFound).count();
        not_found >= 2 || (not_found == 1 && self.errors.len() == 1)
    }

    /// The stable name of the failure: `not_found`, or that of the last error, or `no_provider`.
    pub fn code(&self) -> &'static str {
        if self.is_not_found() {
            return ProviderError::NotFound.code();
        }
        let error = self.errors.iter().rev().find(|(_, error)| *error != ProviderError::NotFound);
        error.or(self.errors.last()).map_or("no_provider", |(_, error)| error.code())
    }

    fn describe(&self) -> String {
        if self.errors.is_empty() {
            return "no provider is configured".to_owned();
        }
        let said: Vec<String> =
            self.errors.iter().map(|(source, error)| format!("{source}: {error}")).collect();
        said.join("; ")
    }
}

impl Chain {
    /// A chain of providers in the order they are asked.
    pub fn new(providers: Vec<Arc<dyn Provider>>) -> Chain {
        Chain { providers }
    }

    /// The providers, in order.
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.providers
    }

    /// Asks one provider after the other until one answers; every error lets the next one try.
    ///
    /// # Errors
    /// [`ChainFailure`] with what each of them said.
    pub async fn fetch_history(&self, request: &HistoryRequest) -> Result<Answered, ChainFailure> {
        let mut errors = Vec::new();
        for provider in &self.providers {
            match provider.fetch_history(request).await {
                Ok(answer) => {
                    let provider_calls = errors.len() as u32 + 1;
                    return Ok(Answered { source: provider.source(), answer, provider_calls });
                }
                Err(error) => errors.push((provider.source(), error)),
            }
        }
        Err(ChainFailure { errors })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_unknown_only_when_enough_providers_say_so() {
        let unavailable = ProviderError::Unavailable { reason: "reset".into() };
        let check = |errors: &[&ProviderError], is_not_found, code| {
            let errors = errors.iter().map(|error| (Source::Files, (*error).clone())).collect();
            let failure = ChainFailure { errors };
            assert_eq!((failure.is_not_found(), failure.code()), (is_not_found, code));
        };
        check(&[&ProviderError::NotFound], true, "not_found");
        check(&[&ProviderError::NotFound, &unavailable], false, "unavailable");
        check(&[&ProviderError::NotFound, &unavailable, &ProviderError::NotFound], true, "not_found");
        check(&[], false, "no_provider");
    }
}
