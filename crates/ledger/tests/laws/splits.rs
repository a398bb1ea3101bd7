//! A split makes nobody richer or poorer.

use model::{Actions, Calendar, Date, Money, QUANTITY_SCALE, Ratio, Snapshot, Split};
use proptest::prelude::*;

use super::books::Book;
use super::draws::{bar, books, config, ratios};

/// A book without corporate actions, whose first listing is not traded from a session on.
fn plain_books() -> impl Strategy<Value = (Book, Date)> {
    books().prop_flat_map(|book| {
        let session = proptest::sample::select(book.sessions[3..].to_vec());
        (Just(book), session).prop_map(|(mut book, session)| {
            book.listings.iter_mut().for_each(|listing| listing.actions = Actions::default());
            book.listings[0].instrument.multiplier = 1;
            let first = book.listings[0].instrument.id;
            let before = Calendar::xnys().previous(session).unwrap();
            book.events.retain(|event| {
                !matches!(event.booking, model::Booking::Split { .. } | model::Booking::Dividend { .. })
                    && (event.date <= before || event.booking.instrument() != Some(first))
            });
            book.portfolio.start = Some(book.sessions[0]);
            (book, session)
        })
    })
}

/// The same book in which the first listing splits on a session and trades at divided prices from there.
fn with_split(book: &Book, session: Date, ratio: Ratio) -> Book {
    let mut book = book.clone();
    let listing = &mut book.listings[0];
    listing.actions.splits = vec![Split { ex_date: session, ratio }];
    let bars = listing.bars.iter().map(|before| {
        let divided = before.close.over(ratio).unwrap().micros();
        if before.session < session { before } else { bar(before.session, divided, true) }
    });
    listing.bars = bars.collect();
    book
}

fn on(snapshots: &[Snapshot], session: Date) -> &Snapshot {
    snapshots.iter().find(|snapshot| snapshot.session == session).unwrap()
}

fn distance(a: Money, b: Money) -> i64 {
    (a.micros() - b.micros()).abs()
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_split_with_its_price_divided_leaves_equity_and_profit(
        (book, session) in plain_books(), ratio in ratios(),
    ) {
        let split = with_split(&book, session, ratio);
        let (before, after) = (book.computed().snapshots, split.computed().snapshots);
        let (before, after) = (on(&before, session), on(&after, session));
        let explained = split.explained(session, None);
        let held = explained.positions.iter().find(|held| held.position.symbol.as_str() == "AAA");
        let units = held.map_or(0, |held| held.position.quantity.hundred_millionths().abs());
        // Half a price unit for each unit held after the split, and one for each rounded product.
        let allowed = units / QUANTITY_SCALE / 2 + 4;
        prop_assert!(distance(before.equity, after.equity) <= allowed, "{:?} {:?}", before, after);
        prop_assert!(distance(before.daily_pnl, after.daily_pnl) <= allowed);
        prop_assert_eq!((before.income, before.fees, before.flow), (after.income, after.fees, after.flow));
        // A whole-unit instrument sells what is cut off, and its cost with it.
        if !book.listings[0].instrument.is_whole_unit {
            prop_assert_eq!(before.cost_total, after.cost_total, "a split leaves total cost");
        }
    }
}
