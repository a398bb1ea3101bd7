//! The only accounting and the only valuation of Daybook.
//!
//! Events in, snapshots out: [`compute`] rolls a portfolio's equity from session to session, [`explain`] shows
//! one session term by term with the same code. Pure: no clock, no files, no network, no randomness, no
//! dependence on the order of threads.

mod book;
mod contract;
mod error;
mod explain;
mod held;
mod holding;
mod lots;
mod prices;
mod rollforward;
mod schedule;

pub use error::LedgerError;
pub use explain::{AppliedEvent, ExplainedPosition, Explanation, explain};
pub use held::{Held, HeldAt, NoTerms, held_at};
pub use lots::{Lot, Lots};
pub use prices::{Market, PricePath};
pub use rollforward::{Computed, Run, compute, held_after_all_events};
pub use schedule::{inception, replaced_actions};

/// Version of the accounting rules; snapshots made by another version are computed again.
pub const ENGINE_VERSION: &str = "1";

/// A close this many calendar days old still stands in for a missing one; the last day is included.
pub const STALE_DAYS_MAX: i32 = 10;

/// Sessions before inception whose closes a model price may need: those of the underlying's own volatility.
pub const MODEL_SESSIONS: usize = 64;

/// The settings that snapshots depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Share of gross value that must be priced as its kind should be for a snapshot to be final, in
    /// millionths.
    pub final_coverage_ppm: i64,
    /// The rate that model prices of options are computed with: a year, continuously compounded, a fraction.
    pub risk_free_rate: f64,
}

impl Rules {
    /// Rules with a share, a fraction from 0 to 1, that must be priced as its kind should be, and a rate.
    pub fn new(final_coverage: f64, risk_free_rate: f64) -> Rules {
        let final_coverage_ppm = (final_coverage.clamp(0.0, 1.0) * 1e6).round() as i64;
        Rules { final_coverage_ppm, risk_free_rate }
    }
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { final_coverage_ppm: 950_000, risk_free_rate: 0.0 }
    }
}
