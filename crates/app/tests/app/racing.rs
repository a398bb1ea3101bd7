//! What is entered while a refresh is under way.

use std::sync::Arc;

use app::{Context, NewEvent, RefreshRequest, RunState, Step};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::EventId;

use crate::bed::Bed;
use crate::books::{self, event, refresh, usual_events, usual_prices, usual_sessions, written};
use crate::observers::{AtStep, Hold};
use crate::published::Published;

/// Runs a portfolio of the usual events again and again, and acts at another step each time until there is none
/// left; then once more in quiet. What is published is what `expected` gives in a fresh database.
async fn act_at_each_step<A>(bed: &Bed, expected: &[NewEvent], act: A)
where
    A: Fn(Context, String, Vec<EventId>) -> BoxFuture<'static, ()> + Clone + Send + Sync + 'static,
{
    usual_prices(bed);
    let expected = Published::in_one_go(bed, expected, None).await;
    let mut steps = 0;
    for is_built_before in [false, true] {
        for at in 0.. {
            let (quiet, name) = (bed.ctx(), format!("Book {is_built_before} {at}"));
            let entered = books::create(&quiet, &name, &usual_events()).await;
            if is_built_before {
                refresh(&quiet, &name).await;
                books::add(&quiet, &name, &event(usual_sessions()[1], "deposit 1")).await;
                books::add(&quiet, &name, &event(usual_sessions()[1], "withdrawal 1")).await;
            }
            let (act, other, id) = (act.clone(), bed.ctx(), name.clone());
            let ids: Vec<EventId> = entered.iter().map(|event| event.id).collect();
            let observer = AtStep::new(at, move || act(other.clone(), id.clone(), ids.clone()));
            refresh(&Context { observer: observer.clone(), ..bed.ctx() }, &name).await;
            if !observer.has_acted() {
                break;
            }
            refresh(&quiet, &name).await;
            Published::of(&quiet, &name).await.check(&expected, &format!("acted at step {at}"));
            steps += 1;
        }
    }
    assert!(steps >= 16, "only {steps} steps were reached");
}

pub async fn an_event_added_at_any_step_is_never_lost(bed: Bed) {
    let late = event(usual_sessions()[3], "buy 3 AAA 49.5");
    let expected = [usual_events(), vec![late.clone()]].concat();
    act_at_each_step(&bed, &expected, move |ctx, name, _| {
        let late = late.clone();
        async move { drop(books::add(&ctx, &name, &late).await) }.boxed()
    })
    .await;
}

pub async fn an_event_added_behind_the_others_at_any_step_is_never_lost(bed: Bed) {
    let last = event(usual_sessions()[11], "withdrawal 250.25");
    let expected = [usual_events(), vec![last.clone()]].concat();
    act_at_each_step(&bed, &expected, move |ctx, name, _| {
        let last = last.clone();
        async move { drop(books::add(&ctx, &name, &last).await) }.boxed()
    })
    .await;
}

pub async fn an_event_voided_at_any_step_is_never_lost(bed: Bed) {
    let mut expected = usual_events();
    expected.remove(1);
    act_at_each_step(&bed, &expected, |ctx, _, ids| {
        async move { drop(app::void_event(&ctx, ids[1]).await.unwrap()) }.boxed()
    })
    .await;
}

pub async fn the_first_event_voided_at_any_step_is_never_lost(bed: Bed) {
    usual_prices(&bed);
    let expected = Published::in_one_go(&bed, &usual_events()[1..], None).await;
    for at in 0.. {
        let (ctx, name) = (bed.ctx(), format!("Book {at}"));
        let first = books::create(&ctx, &name, &usual_events()).await[0].id;
        if at % 2 == 0 {
            refresh(&ctx, &name).await;
        }
        let quiet = ctx.clone();
        let observer = AtStep::new(at, move || {
            let quiet = quiet.clone();
            async move { drop(app::void_event(&quiet, first).await.unwrap()) }.boxed()
        });
        refresh(&Context { observer: observer.clone(), ..bed.ctx() }, &name).await;
        if !observer.has_acted() {
            break;
        }
        refresh(&ctx, &name).await;
        Published::of(&ctx, &name).await.check(&expected, &format!("voided at step {at}"));
    }
}

pub async fn a_price_changed_at_any_step_is_never_lost(bed: Bed) {
    usual_prices(&bed);
    let changed = usual_sessions()[6];
    let holds_the_same = [event(usual_sessions()[1], "buy 1 AAA 50")];
    books::create(&bed.ctx(), "Other", &holds_the_same).await;
    for at in 0.. {
        let (quiet, name) = (bed.ctx(), format!("Book {at}"));
        books::create(&quiet, &name, &usual_events()).await;
        let (other, folder) = (bed.ctx_of_another_process().await, bed.folder.clone());
        let price = format!("{}.5", 40 + at);
        let observer = AtStep::new(at, move || {
            let (other, folder, price) = (other.clone(), folder.clone(), price.clone());
            async move {
                folder.change("AAA", &[(changed, price.as_str())]);
                refresh(&other, "Other").await;
            }
            .boxed()
        });
        refresh(&Context { observer: observer.clone(), ..bed.ctx() }, &name).await;
        if !observer.has_acted() {
            assert!(at >= 8, "only {at} steps were reached");
            break;
        }
        refresh(&quiet, &name).await;
        let expected = Published::in_one_go(&bed, &usual_events(), None).await;
        Published::of(&quiet, &name).await.check(&expected, &format!("changed at step {at}"));
        refresh(&quiet, "Other").await;
        let expected = Published::in_one_go(&bed, &holds_the_same, None).await;
        Published::of(&quiet, "Other").await.check(&expected, &format!("the other's, changed at step {at}"));
    }
}

pub async fn a_portfolio_without_work_that_changes_meanwhile_is_told_once(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    books::create(&ctx, "Busy", &usual_events()).await;
    books::create(&ctx, "Idle", &usual_events()).await;
    refresh(&ctx, "Idle").await;
    books::add(&ctx, "Busy", &event(usual_sessions()[4], "deposit 10")).await;
    let late = event(usual_sessions()[5], "deposit 20");
    let hold = Hold::when(|_, step| matches!(step, Step::BooksLoaded));
    let run = {
        let ctx = Context { observer: hold.clone(), ..bed.ctx() };
        tokio::spawn(async move { app::refresh(&ctx, &RefreshRequest::default()).await })
    };
    hold.reached.notified().await;
    books::add(&ctx, "Idle", &late).await;
    hold.go.notify_one();
    // The portfolio that changed is loaded again, which reaches the step again.
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
    assert_eq!(report.state, RunState::Ok, "{report:?}");
    assert_eq!(written(&report, "Busy"), 12);
    let now_or_later = written(&report, "Idle") + written(&refresh(&ctx, "Idle").await, "Idle");
    assert_eq!(now_or_later, 7);
    let expected = Published::in_one_go(&bed, &[usual_events(), vec![late]].concat(), None).await;
    Published::of(&ctx, "Idle").await.check(&expected, "after one more run");
}

pub async fn a_portfolio_that_changes_without_end_is_a_conflict_and_stops_no_other(bed: Bed) {
    usual_prices(&bed);
    let quiet = bed.ctx();
    books::create(&quiet, "Busy", &usual_events()).await;
    books::create(&quiet, "Calm", &usual_events()).await;
    let observer = Arc::new(Disturbing { ctx: quiet.clone() });
    let mut ctx = Context { observer, ..bed.ctx() };
    ctx.limits.conflict_retries_max = 3;
    let report = app::refresh(&ctx, &RefreshRequest::default()).await.unwrap();
    assert_eq!(report.state, RunState::Partial, "{report:?}");
    let busy = report.portfolios.iter().find(|told| told.name == "Busy").unwrap();
    assert_eq!(busy.error.as_ref().map(|(code, _)| *code), Some("conflict"), "{report:?}");
    assert_eq!(written(&report, "Calm"), 12);
    assert_eq!(written(&refresh(&quiet, "Busy").await, "Busy"), 12);
}

/// Enters an event into one portfolio whenever snapshots were computed.
struct Disturbing {
    ctx: Context,
}

impl app::Observer for Disturbing {
    fn reached(&self, step: Step) -> BoxFuture<'_, ()> {
        async move {
            if matches!(step, Step::Computed { .. }) {
                books::add(&self.ctx, "Busy", &event(usual_sessions()[1], "deposit 1")).await;
            }
        }
        .boxed()
    }
}
