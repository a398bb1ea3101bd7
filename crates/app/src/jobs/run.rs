//! Working on a claimed job to its end, or until it must be let go of.

use model::Timestamp;
use store::Transaction;
use store::jobs::StoredJob;
use store::jobs::transitions::{self, Claim};
use store::jobs::units as stored_units;
use tokio::sync::watch::{self, Receiver};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

use super::create::{create_with, version};
use super::guard::{Halt, JobGuard, UnitEnd};
use super::job::word;
use super::kinds::{self, Output, Worked};
use super::pulse::beat;
use super::workers::drop_some;
use super::{Job, JobInput, JobState, NewJob, Stop, UnitCounts, UnitState, final_state, lookup};
use crate::leases::new_owner;
use crate::{AppError, Context};

/// A lease or a pause that ends later than so many leases from now was given by a clock that jumped.
const HORIZON_LEASES: i64 = 240;
/// Each pause before another attempt is so many times as long as the one before.
const PAUSE_GROWTH: i64 = 4;

/// A job that is over, or that somebody else goes on with, and what came of the work here.
#[derive(Debug)]
pub struct Finished {
    /// The job as it is now.
    pub job: Job,
    /// What came of it, or what went wrong.
    pub output: Result<Output, AppError>,
}

/// When a lease ends that is taken or renewed now.
pub(super) fn lease_until(ctx: &Context, now: Timestamp) -> Timestamp {
    Timestamp::from_epoch_micros(now.epoch_micros() + ctx.limits.jobs.lease_ms * 1_000)
}

pub(super) fn claim_of<'a>(ctx: &Context, worker: &'a str) -> Claim<'a> {
    let now = ctx.clock.now();
    let limits = &ctx.limits.jobs;
    let longest_ms = (limits.lease_ms * HORIZON_LEASES)
        .max(limits.retry_wait_ms_max * 2)
        .max(limits.retry_pause_ms * PAUSE_GROWTH.pow(limits.retries_max.clamp(0, 8) as u32) * 2);
    let horizon = Timestamp::from_epoch_micros(now.epoch_micros() + longest_ms * 1_000);
    Claim { worker, version: version(), now, lease_until: lease_until(ctx, now), horizon }
}

/// Makes a job and works on it here. A job with the same input that a process began and did not come back to is gone on
/// with instead.
///
/// # Errors
/// Those of [`create`](super::create()), and [`AppError::LeaseLost`].
pub async fn run_now(ctx: &Context, new: NewJob) -> Result<Finished, AppError> {
    run_now_until(ctx, new, std::future::pending()).await
}

/// The same, until somebody tells it to end: then the job ends between two units and is given back, and whoever asks for the
/// same next goes on with it.
///
/// # Errors
/// As [`run_now`].
pub async fn run_now_until(
    ctx: &Context,
    new: NewJob,
    told_to_end: impl Future<Output = ()> + Send,
) -> Result<Finished, AppError> {
    let worker = new_owner(ctx);
    let store = ctx.store()?;
    let input = kinds::normalized(ctx, &new.input)?;
    let kind = input.kind().as_str();
    let abandoned = store::jobs::abandoned(store, &ctx.owner, kind, &input.sha256(), ctx.clock.now()).await?;
    if let Some(id) = abandoned
        && transitions::claim_one(store, &claim_of(ctx, &worker), &id).await?
    {
        return work_here(ctx, &worker, told_to_end).await;
    }
    // Where there are no workers nobody else does.
    drop_some(ctx).await;
    let created = create_with(ctx, new, Some(&worker)).await?;
    match created.is_new {
        true => work_here(ctx, &worker, told_to_end).await,
        false => run_in_foreground_until(ctx, &created.job.id, told_to_end).await,
    }
}

/// Works on a job of the owner here, or waits until whoever works on it has ended it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Store`].
pub async fn run_in_foreground(ctx: &Context, id: &str) -> Result<Finished, AppError> {
    run_in_foreground_until(ctx, id, std::future::pending()).await
}

/// The same, until somebody tells it to end.
///
/// # Errors
/// As [`run_in_foreground`], and [`AppError::JobStopped`] when it was waiting for somebody else.
pub async fn run_in_foreground_until(
    ctx: &Context,
    id: &str,
    told_to_end: impl Future<Output = ()> + Send,
) -> Result<Finished, AppError> {
    let mut told_to_end = std::pin::pin!(told_to_end);
    loop {
        let job = lookup::load(ctx, id).await?;
        if job.state.is_final() {
            return Ok(Finished { job, output: Ok(Output::Elsewhere) });
        }
        let worker = new_owner(ctx);
        if transitions::claim_one(ctx.store()?, &claim_of(ctx, &worker), id).await? {
            return work_here(ctx, &worker, told_to_end).await;
        }
        tokio::select! {
            () = &mut told_to_end => return Err(AppError::JobStopped { id: id.to_owned() }),
            () = tokio::time::sleep(std::time::Duration::from_millis(ctx.limits.jobs.poll_ms)) => {}
        }
    }
}

async fn work_here(
    ctx: &Context,
    worker: &str,
    told_to_end: impl Future<Output = ()> + Send,
) -> Result<Finished, AppError> {
    let claimed = store::jobs::of_lease(ctx.store()?, worker).await?;
    let job = claimed.ok_or_else(|| AppError::LeaseLost { id: String::new() })?;
    let (going_on, stop) = watch::channel(false);
    let output = {
        let mut working = std::pin::pin!(work(ctx, &job, worker, false, stop));
        tokio::select! {
            output = &mut working => output,
            () = told_to_end => {
                going_on.send_replace(true);
                working.await
            }
        }
    };
    let job = store::jobs::by_id(ctx.store()?, &job.id).await?.unwrap_or(job);
    Ok(Finished { job: Job::read(&job, ctx.clock.now())?, output })
}

/// Works on a claimed job. Faults that may pass are tried again later when `tries_again`; nobody waits for the answer then.
pub(super) async fn work(
    ctx: &Context,
    job: &StoredJob,
    worker: &str,
    tries_again: bool,
    stop: Receiver<bool>,
) -> Result<Output, AppError> {
    let span = tracing::info_span!("job", job = job.id, kind = job.kind);
    work_in_span(ctx, job, worker, tries_again, stop).instrument(span).await
}

async fn work_in_span(
    ctx: &Context,
    job: &StoredJob,
    worker: &str,
    tries_again: bool,
    stop: Receiver<bool>,
) -> Result<Output, AppError> {
    let store = ctx.store()?;
    let units = stored_units::of_job(store, &job.id, -1, i64::MAX).await?;
    let guard = JobGuard::new(job, worker, word("state of a job", &job.state)?, &units, tries_again);
    let ctx = Context {
        guard: Some(guard.clone()),
        owner: job.owner.clone(),
        observer: kinds::observer(ctx, &guard),
        ..ctx.clone()
    };
    tracing::info!(kind = job.kind, worker, fence = job.fence, attempt = job.attempt, "job_claimed");
    guard.note("claimed", format!("claimed by {worker}"), ctx.clock.now());
    let limits = &ctx.limits.jobs;
    let outcome = if job.cancel_requested {
        Err(AppError::JobStopped { id: job.id.clone() })
    } else if job.takeover_count > limits.takeovers_max {
        let (count, limit) = (job.takeover_count as u64, limits.takeovers_max as u64);
        Err(AppError::LimitExceeded { what: "takeovers of a job without progress", count, limit })
    } else {
        // A task of its own, so that work which keeps a thread busy keeps no lease from being renewed. It ends with the
        // set when it is let go of.
        let mut working = JoinSet::new();
        working.spawn(run_job(ctx.clone(), job.clone()).in_current_span());
        tokio::select! {
            ended = working.join_next() => ended.map_or_else(|| Err(lost_task()), caught),
            halt = beat(&ctx, &guard, stop) => Err(let_go(&guard, halt)),
        }
    };
    if job.cancel_requested {
        guard.halt(Halt::Cancelled);
    }
    let may_retry = tries_again && job.attempt < limits.retries_max;
    conclude(&ctx, &guard, job, outcome, may_retry).await
}

/// The error of work that was let go of in the middle.
fn let_go(guard: &JobGuard, halt: Halt) -> AppError {
    match halt {
        Halt::Lost => guard.lost(),
        Halt::Cancelled | Halt::Shutdown => AppError::JobStopped { id: guard.job().to_owned() },
        Halt::Stalled => {
            let at = guard.phase();
            let counts = guard.counts();
            AppError::JobStalled {
                id: guard.job().to_owned(),
                seconds: guard.still_for().as_secs(),
                place: format!(
                    "in {} at {} of {}, with {} of {} units ended",
                    at.phase.unwrap_or_else(|| "its beginning".to_owned()),
                    at.done,
                    at.total,
                    counts.total - counts.open(),
                    counts.total
                ),
            }
        }
    }
}

/// Runs the work of a job.
async fn run_job(ctx: Context, job: StoredJob) -> Result<Worked, AppError> {
    let kind = word("kind of job", &job.kind)?;
    let value = serde_json::from_str(&job.input)
        .map_err(|error| AppError::Invalid { field: "input", message: error.to_string() })?;
    let input = JobInput::parse(kind, &value)?;
    let ctx = Context { is_offline: ctx.is_offline || input.is_offline(), ..ctx };
    kinds::run(&ctx, &input).await
}

/// A panic in the work is an error of the job and of nothing else.
fn caught(ended: Result<Result<Worked, AppError>, JoinError>) -> Result<Worked, AppError> {
    let error = match ended {
        Ok(outcome) => return outcome,
        Err(error) => error,
    };
    let Ok(panic) = error.try_into_panic() else { return Err(lost_task()) };
    let told = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let told = told.or_else(|| panic.downcast_ref::<String>().cloned());
    Err(AppError::JobPanicked { message: told.unwrap_or_else(|| "without a message".to_owned()) })
}

fn lost_task() -> AppError {
    AppError::TaskLost { what: "the work of a job" }
}

/// Ends a job by what came of the work, or gives it back.
async fn conclude(
    ctx: &Context,
    guard: &JobGuard,
    job: &StoredJob,
    outcome: Result<Worked, AppError>,
    may_retry: bool,
) -> Result<Output, AppError> {
    let now = ctx.clock.now();
    match outcome {
        Ok(worked) => {
            let is_passing = worked.passing.is_some() || worked.ends.iter().any(|end| end.may_pass);
            if is_passing && may_retry {
                let (later, ended): (Vec<UnitEnd>, Vec<UnitEnd>) =
                    worked.ends.into_iter().partition(|end| end.may_pass);
                let retry_at = later.iter().filter_map(|end| end.retry_at).min();
                let error = later.into_iter().find_map(|end| end.error).or(worked.passing);
                give_back(ctx, guard, job, &ended, error, Some(retry_at)).await?;
                return Ok(worked.output);
            }
            let stop = match worked.fault {
                Some(_) => Stop::Failed,
                None if guard.halted() == Some(Halt::Cancelled) => Stop::Cancelled,
                None => Stop::None,
            };
            let end = End { stop, error: worked.fault, result: worked.result, ends: worked.ends };
            finish(ctx, guard, end).await?;
            Ok(worked.output)
        }
        Err(error @ AppError::LeaseLost { .. }) => {
            tracing::warn!(error = error.describe(), "job_let_go");
            Err(error)
        }
        Err(error @ AppError::JobStopped { .. }) if guard.halted() == Some(Halt::Shutdown) => {
            give_back(ctx, guard, job, &[], None, None).await?;
            Err(error)
        }
        Err(error @ AppError::JobStopped { .. }) => {
            let end = End { stop: Stop::Cancelled, error: None, result: None, ends: Vec::new() };
            finish(ctx, guard, end).await?;
            Err(error)
        }
        Err(error) => {
            let told = (error.code().to_owned(), error.describe());
            tracing::warn!(code = told.0, error = told.1, "job_attempt_failed");
            guard.note("failed", told.1.clone(), now);
            if may_retry && error.may_pass() {
                give_back(ctx, guard, job, &[], Some(told), Some(None)).await?;
            } else {
                let end = End { stop: Stop::Failed, error: Some(told), result: None, ends: Vec::new() };
                finish(ctx, guard, end).await?;
            }
            Err(error)
        }
    }
}

/// Everything a job ends with.
struct End {
    stop: Stop,
    error: Option<(String, String)>,
    result: Option<serde_json::Value>,
    ends: Vec<UnitEnd>,
}

async fn finish(ctx: &Context, guard: &JobGuard, end: End) -> Result<(), AppError> {
    let now = ctx.clock.now();
    let mut behind = Transaction::new();
    guard.end_units(&mut behind, &end.ends);
    let counts = guard.counts_after(&end.ends);
    let ending = final_state(&counts, end.stop);
    if ending.is_already_done {
        guard.warn("already_done", "there was nothing left to do");
    }
    let summary = format!("{} of {} units done, {} failed", counts.done, counts.total, counts.failed);
    guard.note("ended", format!("{}: {summary}", ending.state), now);
    guard.write_notes(&mut behind);
    let from = guard.state();
    let mut tx = Transaction::new();
    if from < JobState::Running && matches!(ending.state, JobState::Completed | JobState::Partial) {
        transitions::advance(&mut tx, guard.holder(), from.as_str(), JobState::Running.as_str(), now);
    }
    let result = end.result.map(|result| result.to_string());
    let ended = transitions::Ending { state: ending.state.as_str(), error: end.error, result, now };
    transitions::finish(&mut tx, guard.holder(), &ended);
    tx.append(behind);
    match ctx.store()?.record(tx).await {
        Ok(_) => {
            let UnitCounts { done, failed, skipped, .. } = counts;
            tracing::info!(job = guard.job(), state = %ending.state, "job_state_changed");
            tracing::info!(done, failed, skipped, "job_ended");
            guard.set_state(ending.state);
            Ok(())
        }
        Err(error) if transitions::is_lost(&error) => Err(guard.lost()),
        Err(error) => Err(error.into()),
    }
}

/// Gives a job back that is not over: at once, or when an attempt failed, after a pause that grows with each. The pause is
/// longer when a provider said for how long asking is in vain, up to a limit.
async fn give_back(
    ctx: &Context,
    guard: &JobGuard,
    job: &StoredJob,
    ended: &[UnitEnd],
    error: Option<(String, String)>,
    attempt_failed: Option<Option<Timestamp>>,
) -> Result<(), AppError> {
    let now = ctx.clock.now();
    let (mut attempt, mut run_after) = (job.attempt, Timestamp::from_epoch_micros(0));
    if let Some(retry_at) = attempt_failed {
        let limits = &ctx.limits.jobs;
        let pause_ms = limits.retry_pause_ms * PAUSE_GROWTH.pow(attempt.clamp(0, 8) as u32);
        let after = |ms: i64| Timestamp::from_epoch_micros(now.epoch_micros() + ms * 1_000);
        run_after = after(pause_ms).max(retry_at.unwrap_or(now).min(after(limits.retry_wait_ms_max)));
        attempt += 1;
        guard.note("tried_again_later", format!("attempt {attempt} not before {run_after}"), now);
    }
    tracing::info!(attempt, run_after = %run_after, "job_given_back");
    let mut tx = Transaction::new();
    transitions::release(&mut tx, guard.holder(), run_after, attempt, error);
    guard.end_units(&mut tx, ended);
    guard.write_notes(&mut tx);
    match ctx.store()?.record(tx).await {
        Ok(_) => Ok(()),
        Err(error) if transitions::is_lost(&error) => Err(guard.lost()),
        Err(error) => Err(error.into()),
    }
}

/// The end of a unit about which a provider said no: worth another attempt when the fault may pass.
pub(super) fn failed_unit(name: &str, failure: &crate::FetchFailure) -> UnitEnd {
    let may_pass = matches!(failure.code, "rate_limited" | "unavailable" | "fetched_elsewhere");
    UnitEnd {
        retry_at: failure.retry_at,
        ..UnitEnd::failed(name, failure.code, failure.message.clone(), may_pass)
    }
}

/// The end of a unit that was fetched or was there.
pub(super) const fn ended_as(is_new: bool) -> UnitState {
    if is_new { UnitState::Done } else { UnitState::Skipped }
}
