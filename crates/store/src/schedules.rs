//! When jobs are made by themselves.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Adds a schedule.
    SCHEDULE_INSERT: "INSERT INTO schedule (id, owner, kind, input, cron, zone, next_at, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params [text, text, text, text, text, text, int, int], columns [];
    /// The schedules of an owner.
    SCHEDULES_OF_OWNER: "SELECT id, owner, kind, input, cron, zone, next_at, last_at, last_job_id, created_at \
        FROM schedule WHERE owner = $1 ORDER BY id",
        params [text], columns [text, text, text, text, text, text, int, int?, text?, int];
    /// Schedules with an occurrence that is due, whoever they belong to, and those that a clock fired which has gone back
    /// since.
    SCHEDULES_DUE: "SELECT id, owner, kind, input, cron, zone, next_at, last_at, last_job_id, created_at \
        FROM schedule WHERE next_at <= $1 OR last_at > $2 ORDER BY next_at, id LIMIT $3",
        params [int, int, int], columns [text, text, text, text, text, text, int, int?, text?, int];
    /// Takes an occurrence, if nobody else took it.
    SCHEDULE_FIRE: "UPDATE schedule SET next_at = $3, last_at = $4, last_job_id = $5 WHERE id = $1 AND next_at = $2",
        params [text, int, int, int?, text?], columns [];
    /// Drops a schedule of an owner.
    SCHEDULE_DELETE: "DELETE FROM schedule WHERE id = $1 AND owner = $2",
        params [text, text], columns [];
}

/// A schedule as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSchedule {
    /// Its identity.
    pub id: String,
    /// Whose jobs it makes.
    pub owner: String,
    /// The kind of the jobs.
    pub kind: String,
    /// Their input, as JSON.
    pub input: String,
    /// When, as a cron expression.
    pub cron: String,
    /// The time zone of the expression.
    pub zone: String,
    /// The occurrence that has not been made yet.
    pub next_at: Timestamp,
    /// When it last made a job.
    pub last_at: Option<Timestamp>,
    /// The job it made last.
    pub last_job_id: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Adds a schedule.
pub fn insert(tx: &mut Transaction, schedule: &StoredSchedule) {
    let values = vec![
        schedule.id.as_str().into(),
        schedule.owner.as_str().into(),
        schedule.kind.as_str().into(),
        schedule.input.as_str().into(),
        schedule.cron.as_str().into(),
        schedule.zone.as_str().into(),
        schedule.next_at.epoch_micros().into(),
        schedule.created_at.epoch_micros().into(),
    ];
    tx.push(&SCHEDULE_INSERT, values, Expect::Exactly(1));
}

/// The schedules of an owner, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_owner(store: &Store, owner: &str) -> Result<Vec<StoredSchedule>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&SCHEDULES_OF_OWNER, vec![owner.into()])]).await?[0]))
}

/// Schedules with an occurrence that is due, the one that waits longest first, and those that were fired behind an instant
/// which no clock is ahead by.
///
/// # Errors
/// [`StoreError`].
pub async fn due(
    store: &Store,
    now: Timestamp,
    horizon: Timestamp,
    limit: i64,
) -> Result<Vec<StoredSchedule>, StoreError> {
    let values = vec![now.epoch_micros().into(), horizon.epoch_micros().into(), limit.into()];
    let query = Query::new(&SCHEDULES_DUE, values);
    Ok(read(&store.load(vec![query]).await?[0]))
}

/// Takes the occurrence of a schedule that is due, and makes the next one the one to wait for. The transaction fails
/// with [`StoreError::Guard`] when somebody else took it.
pub fn fire(
    tx: &mut Transaction,
    due: &StoredSchedule,
    next_at: Timestamp,
    now: Option<Timestamp>,
    job: Option<&str>,
) {
    let values = vec![
        due.id.as_str().into(),
        due.next_at.epoch_micros().into(),
        next_at.epoch_micros().into(),
        now.map(|now| now.epoch_micros()).into(),
        job.map(str::to_owned).into(),
    ];
    tx.push(&SCHEDULE_FIRE, values, Expect::Exactly(1));
}

/// Drops a schedule of an owner. Whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn delete(store: &Store, owner: &str, id: &str) -> Result<bool, StoreError> {
    let mut tx = Transaction::new();
    tx.push(&SCHEDULE_DELETE, vec![id.into(), owner.into()], Expect::AtMost(1));
    Ok(store.record(tx).await?.total() == 1)
}

fn read(table: &Table) -> Vec<StoredSchedule> {
    let schedule = |row: usize| StoredSchedule {
        id: table.text(0)[row].clone(),
        owner: table.text(1)[row].clone(),
        kind: table.text(2)[row].clone(),
        input: table.text(3)[row].clone(),
        cron: table.text(4)[row].clone(),
        zone: table.text(5)[row].clone(),
        next_at: instant(table.int(6)[row]),
        last_at: table.int_null(7)[row].map(instant),
        last_job_id: table.text_null(8)[row].clone(),
        created_at: instant(table.int(9)[row]),
    };
    (0..table.len()).map(schedule).collect()
}
