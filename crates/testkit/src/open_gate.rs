//! A gate that lets every call through and remembers what it was told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use market::{Admission, Permit, ProviderError, Source, Urgency};
use model::Timestamp;

/// Who may ask when, for tests: everybody, at a time that stands still, except during a pause that a provider asked
/// for.
#[derive(Debug)]
pub struct OpenGate {
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    now: Timestamp,
    pauses: BTreeMap<Source, Timestamp>,
    admitted: Vec<(Source, Urgency)>,
    ended: Vec<(Source, Option<ProviderError>)>,
}

impl OpenGate {
    /// A gate at a time.
    pub fn new(now: Timestamp) -> OpenGate {
        let (pauses, admitted, ended) = (BTreeMap::new(), Vec::new(), Vec::new());
        OpenGate { inside: Mutex::new(Inside { now, pauses, admitted, ended }) }
    }

    /// Moves the time.
    pub fn set_now(&self, now: Timestamp) {
        self.inside().now = now;
    }

    /// The calls let through, in order.
    pub fn admitted(&self) -> Vec<(Source, Urgency)> {
        self.inside().admitted.clone()
    }

    /// How calls ended, in order.
    pub fn ended(&self) -> Vec<(Source, Option<ProviderError>)> {
        self.inside().ended.clone()
    }

    /// Until when a provider is not asked.
    pub fn pause_of(&self, source: Source) -> Option<Timestamp> {
        self.inside().pauses.get(&source).copied()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Told<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Admission for OpenGate {
    fn now(&self) -> Timestamp {
        self.inside().now
    }

    fn admit(&self, source: Source, urgency: Urgency) -> Told<'_, Result<Permit, ProviderError>> {
        let mut inside = self.inside();
        let now = inside.now;
        let answer = match inside.pauses.get(&source).filter(|until| now < **until) {
            Some(until) => Err(ProviderError::RateLimited { retry_at: *until }),
            None => {
                inside.admitted.push((source, urgency));
                Ok(Permit::default())
            }
        };
        Box::pin(std::future::ready(answer))
    }

    fn cool_down(&self, source: Source, until: Timestamp) -> Told<'_, ()> {
        self.inside().pauses.insert(source, until);
        Box::pin(std::future::ready(()))
    }

    fn ended<'a>(&'a self, source: Source, error: Option<&'a ProviderError>) -> Told<'a, ()> {
        self.inside().ended.push((source, error.cloned()));
        Box::pin(std::future::ready(()))
    }
}
