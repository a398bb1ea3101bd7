//! What lots keep, whatever is filled.

use ledger::Lots;
use model::{LotMethod, Money, Price, Quantity};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::draws::{config, ratios};

/// Fills from dust to thousands of units, so that pieces and remainders of every size occur.
fn fills() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let size = prop_oneof![1..50_i64, 1..1_000_000_000_i64, 1..500_000_000_000_i64];
    let fill = (size, any::<bool>(), 1..900_000_000_i64);
    vec(fill.prop_map(|(size, is_sale, price)| (if is_sale { -size } else { size }, price)), 1..40)
}

fn book(lots: &mut Lots, method: LotMethod, fill: (i64, i64), multiplier: i64) -> (i128, i128) {
    let (quantity, price) = (Quantity::from_hundred_millionths(fill.0), Price::from_micros(fill.1));
    let cash = quantity.times(price, multiplier).unwrap();
    let realized = lots.book(method, quantity, price, multiplier, cash).unwrap();
    (cash.micros().into(), realized.micros().into())
}

fn assert_sound(lots: &Lots) {
    let quantities = lots.as_slice().iter().map(|lot| i128::from(lot.quantity.hundred_millionths()));
    assert_eq!(quantities.sum::<i128>(), i128::from(lots.quantity().hundred_millionths()));
    let costs = lots.as_slice().iter().map(|lot| i128::from(lot.cost.micros()));
    assert_eq!(costs.sum::<i128>(), i128::from(lots.cost().micros()));
    let side = lots.quantity().signum();
    assert!(lots.as_slice().iter().all(|lot| lot.quantity.signum() == side), "one side: {lots:?}");
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn lots_sum_to_the_position_and_money_is_neither_made_nor_lost(
        fills in fills(), method in select(LotMethod::ALL), multiplier in select(vec![1_i64, 100]),
    ) {
        let (mut lots, mut paid, mut gained, mut quantity) = (Lots::default(), 0, 0, 0);
        for fill in fills {
            let (cash, realized) = book(&mut lots, method, fill, multiplier);
            (paid, gained, quantity) = (paid + cash, gained + realized, quantity + i128::from(fill.0));
            assert_sound(&lots);
            prop_assert_eq!(i128::from(lots.quantity().hundred_millionths()), quantity);
            // All that was paid is either still the cost of a lot or was released into a gain.
            prop_assert_eq!(i128::from(lots.cost().micros()), paid + gained);
        }
    }

    #[test]
    fn every_method_holds_the_same_quantity_and_ends_flat_with_the_same_gain(fills in fills()) {
        let flat: i64 = fills.iter().map(|fill| fill.0).sum();
        let mut gains = Vec::new();
        for method in LotMethod::ALL {
            let mut lots = Lots::default();
            let all = fills.iter().copied().chain((flat != 0).then_some((-flat, 1_000_000)));
            gains.push(all.map(|fill| book(&mut lots, *method, fill, 1).1).sum::<i128>());
            prop_assert!(lots.quantity().is_zero() && lots.cost().is_zero() && lots.as_slice().is_empty());
        }
        prop_assert!(gains.iter().all(|gain| *gain == gains[0]), "{:?}", gains);
    }

    #[test]
    fn a_split_leaves_cost_and_cuts_off_less_than_the_smallest_unit(
        fills in fills(), method in select(LotMethod::ALL), ratio in ratios(),
    ) {
        let mut lots = Lots::default();
        for fill in fills {
            book(&mut lots, method, fill, 1);
        }
        let (before, cost) = (i128::from(lots.quantity().hundred_millionths()), lots.cost());
        let cut_off = lots.split(ratio).unwrap();
        let after = i128::from(lots.quantity().hundred_millionths());
        let (new, old) = (i128::from(ratio.new_units()), i128::from(ratio.old_units()));
        prop_assert_eq!(after * old + cut_off, before * new);
        prop_assert!(cut_off.abs() < old && (cut_off == 0 || cut_off.signum() == before.signum()));
        prop_assert_eq!(lots.cost(), cost);
        let sum: i128 = lots.as_slice().iter().map(|lot| i128::from(lot.quantity.hundred_millionths())).sum();
        prop_assert_eq!(sum, after);
    }

    #[test]
    fn closing_all_after_a_split_leaves_no_cost_behind(
        fills in fills(), method in select(LotMethod::ALL), ratio in ratios(),
    ) {
        let (mut lots, mut paid, mut gained) = (Lots::default(), 0, 0);
        for fill in fills {
            let (cash, realized) = book(&mut lots, method, fill, 1);
            (paid, gained) = (paid + cash, gained + realized);
        }
        lots.split(ratio).unwrap();
        let closing = -lots.quantity().hundred_millionths();
        if closing != 0 {
            let (cash, realized) = book(&mut lots, method, (closing, 5_000_000), 1);
            (paid, gained) = (paid + cash, gained + realized);
            prop_assert_eq!(lots.cost(), Money::ZERO, "of {:?}", lots.as_slice());
            prop_assert_eq!(paid + gained, 0);
        }
    }
}

/// Half a smallest unit is nothing, and yet the lot that becomes nothing has a cost; whichever lot a method
/// takes first, closing the position must release all of it.
#[test]
fn a_lot_that_a_split_rounds_to_nothing_still_releases_its_cost() {
    for method in LotMethod::ALL {
        for side in [1, -1] {
            let mut lots = Lots::default();
            for raw in [9, 100, 9] {
                book(&mut lots, *method, (side * raw, 900_000_000), 1);
            }
            lots.split("1:10".parse().unwrap()).unwrap();
            let closing = -lots.quantity().hundred_millionths();
            book(&mut lots, *method, (closing, 1_000_000), 1);
            assert_eq!((lots.cost(), lots.as_slice().len()), (Money::ZERO, 0), "{method} {side}");
        }
    }
}
