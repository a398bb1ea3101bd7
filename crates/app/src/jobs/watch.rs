//! Watching jobs: one task of the process looks at all that are watched, however many watch them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::watch::{self, Receiver, Sender};

use super::{Job, lookup};
use crate::{AppError, Context};

/// What the newest look at a job showed.
type Seen = Option<Arc<Job>>;

/// The jobs that are watched in this process.
#[derive(Clone, Default)]
pub struct JobWatches {
    watched: Arc<Mutex<Watched>>,
}

#[derive(Default)]
struct Watched {
    jobs: BTreeMap<String, Sender<Seen>>,
    is_looking: bool,
}

impl JobWatches {
    /// How many jobs are watched.
    pub fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Whether no job is watched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        // The map is changed by single inserts and removals, so a poisoned lock is still whole.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins those who watch a job, and starts to look when nobody does yet.
    fn join(&self, ctx: &Context, id: &str) -> Receiver<Seen> {
        let mut watched = self.lock();
        let sender = watched.jobs.entry(id.to_owned()).or_insert_with(|| watch::channel(None).0);
        let receiver = sender.subscribe();
        if !std::mem::replace(&mut watched.is_looking, true) {
            tokio::spawn(look(ctx.clone(), self.clone()));
        }
        receiver
    }

    /// The revisions that those who watch know of; nobody is left, and nothing to look at, when absent.
    fn known(&self) -> Option<BTreeMap<String, i64>> {
        let mut watched = self.lock();
        watched.jobs.retain(|_, sender| sender.receiver_count() > 0);
        if watched.jobs.is_empty() {
            watched.is_looking = false;
            return None;
        }
        let revision = |sender: &Sender<Seen>| sender.borrow().as_ref().map_or(0, |job| job.revision);
        Some(watched.jobs.iter().map(|(id, sender)| (id.clone(), revision(sender))).collect())
    }

    fn tell(&self, job: Job) {
        if let Some(sender) = self.lock().jobs.get(&job.id) {
            sender.send_replace(Some(Arc::new(job)));
        }
    }
}

/// Looks at the jobs that are watched until nobody watches any.
async fn look(ctx: Context, watches: JobWatches) {
    let every = Duration::from_millis(ctx.limits.jobs.watch_ms.max(1));
    while let Some(known) = watches.known() {
        if let Err(error) = tell_changes(&ctx, &watches, &known).await {
            tracing::warn!(error = error.describe(), "jobs_not_watched");
        }
        tokio::time::sleep(every).await;
    }
}

async fn tell_changes(
    ctx: &Context,
    watches: &JobWatches,
    known: &BTreeMap<String, i64>,
) -> Result<(), AppError> {
    let ids: Vec<String> = known.keys().cloned().collect();
    let store = ctx.store()?;
    let revisions = store::jobs::revisions(store, &ids).await?;
    let changed: Vec<String> = revisions
        .into_iter()
        .filter(|(id, revision)| known.get(id) != Some(revision))
        .map(|(id, _)| id)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let now = ctx.clock.now();
    for stored in store::jobs::by_ids(store, &changed).await? {
        watches.tell(Job::read(&stored, now)?);
    }
    Ok(())
}

/// A job of the owner as it is now, and again after each change until it is over.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Store`].
pub async fn watch(ctx: &Context, id: &str) -> Result<impl Stream<Item = Job> + Send + use<>, AppError> {
    let first = lookup::load(ctx, id).await?;
    let receiver = ctx.job_watches.join(ctx, id);
    Ok(futures_util::stream::unfold(Watch { next: Some(first), seen: 0, receiver }, Watch::step))
}

struct Watch {
    /// What is to be told next, if that is known.
    next: Option<Job>,
    /// The revision told last.
    seen: i64,
    receiver: Receiver<Seen>,
}

impl Watch {
    async fn step(mut self) -> Option<(Job, Watch)> {
        let job = match self.next.take() {
            Some(job) => job,
            None if self.seen == i64::MAX => return None,
            None => {
                let seen = self.seen;
                let is_newer = |known: &Seen| known.as_ref().is_some_and(|job| job.revision > seen);
                let newer = self.receiver.wait_for(is_newer).await.ok()?.clone()?;
                Job::clone(&newer)
            }
        };
        // Behind the last change nothing is waited for.
        self.seen = if job.state.is_final() { i64::MAX } else { job.revision };
        Some((job, self))
    }
}
