//! A provider of profiles that answers when and what the test wants, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use market::{
    HistoryAnswer, HistoryRequest, Offers, ProfileAnswer, ProfileRequest, Provider, ProviderError, Source,
};
use model::{Fundamentals, Profile, Sector};
use tokio::sync::Semaphore;

use crate::provider::DEADLINE;

type Said = Result<ProfileAnswer, ProviderError>;

/// A provider of profiles that waits at a gate before it answers; it has no prices.
#[derive(Debug)]
pub struct Teller {
    source: Source,
    said: Mutex<BTreeMap<String, Said>>,
    panicking: Mutex<Vec<String>>,
    asked: Mutex<Vec<String>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
    gate: Semaphore,
}

/// An answer with a sector and nothing else.
pub fn company(sector: Sector) -> ProfileAnswer {
    of(Profile { sector: Some(sector), ..Profile::default() })
}

/// An answer without figures.
pub fn of(profile: Profile) -> ProfileAnswer {
    ProfileAnswer { profile, fundamentals: None }
}

/// An answer with figures of a company.
pub fn with_figures(figures: Fundamentals) -> ProfileAnswer {
    ProfileAnswer { fundamentals: Some(figures), ..company(Sector::Energy) }
}

impl Teller {
    /// One that lets nobody through yet, and tells of every symbol that it is in technology.
    pub fn new(source: Source) -> Arc<Teller> {
        Arc::new(Teller {
            source,
            said: Mutex::default(),
            panicking: Mutex::default(),
            asked: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        })
    }

    /// Lets so many through.
    pub fn let_through(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.let_through(Semaphore::MAX_PERMITS / 2);
    }

    pub fn say(&self, symbol: &str, answer: ProfileAnswer) {
        self.said.lock().unwrap().insert(symbol.to_owned(), Ok(answer));
    }

    pub fn refuse(&self, symbol: &str, error: ProviderError) {
        self.said.lock().unwrap().insert(symbol.to_owned(), Err(error));
    }

    pub fn panic(&self, symbol: &str) {
        self.panicking.lock().unwrap().push(symbol.to_owned());
    }

    /// What it was asked, in the order asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many times it was asked.
    pub fn asked_count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The most requests that were under way at once.
    pub fn busiest(&self) -> usize {
        self.busiest.load(Ordering::SeqCst)
    }

    /// Waits until it was asked so many times.
    pub async fn is_asked(&self, count: usize) {
        assert!(testkit::wait_until(DEADLINE, async || self.asked_count() >= count).await, "{self:?}");
    }

    async fn answer(&self, symbol: &str) -> Said {
        self.asked.lock().unwrap().push(symbol.to_owned());
        let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
        self.busiest.fetch_max(busy, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.busy.fetch_sub(1, Ordering::SeqCst);
        if self.panicking.lock().unwrap().iter().any(|panicking| panicking == symbol) {
            panic!("the provider breaks down, as the test wants it");
        }
        let said = self.said.lock().unwrap().get(symbol).cloned();
        said.unwrap_or_else(|| Ok(company(Sector::Technology)))
    }
}

impl Provider for Teller {
    fn source(&self) -> Source {
        self.source
    }

    fn offers(&self) -> Offers {
        Offers { has_history: false, has_profiles: true, is_local: false }
    }

    fn fetch_profile<'a>(&'a self, request: &'a ProfileRequest) -> BoxFuture<'a, Said> {
        async move { self.answer(request.symbol.as_str()).await }.boxed()
    }

    fn fetch_history<'a>(
        &'a self,
        _: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        async { Err(ProviderError::NotFound) }.boxed()
    }
}
