//! The identity of equity, and sums that must agree with it.

use std::collections::BTreeMap;

use model::{Money, PriceStatus, Snapshot, SnapshotState};
use proptest::prelude::*;

use super::books::Book;
use super::draws::books;
use super::oracle;

fn micros(money: Money) -> i128 {
    money.micros().into()
}

fn assert_identity(snapshots: &[Snapshot]) {
    let (mut equity, mut unrealized, mut pnl, mut realized, mut wealth) = (0, 0, 0, 0, 1.0);
    for s in snapshots {
        let day = micros(s.unrealized_change) + micros(s.realized) + micros(s.income) - micros(s.fees);
        assert_eq!(micros(s.daily_pnl), day, "profit of {}", s.session);
        assert_eq!(micros(s.equity), equity + day + micros(s.flow), "equity rolled forward to {}", s.session);
        let added_up = micros(s.cash) + micros(s.long_value) + micros(s.short_value);
        assert_eq!(micros(s.equity), added_up, "equity added up on {}", s.session);
        assert_eq!(micros(s.unrealized_total), unrealized + micros(s.unrealized_change));
        assert_eq!(micros(s.unrealized_total), added_up - micros(s.cash) - micros(s.cost_total));
        let base = equity + micros(s.flow);
        assert_eq!(s.daily_return.is_some(), base > 0, "a return on {base} on {}", s.session);
        if let Some(daily) = s.daily_return {
            assert!((daily - day as f64 / base as f64).abs() <= 1e-12 * daily.abs());
            wealth *= 1.0 + daily;
        }
        // Compounding in another order of operations moves the last bits only.
        assert!((1.0 + s.cumulative_return - wealth).abs() <= 1e-9 * wealth.abs().max(1.0));
        pnl += day;
        realized += micros(s.realized);
        assert_eq!((micros(s.cumulative_pnl), micros(s.realized_total)), (pnl, realized));
        (equity, unrealized) = (micros(s.equity), micros(s.unrealized_total));
    }
}

fn assert_positions_sum(book: &Book) {
    let mut prior: Option<Snapshot> = None;
    let mut held_before = BTreeMap::new();
    for snapshot in book.computed().snapshots {
        let explained = book.explained(snapshot.session, prior.as_ref());
        assert_eq!(explained.snapshot, snapshot, "what is explained is what is published");
        assert_eq!(explained.opening_equity, prior.map_or(Money::ZERO, |prior| prior.equity));
        let all = &explained.positions;
        let sum = |part: fn(&ledger::ExplainedPosition) -> Money| -> i128 {
            all.iter().map(|position| micros(part(position))).sum()
        };
        assert_eq!(sum(|p| p.unrealized_change), micros(snapshot.unrealized_change));
        assert_eq!(sum(|p| p.realized), micros(snapshot.realized));
        assert_eq!(sum(|p| p.income) + micros(explained.interest), micros(snapshot.income));
        let own = sum(|p| p.position.daily_pnl) + micros(explained.interest) - micros(snapshot.fees);
        assert_eq!(own, micros(snapshot.daily_pnl));
        assert_eq!(sum(|p| p.position.cost), micros(snapshot.cost_total));
        assert_eq!(sum(|p| p.position.unrealized), micros(snapshot.unrealized_total));
        let side = |is_long: bool| -> (u32, i128) {
            let open = all.iter().map(|p| &p.position).filter(|p| !p.quantity.is_zero());
            let side = open.filter(|p| (p.quantity.signum() > 0) == is_long);
            side.fold((0, 0), |(count, value), p| (count + 1, value + micros(p.market_value)))
        };
        assert_eq!(side(true), (snapshot.long_count, micros(snapshot.long_value)));
        assert_eq!(side(false), (snapshot.short_count, micros(snapshot.short_value)));
        assert_eq!(snapshot.position_count, snapshot.long_count + snapshot.short_count);
        for held in all.iter().filter(|held| !held.opening_quantity.is_zero()) {
            let before = held_before.remove(&held.position.instrument);
            assert_eq!(before, Some((held.opening_quantity, held.opening_value)), "on {}", snapshot.session);
        }
        assert!(
            held_before.is_empty(),
            "held before {} and not explained: {held_before:?}",
            snapshot.session
        );
        let open = all.iter().map(|held| &held.position).filter(|position| !position.quantity.is_zero());
        held_before = open.map(|p| (p.instrument, (p.quantity, p.market_value))).collect();
        prior = Some(snapshot);
    }
}

fn assert_state(book: &Book) {
    let computed = book.computed();
    let snapshot = computed.snapshots.last().unwrap();
    let gross = snapshot.gross_exposure();
    let (mut covered, mut is_known, mut gaps) = (0, true, Vec::new());
    for position in &computed.positions {
        let is_option = book.listings.iter().any(|listing| {
            listing.instrument.id == position.instrument && listing.instrument.multiplier == 100
        });
        match position.quote.status {
            PriceStatus::Exact => covered += micros(position.market_value).abs(),
            PriceStatus::Mark if is_option => covered += micros(position.market_value).abs(),
            status => {
                gaps.push((position.symbol.clone(), status, position.quote.price_date));
                is_known &= !matches!(status, PriceStatus::ExpiredQuote | PriceStatus::Unpriced);
            }
        }
    }
    let share = if gross == 0 { 1.0 } else { covered as f64 / gross as f64 };
    assert!((snapshot.coverage - share).abs() <= 1e-12);
    let is_final = covered * 100 >= gross * 95 && is_known;
    assert_eq!(snapshot.state == SnapshotState::Final, is_final, "coverage {share}");
    let said: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.symbol.is_some()).cloned().collect();
    let said: Vec<_> =
        said.into_iter().map(|gap| (gap.symbol.unwrap(), gap.status.unwrap(), gap.price_date)).collect();
    assert_eq!(said, gaps, "every holding not priced as its kind should be is a gap, by symbol");
}

proptest! {
    #![proptest_config(super::draws::config(256))]

    #[test]
    fn equity_rolls_forward_and_adds_up_on_every_session(book in books()) {
        assert_identity(&book.computed().snapshots);
    }

    #[test]
    fn cash_and_equity_are_what_an_independent_book_says(book in books()) {
        let snapshots = book.computed().snapshots;
        for (snapshot, answer) in snapshots.iter().zip(oracle::answers(&book)) {
            let found = oracle::Answer {
                cash: micros(snapshot.cash),
                income: micros(snapshot.income),
                fees: micros(snapshot.fees),
                flow: micros(snapshot.flow),
                equity: answer.equity.map(|_| micros(snapshot.equity)),
            };
            prop_assert_eq!(found, answer, "on {}", snapshot.session);
        }
    }

    #[test]
    fn no_session_from_inception_to_the_last_is_left_out(book in books()) {
        let snapshots = book.computed().snapshots;
        let sessions: Vec<_> = snapshots.iter().map(|snapshot| snapshot.session).collect();
        let dates = book.events.iter().filter(|event| event.is_active()).map(|event| event.date);
        let inception = book.portfolio.start.or(dates.min()).unwrap();
        let expected: Vec<_> = book.sessions.iter().copied().filter(|session| *session >= inception).collect();
        prop_assert_eq!(sessions, expected);
    }

    #[test]
    fn coverage_state_and_gaps_follow_from_the_positions(book in books()) {
        assert_state(&book);
    }
}

proptest! {
    #![proptest_config(super::draws::config(64))]

    #[test]
    fn positions_and_explained_terms_sum_to_the_snapshot(book in books()) {
        assert_positions_sum(&book);
    }
}
