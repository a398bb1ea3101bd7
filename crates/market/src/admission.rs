//! Who may ask a provider when: the side of budgets that providers see.

use std::fmt;

use futures_util::future::BoxFuture;
use model::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use crate::{ProviderError, Source, Urgency};

/// Leave to make one call. Drop it when the call has ended.
#[derive(Debug, Default)]
pub struct Permit {
    _slot: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Leave that takes one of a provider's places until it is dropped.
    pub fn holding(slot: OwnedSemaphorePermit) -> Permit {
        Permit { _slot: Some(slot) }
    }
}

/// What the plan of a provider has shown of its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanShown {
    /// The bounds, in words that the provider's own code writes and reads.
    pub words: String,
    /// Until when that is taken to hold.
    pub until: Timestamp,
}

/// Keeps the budgets of providers. Every single call over the network asks here first, retries as well.
pub trait Admission: Send + Sync + fmt::Debug {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Waits until one call may be made.
    ///
    /// # Errors
    /// [`ProviderError::RateLimited`] when that takes longer than is worth waiting for: the day's quota is used up,
    /// or the provider asked for a pause.
    fn admit(&self, source: Source, urgency: Urgency) -> BoxFuture<'_, Result<Permit, ProviderError>>;

    /// The provider said that a limit is reached: nobody asks it before `until`.
    fn cool_down(&self, source: Source, until: Timestamp) -> BoxFuture<'_, ()>;

    /// How a call ended, so that the last error of a provider can be shown. The text holds no keys.
    fn ended<'a>(&'a self, source: Source, error: Option<&'a ProviderError>) -> BoxFuture<'a, ()>;

    /// What the plan of a provider has shown to any process; absent when nothing is known. It costs no call, and at most one
    /// look at what is kept for all processes.
    fn plan(&self, _source: Source) -> BoxFuture<'_, Option<PlanShown>> {
        Box::pin(std::future::ready(None))
    }

    /// Notes what the plan of a provider has shown, for all processes.
    fn note_plan(&self, _source: Source, _shown: PlanShown) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
