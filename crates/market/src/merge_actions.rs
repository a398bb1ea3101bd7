//! What an answer changes in the corporate actions that are stored.

use model::{Actions, Date};

use crate::{Source, Span};

/// Two sources date the same action at most so many days apart.
const SAME_ACTION_DAYS: i32 = 5;

/// Corporate actions by who told them; each source stands once.
pub type ActionsBySource = Vec<(Source, Actions)>;

/// Lays an answer over what is stored. Within its bounds an answer replaces what its source said before, and what
/// sources said that are asked after it. What sources said that are asked before it stays, and an action of the
/// answer that such a source has as well, on nearly the same day, is left out: nothing is counted twice.
///
/// Without bounds the answer holds all there is; one without any action then says nothing about other sources, since a
/// folder without such files knows of none.
pub fn merge_actions(
    stored: &ActionsBySource,
    source: Source,
    told: &Actions,
    cover: Option<Span>,
    rank: impl Fn(Source) -> usize,
) -> ActionsBySource {
    let is_inside = |date: Date| cover.is_none_or(|cover| cover.contains(date));
    let is_silent = cover.is_none() && told.splits.is_empty() && told.dividends.is_empty();
    let mut told = told.clone();
    let mut merged = ActionsBySource::new();
    for (other, actions) in stored {
        let mut kept = actions.clone();
        if *other == source {
            // An answer may tell later actions as well, though not all of them.
            kept.splits.retain(|split| !is_inside(split.ex_date) && !told.splits.contains(split));
            kept.dividends.retain(|paid| !is_inside(paid.ex_date) && !told.dividends.contains(paid));
            told.splits.extend(kept.splits);
            told.dividends.extend(kept.dividends);
            continue;
        }
        let near = |a: Date, b: Date| a.days_since(b).abs() <= SAME_ACTION_DAYS;
        if rank(*other) > rank(source) && !is_silent {
            // Within its bounds the answer knows better; beyond them what it tells all the same is not told twice.
            let is_told = |date: Date| told.splits.iter().any(|split| near(split.ex_date, date));
            kept.splits.retain(|split| !is_inside(split.ex_date) && !is_told(split.ex_date));
            let is_told = |date: Date| told.dividends.iter().any(|paid| near(paid.ex_date, date));
            kept.dividends.retain(|paid| !is_inside(paid.ex_date) && !is_told(paid.ex_date));
        } else if rank(*other) < rank(source) {
            told.splits.retain(|split| !kept.splits.iter().any(|own| near(own.ex_date, split.ex_date)));
            told.dividends.retain(|paid| !kept.dividends.iter().any(|own| near(own.ex_date, paid.ex_date)));
        }
        merged.push((*other, kept));
    }
    told.splits.sort_by_key(|split| split.ex_date);
    told.dividends.sort_by_key(|paid| paid.ex_date);
    merged.push((source, told));
    merged.retain(|(_, actions)| !(actions.splits.is_empty() && actions.dividends.is_empty()));
    merged.sort_by_key(|(source, _)| *source);
    merged
}

/// All actions whoever told them, in order of ex-date.
pub fn flatten_actions(by_source: &ActionsBySource) -> Actions {
    let mut all = Actions::default();
    for (_, actions) in by_source {
        all.splits.extend(actions.splits.iter().copied());
        all.dividends.extend(actions.dividends.iter().copied());
    }
    all.splits.sort_by_key(|split| split.ex_date);
    all.dividends.sort_by_key(|paid| paid.ex_date);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Dividend;

    fn paid(days: &[i32]) -> Actions {
        let dividend =
            |day: &i32| Dividend { ex_date: Date::from_epoch_days(*day), amount: "0.25".parse().unwrap() };
        Actions { splits: Vec::new(), dividends: days.iter().map(dividend).collect() }
    }

    fn check(
        stored: &[(Source, &[i32])],
        told: (Source, &[i32], Option<(i32, i32)>),
        expected: &[(Source, &[i32])],
    ) {
        let stored: ActionsBySource = stored.iter().map(|(source, days)| (*source, paid(days))).collect();
        let cover = told.2.map(|(first, last)| Span {
            first: Date::from_epoch_days(first),
            last: Date::from_epoch_days(last),
        });
        let rank = |source: Source| source.code() as usize;
        let merged = merge_actions(&stored, told.0, &paid(told.1), cover, rank);
        let expected: ActionsBySource = expected.iter().map(|(source, days)| (*source, paid(days))).collect();
        assert_eq!(merged, expected);
    }

    #[test]
    fn an_answer_speaks_for_its_bounds_and_for_sources_behind_it() {
        use Source::{Files, Polygon, Yahoo};
        check(&[], (Yahoo, &[10, 100], Some((0, 200))), &[(Yahoo, &[10, 100])]);
        check(&[(Yahoo, &[10, 100])], (Yahoo, &[101], Some((50, 200))), &[(Yahoo, &[10, 101])]);
        check(&[(Yahoo, &[100])], (Yahoo, &[10, 100], Some((0, 50))), &[(Yahoo, &[10, 100])]);
        check(&[(Polygon, &[12, 100])], (Yahoo, &[10], Some((0, 50))), &[(Yahoo, &[10]), (Polygon, &[100])]);
        check(&[(Yahoo, &[10])], (Polygon, &[12, 100], Some((0, 200))), &[(Yahoo, &[10]), (Polygon, &[100])]);
        // What is told beyond the bounds is not counted again beside what others told of it.
        check(&[(Polygon, &[301])], (Yahoo, &[10, 300], Some((0, 50))), &[(Yahoo, &[10, 300])]);
        check(&[(Files, &[10])], (Yahoo, &[10, 90], Some((0, 99))), &[(Files, &[10]), (Yahoo, &[90])]);
        check(&[(Yahoo, &[10, 90])], (Files, &[10], None), &[(Files, &[10])]);
        check(&[(Yahoo, &[10, 90])], (Files, &[], None), &[(Yahoo, &[10, 90])]);
        check(&[(Files, &[10, 90])], (Files, &[10], None), &[(Files, &[10])]);
    }
}
