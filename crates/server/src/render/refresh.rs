//! The report of a refresh.

use app::{PhaseReport, RefreshReport};
use serde_json::{Value, json};

use super::table::Sheet;

/// The phases as a table.
pub fn phases_table(report: &RefreshReport) -> String {
    let mut sheet = Sheet::new(&[
        "phase",
        "",
        "state",
        ">ms",
        ">done",
        ">skipped",
        ">provider calls",
        ">statements",
        "reason",
    ]);
    for phase in &report.phases {
        sheet.row([
            phase.phase.number().to_string(),
            phase.phase.as_str().to_owned(),
            phase.state.as_str().to_owned(),
            phase.duration_ms.to_string(),
            phase.items_done.to_string(),
            phase.items_skipped.to_string(),
            phase.provider_calls.to_string(),
            phase.statements.to_string(),
            phase.reason.clone().unwrap_or_default().replace('_', " "),
        ]);
    }
    sheet.text()
}

/// The whole report for people.
pub fn text(report: &RefreshReport, is_dry_run: bool) -> String {
    let mut text = phases_table(report);
    text.push('\n');
    let mut sheet =
        Sheet::new(&["portfolio", "state", if is_dry_run { ">would change" } else { ">written" }, ""]);
    for portfolio in &report.portfolios {
        let told = portfolio.error.as_ref().map_or(String::new(), |(_, message)| message.clone());
        sheet.row([
            portfolio.name.clone(),
            portfolio.state.as_str().to_owned(),
            portfolio.written.to_string(),
            told,
        ]);
    }
    text.push_str(&sheet.text());
    let range = match (report.from, report.to) {
        (Some(from), Some(to)) => format!("{} sessions from {from} to {to}", report.sessions),
        (None, Some(to)) => format!("nothing to compute through {to}"),
        _ => "nothing to compute".to_owned(),
    };
    text.push_str(&format!("\n{}: {range}\n", report.state.as_str()));
    if report.sessions_waiting > 0 {
        text.push_str(&format!("{} later sessions wait for prices\n", report.sessions_waiting));
    }
    for warning in warnings(report) {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}

fn warnings(report: &RefreshReport) -> impl Iterator<Item = &str> {
    let phases = report.phases.iter().flat_map(|phase| &phase.warnings);
    report.warnings.iter().chain(phases).map(|warning| warning.message.as_str())
}

/// The report as JSON.
pub fn json(report: &RefreshReport) -> Value {
    let portfolios = report.portfolios.iter().map(|portfolio| {
        json!({
            "name": portfolio.name,
            "written": portfolio.written,
            "state": portfolio.state.as_str(),
            "error": portfolio.error.as_ref().map(|(code, message)| json!({ "code": code, "message": message })),
        })
    });
    json!({
        "state": report.state.as_str(),
        "from": report.from.map(|date| date.to_string()),
        "to": report.to.map(|date| date.to_string()),
        "sessions": report.sessions,
        "sessions_waiting": report.sessions_waiting,
        "portfolios": portfolios.collect::<Vec<_>>(),
        "phases": report.phases.iter().map(phase_json).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(warning_json).collect::<Vec<_>>(),
    })
}

fn phase_json(phase: &PhaseReport) -> Value {
    json!({
        "number": phase.phase.number(),
        "name": phase.phase.as_str(),
        "state": phase.state.as_str(),
        "reason": phase.reason,
        "duration_ms": phase.duration_ms,
        "items_done": phase.items_done,
        "items_skipped": phase.items_skipped,
        "provider_calls": phase.provider_calls,
        "statements": phase.statements,
        "warnings": phase.warnings.iter().map(warning_json).collect::<Vec<_>>(),
    })
}

fn warning_json(warning: &app::Warning) -> Value {
    json!({ "code": warning.code, "message": warning.message })
}
