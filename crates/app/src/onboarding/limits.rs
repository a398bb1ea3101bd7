//! Every limit of onboarding, by name.

/// Every limit of onboarding, by name, with its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnboardingLimits {
    /// How long an upload waits for what the providers say of its symbols.
    pub validate_ms: u64,
    /// Symbols that an upload has the providers asked about at once.
    pub validate_concurrency_max: usize,
    /// Symbols that may be pending or processing together, unless one upload into an empty queue brought more.
    pub queue_symbols_max: usize,
    /// Symbols that an upload into an empty queue may bring.
    pub upload_symbols_max: usize,
    /// How long a portfolio waits for the last of its symbols before it is computed without them.
    pub refresh_after_ms: i64,
    /// Calendar days of prices that a new symbol gets at the least.
    pub days_back: i32,
}

impl Default for OnboardingLimits {
    fn default() -> OnboardingLimits {
        OnboardingLimits {
            validate_ms: 5_000,
            validate_concurrency_max: 5,
            queue_symbols_max: 50,
            upload_symbols_max: 500,
            refresh_after_ms: 30_000,
            days_back: 365,
        }
    }
}
