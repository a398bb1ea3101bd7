//! `refresh` and `reset`.

use std::process::ExitCode;

use app::jobs::{JobInput, NewJob, RefreshInput};
use app::{Context, RefreshReport, RefreshRequest, RunState};
use model::Date;
use serde_json::{Value, json};

use super::jobs;
use crate::failure::{EXIT_FAILED, EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;

pub async fn run(
    ctx: &Context,
    request: &RefreshRequest,
    detaches: bool,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    if request.is_dry_run {
        // It writes nothing, a job included.
        return Ok(tell(&app::refresh(ctx, request).await?, true, wants_json));
    }
    let new = NewJob::new(JobInput::Refresh(RefreshInput::of(request, ctx.is_offline)));
    if detaches {
        return Ok(jobs::tell_created(&app::jobs::create(ctx, new).await?, wants_json));
    }
    jobs::tell_finished(jobs::run_now(ctx, new).await?, wants_json)
}

/// Prints a report, and gives the exit code for it.
pub fn tell(report: &RefreshReport, is_dry_run: bool, wants_json: bool) -> ExitCode {
    if wants_json {
        render::print_json(&report.to_json());
    } else {
        render::print(&render::refresh::text(report, is_dry_run));
    }
    ExitCode::from(match report.state {
        RunState::Ok => EXIT_FINE,
        RunState::Partial => EXIT_PARTIAL,
        RunState::Failed => EXIT_FAILED,
    })
}

pub async fn reset(
    ctx: &Context,
    from: Date,
    portfolio: Option<&str>,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let reports = app::reset(ctx, from, portfolio).await?;
    if wants_json {
        let listed: Vec<Value> =
            reports.iter().map(|r| json!({ "name": r.name, "snapshots": r.snapshot_count })).collect();
        render::print_json(&listed);
    } else {
        for report in &reports {
            let count = report.snapshot_count;
            render::print(&format!("{}: dropped {count} snapshots from {from} on\n", report.name));
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}
