//! Numbers as people and brokers write them in files.

/// Cleans a number of a file: currency sign, thousands separators, parentheses for negatives.
///
/// Separators are commas in groups of three. In a file whose cells are divided by `;`, as places with decimal commas
/// write them, `1,234` is refused, not guessed.
pub fn clean(text: &str, has_decimal_commas: bool) -> Result<String, String> {
    let mut text = text.trim();
    let mut is_negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        is_negative = true;
        text = inner.trim();
    }
    if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
        if is_negative {
            return Err(format!("{:?} is negative twice; write one sign", shorten(text)));
        }
        is_negative = true;
        text = rest.trim_start();
    } else if let Some(rest) = text.strip_prefix('+') {
        text = rest;
    }
    let text = text.strip_prefix('$').unwrap_or(text).trim();
    let digits =
        if text.contains(',') { without_separators(text, has_decimal_commas)? } else { text.to_owned() };
    if !digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(format!("{:?} is not a number; write plain digits, such as 1234.5", shorten(text)));
    }
    Ok(if is_negative { format!("-{digits}") } else { digits })
}

fn without_separators(text: &str, has_decimal_commas: bool) -> Result<String, String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split(',').collect();
    let is_grouped = groups[0].len() <= 3
        && !groups[0].is_empty()
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()))
        && fraction.is_none_or(|fraction| !fraction.contains(','));
    let is_ambiguous = has_decimal_commas && fraction.is_none() && groups.len() == 2;
    let shown = shorten(text);
    if !is_grouped {
        return Err(format!("{shown:?} is not a number; write decimals with a point, such as 1234.5"));
    }
    if is_ambiguous {
        return Err(format!(
            "{shown:?} can be read in two ways; write it without the comma, or with decimals such as {shown}.00"
        ));
    }
    Ok(format!("{}{}", groups.concat(), fraction.map_or(String::new(), |fraction| format!(".{fraction}"))))
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn numbers_of_brokers_are_understood() {
        for (text, expected) in [
            ("12.5", "12.5"),
            (" $1,234.50 ", "1234.50"),
            ("(100)", "-100"),
            ("($1,234,567.5)", "-1234567.5"),
            ("-$3", "-3"),
            ("+7", "7"),
            ("1,234", "1234"),
            ("1,234,567", "1234567"),
            ("\u{2212}4", "-4"),
            (".5", ".5"),
        ] {
            assert_eq!(clean(text, false).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in ["1,234", "1,5", "1.234,5", "1,23,456", "(-5)", "", "$", "abc", "--1", "1,,000"] {
            assert!(clean(text, true).is_err(), "{text}");
        }
    }
}
