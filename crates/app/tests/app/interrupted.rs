//! Runs that end before their end.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use app::{Context, RefreshRequest, RunState, Step};
use futures_util::FutureExt;

use crate::bed::Bed;
use crate::books::{
    self, event, refresh, refresh_with, usual_events, usual_prices, usual_sessions, warned, written,
};
use crate::observers::Hold;
use crate::published::Published;

/// Longer than any test takes, so that no lease is renewed while one runs; time goes on as the test says.
const LEASE_MS: i64 = 600_000;

/// A context with short patience, and leases that only the test's clock ends.
fn impatient(bed: &Bed) -> Context {
    let mut ctx = bed.ctx();
    (ctx.limits.lease_ms, ctx.limits.lease_wait_ms_max) = (LEASE_MS, 0);
    ctx
}

fn of(name: &str) -> RefreshRequest {
    RefreshRequest { portfolio: Some(name.to_owned()), ..RefreshRequest::default() }
}

pub async fn a_run_killed_at_any_step_leaves_nothing_behind(bed: Bed) {
    usual_prices(&bed);
    let expected = Published::in_one_go(&bed, &usual_events(), None).await;
    // A run that is held and never let go is a process that was killed: nobody gives its leases back.
    let mut killed = Vec::new();
    for at in 0.. {
        let name = format!("Book {at}");
        books::create(&bed.ctx(), &name, &usual_events()).await;
        let hold = Hold::at(at);
        let (ctx, request) = (Context { observer: hold.clone(), ..impatient(&bed) }, of(&name));
        let mut run = tokio::spawn(async move { app::refresh(&ctx, &request).await });
        let is_over = tokio::select! {
            () = hold.reached.notified() => false,
            ended = &mut run => { ended.unwrap().unwrap(); true }
        };
        if is_over {
            assert!(at >= 10, "only {at} steps were reached");
            break;
        }
        killed.push(run);
        bed.clock.advance_ms(LEASE_MS);
        refresh_with(&impatient(&bed), &of(&name)).await;
        Published::of(&bed.ctx(), &name).await.check(&expected, &format!("killed at step {at}"));
    }
}

pub async fn a_run_dropped_at_any_poll_leaves_nothing_behind(bed: Bed) {
    usual_prices(&bed);
    let names = ["First", "Second", "Third"];
    let mut other = usual_events();
    other.push(event(usual_sessions()[9], "buy 7 BBB 50"));
    let books = [usual_events(), other, usual_events()];
    let mut expected = Vec::new();
    for events in &books {
        expected.push(Published::in_one_go(&bed, events, None).await);
    }
    for polls in 1.. {
        let bed_of_poll = bed.beside().await;
        for (name, events) in names.iter().zip(&books) {
            books::create(&bed_of_poll.ctx(), name, events).await;
        }
        // One portfolio a transaction, so that a run can end between them.
        let mut ctx = impatient(&bed_of_poll);
        ctx.limits.record_snapshots_max = 1;
        let is_over = drop_after(polls, &ctx).await;
        bed.clock.advance_ms(LEASE_MS);
        // Another process goes on; what was under way in this one may still arrive.
        let mut ctx = impatient(&bed_of_poll);
        ctx.limits.record_snapshots_max = 1;
        refresh_with(&ctx, &RefreshRequest::default()).await;
        for (name, expected) in names.iter().zip(&expected) {
            Published::of(&ctx, name).await.check(expected, &format!("{name} dropped after {polls} polls"));
        }
        if is_over {
            assert!(polls > 5, "the run took only {polls} polls");
            break;
        }
    }
}

/// Polls a run so many times and drops it; whether it had come to its end.
async fn drop_after(polls: usize, ctx: &Context) -> bool {
    let request = RefreshRequest::default();
    let mut run = app::refresh(ctx, &request).boxed();
    let count = AtomicUsize::new(0);
    poll_fn(|context| {
        if count.fetch_add(1, Ordering::Relaxed) == polls {
            return Poll::Ready(false);
        }
        run.poll_unpin(context).map(|ended| ended.map(|report| report.state == RunState::Ok).unwrap())
    })
    .await
}

pub async fn a_lease_left_behind_blocks_no_longer_than_its_length(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let hold = Hold::when(|_, step| step == Step::BooksLoaded);
    let ctx = Context { observer: hold.clone(), ..impatient(&bed) };
    let _killed = tokio::spawn(async move { app::refresh(&ctx, &of("Book")).await });
    hold.reached.notified().await;
    bed.clock.advance_ms(LEASE_MS / 2);
    let refused = app::refresh(&impatient(&bed), &of("Book")).await.unwrap();
    assert_eq!(refused.state, RunState::Failed, "{refused:?}");
    let (code, told) = refused.portfolios[0].error.clone().unwrap();
    assert_eq!(code, "refresh_in_progress");
    assert!(told.contains("\"Book\" is being refreshed by process "), "{told}");
    assert!(app::snapshots(&bed.ctx(), "Book", None, None).await.unwrap().is_empty());

    bed.clock.advance_ms(LEASE_MS / 2);
    assert_eq!(written(&refresh_with(&impatient(&bed), &of("Book")).await, "Book"), 12);
}

pub async fn a_run_that_is_dropped_gives_its_lease_back(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let hold = Hold::when(|_, step| step == Step::BooksLoaded);
    let ctx = Context { observer: hold.clone(), ..impatient(&bed) };
    let run = tokio::spawn(async move { app::refresh(&ctx, &of("Book")).await });
    hold.reached.notified().await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    // Its clock does not move, so only what was given back can be taken.
    let patient = bed.ctx();
    assert_eq!(written(&refresh_with(&patient, &of("Book")).await, "Book"), 12);
}

pub async fn a_worker_that_comes_back_after_its_lease_is_gone_changes_nothing(bed: Bed) {
    usual_prices(&bed);
    let sessions = usual_sessions();
    let ctx = impatient(&bed);
    books::create(&ctx, "Book", &usual_events()).await;
    refresh_with(&ctx, &RefreshRequest { to: Some(sessions[3]), ..of("Book") }).await;
    let expected = Published::in_one_go(&bed, &usual_events(), None).await;

    let hold = Hold::when(|_, step| matches!(step, Step::Computed { .. }));
    let sleepy = Context { observer: hold.clone(), ..impatient(&bed) };
    let request = RefreshRequest { to: Some(sessions[5]), ..of("Book") };
    let run = tokio::spawn(async move { app::refresh(&sleepy, &request).await });
    hold.reached.notified().await;
    bed.clock.advance_ms(LEASE_MS);
    refresh(&ctx, "Book").await;
    Published::of(&ctx, "Book").await.check(&expected, "before the worker came back");

    // Should it look again, it may pass.
    hold.go.notify_one();
    let again = async {
        loop {
            hold.reached.notified().await;
            hold.go.notify_one();
        }
    };
    let report = tokio::select! {
        report = run => report.unwrap().unwrap(),
        () = again => unreachable!("it never ends"),
    };
    Published::of(&ctx, "Book").await.check(&expected, &format!("after the worker came back: {report:?}"));
    assert!(!warned(&refresh(&ctx, "Book").await, "history_rebuilt"));
    Published::of(&ctx, "Book").await.check(&expected, "after one more run");
}
