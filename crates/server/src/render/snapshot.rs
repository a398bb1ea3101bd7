//! Snapshots as table and as JSON.

use model::Gap;
use store::snapshots::StoredSnapshot;

use super::numbers::{money, percent, signed};
use super::table::Sheet;

/// Snapshots as a table.
pub fn table(snapshots: &[StoredSnapshot]) -> String {
    let mut sheet = Sheet::new(&[
        "session",
        ">equity",
        ">cash",
        "~>long",
        "~>short",
        ">P&L",
        ">return",
        "~>flow",
        "~>since start",
        "state",
        "~gaps",
    ]);
    for StoredSnapshot { snapshot, .. } in snapshots {
        sheet.row([
            snapshot.session.to_string(),
            money(snapshot.equity),
            money(snapshot.cash),
            money(snapshot.long_value),
            money(snapshot.short_value),
            signed(snapshot.daily_pnl),
            percent(snapshot.daily_return),
            if snapshot.flow.is_zero() { String::new() } else { signed(snapshot.flow) },
            percent(Some(snapshot.cumulative_return)),
            snapshot.state.to_string(),
            gaps_text(&snapshot.gaps),
        ]);
    }
    sheet.text()
}

/// The gaps of a snapshot in a few words.
pub fn gaps_text(gaps: &[Gap]) -> String {
    let told: Vec<String> = gaps
        .iter()
        .map(|gap| match (&gap.symbol, gap.status) {
            (Some(symbol), Some(status)) => format!("{symbol} {}", status.as_str().replace('_', " ")),
            _ => gap.reason.as_str().replace('_', " "),
        })
        .collect();
    told.join(", ")
}
