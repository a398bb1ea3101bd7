//! Numbers as people read them.

use model::{Money, Price, Quantity};

/// Money with thousands separators, rounded to the cent for the eye; JSON has it exact.
pub fn money(amount: Money) -> String {
    let micros = i128::from(amount.micros());
    let cents = micros / 10_000;
    let rest = (micros % 10_000).abs();
    let away = rest > 5_000 || (rest == 5_000 && cents % 2 != 0);
    let cents = if away { cents + if micros < 0 { -1 } else { 1 } } else { cents };
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", grouped(cents.unsigned_abs() / 100), cents.unsigned_abs() % 100)
}

/// Money with a sign even when it is above zero.
pub fn signed(amount: Money) -> String {
    if amount.signum() > 0 { format!("+{}", money(amount)) } else { money(amount) }
}

/// A price, exact, with at least two decimals.
pub fn price(price: Price) -> String {
    let text = separated(&price.to_string());
    match text.split_once('.') {
        Some((_, decimals)) if decimals.len() >= 2 => text,
        Some(_) => format!("{text}0"),
        None => format!("{text}.00"),
    }
}

/// An adjusted price, which is no exact one.
pub fn adjusted(price: f64) -> String {
    if price.abs() < 1.0 { format!("{price:.6}") } else { format!("{price:.4}") }
}

/// Units, exact.
pub fn quantity(units: Quantity) -> String {
    separated(&units.to_string())
}

/// A fraction as a percentage; a dash when it is absent.
pub fn percent(fraction: Option<f64>) -> String {
    fraction.map_or("–".to_owned(), |fraction| {
        let text = format!("{:.2} %", fraction * 100.0);
        // What rounds to zero has no sign.
        if text == "-0.00 %" { "0.00 %".to_owned() } else { text }
    })
}

/// Dollars of a statistic, which are no exact money, without cents; a dash when they are absent.
pub fn dollars(figure: Option<f64>) -> String {
    figure.map_or("–".to_owned(), whole)
}

/// A figure without decimals, for the axis of a chart.
pub fn whole(figure: f64) -> String {
    let sign = if figure <= -0.5 { "-" } else { "" };
    format!("{sign}{}", grouped(figure.abs().round() as u128))
}

fn grouped(number: u128) -> String {
    with_separators(&number.to_string())
}

/// A printed decimal with separators in its whole part.
fn separated(decimal: &str) -> String {
    let (sign, size) = decimal.strip_prefix('-').map_or(("", decimal), |size| ("-", size));
    let (whole, fraction) = size.find('.').map_or((size, ""), |point| size.split_at(point));
    format!("{sign}{}{fraction}", with_separators(whole))
}

fn with_separators(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_and_rounded_for_the_eye() {
        for (exact, shown) in [
            ("0", "0.00"),
            ("-0.004", "0.00"),
            ("-0.005001", "-0.01"),
            ("1234567.895", "1,234,567.90"),
            ("-1234.565", "-1,234.56"),
            ("999.999999", "1,000.00"),
            ("-9223372036854.775808", "-9,223,372,036,854.78"),
        ] {
            assert_eq!(money(exact.parse().unwrap()), shown, "{exact}");
        }
        assert_eq!(signed("5".parse().unwrap()), "+5.00");
        assert_eq!(price("1.5".parse().unwrap()), "1.50");
        assert_eq!(price("0.000001".parse().unwrap()), "0.000001");
        assert_eq!(price("84000".parse().unwrap()), "84,000.00");
        assert_eq!(quantity("-1234567.5".parse().unwrap()), "-1,234,567.5");
        assert_eq!(quantity("999".parse().unwrap()), "999");
        assert_eq!(percent(Some(-0.01234)), "-1.23 %");
        assert_eq!(percent(Some(-0.00001)), "0.00 %");
    }
}
