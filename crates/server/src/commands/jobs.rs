//! `jobs` and `worker`, and what other commands print of the jobs they make.

use std::process::ExitCode;
use std::sync::Arc;

use app::jobs::{Created, Finished, Job, JobFilter, JobState, NewJob, Output, WorkerSettings};
use app::{Context, Quiet};
use serde_json::json;

use super::interrupt::{impatient, told_to_end};
use super::{fetch, refresh};
use crate::cli::JobsCommand;
use crate::failure::{EXIT_FAILED, EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::{render, wire};

pub async fn run(ctx: &Context, command: JobsCommand, wants_json: bool) -> Result<ExitCode, Failure> {
    match command {
        JobsCommand::List { state, kind, limit, cursor } => {
            let filter = JobFilter { states: state, kinds: kind };
            let page = app::jobs::list(ctx, &filter, cursor.as_deref(), Some(limit)).await?;
            if wants_json {
                let jobs: Vec<_> = page.jobs.iter().map(wire::job::Job::of).collect();
                render::print_json(&json!({ "jobs": jobs, "next": page.next }));
            } else {
                render::print(&render::jobs::list_text(&page));
            }
        }
        JobsCommand::Show { id } => {
            let details = app::jobs::details(ctx, &id, None, None).await?;
            let units = app::jobs::units(ctx, &id, -1, None).await?;
            if wants_json {
                render::print_json(&wire::job::Shown::of(&details, &units));
            } else {
                render::print(&render::jobs::details_text(&details, &units));
            }
        }
        JobsCommand::Cancel { id } => tell(&app::jobs::cancel(ctx, &id).await?, wants_json),
        JobsCommand::Retry { id, detach } => {
            let job = app::jobs::retry(ctx, &id).await?;
            if !detach {
                let ctx = &impatient(ctx);
                let finished = app::jobs::run_in_foreground_until(ctx, &job.id, told_to_end()?).await?;
                return tell_finished(finished, wants_json);
            }
            tell(&job, wants_json);
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn tell(job: &Job, wants_json: bool) {
    if wants_json {
        render::print_json(&wire::job::Job::of(job));
    } else {
        render::print(&render::jobs::line(job));
    }
}

/// Makes a job and works on it here until it is over, or until somebody interrupts it.
pub async fn run_now(ctx: &Context, new: NewJob) -> Result<Finished, Failure> {
    Ok(app::jobs::run_now_until(&impatient(ctx), new, told_to_end()?).await?)
}

/// Prints a job that is left to a worker.
pub fn tell_created(created: &Created, wants_json: bool) -> ExitCode {
    tell(&created.job, wants_json);
    ExitCode::from(EXIT_FINE)
}

/// Prints what came of a job as the command prints it that makes such jobs, and gives the exit code for it.
pub fn tell_finished(finished: Finished, wants_json: bool) -> Result<ExitCode, Failure> {
    let job = &finished.job;
    Ok(match finished.output? {
        Output::Refresh(report) => refresh::tell(&report, false, wants_json),
        Output::Prices(outcomes) => fetch::tell(&outcomes, wants_json),
        Output::Profiles(_) | Output::Symbol(_) | Output::Elsewhere => {
            tell(job, wants_json);
            ExitCode::from(match job.state {
                JobState::Completed => EXIT_FINE,
                JobState::Partial => EXIT_PARTIAL,
                _ => EXIT_FAILED,
            })
        }
    })
}

/// Works on jobs and schedules until the process is told to end; then what is being worked on ends between two units or
/// is given back.
pub async fn work(ctx: &Context) -> Result<ExitCode, Failure> {
    let ctx = Context { observer: Arc::new(Quiet), ..ctx.clone() };
    let settings = WorkerSettings::of(&ctx.limits.jobs);
    app::jobs::run_workers(&ctx, settings, told_to_end()?).await?;
    Ok(ExitCode::from(EXIT_FINE))
}
