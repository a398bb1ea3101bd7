//! The rate at which flows balance.

use model::{Calendar, Date};
use proptest::prelude::*;
use quant::{Absent, money_weighted_return, xirr};

use super::draws::{day, near};

/// What an account that pays this rate holds on a day, after its flows: paid in is positive.
fn grown(flows: &[(usize, f64)], rate: f64, on: usize) -> f64 {
    flows.iter().map(|(at, paid)| paid * (1.0 + rate).powf((on - at) as f64 / 365.0)).sum()
}

fn as_investor(flows: &[(usize, f64)], end: (usize, f64)) -> Vec<(Date, f64)> {
    flows.iter().map(|(at, paid)| (day(*at), -paid)).chain([(day(end.0), end.1)]).collect()
}

proptest! {
    #[test]
    fn the_rate_of_an_account_is_found_again(
        rate in -0.95..5.0,
        opening in 100.0..1e6,
        later in prop::collection::vec((1_usize..2_000, -0.5..1.0_f64), 0..40),
        rest in 100_usize..1_000,
    ) {
        // Withdrawals take at most half of what is there, so that the account stays in credit.
        let mut later = later;
        later.sort_by_key(|(at, _)| *at);
        let mut flows = vec![(0, opening)];
        for (at, share) in later {
            let held = grown(&flows, rate, at);
            flows.push((at, share * held));
        }
        let end = flows[flows.len() - 1].0 + rest;
        let terminal = grown(&flows, rate, end);
        prop_assume!(terminal > 1e-3);
        let found = xirr(&as_investor(&flows, (end, terminal))).unwrap();
        near(found, rate, 1e-8, 1e-9)?;
    }

    #[test]
    fn size_sign_and_order_of_flows_change_no_rate(
        amounts in prop::collection::vec((0_usize..1_000, -1e4..1e4_f64), 2..20),
        scale in prop_oneof![Just(1024.0), Just(-0.5)],
    ) {
        let flows: Vec<(Date, f64)> = amounts.iter().map(|(at, amount)| (day(*at), *amount)).collect();
        let mut turned = flows.clone();
        turned.reverse();
        prop_assert_eq!(xirr(&turned), xirr(&flows));
        let scaled: Vec<(Date, f64)> = flows.iter().map(|(date, amount)| (*date, amount * scale)).collect();
        match (xirr(&scaled), xirr(&flows)) {
            (Ok(found), Ok(expect)) => near(found, expect, 1e-9, 1e-9)?,
            (found, expect) => prop_assert_eq!(found, expect),
        }
    }

    #[test]
    fn flows_balance_at_a_rate_that_is_found(
        amounts in prop::collection::vec((0_usize..3_000, -1e4..1e4_f64), 2..30),
    ) {
        let flows: Vec<(Date, f64)> = amounts.iter().map(|(at, amount)| (day(*at), *amount)).collect();
        if let Ok(rate) = xirr(&flows) {
            prop_assert!(rate.is_finite() && rate >= -1.0);
            prop_assume!(rate > -0.999 && rate < 1e6);
            let value = |(at, amount): &(usize, f64)| amount * (1.0 + rate).powf(-(*at as f64) / 365.0);
            let (sum, size) = amounts.iter().map(value).fold((0.0, 0.0), |(sum, size), value| (sum + value, size + value.abs()));
            prop_assert!((sum / size).abs() < 1e-7, "{} of {}", sum, size);
        }
    }

    #[test]
    fn rates_that_were_multiplied_together_are_all_seen(
        growths in prop::collection::btree_set(5_u32..40, 1..6),
    ) {
        // The flows are the coefficients of prod(v - 10 / g) for distinct g: one root for each growth g / 10.
        let mut flows = vec![1.0_f64];
        for growth in &growths {
            let root = 10.0 / f64::from(*growth);
            flows.insert(0, 0.0);
            for at in 0..flows.len() - 1 {
                flows[at] -= root * flows[at + 1];
            }
        }
        let dated: Vec<(Date, f64)> = flows.iter().enumerate().map(|(at, amount)| (day(365 * at), *amount)).collect();
        match growths.len() {
            1 => near(xirr(&dated).unwrap(), f64::from(*growths.first().unwrap()) / 10.0 - 1.0, 1e-12, 1e-12)?,
            _ => prop_assert_eq!(xirr(&dated), Err(Absent::RateNotUnique)),
        }
    }

    #[test]
    fn whatever_the_flows_the_rate_is_finite_or_absent(
        amounts in prop::collection::vec((any::<i32>(), prop_oneof![any::<f64>(), -1.0..1.0_f64]), 0..20),
    ) {
        let flows: Vec<(Date, f64)> = amounts.iter().map(|(at, amount)| (Date::from_epoch_days(*at), *amount)).collect();
        prop_assert!(xirr(&flows).map_or(true, f64::is_finite));
    }
}

#[test]
fn a_portfolio_without_later_flows_grows_at_its_time_weighted_rate() {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let calendar = Calendar::xnys();
    let opening = (date("2023-01-03"), 1_000.0);
    let found = money_weighted_return(calendar, &[opening], (date("2023-12-30"), 1_210.0)).unwrap();
    // The opening is dated 2022-12-30, the session before; one year to 2023-12-30.
    assert!((found - 0.21).abs() < 1e-12, "{found}");
    // Zero flows are no flows, and the order of sessions does not matter.
    let flows = [(date("2023-05-01"), 0.0), opening];
    assert_eq!(money_weighted_return(calendar, &flows, (date("2023-12-30"), 1_210.0)), Ok(found));
}

#[test]
fn rates_that_do_not_exist_have_reasons() {
    let check = |flows: &[(usize, f64)], expect: Absent| {
        let flows: Vec<(Date, f64)> = flows.iter().map(|(at, amount)| (day(*at), *amount)).collect();
        assert_eq!(xirr(&flows), Err(expect), "{flows:?}");
    };
    check(&[], Absent::NoRate);
    check(&[(0, 0.0), (9, 0.0)], Absent::NoRate);
    check(&[(0, -100.0), (0, 100.0)], Absent::NoRate);
    check(&[(0, -0.1), (0, -0.2), (0, 0.3)], Absent::NoRate);
    check(&[(0, -100.0)], Absent::FlowsOneWay);
    check(&[(0, -100.0), (9, -5.0)], Absent::FlowsOneWay);
    check(&[(0, -100.0), (365, 0.0)], Absent::FlowsOneWay);
    check(&[(0, 100.0), (365, 50.0)], Absent::FlowsOneWay);
    check(&[(0, f64::NAN), (365, 50.0)], Absent::InvalidInput);
    check(&[(0, -1.0), (365, f64::INFINITY)], Absent::InvalidInput);
    // Paid in, taken out, paid in again, at sums that no rate balances.
    check(&[(0, -100.0), (365, 100.0), (730, -100.0)], Absent::NoRate);
    check(&[(0, -100.0), (365, 230.0), (730, -132.0)], Absent::RateNotUnique);
    // A thousandfold in a day is 365 times as many digits in a year.
    check(&[(0, -1.0), (1, 1_000.0)], Absent::Overflow);
    let alternating: Vec<(usize, f64)> =
        (0..41).map(|at| (at * 30, if at % 2 == 0 { -100.0 } else { 100.0 })).collect();
    check(&alternating, Absent::RateNotUnique);
}

#[test]
fn rates_at_the_edges_are_found() {
    let check = |flows: &[(usize, f64)], expect: f64| {
        let flows: Vec<(Date, f64)> = flows.iter().map(|(at, amount)| (day(*at), *amount)).collect();
        let found = xirr(&flows).unwrap();
        assert!((found - expect).abs() <= 1e-12 * expect.abs().max(1.0), "{found} is not {expect}");
    };
    check(&[(0, -100.0), (365, 100.0)], 0.0);
    check(&[(0, -100.0), (365, 1e-6)], 1e-8 - 1.0);
    check(&[(0, -100.0), (1, 200.0)], 2.0_f64.powi(365) - 1.0);
    check(&[(0, -1e-9), (365, 1e9)], 1e18 - 1.0);
    // Borrowing: money comes first.
    check(&[(0, 100.0), (365, -110.0)], 0.1);
    // A double root is one rate: 100 (1 - 1.1 / (1 + r))^2.
    check(&[(0, 100.0), (365, -220.0), (730, 121.0)], 0.1);
    // All taken out in between, then paid in again.
    check(&[(0, -100.0), (365, 110.0), (730, -100.0), (1_095, 110.0)], 0.1);
}
