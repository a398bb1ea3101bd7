//! What cannot be computed is refused with an error, and nothing panics.

use ledger::{LedgerError, Market, Rules, Run, compute};
use model::{Booking, Calendar, Date, Money, Payment, Price, Quantity, Ratio};
use proptest::collection::vec;
use proptest::prelude::*;

use super::books::{Book, event};
use super::draws::{books, config};

/// Numbers of every size up to the largest, of either sign.
fn raw() -> impl Strategy<Value = i64> {
    (any::<i64>(), 0..63_u32).prop_map(|(raw, shift)| raw >> shift)
}

fn hostile(book: &Book, kind: usize, a: i64, b: i64) -> Booking {
    let instrument = book.listings[kind % book.listings.len()].instrument.id;
    let (amount, price) = (Money::from_micros(a), Price::from_micros(b));
    match kind % 7 {
        0 => Booking::Deposit { amount },
        1 => Booking::Interest { amount },
        2 => Booking::Mark { instrument, price },
        3 => Booking::Dividend { instrument, paid: Payment::PerUnit(price) },
        4 => {
            let ratio = Ratio::new(a.saturating_abs().max(1), b.saturating_abs().max(1)).unwrap();
            Booking::Split { instrument, ratio }
        }
        _ => {
            let quantity = Quantity::from_hundred_millionths(if a == 0 { 1 } else { a });
            Booking::Fill { instrument, quantity, price, fee: Money::ZERO }
        }
    }
}

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn numbers_of_any_size_give_a_book_or_an_overflow(
        book in books(), extra in vec((0..28_usize, 0..20_usize, raw(), raw()), 1..8),
    ) {
        let mut book = book;
        for ((kind, session, a, b), entry_no) in extra.into_iter().zip(100..) {
            let date = book.sessions[session % book.sessions.len()];
            let booking = hostile(&book, kind, a, b);
            book.events.push(event(entry_no, date, booking));
        }
        let (from, through) = (book.sessions[0], book.last());
        let computed = book.with_run(|run| compute(run, from, through, None));
        let is_fair = matches!(computed, Ok(_) | Err(LedgerError::Overflow { .. }));
        prop_assert!(is_fair, "{:?}", computed);
    }

    #[test]
    fn an_instrument_that_was_not_handed_in_is_named(book in books()) {
        let (market, rules) = (Market::new(), Rules::default());
        let named = book.events.iter().filter(|event| event.is_active());
        let first = named.filter_map(|event| event.booking.instrument()).min();
        let run = Run {
            calendar: Calendar::xnys(),
            portfolio: &book.portfolio,
            events: &book.events,
            market: &market,
            rules: &rules,
        };
        let computed = compute(&run, book.sessions[0], book.last(), None);
        match first {
            Some(first) => prop_assert_eq!(computed, Err(LedgerError::InstrumentMissing(first))),
            None => prop_assert!(computed.is_ok()),
        }
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn a_date_outside_the_calendar_is_named(book in books()) {
        let outside: Date = "2031-01-02".parse().unwrap();
        let amount = Money::from_micros(1);
        let late = book.with_event(outside, Booking::Deposit { amount });
        let computed = late.with_run(|run| compute(run, late.sessions[0], late.last(), None));
        prop_assert_eq!(computed, Err(LedgerError::OutsideCalendar(outside)));
    }
}
