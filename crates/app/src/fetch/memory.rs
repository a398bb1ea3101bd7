//! What is remembered of providers that told nothing of a symbol: who is not to be asked yet, and what they said together.

use market::{Chain, ChainFailure, Denial, ProviderError, Source};
use model::{Calendar, Date, Symbol, Timestamp};
use store::Transaction;
use store::failures::Failure;

use super::ask::Arrived;
use super::failure::FetchFailure;

/// Why nothing more is known of a symbol, put together from what each provider said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The stable name: that of a provider's error.
    pub code: &'static str,
    /// What each provider said.
    pub message: String,
    /// When the last of them said it.
    pub failed_at: Timestamp,
    /// When the first of them may be asked again; absent means at any time.
    pub retry_at: Option<Timestamp>,
    /// Whether something of the symbol was missing still when the last of them had been asked.
    pub left_missing: bool,
}

impl Remembered {
    /// What the providers of a chain said of a symbol that they told nothing of. Where bars of it are held, it exists
    /// whatever some of them say.
    pub fn of(chain: &Chain, failures: &[Failure], has_bars: bool) -> Option<Remembered> {
        let of_chain = in_order(chain, failures);
        let failed_at = of_chain.iter().map(|(_, failure)| failure.failed_at).max()?;
        let denials = of_chain.iter().map(|(source, failure)| denial(*source, failure));
        let failure = ChainFailure { denials: denials.collect(), is_answered: has_bars };
        Some(Remembered {
            code: failure.code(),
            message: failure.to_string(),
            failed_at,
            retry_at: of_chain.iter().filter_map(|(_, failure)| failure.retry_at).min(),
            left_missing: of_chain.iter().any(|(_, failure)| failure.left_missing),
        })
    }
}

/// What providers of a chain said that are not to be asked yet about sessions, from the first to the last that are
/// missing.
pub fn resting(chain: &Chain, failures: &[Failure], missing: (Date, Date), now: Timestamp) -> Vec<Denial> {
    let is_in_force = |failure: &Failure| {
        let is_about_all = |(first, last)| first <= missing.0 && missing.1 <= last;
        failure.retry_at.is_some_and(|retry_at| retry_at > now) && failure.about.is_none_or(is_about_all)
    };
    let resting = in_order(chain, failures).into_iter().filter(|(_, failure)| is_in_force(failure));
    resting.map(|(source, failure)| denial(source, failure)).collect()
}

/// Whether no provider on the network is left that may be asked; where there is none, whether something is in force.
pub fn is_nobody_left(chain: &Chain, resting: &[Denial]) -> bool {
    let asked = chain.providers().iter().filter(|provider| {
        let offers = provider.offers();
        offers.has_history && !offers.is_local
    });
    let is_resting = |source: Source| resting.iter().any(|denial| denial.source == source);
    !resting.is_empty() && asked.map(|provider| provider.source()).all(is_resting)
}

/// Failures of the providers of a chain, in the order they are asked.
fn in_order<'a>(chain: &Chain, failures: &'a [Failure]) -> Vec<(Source, &'a Failure)> {
    let known = failures.iter().filter_map(|failure| Some((Source::from_code(failure.source)?, failure)));
    let mut known: Vec<(Source, &Failure)> =
        known.filter(|(source, _)| chain.rank(*source) < chain.providers().len()).collect();
    known.sort_by_key(|(source, _)| chain.rank(*source));
    known
}

fn denial(source: Source, failure: &Failure) -> Denial {
    let error = ProviderError::from_stored(&failure.code, &failure.message, failure.retry_at);
    Denial { source, error, rests_until: failure.retry_at }
}

/// What answers change of what is remembered.
#[derive(Debug, Default)]
pub struct Learned {
    noted: Vec<Failure>,
    /// Providers that have nothing against a symbol any more, by their numbers.
    answered: Vec<(Symbol, i64)>,
    /// Symbols of which nothing is missing any more.
    whole: Vec<Symbol>,
    /// Symbols that do not exist, as the providers say now.
    gone: Vec<Symbol>,
}

impl Learned {
    /// Learns from what was said of a symbol now, with what is remembered of it, whether it has an instrument, and why
    /// something of it is missing still.
    pub fn learn(
        &mut self,
        calendar: &Calendar,
        arrived: &Arrived,
        known: &[Failure],
        is_known: bool,
        failure: Option<&FetchFailure>,
        now: Timestamp,
    ) {
        let (symbol, filled) = (&arrived.request.symbol, &arrived.filled);
        let said = said_now(&filled.denials);
        let is_paid = filled.denials.iter().any(|denial| denial.source != Source::Files);
        let row = |denial: &&Denial| Failure {
            symbol: symbol.clone(),
            source: denial.source.code(),
            code: denial.error.code().to_owned(),
            message: denial.error.to_string(),
            failed_at: now,
            retry_at: retry_at(calendar, denial, arrived.missing, is_known, now),
            about: arrived.missing.filter(|_| denial.error == ProviderError::NoData),
            left_missing: failure.is_some(),
        };
        // What a folder lacks is asked for again whenever somebody asks; nothing is kept of it alone unless an instrument
        // of that name is held. Where nothing is missing any more, what a provider has not is no matter.
        let is_kept = |denial: &&Denial| match denial.source {
            Source::Files => failure.is_some() && (is_known || is_paid),
            _ => failure.is_some() || denial.error != ProviderError::NoData,
        };
        let rows: Vec<Failure> = said.iter().copied().filter(is_kept).map(|denial| row(&denial)).collect();
        let parts = filled.parts.iter().map(|part| part.source);
        let spoke = parts.chain(filled.unchanged).chain(said.iter().map(|denial| denial.source));
        let mut answered: Vec<i64> = spoke.map(Source::code).collect();
        answered.sort_unstable();
        answered.dedup();
        answered.retain(|code| !rows.iter().any(|row| row.source == *code));
        // An answer about one range says nothing of another range in which a provider had nothing.
        let is_ended = |failure: &Failure| {
            let overlaps =
                |(first, last)| arrived.missing.is_none_or(|(from, to)| from <= last && first <= to);
            failure.about.is_none_or(overlaps)
        };
        answered.retain(|code| known.iter().any(|failure| failure.source == *code && is_ended(failure)));
        self.answered.extend(answered.into_iter().map(|code| (symbol.clone(), code)));
        let is_new = |row: &Failure| {
            let tells = |failure: &Failure| {
                (failure.source, failure.code.clone(), failure.message.clone(), failure.retry_at)
            };
            !known
                .iter()
                .any(|failure| failure.left_missing == row.left_missing && tells(failure) == tells(row))
        };
        let noted: Vec<Failure> = rows.into_iter().filter(is_new).collect();
        if !noted.is_empty() && failure.is_some_and(FetchFailure::is_not_found) {
            self.gone.push(symbol.clone());
        }
        self.noted.extend(noted);
        if failure.is_none() && known.iter().any(|failure| failure.left_missing) {
            self.whole.push(symbol.clone());
        }
    }

    /// Adds what was learned to a transaction.
    pub fn write(&self, tx: &mut Transaction, now: Timestamp) {
        if !self.answered.is_empty() {
            store::failures::forget_answered(tx, &self.answered);
        }
        if !self.whole.is_empty() {
            store::failures::settle(tx, &self.whole);
        }
        if !self.noted.is_empty() {
            store::failures::note(tx, &self.noted, now);
        }
        if !self.gone.is_empty() {
            store::universe::leave(tx, &self.gone);
        }
    }
}

/// What each provider said now, once for each: that it has nothing in a range gives way to anything else it said.
fn said_now(denials: &[Denial]) -> Vec<&Denial> {
    let mut said: Vec<&Denial> = Vec::new();
    for denial in denials.iter().filter(|denial| denial.rests_until.is_none()) {
        match said.iter_mut().find(|earlier| earlier.source == denial.source) {
            Some(_) if denial.error == ProviderError::NoData => {}
            Some(earlier) => *earlier = denial,
            None => said.push(denial),
        }
    }
    said
}

/// When a provider may be asked again about a symbol. That it has nothing in a range may be for its being late, and says
/// little of a symbol that nobody has met.
pub fn retry_at(
    calendar: &Calendar,
    denial: &Denial,
    missing: Option<(Date, Date)>,
    is_known: bool,
    now: Timestamp,
) -> Option<Timestamp> {
    let usual = denial.retry_at(now)?;
    if denial.rests_until.is_some() || denial.error != ProviderError::NoData {
        return Some(usual);
    }
    let soon = Timestamp::from_epoch_micros(now.epoch_micros() + market::retry::UNAVAILABLE_MICROS);
    let last = missing.filter(|_| is_known).map(|(_, last)| last);
    Some(last.map_or(soon, |last| market::none_until(calendar, last, now)))
}
