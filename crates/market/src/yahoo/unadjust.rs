//! From prices on today's basis of splits back to prices as traded.
//!
//! | what | the source sends | as traded |
//! | --- | --- | --- |
//! | a price of session `d` | divided by all splits with an ex-date after `d` | times their ratios |
//! | a dividend of ex-date `d` | the same | the same |
//! | a volume of session `d` | multiplied by them | divided by their ratios, rounded half to even |

use model::{Date, Price, Ratio, Split};

/// Decimals of the coarsest price that is looked for: cents.
const CENT_DECIMALS: i32 = 2;
/// Decimals of the finest price there is.
const PRICE_DECIMALS: i32 = 6;
/// Half of the last decimal of amounts that the source cuts to six decimals.
const AMOUNT_NOISE: f64 = 0.5e-6;

/// What the splits after a date have done to prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// The product of their ratios.
    pub ratio: Ratio,
    /// How many they are.
    pub count: u32,
}

impl Later {
    /// No splits.
    pub const NONE: Later = Later { ratio: Ratio::ONE, count: 0 };

    /// The splits after a date; absent when their product does not fit its type.
    pub fn of(splits: &[Split], date: Date) -> Option<Later> {
        splits.iter().filter(|split| split.ex_date > date).try_fold(Later::NONE, |later, split| {
            Some(Later { ratio: product(later.ratio, split.ratio)?, count: later.count + 1 })
        })
    }

    /// The same for prices in another unit of the currency; absent when the product does not fit its type.
    pub fn in_unit(self, unit: Ratio) -> Option<Later> {
        Some(Later { ratio: product(self.ratio, unit)?, count: self.count })
    }

    /// How many half steps of its float a price may be off: one for the float itself, and at most two for each split,
    /// whose division may have been rounded on its own.
    fn half_steps(self) -> f64 {
        f64::from(1 + 2 * self.count)
    }
}

fn product(one: Ratio, other: Ratio) -> Option<Ratio> {
    let new = one.new_units().checked_mul(other.new_units())?;
    Ratio::new(new, one.old_units().checked_mul(other.old_units())?)
}

/// The price as traded of a quoted price that later splits have divided; absent when it is negative or too large.
///
/// # Convention
/// Quoted prices are 32-bit floats, printed with more digits than they have, so each stands for all numbers that round
/// to the same float; each division by a split may have been rounded once more. Of the prices those could have been
/// before the splits, the one with the fewest decimals is taken, cents first. Without later splits this is the
/// shortest decimal that reads back as the same float.
///
/// # Example
/// 75.0875015 with a later split of 4:1 was 300.35: a half step of the float is 0.0000038, so four times the quoted
/// price is 300.350006 give or take 0.000046. 13.237 with later splits of 4:1 and 10:1 was 529.48.
pub fn price_as_traded(quoted: f64, later: Later) -> Option<Price> {
    shortest_within(quoted, half_step_of_f32(quoted) * later.half_steps(), later)
}

/// The dividend as paid of an amount that later splits have divided; see [`price_as_traded`].
///
/// # Convention
/// Amounts that later splits have divided are cut to six decimals by the source, which counts as noise too:
/// 0.094643 with later splits of 7:1 and 4:1 was 2.65.
pub fn dividend_as_paid(quoted: f64, later: Later) -> Option<Price> {
    let cut = if later.count == 0 { 0.0 } else { AMOUNT_NOISE };
    shortest_within(quoted, half_step_of_f32(quoted).max(cut), later)
}

/// The volume as traded of a volume that later splits have multiplied.
pub fn volume_as_traded(quoted: i64, later: Later) -> Option<i64> {
    let product = i128::from(quoted) * i128::from(later.ratio.old_units());
    let divisor = i128::from(later.ratio.new_units());
    let (quotient, remainder) = (product.div_euclid(divisor), product.rem_euclid(divisor));
    let is_up = 2 * remainder > divisor || (2 * remainder == divisor && quotient % 2 != 0);
    i64::try_from(quotient + i128::from(is_up)).ok()
}

fn shortest_within(quoted: f64, noise: f64, later: Later) -> Option<Price> {
    let factor = later.ratio.new_units() as f64 / later.ratio.old_units() as f64;
    let value = quoted * factor;
    // A little more than the noise itself, for the rounding of these very computations.
    let noise = noise * factor * (1.0 + 1e-6);
    let rounded = |decimals: i32| {
        let scale = 10_f64.powi(decimals);
        (value * scale).round_ties_even() / scale
    };
    let candidates = (CENT_DECIMALS..PRICE_DECIMALS).map(rounded);
    let price = candidates.into_iter().find(|price| (price - value).abs() <= noise);
    Price::of_model(price.unwrap_or(value))
}

/// Half of the distance to the next 32-bit float.
fn half_step_of_f32(value: f64) -> f64 {
    let float = (value as f32).abs();
    f64::from(float.next_up() - float) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    /// One later split, or none when the ratio is 1.
    fn later(text: &str) -> Later {
        Later { ratio: ratio(text), count: u32::from(ratio(text) != Ratio::ONE) }
    }

    #[test]
    fn prices_come_back_to_the_cent() {
        let check = |quoted: f64, splits: &str, expected: &str| {
            let price = price_as_traded(quoted, later(splits)).unwrap();
            assert_eq!(price.to_string(), expected, "{quoted} x {splits}");
        };
        check(75.0875015, "4", "300.35");
        check(75.087_501_525_878_9, "4", "300.35");
        check(13.237_000_465_393_066, "40", "529.48");
        check(f64::from(120.888_f32), "10", "1208.88");
        check(72.716_072_082_519_53, "1", "72.71607");
        check(244.869_995_117_187_5, "1", "244.87");
        check(244.87, "1", "244.87");
        // A price below a cent keeps the digits it has.
        check(f64::from(0.0123_f32), "1", "0.0123");
        check(f64::from(0.000_123_f32), "1", "0.000123");
        // 1:8, as after a reverse split.
        check(f64::from(100.08_f32), "1:8", "12.51");
        // Above 131,072 a float no longer tells cents apart; a plain number does.
        check(700_123.45, "1", "700123.45");
        check(700_123.437_5, "1", "700123.44");
    }

    #[test]
    fn dividends_come_back_from_six_decimals() {
        let check = |quoted: f64, splits: &str, expected: &str| {
            let paid = dividend_as_paid(quoted, later(splits)).unwrap();
            assert_eq!(paid.to_string(), expected, "{quoted} x {splits}");
        };
        check(0.205, "4", "0.82");
        check(0.094_643, "28", "2.65");
        check(0.094_643, "1", "0.094643");
        check(0.22, "1", "0.22");
    }

    #[test]
    fn volumes_are_divided() {
        assert_eq!(volume_as_traded(135_480_400, later("4")), Some(33_870_100));
        assert_eq!(volume_as_traded(10, later("4")), Some(2));
        assert_eq!(volume_as_traded(14, later("4")), Some(4));
        assert_eq!(volume_as_traded(11, later("1:8")), Some(88));
        assert_eq!(volume_as_traded(i64::MAX, later("1:8")), None);
    }

    #[test]
    fn only_splits_after_the_date_count() {
        let split = |day, text| Split { ex_date: Date::from_epoch_days(day), ratio: ratio(text) };
        let splits = [split(10, "7"), split(20, "4"), split(30, "1:2")];
        let check = |day, expected: &str| {
            assert_eq!(
                Later::of(&splits, Date::from_epoch_days(day)).unwrap().ratio,
                ratio(expected),
                "{day}"
            );
        };
        check(9, "14");
        check(10, "2");
        check(29, "1:2");
        check(30, "1");
        assert_eq!(
            Later::of(&[split(1, "9000000000"), split(1, "9000000000")], Date::from_epoch_days(0)),
            None
        );
    }

    proptest! {
        /// A price in cents that a source divides by splits and stores as a float comes back as it was, whether it
        /// divides once by all of them or rounds after each.
        #[test]
        fn cents_survive_the_way_there_and_back(
            cents in 100_i64..500_000,
            splits in prop::collection::vec((1_i64..30, 1_i64..4), 0..4),
            rounds_each in any::<bool>(),
        ) {
            let mut ratios = splits.iter().filter_map(|(new, old)| Ratio::new(*new, *old));
            let ratio = ratios.try_fold(Ratio::ONE, product).unwrap();
            let later = Later { ratio, count: splits.len() as u32 };
            let traded = cents as f64 / 100.0;
            let factor = ratio.new_units() as f64 / ratio.old_units() as f64;
            let quoted = if rounds_each {
                let divide = |price: f32, (new, old): &(i64, i64)| (f64::from(price) * *old as f64 / *new as f64) as f32;
                splits.iter().fold(traded as f32, divide)
            } else {
                (traded / factor) as f32
            };
            // Where the noise is about half a cent nobody can tell.
            prop_assume!(half_step_of_f32(f64::from(quoted)) * factor * later.half_steps() < 0.0045);
            prop_assert_eq!(price_as_traded(f64::from(quoted), later).unwrap().micros(), cents * 10_000);
        }
    }
}
