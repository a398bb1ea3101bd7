//! The report of a refresh as JSON, as it is kept with a job and answered.

use serde_json::{Value, json};

use super::{PhaseReport, PortfolioReport, RefreshReport, Warning};

impl RefreshReport {
    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "state": self.state.as_str(),
            "from": self.from.map(|date| date.to_string()),
            "to": self.to.map(|date| date.to_string()),
            "sessions": self.sessions,
            "sessions_waiting": self.sessions_waiting,
            "portfolios": self.portfolios.iter().map(portfolio_json).collect::<Vec<_>>(),
            "phases": self.phases.iter().map(phase_json).collect::<Vec<_>>(),
            "warnings": self.warnings.iter().map(warning_json).collect::<Vec<_>>(),
        })
    }
}

fn portfolio_json(portfolio: &PortfolioReport) -> Value {
    json!({
        "name": portfolio.name,
        "written": portfolio.written,
        "state": portfolio.state.as_str(),
        "error": portfolio.error.as_ref().map(|(code, message)| json!({ "code": code, "message": message })),
        "differences": portfolio.differences.iter().map(|difference| json!({
            "session": difference.session.to_string(),
            "equity_stored": difference.stored.map(|amount| amount.to_string()),
            "equity_computed": difference.computed.map(|amount| amount.to_string()),
        })).collect::<Vec<_>>(),
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

fn warning_json(warning: &Warning) -> Value {
    let mut fields = json!({ "code": warning.code, "message": warning.message });
    if !warning.portfolios.is_empty() {
        fields["portfolios"] = json!(warning.portfolios);
    }
    fields
}
