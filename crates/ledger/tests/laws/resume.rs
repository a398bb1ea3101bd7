//! Going on from a stored snapshot is never having stopped.

use ledger::LedgerError;
use model::{Booking, Money};
use proptest::prelude::*;

use super::books::{Book, assert_same, event, portfolio};
use super::draws::{books, config};

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn resuming_from_any_snapshot_gives_the_bits_of_the_uninterrupted_run(book in books()) {
        let whole = book.computed();
        for (at, prior) in whole.snapshots.iter().enumerate() {
            let rest = book.computed_from(Some(prior));
            assert_same(&rest.snapshots, &whole.snapshots[at + 1..]);
            if !rest.snapshots.is_empty() {
                prop_assert_eq!(&rest.positions, &whole.positions);
            }
        }
    }

    #[test]
    fn a_stored_snapshot_with_another_equity_is_refused(book in books()) {
        let mut prior = book.computed().snapshots.swap_remove(0);
        prior.equity = prior.equity.plus(Money::from_micros(1)).unwrap();
        let from = book.sessions[0];
        let refused = book.with_run(|run| ledger::compute(run, from, book.last(), Some(&prior)));
        if prior.session < book.last() {
            prop_assert!(matches!(refused, Err(LedgerError::PriorDiffers { .. })), "{:?}", refused);
        }
    }
}

/// The first event was voided after its session had been published, so that the portfolio begins later now.
#[test]
fn nothing_is_computed_before_inception_whatever_was_stored() {
    let deposit = Booking::Deposit { amount: "1000".parse().unwrap() };
    let sessions: Vec<_> =
        ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"].map(|date| date.parse().unwrap()).to_vec();
    let mut book = Book {
        portfolio: portfolio(model::LotMethod::Fifo, Money::ZERO, None),
        events: vec![event(1, sessions[0], deposit), event(2, sessions[2], deposit)],
        listings: Vec::new(),
        sessions,
    };
    let published = book.computed().snapshots;
    book.events[0].voided_at = Some(super::books::ENTERED_AT);
    let rest = book.computed_from(Some(&published[0])).snapshots;
    assert_same(&rest, &book.computed().snapshots);
}
