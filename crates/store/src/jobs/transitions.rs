//! The changes of a job's state, and its lease.

use model::Timestamp;

use super::Holder;
use crate::store::Store;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// Claims the oldest job that nobody works on: its lease is free, has run out, or ends so far in the
    /// future that a clock must have jumped.
    JOB_CLAIM: "UPDATE job SET lease_owner = $1, lease_until = $2, fence = fence + 1, \
            takeover_count = takeover_count + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END, \
            progressed_at = $3, started_at = COALESCE(started_at, $3), version = $4, revision = revision + 1 \
        WHERE id = (SELECT id FROM job WHERE state IN ('pending', 'downloading_data', 'running') \
                AND kind IN {texts:$5} AND (run_after <= $3 OR run_after > $6) \
                AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $6) \
            ORDER BY id LIMIT 1 {lock:skip})",
        params [text, int, int, text, text, int], columns [];
    /// Claims one job, if nobody works on it.
    JOB_CLAIM_ONE: "UPDATE job SET lease_owner = $1, lease_until = $2, fence = fence + 1, \
            takeover_count = takeover_count + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END, \
            progressed_at = $3, started_at = COALESCE(started_at, $3), version = $4, revision = revision + 1 \
        WHERE id = $5 AND state IN ('pending', 'downloading_data', 'running') \
            AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $6)",
        params [text, int, int, text, text, int], columns [];
    /// The guard of what is recorded for a job: it stands first in the transaction and notes that the job came on.
    JOB_GUARD: "UPDATE job SET progressed_at = $4, takeover_count = 0, revision = revision + 1 \
        WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND lease_until > $4 \
            AND state IN ('pending', 'downloading_data', 'running')",
        params [text, text, int, int], columns [];
    /// Renews a lease that nobody else took meanwhile.
    JOB_RENEW: "UPDATE job SET lease_until = $4 WHERE id = $1 AND lease_owner = $2 AND fence = $3 \
            AND state IN ('pending', 'downloading_data', 'running')",
        params [text, text, int, int], columns [];
    /// Notes how far a job has come, and renews its lease.
    JOB_PROGRESS: "UPDATE job SET lease_until = $4, progressed_at = $5, phase = $6, phase_done = $7, phase_total = $8, \
            phase_started_at = $9, revision = revision + 1 \
        WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND state IN ('pending', 'downloading_data', 'running')",
        params [text, text, int, int, int, text?, int, int, int?], columns [];
    /// Takes a job to its next state.
    JOB_ADVANCE: "UPDATE job SET state = $5, progressed_at = $6, revision = revision + 1 \
        WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND state = $4",
        params [text, text, int, text, text, int], columns [];
    /// Ends a job.
    JOB_FINISH: "UPDATE job SET state = $4, error_code = $5, error = $6, result = $7, finished_at = $8, \
            progressed_at = $8, lease_owner = NULL, lease_until = NULL, cancel_requested = 0, \
            revision = revision + 1 \
        WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND state IN ('pending', 'downloading_data', 'running')",
        params [text, text, int, text, text?, text?, text?, int], columns [];
    /// Gives a job back that is not over.
    JOB_RELEASE: "UPDATE job SET lease_owner = NULL, lease_until = NULL, run_after = $4, attempt = $5, \
            error_code = $6, error = $7, revision = revision + 1 \
        WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND state IN ('pending', 'downloading_data', 'running')",
        params [text, text, int, int, int, text?, text?], columns [];
    /// Ends a job that nobody works on because somebody wants it to end.
    JOB_CANCEL: "UPDATE job SET state = 'cancelled', finished_at = $3, lease_owner = NULL, lease_until = NULL, \
            cancel_requested = 0, revision = revision + 1 \
        WHERE id = $1 AND owner = $2 AND state IN ('pending', 'downloading_data', 'running') \
            AND (lease_owner IS NULL OR lease_until <= $3)",
        params [text, text, int], columns [];
    /// Asks whoever works on a job to end it.
    JOB_CANCEL_REQUEST: "UPDATE job SET cancel_requested = 1, revision = revision + 1 \
        WHERE id = $1 AND owner = $2 AND state IN ('pending', 'downloading_data', 'running') AND cancel_requested = 0",
        params [text, text], columns [];
    /// Opens a job again that did not come to a good end, if nobody else did so meanwhile.
    JOB_REOPEN: "UPDATE job SET state = 'pending', units_failed = 0, attempt = 0, takeover_count = 0, phase = NULL, \
            phase_done = 0, phase_total = 0, phase_started_at = NULL, error_code = NULL, error = NULL, result = NULL, \
            cancel_requested = 0, run_after = 0, finished_at = NULL, progressed_at = $4, revision = revision + 1 \
        WHERE id = $1 AND owner = $2 AND revision = $3 AND state IN ('partial', 'failed', 'cancelled')",
        params [text, text, int, int], columns [];
    /// Jobs that have been over for long.
    JOBS_LONG_OVER: "SELECT id FROM job WHERE finished_at <= $1 ORDER BY finished_at LIMIT $2",
        params [int, int], columns [text];
    /// Drops jobs that have been over for long, if none was opened again; what belongs to them goes first.
    JOB_PURGE: "DELETE FROM job WHERE id IN {texts:$1} AND finished_at <= $2",
        params [text, int], columns [];
}

/// What a claim is made with.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The worker, told apart from every other one.
    pub worker: &'a str,
    /// The version of the program.
    pub version: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Until when the lease lasts unless it is renewed.
    pub lease_until: Timestamp,
    /// An instant that no lease and no pause reaches unless a clock jumped.
    pub horizon: Timestamp,
}

/// Claims the oldest job of some kinds that nobody works on. Whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn claim(store: &Store, claim: &Claim<'_>, kinds: &[String]) -> Result<bool, StoreError> {
    let values = vec![
        claim.worker.into(),
        claim.lease_until.epoch_micros().into(),
        claim.now.epoch_micros().into(),
        claim.version.into(),
        kinds.into(),
        claim.horizon.epoch_micros().into(),
    ];
    let mut tx = Transaction::new();
    tx.push(&JOB_CLAIM, values, Expect::AtMost(1));
    Ok(store.record(tx).await?.total() == 1)
}

/// Claims one job, if nobody works on it. Whether it got it.
///
/// # Errors
/// [`StoreError`].
pub async fn claim_one(store: &Store, claim: &Claim<'_>, id: &str) -> Result<bool, StoreError> {
    let values = vec![
        claim.worker.into(),
        claim.lease_until.epoch_micros().into(),
        claim.now.epoch_micros().into(),
        claim.version.into(),
        id.into(),
        claim.horizon.epoch_micros().into(),
    ];
    let mut tx = Transaction::new();
    tx.push(&JOB_CLAIM_ONE, values, Expect::AtMost(1));
    Ok(store.record(tx).await?.total() == 1)
}

/// Adds the guard of a job to a transaction. It belongs first: when the lease was lost, nothing behind it happens.
pub fn guard(tx: &mut Transaction, holder: &Holder, now: Timestamp) {
    let mut values = held(holder);
    values.push(now.epoch_micros().into());
    tx.push(&JOB_GUARD, values, Expect::Exactly(1));
}

/// Whether a transaction was refused because the lease of its job was lost.
pub fn is_lost(error: &StoreError) -> bool {
    let guards = [JOB_GUARD.name, JOB_FINISH.name, JOB_ADVANCE.name, JOB_PROGRESS.name, JOB_RELEASE.name];
    matches!(error, StoreError::Guard { statement, .. } if guards.contains(statement))
}

/// Renews a lease. Whether it was still held.
///
/// # Errors
/// [`StoreError`].
pub async fn renew(store: &Store, holder: &Holder, until: Timestamp) -> Result<bool, StoreError> {
    let mut values = held(holder);
    values.push(until.epoch_micros().into());
    let mut tx = Transaction::new();
    tx.push(&JOB_RENEW, values, Expect::AtMost(1));
    Ok(store.record(tx).await?.total() == 1)
}

/// How far a job has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Option<String>,
    /// How much of it is done.
    pub done: i64,
    /// How much there is to do; zero when that is not counted.
    pub total: i64,
    /// When it began.
    pub started_at: Option<Timestamp>,
}

/// Notes how far a job has come, and renews its lease.
pub fn progress(
    tx: &mut Transaction,
    holder: &Holder,
    progress: &Progress,
    now: Timestamp,
    until: Timestamp,
) {
    let mut values = held(holder);
    values.extend([
        until.epoch_micros().into(),
        now.epoch_micros().into(),
        progress.phase.clone().into(),
        progress.done.into(),
        progress.total.into(),
        progress.started_at.map(|at| at.epoch_micros()).into(),
    ]);
    tx.push(&JOB_PROGRESS, values, Expect::Exactly(1));
}

/// Takes a job from one state to the next.
pub fn advance(tx: &mut Transaction, holder: &Holder, from: &str, to: &str, now: Timestamp) {
    let mut values = held(holder);
    values.extend([from.into(), to.into(), now.epoch_micros().into()]);
    tx.push(&JOB_ADVANCE, values, Expect::Exactly(1));
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<'a> {
    /// Its final state.
    pub state: &'a str,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// Ends a job.
pub fn finish(tx: &mut Transaction, holder: &Holder, ending: &Ending<'_>) {
    let (code, error) = ending.error.clone().unzip();
    let mut values = held(holder);
    values.extend([
        ending.state.into(),
        code.into(),
        error.into(),
        ending.result.clone().into(),
        ending.now.epoch_micros().into(),
    ]);
    tx.push(&JOB_FINISH, values, Expect::Exactly(1));
}

/// Gives a job back that is not over: it is claimed again from an instant on.
pub fn release(
    tx: &mut Transaction,
    holder: &Holder,
    run_after: Timestamp,
    attempt: i64,
    error: Option<(String, String)>,
) {
    let (code, error) = error.unzip();
    let mut values = held(holder);
    values.extend([run_after.epoch_micros().into(), attempt.into(), code.into(), error.into()]);
    tx.push(&JOB_RELEASE, values, Expect::Exactly(1));
}

/// Ends a job of an owner that nobody works on, or else asks whoever does. Whether anything changed.
///
/// # Errors
/// [`StoreError`].
pub async fn cancel(store: &Store, id: &str, owner: &str, now: Timestamp) -> Result<bool, StoreError> {
    let mut tx = Transaction::new();
    tx.push(&JOB_CANCEL, vec![id.into(), owner.into(), now.epoch_micros().into()], Expect::AtMost(1));
    tx.push(&JOB_CANCEL_REQUEST, vec![id.into(), owner.into()], Expect::AtMost(1));
    Ok(store.record(tx).await?.total() == 1)
}

/// Opens a job again that was loaded at a revision. The transaction fails with [`StoreError::Guard`] when it changed.
pub fn reopen(tx: &mut Transaction, id: &str, owner: &str, revision: i64, now: Timestamp) {
    let values = vec![id.into(), owner.into(), revision.into(), now.epoch_micros().into()];
    tx.push(&JOB_REOPEN, values, Expect::Exactly(1));
    super::units::reopen(tx, id);
}

/// Jobs that are dropped at once.
const PURGE_COUNT_MAX: i64 = 500;

/// Drops the jobs that have been over longest of those that were over at an instant, with everything that belongs to
/// them. How many; none when there are no more.
///
/// # Errors
/// [`StoreError`].
pub async fn purge(store: &Store, finished_until: Timestamp) -> Result<usize, StoreError> {
    let until = finished_until.epoch_micros();
    let query = Query::new(&JOBS_LONG_OVER, vec![until.into(), PURGE_COUNT_MAX.into()]);
    let ids = store.load(vec![query]).await?[0].text(0).to_vec();
    if ids.is_empty() {
        return Ok(0);
    }
    let mut tx = Transaction::new();
    super::units::purge(&mut tx, &ids);
    super::notes::purge(&mut tx, &ids);
    tx.push(&JOB_PURGE, vec![ids.clone().into(), until.into()], Expect::Exactly(ids.len() as u64));
    store.record(tx).await?;
    Ok(ids.len())
}

fn held(holder: &Holder) -> Vec<crate::Value> {
    vec![holder.job.as_str().into(), holder.owner.as_str().into(), holder.fence.into()]
}
