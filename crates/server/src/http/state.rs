//! What every route is handed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::Context;
use tokio::sync::Semaphore;

use crate::config::Settings;

/// What every route is handed: the context of the use cases, the settings, and the limits of this process.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    ctx: Context,
    settings: Settings,
    places: Semaphore,
    are_workers_running: AtomicBool,
}

impl Api {
    /// Over a context, by settings.
    pub fn new(ctx: Context, settings: Settings) -> Api {
        let places = Semaphore::new(settings.server.concurrency_max);
        Api {
            shared: Arc::new(Shared { ctx, settings, places, are_workers_running: AtomicBool::new(false) }),
        }
    }

    /// The context of the process, which acts for the owner of the command line.
    pub(crate) fn context(&self) -> &Context {
        &self.shared.ctx
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Places for requests that are under way.
    pub(crate) fn places(&self) -> &Semaphore {
        &self.shared.places
    }

    /// Whether this process does jobs, for as long as it does.
    pub fn are_workers_running(&self) -> bool {
        self.shared.are_workers_running.load(Ordering::Acquire)
    }

    /// Notes that the workers of this process began or ended.
    pub fn set_workers_running(&self, are_running: bool) {
        self.shared.are_workers_running.store(are_running, Ordering::Release);
    }
}
