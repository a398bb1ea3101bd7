//! What an answer changes in what is stored.

use model::{Bar, Bars, Date, Price, Split};

/// A one-session move of the close beyond this share, with no split, is flagged.
pub const LARGE_MOVE: f64 = 0.5;

/// A field of a bar, or the bar itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestatedField {
    /// The open.
    Open,
    /// The high.
    High,
    /// The low.
    Low,
    /// The close.
    Close,
    /// The volume.
    Volume,
}

impl RestatedField {
    /// The name used in storage and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            RestatedField::Open => "open",
            RestatedField::High => "high",
            RestatedField::Low => "low",
            RestatedField::Close => "close",
            RestatedField::Volume => "volume",
        }
    }
}

/// A final bar's field that the source says differently now. Prices in millionths, volumes in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restated {
    /// The session of the bar.
    pub session: Date,
    /// Which of its fields.
    pub field: RestatedField,
    /// What was stored.
    pub old: Option<i64>,
    /// What the source says now.
    pub new: Option<i64>,
}

/// What an answer changes in what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Bars to write: new ones and changed ones.
    pub write: Bars,
    /// Sessions whose bar is to be removed, since a whole answer has it no more.
    pub remove: Vec<Date>,
    /// Final values that were replaced or removed.
    pub restated: Vec<Restated>,
}

impl Reconciled {
    /// The first session on which anything changes.
    pub fn first_session(&self) -> Option<Date> {
        self.write.sessions.first().copied().into_iter().chain(self.remove.first().copied()).min()
    }
}

/// Compares an answer with what is stored of the same range. A final bar is never replaced by one that is not final,
/// nor by one whose prices differ by no more than the share `tolerance` of the stored ones.
pub fn reconcile(stored: &Bars, fetched: &Bars, is_whole: bool, tolerance: f64) -> Reconciled {
    let mut changes = Reconciled::default();
    let mut at = 0;
    for new in fetched.iter() {
        while stored.sessions.get(at).is_some_and(|session| *session < new.session) {
            at += 1;
        }
        match stored.get(at).filter(|old| old.session == new.session) {
            Some(old) if old == new || (old.is_final && !new.is_final) => {}
            Some(old) if old.is_final && is_same(&old, &new, tolerance) => {}
            Some(old) => {
                if old.is_final {
                    changes.restated.extend(differences(&old, Some(&new)));
                }
                changes.write.push(new);
            }
            None => changes.write.push(new),
        }
    }
    if is_whole {
        for old in stored.iter().filter(|old| fetched.position(old.session).is_none()) {
            changes.remove.push(old.session);
            if old.is_final {
                changes.restated.extend(differences(&old, None));
            }
        }
        changes.restated.sort_by_key(|restated| restated.session);
    }
    changes
}

/// Whether two bars differ in nothing but the noise of their prices.
fn is_same(old: &Bar, new: &Bar, tolerance: f64) -> bool {
    let close =
        |old: Price, new: Price| (old.to_f64() - new.to_f64()).abs() <= tolerance * old.to_f64().abs();
    let near = |old: Option<Price>, new: Option<Price>| match (old, new) {
        (Some(old), Some(new)) => close(old, new),
        (old, new) => old.is_none() && new.is_none(),
    };
    tolerance > 0.0
        && close(old.close, new.close)
        && near(old.open, new.open)
        && near(old.high, new.high)
        && near(old.low, new.low)
        && old.volume == new.volume
}

fn differences(old: &Bar, new: Option<&Bar>) -> Vec<Restated> {
    let micros = |price: Option<Price>| price.map(Price::micros);
    let fields = |bar: &Bar| {
        [micros(bar.open), micros(bar.high), micros(bar.low), Some(bar.close.micros()), bar.volume]
    };
    use RestatedField::{Close, High, Low, Open, Volume};
    let (session, new) = (old.session, new.map_or([None; 5], fields));
    [Open, High, Low, Close, Volume]
        .into_iter()
        .zip(fields(old).into_iter().zip(new))
        .filter(|(_, (old, new))| old != new)
        .map(|(field, (old, new))| Restated { session, field, old, new })
        .collect()
}

/// Sessions on which the close moved by more than [`LARGE_MOVE`] from the close before, with no split between.
pub fn large_moves(bars: &Bars, splits: &[Split]) -> Vec<Date> {
    let is_split = |after: Date, through: Date| {
        splits.iter().any(|split| after < split.ex_date && split.ex_date <= through)
    };
    (1..bars.len())
        .filter(|at| {
            let (before, close) = (bars.close[at - 1].to_f64(), bars.close[*at].to_f64());
            (close / before - 1.0).abs() > LARGE_MOVE && !is_split(bars.sessions[at - 1], bars.sessions[*at])
        })
        .map(|at| bars.sessions[at])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars written as `day close`, with `*` behind those that are not final.
    fn bars(rows: &[&str]) -> Bars {
        rows.iter()
            .map(|row| {
                let (day, close) = row.trim_end_matches('*').split_once(' ').unwrap();
                Bar {
                    session: Date::from_epoch_days(day.parse().unwrap()),
                    open: None,
                    high: None,
                    low: None,
                    close: close.parse().unwrap(),
                    volume: None,
                    is_final: !row.ends_with('*'),
                }
            })
            .collect()
    }

    fn check(
        stored: &[&str],
        fetched: &[&str],
        is_whole: bool,
        write: &[&str],
        remove: &[i32],
        restated: &[i32],
    ) {
        let changes = reconcile(&bars(stored), &bars(fetched), is_whole, 0.0);
        assert_eq!(changes.write, bars(write));
        assert_eq!(changes.remove.iter().map(|date| date.epoch_days()).collect::<Vec<_>>(), remove);
        let logged: Vec<i32> = changes.restated.iter().map(|entry| entry.session.epoch_days()).collect();
        assert_eq!(logged, restated);
    }

    #[test]
    fn only_what_differs_is_written_and_final_values_are_logged() {
        check(&["1 10", "2 11"], &["1 10", "2 11"], true, &[], &[], &[]);
        check(&["1 10", "2 11"], &["2 11", "3 12"], false, &["3 12"], &[], &[]);
        check(&["1 10", "2 11"], &["1 10", "2 11.5"], false, &["2 11.5"], &[], &[2]);
        check(&["1 10", "3 11"], &["1 10", "2 10.5", "3 11"], true, &["2 10.5"], &[], &[]);
    }

    #[test]
    fn prices_that_differ_by_noise_alone_are_kept() {
        let changed =
            |close: &str| !reconcile(&bars(&["1 100"]), &bars(&[close]), false, 1e-5).write.is_empty();
        assert!(!changed("1 100.0009"));
        assert!(changed("1 100.0011"));
    }

    #[test]
    fn a_bar_that_is_not_final_gives_way_in_silence_and_never_replaces_a_final_one() {
        check(&["1 10*"], &["1 10.5"], false, &["1 10.5"], &[], &[]);
        check(&["1 10"], &["1 9*"], false, &[], &[], &[]);
    }

    #[test]
    fn a_whole_answer_takes_away_what_it_has_no_more() {
        check(&["1 10", "2 11", "3 12"], &["1 10", "3 12"], true, &[], &[2], &[2]);
        check(&["1 10", "2 11", "3 12"], &["1 10", "3 12"], false, &[], &[], &[]);
    }

    #[test]
    fn large_moves_without_a_split_are_flagged() {
        let bars = bars(&["1 10", "2 16", "3 4", "4 5"]);
        let split = Split { ex_date: Date::from_epoch_days(3), ratio: "4".parse().unwrap() };
        let days = |splits: &[Split]| {
            large_moves(&bars, splits).iter().map(|date| date.epoch_days()).collect::<Vec<_>>()
        };
        assert_eq!(days(&[]), [2, 3]);
        assert_eq!(days(&[split]), [2]);
    }
}
