//! Observers that act when a run reaches a step.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::{Observer, Step};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

type Action = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Acts once, when a run reaches its n-th step; the run waits for it.
pub struct AtStep {
    at: usize,
    seen: AtomicUsize,
    action: Action,
}

impl AtStep {
    pub fn new(
        at: usize,
        action: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Arc<AtStep> {
        Arc::new(AtStep { at, seen: AtomicUsize::new(0), action: Box::new(action) })
    }

    /// Whether the run came that far.
    pub fn has_acted(&self) -> bool {
        self.seen.load(Ordering::SeqCst) > self.at
    }
}

impl Observer for AtStep {
    fn reached(&self, _: Step) -> BoxFuture<'_, ()> {
        match self.seen.fetch_add(1, Ordering::SeqCst) == self.at {
            true => (self.action)(),
            false => std::future::ready(()).boxed(),
        }
    }
}

/// Holds a run at the first step that is wanted until it is let go.
pub struct Hold {
    is_wanted: Box<dyn Fn(usize, Step) -> bool + Send + Sync>,
    seen: AtomicUsize,
    pub reached: Notify,
    pub go: Notify,
}

impl Hold {
    /// At the n-th step, whichever it is.
    pub fn at(at: usize) -> Arc<Hold> {
        Hold::when(move |number, _| number == at)
    }

    /// At a step of a kind.
    pub fn when(is_wanted: impl Fn(usize, Step) -> bool + Send + Sync + 'static) -> Arc<Hold> {
        let is_wanted = Box::new(is_wanted);
        Arc::new(Hold { is_wanted, seen: AtomicUsize::new(0), reached: Notify::new(), go: Notify::new() })
    }
}

impl Observer for Hold {
    fn reached(&self, step: Step) -> BoxFuture<'_, ()> {
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        if !(self.is_wanted)(number, step) {
            return std::future::ready(()).boxed();
        }
        self.reached.notify_one();
        self.go.notified().boxed()
    }
}
