//! The ratio of a split, exact.

use std::fmt;
use std::str::FromStr;

use super::{NumberError, QUANTITY_DECIMALS, parse_scaled};

/// The ratio of a split: so many new units for so many old ones, in lowest terms.
///
/// # Example
/// ```
/// use model::Ratio;
/// assert_eq!("3:2".parse::<Ratio>().unwrap(), Ratio::new(3, 2).unwrap());
/// assert_eq!("0.1".parse::<Ratio>().unwrap(), Ratio::new(1, 10).unwrap());
/// assert!("0".parse::<Ratio>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio {
    new: i64,
    old: i64,
}

impl Ratio {
    /// One new unit for one old one: a split that does nothing.
    pub const ONE: Ratio = Ratio { new: 1, old: 1 };

    /// A ratio of two positive numbers, reduced to lowest terms; `None` when one is not positive.
    pub fn new(new: i64, old: i64) -> Option<Ratio> {
        if new <= 0 || old <= 0 {
            return None;
        }
        let (mut a, mut b) = (new, old);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Ratio { new: new / a, old: old / a })
    }

    /// Units after the split, for [`Ratio::old`] units before it.
    pub const fn new_units(self) -> i64 {
        self.new
    }

    /// Units before the split that become [`Ratio::new_units`].
    pub const fn old_units(self) -> i64 {
        self.old
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.new, self.old))
    }
}

impl FromStr for Ratio {
    type Err = NumberError;

    /// Reads new units for one old (`4`, `0.1`) or `new:old` (`3:2`, `1:3`).
    fn from_str(text: &str) -> Result<Ratio, NumberError> {
        let refuse = || NumberError::Syntax { text: text.chars().take(40).collect() };
        let (new, old) = text.split_once(':').unwrap_or((text, "1"));
        let (new, old) = (new.trim(), old.trim());
        // No more decimals than are there, so that what a ratio is written as, two whole numbers, is read again.
        let decimals = decimals_count(new).max(decimals_count(old)).min(QUANTITY_DECIMALS);
        let (new, old) = (parse_scaled(new, decimals, false)?, parse_scaled(old, decimals, false)?);
        Ratio::new(new, old).ok_or_else(refuse)
    }
}

/// How many decimals a text has, zeros at its end left out.
fn decimals_count(text: &str) -> u32 {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.trim_end_matches('0').len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_read_as_it_is_written() {
        for (text, written) in [
            ("4", "4:1"),
            ("0.10", "1:10"),
            ("1.5:0.5", "3:1"),
            ("922:372036854.775807", "922000000:372036854775807"),
            ("9223372036854775807:1", "9223372036854775807:1"),
        ] {
            let ratio: Ratio = text.parse().unwrap();
            assert_eq!(
                (ratio.to_string().as_str(), ratio.to_string().parse()),
                (written, Ok(ratio)),
                "{text}"
            );
        }
        assert!(matches!("1:0.000000001".parse::<Ratio>(), Err(NumberError::TooPrecise { .. })));
        assert_eq!("9223372036854775807:0.5".parse::<Ratio>(), Err(NumberError::Overflow));
        assert!("-1:2".parse::<Ratio>().is_err() && "1:0".parse::<Ratio>().is_err());
    }
}
