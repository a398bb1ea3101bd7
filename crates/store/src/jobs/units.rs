//! What a job is made of: portfolios or symbols, each of which succeeds or fails by itself.

use crate::store::Store;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Adds units.
    JOB_UNIT_INSERT: "INSERT INTO job_unit (job_id, number, name, state, attempt) \
        SELECT r.job_id, r.number, r.name, 'pending', 0 FROM {rows: job_id, number, name} r",
        params [text, int, text], columns [];
    /// The units of a job behind one of them.
    JOB_UNITS: "SELECT number, name, state, attempt, error_code, error FROM job_unit \
        WHERE job_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        params [text, int, int], columns [int, text, text, int, text?, text?];
    /// Notes how units ended.
    JOB_UNIT_END: "UPDATE job_unit SET state = r.state, error_code = r.error_code, error = r.error \
        FROM {rows: job_id, number, state, error_code, error} r \
        WHERE job_unit.job_id = r.job_id AND job_unit.number = r.number",
        params [text, int, text, text?, text?], columns [];
    /// Counts the units of a job by how they ended.
    JOB_COUNT_UNITS: "UPDATE job SET \
            units_total = (SELECT COUNT(*) FROM job_unit WHERE job_id = $1), \
            units_done = (SELECT COUNT(*) FROM job_unit WHERE job_id = $1 AND state = 'done'), \
            units_failed = (SELECT COUNT(*) FROM job_unit WHERE job_id = $1 AND state = 'failed'), \
            units_skipped = (SELECT COUNT(*) FROM job_unit WHERE job_id = $1 AND state = 'skipped') \
        WHERE id = $1",
        params [text], columns [];
    /// Opens the units again that failed.
    JOB_UNIT_REOPEN: "UPDATE job_unit SET state = 'pending', attempt = attempt + 1, error_code = NULL, error = NULL \
        WHERE job_id = $1 AND state = 'failed'",
        params [text], columns [];
    /// Drops the units of jobs that have been over for long.
    JOB_UNIT_PURGE: "DELETE FROM job_unit WHERE job_id IN {texts:$1}",
        params [text], columns [];
}

/// A unit of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its number within the job, from zero.
    pub number: i64,
    /// What it is called.
    pub name: String,
    /// `pending`, `done`, `failed` or `skipped`.
    pub state: String,
    /// How often it was tried again.
    pub attempt: i64,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
}

/// How a unit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEnd {
    /// Its number within the job.
    pub number: i64,
    /// `done`, `failed` or `skipped`.
    pub state: &'static str,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
}

/// Adds units to a job, numbered from `first` on. Whoever adds them to a job that is there holds it.
pub fn add(tx: &mut Transaction, job: &str, first: i64, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let rows = Table::new(vec![
        vec![job.to_owned(); names.len()].into(),
        (first..first + names.len() as i64).collect::<Vec<_>>().into(),
        names.to_vec().into(),
    ]);
    tx.push_rows(&JOB_UNIT_INSERT, rows, Expect::Exactly(names.len() as u64));
    tx.push(&JOB_COUNT_UNITS, vec![job.into()], Expect::Exactly(1));
}

/// Units of a job behind the one of a number, in order; all of them from -1 on.
///
/// # Errors
/// [`StoreError`].
pub async fn of_job(store: &Store, job: &str, behind: i64, limit: i64) -> Result<Vec<Unit>, StoreError> {
    let query = Query::new(&JOB_UNITS, vec![job.into(), behind.into(), limit.into()]);
    let tables = store.load(vec![query]).await?;
    let table = &tables[0];
    let unit = |row: usize| Unit {
        number: table.int(0)[row],
        name: table.text(1)[row].clone(),
        state: table.text(2)[row].clone(),
        attempt: table.int(3)[row],
        error: table.text_null(4)[row].clone().zip(table.text_null(5)[row].clone()),
    };
    Ok((0..table.len()).map(unit).collect())
}

/// Notes how units of a job ended, and counts them. The guard of the job belongs before it.
pub fn end(tx: &mut Transaction, job: &str, ends: &[UnitEnd]) {
    if ends.is_empty() {
        return;
    }
    let rows = Table::new(vec![
        vec![job.to_owned(); ends.len()].into(),
        ends.iter().map(|end| end.number).collect::<Vec<_>>().into(),
        ends.iter().map(|end| end.state.to_owned()).collect::<Vec<_>>().into(),
        ends.iter().map(|end| end.error.as_ref().map(|(code, _)| code.clone())).collect::<Vec<_>>().into(),
        ends.iter().map(|end| end.error.as_ref().map(|(_, error)| error.clone())).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&JOB_UNIT_END, rows, Expect::Exactly(ends.len() as u64));
    tx.push(&JOB_COUNT_UNITS, vec![job.into()], Expect::Exactly(1));
}

pub(super) fn reopen(tx: &mut Transaction, job: &str) {
    tx.push(&JOB_UNIT_REOPEN, vec![job.into()], Expect::Any);
}

pub(super) fn purge(tx: &mut Transaction, jobs: &[String]) {
    tx.push(&JOB_UNIT_PURGE, vec![jobs.into()], Expect::Any);
}
