//! Portfolios without events, and holdings without prices.

use app::{PhaseState, RefreshRequest};
use model::{GapReason, PriceStatus, SnapshotState};

use crate::bed::Bed;
use crate::books::{
    self, event, new_portfolio, refresh, refresh_with, usual_events, usual_prices, usual_sessions, warned,
    written,
};
use crate::published::{Published, check_fresh};

pub async fn a_portfolio_without_events_is_skipped(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    books::create(&ctx, "Empty", &[]).await;
    let started = app::NewPortfolio { start: Some(usual_sessions()[9]), ..new_portfolio("Started") };
    app::create_portfolio(&ctx, &started, None, false).await.unwrap();
    let report = refresh_with(&ctx, &RefreshRequest::default()).await;
    assert_eq!(written(&report, "Book"), 12);
    let empty = report.portfolios.iter().find(|told| told.name == "Empty").unwrap();
    assert_eq!((empty.state, empty.error.as_ref().unwrap().0), (PhaseState::Skipped, "not_begun"));
    assert_eq!(written(&report, "Started"), 3, "a fixed start begins the books");
    let stored = Published::of(&ctx, "Started").await;
    assert_eq!(stored.snapshots[0].flow.to_string(), "100000");
    let alone = refresh(&ctx, "Empty").await;
    assert_eq!(written(&alone, "Empty"), 0);
}

pub async fn no_portfolio_at_all_is_no_failure(bed: Bed) {
    let report = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert!(report.portfolios.is_empty());
    let numbers: Vec<u32> = report.phases.iter().map(|phase| phase.phase.number()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "every phase is told");
}

pub async fn an_unknown_symbol_is_valued_at_cost_and_told(bed: Bed) {
    usual_prices(&bed);
    let mut events = usual_events();
    events.push(event(usual_sessions()[6], "buy 3 NONE 20"));
    books::create(&bed.ctx(), "Book", &events).await;
    let report = refresh(&bed.ctx(), "Book").await;
    assert!(warned(&report, "not_found") && warned(&report, "provisional"), "{report:?}");
    assert_eq!(report.phases[0].state, PhaseState::Partial);
    let stored = Published::of(&bed.ctx(), "Book").await;
    assert_eq!(stored.snapshots[5].state, SnapshotState::Final);
    for snapshot in &stored.snapshots[6..] {
        assert_eq!(snapshot.state, SnapshotState::Provisional);
        let gap = &snapshot.gaps[0];
        assert_eq!(gap.symbol.as_ref().map(model::Symbol::as_str), Some("NONE"));
        assert_eq!((gap.status, gap.reason), (Some(PriceStatus::Unpriced), GapReason::NeverQuoted));
    }
    let (_, positions) = stored.positions.unwrap();
    let unknown = positions.iter().find(|position| position.symbol.as_str() == "NONE").unwrap();
    assert_eq!(unknown.market_value.to_string(), "60");
    bed.folder.make_up("NONE", usual_sessions());
    assert_eq!(written(&refresh(&bed.ctx(), "Book").await, "Book"), 6);
    check_fresh(&bed, "Book", &events, "once its prices came").await;
}

pub async fn without_any_price_nothing_is_computed_until_an_end_is_given(bed: Bed) {
    usual_prices(&bed);
    let events = [event(usual_sessions()[6], "buy 3 NONE 20")];
    books::create(&bed.ctx(), "Book", &events).await;
    let report = refresh(&bed.ctx(), "Book").await;
    assert!(warned(&report, "no_prices"), "{report:?}");
    assert_eq!((report.to, written(&report, "Book")), (None, 0));
    let request = RefreshRequest { to: Some(usual_sessions()[8]), ..RefreshRequest::default() };
    assert_eq!(written(&refresh_with(&bed.ctx(), &request).await, "Book"), 3);
    let stored = Published::of(&bed.ctx(), "Book").await;
    assert!(stored.snapshots.iter().all(|snapshot| snapshot.equity.to_string() == "100000"));
    assert!(stored.snapshots.iter().all(|snapshot| snapshot.state == SnapshotState::Provisional));
    bed.folder.make_up("NONE", usual_sessions());
    refresh(&bed.ctx(), "Book").await;
    check_fresh(&bed, "Book", &events, "once its prices came").await;
}

pub async fn a_symbol_without_prices_does_not_stop_cash_portfolios(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    let cash = [event(sessions[2], "deposit 10")];
    books::create(&bed.ctx(), "Cash", &cash).await;
    books::create(&bed.ctx(), "Unknown", &[event(sessions[6], "buy 3 NONE 20")]).await;
    refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    check_fresh(&bed, "Cash", &cash, "beside a portfolio without prices").await;
}

pub async fn a_late_buy_without_prices_leaves_no_stale_snapshot(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    books::create(&bed.ctx(), "Cash", &[event(sessions[2], "deposit 10")]).await;
    assert_eq!(written(&refresh(&bed.ctx(), "Cash").await, "Cash"), 10);
    books::add(&bed.ctx(), "Cash", &event(sessions[6], "buy 3 NONE 20")).await;
    assert_eq!(written(&refresh(&bed.ctx(), "Cash").await, "Cash"), 6);
    let stored = Published::of(&bed.ctx(), "Cash").await;
    let is_provisional = |at: usize| stored.snapshots[at].state == SnapshotState::Provisional;
    assert_eq!((0..10).filter(|at| is_provisional(*at)).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
}

pub async fn the_newest_bar_of_a_held_symbol_ends_the_run(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    bed.folder.change("AAA", &[(sessions[10], ""), (sessions[11], "")]);
    bed.folder.change("BBB", &[(sessions[9], ""), (sessions[10], ""), (sessions[11], "")]);
    bed.folder.make_up("SOLD", sessions);
    let mut events = usual_events();
    events.push(event(sessions[1], "buy 1 SOLD 50"));
    events.push(event(sessions[3], "sell 1 SOLD 51"));
    books::create(&bed.ctx(), "Book", &events).await;
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!((report.to, report.sessions_waiting), (Some(sessions[9]), 2), "{report:?}");
    assert_eq!(written(&report, "Book"), 10);
    let newest = Published::of(&bed.ctx(), "Book").await.snapshots.pop().unwrap();
    assert_eq!(newest.gaps.len(), 1, "BBB is a session behind: {newest:?}");
    assert!(warned(&report, "stale_holdings"), "{report:?}");
}
