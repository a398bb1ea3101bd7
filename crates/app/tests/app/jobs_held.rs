//! Leases of jobs: who may record, and when a job is let go of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::jobs::{self, JobFilter, JobState, Output};
use app::{AppError, Context, Phase, Step};
use market::Source;
use model::Timestamp;
use store::jobs::transitions::{Claim, claim_one};

use crate::bed::Bed;
use crate::books::{self, usual_events, usual_prices};
use crate::distant::{DEADLINE, Distant, ctx_with};
use crate::jobs::{fetch_of, refresh_all};
use crate::observers::Hold;
use crate::published::Published;

/// Longer than any test takes, so that no lease is renewed while one runs; time goes on as the test says.
pub const LEASE_MS: i64 = 600_000;

/// Leases that only the test's clock ends.
pub fn only_the_test_moves_time(ctx: &mut Context) {
    ctx.limits.lease_ms = LEASE_MS;
    (ctx.limits.jobs.lease_ms, ctx.limits.jobs.pulse_ms) = (LEASE_MS, LEASE_MS as u64);
}

fn patient(bed: &Bed) -> Context {
    let mut ctx = bed.ctx();
    only_the_test_moves_time(&mut ctx);
    ctx
}

async fn only_job(ctx: &Context) -> jobs::Job {
    let mut listed = jobs::list(ctx, &JobFilter::default(), None, None).await.unwrap().jobs;
    assert_eq!(listed.len(), 1);
    listed.remove(0)
}

pub async fn a_refresh_held_past_its_lease_records_nothing(bed: Bed) {
    usual_prices(&bed);
    let expected = Published::in_one_go(&bed, &usual_events(), None).await;
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let hold = Hold::when(|_, step| matches!(step, Step::Computed { .. }));
    let slow = Context { observer: hold.clone(), ..patient(&bed) };
    let held = tokio::spawn(async move { jobs::run_now(&slow, refresh_all()).await.unwrap() });
    hold.reached.notified().await;
    bed.clock.advance_ms(LEASE_MS + 1);
    let quick = patient(&bed);
    let id = only_job(&quick).await.id;
    let done = jobs::run_in_foreground(&quick, &id).await.unwrap();
    assert_eq!((done.job.state, done.job.fence), (JobState::Completed, 2));
    // What is published is dropped, so that anything the held one recorded would show.
    app::reset(&quick, crate::books::usual_sessions()[0], None).await.unwrap();
    hold.go.notify_one();
    let held = held.await.unwrap();
    assert!(matches!(held.output, Err(AppError::LeaseLost { id: lost }) if lost == id));
    assert_eq!(held.job, jobs::load(&quick, &id).await.unwrap(), "the job is as the other one left it");
    assert!(app::snapshots(&quick, "Book", None, None).await.unwrap().is_empty());
    jobs::run_now(&quick, refresh_all()).await.unwrap().output.unwrap();
    Published::of(&quick, "Book").await.check(&expected, "after both");
}

pub async fn a_refresh_held_past_its_lease_records_nothing_though_nobody_else_came(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let hold = Hold::when(|_, step| matches!(step, Step::Computed { .. }));
    let slow = Context { observer: hold.clone(), ..patient(&bed) };
    let held = tokio::spawn(async move { jobs::run_now(&slow, refresh_all()).await.unwrap() });
    hold.reached.notified().await;
    bed.clock.advance_ms(LEASE_MS + 1);
    hold.go.notify_one();
    assert!(matches!(held.await.unwrap().output, Err(AppError::LeaseLost { .. })));
    let ctx = patient(&bed);
    assert!(app::snapshots(&ctx, "Book", None, None).await.unwrap().is_empty());
    let finished = jobs::run_now(&ctx, refresh_all()).await.unwrap();
    assert_eq!((finished.job.state, finished.job.fence), (JobState::Completed, 2), "it is gone on with");
}

fn with_bars(bed: &Bed) -> (Arc<Distant>, Context) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let mut ctx = ctx_with(bed, &[&yahoo]);
    only_the_test_moves_time(&mut ctx);
    (yahoo, ctx)
}

async fn bar_count(ctx: &Context) -> u64 {
    app::coverage(ctx).await.unwrap().iter().map(|line| line.session_count as u64).sum()
}

pub async fn a_fetch_held_past_its_lease_records_nothing(bed: Bed) {
    let (yahoo, ctx) = with_bars(&bed);
    let slow = ctx.clone();
    let held = tokio::spawn(async move { jobs::run_now(&slow, fetch_of(&["AAA"])).await.unwrap() });
    yahoo.is_asked(1).await;
    bed.clock.advance_ms(LEASE_MS + 1);
    yahoo.let_through(1);
    let held = held.await.unwrap();
    assert!(matches!(held.output, Err(AppError::LeaseLost { .. })), "{:?}", held.output);
    assert_eq!(bar_count(&ctx).await, 0);
    assert_eq!(only_job(&ctx).await.state, JobState::DownloadingData);
    yahoo.let_through(1);
    let finished = jobs::run_now(&ctx, fetch_of(&["AAA"])).await.unwrap();
    assert_eq!((finished.job.state, finished.job.fence), (JobState::Completed, 2));
    assert_eq!((bar_count(&ctx).await, yahoo.call_count()), (20, 2));
}

pub async fn whoever_waits_for_a_fetch_of_a_lost_job_fetches_itself(bed: Bed) {
    let (yahoo, ctx) = with_bars(&bed);
    let slow = ctx.clone();
    let held = tokio::spawn(async move { jobs::run_now(&slow, fetch_of(&["AAA"])).await.unwrap() });
    yahoo.is_asked(1).await;
    let beside = ctx.clone();
    let waiting =
        tokio::spawn(
            async move { crate::distant::fetch_one(&beside, "AAA", "2024-12-02", "2024-12-30").await },
        );
    bed.clock.advance_ms(LEASE_MS + 1);
    yahoo.let_through(2);
    assert!(held.await.unwrap().output.is_err());
    assert_eq!(waiting.await.unwrap().result.unwrap().written_count, 20);
}

pub async fn two_workers_on_one_job_do_it_once(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let mut ctx = bed.ctx();
    ctx.limits.jobs.poll_ms = 5;
    let job = jobs::create(&ctx, refresh_all()).await.unwrap().job;
    let mut working = Vec::new();
    for _ in 0..4 {
        let (ctx, id) =
            (Context { limits: ctx.limits, ..bed.ctx_of_another_process().await }, job.id.clone());
        working.push(tokio::spawn(async move { jobs::run_in_foreground(&ctx, &id).await.unwrap() }));
    }
    let mut here = 0;
    for finished in working {
        let finished = finished.await.unwrap();
        assert_eq!((finished.job.state, finished.job.fence), (JobState::Completed, 1));
        here += usize::from(matches!(finished.output, Ok(Output::Refresh(_))));
    }
    assert_eq!(here, 1);
}

pub async fn a_job_that_stands_still_loses_its_lease_and_says_where_it_stood(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let held_before = AtomicBool::new(false);
    let hold = Hold::when(move |_, step| {
        step == Step::PhaseStarted(Phase::Snapshots) && !held_before.swap(true, Ordering::SeqCst)
    });
    let mut ctx = Context { observer: hold.clone(), ..bed.ctx() };
    (ctx.limits.jobs.stall_ms_max, ctx.limits.jobs.pulse_ms) = (3_000, 10);
    let finished = jobs::run_now(&ctx, refresh_all()).await.unwrap();
    let told = finished.output.unwrap_err();
    assert!(matches!(told, AppError::JobStalled { .. }), "{told:?}");
    let (code, message) = finished.job.error.unwrap();
    assert_eq!((code.as_str(), finished.job.state), ("job_stalled", JobState::Failed));
    assert!(message.contains("in snapshots at 0 of 0, with 0 of 1 units ended"), "{message}");
    // The second time nobody holds it.
    let job = jobs::retry(&ctx, &finished.job.id).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let working = Context { observer: hold, ..bed.ctx() };
    let workers = tokio::spawn(async move {
        let settings = jobs::WorkerSettings::of(&working.limits.jobs);
        jobs::run_workers(&working, settings, async { drop(stopped.await) }).await.unwrap();
    });
    let is_over = async || jobs::load(&ctx, &job.id).await.unwrap().state == JobState::Completed;
    assert!(testkit::wait_until(DEADLINE, is_over).await);
    stop.send(()).unwrap();
    workers.await.unwrap();
}

pub async fn a_job_whose_workers_always_go_away_fails(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let mut ctx = patient(&bed);
    ctx.limits.jobs.takeovers_max = 2;
    let job = jobs::create(&ctx, refresh_all()).await.unwrap().job;
    for worker in ["first", "second", "third"] {
        let now = ctx.clock.now();
        let lease_until = Timestamp::from_epoch_micros(now.epoch_micros() + 1);
        let claim = Claim { worker, version: "1", now, lease_until, horizon: lease_until };
        assert!(claim_one(ctx.store.as_ref().unwrap(), &claim, &job.id).await.unwrap());
        bed.clock.advance_ms(1);
    }
    let finished = jobs::run_in_foreground(&ctx, &job.id).await.unwrap();
    let (code, message) = finished.job.error.unwrap();
    assert_eq!((finished.job.state, code.as_str()), (JobState::Failed, "limit_exceeded"), "{message}");
    // Opened again it gets as many attempts as before.
    jobs::retry(&ctx, &job.id).await.unwrap();
    let finished = jobs::run_in_foreground(&ctx, &job.id).await.unwrap();
    assert_eq!(finished.job.state, JobState::Completed);
}

pub async fn the_present_may_jump_while_a_job_runs(bed: Bed) {
    usual_prices(&bed);
    let expected = Published::in_one_go(&bed, &usual_events(), None).await;
    for (name, jump_ms) in [("Ahead", 7_200_000), ("Back", -7_200_000)] {
        let new = jobs::NewJob::new(jobs::JobInput::Refresh(jobs::RefreshInput {
            portfolio: Some(name.to_owned()),
            ..jobs::RefreshInput::default()
        }));
        books::create(&bed.ctx(), name, &usual_events()).await;
        let hold = Hold::when(|_, step| matches!(step, Step::Computed { .. }));
        let mut ctx = Context { observer: hold.clone(), ..bed.ctx() };
        ctx.limits.jobs.pulse_ms = 5;
        ctx.limits.jobs.lease_ms = 300;
        let (running, asked) = (ctx.clone(), new.clone());
        let run = tokio::spawn(async move { jobs::run_now(&running, asked).await.unwrap() });
        hold.reached.notified().await;
        bed.clock.advance_ms(jump_ms);
        // The lease is renewed by how much time went by, whatever the clock says.
        let id = jobs::list(&ctx, &JobFilter::default(), None, None).await.unwrap().jobs.remove(0).id;
        let is_renewed = async || {
            let stored = store::jobs::by_id(ctx.store.as_ref().unwrap(), &id).await.unwrap().unwrap();
            let left_ms =
                (stored.lease_until.unwrap().epoch_micros() - ctx.clock.now().epoch_micros()) / 1_000;
            (0..=300).contains(&left_ms)
        };
        assert!(testkit::wait_until(DEADLINE, is_renewed).await);
        hold.go.notify_one();
        assert_eq!(run.await.unwrap().job.state, JobState::Completed);
        Published::of(&ctx, name).await.check(&expected, name);
    }
}
