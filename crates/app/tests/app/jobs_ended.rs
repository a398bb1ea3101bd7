//! How jobs end: by themselves, by a wish, by a fault, and with their process.

use std::collections::BTreeSet;
use std::future::Future;

use app::jobs::{self, JobFilter, JobState, NewJob, Output, UnitCounts, UnitState, WorkerSettings};
use app::{AppError, Context, Phase, Step};
use market::{ProviderError, Source};
use tokio::sync::oneshot::{self, Sender};
use tokio::task::JoinHandle;

use crate::bed::Bed;
use crate::books::{self, usual_events, usual_prices};
use crate::distant::{DEADLINE, Distant, ctx_with};
use crate::jobs::{fetch_of, of_owner, refresh_all};
use crate::observers::{AtStep, Hold};
use crate::published::Published;

/// Workers of a process, until they are told to end.
struct Workers {
    stop: Sender<()>,
    ended: JoinHandle<()>,
}

impl Workers {
    fn start(ctx: &Context) -> Workers {
        let (stop, stopped) = oneshot::channel::<()>();
        let ctx = ctx.clone();
        let ended = tokio::spawn(async move {
            let settings = WorkerSettings::of(&ctx.limits.jobs);
            jobs::run_workers(&ctx, settings, async { drop(stopped.await) }).await.unwrap();
        });
        Workers { stop, ended }
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}

fn brisk(mut ctx: Context) -> Context {
    let jobs = &mut ctx.limits.jobs;
    (jobs.pulse_ms, jobs.poll_ms, jobs.retry_pause_ms) = (5, 5, 1_000);
    ctx
}

async fn is_so<F: Future<Output = bool>>(condition: impl FnMut() -> F) {
    assert!(testkit::wait_until(DEADLINE, condition).await);
}

async fn job(ctx: &Context, id: &str) -> jobs::Job {
    jobs::load(ctx, id).await.unwrap()
}

pub async fn what_failed_is_tried_again_and_nothing_else(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let finished = jobs::run_now(&ctx, fetch_of(&["AAA", "NOPE"])).await.unwrap();
    let units = UnitCounts { total: 2, done: 1, failed: 1, skipped: 0 };
    assert_eq!((finished.job.state, finished.job.progress.units), (JobState::Partial, units));
    let told = jobs::units(&ctx, &finished.job.id, -1, None).await.unwrap();
    assert_eq!(told[1].error.as_ref().unwrap().0, "not_found");
    yahoo.lists("NOPE", "2024-12-02", "2024-12-30", "7");
    // What a provider said is remembered for some days.
    bed.clock.advance_ms(30 * 86_400_000);
    let reopened = jobs::retry(&ctx, &finished.job.id).await.unwrap();
    assert_eq!((reopened.state, reopened.progress.units.failed), (JobState::Pending, 0));
    let refused = jobs::retry(&ctx, &finished.job.id).await.unwrap_err();
    assert!(matches!(refused, AppError::JobNotOver { .. }), "{refused:?}");
    let finished = jobs::run_in_foreground(&ctx, &reopened.id).await.unwrap();
    let Output::Prices(outcomes) = finished.output.unwrap() else { panic!("prices") };
    assert_eq!(outcomes.len(), 1, "only what failed is asked for again");
    assert_eq!((finished.job.state, finished.job.progress.units.done), (JobState::Completed, 2));
    let told = jobs::units(&ctx, &reopened.id, -1, None).await.unwrap();
    assert_eq!(told.iter().map(|unit| unit.attempt).collect::<Vec<_>>(), [0, 1]);
    let refused = jobs::retry(&ctx, &reopened.id).await.unwrap_err();
    assert!(matches!(refused, AppError::JobOver { .. }), "{refused:?}");
}

pub async fn faults_that_may_pass_are_tried_three_times_with_growing_pauses(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    yahoo.fails(Some(ProviderError::Unavailable { reason: "it rests".to_owned() }));
    let mut ctx = brisk(ctx_with(&bed, &[&yahoo]));
    // What it said is in vain for longer than the pauses grow to, unless nobody waits for that.
    ctx.limits.jobs.retry_wait_ms_max = 1;
    let id = jobs::create(&ctx, fetch_of(&["AAA"])).await.unwrap().job.id;
    let workers = Workers::start(&ctx);
    let mut pauses = Vec::new();
    for attempt in 1..=3 {
        is_so(async || {
            let job = job(&ctx, &id).await;
            job.attempt == attempt && job.lease_owner.is_none()
        })
        .await;
        let job = job(&ctx, &id).await;
        assert_eq!((job.error.unwrap().0.as_str(), job.state.is_final()), ("unavailable", false));
        let pause = job.run_after.unwrap().epoch_micros() - ctx.clock.now().epoch_micros();
        pauses.push((pause + 500_000) / 1_000_000);
        bed.clock.advance_ms(pause / 1_000 + 1);
    }
    assert_eq!(pauses, [1, 4, 16]);
    is_so(async || job(&ctx, &id).await.state == JobState::Failed).await;
    workers.end().await;
}

pub async fn a_fault_for_good_is_not_tried_again(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    let ctx = brisk(ctx_with(&bed, &[&yahoo]));
    let id = jobs::create(&ctx, fetch_of(&["NOPE"])).await.unwrap().job.id;
    let workers = Workers::start(&ctx);
    is_so(async || job(&ctx, &id).await.state == JobState::Failed).await;
    assert_eq!((job(&ctx, &id).await.attempt, yahoo.call_count()), (0, 1));
    workers.end().await;
}

pub async fn a_panic_is_the_end_of_its_job_and_of_nothing_else(bed: Bed) {
    usual_prices(&bed);
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let observer = AtStep::new(4, || panic!("a planned panic"));
    let ctx = brisk(Context { observer, ..bed.ctx() });
    let id = jobs::create(&ctx, refresh_all()).await.unwrap().job.id;
    let workers = Workers::start(&ctx);
    is_so(async || job(&ctx, &id).await.state == JobState::Failed).await;
    let (code, message) = job(&ctx, &id).await.error.unwrap();
    assert_eq!(code, "job_panicked");
    assert!(message.contains("a planned panic"), "{message}");
    // The workers go on, and the observer panics only once.
    let id = jobs::create(&ctx, refresh_all()).await.unwrap().job.id;
    is_so(async || job(&ctx, &id).await.state == JobState::Completed).await;
    workers.end().await;
}

pub async fn a_job_is_cancelled_between_two_units(bed: Bed) {
    usual_prices(&bed);
    for name in ["First", "Second"] {
        books::create(&bed.ctx(), name, &usual_events()).await;
    }
    let hold = Hold::when(|_, step| step == Step::PhaseEnded(Phase::MarketData));
    let ctx = brisk(Context { observer: hold.clone(), ..bed.ctx() });
    let running = ctx.clone();
    let run = tokio::spawn(async move { jobs::run_now(&running, refresh_all()).await.unwrap() });
    hold.reached.notified().await;
    let id = jobs::list(&ctx, &JobFilter::default(), None, None).await.unwrap().jobs.remove(0).id;
    let wished = jobs::cancel(&ctx, &id).await.unwrap();
    assert!(wished.is_cancel_requested && !wished.state.is_final());
    is_so(async || {
        let details = jobs::details(&ctx, &id, None, None).await.unwrap();
        details.log.iter().any(|line| line.event == "cancel_heard")
    })
    .await;
    hold.go.notify_one();
    let finished = run.await.unwrap();
    assert!(matches!(finished.output, Err(AppError::JobStopped { .. })));
    assert_eq!((finished.job.state, finished.job.error), (JobState::Cancelled, None));
    assert!(app::snapshots(&ctx, "First", None, None).await.unwrap().is_empty());
    assert!(matches!(jobs::cancel(&ctx, &id).await, Err(AppError::JobOver { .. })));
    // What was cancelled can be taken up again.
    jobs::retry(&ctx, &id).await.unwrap();
    let quiet = brisk(bed.ctx());
    let finished = jobs::run_in_foreground(&quiet, &id).await.unwrap();
    assert_eq!((finished.job.state, finished.job.progress.units.done), (JobState::Completed, 2));
}

pub async fn a_job_that_waits_is_cancelled_at_once_and_stays_so(bed: Bed) {
    usual_prices(&bed);
    let ctx = brisk(bed.ctx());
    let id = jobs::create(&ctx, refresh_all()).await.unwrap().job.id;
    assert_eq!(jobs::cancel(&ctx, &id).await.unwrap().state, JobState::Cancelled);
    let workers = Workers::start(&ctx);
    let next = jobs::create(&ctx, refresh_all()).await.unwrap().job.id;
    is_so(async || job(&ctx, &next).await.state == JobState::Completed).await;
    assert_eq!(job(&ctx, &id).await.state, JobState::Cancelled);
    workers.end().await;
}

pub async fn workers_told_to_end_hand_their_jobs_back(bed: Bed) {
    usual_prices(&bed);
    let expected = Published::in_one_go(&bed, &usual_events(), None).await;
    books::create(&bed.ctx(), "Book", &usual_events()).await;
    let hold = Hold::when(|_, step| step == Step::PhaseEnded(Phase::MarketData));
    let ctx = brisk(Context { observer: hold.clone(), ..bed.ctx() });
    let id = jobs::create(&ctx, refresh_all()).await.unwrap().job.id;
    let workers = Workers::start(&ctx);
    hold.reached.notified().await;
    let ending = tokio::spawn(workers.end());
    // It ends between two units, for which it has to be let go.
    is_so(async || {
        hold.go.notify_one();
        job(&ctx, &id).await.lease_owner.is_none()
    })
    .await;
    ending.await.unwrap();
    let given_back = job(&ctx, &id).await;
    assert_eq!((given_back.attempt, given_back.error, given_back.fence), (0, None, 1));
    let workers = Workers::start(&brisk(bed.ctx()));
    is_so(async || job(&ctx, &id).await.state == JobState::Completed).await;
    workers.end().await;
    Published::of(&ctx, "Book").await.check(&expected, "after both");
}

pub async fn jobs_of_all_owners_are_worked_on_by_many_workers_once_each(bed: Bed) {
    usual_prices(&bed);
    let ctx = brisk(bed.ctx());
    let mut made = Vec::new();
    for owner in ["anna", "ben", "cleo"] {
        let ctx = of_owner(&ctx, owner);
        for number in 0..3 {
            let name = format!("Book {number}");
            books::create(&ctx, &name, &usual_events()).await;
            let input = jobs::RefreshInput { portfolio: Some(name), ..jobs::RefreshInput::default() };
            let new = NewJob::new(jobs::JobInput::Refresh(input));
            made.push((owner, jobs::create(&ctx, new).await.unwrap().job.id));
        }
    }
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(Workers::start(&brisk(bed.ctx_of_another_process().await)));
    }
    let mut holders = BTreeSet::new();
    for (owner, id) in &made {
        let ctx = of_owner(&ctx, owner);
        is_so(async || job(&ctx, id).await.state == JobState::Completed).await;
        let job = job(&ctx, id).await;
        assert_eq!((job.fence, job.progress.units.done), (1, 1), "{owner}");
        let log = jobs::details(&ctx, id, None, None).await.unwrap().log;
        holders.insert(log[0].message.clone());
        let units = jobs::units(&ctx, id, -1, None).await.unwrap();
        assert_eq!(units[0].state, Some(UnitState::Done));
    }
    assert_eq!(holders.len(), made.len(), "each claim is told apart");
    for workers in workers {
        workers.end().await;
    }
}
