//! What an explanation lists.

use ledger::AppliedEvent;
use model::{
    Actions, Bars, Booking, Date, Instrument, InstrumentId, InstrumentKind, LotMethod, Money, Payment,
};

use super::books::{Book, Listing, event, portfolio};
use super::draws::bar;

const AAA: InstrumentId = InstrumentId(1);

/// A week in which 100 units bought on Monday at 10 stay at 10, and these bookings on its days.
fn week(bookings: &[(usize, Booking)]) -> Book {
    let days = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08"];
    let sessions: Vec<Date> = days.iter().map(|day| day.parse().unwrap()).collect();
    let instrument = Instrument {
        id: AAA,
        symbol: "AAA".parse().unwrap(),
        kind: InstrumentKind::Stock,
        currency: None,
        multiplier: 1,
        is_whole_unit: false,
        option: None,
    };
    let bars: Bars = sessions.iter().map(|session| bar(*session, 10_000_000, true)).collect();
    let bookings = std::iter::once((0, fill("100"))).chain(bookings.iter().copied());
    let events = bookings.zip(1..).map(|((day, booking), no)| event(no, sessions[day], booking)).collect();
    Book {
        portfolio: portfolio(LotMethod::Fifo, "5000".parse().unwrap(), Some(sessions[0])),
        listings: vec![Listing { instrument, bars, actions: Actions::default() }],
        events,
        sessions,
    }
}

fn fill(quantity: &str) -> Booking {
    let (quantity, price) = (quantity.parse().unwrap(), "10".parse().unwrap());
    Booking::Fill { instrument: AAA, quantity, price, fee: Money::ZERO }
}

#[test]
fn the_opening_equity_comes_first_and_once() {
    let book = week(&[]);
    let applied = book.explained(book.sessions[0], None).applied;
    assert!(matches!(applied[0], AppliedEvent::OpeningEquity(_)), "{applied:?}");
    assert_eq!(applied.len(), 2, "the opening equity and the purchase: {applied:?}");
    assert_eq!(book.explained(book.sessions[1], None).applied, []);
}

#[test]
fn what_the_user_entered_is_listed_once() {
    let paid = Payment::Total("50".parse().unwrap());
    let dividend = Booking::Dividend { instrument: AAA, paid };
    let split = Booking::Split { instrument: AAA, ratio: "2:1".parse().unwrap() };
    let book = week(&[(1, dividend), (3, split)]);
    for day in [1, 3] {
        let applied = book.explained(book.sessions[day], None).applied;
        assert_eq!(applied.len(), 1, "{applied:?}");
    }
}

#[test]
fn a_holding_traded_within_the_session_is_listed_even_without_a_gain() {
    let book = week(&[(1, fill("-100")), (2, fill("30")), (2, fill("-30"))]);
    let explained = book.explained(book.sessions[2], None);
    assert_eq!(explained.applied.len(), 2);
    assert_eq!(explained.positions.len(), 1, "it took part in the session");
}

#[test]
fn before_the_first_session_there_is_nothing_to_explain() {
    let book = week(&[]);
    let before: Date = "2024-03-01".parse().unwrap();
    assert_eq!(book.with_run(|run| ledger::explain(run, before, None)), Ok(None));
}
