//! A portfolio is the sum of its parts: what each holding does by itself, and the money that belongs to none.

use model::{Booking, Calendar, Event, InstrumentId, LotMethod, Money, Snapshot};
use proptest::prelude::*;

use super::books::Book;
use super::draws::{books, config};

/// The book with the events of one instrument, or with those of none and the money it began with.
fn part(book: &Book, of: Option<InstrumentId>) -> Book {
    let mut part = book.clone();
    part.events.retain(|event| event.booking.instrument() == of);
    if of.is_some() {
        part.portfolio.opening_equity = Money::ZERO;
    }
    part
}

/// The terms of a snapshot that add up.
fn terms(snapshot: &Snapshot) -> [i128; 14] {
    let money = [
        snapshot.equity,
        snapshot.cash,
        snapshot.long_value,
        snapshot.short_value,
        snapshot.cost_total,
        snapshot.unrealized_change,
        snapshot.realized,
        snapshot.income,
        snapshot.fees,
        snapshot.flow,
        snapshot.daily_pnl,
        snapshot.cumulative_pnl,
        snapshot.unrealized_total,
        snapshot.realized_total,
    ];
    money.map(|money| money.micros().into())
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_portfolio_is_the_sum_of_its_holdings_under_every_lot_method(book in books()) {
        let mut book = book;
        let dates = book.events.iter().filter(|event| event.is_active()).map(|event| event.date);
        let first = book.portfolio.start.or(dates.min()).unwrap();
        book.portfolio.start = Calendar::xnys().on_or_after(first);
        for method in LotMethod::ALL {
            book.portfolio.lot_method = *method;
            let whole: Vec<_> = book.computed().snapshots.iter().map(terms).collect();
            let mut sums = vec![[0_i128; 14]; whole.len()];
            let holdings = book.listings.iter().map(|listing| Some(listing.instrument.id));
            for of in holdings.chain([None]) {
                for (sum, snapshot) in sums.iter_mut().zip(part(&book, of).computed().snapshots) {
                    sum.iter_mut().zip(terms(&snapshot)).for_each(|(sum, term)| *sum += term);
                }
            }
            prop_assert_eq!(sums, whole, "{}", method);
        }
    }

    #[test]
    fn a_fill_in_two_parts_leaves_the_same_lots_and_gains(
        book in books(), at in 0..24_usize, share in 1..100_i64,
    ) {
        let mut other = book.clone();
        let fills: Vec<usize> = (0..book.events.len())
            .filter(|at| matches!(book.events[*at].booking, Booking::Fill { .. }))
            .collect();
        prop_assume!(!fills.is_empty());
        let at = fills[at % fills.len()];
        let (first, second) = halves(&book.events[at], share);
        other.events.splice(at..=at, [first, second]);
        for (event, entry_no) in other.events.iter_mut().zip(1..) {
            event.entry_no = entry_no;
        }
        for method in LotMethod::ALL {
            let under = |book: &Book| {
                let mut book = book.clone();
                book.portfolio.lot_method = *method;
                book.computed()
            };
            let (left, right) = (under(&book), under(&other));
            for (left, right) in left.snapshots.iter().zip(&right.snapshots) {
                prop_assert_eq!(left.position_count, right.position_count);
                // Each product is rounded once, so that two of them may differ from one by a millionth or two, and
                // what a partial close releases by as much for each later fill.
                let allowed = 4 * book.events.len() as i128;
                for (left, right) in terms(left).iter().zip(terms(right)) {
                    prop_assert!((left - right).abs() <= allowed, "{} and {} under {}", left, right, method);
                }
            }
        }
    }
}

/// The same fill in two, the first a share of it in hundredths, the fee with the second.
fn halves(event: &Event, share: i64) -> (Event, Event) {
    let Booking::Fill { instrument, quantity, price, fee } = event.booking else {
        unreachable!("only fills are divided")
    };
    let of = |units: i64| model::Quantity::from_hundred_millionths(units);
    let first = quantity.hundred_millionths() / 100 * share;
    let second = quantity.hundred_millionths() - first;
    let part = |units: i64, fee: Money| Event {
        booking: Booking::Fill { instrument, quantity: of(units), price, fee },
        ..event.clone()
    };
    (part(first, Money::ZERO), part(second, fee))
}
