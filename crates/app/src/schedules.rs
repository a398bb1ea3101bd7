//! Schedules: jobs that are made by themselves, by the wall clock of the exchange.
//!
//! An occurrence is taken by a guarded statement in the transaction that makes its job, so that however many processes
//! look, it is made once. Occurrences that nobody was there for are made up by one job.

mod cron;

use std::time::Duration;

use model::{Timestamp, Zone};
use store::schedules::StoredSchedule;
use store::{StoreError, Transaction};
use tokio::sync::watch::Receiver;

use crate::jobs::{self, Heartbeat, JobInput, JobKind, NewJob};
use crate::{AppError, Context};

/// The zone of the exchange.
const ZONE: &str = "America/New_York";
/// No two clocks differ by so many seconds, unless one has jumped.
const CLOCK_SECONDS_MAX: i64 = 3_600;
/// Occurrences that are made at one look.
const DUE_COUNT_MAX: i64 = 100;

/// A schedule that is to be added.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// When: a cron expression on the wall clock of the exchange.
    pub cron: String,
    /// What the jobs are asked.
    pub input: JobInput,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its identity.
    pub id: String,
    /// What kind of jobs it makes.
    pub kind: JobKind,
    /// What they are asked.
    pub input: serde_json::Value,
    /// When.
    pub cron: String,
    /// The time zone.
    pub zone: String,
    /// When it makes the next job.
    pub next_at: Timestamp,
    /// When it last made one.
    pub last_at: Option<Timestamp>,
    /// The job it made last.
    pub last_job: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Adds a schedule of the owner.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`] when the input names what is not there, [`AppError::LimitExceeded`],
/// [`AppError::Store`].
pub async fn add(ctx: &Context, new: &NewSchedule) -> Result<Schedule, AppError> {
    let now = ctx.clock.now();
    let next_at = cron::next_after(&new.cron, &zone(ZONE)?, now)?;
    let input = jobs::checked(ctx, &new.input).await?;
    let known = store::schedules::of_owner(ctx.store()?, &ctx.owner).await?;
    let limit = ctx.limits.jobs.schedules_max;
    if known.len() >= limit {
        return Err(AppError::LimitExceeded {
            what: "schedules of an owner",
            count: known.len() as u64 + 1,
            limit: limit as u64,
        });
    }
    let stored = StoredSchedule {
        id: jobs::new_id(ctx.clock.as_ref()),
        owner: ctx.owner.clone(),
        kind: input.kind().as_str().to_owned(),
        input: input.text(),
        cron: new.cron.trim().to_owned(),
        zone: ZONE.to_owned(),
        next_at,
        last_at: None,
        last_job_id: None,
        created_at: now,
    };
    let mut tx = Transaction::new();
    store::schedules::insert(&mut tx, &stored);
    ctx.store()?.record(tx).await?;
    read(&stored)
}

/// The schedules of the owner, oldest first.
///
/// # Errors
/// [`AppError::Store`].
pub async fn list(ctx: &Context) -> Result<Vec<Schedule>, AppError> {
    store::schedules::of_owner(ctx.store()?, &ctx.owner).await?.iter().map(read).collect()
}

/// Drops a schedule of the owner; the jobs it made stay.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Store`].
pub async fn remove(ctx: &Context, id: &str) -> Result<(), AppError> {
    match store::schedules::delete(ctx.store()?, &ctx.owner, id).await? {
        true => Ok(()),
        false => Err(AppError::NotFound {
            what: "schedule",
            name: id.to_owned(),
            hint: "; `daybook schedule list` shows them",
        }),
    }
}

fn read(stored: &StoredSchedule) -> Result<Schedule, AppError> {
    let invalid = |what, value: &str| store::StoreError::Invalid { what, value: value.to_owned() };
    Ok(Schedule {
        id: stored.id.clone(),
        kind: stored.kind.parse().map_err(|_| invalid("kind of job", &stored.kind))?,
        input: serde_json::from_str(&stored.input).map_err(|_| invalid("input of a job", &stored.input))?,
        cron: stored.cron.clone(),
        zone: stored.zone.clone(),
        next_at: stored.next_at,
        last_at: stored.last_at,
        last_job: stored.last_job_id.clone(),
        created_at: stored.created_at,
    })
}

fn zone(name: &str) -> Result<Zone, AppError> {
    Zone::named(name)
        .ok_or_else(|| AppError::Invalid { field: "zone", message: format!("{name:?} is no time zone") })
}

/// Makes the jobs of schedules as they come due, until the process must end.
pub(crate) async fn fire_due(ctx: Context, heartbeat: Heartbeat, mut stop: Receiver<bool>) {
    let every = Duration::from_millis(ctx.limits.jobs.schedule_ms.max(1));
    loop {
        heartbeat.beat("schedules");
        if let Err(error) = fire(&ctx).await {
            tracing::warn!(error = error.describe(), "schedules_not_looked_at");
        }
        if !jobs::goes_on_after(&mut stop, every).await {
            return;
        }
    }
}

/// Makes a job for each schedule that is due, whoever it belongs to. How many.
///
/// # Errors
/// [`AppError::Store`].
pub async fn fire(ctx: &Context) -> Result<usize, AppError> {
    let (store, _) = ctx.store()?.counted();
    let now = ctx.clock.now();
    let horizon = now.plus_seconds(CLOCK_SECONDS_MAX);
    let due = store::schedules::due(&store, now, horizon, DUE_COUNT_MAX).await?;
    let mut fired = 0;
    for schedule in &due {
        match fire_one(&Context { owner: schedule.owner.clone(), ..ctx.clone() }, schedule).await {
            Ok(is_ours) => fired += usize::from(is_ours),
            // One that cannot be fired must not keep the others from it.
            Err(error) => {
                tracing::warn!(schedule = schedule.id, error = error.describe(), "schedule_not_fired");
            }
        }
    }
    Ok(fired)
}

/// Takes the occurrence that is due and makes its job, in one transaction. Whether nobody else did. However many
/// occurrences were missed, the next one lies ahead.
async fn fire_one(ctx: &Context, due: &StoredSchedule) -> Result<bool, AppError> {
    let now = ctx.clock.now();
    let next_at = cron::next_after(&due.cron, &zone(&due.zone)?, now)?;
    if due.next_at > now {
        // A clock that was ahead took occurrences which are still to come.
        tracing::warn!(schedule = due.id, next = %next_at, "schedule_set_back");
        return take(ctx, due, next_at, None, None).await.map(|_| false);
    }
    let schedule = read(due)?;
    let input = JobInput::parse(schedule.kind, &schedule.input)?;
    let key = format!("schedule {} {}", due.id, due.next_at);
    let creation = jobs::creation(ctx, &NewJob { input, idempotency_key: Some(key.clone()) })?;
    let mut tx = Transaction::new();
    store::schedules::fire(&mut tx, due, next_at, Some(now), Some(&creation.id));
    tx.append(creation.writes);
    match ctx.store()?.record(tx).await {
        Ok(_) => {
            tracing::info!(schedule = due.id, job = creation.id, due = %due.next_at, next = %next_at, "schedule_fired");
            Ok(true)
        }
        Err(error) if error.is_guard() => Ok(false),
        // The job of the occurrence is there, made by a clock that went back since.
        Err(StoreError::Constraint { .. }) => {
            let made = store::jobs::by_key(ctx.store()?, &ctx.owner, &key).await?;
            take(ctx, due, next_at, Some(now), made.as_ref().map(|job| job.id.as_str())).await.map(|_| false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes an occurrence without making its job. Whether nobody else did.
async fn take(
    ctx: &Context,
    due: &StoredSchedule,
    next_at: Timestamp,
    at: Option<Timestamp>,
    job: Option<&str>,
) -> Result<bool, AppError> {
    let mut tx = Transaction::new();
    store::schedules::fire(&mut tx, due, next_at, at, job);
    match ctx.store()?.record(tx).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_guard() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
