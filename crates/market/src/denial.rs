//! What providers said instead of bars, and what is made of it when none of them had an answer.

use model::Timestamp;

use crate::{ProviderError, Source};

/// How long a failure is remembered before a provider is asked again.
pub mod retry {
    /// A symbol that does not exist, in microseconds.
    pub const NOT_FOUND_MICROS: i64 = 24 * 3_600 * 1_000_000;
    /// A provider that could not be reached, refused our key or answered nonsense, in microseconds.
    pub const UNAVAILABLE_MICROS: i64 = 15 * 60 * 1_000_000;
    /// A provider that has nothing, in microseconds.
    pub const NO_DATA_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;
}

/// What a provider said instead of bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Who said it.
    pub source: Source,
    /// What it said.
    pub error: ProviderError,
    /// When it was said earlier: until when the provider is not asked about the symbol.
    pub rests_until: Option<Timestamp>,
}

impl Denial {
    /// What a provider said just now.
    pub fn now(source: Source, error: ProviderError) -> Denial {
        Denial { source, error, rests_until: None }
    }

    /// When the provider is worth asking again about the symbol; absent when asking costs nothing.
    ///
    /// # Convention
    /// Does not exist 24 hours, nothing in the range 7 days, rate limited as long as the provider says, anything else
    /// 15 minutes. What was said earlier keeps the time it had.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.source == Source::Files {
            return None;
        }
        let later = |micros: i64| Timestamp::from_epoch_micros(now.epoch_micros() + micros);
        Some(self.rests_until.unwrap_or_else(|| match &self.error {
            ProviderError::NotFound => later(retry::NOT_FOUND_MICROS),
            ProviderError::NoData => later(retry::NO_DATA_MICROS),
            ProviderError::RateLimited { retry_at } => (*retry_at).max(later(1)),
            ProviderError::Unauthorized
            | ProviderError::Unavailable { .. }
            | ProviderError::Malformed { .. } => later(retry::UNAVAILABLE_MICROS),
        }))
    }
}

/// No provider had an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.describe())]
pub struct ChainFailure {
    /// What each provider said, in order.
    pub denials: Vec<Denial>,
    /// Whether a provider on the network had bars of the symbol all the same.
    pub is_answered: bool,
}

impl ChainFailure {
    /// Whether the symbol does not exist: two providers, or the only one configured, say so, and none has anything.
    pub fn is_not_found(&self) -> bool {
        if self.is_answered || self.denials.iter().any(|denial| denial.error == ProviderError::NoData) {
            return false;
        }
        let not_found = self.denials.iter().filter(|denial| denial.error == ProviderError::NotFound).count();
        not_found >= 2 || (not_found == 1 && self.denials.len() == 1)
    }

    /// The stable name of the failure: `not_found`, or that of the last error, or `no_provider`.
    pub fn code(&self) -> &'static str {
        if self.is_not_found() {
            return ProviderError::NotFound.code();
        }
        let other = self.denials.iter().rev().find(|denial| denial.error != ProviderError::NotFound);
        other.or(self.denials.last()).map_or("no_provider", |denial| denial.error.code())
    }

    /// When the first of the providers is worth asking again; absent when asking costs nothing.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.denials.iter().filter_map(|denial| denial.retry_at(now)).min()
    }

    /// Whether no provider on the network was asked, since all of them had failed not long before.
    pub fn is_remembered(&self) -> bool {
        let mut on_network = self.denials.iter().filter(|denial| denial.source != Source::Files).peekable();
        on_network.peek().is_some() && on_network.all(|denial| denial.rests_until.is_some())
    }

    fn describe(&self) -> String {
        if self.denials.is_empty() {
            return "no provider is configured".to_owned();
        }
        let said: Vec<String> =
            self.denials.iter().map(|denial| format!("{}: {}", denial.source, denial.error)).collect();
        said.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_unknown_only_when_enough_providers_say_so() {
        let unavailable = ProviderError::Unavailable { reason: "reset".into() };
        let check = |errors: &[&ProviderError], is_not_found, code| {
            let denials = errors.iter().map(|error| Denial::now(Source::Files, (*error).clone())).collect();
            let failure = ChainFailure { denials, is_answered: false };
            assert_eq!((failure.is_not_found(), failure.code()), (is_not_found, code));
        };
        check(&[&ProviderError::NotFound], true, "not_found");
        check(&[&ProviderError::NotFound, &unavailable], false, "unavailable");
        check(&[&ProviderError::NotFound, &unavailable, &ProviderError::NotFound], true, "not_found");
        check(&[], false, "no_provider");
    }

    #[test]
    fn a_failure_is_asked_about_again_when_the_first_of_its_reasons_may_be_over() {
        let now = Timestamp::from_epoch_micros(1_000);
        let limited = ProviderError::RateLimited { retry_at: Timestamp::from_epoch_micros(5_000) };
        let broken = ProviderError::Unavailable { reason: "reset".into() };
        let check = |errors: &[(Source, &ProviderError)], micros: Option<i64>| {
            let denials = errors.iter().map(|(source, error)| Denial::now(*source, (*error).clone()));
            let failure = ChainFailure { denials: denials.collect(), is_answered: false };
            let expected = micros.map(|micros| Timestamp::from_epoch_micros(1_000 + micros));
            assert_eq!(failure.retry_at(now), expected);
        };
        check(&[(Source::Files, &ProviderError::NotFound)], None);
        check(&[(Source::Yahoo, &ProviderError::NotFound)], Some(retry::NOT_FOUND_MICROS));
        check(&[(Source::Yahoo, &broken)], Some(retry::UNAVAILABLE_MICROS));
        check(&[(Source::Yahoo, &broken), (Source::Polygon, &limited)], Some(4_000));
        check(&[(Source::Yahoo, &ProviderError::NoData)], Some(retry::NO_DATA_MICROS));
    }

    #[test]
    fn what_was_said_earlier_keeps_its_time_and_counts_like_what_is_said_now() {
        let now = Timestamp::from_epoch_micros(1_000);
        let at = Timestamp::from_epoch_micros(7_000);
        let earlier = Denial { source: Source::Yahoo, error: ProviderError::NotFound, rests_until: Some(at) };
        let remembered = ChainFailure { denials: vec![earlier.clone()], is_answered: false };
        assert_eq!((remembered.retry_at(now), remembered.is_remembered()), (Some(at), true));
        let later = Denial::now(Source::Polygon, ProviderError::NotFound);
        let both = ChainFailure { denials: vec![earlier, later], is_answered: false };
        assert!(both.is_not_found() && !both.is_remembered());
        assert_eq!(both.retry_at(now), Some(at));
    }
}
