//! Background work: what is to be done, how far it has come, and who is at it.
//!
//! Every change of a job is one guarded statement: its old state, and while somebody works on it the lease's owner and
//! fence, stand in the condition. A race that is lost changes nothing.

pub mod notes;
pub mod reads;
pub mod transitions;
pub mod units;

use model::Timestamp;

use crate::store::Store;
use crate::stored::instant;
use crate::{Expect, Query, StoreError, Table, Transaction};

macro_rules! job_columns {
    () => {
        "id, kind, owner, subject, input, input_sha256, idempotency_key, state, phase, phase_done, phase_total, \
         phase_started_at, units_total, units_done, units_failed, units_skipped, attempt, lease_owner, lease_until, \
         fence, takeover_count, progressed_at, cancel_requested, error_code, error, result, version, created_at, \
         run_after, started_at, finished_at, revision"
    };
}

crate::statements! {
    /// Adds a job.
    JOB_INSERT: "INSERT INTO job (id, kind, owner, subject, input, input_sha256, idempotency_key, state, phase_done, \
            phase_total, units_total, units_done, units_failed, units_skipped, attempt, lease_owner, lease_until, \
            fence, takeover_count, progressed_at, cancel_requested, version, created_at, run_after, started_at, \
            revision) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, 0, $8, 0, 0, 0, 0, $9, $10, $11, 0, $12, 0, $13, $12, 0, \
            $14, 1)",
        params [text, text, text, text?, text, text, text?, int, text?, int?, int, int, text, int?], columns [];
    /// Jobs by identity, newest first.
    JOBS_BY_ID: concat!("SELECT ", job_columns!(), " FROM job WHERE id IN {texts:$1} ORDER BY id DESC"),
        params [text],
        columns [text, text, text, text?, text, text, text?, text, text?, int, int, int?, int, int, int, int, int, text?,
            int?, int, int, int, int, text?, text?, text?, text, int, int, int?, int?, int];
    /// The job that somebody works on.
    JOBS_OF_LEASE: concat!("SELECT ", job_columns!(), " FROM job WHERE lease_owner = $1 ORDER BY id DESC"),
        params [text],
        columns [text, text, text, text?, text, text, text?, text, text?, int, int, int?, int, int, int, int, int, text?,
            int?, int, int, int, int, text?, text?, text?, text, int, int, int?, int?, int];
    /// A page of the jobs of an owner behind one of them, newest first.
    JOBS_OF_OWNER: concat!("SELECT ", job_columns!(), " FROM job WHERE owner = $1 AND id < $2 \
            AND state IN {texts:$3} AND kind IN {texts:$4} ORDER BY id DESC LIMIT $5"),
        params [text, text, text, text, int],
        columns [text, text, text, text?, text, text, text?, text, text?, int, int, int?, int, int, int, int, int, text?,
            int?, int, int, int, int, text?, text?, text?, text, int, int, int?, int?, int];
    /// The job that was made under a key.
    JOB_BY_KEY: "SELECT id FROM job WHERE owner = $1 AND idempotency_key = $2",
        params [text, text], columns [text];
    /// The newest jobs of a kind about each of some subjects.
    JOBS_OF_SUBJECTS: "SELECT MAX(id) FROM job WHERE kind = $1 AND subject IN {texts:$2} GROUP BY subject ORDER BY 1",
        params [text, text], columns [text];
    /// Jobs of an owner that were begun and that nobody works on any more, though they are not over.
    JOBS_ABANDONED: "SELECT id FROM job WHERE owner = $1 AND state IN ('pending', 'downloading_data', 'running') \
            AND kind = $2 AND input_sha256 = $3 AND started_at IS NOT NULL \
            AND (lease_until IS NULL OR lease_until <= $4) ORDER BY id LIMIT 1",
        params [text, text, text, int], columns [text];
    /// A job of some kinds that nobody works on though somebody could.
    JOBS_WAITING: "SELECT id FROM job WHERE state IN ('pending', 'downloading_data', 'running') AND kind IN {texts:$1} \
            AND (run_after <= $2 OR run_after > $3) \
            AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $3) LIMIT 1",
        params [text, int, int], columns [text];
    /// How many jobs of some kinds are not over.
    JOBS_OPEN: "SELECT COUNT(*) FROM job WHERE state IN ('pending', 'downloading_data', 'running') \
            AND kind IN {texts:$1}",
        params [text], columns [int];
    /// How many jobs there are by kind and state.
    JOBS_COUNTED: "SELECT kind, state, COUNT(*) FROM job GROUP BY kind, state ORDER BY kind, state",
        params [], columns [text, text, int];
    /// How far jobs have changed.
    JOB_REVISIONS: "SELECT id, revision FROM job WHERE id IN {texts:$1} ORDER BY id",
        params [text], columns [text, int];
    /// Whether somebody's lease lasts, and whether the job is to be given up.
    JOB_WATCH: "SELECT cancel_requested FROM job WHERE id = $1 AND lease_owner = $2 AND fence = $3",
        params [text, text, int], columns [int];
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredJob {
    /// Its identity; ascending in time.
    pub id: String,
    /// What kind of work it is.
    pub kind: String,
    /// Who asked for it.
    pub owner: String,
    /// What it is about, where that is one thing.
    pub subject: Option<String>,
    /// Everything it needs, as JSON.
    pub input: String,
    /// The hash of kind and input, in hexadecimal digits.
    pub input_sha256: String,
    /// The key under which it was made.
    pub idempotency_key: Option<String>,
    /// Its state.
    pub state: String,
    /// What is being done.
    pub phase: Option<String>,
    /// How much of the phase is done.
    pub phase_done: i64,
    /// How much the phase has to do; zero when that is not counted.
    pub phase_total: i64,
    /// When the phase began.
    pub phase_started_at: Option<Timestamp>,
    /// Units it is made of.
    pub units_total: i64,
    /// Units that are done.
    pub units_done: i64,
    /// Units that failed.
    pub units_failed: i64,
    /// Units that had nothing to do.
    pub units_skipped: i64,
    /// How often it was tried again after a fault that may pass.
    pub attempt: i64,
    /// Who works on it.
    pub lease_owner: Option<String>,
    /// Until when, unless renewed.
    pub lease_until: Option<Timestamp>,
    /// How often it was claimed.
    pub fence: i64,
    /// How often it was taken over from a worker that went away, since it last came on.
    pub takeover_count: i64,
    /// When it last came on.
    pub progressed_at: Timestamp,
    /// Whether somebody wants it to end.
    pub cancel_requested: bool,
    /// The stable name of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// The version of the program that ran it last, or made it.
    pub version: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is not claimed before this instant.
    pub run_after: Timestamp,
    /// When it was claimed first.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Counts every change.
    pub revision: i64,
}

/// A job that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStoredJob {
    /// Its identity.
    pub id: String,
    /// What kind of work it is.
    pub kind: String,
    /// Who asked for it.
    pub owner: String,
    /// What it is about, where that is one thing.
    pub subject: Option<String>,
    /// Everything it needs, as JSON.
    pub input: String,
    /// The hash of kind and input.
    pub input_sha256: String,
    /// The key under which it is made.
    pub idempotency_key: Option<String>,
    /// The names of its units.
    pub units: Vec<String>,
    /// The version of the program.
    pub version: String,
    /// Now.
    pub created_at: Timestamp,
    /// Who works on it from the first and until when; absent when it waits for a worker.
    pub lease: Option<(String, Timestamp)>,
}

/// Who works on a job: what every write for it is conditional on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The job.
    pub job: String,
    /// The lease's owner.
    pub owner: String,
    /// The number of the claim.
    pub fence: i64,
}

/// Adds a job with its units.
pub fn insert(tx: &mut Transaction, job: &NewStoredJob) {
    let (lease_owner, lease_until) = job.lease.clone().unzip();
    let values = vec![
        job.id.as_str().into(),
        job.kind.as_str().into(),
        job.owner.as_str().into(),
        job.subject.clone().into(),
        job.input.as_str().into(),
        job.input_sha256.as_str().into(),
        job.idempotency_key.clone().into(),
        (job.units.len() as i64).into(),
        lease_owner.into(),
        lease_until.map(|until| until.epoch_micros()).into(),
        i64::from(job.lease.is_some()).into(),
        job.created_at.epoch_micros().into(),
        job.version.as_str().into(),
        job.lease.as_ref().map(|_| job.created_at.epoch_micros()).into(),
    ];
    tx.push(&JOB_INSERT, values, Expect::Exactly(1));
    units::add(tx, &job.id, 0, &job.units);
}

/// One job.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: &str) -> Result<Option<StoredJob>, StoreError> {
    Ok(by_ids(store, &[id.to_owned()]).await?.pop())
}

/// Jobs by identity, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn by_ids(store: &Store, ids: &[String]) -> Result<Vec<StoredJob>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&JOBS_BY_ID, vec![ids.into()])]).await?[0]))
}

/// The job that `owner` of a lease works on.
///
/// # Errors
/// [`StoreError`].
pub async fn of_lease(store: &Store, owner: &str) -> Result<Option<StoredJob>, StoreError> {
    Ok(read(&store.load(vec![Query::new(&JOBS_OF_LEASE, vec![owner.into()])]).await?[0]).pop())
}

/// Which jobs of an owner a page shows.
#[derive(Debug, Clone)]
pub struct JobPage<'a> {
    /// Whose.
    pub owner: &'a str,
    /// The identity that the page begins behind; one above all others for the first page.
    pub before: &'a str,
    /// States that are shown.
    pub states: &'a [String],
    /// Kinds that are shown.
    pub kinds: &'a [String],
    /// How many at the most.
    pub limit: i64,
}

/// A page of the jobs of an owner, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn page(store: &Store, page: &JobPage<'_>) -> Result<Vec<StoredJob>, StoreError> {
    let values =
        vec![page.owner.into(), page.before.into(), page.states.into(), page.kinds.into(), page.limit.into()];
    Ok(read(&store.load(vec![Query::new(&JOBS_OF_OWNER, values)]).await?[0]))
}

/// The job that an owner made under a key.
///
/// # Errors
/// [`StoreError`].
pub async fn by_key(store: &Store, owner: &str, key: &str) -> Result<Option<StoredJob>, StoreError> {
    let found = store.load(vec![Query::new(&JOB_BY_KEY, vec![owner.into(), key.into()])]).await?;
    match found[0].text(0).first() {
        Some(id) => by_id(store, id).await,
        None => Ok(None),
    }
}

/// The newest job of a kind about each of some subjects.
///
/// # Errors
/// [`StoreError`].
pub async fn newest_of_subjects(
    store: &Store,
    kind: &str,
    subjects: &[String],
) -> Result<Vec<StoredJob>, StoreError> {
    let query = Query::new(&JOBS_OF_SUBJECTS, vec![kind.into(), subjects.into()]);
    let ids = store.load(vec![query]).await?[0].text(0).to_vec();
    by_ids(store, &ids).await
}

/// A job of an owner with this input that was begun, and that nobody works on any more.
///
/// # Errors
/// [`StoreError`].
pub async fn abandoned(
    store: &Store,
    owner: &str,
    kind: &str,
    input_sha256: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let values = vec![owner.into(), kind.into(), input_sha256.into(), now.epoch_micros().into()];
    Ok(store.load(vec![Query::new(&JOBS_ABANDONED, values)]).await?[0].text(0).first().cloned())
}

/// Whether a job of some kinds waits that could be claimed now.
///
/// # Errors
/// [`StoreError`].
pub async fn is_waiting(
    store: &Store,
    kinds: &[String],
    now: Timestamp,
    horizon: Timestamp,
) -> Result<bool, StoreError> {
    let values = vec![kinds.into(), now.epoch_micros().into(), horizon.epoch_micros().into()];
    Ok(!store.load(vec![Query::new(&JOBS_WAITING, values)]).await?[0].is_empty())
}

/// How many jobs of some kinds are not over, whoever asked for them.
///
/// # Errors
/// [`StoreError`].
pub async fn open_count(store: &Store, kinds: &[String]) -> Result<i64, StoreError> {
    Ok(store.load(vec![Query::new(&JOBS_OPEN, vec![kinds.into()])]).await?[0].int(0)[0])
}

/// How many jobs there are by kind and state, whoever asked for them.
///
/// # Errors
/// [`StoreError`].
pub async fn counted(store: &Store) -> Result<Vec<(String, String, i64)>, StoreError> {
    let tables = store.load(vec![Query::new(&JOBS_COUNTED, vec![])]).await?;
    let table = &tables[0];
    let row = |row: usize| (table.text(0)[row].clone(), table.text(1)[row].clone(), table.int(2)[row]);
    Ok((0..table.len()).map(row).collect())
}

/// How far jobs have changed, by identity.
///
/// # Errors
/// [`StoreError`].
pub async fn revisions(store: &Store, ids: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    let tables = store.load(vec![Query::new(&JOB_REVISIONS, vec![ids.into()])]).await?;
    Ok(tables[0].text(0).iter().cloned().zip(tables[0].int(1).iter().copied()).collect())
}

/// Whether the job is to be given up; absent when the lease was lost.
///
/// # Errors
/// [`StoreError`].
pub async fn is_cancel_requested(store: &Store, holder: &Holder) -> Result<Option<bool>, StoreError> {
    let values = vec![holder.job.as_str().into(), holder.owner.as_str().into(), holder.fence.into()];
    let tables = store.load(vec![Query::new(&JOB_WATCH, values)]).await?;
    Ok(tables[0].int(0).first().map(|requested| *requested != 0))
}

fn read(table: &Table) -> Vec<StoredJob> {
    let job = |row: usize| {
        let text = |column: usize| table.text(column)[row].clone();
        let text_null = |column: usize| table.text_null(column)[row].clone();
        let int = |column: usize| table.int(column)[row];
        let instant_null = |column: usize| table.int_null(column)[row].map(instant);
        StoredJob {
            id: text(0),
            kind: text(1),
            owner: text(2),
            subject: text_null(3),
            input: text(4),
            input_sha256: text(5),
            idempotency_key: text_null(6),
            state: text(7),
            phase: text_null(8),
            phase_done: int(9),
            phase_total: int(10),
            phase_started_at: instant_null(11),
            units_total: int(12),
            units_done: int(13),
            units_failed: int(14),
            units_skipped: int(15),
            attempt: int(16),
            lease_owner: text_null(17),
            lease_until: instant_null(18),
            fence: int(19),
            takeover_count: int(20),
            progressed_at: instant(int(21)),
            cancel_requested: int(22) != 0,
            error_code: text_null(23),
            error: text_null(24),
            result: text_null(25),
            version: text(26),
            created_at: instant(int(27)),
            run_after: instant(int(28)),
            started_at: instant_null(29),
            finished_at: instant_null(30),
            revision: int(31),
        }
    };
    (0..table.len()).map(job).collect()
}
