//! Several refreshes at once.

use app::{Context, PhaseState, RefreshReport, RefreshRequest, RunState, Step};

use crate::bed::Bed;
use crate::books::{
    self, differing, refresh, refresh_with, usual_events, usual_prices, usual_sessions, written,
};
use crate::observers::Hold;
use crate::published::{Published, check_fresh};

const NAMES: [&str; 4] = ["Anna", "Berta", "Clara", "Dora"];

/// Four portfolios of the usual events.
async fn four_portfolios(bed: &Bed) {
    usual_prices(bed);
    for name in NAMES {
        books::create(&bed.ctx(), name, &usual_events()).await;
    }
}

/// Holds two reports of runs at once against what one run does.
async fn check_two(bed: &Bed, reports: [RefreshReport; 2]) {
    for name in NAMES {
        let mut counts = reports.each_ref().map(|report| written(report, name));
        counts.sort_unstable();
        assert_eq!(counts, [0, 12], "{name}: one works, the other finds it done: {reports:?}");
        check_fresh(bed, name, &usual_events(), name).await;
    }
    let again = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert!(NAMES.iter().all(|name| written(&again, name) == 0), "{again:?}");
}

pub async fn two_refreshes_at_once_give_one_result(bed: Bed) {
    four_portfolios(&bed).await;
    let (ctx, request) = (bed.ctx(), RefreshRequest::default());
    let (one, two) = tokio::join!(refresh_with(&ctx, &request), refresh_with(&ctx, &request));
    check_two(&bed, [one, two]).await;
}

pub async fn two_processes_at_once_give_one_result(bed: Bed) {
    four_portfolios(&bed).await;
    let (one, two) = (bed.ctx_of_another_process().await, bed.ctx_of_another_process().await);
    let spawn =
        |ctx: Context| tokio::spawn(async move { refresh_with(&ctx, &RefreshRequest::default()).await });
    let (one, two) = (spawn(one), spawn(two));
    check_two(&bed, [one.await.unwrap(), two.await.unwrap()]).await;
}

pub async fn a_portfolio_at_work_elsewhere_is_told_and_stops_no_other(bed: Bed) {
    four_portfolios(&bed).await;
    let hold = Hold::when(|_, step| step == Step::BooksLoaded);
    let ctx = Context { observer: hold.clone(), ..bed.ctx() };
    let run = tokio::spawn(async move { refresh(&ctx, "Berta").await });
    hold.reached.notified().await;

    let mut ctx = bed.ctx();
    ctx.limits.lease_wait_ms_max = 0;
    let report = app::refresh(&ctx, &RefreshRequest::default()).await.unwrap();
    assert_eq!(report.state, RunState::Partial, "{report:?}");
    for told in &report.portfolios {
        let is_elsewhere = told.name == "Berta";
        assert_eq!(told.state, if is_elsewhere { PhaseState::Failed } else { PhaseState::Ok }, "{report:?}");
        assert_eq!(told.written, if is_elsewhere { 0 } else { 12 }, "{report:?}");
        assert_eq!(told.error.as_ref().map(|(code, _)| *code), is_elsewhere.then_some("refresh_in_progress"));
    }
    hold.go.notify_one();
    assert_eq!(written(&run.await.unwrap(), "Berta"), 12);
    for name in NAMES {
        check_fresh(&bed, name, &usual_events(), name).await;
    }
}

pub async fn running_again_changes_nothing(bed: Bed) {
    four_portfolios(&bed).await;
    let ctx = bed.ctx();
    refresh_with(&ctx, &RefreshRequest::default()).await;
    let stored = app::snapshots(&ctx, "Anna", None, None).await.unwrap();
    for request in [
        RefreshRequest::default(),
        RefreshRequest { to: Some(usual_sessions()[4]), ..RefreshRequest::default() },
        RefreshRequest { from: Some(usual_sessions()[2]), ..RefreshRequest::default() },
        RefreshRequest { portfolio: Some("Anna".into()), ..RefreshRequest::default() },
    ] {
        assert_eq!(written(&refresh_with(&ctx, &request).await, "Anna"), 0, "{request:?}");
        let now = app::snapshots(&ctx, "Anna", None, None).await.unwrap();
        assert_eq!(now, stored, "even the times of computation stay: {request:?}");
        check_fresh(&bed, "Anna", &usual_events(), "positions too").await;
    }
}

pub async fn a_dry_run_needs_no_lease(bed: Bed) {
    four_portfolios(&bed).await;
    refresh_with(&bed.ctx(), &RefreshRequest { to: Some(usual_sessions()[3]), ..RefreshRequest::default() })
        .await;
    let hold = Hold::when(|_, step| step == Step::BooksLoaded);
    let ctx = Context { observer: hold.clone(), ..bed.ctx() };
    let run = tokio::spawn(async move { refresh(&ctx, "Anna").await });
    hold.reached.notified().await;
    let dry = RefreshRequest { is_dry_run: true, ..RefreshRequest::default() };
    assert_eq!(differing(&refresh_with(&bed.ctx(), &dry).await, "Anna"), 8);
    assert_eq!(Published::of(&bed.ctx(), "Anna").await.snapshots.len(), 4);
    hold.go.notify_one();
    assert_eq!(written(&run.await.unwrap(), "Anna"), 8);
}
