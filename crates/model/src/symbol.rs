//! Ticker symbols as people write them, and the identities behind them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest symbol accepted, in bytes; the 21 characters of a listed option fit.
pub const SYMBOL_BYTES_MAX: usize = 32;

/// Characters of a listed option's symbol with its root filled up by blanks.
const OPTION_CHARS: usize = 21;

/// A ticker symbol: upper case, trimmed, of a small alphabet that is safe in file names and addresses.
///
/// Letters, digits, `.`, `-`, `_`, `^`, `=`, beginning with a letter, a digit or `^`. The 21 characters of a listed
/// option are written without their blanks.
///
/// # Example
/// ```
/// use model::Symbol;
/// assert_eq!(" brk.b ".parse::<Symbol>().unwrap().as_str(), "BRK.B");
/// assert!("../../x".parse::<Symbol>().is_err());
/// assert!("AAPL?token=".parse::<Symbol>().is_err());
/// assert_eq!("AAPL  240119C00150000".parse::<Symbol>().unwrap().as_str(), "AAPL240119C00150000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

/// A text that is no symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a symbol; use up to 32 letters, digits and . - _ ^ =")]
pub struct SymbolError {
    text: String,
}

impl Symbol {
    /// The symbol's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the symbol names a cash-like line of a broker's file, which no provider is ever asked about.
    pub fn is_cash_like(&self) -> bool {
        self.0.starts_with("CASH_")
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Symbol, SymbolError> {
        let mut symbol = text.trim().to_ascii_uppercase();
        if symbol.len() == OPTION_CHARS {
            symbol.retain(|character| character != ' ');
        }
        let starts_well =
            symbol.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'^');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_^= ".contains(&byte);
        if !starts_well || symbol.len() > SYMBOL_BYTES_MAX || !symbol.bytes().all(allowed) {
            return Err(SymbolError { text: text.chars().take(40).collect() });
        }
        Ok(Symbol(symbol.into()))
    }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

identity! {
    /// Identity of an instrument; symbols may be renamed and reused, this never is.
    InstrumentId
}
identity! {
    /// Identity of a portfolio.
    PortfolioId
}
identity! {
    /// Identity of an event.
    EventId
}
identity! {
    /// Identity of an import batch.
    BatchId
}
