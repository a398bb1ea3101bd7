//! Why a figure does not exist.

/// A finite number, or the reason why there is none.
pub type Figure = Result<f64, Absent>;

/// Declares the reasons with their codes.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $words:literal;)*) => {
        /// Why a figure does not exist; each reason has a stable code for answers.
        ///
        /// # Example
        /// ```
        /// use quant::Absent;
        /// assert_eq!(Absent::NoReturns.as_str(), "no_returns");
        /// assert_eq!(Absent::NoReturns.to_string(), "there is no return");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum Absent {
            $($(#[$doc])* #[error($words)] $variant,)*
        }

        impl Absent {
            /// Every reason.
            pub const ALL: &'static [Absent] = &[$(Absent::$variant),*];

            /// The code used in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Absent::$variant => $code,)* }
            }
        }
    };
}

reasons! {
    /// There is no return to compute from.
    NoReturns = "no_returns", "there is no return";
    /// The figure needs more returns than there are.
    TooFewReturns = "too_few_returns", "there are too few returns";
    /// One of the two closes of a return is missing.
    NoClose = "no_close", "a close is missing";
    /// One of the two closes of a return is not above zero.
    CloseNotPositive = "close_not_positive", "a close is not above zero";
    /// Returns that do not vary have no ratio to their deviation.
    ZeroDeviation = "zero_deviation", "the returns do not vary";
    /// No return is below zero, so nothing divides.
    NoLosses = "no_losses", "no return is below zero";
    /// Wealth never fell below an earlier peak.
    NoDrawdown = "no_drawdown", "wealth never fell below an earlier peak";
    /// More than everything was lost; what is below zero has no rate of growth.
    WealthNotPositive = "wealth_not_positive", "more than everything was lost";
    /// The divisor of a ratio is zero.
    ZeroDivisor = "zero_divisor", "the divisor is zero";
    /// No benchmark was given.
    NoBenchmark = "no_benchmark", "there is no benchmark";
    /// The benchmark has too few sessions in common with the returns.
    TooFewCommonReturns = "too_few_common_returns", "too few sessions are in common with the benchmark";
    /// The benchmark does not vary.
    ZeroBenchmarkDeviation = "zero_benchmark_deviation", "the benchmark does not vary";
    /// The benchmark never rose.
    NoUpSessions = "no_up_sessions", "the benchmark never rose";
    /// The benchmark never fell.
    NoDownSessions = "no_down_sessions", "the benchmark never fell";
    /// All flows go one way, so no rate balances them.
    FlowsOneWay = "flows_one_way", "all flows go one way";
    /// No rate balances the flows.
    NoRate = "no_rate", "no rate balances the flows";
    /// More than one rate balances the flows, or there are too many turns to tell.
    RateNotUnique = "rate_not_unique", "more than one rate balances the flows";
    /// The session before the first flow is outside the exchange calendar.
    OutsideCalendar = "outside_calendar", "a date is outside the exchange calendar";
    /// An input is not finite, or has a sign it cannot have.
    InvalidInput = "invalid_input", "an input is not a number that it can be";
    /// The option has no time left, so no volatility shows in its price.
    Expired = "expired", "the option has no time left";
    /// The option sits exactly where its pay-off bends and nothing smooths it.
    PayoffKink = "payoff_kink", "the option sits where its pay-off bends";
    /// The price is below what the option is worth without any volatility.
    BelowIntrinsic = "below_intrinsic", "the price is below the value without volatility";
    /// The price has no part that volatility could explain.
    NoTimeValue = "no_time_value", "no part of the price is due to volatility";
    /// The price is not below what the option could ever be worth.
    AboveBound = "above_bound", "the price is not below the most the option can be worth";
    /// An average, or what is built on one, needs more bars than there are before it.
    TooFewBars = "too_few_bars", "there are too few bars";
    /// The period, or the order of two periods, is none that the indicator can have.
    InvalidPeriod = "invalid_period", "the period is none that the indicator can have";
    /// A bar has a close only, and the figure needs its high and low.
    NoHighLow = "no_high_low", "a bar has no high or low";
    /// The high is the low, so nothing lies between them.
    ZeroRange = "zero_range", "the high is the low";
    /// The prices did not move.
    FlatPrices = "flat_prices", "the prices did not move";
    /// No high went above and no low below the one before, or always both alike.
    NoDirection = "no_direction", "the range never moved up or down";
    /// The number is too large to be kept.
    Overflow = "overflow", "the number is too large";
}

/// The number when it is finite.
///
/// # Errors
/// [`Absent::Overflow`] otherwise: with finite inputs, only an excess of size leads there.
pub(crate) fn finite(number: f64) -> Figure {
    // Adding zero turns a negative zero, which would print its sign, into zero.
    if number.is_finite() { Ok(number + 0.0) } else { Err(Absent::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_words_in_snake_case() {
        let mut codes: Vec<&str> = Absent::ALL.iter().map(|reason| reason.as_str()).collect();
        let is_plain = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(codes.iter().all(|code| is_plain(code)));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Absent::ALL.len());
    }

    #[test]
    fn what_is_not_finite_is_an_overflow() {
        assert_eq!(finite(1.5), Ok(1.5));
        assert!(finite(-0.0).unwrap().is_sign_positive());
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(finite(number), Err(Absent::Overflow));
        }
    }
}
