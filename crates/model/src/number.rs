//! Exact numbers: money, prices and quantities as integers, and the one place where products are rounded.
//!
//! | type | inside | unit of the integer |
//! | --- | --- | --- |
//! | [`Money`] | `i64` | a millionth of the currency unit |
//! | [`Price`] | `i64` | a millionth of the currency unit, for one unit of the instrument |
//! | [`Quantity`] | `i64` | a hundred-millionth of a unit; negative is short |
//! | [`Ratio`] | two `i64` | new units for old units of a split |
//!
//! | what | times or divided by | gives | rounded |
//! | --- | --- | --- | --- |
//! | `Quantity` | `Price` and a multiplier | `Money` | once, half to even |
//! | `Money` | `Quantity` / `Quantity` | `Money` | once, half to even |
//! | `Price` | / `Ratio` | `Price` | once, half to even |
//! | `Quantity` | `Ratio` | `Quantity` | toward zero, the remainder is cash in lieu |
//!
//! Sums are exact. Overflow is an error everywhere, never a wrap. There is no conversion from `f64`; the one
//! crossing to statistics is [`Money::to_f64`] and its two siblings.

mod ratio;

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

pub use ratio::Ratio;

const MONEY_DECIMALS: u32 = 6;
const QUANTITY_DECIMALS: u32 = 8;
/// Hundred-millionths in one unit of an instrument.
pub const QUANTITY_SCALE: i64 = 100_000_000;
/// Millionths in one unit of a currency.
pub const MONEY_SCALE: i64 = 1_000_000;

/// Why a number could not be read or computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The result does not fit its type.
    #[error("the number is too large")]
    Overflow,
    /// The text is no plain decimal number.
    #[error("{text:?} is not a plain decimal number")]
    Syntax {
        /// The text as given, shortened.
        text: String,
    },
    /// The text has more decimals than the type holds.
    #[error("{text:?} has more than {decimals} decimals")]
    TooPrecise {
        /// The text as given, shortened.
        text: String,
        /// Decimals the type can hold.
        decimals: u32,
    },
}

/// `a * b / divisor`, rounded once, half to even: the only rounding of exact numbers.
///
/// `divisor` is positive.
///
/// # Errors
/// [`NumberError::Overflow`] when the result does not fit an `i64`.
#[inline]
fn multiply_divide(a: i64, b: i64, divisor: i64) -> Result<i64, NumberError> {
    if let Some(product) = a.checked_mul(b) {
        let (quotient, remainder) = (product / divisor, product % divisor);
        // `2 * |remainder|` is compared as `|remainder|` against what is left, which cannot overflow.
        let size = remainder.unsigned_abs();
        let rest = divisor.unsigned_abs() - size;
        let away = size > rest || (size == rest && quotient & 1 != 0);
        return Ok(if away { quotient + product.signum() } else { quotient });
    }
    let product = i128::from(a) * i128::from(b);
    round_half_even(product, i128::from(divisor))
}

fn round_half_even(product: i128, divisor: i128) -> Result<i64, NumberError> {
    let (quotient, remainder) = (product / divisor, product % divisor);
    let size = remainder.abs();
    let rest = divisor - size;
    let away = size > rest || (size == rest && quotient & 1 != 0);
    let rounded = if away { quotient + product.signum() } else { quotient };
    i64::try_from(rounded).map_err(|_| NumberError::Overflow)
}

/// Reads a plain decimal into an integer of `10^-decimals`; `round` allows more decimals in the text.
fn parse_scaled(text: &str, decimals: u32, round: bool) -> Result<i64, NumberError> {
    let shown = || text.chars().take(40).collect::<String>();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1;
    if !plain {
        return Err(NumberError::Syntax { text: shown() });
    }
    let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0');
    if !round && fraction.len() > decimals as usize {
        return Err(NumberError::TooPrecise { text: shown(), decimals });
    }
    // Decimals beyond its own 28 are rounded by `Decimal` itself, far below anything that is kept here.
    let value = Decimal::from_str(text).map_err(|_| NumberError::Overflow)?;
    let mut scaled =
        value.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointNearestEven);
    scaled.rescale(decimals);
    i64::try_from(scaled.mantissa()).map_err(|_| NumberError::Overflow)
}

macro_rules! exact_number {
    ($(#[$doc:meta])* $name:ident, $decimals:expr, $raw:ident, $from_raw:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Nothing at all.
            pub const ZERO: $name = $name(0);

            #[doc = concat!("The number of ", $unit, ".")]
            #[inline]
            pub const fn $from_raw(raw: i64) -> $name {
                $name(raw)
            }

            #[doc = concat!("How many ", $unit, ".")]
            #[inline]
            pub const fn $raw(self) -> i64 {
                self.0
            }

            /// The sum, exact.
            ///
            /// # Errors
            /// [`NumberError::Overflow`].
            #[inline]
            pub fn plus(self, other: $name) -> Result<$name, NumberError> {
                self.0.checked_add(other.0).map($name).ok_or(NumberError::Overflow)
            }

            /// The difference, exact.
            ///
            /// # Errors
            /// [`NumberError::Overflow`].
            #[inline]
            pub fn minus(self, other: $name) -> Result<$name, NumberError> {
                self.0.checked_sub(other.0).map($name).ok_or(NumberError::Overflow)
            }

            /// The same size with the other sign.
            ///
            /// # Errors
            /// [`NumberError::Overflow`] for the smallest number alone.
            #[inline]
            pub fn negated(self) -> Result<$name, NumberError> {
                self.0.checked_neg().map($name).ok_or(NumberError::Overflow)
            }

            /// The size without its sign.
            ///
            /// # Errors
            /// [`NumberError::Overflow`] for the smallest number alone.
            #[inline]
            pub fn size(self) -> Result<$name, NumberError> {
                self.0.checked_abs().map($name).ok_or(NumberError::Overflow)
            }

            /// -1, 0 or 1.
            #[inline]
            pub const fn signum(self) -> i64 {
                self.0.signum()
            }

            /// Whether it is exactly nothing.
            #[inline]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The number as a float, for statistics only; exact up to 2^53 of its smallest units.
            #[inline]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / 10_f64.powi($decimals as i32)
            }

            /// Reads a plain decimal and rounds further decimals half to even: for market data and for files,
            /// whose authors cannot know our units.
            ///
            /// # Errors
            /// [`NumberError::Syntax`] and [`NumberError::Overflow`].
            pub fn parse_rounded(text: &str) -> Result<$name, NumberError> {
                parse_scaled(text, $decimals, true).map($name)
            }
        }

        impl fmt::Display for $name {
            /// Plain decimal: no exponent, no trailing zeros.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad_integral(
                    self.0 >= 0,
                    "",
                    &Decimal::from_i128_with_scale(i128::from(self.0).abs(), $decimals).normalize().to_string(),
                )
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            /// Reads a plain decimal: digits, at most one point, an optional sign.
            fn from_str(text: &str) -> Result<$name, NumberError> {
                parse_scaled(text, $decimals, false).map($name)
            }
        }
    };
}

exact_number! {
    /// An amount of money in a portfolio's currency.
    ///
    /// # Units
    /// Millionths of the currency unit, at most about 9.2 trillion units.
    ///
    /// # Example
    /// ```
    /// use model::Money;
    /// let amount: Money = "-2500.50".parse().unwrap();
    /// assert_eq!(amount.micros(), -2_500_500_000);
    /// assert_eq!(amount.to_string(), "-2500.5");
    /// assert!("0.0000001".parse::<Money>().is_err());
    /// ```
    Money, MONEY_DECIMALS, micros, from_micros, "millionths of the currency unit"
}

exact_number! {
    /// A price of one unit of an instrument.
    ///
    /// # Units
    /// Millionths of the currency unit.
    ///
    /// # Example
    /// ```
    /// use model::{Price, Ratio};
    /// let close: Price = "300.35".parse().unwrap();
    /// assert_eq!(close.over(Ratio::new(4, 1).unwrap()).unwrap().to_string(), "75.0875");
    /// ```
    Price, MONEY_DECIMALS, micros, from_micros, "millionths of the currency unit"
}

exact_number! {
    /// A signed number of units of an instrument: positive is long, negative is short.
    ///
    /// # Units
    /// Hundred-millionths of a unit.
    ///
    /// # Example
    /// ```
    /// use model::{Price, Quantity};
    /// let quantity: Quantity = "-1.5".parse().unwrap();
    /// let price: Price = "10.333333".parse().unwrap();
    /// // 1.5 * 10.333333 = 15.4999995, a tie that goes to the even 15.5.
    /// assert_eq!(quantity.times(price, 1).unwrap().to_string(), "-15.5");
    /// ```
    Quantity, QUANTITY_DECIMALS, hundred_millionths, from_hundred_millionths, "hundred-millionths of a unit"
}

impl Quantity {
    /// The money for this many units at a price: `quantity * price * multiplier`, rounded once, half to even.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    #[inline]
    pub fn times(self, price: Price, multiplier: i64) -> Result<Money, NumberError> {
        // Whole units need no division and no rounding; they are what most portfolios hold.
        if self.0 % QUANTITY_SCALE == 0
            && let Some(money) =
                (self.0 / QUANTITY_SCALE).checked_mul(price.0).and_then(|money| money.checked_mul(multiplier))
        {
            return Ok(Money(money));
        }
        if multiplier == 1 {
            return multiply_divide(self.0, price.0, QUANTITY_SCALE).map(Money);
        }
        let units = i128::from(self.0) * i128::from(multiplier);
        let product = units.checked_mul(i128::from(price.0)).ok_or(NumberError::Overflow)?;
        round_half_even(product, i128::from(QUANTITY_SCALE)).map(Money)
    }

    /// The quantity after a split, rounded toward zero to `step` hundred-millionths, and the numerator of the
    /// remainder: what was cut off is `remainder / ratio.old()` hundred-millionths, with the quantity's sign.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn after_split(self, ratio: Ratio, step: i64) -> Result<(Quantity, i128), NumberError> {
        let product = i128::from(self.0) * i128::from(ratio.new_units());
        let unit = i128::from(ratio.old_units()) * i128::from(step);
        let kept = product / unit * i128::from(step);
        let quantity = i64::try_from(kept).map_err(|_| NumberError::Overflow)?;
        Ok((Quantity(quantity), product - kept * i128::from(ratio.old_units())))
    }
}

impl Money {
    /// The part of this money that belongs to `part` of `whole` units, rounded once, half to even.
    ///
    /// `part` and `whole` have the same sign and `whole` is not zero.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    ///
    /// # Example
    /// ```
    /// use model::{Money, Quantity};
    /// let cost: Money = "100".parse().unwrap();
    /// let (part, whole): (Quantity, Quantity) = ("1".parse().unwrap(), "3".parse().unwrap());
    /// assert_eq!(cost.share(part, whole).unwrap().to_string(), "33.333333");
    /// ```
    pub fn share(self, part: Quantity, whole: Quantity) -> Result<Money, NumberError> {
        let (part, whole) = (part.0.checked_abs(), whole.0.checked_abs());
        let (part, whole) = part.zip(whole).ok_or(NumberError::Overflow)?;
        multiply_divide(self.0, part, whole).map(Money)
    }

    /// The money for the remainder that a split cut off: `remainder / ratio.old()` hundred-millionths of a
    /// unit at `price`, rounded once, half to even. See [`Quantity::after_split`].
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn of_split_remainder(remainder: i128, ratio: Ratio, price: Price) -> Result<Money, NumberError> {
        let product = remainder.checked_mul(i128::from(price.0)).ok_or(NumberError::Overflow)?;
        round_half_even(product, i128::from(ratio.old_units()) * i128::from(QUANTITY_SCALE)).map(Money)
    }
}

impl Price {
    /// The price a model gives, rounded half to even; `None` when it is negative, not finite or too large. This is the
    /// one crossing from statistics to exact numbers.
    ///
    /// # Example
    /// ```
    /// use model::Price;
    /// assert_eq!(Price::of_model(1.25).unwrap().to_string(), "1.25");
    /// assert_eq!(Price::of_model(f64::NAN), None);
    /// ```
    pub fn of_model(value: f64) -> Option<Price> {
        let micros = (value * MONEY_SCALE as f64).round_ties_even();
        // Up to 2^53 every whole number of millionths is exact.
        (0.0..9_007_199_254_740_992.0).contains(&micros).then_some(Price(micros as i64))
    }

    /// The price after a split: divided by its ratio, rounded once, half to even.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn over(self, ratio: Ratio) -> Result<Price, NumberError> {
        multiply_divide(self.0, ratio.old_units(), ratio.new_units()).map(Price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_even_neighbour() {
        for (a, divisor, expected) in [
            (5, 10, 0),
            (15, 10, 2),
            (25, 10, 2),
            (-5, 10, 0),
            (-15, 10, -2),
            (-26, 10, -3),
            (7, 2, 4),
            (1, 3, 0),
        ] {
            assert_eq!(multiply_divide(a, 1, divisor), Ok(expected), "{a} / {divisor}");
        }
    }

    #[test]
    fn numbers_print_without_exponent_or_trailing_zeros() {
        for text in ["0", "1", "-0.000001", "123456.789", "9223372036854.775807", "-9223372036854.775808"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        assert_eq!("+1.500".parse::<Money>().unwrap().to_string(), "1.5");
        assert_eq!(format!("{:>8}", "-2.5".parse::<Money>().unwrap()), "    -2.5");
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", "-", ".", "1e5", "1_000", "1,000", "NaN", "inf", "0x10", "1.2.3", " 1", "١"] {
            assert!(matches!(text.parse::<Money>(), Err(NumberError::Syntax { .. })), "{text}");
        }
        assert!(matches!("0.0000001".parse::<Price>(), Err(NumberError::TooPrecise { .. })));
        assert_eq!("9223372036854.775808".parse::<Money>(), Err(NumberError::Overflow));
        assert_eq!("9".repeat(60).parse::<Money>(), Err(NumberError::Overflow));
        assert_eq!(Price::parse_rounded("0.00000050001").unwrap().micros(), 1);
        assert_eq!(Price::parse_rounded("0.0000005").unwrap().micros(), 0);
    }

    #[test]
    fn a_split_keeps_what_it_cuts_off() {
        let (quantity, remainder) =
            "100".parse::<Quantity>().unwrap().after_split(Ratio::new(1, 3).unwrap(), 1).unwrap();
        assert_eq!(quantity.to_string(), "33.33333333");
        assert_eq!(remainder, 1);
        let (whole, remainder) = "-101"
            .parse::<Quantity>()
            .unwrap()
            .after_split(Ratio::new(1, 10).unwrap(), QUANTITY_SCALE)
            .unwrap();
        assert_eq!(whole.to_string(), "-10");
        let cash = Money::of_split_remainder(
            remainder,
            Ratio::new(1, 10).unwrap(),
            Price::from_micros(50 * MONEY_SCALE),
        );
        assert_eq!(cash.unwrap().to_string(), "-5");
    }

    proptest! {
        #[test]
        fn fast_and_wide_products_agree(a in any::<i64>(), b in any::<i64>(), divisor in 1..i64::MAX) {
            let wide = round_half_even(i128::from(a) * i128::from(b), i128::from(divisor));
            prop_assert_eq!(multiply_divide(a, b, divisor), wide);
        }

        #[test]
        fn whole_and_fractional_quantities_follow_one_rule(q in -1_000_000_i64..1_000_000, price in 0_i64..1_000_000_000, m in 1_i64..200) {
            let quantity = Quantity(q * 50_000_000);
            let exact = round_half_even(
                i128::from(quantity.0) * i128::from(price) * i128::from(m), i128::from(QUANTITY_SCALE));
            prop_assert_eq!(quantity.times(Price(price), m).map(Money::micros), exact);
        }

        #[test]
        fn text_round_trips(raw in any::<i64>()) {
            prop_assert_eq!(Quantity(raw).to_string().parse::<Quantity>(), Ok(Quantity(raw)));
            prop_assert_eq!(Money(raw).to_string().parse::<Money>(), Ok(Money(raw)));
        }
    }
}
