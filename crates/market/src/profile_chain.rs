//! Asking providers, one after the other, what is known of a symbol beside its prices.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::denial::retry;
use crate::{ProfileAnswer, ProfileRequest, Provider, ProviderError, Source};

/// The shortest time a symbol is left alone, in microseconds, should a provider name a time that is past.
const RETRY_MICROS_MIN: i64 = 1_000_000;

/// What a provider said instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who said it.
    pub source: Source,
    /// Whether asking it costs nothing, so that what it lacks is never remembered.
    pub is_local: bool,
    /// What it said.
    pub error: ProviderError,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.error)
    }
}

/// What providers said of one symbol, so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileWalk {
    /// The answer, put together from those of several providers when the first lacked the sector, and who told the
    /// sector; else who answered first.
    pub told: Option<(Source, ProfileAnswer)>,
    /// Who had no answer, in the order asked.
    pub refusals: Vec<Refusal>,
    /// How many providers were asked that are not local.
    pub provider_calls: u32,
}

impl ProfileWalk {
    /// Asks providers in their order until it is known where the symbol counts by sector: every error, and every answer
    /// that leaves the sector of a company open, lets the next one try. A later answer only fills what earlier ones
    /// left open. The walk ends when its time is up.
    pub async fn ask(&mut self, providers: &[Arc<dyn Provider>], request: &ProfileRequest, wall_ms_max: u64) {
        let deadline = Instant::now() + Duration::from_millis(wall_ms_max);
        for provider in providers.iter().filter(|provider| provider.offers().has_profiles) {
            if self.is_settled() {
                return;
            }
            let (source, is_local) = (provider.source(), provider.offers().is_local);
            self.provider_calls += u32::from(!is_local);
            // A provider that breaks down has no answer; what others say of this symbol, and of other symbols, stands.
            let asked = AssertUnwindSafe(provider.fetch_profile(request)).catch_unwind();
            let unavailable = |reason: String| ProviderError::Unavailable { reason };
            let (answer, is_over) = match timeout_at(deadline, asked).await {
                Ok(Ok(answer)) => (answer, false),
                Ok(Err(_)) => (Err(unavailable("the provider broke down".to_owned())), false),
                Err(_) => (Err(unavailable(format!("no answer within {wall_ms_max} ms"))), true),
            };
            match answer {
                Ok(answer) => self.note(source, answer),
                Err(error) => self.refusals.push(Refusal { source, is_local, error }),
            }
            if is_over {
                return;
            }
        }
    }

    fn note(&mut self, source: Source, answer: ProfileAnswer) {
        self.told = Some(match self.told.take() {
            None => (source, answer),
            Some((first, told)) => {
                let told_bucket = answer.profile.tells_bucket();
                let filled = ProfileAnswer {
                    profile: told.profile.filled_by(&answer.profile),
                    fundamentals: told.fundamentals.or(answer.fundamentals),
                };
                (if told_bucket { source } else { first }, filled)
            }
        });
    }

    /// Whether it is known where the symbol counts by sector.
    pub fn is_settled(&self) -> bool {
        self.told.as_ref().is_some_and(|(_, answer)| answer.profile.tells_bucket())
    }

    /// The refusals that count: a local source that does not have the symbol says nothing of whether there is one.
    fn said(&self) -> impl Iterator<Item = &Refusal> {
        self.refusals.iter().filter(|refusal| !(refusal.is_local && refusal.error == ProviderError::NoData))
    }

    /// Whether the symbol does not exist: nobody answered, and two providers, or the only one asked, say so.
    pub fn is_not_found(&self) -> bool {
        let not_found = self.said().filter(|refusal| refusal.error == ProviderError::NotFound).count();
        self.told.is_none() && (not_found >= 2 || (not_found == 1 && self.said().count() == 1))
    }

    /// The stable name of what stands against an answer: `not_found`, or that of the last error that is something else,
    /// or `no_provider` when nobody was asked.
    pub fn code(&self) -> &'static str {
        if self.is_not_found() {
            return ProviderError::NotFound.code();
        }
        let other = self.said().filter(|refusal| refusal.error != ProviderError::NotFound).last();
        other.or(self.refusals.last()).map_or("no_provider", |refusal| refusal.error.code())
    }

    /// Until when nobody is to be asked again about what is still open: what each provider said has its own time, and
    /// the shortest counts. Absent when nothing is to be remembered: the symbol is settled, or only local sources were
    /// asked.
    ///
    /// # Convention
    /// Does not exist 24 hours, nothing known 7 days, rate limited as long as the provider says, anything else 15
    /// minutes. When something of the symbol is known, providers that know no more of it have said all they have.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_settled() {
            return None;
        }
        let later = |micros: i64| Timestamp::from_epoch_micros(now.epoch_micros() + micros);
        let paid = self.refusals.iter().filter(|refusal| !refusal.is_local);
        if self.is_not_found() {
            return paid.map(|_| later(retry::NOT_FOUND_MICROS)).next();
        }
        let is_lasting = |error: &ProviderError| {
            self.told.is_some() && matches!(error, ProviderError::NotFound | ProviderError::NoData)
        };
        let times = paid.filter(|refusal| !is_lasting(&refusal.error)).map(|refusal| match refusal.error {
            ProviderError::NotFound => later(retry::NOT_FOUND_MICROS),
            ProviderError::NoData => later(retry::NO_DATA_MICROS),
            ProviderError::RateLimited { retry_at } => retry_at.max(later(RETRY_MICROS_MIN)),
            ProviderError::Unauthorized
            | ProviderError::Unavailable { .. }
            | ProviderError::Malformed { .. } => later(retry::UNAVAILABLE_MICROS),
        });
        times.min()
    }

    /// What each provider said that had no answer.
    pub fn describe(&self) -> String {
        if self.refusals.is_empty() {
            return "no provider of profiles is configured".to_owned();
        }
        self.refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use model::{InstrumentKind, Profile, Sector};

    use super::*;
    use crate::{HistoryAnswer, HistoryRequest, Offers, Urgency};

    /// Answers always the same.
    #[derive(Debug)]
    struct Parrot(Source, Result<Profile, ProviderError>);

    impl Provider for Parrot {
        fn source(&self) -> Source {
            self.0
        }

        fn offers(&self) -> Offers {
            Offers { has_history: false, has_profiles: true, is_local: self.0 == Source::Files }
        }

        fn fetch_history<'a>(
            &'a self,
            _: &'a HistoryRequest,
        ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
            unreachable!("only profiles are asked for")
        }

        fn fetch_profile<'a>(
            &'a self,
            _: &'a ProfileRequest,
        ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
            let said = self.1.clone().map(|profile| ProfileAnswer { profile, fundamentals: None });
            std::future::ready(said).boxed()
        }
    }

    const NOW: Timestamp = Timestamp::from_epoch_micros(0);

    fn unavailable() -> ProviderError {
        ProviderError::Unavailable { reason: "reset".into() }
    }

    fn limited(seconds: i64) -> ProviderError {
        ProviderError::RateLimited { retry_at: NOW.plus_seconds(seconds) }
    }

    fn of(sector: Option<Sector>) -> Profile {
        Profile { name: Some("Acme".into()), sector, ..Profile::default() }
    }

    async fn walk(said: &[(Source, Result<Profile, ProviderError>)]) -> ProfileWalk {
        let parrot = |(source, said): &(Source, Result<Profile, ProviderError>)| -> Arc<dyn Provider> {
            Arc::new(Parrot(*source, said.clone()))
        };
        let providers: Vec<Arc<dyn Provider>> = said.iter().map(parrot).collect();
        let request =
            ProfileRequest { symbol: "ACME".parse().unwrap(), as_of: NOW, urgency: Urgency::Interactive };
        let mut walk = ProfileWalk::default();
        walk.ask(&providers, &request, 1_000).await;
        walk
    }

    #[tokio::test]
    async fn a_failure_has_a_name_and_a_time_to_ask_again() {
        use ProviderError::{NoData, NotFound, Unauthorized};
        use Source::{Files, Fmp, Polygon, Yahoo};
        let check = async |said: &[(Source, ProviderError)], code: &str, after_s: Option<i64>| {
            let said: Vec<_> = said.iter().map(|(source, error)| (*source, Err(error.clone()))).collect();
            let walk = walk(&said).await;
            assert_eq!((walk.code(), walk.retry_at(NOW)), (code, after_s.map(|s| NOW.plus_seconds(s))));
        };
        const DAY: i64 = 86_400;
        check(&[], "no_provider", None).await;
        check(&[(Files, NoData)], "no_data", None).await;
        check(&[(Yahoo, NotFound)], "not_found", Some(DAY)).await;
        check(&[(Files, NoData), (Yahoo, NotFound)], "not_found", Some(DAY)).await;
        check(&[(Yahoo, NotFound), (Polygon, unavailable()), (Fmp, NotFound)], "not_found", Some(DAY)).await;
        check(&[(Yahoo, NotFound), (Polygon, unavailable())], "unavailable", Some(900)).await;
        check(&[(Yahoo, NotFound), (Polygon, NoData)], "no_data", Some(DAY)).await;
        check(&[(Yahoo, NoData)], "no_data", Some(7 * DAY)).await;
        check(&[(Yahoo, limited(60)), (Polygon, Unauthorized)], "unauthorized", Some(60)).await;
        check(&[(Yahoo, limited(-60))], "rate_limited", Some(1)).await;
        check(&[(Yahoo, limited(7_200)), (Polygon, NotFound)], "rate_limited", Some(7_200)).await;
    }

    #[tokio::test]
    async fn an_answer_without_a_sector_is_filled_by_the_next_provider() {
        use Source::{Fmp, Polygon, Yahoo};
        let energy = Some(Sector::Energy);
        let other = Profile { name: Some("ACME INC".into()), sector: energy, ..Profile::default() };
        let settled = walk(&[(Yahoo, Ok(of(energy))), (Polygon, Err(unavailable()))]).await;
        assert_eq!((settled.provider_calls, settled.refusals.len()), (1, 0));
        let filled = walk(&[(Yahoo, Ok(of(None))), (Polygon, Err(unavailable())), (Fmp, Ok(other))]).await;
        let (source, answer) = filled.told.clone().unwrap();
        assert_eq!((source, answer.profile), (Fmp, of(energy)));
        assert_eq!((filled.provider_calls, filled.retry_at(NOW)), (3, None));
        let open = walk(&[(Yahoo, Ok(of(None))), (Polygon, Err(limited(60)))]).await;
        assert_eq!(open.told.clone().map(|told| told.0), Some(Yahoo));
        assert_eq!((open.code(), open.retry_at(NOW)), ("rate_limited", Some(NOW.plus_seconds(60))));
        let all_said = walk(&[(Yahoo, Ok(of(None))), (Polygon, Err(ProviderError::NotFound))]).await;
        assert!(!all_said.is_not_found());
        assert_eq!(all_said.retry_at(NOW), None);
    }

    #[tokio::test]
    async fn a_fund_is_settled_without_a_sector() {
        let fund = Profile { kind: Some(InstrumentKind::Etf), ..Profile::default() };
        let walk = walk(&[(Source::Yahoo, Ok(fund)), (Source::Fmp, Ok(of(Some(Sector::Energy))))]).await;
        assert_eq!(walk.provider_calls, 1);
    }

    #[tokio::test]
    async fn what_a_local_source_says_costs_nothing() {
        let energy = of(Some(Sector::Energy));
        let walk = walk(&[(Source::Files, Ok(of(None))), (Source::Yahoo, Ok(energy.clone()))]).await;
        assert_eq!((walk.provider_calls, walk.told.map(|told| told.1.profile)), (1, Some(energy)));
    }
}
