//! Why a figure does not exist.

/// A finite number, or the reason why there is none.
pub type Figure = Result<f64, Absent>;

/// Declares the reasons that only risk knows, with their codes.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $words:literal;)*) => {
        /// Why a figure does not exist; each reason has a stable code for answers.
        ///
        /// # Example
        /// ```
        /// use risk::Absent;
        /// assert_eq!(Absent::EquityNotPositive.as_str(), "equity_not_positive");
        /// assert_eq!(Absent::from(quant::Absent::TooFewReturns).as_str(), "too_few_returns");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum Absent {
            $($(#[$doc])* #[error($words)] $variant,)*
            /// A reason of the numerics below.
            #[error(transparent)]
            Numeric(#[from] quant::Absent),
        }

        impl Absent {
            /// Every reason that only risk knows.
            pub const OWN: &'static [Absent] = &[$(Absent::$variant),*];

            /// The code used in answers.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Absent::$variant => $code,)*
                    Absent::Numeric(reason) => reason.as_str(),
                }
            }
        }
    };
}

reasons! {
    /// No series stands for the factor.
    NoFactor = "no_factor", "no series stands for the factor";
    /// The line goes through every point, so nothing measures its error.
    NoResidual = "no_residual", "the fit leaves nothing over";
    /// The regressors are combinations of each other.
    Collinear = "collinear", "the regressors are combinations of each other";
    /// The estimate of a variance is below zero.
    NegativeVariance = "negative_variance", "the estimate of the variance is below zero";
    /// The eigenvalues of the matrix were not found.
    NoEigenvalues = "no_eigenvalues", "the eigenvalues were not found";
    /// There is no exposure.
    NoExposure = "no_exposure", "there is no exposure";
    /// The exposure of a position is not known, so neither is that of all of them.
    UnknownExposure = "unknown_exposure", "the exposure of a position is not known";
    /// Ratios to equity need an equity above zero.
    EquityNotPositive = "equity_not_positive", "the equity is not above zero";
    /// No part of the exposure has the figure that is summed.
    NothingCovered = "nothing_covered", "no part of the exposure has the figure";
    /// A holding without a market price moves with no factor.
    PrivateHolding = "private_holding", "a private holding has no market";
    /// Nothing tells the volatility of the option.
    NoVolatility = "no_volatility", "nothing tells the volatility of the option";
    /// The underlying of the option has no close that could be used.
    NoUnderlyingPrice = "no_underlying_price", "the underlying has no usable close";
    /// The option has expired, and its settlement is not known.
    NotSettled = "not_settled", "the option has expired and is not settled";
    /// The history of the symbol does not reach the dates.
    OutsideHistory = "outside_history", "the history does not reach the dates";
    /// The series are not on one timeline.
    TimelinesDiffer = "timelines_differ", "the series are not on one timeline";
}

/// Short names for the shared reasons that occur everywhere.
impl Absent {
    pub(crate) const TOO_FEW_RETURNS: Absent = Absent::Numeric(quant::Absent::TooFewReturns);
    pub(crate) const TOO_FEW_COMMON: Absent = Absent::Numeric(quant::Absent::TooFewCommonReturns);
    pub(crate) const NO_DEVIATION: Absent = Absent::Numeric(quant::Absent::ZeroDeviation);
    pub(crate) const NO_BENCHMARK: Absent = Absent::Numeric(quant::Absent::NoBenchmark);
    pub(crate) const INVALID_INPUT: Absent = Absent::Numeric(quant::Absent::InvalidInput);
}

/// The number when it is finite.
///
/// # Errors
/// `overflow` otherwise: with finite inputs, only an excess of size leads there.
pub(crate) fn finite(number: f64) -> Figure {
    // Adding zero turns a negative zero, which would print its sign, into zero.
    if number.is_finite() { Ok(number + 0.0) } else { Err(Absent::Numeric(quant::Absent::Overflow)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_words_in_snake_case_and_not_those_of_the_numerics() {
        let own = Absent::OWN.iter().map(|reason| reason.as_str());
        let mut codes: Vec<&str> =
            own.chain(quant::Absent::ALL.iter().map(|reason| reason.as_str())).collect();
        let is_plain = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(codes.iter().all(|code| is_plain(code)));
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn what_is_not_finite_is_an_overflow() {
        assert!(finite(-0.0).unwrap().is_sign_positive());
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(finite(number), Err(Absent::Numeric(quant::Absent::Overflow)));
        }
    }
}
