//! The order in which things are handed in changes nothing.

use ledger::{Computed, Rules, Run, compute};
use model::{Booking, Calendar, InstrumentId, LotMethod};
use proptest::prelude::*;

use super::books::{Book, assert_same};
use super::draws::{books, config};

fn assert_same_positions(left: &Computed, right: &Computed) {
    let unnamed = |computed: &Computed| {
        let mut positions = computed.positions.clone();
        positions.iter_mut().for_each(|position| position.instrument = InstrumentId(0));
        positions
    };
    assert_eq!(unnamed(left), unnamed(right));
}

/// The same book in which instruments have other identities and stand in another order.
fn renumbered(book: &Book) -> Book {
    let mut book = book.clone();
    let other = |id: InstrumentId| InstrumentId(1_000 - 7 * id.0);
    book.listings.iter_mut().for_each(|listing| listing.instrument.id = other(listing.instrument.id));
    book.listings.reverse();
    for event in &mut book.events {
        match &mut event.booking {
            Booking::Fill { instrument, .. }
            | Booking::Dividend { instrument, .. }
            | Booking::Mark { instrument, .. }
            | Booking::Split { instrument, .. } => *instrument = other(*instrument),
            Booking::Deposit { .. }
            | Booking::Withdrawal { .. }
            | Booking::Fee { .. }
            | Booking::Interest { .. } => {}
        }
    }
    book
}

/// Every lot method over one market: the figures of portfolios that share what they read.
fn computed_on(book: &Book, threads: usize) -> Vec<Computed> {
    let portfolios: Vec<_> = LotMethod::ALL
        .iter()
        .map(|method| model::Portfolio { lot_method: *method, ..book.portfolio.clone() })
        .collect();
    let (market, rules) = (book.market(), Rules::default());
    let all = |portfolios: &[model::Portfolio]| -> Vec<Computed> {
        let computed = portfolios.iter().map(|portfolio| {
            let calendar = Calendar::xnys();
            let run = Run { calendar, portfolio, events: &book.events, market: &market, rules: &rules };
            compute(&run, book.sessions[0], book.last(), None).unwrap()
        });
        computed.collect()
    };
    let share = portfolios.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let working: Vec<_> = portfolios.chunks(share).map(|chunk| scope.spawn(|| all(chunk))).collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn the_order_events_are_given_in_changes_nothing(
        (book, shuffled) in books().prop_flat_map(|book| {
            let shuffled = Just(book.events.clone()).prop_shuffle();
            (Just(book), shuffled)
        })
    ) {
        let other = Book { events: shuffled, ..book.clone() };
        assert_same(&book.computed().snapshots, &other.computed().snapshots);
        prop_assert_eq!(book.computed().positions, other.computed().positions);
    }

    #[test]
    fn identities_and_order_of_instruments_change_nothing(book in books()) {
        let (left, right) = (book.computed(), renumbered(&book).computed());
        assert_same(&left.snapshots, &right.snapshots);
        assert_same_positions(&left, &right);
    }

    #[test]
    fn the_number_of_threads_changes_nothing(book in books()) {
        let alone = computed_on(&book, 1);
        for threads in [2, 4] {
            for (left, right) in alone.iter().zip(computed_on(&book, threads)) {
                assert_same(&left.snapshots, &right.snapshots);
                prop_assert_eq!(&left.positions, &right.positions);
            }
        }
    }
}
