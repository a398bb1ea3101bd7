//! A history that is told anew in other units: every price multiplied by one factor.

use model::{Bars, Date, Split};

use crate::History;

/// So many closes have to be compared before one factor between all of them means anything.
pub const RESCALED_CLOSES_MIN: usize = 5;
/// Two closes stand in the same proportion when their ratios differ by no more than this share: prices that were
/// divided and multiplied again are off by the rounding of a cent.
const SAME_FACTOR: f64 = 2e-3;
/// A factor within this share of one is a correction of prices, not another unit.
const FACTOR_MIN: f64 = 5e-3;
/// The close after a split, put back into old units, is at most this share away from the close before it.
const SPLIT_MOVE_MAX: f64 = 0.4;

/// The factor by which an answer multiplies everything that is stored, when nothing in the answer explains it.
///
/// Prices as traded do not change their unit after the fact. A source whose prices and split events are out of step
/// around an ex-date says otherwise for some hours: it has divided its prices and does not tell the split yet, or the
/// other way round. A factor is explained by a split when all that is stored lies before it, the answer has a close on
/// both sides of it, and these two fit the split's ratio.
///
/// # Example
/// Six closes of 50 are stored and all told as 25, with no split: the factor is 0.5, and stays unexplained.
pub fn unexplained_factor(stored: &[(Date, f64)], history: &History) -> Option<f64> {
    let compared: Vec<(Date, f64)> = stored
        .iter()
        .filter_map(|(session, close)| {
            let told = history.bars.close[history.bars.position(*session)?].to_f64();
            (*close > 0.0).then(|| (*session, told / close))
        })
        .collect();
    let (_, factor) = *compared.first()?;
    let is_same = |other: f64| (other / factor - 1.0).abs() <= SAME_FACTOR;
    let is_rescaled = compared.len() >= RESCALED_CLOSES_MIN
        && (factor - 1.0).abs() > FACTOR_MIN
        && compared.iter().all(|(_, other)| is_same(*other));
    let last = compared.iter().map(|(session, _)| *session).max()?;
    let mut splits = history.actions.splits.iter().filter(|split| split.ex_date > last);
    (is_rescaled && !splits.any(|split| explains(split, factor, &history.bars))).then_some(factor)
}

/// Whether a split's ratio is the factor, one way or the other, and the closes around its ex-date fit the ratio.
fn explains(split: &Split, factor: f64, bars: &Bars) -> bool {
    let ratio = split.ratio.new_units() as f64 / split.ratio.old_units() as f64;
    let is_the_factor = [ratio, 1.0 / ratio].iter().any(|one| (factor / one - 1.0).abs() <= SAME_FACTOR);
    let after = bars.sessions.partition_point(|session| *session < split.ex_date);
    let (Some(before), true) = (after.checked_sub(1), after < bars.len()) else { return false };
    let moved = bars.close[after].to_f64() * ratio / bars.close[before].to_f64() - 1.0;
    is_the_factor && moved.abs() <= SPLIT_MOVE_MAX
}

#[cfg(test)]
mod tests {
    use model::{Actions, Bar, Ratio};

    use super::*;

    fn day(number: i32) -> Date {
        Date::from_epoch_days(number)
    }

    /// Closes of the days from 1 on are told; those stored are of the first days; a split is (day, new, old).
    fn check(stored: &[f64], told: &[&str], split: Option<(i32, i64, i64)>, expect: Option<f64>) {
        let bar = |(at, close): (usize, &&str)| Bar {
            session: day(at as i32 + 1),
            open: None,
            high: None,
            low: None,
            close: close.parse().unwrap(),
            volume: None,
            is_final: true,
        };
        let split =
            split.map(|(ex, new, old)| Split { ex_date: day(ex), ratio: Ratio::new(new, old).unwrap() });
        let history = History {
            bars: told.iter().enumerate().map(bar).collect(),
            actions: Actions { splits: split.into_iter().collect(), ..Actions::default() },
            ..History::default()
        };
        let stored: Vec<(Date, f64)> =
            stored.iter().enumerate().map(|(at, close)| (day(at as i32 + 1), *close)).collect();
        assert_eq!(unexplained_factor(&stored, &history), expect, "{stored:?} {told:?}");
    }

    #[test]
    fn one_factor_for_everything_is_found() {
        check(&[50.0; 6], &["25"; 6], None, Some(0.5));
        check(&[10.0, 11.0, 12.0, 13.0, 14.0], &["20", "22", "24", "26", "28.01"], None, Some(2.0));
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], &["100", "200", "300", "400", "500"], None, Some(100.0));
    }

    #[test]
    fn a_part_that_is_told_otherwise_is_a_correction() {
        check(&[50.0, 50.0, 50.0, 50.0, 50.0], &["25", "25", "50", "25", "25"], None, None);
        check(&[50.0; 5], &["50.1"; 5], None, None);
    }

    #[test]
    fn few_closes_tell_nothing() {
        check(&[50.0; 4], &["25"; 4], None, None);
        check(&[], &["25"; 4], None, None);
    }

    #[test]
    fn a_split_explains_it_when_the_closes_around_it_fit() {
        // Stored while prices were divided and the split was not told; told rightly now.
        check(&[25.0; 5], &["50", "50", "50", "50", "50", "25"], Some((6, 2, 1)), None);
        // The split is told and the prices behind it are not there yet, or not divided.
        check(&[50.0; 5], &["100"; 5], Some((6, 2, 1)), Some(2.0));
        check(&[50.0; 5], &["100", "100", "100", "100", "100", "25"], Some((6, 2, 1)), Some(2.0));
        // An old split of the same ratio explains nothing of today.
        check(
            &[50.0, 50.0, 25.0, 25.0, 25.0],
            &["25", "25", "12.5", "12.5", "12.5"],
            Some((3, 2, 1)),
            Some(0.5),
        );
    }
}
