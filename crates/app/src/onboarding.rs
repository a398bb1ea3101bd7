//! Symbols that nobody has met: asked of the providers when a file brings them, and made known by background work.
//!
//! A file is refused for a symbol only when the providers say that there is none. What they could not be asked in time is
//! taken as pending.

mod inquiry;
mod limits;
mod validate;

pub use limits::OnboardingLimits;

pub(crate) use inquiry::Inquiry;

/// What becomes of symbols of a file that are not in the universe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownSymbols {
    /// They are taken as they are, and nobody is asked; a refresh finds out.
    #[default]
    Taken,
    /// The providers are asked whether they exist, and a row is refused whose symbol does not.
    Validated,
}
