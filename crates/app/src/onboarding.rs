//! Symbols that nobody has met: asked of the providers when a file brings them, and made known by background work.
//!
//! A file is refused for a symbol only when the providers say that there is none. What they could not be asked in time is
//! taken as pending.

mod figures;
mod foreground;
mod holders;
mod inquiry;
mod limits;
mod make_known;
mod mapping;
mod queue;
mod status;
mod validate;

pub use foreground::onboard_in_foreground;
pub use limits::OnboardingLimits;
pub use make_known::KnownSymbol;
pub use mapping::{MappedSymbol, map_symbol};
pub use status::{SymbolState, SymbolStatus, retry_symbol, symbol_status};

pub(crate) use inquiry::Inquiry;
pub(crate) use make_known::make_known;
pub(crate) use queue::{add_to as add_to_queue, admit_one};

/// How long the work on a symbol is said to take until any was measured.
const SECONDS_PROCESSING_DEFAULT: i64 = 30;
/// How long a symbol in the queue is said to take until any was measured.
const SECONDS_PENDING_DEFAULT: i64 = 60;

/// What becomes of symbols of a file that are not in the universe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownSymbols {
    /// They are taken as they are, and nobody is asked; a refresh finds out.
    #[default]
    Taken,
    /// The providers are asked whether they exist, and a row is refused whose symbol does not.
    Validated,
    /// The same, and those that are taken are made known by background work.
    Onboarded,
}
