//! Where a symbol stands on its way into the universe.

use serde::Serialize;
use utoipa::ToSchema;

use super::words::SymbolText;
use super::{Absent, Text};

/// Where a symbol stands, and what to expect.
#[derive(Serialize, ToSchema)]
pub struct SymbolStatus {
    /// The symbol in its usual form, or the text that is none.
    symbol: String,
    /// `ready`, `processing`, `pending`, `error` or `unknown`.
    status: &'static str,
    /// That in words.
    message: String,
    /// How long it will take, as far as that can be said.
    estimated_seconds: Option<i64>,
    /// The stable name of what went wrong.
    code: Option<String>,
    /// Whether some of its risk figures are absent.
    partial: bool,
    absent: Absent,
}

impl SymbolStatus {
    /// Of what the use case tells.
    pub fn of(status: &app::SymbolStatus) -> SymbolStatus {
        let mut absent = Absent::default();
        for (figure, reason) in &status.absent {
            absent.note(figure.clone(), reason.clone());
        }
        SymbolStatus {
            symbol: status.symbol.clone(),
            status: status.state.as_str(),
            message: status.message.clone(),
            estimated_seconds: status.estimated_seconds,
            code: status.error_code.clone(),
            partial: status.is_partial(),
            absent,
        }
    }
}

/// A symbol that stands for another from now on.
#[derive(Serialize, ToSchema)]
pub struct MappedSymbol {
    symbol: SymbolText,
    target: SymbolText,
    /// The portfolios whose events were entered anew.
    portfolios: Vec<String>,
    /// How many events those were.
    events: usize,
    /// `pending` while the other symbol is not in the universe, else `ready`.
    status: &'static str,
}

impl MappedSymbol {
    /// Of what the use case did.
    pub fn of(mapped: &app::MappedSymbol) -> MappedSymbol {
        MappedSymbol {
            symbol: Text(mapped.symbol.clone()),
            target: Text(mapped.target.clone()),
            portfolios: mapped.portfolios.clone(),
            events: mapped.event_count,
            status: readiness(mapped.is_pending),
        }
    }
}

/// Whether something waits for symbols.
pub const fn readiness(is_pending: bool) -> &'static str {
    if is_pending { "pending" } else { "ready" }
}
