//! `refresh` and `reset`.

use std::process::ExitCode;

use app::{Context, RefreshRequest, RunState};
use model::Date;
use serde_json::{Value, json};

use crate::failure::{EXIT_FAILED, EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;

pub async fn run(ctx: &Context, request: &RefreshRequest, wants_json: bool) -> Result<ExitCode, Failure> {
    let report = app::refresh(ctx, request).await?;
    if wants_json {
        render::print_json(&report.to_json());
    } else {
        render::print(&render::refresh::text(&report, request.is_dry_run));
    }
    Ok(ExitCode::from(match report.state {
        RunState::Ok => EXIT_FINE,
        RunState::Partial => EXIT_PARTIAL,
        RunState::Failed => EXIT_FAILED,
    }))
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
        render::print_json(&listed.into());
    } else {
        for report in &reports {
            let count = report.snapshot_count;
            render::print(&format!("{}: dropped {count} snapshots from {from} on\n", report.name));
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}
