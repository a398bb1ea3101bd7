//! Where a symbol stands, as text.

use app::SymbolStatus;

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
