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
}
