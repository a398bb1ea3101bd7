//! What can be held.

use std::fmt;
use std::str::FromStr;

use crate::names::names;
use crate::{InstrumentId, NameError, OptionTerms, Symbol};

names! {
    /// The kind of an instrument.
    InstrumentKind, "stock, etf, fund, index, option, private", {
        /// A share, or anything traded like one whose nature is not known better.
        Stock = "stock",
        /// An exchange-traded fund.
        Etf = "etf",
        /// A fund that is not traded on an exchange.
        Fund = "fund",
        /// An index level; it has prices and cannot be bought.
        Index = "index",
        /// A listed option.
        Option = "option",
        /// A holding nobody quotes, priced by hand.
        Private = "private",
    }
}

impl InstrumentKind {
    /// Whether providers quote it by its symbol.
    pub const fn is_public(self) -> bool {
        !matches!(self, InstrumentKind::Option | InstrumentKind::Private)
    }
}

/// A currency by its three-letter code.
///
/// # Example
/// ```
/// use model::Currency;
/// assert_eq!("usd".parse::<Currency>().unwrap(), Currency::USD);
/// assert!("dollar".parse::<Currency>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The US dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("invariant: three ASCII letters")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Currency, NameError> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Currency([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(NameError {
                text: text.chars().take(40).collect(),
                allowed: "the three-letter currency codes, such as USD",
            }),
        }
    }
}

/// Something that can be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Its identity.
    pub id: InstrumentId,
    /// The symbol it goes by today.
    pub symbol: Symbol,
    /// What it is.
    pub kind: InstrumentKind,
    /// Its currency, when known.
    pub currency: Option<Currency>,
    /// Units of the underlying in one contract; 1 for everything but options.
    pub multiplier: i64,
    /// Whether only whole units can be held.
    pub is_whole_unit: bool,
    /// What it says, when it is an option.
    pub option: Option<OptionTerms>,
}
