//! A provider as one on the network is: it answers for the range asked, and remembers what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::{Context, FetchOutcome, FetchRequest};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use market::{
    Chain, History, HistoryAnswer, HistoryRequest, Listing, Offers, ProfileAnswer, ProfileRequest, Provider,
    ProviderError, Source, Span,
};
use model::{Bar, Calendar, Date};
use tokio::sync::Semaphore;

use crate::bed::Bed;

/// How long a test waits for what must come.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What the provider knows of one symbol.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub closes: BTreeMap<Date, String>,
    pub listing: Listing,
}

/// A provider on the network.
#[derive(Debug)]
pub struct Distant {
    source: Source,
    known: Mutex<BTreeMap<String, Known>>,
    failure: Mutex<Option<ProviderError>>,
    asked: Mutex<Vec<(String, Span)>>,
    gate: Semaphore,
}

impl Distant {
    /// A provider that answers at once.
    pub fn open(source: Source) -> Arc<Distant> {
        let distant = Distant::closed(source);
        distant.let_through(Semaphore::MAX_PERMITS / 2);
        distant
    }

    /// A provider that answers when the test lets it.
    pub fn closed(source: Source) -> Arc<Distant> {
        let (known, failure, asked) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Distant { source, known, failure, asked, gate: Semaphore::new(0) })
    }

    pub fn let_through(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Makes a symbol known with a bar of the same close on each session of a range.
    pub fn lists(&self, symbol: &str, first: &str, last: &str, close: &str) {
        let calendar = Calendar::xnys();
        let mut known = self.known.lock().unwrap();
        let symbol = known.entry(symbol.to_owned()).or_default();
        for session in calendar.between(first.parse().unwrap(), last.parse().unwrap()) {
            symbol.closes.insert(*session, close.to_owned());
        }
    }

    /// Changes or removes the bar of one session.
    pub fn changes(&self, symbol: &str, session: &str, close: Option<&str>) {
        let mut known = self.known.lock().unwrap();
        let closes = &mut known.entry(symbol.to_owned()).or_default().closes;
        match close {
            Some(close) => closes.insert(session.parse().unwrap(), close.to_owned()),
            None => closes.remove(&session.parse().unwrap()),
        };
    }

    pub fn listed(&self, symbol: &str, listing: Listing) {
        self.known.lock().unwrap().entry(symbol.to_owned()).or_default().listing = listing;
    }

    /// Fails from now on, or answers again.
    pub fn fails(&self, error: Option<ProviderError>) {
        *self.failure.lock().unwrap() = error;
    }

    /// What it was asked, in the order it came.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(symbol, span)| format!("{symbol} {}..{}", span.first, span.last)).collect()
    }

    pub fn call_count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Sessions of a symbol that it was asked for more than once.
    pub fn asked_twice(&self, symbol: &str) -> BTreeSet<Date> {
        let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for (asked, span) in self.asked.lock().unwrap().iter().filter(|(asked, _)| asked == symbol) {
            assert_eq!(asked, symbol);
            for session in Calendar::xnys().between(span.first, span.last) {
                if !once.insert(*session) {
                    twice.insert(*session);
                }
            }
        }
        twice
    }

    /// Waits until it was asked so many times.
    pub async fn is_asked(&self, count: usize) {
        assert!(testkit::wait_until(DEADLINE, async || self.call_count() >= count).await, "{self:?}");
    }

    async fn answer(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let span = Span { first: request.first, last: request.last };
        self.asked.lock().unwrap().push((request.symbol.to_string(), span));
        self.gate.acquire().await.unwrap().forget();
        self.gate.add_permits(usize::from(self.gate.available_permits() > 10_000));
        if let Some(error) = self.failure.lock().unwrap().clone() {
            return Err(error);
        }
        let known = self.known.lock().unwrap().get(request.symbol.as_str()).cloned();
        let known = known.ok_or(ProviderError::NotFound)?;
        let calendar = Calendar::xnys();
        let bar = |(session, close): (&Date, &String)| Bar {
            session: *session,
            open: None,
            high: None,
            low: None,
            close: close.parse().unwrap(),
            volume: Some(1_000),
            is_final: calendar.hours(*session).is_some_and(|hours| {
                hours.close.epoch_micros() + model::SETTLE_DELAY_S_DEFAULT * 1_000_000
                    <= request.as_of.epoch_micros()
            }),
        };
        let bars: model::Bars = known.closes.range(span.first..=span.last).map(bar).collect();
        if bars.is_empty() {
            return Err(ProviderError::NoData);
        }
        // Nothing is concluded about sessions behind the last final bar: that bar may only be late.
        let last_final = bars.iter().filter(|bar| bar.is_final).map(|bar| bar.session).last();
        let history = History {
            bars,
            covers: last_final.map(|last| Span { first: span.first, last }),
            actions_cover: Some(span),
            listing: known.listing,
            ..History::default()
        };
        Ok(HistoryAnswer::History(Box::new(history)))
    }
}

impl Provider for Distant {
    fn source(&self) -> Source {
        self.source
    }

    fn offers(&self) -> Offers {
        Offers { has_history: true, has_profiles: false, is_local: false }
    }

    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        self.answer(request).boxed()
    }

    fn fetch_profile<'a>(
        &'a self,
        _: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
        async { Err(ProviderError::NoData) }.boxed()
    }
}

/// A context whose providers are these, in this order.
pub fn ctx_with(bed: &Bed, providers: &[&Arc<Distant>]) -> Context {
    let providers = providers.iter().map(|provider| (*provider).clone() as Arc<dyn Provider>).collect();
    Context { chain: Chain::new(providers), ..bed.ctx() }
}

/// A question for a symbol from one date to another.
pub fn question(symbol: &str, first: &str, last: &str) -> FetchRequest {
    FetchRequest::new(symbol.parse().unwrap(), first.parse().unwrap(), last.parse().unwrap())
}

/// Fetches one symbol.
pub async fn fetch_one(ctx: &Context, symbol: &str, first: &str, last: &str) -> FetchOutcome {
    app::fetch(ctx, vec![question(symbol, first, last)]).await.unwrap().remove(0)
}
