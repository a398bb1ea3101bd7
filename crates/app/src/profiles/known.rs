//! What is known of symbols, and what of it is to be asked again. Pure, but for the loading.

use std::sync::Arc;

use market::{Chain, ProfileWalk, Provider, Source};
use model::{Date, Instrument, InstrumentKind, Sector, SectorBucket, Symbol, Timestamp};
use store::profiles::{ProfileFailure, StoredFundamentals, StoredProfile};

use super::NoSector;
use crate::instruments::option_symbol;
use crate::{AppError, Context};

/// How long a profile is good.
const PROFILE_DAYS: i32 = 30;
/// Figures are asked for again so many days after an earnings date, when the sources have taken them in.
const EARNINGS_DAYS: i32 = 3;
/// What was noted further in the future than this was noted by a clock that has jumped since, and counts for nothing.
const CLOCK_DAYS_MAX: i32 = 1;

const DAY_MICROS: i64 = 86_400_000_000;

/// What is known of one symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownSymbol {
    pub symbol: Symbol,
    pub instrument: Option<Instrument>,
    pub profile: Option<StoredProfile>,
    pub fundamentals: Option<StoredFundamentals>,
    pub failure: Option<ProfileFailure>,
    /// Code and text of what was said just now and is not remembered.
    pub said: Option<(&'static str, String)>,
}

/// Loads what is known of symbols, one for each, in their order.
pub async fn load(ctx: &Context, symbols: &[Symbol]) -> Result<Vec<KnownSymbol>, AppError> {
    let mut state = store::profiles::state(ctx.store()?, symbols, ctx.clock.now()).await?;
    let known = symbols.iter().map(|symbol| {
        let instrument = state.instruments.remove(symbol);
        let id = instrument.as_ref().map(|instrument| instrument.id);
        KnownSymbol {
            symbol: symbol.clone(),
            profile: id.and_then(|id| state.profiles.remove(&id)),
            fundamentals: id.and_then(|id| state.fundamentals.remove(&id)),
            failure: state.failures.remove(symbol),
            said: None,
            instrument,
        }
    });
    Ok(known.collect())
}

/// Days from one instant to another, rounded down; negative when it lies before.
fn days_between(earlier: Timestamp, later: Timestamp) -> i64 {
    (later.epoch_micros() - earlier.epoch_micros()).div_euclid(DAY_MICROS)
}

impl KnownSymbol {
    /// What it is; what nobody has told is a stock, unless the symbol itself says otherwise.
    pub fn kind(&self) -> InstrumentKind {
        match &self.instrument {
            _ if self.symbol.is_cash_like() => InstrumentKind::Private,
            Some(instrument) => instrument.kind,
            None if option_symbol(&self.symbol).is_some() => InstrumentKind::Option,
            None => InstrumentKind::Stock,
        }
    }

    /// Its sector, or why there is none.
    pub fn sector(&self) -> Result<Sector, NoSector> {
        let sector = self.profile.as_ref().and_then(|stored| stored.profile.sector);
        match SectorBucket::of(self.kind(), sector) {
            SectorBucket::Sector(sector) => Ok(sector),
            SectorBucket::Unknown => Err(self.reason()),
            bucket => Err(NoSector::OtherKind(bucket)),
        }
    }

    fn reason(&self) -> NoSector {
        if let Some(failure) = &self.failure {
            return NoSector::Failed {
                code: failure.code.clone(),
                message: failure.message.clone(),
                retry_at: Some(failure.retry_at),
            };
        }
        match &self.said {
            _ if self.profile.is_some() => NoSector::NotTold,
            Some((code, message)) => {
                NoSector::Failed { code: (*code).to_owned(), message: message.clone(), retry_at: None }
            }
            None => {
                let nobody = ProfileWalk::default();
                let (code, message) = (nobody.code().to_owned(), nobody.describe());
                NoSector::Failed { code, message, retry_at: None }
            }
        }
    }

    /// Whether somebody is to be asked: a provider whose calls cost something when that is due, and a local source on
    /// every occasion, since it may have been edited.
    pub fn is_to_be_asked(&self, ctx: &Context, now: Timestamp) -> bool {
        (self.is_due(now) && has_paid_provider(ctx)) || !self.local_providers(ctx, now).is_empty()
    }

    /// Whether providers are to be asked whose calls cost something. Only companies have a sector and figures.
    pub fn is_due(&self, now: Timestamp) -> bool {
        if self.kind() != InstrumentKind::Stock {
            return false;
        }
        let is_true = |at: Timestamp| days_between(at, now) >= -i64::from(CLOCK_DAYS_MAX);
        let failure = self.failure.as_ref().filter(|failure| is_true(failure.failed_at));
        if failure.is_some_and(|failure| now < failure.retry_at) {
            return false;
        }
        let Some(stored) = self.profile.as_ref().filter(|stored| is_true(stored.fetched_at)) else {
            return true;
        };
        let is_open = self.failure.is_some() && !stored.profile.tells_bucket();
        is_open
            || days_between(stored.fetched_at, now) >= i64::from(PROFILE_DAYS)
            || self.has_new_earnings(stored.fetched_at, now)
    }

    /// Whether earnings were told that the newest answer came too early for.
    fn has_new_earnings(&self, fetched_at: Timestamp, now: Timestamp) -> bool {
        let Some(figures) = self.fundamentals.as_ref().map(|stored| &stored.figures) else { return false };
        let dates = figures.last_earnings.into_iter().chain(figures.next_earnings);
        let mut due = dates.map(|date| date.plus_days(EARNINGS_DAYS));
        due.any(|due: Date| due <= now.utc_date() && fetched_at.utc_date() < due)
    }

    /// The local sources that are asked now: those that stand before the provider the profile came from; all of them
    /// while no other told where the symbol counts; and when the others are to be asked, those that come before them.
    pub fn local_providers(&self, ctx: &Context, now: Timestamp) -> Vec<Arc<dyn Provider>> {
        if matches!(self.kind(), InstrumentKind::Option | InstrumentKind::Private) {
            return Vec::new();
        }
        let providers = ctx.chain.providers();
        let is_paid = |provider: &Arc<dyn Provider>| !is_local(provider);
        let end = if self.is_due(now) && has_paid_provider(ctx) {
            providers.iter().position(is_paid)
        } else {
            let told = self.profile.as_ref().filter(|stored| stored.profile.tells_bucket());
            let source = told.and_then(|stored| Source::from_code(stored.source));
            providers.iter().position(|provider| is_paid(provider) && Some(provider.source()) == source)
        };
        providers[..end.unwrap_or(providers.len())]
            .iter()
            .filter(|provider| is_local(provider) && provider.offers().has_profiles)
            .cloned()
            .collect()
    }

    /// Whether the profile came from a local source of the chain.
    pub fn is_told_locally(&self, chain: &Chain) -> bool {
        let source = self.profile.as_ref().and_then(|stored| Source::from_code(stored.source));
        chain.providers().iter().any(|provider| is_local(provider) && Some(provider.source()) == source)
    }
}

fn is_local(provider: &Arc<dyn Provider>) -> bool {
    provider.offers().is_local
}

/// Whether any provider of profiles may be asked that costs something.
pub fn has_paid_provider(ctx: &Context) -> bool {
    let is_paid = |provider: &Arc<dyn Provider>| provider.offers().has_profiles && !is_local(provider);
    !ctx.is_offline && ctx.chain.providers().iter().any(is_paid)
}

#[cfg(test)]
mod tests {
    use model::{Fundamentals, InstrumentId, Profile};

    use super::*;

    const FETCHED: Timestamp = Timestamp::from_epoch_micros(1_000 * DAY_MICROS);

    fn after_days(days: i64) -> Timestamp {
        FETCHED.plus_seconds(days * 86_400)
    }

    fn known(sector: Option<Sector>) -> KnownSymbol {
        let profile = Profile { sector, ..Profile::default() };
        let instrument = InstrumentId(1);
        KnownSymbol {
            symbol: "ACME".parse().unwrap(),
            instrument: None,
            profile: Some(StoredProfile { instrument, profile, source: 2, fetched_at: FETCHED }),
            fundamentals: None,
            failure: None,
            said: None,
        }
    }

    fn failed(known: KnownSymbol, after_days_: i64, until_days: i64) -> KnownSymbol {
        let failure = ProfileFailure {
            symbol: known.symbol.clone(),
            code: "unavailable".to_owned(),
            message: "yahoo: unavailable".to_owned(),
            failed_at: after_days(after_days_),
            retry_at: after_days(until_days),
        };
        KnownSymbol { failure: Some(failure), ..known }
    }

    #[test]
    fn a_profile_is_good_for_thirty_days_and_a_failure_until_it_expires() {
        let energy = || known(Some(Sector::Energy));
        let unknown = || KnownSymbol { profile: None, ..known(None) };
        let check = |known: KnownSymbol, days, expect| assert_eq!(known.is_due(after_days(days)), expect);
        check(unknown(), 0, true);
        check(energy(), 29, false);
        check(energy(), 30, true);
        check(energy(), -1, false);
        check(energy(), -2, true);
        check(failed(unknown(), 0, 2), 1, false);
        check(failed(unknown(), 0, 2), 2, true);
        check(failed(unknown(), 9, 20), 1, true);
        check(failed(energy(), 30, 40), 35, false);
        check(failed(energy(), 30, 40), 40, true);
        // Nobody knew more the last time; that is asked again with the profile, and sooner only after a failure.
        check(known(None), 29, false);
        check(failed(known(None), 0, 2), 3, true);
    }

    #[test]
    fn what_has_no_sector_is_never_due() {
        let check = |symbol: &str, expect: &str| {
            let symbol = symbol.parse().unwrap();
            let known = KnownSymbol { symbol, profile: None, ..known(None) };
            assert!(!known.is_due(FETCHED));
            assert_eq!(known.sector().unwrap_err().code(), expect);
        };
        check("AAPL240119C00150000", "option");
        check("CASH_USD", "private");
    }

    #[test]
    fn figures_are_due_three_days_after_an_earnings_date() {
        let today = FETCHED.utc_date();
        let check = |last: i32, next: i32, days, expect| {
            let figures = Fundamentals {
                last_earnings: Some(today.plus_days(last)),
                next_earnings: Some(today.plus_days(next)),
                ..Fundamentals::default()
            };
            let stored =
                StoredFundamentals { instrument: InstrumentId(1), known_at: FETCHED, source: 2, figures };
            let known = KnownSymbol { fundamentals: Some(stored), ..known(Some(Sector::Energy)) };
            assert_eq!(known.is_due(after_days(days)), expect, "{last} {next} {days}");
        };
        check(-80, 10, 12, false);
        check(-80, 10, 13, true);
        check(-1, 89, 1, false);
        check(-1, 89, 2, true);
        check(-3, 87, 29, false);
    }
}
