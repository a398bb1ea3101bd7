//! The only accounting and the only valuation of Daybook.
//!
//! Events in, snapshots out: [`compute`] rolls a portfolio's equity from session to session, [`explain`] shows
//! one session term by term with the same code. Pure: no clock, no files, no network, no randomness, no
//! dependence on the order of threads.

mod book;
mod error;
mod explain;
mod holding;
mod lots;
mod prices;
mod rollforward;
mod schedule;

pub use error::LedgerError;
pub use explain::{AppliedEvent, ExplainedPosition, Explanation, explain};
pub use lots::{Lot, Lots};
pub use prices::{Market, PricePath};
pub use rollforward::{Computed, Run, compute, held_after_all_events};
pub use schedule::{inception, replaced_actions};

/// Version of the accounting rules; snapshots made by another version are computed again.
pub const ENGINE_VERSION: &str = "1";

/// A close this many calendar days old still stands in for a missing one; the last day is included.
pub const STALE_DAYS_MAX: i32 = 10;

/// The settings that snapshots depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Share of gross value that must be priced as its kind should be for a snapshot to be final, in
    /// millionths.
    pub final_coverage_ppm: i64,
}

impl Rules {
    /// Rules with a share, a fraction from 0 to 1, that must be priced as its kind should be.
    pub fn of_coverage(final_coverage: f64) -> Rules {
        Rules { final_coverage_ppm: (final_coverage.clamp(0.0, 1.0) * 1e6).round() as i64 }
    }
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { final_coverage_ppm: 950_000 }
    }
}
