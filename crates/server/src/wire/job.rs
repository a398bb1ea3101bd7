//! Jobs, what was told of them, and schedules.

use app::jobs::{JobDetails, JobUnit};
use app::schedules;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Text;
use super::words::{JobKindText, JobStateText, TimestampText};

/// A piece of background work.
#[derive(Serialize, ToSchema)]
pub struct Job {
    id: String,
    kind: JobKindText,
    /// What it is about, where that is one thing: a symbol, or the id of a portfolio.
    subject: Option<String>,
    /// Everything it was asked.
    #[schema(value_type = Object)]
    input: Value,
    state: JobStateText,
    progress: Progress,
    /// How often it was tried again after a fault that may pass.
    attempt: i64,
    cancel_requested: bool,
    /// What went wrong; null when nothing did.
    error: Option<Fault>,
    /// What came of it; null until it is over.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// The version of the program that ran it last, or made it.
    version: String,
    created_at: TimestampText,
    /// It is not begun or tried again before this instant.
    run_after: Option<TimestampText>,
    started_at: Option<TimestampText>,
    finished_at: Option<TimestampText>,
    /// Counts every change.
    revision: i64,
}

/// How far a job has come.
#[derive(Serialize, ToSchema)]
pub struct Progress {
    /// What is being done.
    phase: Option<String>,
    phase_done: i64,
    /// How much the phase has to do; zero when that is not counted.
    phase_total: i64,
    rate_per_second: Option<f64>,
    /// How long the rest of the phase takes at this rate.
    estimated_seconds: Option<i64>,
    units: Units,
}

/// The units of a job by how they ended.
#[derive(Serialize, ToSchema)]
pub struct Units {
    total: i64,
    done: i64,
    failed: i64,
    skipped: i64,
    pending: i64,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub struct Fault {
    code: String,
    message: String,
}

impl Fault {
    fn of(error: Option<&(String, String)>) -> Option<Fault> {
        error.map(|(code, message)| Fault { code: code.clone(), message: message.clone() })
    }
}

impl Job {
    /// Of a job.
    pub fn of(job: &app::jobs::Job) -> Job {
        let (progress, units) = (&job.progress, &job.progress.units);
        Job {
            id: job.id.clone(),
            kind: Text(job.kind),
            subject: job.subject.clone(),
            input: job.input.clone(),
            state: Text(job.state),
            progress: Progress {
                phase: progress.phase.clone(),
                phase_done: progress.phase_done,
                phase_total: progress.phase_total,
                rate_per_second: progress.rate_per_second,
                estimated_seconds: progress.estimated_seconds,
                units: Units {
                    total: units.total,
                    done: units.done,
                    failed: units.failed,
                    skipped: units.skipped,
                    pending: units.open(),
                },
            },
            attempt: job.attempt,
            cancel_requested: job.is_cancel_requested,
            error: Fault::of(job.error.as_ref()),
            result: job.result.clone(),
            version: job.version.clone(),
            created_at: Text(job.created_at),
            run_after: job.run_after.map(Text),
            started_at: job.started_at.map(Text),
            finished_at: job.finished_at.map(Text),
            revision: job.revision,
        }
    }
}

/// A job with what was told of it.
#[derive(Serialize, ToSchema)]
pub struct Details {
    job: Job,
    /// Its warnings by kind.
    warnings: Vec<WarningsOfKind>,
    /// The newest lines of its log, oldest first.
    log: Vec<LogLine>,
    /// A page of all of its warnings.
    items: Vec<Warning>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// The warnings of one kind.
#[derive(Serialize, ToSchema)]
pub struct WarningsOfKind {
    kind: String,
    count: i64,
    examples: Vec<String>,
}

/// A warning of a job.
#[derive(Serialize, ToSchema)]
pub struct Warning {
    kind: String,
    message: String,
}

/// A line of the log of a job.
#[derive(Serialize, ToSchema)]
pub struct LogLine {
    at: TimestampText,
    event: String,
    message: String,
}

impl Details {
    /// Of a job with a page of its warnings.
    pub fn of(details: &JobDetails) -> Details {
        let of_kind = |of: &app::jobs::JobWarnings| WarningsOfKind {
            kind: of.kind.clone(),
            count: of.count,
            examples: of.examples.clone(),
        };
        let line = |line: &app::jobs::JobLogLine| LogLine {
            at: Text(line.at),
            event: line.event.clone(),
            message: line.message.clone(),
        };
        let warning =
            |of: &app::jobs::JobWarning| Warning { kind: of.kind.clone(), message: of.message.clone() };
        Details {
            job: Job::of(&details.job),
            warnings: details.warnings.iter().map(of_kind).collect(),
            log: details.log.iter().map(line).collect(),
            items: details.details.iter().map(warning).collect(),
            next: details.next.clone(),
        }
    }
}

/// A job with everything that is told of it, as the command line shows it.
#[derive(Serialize)]
pub struct Shown {
    #[serde(flatten)]
    job: Job,
    warnings: Vec<WarningsOfKind>,
    details: WarningPage,
    units: Vec<Unit>,
    log: Vec<LogLine>,
}

/// A page of warnings.
#[derive(Serialize)]
struct WarningPage {
    warnings: Vec<Warning>,
    next: Option<String>,
}

impl Shown {
    /// Of a job with its units.
    pub fn of(details: &JobDetails, units: &[JobUnit]) -> Shown {
        let Details { job, warnings, log, items, next } = Details::of(details);
        let units = units.iter().map(Unit::of).collect();
        Shown { job, warnings, details: WarningPage { warnings: items, next }, units, log }
    }
}

/// A unit of a job: a portfolio or a symbol.
#[derive(Serialize, ToSchema)]
pub struct Unit {
    number: i64,
    name: String,
    /// `pending`, `done`, `failed` or `skipped`.
    state: &'static str,
    attempt: i64,
    error: Option<Fault>,
}

impl Unit {
    /// Of a unit.
    pub fn of(unit: &JobUnit) -> Unit {
        Unit {
            number: unit.number,
            name: unit.name.clone(),
            state: unit.state.map_or("pending", |state| state.as_str()),
            attempt: unit.attempt,
            error: Fault::of(unit.error.as_ref()),
        }
    }
}

/// Jobs that are made by themselves, by the wall clock of the exchange.
#[derive(Serialize, ToSchema)]
pub struct Schedule {
    id: String,
    kind: JobKindText,
    /// What the jobs are asked.
    #[schema(value_type = Object)]
    input: Value,
    /// Minute, hour, day, month and day of the week.
    cron: String,
    /// The time zone.
    zone: String,
    next_at: TimestampText,
    last_at: Option<TimestampText>,
    /// The job it made last.
    last_job: Option<String>,
    created_at: TimestampText,
}

impl Schedule {
    /// Of a schedule.
    pub fn of(schedule: &schedules::Schedule) -> Schedule {
        Schedule {
            id: schedule.id.clone(),
            kind: Text(schedule.kind),
            input: schedule.input.clone(),
            cron: schedule.cron.clone(),
            zone: schedule.zone.clone(),
            next_at: Text(schedule.next_at),
            last_at: schedule.last_at.map(Text),
            last_job: schedule.last_job.clone(),
            created_at: Text(schedule.created_at),
        }
    }
}
