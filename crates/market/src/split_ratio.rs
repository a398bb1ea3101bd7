//! The ratio of a split that a provider writes as a rounded decimal.

use model::Ratio;

/// The most old units of a ratio that a decimal is taken to be a rounding of.
const OLD_UNITS_MAX: i64 = 50;

/// A decimal of fewer places is taken at its word: `0.1` is a tenth.
const ROUNDED_DECIMALS_MIN: usize = 4;

/// The most decimals that are read.
const DECIMALS_MAX: usize = 8;

/// The ratio a provider means by `new` units for `old` ones, either of which may be a decimal.
///
/// # Errors
/// A sentence when one of them is no plain decimal above zero of at most eight decimals.
pub fn of_units(new: &str, old: &str) -> Result<Ratio, String> {
    let text = format!("{new}:{old}");
    let exact: Ratio = text.parse().map_err(|error| format!("{error}"))?;
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let rounded = decimals(new) >= ROUNDED_DECIMALS_MIN && decimals(old) == 0;
    Ok(rounded.then(|| simplest(exact, decimals(new))).flatten().unwrap_or(exact))
}

/// The ratio a provider means by a decimal of new units for one old one, such as `4.0000`, `0.0333` or `1.3333`.
///
/// # Convention
/// A third cannot be written as a decimal. One of four places or more is taken for the ratio of the fewest old units
/// that rounds to it, when they are at most fifty; any other is taken at its word.
///
/// # Errors
/// A sentence when the text is no plain decimal above zero of at most eight decimals.
///
/// # Example
/// `1.3333` is 4:3, `0.0333` is 1:30, and `1.0525`, which is 421:400 exactly, stays as it is.
pub fn of_decimal(text: &str) -> Result<Ratio, String> {
    of_units(text, "1")
}

/// The ratio of the fewest old units within half a unit of the last decimal of `rounded`.
fn simplest(rounded: Ratio, decimals: usize) -> Option<Ratio> {
    let scale = 10_i128.checked_pow(decimals.min(DECIMALS_MAX) as u32)?;
    let (new, old) = (i128::from(rounded.new_units()), i128::from(rounded.old_units()));
    (1..=i128::from(OLD_UNITS_MAX)).find_map(|units| {
        // The nearest count of new units for so many old ones.
        let count = (2 * new * units + old) / (2 * old);
        let off = (count * old - new * units).abs();
        let is_within = 2 * off * scale <= old * units;
        let ratio = || Ratio::new(i64::try_from(count).ok()?, i64::try_from(units).ok()?);
        if is_within { ratio() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounded_decimals_are_the_ratios_they_stand_for() {
        for (text, expect) in [
            ("4.0000", "4:1"),
            ("2", "2:1"),
            ("1.5000", "3:2"),
            ("1.3333", "4:3"),
            ("0.6667", "2:3"),
            ("0.0333", "1:30"),
            ("0.0010", "1:1000"),
            ("0.1", "1:10"),
            ("1.1429", "8:7"),
            ("0.6410", "25:39"),
            ("1.0525", "421:400"),
            ("0.33333333", "1:3"),
        ] {
            assert_eq!(of_decimal(text).unwrap().to_string(), expect, "{text}");
        }
        assert_eq!(of_units("3", "2").unwrap().to_string(), "3:2");
        assert_eq!(of_units("707", "1500").unwrap().to_string(), "707:1500");
        assert_eq!(of_units("1", "1.5").unwrap().to_string(), "2:3");
    }

    #[test]
    fn what_is_no_ratio_is_refused() {
        for text in ["", "0", "0.0000", "-2", "two", "1e3", "1.123456789", "99999999999999999999"] {
            assert!(of_decimal(text).is_err(), "{text}");
        }
        assert!(of_units("1", "0").is_err());
    }

    proptest! {
        #[test]
        fn a_fraction_of_few_units_survives_four_decimals(new in 1_i64..50, old in 1_i64..50) {
            let text = format!("{:.4}", new as f64 / old as f64);
            prop_assert_eq!(of_decimal(&text), Ok(Ratio::new(new, old).unwrap()));
        }

        #[test]
        fn arbitrary_text_is_read_or_refused(new in "\\PC{0,20}", old in "[0-9.:-]{0,12}") {
            let _ = of_units(&new, &old);
        }
    }
}
