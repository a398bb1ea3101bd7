//! The report of a refresh.

use app::{PortfolioReport, RefreshReport};

use super::numbers::money;
use super::table::Sheet;

/// Sessions of one portfolio that a dry run shows; the others are counted.
const DIFFERENCES_SHOWN_MAX: usize = 20;

/// The phases as a table.
pub fn phases_table(report: &RefreshReport) -> String {
    let mut sheet =
        Sheet::new(&["phase", "", "state", ">ms", ">done", ">skipped", "~>calls", "~>statements", "reason"]);
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
            if is_dry_run { portfolio.differences.len().to_string() } else { portfolio.written.to_string() },
            told,
        ]);
    }
    text.push_str(&sheet.text());
    for portfolio in report.portfolios.iter().filter(|portfolio| !portfolio.differences.is_empty()) {
        text.push_str(&differences_text(portfolio));
    }
    text.push_str(&format!("\n{}", range_text(report)));
    if report.sessions_waiting > 0 {
        text.push_str(&format!("{} later sessions wait for prices\n", report.sessions_waiting));
    }
    text.push_str(&warnings_text(report));
    text
}

/// How it went, and for which sessions.
pub fn range_text(report: &RefreshReport) -> String {
    let range = match (report.from, report.to) {
        (Some(from), Some(to)) if from == to => format!("the session {to}"),
        (Some(from), Some(to)) => format!("{} sessions from {from} to {to}", report.sessions),
        (None, Some(to)) => format!("nothing to compute through {to}"),
        _ => "nothing to compute".to_owned(),
    };
    format!("{}: {range}\n", report.state.as_str())
}

/// The warnings, a line each.
pub fn warnings_text(report: &RefreshReport) -> String {
    warnings(report).map(|warning| format!("warning: {warning}\n")).collect()
}

/// The sessions that a dry run would change, with equity as stored and as computed.
fn differences_text(portfolio: &PortfolioReport) -> String {
    let shown = |amount: Option<model::Money>| amount.map_or("–".to_owned(), money);
    let mut sheet = Sheet::new(&["session", ">equity stored", ">equity computed"]);
    for difference in portfolio.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
        sheet.row([difference.session.to_string(), shown(difference.stored), shown(difference.computed)]);
    }
    let more = portfolio.differences.len().saturating_sub(DIFFERENCES_SHOWN_MAX);
    let more = if more > 0 { format!("… and {more} more sessions\n") } else { String::new() };
    format!("\n{}\n{}{more}", portfolio.name, sheet.text())
}

fn warnings(report: &RefreshReport) -> impl Iterator<Item = &str> {
    let phases = report.phases.iter().flat_map(|phase| &phase.warnings);
    report.warnings.iter().chain(phases).map(|warning| warning.message.as_str())
}
