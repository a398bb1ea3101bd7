//! The main job; its units are the portfolios in scope when it begins.

use store::Transaction;

use super::{Output, Worked, guard_of};
use crate::jobs::{JobState, RefreshInput, UnitEnd, UnitState};
use crate::{AppError, Context, Phase, PhaseState, PortfolioReport, RefreshReport};

/// Faults of a portfolio that may pass.
const MAY_PASS: [&str; 3] = ["conflict", "refresh_in_progress", "database_failed"];

/// The portfolio that a refresh is about, when it is one.
pub async fn subject(ctx: &Context, input: &RefreshInput) -> Result<Option<String>, AppError> {
    crate::refresh::check(ctx, &input.request()?)?;
    match &input.portfolio {
        Some(name) => Ok(Some(crate::portfolios::load(ctx, name).await?.portfolio.id.to_string())),
        None => Ok(None),
    }
}

pub async fn run(ctx: &Context, input: &RefreshInput) -> Result<Worked, AppError> {
    let guard = guard_of(ctx);
    let request = input.request()?;
    let portfolios = crate::refresh::in_scope(ctx, &request).await?;
    let names: Vec<String> = portfolios.into_iter().map(|stored| stored.portfolio.name).collect();
    let mut tx = Transaction::new();
    guard.add_units(&mut tx, &names);
    let nothing_to_download = ctx.is_offline || ctx.chain.is_local();
    if nothing_to_download {
        guard.advance_in(&mut tx, JobState::Running, ctx.clock.now());
    }
    if !tx.is_empty() {
        ctx.record(tx).await?;
    }
    if nothing_to_download {
        guard.advanced(JobState::Running);
    }
    let report = crate::refresh(ctx, &request).await?;
    for warning in report.warnings.iter().chain(report.phases.iter().flat_map(|phase| &phase.warnings)) {
        guard.warn(warning.code, warning.message.clone());
    }
    let open = guard.open_units();
    let ends =
        report.portfolios.iter().filter(|portfolio| open.contains(&portfolio.name)).map(end_of).collect();
    Ok(Worked {
        ends,
        fault: fault_of(&report),
        passing: passing_of(&report),
        result: Some(report.to_json()),
        output: Output::Refresh(Box::new(report)),
    })
}

fn end_of(portfolio: &PortfolioReport) -> UnitEnd {
    let name = portfolio.name.as_str();
    match (portfolio.state, &portfolio.error) {
        (PhaseState::Failed | PhaseState::Partial, Some((code, message))) => {
            UnitEnd::failed(name, code, message.clone(), MAY_PASS.contains(code))
        }
        (PhaseState::Failed | PhaseState::Partial, None) => {
            UnitEnd::failed(name, "failed", "it could not be computed".to_owned(), false)
        }
        (PhaseState::Ok, _) if portfolio.written > 0 => UnitEnd::new(name, UnitState::Done),
        (PhaseState::Ok | PhaseState::Skipped, _) => UnitEnd::new(name, UnitState::Skipped),
    }
}

/// What kept the snapshots of all portfolios from being computed.
fn fault_of(report: &RefreshReport) -> Option<(String, String)> {
    let failed =
        |phase: &&crate::PhaseReport| phase.phase == Phase::Snapshots && phase.state == PhaseState::Failed;
    report.phases.iter().find(failed).map(reason_of)
}

/// What kept any phase from being worked on, when it may not another time.
fn passing_of(report: &RefreshReport) -> Option<(String, String)> {
    let failed = report.phases.iter().filter(|phase| phase.state == PhaseState::Failed).map(reason_of);
    failed.into_iter().find(|(code, _)| MAY_PASS.contains(&code.as_str()))
}

/// Stable name and text of why a phase failed.
fn reason_of(phase: &crate::PhaseReport) -> (String, String) {
    let told = phase.reason.clone().unwrap_or_default();
    let (code, message) = told.split_once(": ").unwrap_or(("failed", &told));
    (code.to_owned(), message.to_owned())
}
