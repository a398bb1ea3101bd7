//! Workers: tasks of this process that claim jobs and work on them, and that make the jobs of schedules.

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use tokio::sync::watch::{self, Receiver};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};

use super::run::{claim_of, work};
use super::{Heartbeat, JobKind, JobLimits};
use crate::leases::new_owner;
use crate::{AppError, Context};

/// How often jobs are dropped that have been over for long.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// How often a loop that waits for a place comes round.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// What the workers of a process do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Jobs that are worked on at once, onboardings apart.
    pub concurrency_max: usize,
    /// Onboardings that are worked on at once.
    pub onboarding_concurrency_max: usize,
    /// Whether these workers make the jobs of schedules.
    pub has_schedules: bool,
}

impl WorkerSettings {
    /// The settings that limits name.
    pub const fn of(limits: &JobLimits) -> WorkerSettings {
        WorkerSettings {
            concurrency_max: limits.concurrency_max,
            onboarding_concurrency_max: limits.onboarding_concurrency_max,
            has_schedules: true,
        }
    }
}

/// Works on jobs of all owners until `shutdown` is ready; what is being worked on then ends between two units or is given
/// back. When one of their tasks ends before, as after a panic, all of them end: half of them would look like all.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::TaskLost`].
pub async fn run_workers(
    ctx: &Context,
    settings: WorkerSettings,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), AppError> {
    run_workers_watched(ctx, settings, &Heartbeat::default(), shutdown).await
}

/// The same, with loops that tell whenever they come round.
///
/// # Errors
/// As [`run_workers`].
pub async fn run_workers_watched(
    ctx: &Context,
    settings: WorkerSettings,
    heartbeat: &Heartbeat,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), AppError> {
    ctx.store()?;
    let ctx = &ctx.in_background();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let (onboarding, others): (Vec<JobKind>, Vec<JobKind>) =
        JobKind::ALL.iter().partition(|kind| **kind == JobKind::OnboardSymbol);
    let loops = [
        ("jobs", others, settings.concurrency_max),
        ("symbols", onboarding, settings.onboarding_concurrency_max),
    ];
    for (name, kinds, concurrency) in loops {
        if concurrency > 0 {
            let beat = Beat { name, heartbeat: heartbeat.clone() };
            tasks.spawn(claim_and_work(ctx.clone(), kinds, concurrency, beat, stopped.clone()));
        }
    }
    tasks.spawn(purge(ctx.clone(), stopped.clone()));
    if settings.has_schedules {
        tasks.spawn(crate::schedules::fire_due(ctx.clone(), heartbeat.clone(), stopped));
    }
    let early = tokio::select! {
        () = shutdown => None,
        ended = tasks.join_next() => ended,
    };
    let is_early = early.is_some();
    stop.send_replace(true);
    early.into_iter().for_each(note_end);
    while let Some(ended) = tasks.join_next().await {
        note_end(ended);
    }
    if is_early { Err(AppError::TaskLost { what: "a task of the workers" }) } else { Ok(()) }
}

fn note_end(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "worker_ended");
    }
}

/// Waits for some time, or until the process must end. Whether it may go on.
pub(crate) async fn goes_on_after(stop: &mut Receiver<bool>, wait: Duration) -> bool {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => false,
        () = tokio::time::sleep(wait) => true,
    }
}

/// The heartbeat of one loop.
struct Beat {
    name: &'static str,
    heartbeat: Heartbeat,
}

impl Beat {
    /// Waits for a place, and comes round meanwhile; nothing when the process must end first.
    async fn place(
        &self,
        places: &Arc<Semaphore>,
        stop: &mut Receiver<bool>,
    ) -> Option<OwnedSemaphorePermit> {
        loop {
            self.heartbeat.beat(self.name);
            tokio::select! {
                place = places.clone().acquire_owned() => {
                    return Some(place.expect("invariant: the places are never closed"));
                }
                _ = stop.wait_for(|stop| *stop) => return None,
                () = tokio::time::sleep(BEAT_EVERY) => {}
            }
        }
    }
}

/// Claims jobs of some kinds, as many at once as may be, and works on each in a task of its own.
async fn claim_and_work(
    ctx: Context,
    kinds: Vec<JobKind>,
    concurrency: usize,
    beat: Beat,
    mut stop: Receiver<bool>,
) {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let places = Arc::new(Semaphore::new(concurrency));
    let poll = Duration::from_millis(ctx.limits.jobs.poll_ms.max(1));
    let mut working = JoinSet::new();
    while !*stop.borrow() {
        let Some(place) = beat.place(&places, &mut stop).await else { break };
        while working.try_join_next().is_some() {}
        match claim(&ctx, &kinds).await {
            Ok(Some((worker, job))) => {
                let (ctx, stop) = (ctx.clone(), stop.clone());
                working.spawn(async move {
                    // What came of it is told in the job and in the log.
                    if let Err(error) = work(&ctx, &job, &worker, true, stop).await {
                        tracing::debug!(job = job.id, error = error.describe(), "job_work_ended");
                    }
                    drop(place);
                });
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = error.describe(), "job_not_claimed"),
        }
        drop(place);
        if !goes_on_after(&mut stop, poll).await {
            break;
        }
    }
    while working.join_next().await.is_some() {}
}

/// Claims a job, if one waits. Looking costs less than trying to claim, which needs the right to write.
async fn claim(
    ctx: &Context,
    kinds: &[String],
) -> Result<Option<(String, store::jobs::StoredJob)>, AppError> {
    let (store, _) = ctx.store()?.counted();
    let worker = new_owner(ctx);
    let claim = claim_of(ctx, &worker);
    if !store::jobs::is_waiting(&store, kinds, claim.now, claim.horizon).await?
        || !store::jobs::transitions::claim(&store, &claim, kinds).await?
    {
        return Ok(None);
    }
    let job = store::jobs::of_lease(&store, &worker).await?;
    Ok(job.map(|job| (worker, job)))
}

/// Drops jobs that have been over for long, now and again.
async fn purge(ctx: Context, mut stop: Receiver<bool>) {
    loop {
        while drop_some(&ctx).await > 0 {}
        if !goes_on_after(&mut stop, PURGE_EVERY).await {
            return;
        }
    }
}

/// Drops some of the jobs that have been over for long. How many; what could not be dropped is there the next time.
pub(super) async fn drop_some(ctx: &Context) -> usize {
    let kept_micros = ctx.limits.jobs.keep_days * 86_400 * 1_000_000;
    let until = Timestamp::from_epoch_micros(ctx.clock.now().epoch_micros() - kept_micros);
    let purged = match ctx.store() {
        Ok(store) => store::jobs::transitions::purge(store, until).await.map_err(AppError::from),
        Err(error) => Err(error),
    };
    match purged {
        Ok(0) => 0,
        Ok(count) => {
            tracing::info!(count, "jobs_purged");
            count
        }
        Err(error) => {
            tracing::warn!(error = error.describe(), "jobs_not_purged");
            0
        }
    }
}
