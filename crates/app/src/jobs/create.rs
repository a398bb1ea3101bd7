//! Making jobs.

use model::Timestamp;
use store::jobs::NewStoredJob;
use store::{StoreError, Transaction};

use super::{Job, JobInput, JobKind, kinds, lookup};
use crate::{AppError, Clock, Context};

/// The most characters of a key under which a job is made.
const KEY_CHARS_MAX: usize = 200;

/// A job that is to be made.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What it is asked.
    pub input: JobInput,
    /// A key: the same key with the same input is the same job, however often it is asked for.
    pub idempotency_key: Option<String>,
}

impl NewJob {
    /// A job without a key.
    pub fn new(input: JobInput) -> NewJob {
        NewJob { input, idempotency_key: None }
    }
}

/// A job that was made, or that was there under its key already.
#[derive(Clone, Debug)]
pub struct Created {
    /// The job.
    pub job: Job,
    /// Whether it was made now.
    pub is_new: bool,
}

/// The writes that make a job, for the transaction of what it is about.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Its identity.
    pub id: String,
    /// What makes it; to be appended to a transaction.
    pub writes: Transaction,
    pub(super) stored: NewStoredJob,
}

/// A new identity of a job: a UUID of version 7, ascending in time.
pub(crate) fn new_id(clock: &dyn Clock) -> String {
    let micros = clock.now().epoch_micros().max(0) as u64;
    let mut rest = [0; 10];
    rest.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..10]);
    // The twelve bits behind the milliseconds tell microseconds, so that jobs of one millisecond keep their order.
    let fraction = ((micros % 1_000) * 4) as u16;
    rest[..2].copy_from_slice(&fraction.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &rest).into_uuid().to_string()
}

/// The writes that make a job of the owner, which must not be checked against anything that is stored: another use case
/// puts them into its own transaction.
///
/// # Errors
/// [`AppError::Invalid`] when the input makes no sense.
pub fn creation(ctx: &Context, new: &NewJob) -> Result<Creation, AppError> {
    let input = kinds::normalized(ctx, &new.input)?;
    Ok(creation_of(ctx, &input, kinds::subject(&input), new.idempotency_key.clone(), None))
}

fn creation_of(
    ctx: &Context,
    input: &JobInput,
    subject: Option<String>,
    idempotency_key: Option<String>,
    lease: Option<(String, Timestamp)>,
) -> Creation {
    let now = ctx.clock.now();
    let stored = NewStoredJob {
        id: new_id(ctx.clock.as_ref()),
        kind: input.kind().as_str().to_owned(),
        owner: ctx.owner.clone(),
        subject,
        input: input.text(),
        input_sha256: input.sha256(),
        idempotency_key,
        units: input.units(),
        version: version().to_owned(),
        created_at: now,
        lease,
    };
    let mut writes = Transaction::new();
    store::jobs::insert(&mut writes, &stored);
    Creation { id: stored.id.clone(), writes, stored }
}

/// The version of the program.
pub(super) const fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Makes a job of the owner. Nothing is fetched and nothing computed before this returns.
///
/// # Errors
/// [`AppError::NotFound`] and [`AppError::Invalid`] when the input names what is not there or makes no sense,
/// [`AppError::IdempotencyConflict`] when the key belongs to a job with another input, [`AppError::QueueFull`], and
/// [`AppError::Store`].
pub async fn create(ctx: &Context, new: NewJob) -> Result<Created, AppError> {
    create_with(ctx, new, None).await
}

/// Makes a job of the owner when the first writes of its transaction go through, and none when they do not.
///
/// # Errors
/// Those of [`create`].
pub(crate) async fn create_if(
    ctx: &Context,
    new: NewJob,
    admission: Transaction,
) -> Result<Option<Created>, AppError> {
    match create_behind(ctx, new, None, admission).await {
        Ok(created) => Ok(Some(created)),
        Err(AppError::Store(StoreError::Guard { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a job, held by a worker from the first when there is one.
pub(super) async fn create_with(
    ctx: &Context,
    new: NewJob,
    worker: Option<&str>,
) -> Result<Created, AppError> {
    create_behind(ctx, new, worker, Transaction::new()).await
}

/// Makes a job in one transaction with the writes that come first.
async fn create_behind(
    ctx: &Context,
    new: NewJob,
    worker: Option<&str>,
    mut writes: Transaction,
) -> Result<Created, AppError> {
    let store = ctx.store()?;
    check_key(new.idempotency_key.as_deref())?;
    let input = kinds::normalized(ctx, &new.input)?;
    if let Some(key) = &new.idempotency_key
        && let Some(found) = found_under(ctx, key, &input).await?
    {
        return Ok(found);
    }
    let subject = kinds::checked_subject(ctx, &input).await?;
    let lease = worker.map(|worker| (worker.to_owned(), super::run::lease_until(ctx, ctx.clock.now())));
    if lease.is_none() {
        check_room(ctx, input.kind()).await?;
    }
    let creation = creation_of(ctx, &input, subject, new.idempotency_key.clone(), lease);
    let made = creation.stored;
    writes.append(creation.writes);
    match store.record(writes).await {
        Ok(_) => {
            tracing::info!(job = made.id, state = "pending", "job_state_changed");
            let job = lookup::load(ctx, &made.id).await?;
            Ok(Created { job, is_new: true })
        }
        // Somebody else made a job under the key at the same moment.
        Err(error @ StoreError::Constraint { .. }) => match &new.idempotency_key {
            Some(key) => found_under(ctx, key, &input).await?.ok_or_else(|| error.into()),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn check_key(key: Option<&str>) -> Result<(), AppError> {
    let wrong = |key: &str| {
        key.is_empty() || key.chars().count() > KEY_CHARS_MAX || key.chars().any(char::is_control)
    };
    match key.filter(|key| wrong(key)) {
        Some(_) => {
            let message = format!("a key has 1 to {KEY_CHARS_MAX} characters and no control characters");
            Err(AppError::Invalid { field: "idempotency_key", message })
        }
        None => Ok(()),
    }
}

/// The job that was made under a key, if its input is the same.
async fn found_under(ctx: &Context, key: &str, input: &JobInput) -> Result<Option<Created>, AppError> {
    let Some(found) = store::jobs::by_key(ctx.store()?, &ctx.owner, key).await? else { return Ok(None) };
    if found.input_sha256 != input.sha256() {
        return Err(AppError::IdempotencyConflict { key: key.to_owned() });
    }
    let job = Job::read(&found, ctx.clock.now())?;
    Ok(Some(Created { job, is_new: false }))
}

pub(super) async fn check_room(ctx: &Context, kind: JobKind) -> Result<(), AppError> {
    let others: Vec<JobKind> =
        JobKind::ALL.iter().copied().filter(|known| *known != JobKind::OnboardSymbol).collect();
    let limit = ctx.limits.jobs.queue_depth_max;
    if kind != JobKind::OnboardSymbol && lookup::count_open(ctx, &others).await? >= limit {
        return Err(AppError::QueueFull { limit, retry_after_s: QUEUE_RETRY_S });
    }
    Ok(())
}

/// When to ask again while the queue is full.
const QUEUE_RETRY_S: u64 = 30;
