//! Refreshing in pieces, from a session on, and after a reset.

use app::{AppError, Context, RefreshRequest, Step};
use ledger::Rules;
use testkit::damage;

use crate::bed::Bed;
use crate::books::{
    self, event, refresh, refresh_with, usual_events, usual_prices, usual_sessions, warned, written,
};
use crate::observers::Hold;
use crate::published::{Published, check_fresh};

pub async fn pieces_equal_one_go(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    for to in sessions {
        let report = refresh_with(&ctx, &RefreshRequest { to: Some(*to), ..RefreshRequest::default() }).await;
        assert_eq!(written(&report, "Book"), 1, "{to}");
        assert_eq!((report.from, report.to, report.sessions), (Some(*to), Some(*to), 1));
        assert!(!warned(&report, "history_rebuilt"), "{to}");
        let expected = Published::in_one_go(&bed, &usual_events(), Some(*to)).await;
        Published::of(&ctx, "Book").await.check(&expected, &to.to_string());
    }
    assert_eq!(written(&refresh(&ctx, "Book").await, "Book"), 0);
}

pub async fn groups_equal_one_go(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    let mut other = usual_events();
    other.push(event(sessions[9], "buy 7 BBB 50"));
    let mut books =
        [("Four", other.clone()), ("One", usual_events()), ("Three", other), ("Two", usual_events())];
    for (name, events) in &books {
        books::create(&bed.ctx(), name, events).await;
    }
    // Two portfolios of twelve sessions in a group, and then each alone.
    let grouped = |record_snapshots_max| {
        let mut ctx = bed.ctx();
        ctx.limits.record_snapshots_max = record_snapshots_max;
        ctx
    };
    let request = RefreshRequest::default();
    let report = refresh_with(&grouped(25), &request).await;
    assert!(books.iter().all(|(name, _)| written(&report, name) == 12), "{report:?}");
    // One of them goes on from a snapshot that is wrong, which is found while others are recorded.
    bed.store.execute_batch(&damage::snapshot_figure("equity", 1)).await.unwrap();
    for (name, events) in &mut books {
        events.push(event(sessions[5], "deposit 3"));
        books::add(&bed.ctx(), name, events.last().unwrap()).await;
    }
    let report = refresh_with(&grouped(1), &request).await;
    assert!(warned(&report, "history_rebuilt"), "{report:?}");
    for (name, events) in &books {
        let count = if *name == "Two" { 8 } else { 7 };
        assert_eq!(written(&report, name), count, "{name}");
        check_fresh(&bed, name, events, name).await;
    }
    let report = refresh_with(&grouped(1), &request).await;
    assert!(books.iter().all(|(name, _)| written(&report, name) == 0), "{report:?}");
}

pub async fn a_reset_from_any_session_is_rebuilt_to_the_same(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    refresh(&ctx, "Book").await;
    let expected = Published::of(&ctx, "Book").await;
    for (at, from) in sessions.iter().enumerate() {
        let reports = app::reset(&ctx, *from, Some("Book")).await.unwrap();
        assert_eq!(reports[0].snapshot_count, 12 - at);
        let left = Published::of(&ctx, "Book").await;
        assert_eq!(left.snapshots, expected.snapshots[..at], "{from}");
        let newest = left.positions.map(|(session, _)| session);
        assert_eq!(
            newest,
            at.checked_sub(1).map(|at| sessions[at]),
            "positions are those of the newest left"
        );
        let report = refresh(&ctx, "Book").await;
        assert_eq!(written(&report, "Book"), (12 - at) as u64, "{from}");
        assert!(!warned(&report, "history_rebuilt"), "{from}");
        Published::of(&ctx, "Book").await.check(&expected, &from.to_string());
    }
    let after = sessions[11].plus_days(1);
    assert_eq!(app::reset(&ctx, after, None).await.unwrap()[0].snapshot_count, 0);
    Published::of(&ctx, "Book").await.check(&expected, "nothing was behind the last session");
    let events = app::list_events(&ctx, "Book").await.unwrap();
    assert!(events.iter().all(|listed| listed.event.is_active()), "a reset leaves events alone");
    assert_eq!(events.len(), 4);
}

pub async fn computing_again_from_any_session_changes_nothing(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    refresh(&ctx, "Book").await;
    let expected = Published::of(&ctx, "Book").await;
    let before = sessions[0].plus_days(-40);
    let week_end = sessions[4].plus_days(1);
    assert!(!ctx.calendar.is_session(week_end));
    for from in sessions.iter().copied().chain([before, week_end]) {
        let request = RefreshRequest { from: Some(from), ..RefreshRequest::default() };
        let report = refresh_with(&ctx, &request).await;
        assert_eq!(report.from, ctx.calendar.on_or_after(from.max(sessions[0])), "{from}");
        assert_eq!(written(&report, "Book"), 0, "{from}");
        Published::of(&ctx, "Book").await.check(&expected, &from.to_string());
    }
}

pub async fn missed_sessions_are_computed_too_when_a_start_is_given(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    refresh_with(&ctx, &RefreshRequest { to: Some(sessions[3]), ..RefreshRequest::default() }).await;
    let request = RefreshRequest { from: Some(sessions[9]), ..RefreshRequest::default() };
    let report = refresh_with(&ctx, &request).await;
    assert_eq!((report.from, written(&report, "Book")), (Some(sessions[4]), 8));
    check_fresh(&bed, "Book", &usual_events(), "with a start behind a hole").await;
}

pub async fn an_end_before_the_start_is_refused(bed: Bed) {
    let sessions = usual_sessions();
    let request =
        RefreshRequest { from: Some(sessions[3]), to: Some(sessions[2]), ..RefreshRequest::default() };
    let refused = app::refresh(&bed.ctx(), &request).await.unwrap_err();
    assert!(matches!(refused, AppError::Invalid { field: "from", .. }), "{refused:?}");
    let unknown = RefreshRequest { portfolio: Some("Nobody".into()), ..RefreshRequest::default() };
    assert_eq!(app::refresh(&bed.ctx(), &unknown).await.unwrap_err().code(), "not_found");
}

pub async fn an_unfinished_session_is_not_computed(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    bed.clock.set_after(sessions[8]);
    let request = RefreshRequest { to: Some(sessions[10]), ..RefreshRequest::default() };
    let report = refresh_with(&ctx, &request).await;
    assert!(warned(&report, "not_complete_yet"), "{report:?}");
    assert_eq!((report.to, written(&report, "Book")), (Some(sessions[8]), 9));
    bed.clock.set_after(sessions[11]);
    assert_eq!(written(&refresh(&ctx, "Book").await, "Book"), 3);
    check_fresh(&bed, "Book", &usual_events(), "once the sessions are complete").await;
}

pub async fn new_settings_compute_everything_again(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    // With one of two prices missing, the setting decides whether the session stands.
    bed.folder.change("BBB", &[(sessions[6], "")]);
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    refresh(&ctx, "Book").await;
    let strict = Published::of(&ctx, "Book").await;
    let lenient = Context { rules: Rules { final_coverage_ppm: 1, ..bed.ctx().rules }, ..bed.ctx() };
    let to = RefreshRequest { to: Some(sessions[2]), ..RefreshRequest::default() };
    let report = refresh_with(&lenient, &to).await;
    assert_eq!((report.from, written(&report, "Book")), (Some(sessions[0]), 1), "one session differs");
    assert_eq!(written(&refresh_with(&lenient, &to).await, "Book"), 0);
    assert_ne!(Published::of(&ctx, "Book").await.snapshots[6], strict.snapshots[6]);
    assert_eq!(written(&refresh(&ctx, "Book").await, "Book"), 1);
    Published::of(&ctx, "Book").await.check(&strict, "back to the first settings");
}

pub async fn a_reset_between_load_and_record_is_not_undone(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &usual_events()).await;
    refresh(&ctx, "Book").await;
    let expected = Published::of(&ctx, "Book").await;
    books::add(&ctx, "Book", &event(sessions[10], "deposit 1")).await;
    books::add(&ctx, "Book", &event(sessions[10], "withdrawal 1")).await;
    let hold = Hold::when(|_, step| matches!(step, Step::Computed { .. }));
    let held = Context { observer: hold.clone(), ..bed.ctx() };
    let run = tokio::spawn(async move { refresh(&held, "Book").await });
    hold.reached.notified().await;
    app::reset(&ctx, sessions[3], Some("Book")).await.unwrap();
    hold.go.notify_one();
    hold.reached.notified().await;
    hold.go.notify_one();
    assert_eq!(written(&run.await.unwrap(), "Book"), 9, "what the reset dropped was computed again");
    Published::of(&ctx, "Book").await.check(&expected, "no session is left out");
}
