//! Events that come late, are voided, or lie on days without a session.

use app::{NewEvent, RefreshRequest};
use model::{Date, SnapshotState};

use crate::bed::Bed;
use crate::books::{
    self, differing, event, refresh, refresh_with, usual_events, usual_prices, usual_sessions, warned,
    written,
};
use crate::folder::sessions_from;
use crate::published::{Published, check_fresh};

/// A portfolio of the usual events, computed.
async fn computed(bed: &Bed) -> Vec<model::EventId> {
    usual_prices(bed);
    let entered = books::create(&bed.ctx(), "Book", &usual_events()).await;
    refresh(&bed.ctx(), "Book").await;
    entered.iter().map(|event| event.id).collect()
}

fn with(late: NewEvent) -> Vec<NewEvent> {
    [usual_events(), vec![late]].concat()
}

pub async fn a_late_event_changes_everything_from_its_session_on(bed: Bed) {
    computed(&bed).await;
    let mut events = usual_events();
    for (at, words) in [(5, "sell 1 AAA 25"), (3, "buy 2 CCC 10"), (11, "interest 3.21"), (1, "deposit 5")] {
        bed.folder.make_up("CCC", usual_sessions());
        let late = event(usual_sessions()[at], words);
        books::add(&bed.ctx(), "Book", &late).await;
        events.push(late);
        let report = refresh(&bed.ctx(), "Book").await;
        assert_eq!(report.from, Some(usual_sessions()[at]), "{words}");
        assert_eq!(written(&report, "Book"), 12 - at as u64, "{words}");
        assert!(!warned(&report, "history_rebuilt"), "{words}");
        check_fresh(&bed, "Book", &events, words).await;
    }
}

pub async fn a_voided_event_changes_everything_from_its_session_on(bed: Bed) {
    let ids = computed(&bed).await;
    app::void_event(&bed.ctx(), ids[3]).await.unwrap();
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!((report.from, written(&report, "Book")), (Some(usual_sessions()[7]), 5));
    check_fresh(&bed, "Book", &usual_events()[..3], "without the sale").await;
    app::void_event(&bed.ctx(), ids[1]).await.unwrap();
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!((report.from, written(&report, "Book")), (Some(usual_sessions()[2]), 10));
    let left = [usual_events()[0].clone(), usual_events()[2].clone()];
    check_fresh(&bed, "Book", &left, "without BBB").await;
}

pub async fn an_event_on_a_week_end_counts_on_the_next_session(bed: Bed) {
    computed(&bed).await;
    let sessions = usual_sessions();
    let saturday = sessions[4].plus_days(1);
    assert_eq!((saturday.weekday(), sessions[5].days_since(saturday)), (5, 2));
    books::add(&bed.ctx(), "Book", &event(saturday, "deposit 300")).await;
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!((report.from, written(&report, "Book")), (Some(sessions[5]), 7));
    let stored = Published::of(&bed.ctx(), "Book").await;
    assert_eq!(stored.snapshots[5].flow.to_string(), "300");
    check_fresh(&bed, "Book", &with(event(saturday, "deposit 300")), "on a week-end").await;
}

pub async fn an_event_on_the_week_end_before_the_first_session_is_taken(bed: Bed) {
    computed(&bed).await;
    let sunday = usual_sessions()[0].plus_days(-1);
    books::add(&bed.ctx(), "Book", &event(sunday, "deposit 300")).await;
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!((report.from, written(&report, "Book")), (Some(usual_sessions()[0]), 12));
    check_fresh(&bed, "Book", &with(event(sunday, "deposit 300")), "on the Sunday before").await;
}

pub async fn voiding_all_events_drops_the_snapshots(bed: Bed) {
    for id in computed(&bed).await {
        app::void_event(&bed.ctx(), id).await.unwrap();
    }
    let dry = RefreshRequest { is_dry_run: true, ..RefreshRequest::default() };
    refresh_with(&bed.ctx(), &dry).await;
    assert_eq!(Published::of(&bed.ctx(), "Book").await.snapshots.len(), 12, "a dry run drops nothing");
    refresh(&bed.ctx(), "Book").await;
    let left = Published::of(&bed.ctx(), "Book").await;
    assert_eq!((left.snapshots.len(), left.positions), (0, None));
    refresh(&bed.ctx(), "Book").await;
    let events = [event(usual_sessions()[6], "buy 1 AAA 25")];
    books::add(&bed.ctx(), "Book", &events[0]).await;
    refresh(&bed.ctx(), "Book").await;
    check_fresh(&bed, "Book", &events, "begun again").await;
}

pub async fn voiding_the_first_event_drops_the_sessions_before_the_second(bed: Bed) {
    let ids = computed(&bed).await;
    app::void_event(&bed.ctx(), ids[0]).await.unwrap();
    refresh(&bed.ctx(), "Book").await;
    let left = Published::of(&bed.ctx(), "Book").await;
    assert_eq!(left.snapshots[0].session, usual_sessions()[2]);
    check_fresh(&bed, "Book", &usual_events()[1..], "begun later").await;
    books::add(&bed.ctx(), "Book", &event(usual_sessions()[2], "deposit 7")).await;
    let refused = app::add_event(&bed.ctx(), "Book", &event(usual_sessions()[1], "deposit 7")).await;
    assert_eq!(refused.unwrap_err().code(), "before_inception");
}

pub async fn voiding_the_first_event_may_leave_a_later_beginning(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    let events = [event(sessions[0], "buy 1 AAA 50"), event(sessions[8], "buy 2 AAA 25")];
    let ids = books::create(&bed.ctx(), "Book", &events).await;
    let to = RefreshRequest { to: Some(sessions[3]), ..RefreshRequest::default() };
    refresh_with(&bed.ctx(), &to).await;
    app::void_event(&bed.ctx(), ids[0].id).await.unwrap();
    refresh_with(&bed.ctx(), &to).await;
    let left = Published::of(&bed.ctx(), "Book").await;
    assert_eq!((left.snapshots.len(), left.positions), (0, None), "the books begin later now");
    refresh(&bed.ctx(), "Book").await;
    check_fresh(&bed, "Book", &events[1..], "once they have begun").await;
}

pub async fn snapshots_after_the_end_do_not_go_stale(bed: Bed) {
    computed(&bed).await;
    let late = event(usual_sessions()[5], "buy 1 BBB 50");
    books::add(&bed.ctx(), "Book", &late).await;
    let to = RefreshRequest { to: Some(usual_sessions()[2]), ..RefreshRequest::default() };
    refresh_with(&bed.ctx(), &to).await;
    check_fresh(&bed, "Book", &with(late), "though the end was before").await;
}

pub async fn a_dry_run_tells_what_would_differ_and_writes_nothing(bed: Bed) {
    computed(&bed).await;
    let ctx = bed.ctx();
    let dry = RefreshRequest { is_dry_run: true, ..RefreshRequest::default() };
    assert_eq!(differing(&refresh_with(&ctx, &dry).await, "Book"), 0);
    books::add(&ctx, "Book", &event(usual_sessions()[9], "fee 2")).await;
    bed.folder.change("AAA", &[(usual_sessions()[1], "41")]);
    let state = || async {
        let head = bed.store.load(vec![store::change::head()]).await.unwrap();
        let portfolios = store::portfolios::of_owner(&bed.store, &ctx.owner).await.unwrap();
        let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
        (store::change::read_head(&head[0]), portfolios, snapshots, Published::of(&ctx, "Book").await)
    };
    let before = state().await;
    let report = refresh_with(&ctx, &dry).await;
    assert_eq!(differing(&report, "Book"), 3, "nothing is fetched, so the file's change is not seen");
    assert_eq!(report.phases[0].reason.as_deref(), Some("dry_run"));
    assert_eq!(state().await, before);
    let from = RefreshRequest { from: Some(usual_sessions()[0]), ..dry };
    assert_eq!(differing(&refresh_with(&ctx, &from).await, "Book"), 3);
    assert_eq!(state().await, before);
}

pub async fn entered_splits_that_leave_remainders_are_no_wrong_history(bed: Bed) {
    let sessions = usual_sessions();
    bed.clock.set_after(sessions[9]);
    let dear: Vec<(Date, &str)> = sessions.iter().map(|session| (*session, "90000")).collect();
    bed.folder.change("DEAR", &dear);
    let events = [event(sessions[0], "buy 1 DEAR 90000"), event(sessions[3], "split DEAR 1:3")];
    books::create(&bed.ctx(), "Book", &events).await;
    refresh(&bed.ctx(), "Book").await;
    bed.clock.set_after(sessions[11]);
    let report = refresh(&bed.ctx(), "Book").await;
    assert!(!warned(&report, "history_rebuilt"), "{report:?}");
    assert_eq!((report.from, written(&report, "Book")), (Some(sessions[10]), 2));
    check_fresh(&bed, "Book", &events, "a third of a unit").await;
}

pub async fn a_voided_dividend_gives_back_what_others_replaced(bed: Bed) {
    let sessions = sessions_from("2024-01-02", 60);
    let day = |text: &str| -> Date { text.parse().unwrap() };
    bed.clock.set_after(sessions[59]);
    bed.folder.make_up("PAY", sessions);
    bed.folder.write("dividends.csv", "symbol,ex_date,amount\nPAY,2024-01-10,1\nPAY,2024-03-08,2\n");
    let events = [
        event(sessions[0], "buy 10 PAY 50"),
        // Takes the place of the second, so that the next takes that of the first.
        event(day("2024-03-12"), "dividend PAY 20"),
        event(day("2024-03-05"), "dividend PAY 10"),
    ];
    let entered = books::create(&bed.ctx(), "Book", &events).await;
    refresh(&bed.ctx(), "Book").await;
    check_fresh(&bed, "Book", &events, "both were replaced").await;
    app::void_event(&bed.ctx(), entered[1].id).await.unwrap();
    let report = refresh(&bed.ctx(), "Book").await;
    let left = [events[0].clone(), events[2].clone()];
    check_fresh(&bed, "Book", &left, "the first pays again").await;
    let stored = Published::of(&bed.ctx(), "Book").await;
    assert!(stored.snapshots.iter().all(|snapshot| snapshot.state == SnapshotState::Final));
    assert!(!warned(&report, "history_rebuilt"), "{report:?}");
}
