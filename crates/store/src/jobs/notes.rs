//! What is told of a job while it goes on: warnings, and lines of its log.

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Adds warnings.
    JOB_WARNING_INSERT: "INSERT INTO job_warning (job_id, fence, number, kind, message) \
        SELECT r.job_id, r.fence, r.number, r.kind, r.message \
        FROM {rows: job_id, fence, number, kind, message} r",
        params [text, int, int, text, text], columns [];
    /// The warnings of a job behind one of them.
    JOB_WARNINGS: "SELECT fence, number, kind, message FROM job_warning \
        WHERE job_id = $1 AND (fence, number) > ($2, $3) ORDER BY fence, number LIMIT $4",
        params [text, int, int, int], columns [int, int, text, text];
    /// How many warnings of each kind a job has, and the first of them.
    JOB_WARNINGS_COUNTED: "SELECT w.kind, w.total, w.message FROM (SELECT kind, message, \
                COUNT(*) OVER (PARTITION BY kind) AS total, \
                ROW_NUMBER() OVER (PARTITION BY kind ORDER BY fence, number) AS place \
            FROM job_warning WHERE job_id = $1) w \
        WHERE w.place <= $2 ORDER BY w.kind, w.place",
        params [text, int], columns [text, int, text];
    /// Drops the warnings of jobs that have been over for long.
    JOB_WARNING_PURGE: "DELETE FROM job_warning WHERE job_id IN {texts:$1}",
        params [text], columns [];
    /// Adds lines to the log.
    JOB_LOG_INSERT: "INSERT INTO job_log (job_id, fence, number, at, event, message) \
        SELECT r.job_id, r.fence, r.number, r.at, r.event, r.message \
        FROM {rows: job_id, fence, number, at, event, message} r",
        params [text, int, int, int, text, text], columns [];
    /// The newest lines of the log of a job.
    JOB_LOG: "SELECT at, event, message FROM job_log WHERE job_id = $1 ORDER BY fence DESC, number DESC LIMIT $2",
        params [text, int], columns [int, text, text];
    /// Drops the log of jobs that have been over for long.
    JOB_LOG_PURGE: "DELETE FROM job_log WHERE job_id IN {texts:$1}",
        params [text], columns [];
}

/// A warning of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The claim of the job under which it was told, and its number there.
    pub place: (i64, i64),
    /// Its stable name.
    pub kind: String,
    /// What it is about.
    pub message: String,
}

/// The warnings of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningCount {
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: i64,
    /// The first of them.
    pub examples: Vec<String>,
}

/// A line of the log of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// The stable name of what happened.
    pub event: String,
    /// What happened.
    pub message: String,
}

/// Adds warnings of a job. The guard of the job belongs before it.
pub fn warn(tx: &mut Transaction, job: &str, warnings: &[Warning]) {
    if warnings.is_empty() {
        return;
    }
    let rows = Table::new(vec![
        vec![job.to_owned(); warnings.len()].into(),
        warnings.iter().map(|warning| warning.place.0).collect::<Vec<_>>().into(),
        warnings.iter().map(|warning| warning.place.1).collect::<Vec<_>>().into(),
        warnings.iter().map(|warning| warning.kind.clone()).collect::<Vec<_>>().into(),
        warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&JOB_WARNING_INSERT, rows, Expect::Exactly(warnings.len() as u64));
}

/// Adds lines to the log of a job, numbered from `first` on within a claim.
pub fn log(tx: &mut Transaction, job: &str, fence: i64, first: i64, lines: &[LogLine]) {
    if lines.is_empty() {
        return;
    }
    let rows = Table::new(vec![
        vec![job.to_owned(); lines.len()].into(),
        vec![fence; lines.len()].into(),
        (first..first + lines.len() as i64).collect::<Vec<_>>().into(),
        lines.iter().map(|line| line.at.epoch_micros()).collect::<Vec<_>>().into(),
        lines.iter().map(|line| line.event.clone()).collect::<Vec<_>>().into(),
        lines.iter().map(|line| line.message.clone()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&JOB_LOG_INSERT, rows, Expect::Exactly(lines.len() as u64));
}

/// Warnings of a job behind one of them, in order; all of them from (-1, -1) on.
///
/// # Errors
/// [`StoreError`].
pub async fn warnings(
    store: &Store,
    job: &str,
    behind: (i64, i64),
    limit: i64,
) -> Result<Vec<Warning>, StoreError> {
    let values = vec![job.into(), behind.0.into(), behind.1.into(), limit.into()];
    let tables = store.load(vec![Query::new(&JOB_WARNINGS, values)]).await?;
    let table = &tables[0];
    let warning = |row: usize| Warning {
        place: (table.int(0)[row], table.int(1)[row]),
        kind: table.text(2)[row].clone(),
        message: table.text(3)[row].clone(),
    };
    Ok((0..table.len()).map(warning).collect())
}

/// The warnings of a job by kind with the first of each, and the newest lines of its log, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_job(
    store: &Store,
    job: &str,
    examples_max: i64,
    lines_max: i64,
) -> Result<(Vec<WarningCount>, Vec<LogLine>), StoreError> {
    let queries = vec![
        Query::new(&JOB_WARNINGS_COUNTED, vec![job.into(), examples_max.into()]),
        Query::new(&JOB_LOG, vec![job.into(), lines_max.into()]),
    ];
    let tables = store.load(queries).await?;
    let mut counts: Vec<WarningCount> = Vec::new();
    for row in 0..tables[0].len() {
        let (kind, count) = (&tables[0].text(0)[row], tables[0].int(1)[row]);
        if counts.last().is_none_or(|last| last.kind != *kind) {
            counts.push(WarningCount { kind: kind.clone(), count, examples: Vec::new() });
        }
        if let Some(last) = counts.last_mut() {
            last.examples.push(tables[0].text(2)[row].clone());
        }
    }
    let line = |row: usize| LogLine {
        at: instant(tables[1].int(0)[row]),
        event: tables[1].text(1)[row].clone(),
        message: tables[1].text(2)[row].clone(),
    };
    Ok((counts, (0..tables[1].len()).rev().map(line).collect()))
}

pub(super) fn purge(tx: &mut Transaction, jobs: &[String]) {
    for statement in [&JOB_WARNING_PURGE, &JOB_LOG_PURGE] {
        tx.push(statement, vec![jobs.into()], Expect::Any);
    }
}
