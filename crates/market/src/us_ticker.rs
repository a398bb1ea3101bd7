//! How providers of American prices write a symbol.

use model::Symbol;

/// Endings of symbols that are exchanges elsewhere; any other single letter is a class of shares.
const EXCHANGE_LETTERS: [&str; 4] = ["F", "L", "T", "V"];

/// The ticker of a share or fund with `separator` before the letter of a class of shares, or `None` for symbols that
/// are no American tickers: currencies, futures, indices, and those that end in a dot and an exchange.
///
/// # Example
/// `BRK.B` and `BRK-B` are both `BRK-B` with `-`, and `BRK.B` with `.`; `EURUSD=X` and `^GSPC` are no tickers.
pub fn of(symbol: &Symbol, separator: char) -> Option<String> {
    let text = symbol.as_str();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if !text.bytes().all(is_plain) {
        return None;
    }
    let is_class = |class: &str| class.len() == 1 && class.bytes().all(|byte| byte.is_ascii_alphabetic());
    match (text.rsplit_once('.'), text.rsplit_once('-')) {
        (Some((root, class)), _) if is_class(class) && !EXCHANGE_LETTERS.contains(&class) => {
            Some(format!("{root}{separator}{class}"))
        }
        (Some(_), _) => None,
        (None, Some((root, class))) if is_class(class) => Some(format!("{root}{separator}{class}")),
        _ => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_shares_are_written_in_the_way_of_the_provider() {
        for (symbol, dashed, dotted) in [
            ("AAPL", Some("AAPL"), Some("AAPL")),
            ("BRK.B", Some("BRK-B"), Some("BRK.B")),
            ("BRK-B", Some("BRK-B"), Some("BRK.B")),
            ("BAC-PL", Some("BAC-PL"), Some("BAC-PL")),
            ("9984.T", None, None),
            ("SHOP.TO", None, None),
            ("X.1", None, None),
            ("EURUSD=X", None, None),
            ("^GSPC", None, None),
            ("CASH_USD", None, None),
        ] {
            let symbol: Symbol = symbol.parse().unwrap();
            assert_eq!(of(&symbol, '-').as_deref(), dashed, "{symbol}");
            assert_eq!(of(&symbol, '.').as_deref(), dotted, "{symbol}");
        }
    }
}
