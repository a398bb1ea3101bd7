//! What comes later changes nothing of what was before, and what is voided never was.

use model::{Bars, Booking, Date, Money, Price, QUANTITY_SCALE, Quantity};
use proptest::prelude::*;

use super::books::{Book, ENTERED_AT, assert_same, through};
use super::draws::{bar, books, config};

/// A book with one of its sessions.
fn books_and_sessions() -> impl Strategy<Value = (Book, Date)> {
    books().prop_flat_map(|book| {
        let session = proptest::sample::select(book.sessions.clone());
        (Just(book), session)
    })
}

/// Every bar up to a session as it was, and after it other bars on other sessions.
fn with_other_bars_after(book: &Book, session: Date, every: usize, close_micros: i64) -> Book {
    let mut other = book.clone();
    for listing in &mut other.listings {
        let mut bars: Bars = listing.bars.iter().filter(|bar| bar.session <= session).collect();
        let later = book.sessions.iter().copied().filter(|later| *later > session);
        for (later, n) in later.step_by(every).zip(1..) {
            bars.push(bar(later, close_micros + n * 10_000, true));
        }
        listing.bars = bars;
    }
    other
}

/// Any booking that is no corporate action; those reach back, because they replace earlier automatic ones.
fn later_booking(book: &Book, kind: usize, raw: i64) -> Booking {
    let instrument = book.listings[kind % book.listings.len()].instrument.id;
    let (amount, price) = (Money::from_micros(raw), Price::from_micros(raw));
    match kind % 6 {
        0 => Booking::Deposit { amount },
        1 => Booking::Withdrawal { amount },
        2 => Booking::Fee { amount },
        3 => Booking::Interest { amount },
        4 => Booking::Mark { instrument, price },
        _ => {
            let quantity = Quantity::from_hundred_millionths(-3 * QUANTITY_SCALE);
            Booking::Fill { instrument, quantity, price, fee: Money::ZERO }
        }
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn bars_after_a_session_change_nothing_up_to_it(
        (book, session) in books_and_sessions(), every in 1..4_usize, close in 100_000..900_000_000_i64,
    ) {
        let other = with_other_bars_after(&book, session, every, close);
        let (left, right) = (book.computed().snapshots, other.computed().snapshots);
        assert_same(through(&left, session), through(&right, session));
    }

    #[test]
    fn a_bar_that_is_not_final_is_no_bar((book, session) in books_and_sessions()) {
        let (mut without, mut with) = (book.clone(), book);
        for (without, with) in without.listings.iter_mut().zip(&mut with.listings) {
            let mut bars: Vec<_> = with.bars.iter().collect();
            bars.iter_mut().filter(|bar| bar.session == session).for_each(|bar| bar.is_final = false);
            with.bars = bars.iter().copied().collect();
            without.bars = bars.into_iter().filter(|bar| bar.is_final).collect();
        }
        assert_same(&without.computed().snapshots, &with.computed().snapshots);
    }

    #[test]
    fn an_event_after_a_session_changes_nothing_up_to_it(
        (book, session) in books_and_sessions(), days in 1..30, kind in 0..24_usize, raw in 1..900_000_000_i64,
    ) {
        let original = book.computed().snapshots;
        prop_assume!(original.first().is_some_and(|first| first.session <= session));
        let later = book.with_event(session.plus_days(days), later_booking(&book, kind, raw));
        assert_same(through(&original, session), through(&later.computed().snapshots, session));
    }

    #[test]
    fn adding_and_then_voiding_an_event_gives_the_original(
        (book, session) in books_and_sessions(), kind in 0..24_usize, raw in 1..900_000_000_i64,
    ) {
        let mut other = book.with_event(session, later_booking(&book, kind, raw));
        other.events.last_mut().unwrap().voided_at = Some(ENTERED_AT);
        let (left, right) = (book.computed(), other.computed());
        assert_same(&left.snapshots, &right.snapshots);
        prop_assert_eq!(left.positions, right.positions);
    }

    #[test]
    fn a_late_event_changes_nothing_before_its_session(
        (book, session) in books_and_sessions(), kind in 0..24_usize, raw in 1..900_000_000_i64,
    ) {
        let original = book.computed().snapshots;
        prop_assume!(original.first().is_some_and(|first| first.session <= session));
        let late = book.with_event(session, later_booking(&book, kind, raw));
        let before = session.plus_days(-1);
        assert_same(through(&original, before), through(&late.computed().snapshots, before));
    }
}
