//! Where a symbol stands, as text and as JSON.

use app::{MappedSymbol, SymbolStatus};
use serde_json::{Map, Value, json};

/// A status as a line.
pub fn line(status: &SymbolStatus) -> String {
    let partial = if status.is_partial() { " (partial)" } else { "" };
    let left = status.estimated_seconds.map_or(String::new(), |seconds| format!(", about {seconds} s"));
    let mut text =
        format!("{}: {}{partial}{left}: {}\n", status.symbol, status.state.as_str(), status.message);
    for (figure, reason) in &status.absent {
        text.push_str(&format!("  {figure}: {reason}\n"));
    }
    text
}

/// A status as JSON.
pub fn json(status: &SymbolStatus) -> Value {
    let absent: Map<String, Value> =
        status.absent.iter().map(|(figure, reason)| (figure.clone(), reason.as_str().into())).collect();
    json!({
        "symbol": status.symbol,
        "status": status.state.as_str(),
        "message": status.message,
        "estimated_seconds": status.estimated_seconds,
        "code": status.error_code,
        "partial": status.is_partial(),
        "absent": absent,
    })
}

/// A symbol that stands for another from now on, as JSON.
pub fn mapped_json(mapped: &MappedSymbol) -> Value {
    json!({
        "symbol": mapped.symbol.as_str(),
        "target": mapped.target.as_str(),
        "portfolios": mapped.portfolios,
        "events": mapped.event_count,
        "status": if mapped.is_pending { "pending" } else { "ready" },
    })
}
