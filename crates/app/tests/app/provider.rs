//! A provider that answers when the test lets it, and remembers what it was asked.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use market::{
    History, HistoryAnswer, HistoryRequest, Offers, ProfileAnswer, ProfileRequest, Provider, ProviderError,
    Source,
};
use model::{Bar, Date};
use tokio::sync::Semaphore;

/// How long a test waits for what must come.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A provider that waits at a gate before it answers.
#[derive(Debug)]
pub struct Gated {
    sessions: &'static [Date],
    asked: Mutex<Vec<String>>,
    failing: Mutex<BTreeSet<String>>,
    panicking: Mutex<BTreeSet<String>>,
    gate: Semaphore,
}

impl Gated {
    pub fn new(sessions: &'static [Date]) -> Arc<Gated> {
        Arc::new(Gated {
            sessions,
            asked: Mutex::default(),
            failing: Mutex::default(),
            panicking: Mutex::default(),
            gate: Semaphore::new(0),
        })
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub fn fail(&self, symbol: &str) {
        self.failing.lock().unwrap().insert(symbol.to_owned());
    }

    pub fn mend(&self, symbol: &str) {
        self.failing.lock().unwrap().remove(symbol);
    }

    pub fn panic(&self, symbol: &str) {
        self.panicking.lock().unwrap().insert(symbol.to_owned());
    }

    /// What it was asked, in order of name.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }

    /// Waits until it was asked so many times.
    pub async fn is_asked(&self, count: usize) {
        assert!(testkit::wait_until(DEADLINE, async || self.asked().len() >= count).await, "{self:?}");
    }

    async fn answer(&self, symbol: &str) -> Result<HistoryAnswer, ProviderError> {
        self.asked.lock().unwrap().push(symbol.to_owned());
        drop(self.gate.acquire().await.unwrap());
        if self.panicking.lock().unwrap().contains(symbol) {
            panic!("the provider breaks down, as the test wants it");
        }
        if self.failing.lock().unwrap().contains(symbol) {
            return Err(ProviderError::Unavailable { reason: "connection reset".to_owned() });
        }
        let bar = |session: &Date| Bar {
            session: *session,
            open: None,
            high: None,
            low: None,
            close: "50.5".parse().unwrap(),
            volume: None,
            is_final: true,
        };
        let bars = self.sessions.iter().map(bar).collect();
        Ok(HistoryAnswer::History(Box::new(History { bars, is_whole: true, ..History::default() })))
    }
}

impl Provider for Gated {
    fn source(&self) -> Source {
        Source::Files
    }

    fn offers(&self) -> Offers {
        Offers { has_history: true, has_profiles: false, is_local: true }
    }

    fn fetch_profile<'a>(
        &'a self,
        _: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
        async { Err(ProviderError::NoData) }.boxed()
    }

    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        async move { self.answer(request.symbol.as_str()).await }.boxed()
    }
}
