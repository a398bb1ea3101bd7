//! What every route is handed.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::jobs::{Heartbeat, WorkerSettings, run_workers_watched};
use app::{Access, Context};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::answers::Answers;
use crate::config::Settings;

/// Streams of events that are open at once; each costs a connection and its buffers.
const STREAMS_MAX: usize = 2_000;

/// What every route is handed: the context of the use cases, the settings, and the limits of this process.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    ctx: Context,
    settings: Settings,
    places: Semaphore,
    waits: Semaphore,
    streams: Arc<Semaphore>,
    access: Access,
    answers: Answers,
    proxies: Vec<IpAddr>,
    stopping: CancellationToken,
    are_workers_running: AtomicBool,
    heartbeat: Heartbeat,
}

impl Api {
    /// Over a context, by settings.
    pub fn new(ctx: Context, settings: Settings) -> Api {
        let places = Semaphore::new(settings.server.concurrency_max);
        // Settings are checked when they are loaded; an address that is none would be trusted by nobody.
        let proxies = settings.access.proxies().unwrap_or_default();
        let shared = Shared {
            places,
            waits: Semaphore::new(settings.server.concurrency_max / 2),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            access: Access::new(settings.access.limits()),
            answers: Answers::new(),
            proxies,
            stopping: CancellationToken::new(),
            are_workers_running: AtomicBool::new(false),
            heartbeat: Heartbeat::default(),
            ctx,
            settings,
        };
        Api { shared: Arc::new(shared) }
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

    /// Places for requests that wait for something to happen.
    pub(crate) fn waits(&self) -> &Semaphore {
        &self.shared.waits
    }

    /// Places for streams of events.
    pub(crate) fn streams(&self) -> &Arc<Semaphore> {
        &self.shared.streams
    }

    /// What logins and tokens of this process share.
    pub(crate) fn access(&self) -> &Access {
        &self.shared.access
    }

    /// Answers that are kept to be given again.
    pub(crate) fn answers(&self) -> &Answers {
        &self.shared.answers
    }

    /// Proxies whose word on where a request came from is taken.
    pub(crate) fn proxies(&self) -> &[IpAddr] {
        &self.shared.proxies
    }

    /// Cancelled when the process is to end, so that streams end too.
    pub fn stopping(&self) -> CancellationToken {
        self.shared.stopping.clone()
    }

    /// Whether this process does jobs: its workers were begun, and each of their loops comes round.
    pub fn are_workers_running(&self) -> bool {
        let limit = Duration::from_millis(self.context().limits.jobs.heartbeat_ms_max);
        let is_silent = match self.shared.heartbeat.silent() {
            Some((name, silent_for)) if silent_for > limit => {
                tracing::error!(name, silent_ms = silent_for.as_millis() as u64, "workers_hang");
                true
            }
            _ => false,
        };
        self.shared.are_workers_running.load(Ordering::Acquire) && !is_silent
    }

    /// Does jobs until told to stop. When the workers end before, by a fault, this process is not ready from then on,
    /// and goes on answering.
    pub async fn run_workers(&self, stop: CancellationToken) {
        let ctx = self.context();
        self.shared.are_workers_running.store(true, Ordering::Release);
        let (settings, heartbeat) = (WorkerSettings::of(&ctx.limits.jobs), &self.shared.heartbeat);
        let worked = run_workers_watched(ctx, settings, heartbeat, stop.cancelled_owned()).await;
        self.shared.are_workers_running.store(false, Ordering::Release);
        if let Err(error) = worked {
            tracing::error!(error = error.describe(), "workers_failed");
        }
    }
}
