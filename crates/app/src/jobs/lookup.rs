//! Looking at jobs. Somebody else's job is told apart by nothing from one that never existed.

use model::Timestamp;
use store::jobs::{JobPage, notes, units as stored_units};

use super::{Job, JobKind, JobState, UnitState, job::word};
use crate::{AppError, Context};

/// An identity above all others, for the first page of the newest jobs.
const ABOVE_ALL: &str = "~";

/// Which jobs a list shows.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// States; all when empty.
    pub states: Vec<JobState>,
    /// Kinds; all when empty.
    pub kinds: Vec<JobKind>,
}

/// A page of jobs, newest first.
#[derive(Clone, Debug)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

/// A warning of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobWarning {
    /// Its stable name.
    pub kind: String,
    /// What it is about.
    pub message: String,
}

/// The warnings of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobWarnings {
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: i64,
    /// The first of them.
    pub examples: Vec<String>,
}

/// A line of the log of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLogLine {
    /// When.
    pub at: Timestamp,
    /// The stable name of what happened.
    pub event: String,
    /// What happened.
    pub message: String,
}

/// A unit of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobUnit {
    /// Its number within the job, from zero.
    pub number: i64,
    /// The portfolio or symbol.
    pub name: String,
    /// How it ended; absent while it has not.
    pub state: Option<UnitState>,
    /// How often it was tried again.
    pub attempt: i64,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
}

/// A job with what was told of it, and a page of its warnings.
#[derive(Clone, Debug)]
pub struct JobDetails {
    /// The job.
    pub job: Job,
    /// Its warnings by kind.
    pub warnings: Vec<JobWarnings>,
    /// The newest lines of its log, oldest first.
    pub log: Vec<JobLogLine>,
    /// A page of all of its warnings.
    pub details: Vec<JobWarning>,
    /// Where the next page of them begins; absent on the last one.
    pub next: Option<String>,
}

/// One job of the owner.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Store`].
pub async fn load(ctx: &Context, id: &str) -> Result<Job, AppError> {
    let found = store::jobs::by_id(ctx.store()?, id).await?;
    match found.filter(|found| found.owner == ctx.owner) {
        Some(found) => Job::read(&found, ctx.clock.now()),
        None => Err(AppError::NotFound {
            what: "job",
            name: id.to_owned(),
            hint: "; `daybook jobs list` shows them",
        }),
    }
}

/// A page of the owner's jobs, newest first, behind the cursor of the page before.
///
/// # Errors
/// [`AppError::Store`].
pub async fn list(
    ctx: &Context,
    filter: &JobFilter,
    cursor: Option<&str>,
    limit: Option<i64>,
) -> Result<JobList, AppError> {
    let limit = page_count(ctx, limit);
    let states: &[JobState] = if filter.states.is_empty() { JobState::ALL } else { &filter.states };
    let kinds: &[JobKind] = if filter.kinds.is_empty() { JobKind::ALL } else { &filter.kinds };
    let page = JobPage {
        owner: &ctx.owner,
        before: cursor.unwrap_or(ABOVE_ALL),
        states: &states.iter().map(|state| state.as_str().to_owned()).collect::<Vec<_>>(),
        kinds: &kinds.iter().map(|kind| kind.as_str().to_owned()).collect::<Vec<_>>(),
        // One more than is shown tells whether there is another page.
        limit: limit + 1,
    };
    let mut found = store::jobs::page(ctx.store()?, &page).await?;
    let is_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let now = ctx.clock.now();
    let jobs = found.iter().map(|stored| Job::read(stored, now)).collect::<Result<Vec<Job>, AppError>>()?;
    let next = jobs.last().filter(|_| is_more).map(|job| job.id.clone());
    Ok(JobList { jobs, next })
}

fn page_count(ctx: &Context, limit: Option<i64>) -> i64 {
    let most = ctx.limits.jobs.page_count_max;
    limit.unwrap_or(most).clamp(1, most)
}

/// One job of the owner with its warnings by kind, its log, and a page of all of its warnings.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for a cursor that no page gave, [`AppError::Store`].
pub async fn details(
    ctx: &Context,
    id: &str,
    cursor: Option<&str>,
    limit: Option<i64>,
) -> Result<JobDetails, AppError> {
    let job = load(ctx, id).await?;
    let (store, limits) = (ctx.store()?, &ctx.limits.jobs);
    let behind = cursor.map_or(Ok((-1, -1)), place)?;
    let limit = page_count(ctx, limit);
    let (counts, lines) = notes::of_job(store, id, limits.warning_examples_max, limits.log_lines_max).await?;
    let mut found = notes::warnings(store, id, behind, limit + 1).await?;
    let is_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next =
        found.last().filter(|_| is_more).map(|warning| format!("{}.{}", warning.place.0, warning.place.1));
    let warnings =
        counts.into_iter().map(|of| JobWarnings { kind: of.kind, count: of.count, examples: of.examples });
    let log =
        lines.into_iter().map(|line| JobLogLine { at: line.at, event: line.event, message: line.message });
    let details = found.into_iter().map(|of| JobWarning { kind: of.kind, message: of.message });
    Ok(JobDetails { job, warnings: warnings.collect(), log: log.collect(), details: details.collect(), next })
}

fn place(cursor: &str) -> Result<(i64, i64), AppError> {
    let read = || Some(cursor.split_once('.')?).and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    read().ok_or_else(|| AppError::Invalid {
        field: "cursor",
        message: format!("{cursor:?} is no cursor of these pages; begin without one"),
    })
}

/// The units of a job of the owner behind the one of a number, in order; the first from -1 on.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Store`].
pub async fn units(
    ctx: &Context,
    id: &str,
    behind: i64,
    limit: Option<i64>,
) -> Result<Vec<JobUnit>, AppError> {
    let job = load(ctx, id).await?;
    let found = stored_units::of_job(ctx.store()?, &job.id, behind, page_count(ctx, limit)).await?;
    let unit = |unit: stored_units::Unit| {
        let state = match unit.state.as_str() {
            "pending" => None,
            state => Some(word("state of a unit", state)?),
        };
        Ok(JobUnit { number: unit.number, name: unit.name, state, attempt: unit.attempt, error: unit.error })
    };
    found.into_iter().map(unit).collect()
}

/// The newest job of a kind about each of some subjects, whoever asked for it.
///
/// # Errors
/// [`AppError::Store`].
pub async fn newest_about(ctx: &Context, kind: JobKind, subjects: &[String]) -> Result<Vec<Job>, AppError> {
    let found = store::jobs::newest_of_subjects(ctx.store()?, kind.as_str(), subjects).await?;
    let now = ctx.clock.now();
    found.iter().map(|stored| Job::read(stored, now)).collect()
}

/// How many jobs of some kinds are not over, whoever asked for them.
///
/// # Errors
/// [`AppError::Store`].
pub async fn count_open(ctx: &Context, kinds: &[JobKind]) -> Result<i64, AppError> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    Ok(store::jobs::open_count(ctx.store()?, &kinds).await?)
}

/// How many jobs there are by kind and state, whoever asked for them.
///
/// # Errors
/// [`AppError::Store`].
pub async fn counted(ctx: &Context) -> Result<Vec<(JobKind, JobState, i64)>, AppError> {
    let found = store::jobs::counted(ctx.store()?).await?;
    let row = |(kind, state, count): (String, String, i64)| {
        Ok((word("kind of job", &kind)?, word("state of a job", &state)?, count))
    };
    found.into_iter().map(row).collect()
}
