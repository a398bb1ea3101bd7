//! Adjusted series.

use model::{Actions, Bar, Bars, Date, Dividend, Price, Ratio, Split};
use proptest::prelude::*;
use quant::{Adjustment, QuantError, adjusted};

use super::draws::{day, near};

fn bar(at: usize, close: &str) -> Bar {
    let close: Price = close.parse().unwrap();
    Bar {
        session: day(at),
        open: Some(close),
        high: None,
        low: None,
        close,
        volume: Some(100),
        is_final: true,
    }
}

fn split(at: usize, ratio: &str) -> Split {
    Split { ex_date: day(at), ratio: ratio.parse().unwrap() }
}

fn dividend(at: usize, amount: &str) -> Dividend {
    Dividend { ex_date: day(at), amount: amount.parse().unwrap() }
}

fn check(bars: &[Bar], actions: &Actions, adjustment: Adjustment, as_of: usize, expect: &[f64]) {
    let bars: Bars = bars.iter().copied().collect();
    let found = adjusted(&bars, actions, adjustment, day(as_of)).unwrap();
    assert_eq!(found.close, expect, "{adjustment:?} as of {as_of}");
    let opens: Vec<Option<f64>> = expect.iter().copied().map(Some).collect();
    assert_eq!(found.open, opens);
    assert_eq!(found.len(), expect.len());
    assert!(found.high.iter().chain(&found.low).all(Option::is_none));
}

#[test]
fn prices_before_a_split_are_divided_and_volumes_multiplied() {
    let bars = [bar(1, "300.35"), bar(2, "75"), bar(3, "0.07")];
    let actions = Actions { splits: vec![split(2, "4"), split(3, "1:100")], dividends: Vec::new() };
    check(&bars, &actions, Adjustment::None, 3, &[300.35, 75.0, 0.07]);
    check(&bars, &actions, Adjustment::Splits, 2, &[75.0875, 75.0]);
    // A reverse split of a decimal is exact: 75 * 100, and 300.35 * 100 / 4.
    check(&bars, &actions, Adjustment::Splits, 3, &[7508.75, 7500.0, 0.07]);
    let found = adjusted(&bars.into_iter().collect(), &actions, Adjustment::Splits, day(3)).unwrap();
    assert_eq!(found.volume, [Some(4.0), Some(1.0), Some(100.0)]);
}

#[test]
fn a_dividend_of_the_day_of_a_split_is_per_share_after_it() {
    let bars = [bar(1, "100"), bar(2, "50")];
    let actions = Actions { splits: vec![split(2, "2")], dividends: vec![dividend(2, "1")] };
    check(&bars, &actions, Adjustment::Splits, 2, &[50.0, 50.0]);
    check(&bars, &actions, Adjustment::TotalReturn, 2, &[49.0, 50.0]);
}

#[test]
fn actions_between_sessions_count_from_the_next_one() {
    // Nothing trades on days 3 to 5: a split on day 3, a dividend on day 5 per share after it.
    let bars = [bar(1, "90"), bar(2, "100"), bar(6, "50")];
    let actions = Actions { splits: vec![split(3, "2")], dividends: vec![dividend(5, "1")] };
    check(&bars, &actions, Adjustment::TotalReturn, 6, &[45.0 * 0.98, 49.0, 50.0]);
    // As of day 4 the dividend has not come.
    check(&bars, &actions, Adjustment::TotalReturn, 4, &[45.0, 50.0]);
    // The dividend first, per share before the split.
    let actions = Actions { splits: vec![split(5, "2")], dividends: vec![dividend(3, "1")] };
    check(&bars, &actions, Adjustment::TotalReturn, 6, &[45.0 * 0.99, 49.5, 50.0]);
}

#[test]
fn actions_before_the_first_bar_or_after_the_date_change_nothing() {
    let bars = [bar(3, "10"), bar(4, "11")];
    let actions = Actions {
        splits: vec![split(1, "3"), split(3, "2"), split(9, "5")],
        dividends: vec![dividend(2, "99"), dividend(3, "99"), dividend(9, "99")],
    };
    check(&bars, &actions, Adjustment::TotalReturn, 8, &[10.0, 11.0]);
    check(&bars, &actions, Adjustment::TotalReturn, 2, &[]);
    check(&[], &actions, Adjustment::TotalReturn, 8, &[]);
}

#[test]
fn a_dividend_that_takes_the_whole_price_is_refused() {
    let refused = |amount: &str| {
        let bars: Bars = [bar(1, "10"), bar(2, "1")].into_iter().collect();
        let actions = Actions { splits: Vec::new(), dividends: vec![dividend(2, amount)] };
        assert!(adjusted(&bars, &actions, Adjustment::Splits, day(2)).is_ok());
        adjusted(&bars, &actions, Adjustment::TotalReturn, day(2)).map(|bars| bars.close)
    };
    let ex_date = day(2);
    assert_eq!(refused("10"), Err(QuantError::DividendNotBelowClose { ex_date }));
    assert_eq!(refused("-1"), Err(QuantError::DividendNegative { ex_date }));
    assert_eq!(refused("7.5"), Ok(vec![2.5, 1.0]));
    assert_eq!(refused("0"), Ok(vec![10.0, 1.0]));
}

prop_compose! {
    fn markets()(
        closes in prop::collection::vec(1_000_000..500_000_000_i64, 1..40),
        splits in prop::collection::btree_map(0..60_usize, (1..20_i64, 1..20_i64), 0..6),
        dividends in prop::collection::btree_map(0..60_usize, 0..20_000_i64, 0..6),
    ) -> (Bars, Actions) {
        // Every third day is no session, so that actions fall between sessions too.
        let sessions = (0..60).filter(|at| at % 3 != 2);
        let closes = sessions.zip(closes).map(|(at, micros)| Bar {
            session: day(at),
            open: None,
            high: None,
            low: None,
            close: Price::from_micros(micros),
            volume: Some(micros),
            is_final: true,
        });
        let splits = splits.into_iter().map(|(at, (new, old))| Split { ex_date: day(at), ratio: Ratio::new(new, old).unwrap() });
        let dividends = dividends.into_iter().map(|(at, micros)| Dividend { ex_date: day(at), amount: Price::from_micros(micros) });
        (closes.collect(), Actions { splits: splits.collect(), dividends: dividends.collect() })
    }
}

/// The bars and actions up to a date, as they were known then.
fn known_on(bars: &Bars, actions: &Actions, date: Date) -> (Bars, Actions) {
    let bars = bars.iter().filter(|bar| bar.session <= date).collect();
    let splits = actions.splits.iter().filter(|split| split.ex_date <= date).copied().collect();
    let dividends = actions.dividends.iter().filter(|paid| paid.ex_date <= date).copied().collect();
    (bars, Actions { splits, dividends })
}

proptest! {
    #[test]
    fn what_comes_later_changes_nothing((bars, actions) in markets(), as_of in 0..60_usize) {
        let date = day(as_of);
        let (bars_then, actions_then) = known_on(&bars, &actions, date);
        for adjustment in [Adjustment::None, Adjustment::Splits, Adjustment::TotalReturn] {
            let now = adjusted(&bars, &actions, adjustment, date);
            prop_assert_eq!(now, adjusted(&bars_then, &actions_then, adjustment, date));
        }
    }

    #[test]
    fn a_later_date_scales_the_whole_series((bars, actions) in markets(), as_of in 1..60_usize) {
        prop_assume!(bars.len() >= 2);
        for adjustment in [Adjustment::Splits, Adjustment::TotalReturn] {
            let (Ok(then), Ok(now)) = (
                adjusted(&bars, &actions, adjustment, day(as_of)),
                adjusted(&bars, &actions, adjustment, day(99)),
            ) else { continue };
            for pair in 1..then.len() {
                // Returns do not depend on the date they are seen from.
                near(now.close[pair] / now.close[pair - 1], then.close[pair] / then.close[pair - 1], 1e-12, 0.0)?;
            }
        }
    }

    #[test]
    fn a_total_return_holds_what_a_share_and_its_dividend_gave((bars, actions) in markets()) {
        let total = adjusted(&bars, &actions, Adjustment::TotalReturn, day(99));
        prop_assume!(total.is_ok());
        let total = total.unwrap();
        for at in 1..bars.len() {
            let (before, session) = (bars.sessions[at - 1], bars.sessions[at]);
            // One share is held through the stretch; each dividend buys more at the close it came off.
            let (mut shares, mut units) = (1.0, 1.0);
            let mut splits = actions.splits.iter().filter(|split| split.ex_date > before && split.ex_date <= session).peekable();
            let close = bars.close[at - 1].to_f64();
            let mut multiply = |until: Date, units: &mut f64| {
                while let Some(split) = splits.next_if(|split| split.ex_date <= until) {
                    *units *= split.ratio.new_units() as f64 / split.ratio.old_units() as f64;
                }
            };
            for paid in actions.dividends.iter().filter(|paid| paid.ex_date > before && paid.ex_date <= session) {
                multiply(paid.ex_date, &mut units);
                shares /= 1.0 - paid.amount.to_f64() / (close / units);
            }
            multiply(session, &mut units);
            let expect = bars.close[at].to_f64() * units * shares / close;
            near(total.close[at] / total.close[at - 1], expect, 1e-12, 0.0)?;
        }
    }
}
