//! Snapshots as table and as JSON.

use model::{Gap, Snapshot};
use serde_json::{Map, Value, json};
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

/// A snapshot as JSON: decimals as strings, statistics as numbers, absent figures as null with their reason in
/// `absent`.
pub fn json(portfolio: &str, stored: &StoredSnapshot) -> Value {
    let mut value = json!({ "portfolio": portfolio });
    if let (Value::Object(fields), Value::Object(figures)) = (&mut value, figures(&stored.snapshot)) {
        fields.extend(figures);
        fields.insert("identity_checked".to_owned(), stored.is_identity_checked.into());
        fields.insert("engine_version".to_owned(), stored.engine_version.as_str().into());
        fields.insert("computed_at".to_owned(), stored.computed_at.to_string().into());
    }
    value
}

/// The figures of a snapshot as JSON.
pub fn figures(snapshot: &Snapshot) -> Value {
    let gross = model::Money::from_micros(i64::try_from(snapshot.gross_exposure()).unwrap_or(i64::MAX));
    let mut absent = Map::new();
    if snapshot.daily_return.is_none() {
        absent.insert("daily_return".to_owned(), "return_base_not_positive".into());
    }
    if snapshot.leverage().is_none() {
        absent.insert("leverage".to_owned(), "equity_not_positive".into());
    }
    json!({
        "session": snapshot.session.to_string(),
        "state": snapshot.state.as_str(),
        "equity": snapshot.equity.to_string(),
        "cash": snapshot.cash.to_string(),
        "long_value": snapshot.long_value.to_string(),
        "short_value": snapshot.short_value.to_string(),
        "gross_exposure": gross.to_string(),
        "net_exposure": snapshot.net_exposure().to_string(),
        "leverage": snapshot.leverage(),
        "cost_total": snapshot.cost_total.to_string(),
        "unrealized_change": snapshot.unrealized_change.to_string(),
        "realized": snapshot.realized.to_string(),
        "income": snapshot.income.to_string(),
        "fees": snapshot.fees.to_string(),
        "flow": snapshot.flow.to_string(),
        "daily_pnl": snapshot.daily_pnl.to_string(),
        "daily_return": snapshot.daily_return,
        "cumulative_pnl": snapshot.cumulative_pnl.to_string(),
        "cumulative_return": snapshot.cumulative_return,
        "unrealized_total": snapshot.unrealized_total.to_string(),
        "realized_total": snapshot.realized_total.to_string(),
        "counts": {
            "positions": snapshot.position_count,
            "long": snapshot.long_count,
            "short": snapshot.short_count,
        },
        "coverage": snapshot.coverage,
        "gaps": snapshot.gaps.iter().map(gap_json).collect::<Vec<_>>(),
        "absent": absent,
    })
}

fn gap_json(gap: &Gap) -> Value {
    json!({
        "symbol": gap.symbol.as_ref().map(model::Symbol::as_str),
        "status": gap.status.map(|status| status.as_str()),
        "reason": gap.reason.as_str(),
        "price_date": gap.price_date.map(|date| date.to_string()),
    })
}
