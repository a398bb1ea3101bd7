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

/// The product of the ratios of all splits after a date; absent when it does not fit its type.
pub fn later_splits(splits: &[Split], date: Date) -> Option<Ratio> {
    splits.iter().filter(|split| split.ex_date > date).try_fold(Ratio::ONE, |product, split| {
        let new = product.new_units().checked_mul(split.ratio.new_units())?;
        let old = product.old_units().checked_mul(split.ratio.old_units())?;
        Ratio::new(new, old)
    })
}

/// The price as traded of a quoted price that later splits have divided; absent when it is negative or too large.
///
/// # Convention
/// Quoted prices are 32-bit floats, printed with more digits than they have, so each stands for all numbers that round
/// to the same float. Of the prices those could have been before the splits, the one with the fewest decimals is
/// taken, cents first. Without later splits this is the shortest decimal that reads back as the same float.
///
/// # Example
/// 75.0875015 with a later split of 4:1 was 300.35: four times the float's neighbourhood is 300.35 give or take
/// 0.000015. 13.237 with later splits of 4:1 and 10:1 was 529.48.
pub fn price_as_traded(quoted: f64, later: Ratio) -> Option<Price> {
    shortest_within(quoted, half_step_of_f32(quoted), later)
}

/// The dividend as paid of an amount that later splits have divided; see [`price_as_traded`].
///
/// # Convention
/// Amounts that later splits have divided are cut to six decimals by the source, which counts as noise too:
/// 0.094643 with later splits of 7:1 and 4:1 was 2.65.
pub fn dividend_as_paid(quoted: f64, later: Ratio) -> Option<Price> {
    let cut = if later == Ratio::ONE { 0.0 } else { AMOUNT_NOISE };
    shortest_within(quoted, half_step_of_f32(quoted).max(cut), later)
}

/// The volume as traded of a volume that later splits have multiplied.
pub fn volume_as_traded(quoted: i64, later: Ratio) -> Option<i64> {
    let (product, divisor) =
        (i128::from(quoted) * i128::from(later.old_units()), i128::from(later.new_units()));
    let (quotient, remainder) = (product.div_euclid(divisor), product.rem_euclid(divisor));
    let is_up = 2 * remainder > divisor || (2 * remainder == divisor && quotient % 2 != 0);
    i64::try_from(quotient + i128::from(is_up)).ok()
}

fn shortest_within(quoted: f64, noise: f64, later: Ratio) -> Option<Price> {
    let factor = later.new_units() as f64 / later.old_units() as f64;
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

    #[test]
    fn prices_come_back_to_the_cent() {
        let check = |quoted: f64, later: &str, expected: &str| {
            let price = price_as_traded(quoted, ratio(later)).unwrap();
            assert_eq!(price.to_string(), expected, "{quoted} x {later}");
        };
        check(75.0875015, "4", "300.35");
        check(75.087_501_525_878_9, "4", "300.35");
        check(13.237_000_465_393_066, "40", "529.48");
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
        let check = |quoted: f64, later: &str, expected: &str| {
            let paid = dividend_as_paid(quoted, ratio(later)).unwrap();
            assert_eq!(paid.to_string(), expected, "{quoted} x {later}");
        };
        check(0.205, "4", "0.82");
        check(0.094_643, "28", "2.65");
        check(0.094_643, "1", "0.094643");
        check(0.22, "1", "0.22");
    }

    #[test]
    fn volumes_are_divided() {
        assert_eq!(volume_as_traded(135_480_400, ratio("4")), Some(33_870_100));
        assert_eq!(volume_as_traded(10, ratio("4")), Some(2));
        assert_eq!(volume_as_traded(14, ratio("4")), Some(4));
        assert_eq!(volume_as_traded(11, ratio("1:8")), Some(88));
        assert_eq!(volume_as_traded(i64::MAX, ratio("1:8")), None);
    }

    #[test]
    fn only_splits_after_the_date_count() {
        let split = |day, text| Split { ex_date: Date::from_epoch_days(day), ratio: ratio(text) };
        let splits = [split(10, "7"), split(20, "4"), split(30, "1:2")];
        let check = |day, expected: &str| {
            assert_eq!(later_splits(&splits, Date::from_epoch_days(day)).unwrap(), ratio(expected), "{day}");
        };
        check(9, "14");
        check(10, "2");
        check(29, "1:2");
        check(30, "1");
        assert_eq!(
            later_splits(&[split(1, "9000000000"), split(1, "9000000000")], Date::from_epoch_days(0)),
            None
        );
    }

    proptest! {
        /// A price in cents that a source divides by splits and stores as a float comes back as it was.
        #[test]
        fn cents_survive_the_way_there_and_back(cents in 100_i64..5_000_000, new in 1_i64..60, old in 1_i64..4) {
            let later = Ratio::new(new, old).unwrap();
            let traded = cents as f64 / 100.0;
            let quoted = (traded * old as f64 / new as f64) as f32;
            // Where half a step of the float is more than half a cent, nobody can tell.
            prop_assume!(half_step_of_f32(f64::from(quoted)) * (new as f64 / old as f64) < 0.004);
            prop_assert_eq!(price_as_traded(f64::from(quoted), later).unwrap().micros(), cents * 10_000);
        }
    }
}
