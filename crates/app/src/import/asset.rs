//! What a row trades: a public holding, a listed option, or a holding nobody quotes.

use model::{Date, OPTION_MULTIPLIER, OccSymbol, OptionRight, Price, Symbol};

use super::cells::{Cells, Column, Fault};

/// Something that a row of a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its symbol as the file has it.
    pub symbol: Symbol,
    /// What it is.
    pub class: Class,
}

/// What is traded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Anything providers quote by its symbol.
    Public,
    /// A listed option, with the terms that stand in columns of their own.
    Option(Contract),
    /// A holding nobody quotes.
    Private,
}

/// The terms of an option as far as a file gives them; the rest is in its symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// What it is written on.
    pub underlying: Option<Symbol>,
    /// Whether it is a call, where that is said.
    pub is_call: Option<bool>,
    /// The strike.
    pub strike: Option<Price>,
    /// The last day.
    pub expiration: Option<Date>,
    /// Units of the underlying in one contract.
    pub multiplier: Option<i64>,
}

impl Asset {
    /// A public holding, a cash-like one that nobody quotes, or, by its symbol, an option.
    pub fn guessed(symbol: Symbol) -> Asset {
        let class = if symbol.is_cash_like() {
            Class::Private
        } else if is_option_symbol(symbol.as_str()) {
            Class::Option(Contract::default())
        } else {
            Class::Public
        };
        Asset { symbol, class }
    }

    /// What the symbol of a row names. Where class shares are written with a dash or a blank, as in `BRK-B`, their
    /// symbol here has a point, and a note says so.
    pub fn quoted(cells: &mut Cells<'_>, column: Column, has_other_classes: bool) -> Result<Asset, Fault> {
        let symbol = cells.symbol(column)?;
        if has_other_classes
            && let Some((root, class)) = symbol.as_str().split_once(['-', ' '])
            && (1..=4).contains(&root.len())
            && class.len() == 1
            && [root, class].concat().bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            let dotted = format!("{root}.{class}").parse::<Symbol>();
            let dotted = dotted.map_err(|error| Fault::new(column, "symbol", error.to_string()))?;
            cells.notes.push(format!("{symbol} is taken as {dotted}"));
            return Ok(Asset::guessed(dotted));
        }
        Ok(Asset::guessed(symbol))
    }

    /// The asset in one form, however the file wrote it.
    pub fn canonical(&self) -> String {
        let Class::Option(contract) = &self.class else { return self.symbol.to_string() };
        let or_blank = |text: Option<String>| text.unwrap_or_default();
        format!(
            "{};{};{};{};{};{}",
            self.symbol,
            or_blank(contract.underlying.as_ref().map(ToString::to_string)),
            or_blank(contract.expiration.map(|date| date.to_string())),
            contract.is_call.map_or("", |is_call| if is_call { "call" } else { "put" }),
            or_blank(contract.strike.map(|strike| strike.to_string())),
            or_blank(contract.multiplier.map(|multiplier| multiplier.to_string())),
        )
    }
}

/// The symbol under which an asset is booked, or the code and the reason why it cannot be. Everything a file names
/// comes through here before it becomes an event.
pub fn booked_symbol(asset: &Asset) -> Result<Symbol, (&'static str, String)> {
    match &asset.class {
        Class::Public | Class::Private => Ok(asset.symbol.clone()),
        Class::Option(contract) => Ok(option_symbol(&asset.symbol, contract)?.symbol()),
    }
}

/// The option that a row trades: what its symbol says, held against its columns, or what its columns say.
pub fn option_symbol(symbol: &Symbol, contract: &Contract) -> Result<OccSymbol, (&'static str, String)> {
    let wrong = |message: String| ("option_terms", message);
    if let Some(multiplier) = contract.multiplier.filter(|multiplier| *multiplier != OPTION_MULTIPLIER) {
        return Err(wrong(format!(
            "a contract on {multiplier} units cannot be kept yet, only those on {OPTION_MULTIPLIER}"
        )));
    }
    let said = contract.is_call.map(|is_call| if is_call { OptionRight::Call } else { OptionRight::Put });
    if let Ok(named) = symbol.as_str().parse::<OccSymbol>() {
        let agrees = contract.underlying.as_ref().is_none_or(|underlying| *underlying == named.root)
            && contract.expiration.is_none_or(|expiration| expiration == named.expiration)
            && contract.strike.is_none_or(|strike| strike == named.strike)
            && said.is_none_or(|right| right == named.right);
        return if agrees {
            Ok(named)
        } else {
            Err(wrong(format!("the columns of the option say something else than its symbol {symbol}")))
        };
    }
    let needed = "an option needs an option symbol, or its underlying, strike, expiration date and type";
    let terms = contract.underlying.clone().zip(contract.expiration).zip(said.zip(contract.strike));
    let ((underlying, expiration), (right, strike)) = terms.ok_or_else(|| wrong(needed.to_owned()))?;
    let named = OccSymbol::new(underlying, expiration, right, strike);
    named.ok_or_else(|| {
        wrong("the terms fit no option symbol; give the symbol of the contract itself".to_owned())
    })
}

/// Whether a text is the symbol of a listed option, in its 21 characters or without the blanks: a root of up to six,
/// six digits of a date, `C` or `P`, eight digits of a strike.
fn is_option_symbol(text: &str) -> bool {
    let Some((root, terms)) = text.len().checked_sub(15).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let terms = terms.as_bytes();
    (1..=6).contains(&root.trim_end().len())
        && terms.iter().enumerate().all(|(at, byte)| match at {
            6 => matches!(byte, b'C' | b'P'),
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_cash_like_holdings_are_known_by_their_symbols() {
        for (symbol, expected) in [
            ("AAPL", "public"),
            ("BRK.B", "public"),
            ("AAPL240119C00150000", "option"),
            ("aapl  240119p00150000", "option"),
            ("240119C00150000", "public"),
            ("AAPL240119X00150000", "public"),
            ("CASH_USD", "private"),
        ] {
            let found = match Asset::guessed(symbol.parse().unwrap()).class {
                Class::Public => "public",
                Class::Option(_) => "option",
                Class::Private => "private",
            };
            assert_eq!(found, expected, "{symbol}");
        }
    }

    #[test]
    fn options_are_booked_by_symbol_or_by_terms_that_agree_with_it() {
        let price = |text: &str| Some(text.parse().unwrap());
        let full = Contract {
            underlying: Some("AAPL".parse().unwrap()),
            is_call: Some(true),
            strike: price("150"),
            expiration: Some("2024-01-19".parse().unwrap()),
            multiplier: Some(100),
        };
        let booked = |symbol: &str, contract: &Contract| {
            let class = Class::Option(contract.clone());
            let asset = Asset { symbol: symbol.parse().unwrap(), class };
            booked_symbol(&asset).map(|symbol| symbol.to_string()).map_err(|(code, _)| code)
        };
        let occ = "AAPL240119C00150000";
        assert_eq!(booked("AAPL", &full).as_deref(), Ok(occ));
        assert_eq!(booked(occ, &full).as_deref(), Ok(occ));
        assert_eq!(booked(occ, &Contract::default()).as_deref(), Ok(occ));
        assert_eq!(booked("AAPL", &Contract::default()), Err("option_terms"));
        assert_eq!(booked(occ, &Contract { strike: price("155"), ..full.clone() }), Err("option_terms"));
        assert_eq!(booked(occ, &Contract { multiplier: Some(10), ..full }), Err("option_terms"));
    }
}
