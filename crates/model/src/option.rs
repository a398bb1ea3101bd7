//! Listed options: what a contract says, and its symbol.

use std::fmt;
use std::str::FromStr;

use crate::names::names;
use crate::{Date, InstrumentId, MONEY_SCALE, Price, Symbol};

names! {
    /// What an option gives the right to.
    OptionRight, "call, put", {
        /// To buy the underlying at the strike.
        Call = "call",
        /// To sell the underlying at the strike.
        Put = "put",
    }
}

impl OptionRight {
    /// What the right is worth at once: the underlying above the strike for a call, below it for a put, or nothing.
    ///
    /// # Example
    /// ```
    /// use model::{OptionRight, Price};
    /// let (spot, strike): (Price, Price) = ("95".parse().unwrap(), "100".parse().unwrap());
    /// assert_eq!(OptionRight::Put.intrinsic(spot, strike).to_string(), "5");
    /// assert_eq!(OptionRight::Call.intrinsic(spot, strike), Price::ZERO);
    /// ```
    pub fn intrinsic(self, spot: Price, strike: Price) -> Price {
        let above = spot.micros().saturating_sub(strike.micros());
        Price::from_micros(match self {
            OptionRight::Call => above.max(0),
            OptionRight::Put => above.saturating_neg().max(0),
        })
    }
}

/// Units of the underlying in one contract, unless stated otherwise.
pub const OPTION_MULTIPLIER: i64 = 100;

/// What a listed option says, with its underlying as an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionTerms {
    /// What may be bought or sold.
    pub underlying: InstrumentId,
    /// Which of the two.
    pub right: OptionRight,
    /// For how much a unit.
    pub strike: Price,
    /// Last date on which the right exists.
    pub expiration: Date,
}

/// An option's symbol as the Options Clearing Corporation writes it: root, expiration, right, strike.
///
/// Two forms are read: 21 characters with the root filled up by blanks, and the compact one without them, which is
/// the one written.
///
/// # Example
/// ```
/// use model::OccSymbol;
/// let symbol: OccSymbol = "AAPL  240119C00150000".parse().unwrap();
/// assert_eq!(symbol.to_string(), "AAPL240119C00150000");
/// assert_eq!(symbol.strike.to_string(), "150");
/// assert!("AAPL240230C00150000".parse::<OccSymbol>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccSymbol {
    /// The symbol of the underlying.
    pub root: Symbol,
    /// Last date on which the right exists.
    pub expiration: Date,
    /// Call or put.
    pub right: OptionRight,
    /// For how much a unit, in thousandths at the finest.
    pub strike: Price,
}

/// A text that is no option symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an option symbol; write root, YYMMDD, C or P, and the strike times 1000 in eight digits"
)]
pub struct OccSymbolError {
    text: String,
}

/// Characters behind the root: six of the date, one of the right, eight of the strike.
const TAIL_CHARS: usize = 15;
/// The longest root.
const ROOT_CHARS_MAX: usize = 6;
/// Millionths in one unit of the strike's last digit.
const STRIKE_UNIT_MICROS: i64 = MONEY_SCALE / 1_000;
/// The largest strike that eight digits hold.
const STRIKE_MICROS_MAX: i64 = 99_999_999 * STRIKE_UNIT_MICROS;

impl OccSymbol {
    /// The symbol of a contract, or `None` when its root, its year or its strike cannot be written in this form.
    pub fn new(root: Symbol, expiration: Date, right: OptionRight, strike: Price) -> Option<OccSymbol> {
        let (year, _, _) = expiration.ymd();
        let fits = root.as_str().len() <= ROOT_CHARS_MAX
            && root.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric())
            && (2_000..2_100).contains(&year)
            && strike.micros() % STRIKE_UNIT_MICROS == 0
            && (1..=STRIKE_MICROS_MAX).contains(&strike.micros());
        fits.then_some(OccSymbol { root, expiration, right, strike })
    }

    /// The compact form as a symbol.
    pub fn symbol(&self) -> Symbol {
        self.to_string().parse().expect("invariant: an option symbol is a symbol")
    }
}

impl fmt::Display for OccSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.expiration.ymd();
        let right = match self.right {
            OptionRight::Call => 'C',
            OptionRight::Put => 'P',
        };
        let strike = self.strike.micros() / STRIKE_UNIT_MICROS;
        f.pad(&format!("{}{:02}{month:02}{day:02}{right}{strike:08}", self.root, year % 100))
    }
}

impl FromStr for OccSymbol {
    type Err = OccSymbolError;

    fn from_str(text: &str) -> Result<OccSymbol, OccSymbolError> {
        let refuse = || OccSymbolError { text: text.chars().take(40).collect() };
        let plain = text.trim();
        if !plain.is_ascii() || plain.len() <= TAIL_CHARS {
            return Err(refuse());
        }
        let (root, tail) = plain.split_at(plain.len() - TAIL_CHARS);
        let number = |range: std::ops::Range<usize>| {
            let digits = &tail[range];
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten()
        };
        let (year, month, day) = number(0..2)
            .zip(number(2..4))
            .zip(number(4..6))
            .map(|((y, m), d)| (y, m, d))
            .ok_or_else(refuse)?;
        let right = match tail.as_bytes()[6] {
            b'C' | b'c' => OptionRight::Call,
            b'P' | b'p' => OptionRight::Put,
            _ => return Err(refuse()),
        };
        let strike = number(7..15).ok_or_else(refuse)?;
        let expiration = Date::from_ymd(2_000 + year as i32, month as u32, day as u32).ok_or_else(refuse)?;
        let root: Symbol = root.trim_end().parse().map_err(|_| refuse())?;
        let strike = Price::from_micros(strike * STRIKE_UNIT_MICROS);
        OccSymbol::new(root, expiration, right, strike).ok_or_else(refuse)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_option_symbol_is_refused() {
        for text in [
            "",
            "AAPL",
            "240119C00150000",
            "TOOLONG240119C00150000",
            "AAPL240119X00150000",
            "AAPL241319C00150000",
            "AAPL240119C0015000",
            "AAPL240119C00000000",
            "BRK.B240119C00150000",
            "AAPL 2401 19C00150000",
        ] {
            assert!(text.parse::<OccSymbol>().is_err(), "{text}");
        }
        assert_eq!(" brkb240119p00300500".parse::<OccSymbol>().unwrap().to_string(), "BRKB240119P00300500");
    }

    proptest! {
        #[test]
        fn symbols_round_trip(root in "[A-Z]{1,6}", days in 11_000_i32..40_000, is_call: bool, strike in 1_i64..=99_999_999) {
            let right = if is_call { OptionRight::Call } else { OptionRight::Put };
            let strike = Price::from_micros(strike * STRIKE_UNIT_MICROS);
            let root: Symbol = root.parse().unwrap();
            let symbol = OccSymbol::new(root, Date::from_epoch_days(days), right, strike).unwrap();
            prop_assert_eq!(symbol.to_string().parse::<OccSymbol>().unwrap(), symbol.clone());
            let padded = format!("{:<6}{}", symbol.root.as_str(), &symbol.to_string()[symbol.root.as_str().len()..]);
            prop_assert_eq!(padded.parse::<OccSymbol>().unwrap(), symbol);
        }
    }
}
