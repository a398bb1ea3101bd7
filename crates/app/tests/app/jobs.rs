//! Jobs as they are made, looked at and worked on.

use app::jobs::{
    self, FetchInput, JobFilter, JobInput, JobKind, JobState, NewJob, Output, ProfilesInput, RefreshInput,
    UnitCounts,
};
use app::{AppError, Context, RefreshRequest};
use futures_util::StreamExt;
use market::Source;
use store::Transaction;

use crate::bed::Bed;
use crate::books::{self, usual_events, usual_prices};
use crate::distant::{Distant, ctx_with};
use crate::folder::sessions_from;

/// A refresh of all portfolios.
pub fn refresh_all() -> NewJob {
    NewJob::new(JobInput::Refresh(RefreshInput::default()))
}

/// A fetch of symbols over the last month.
pub fn fetch_of(symbols: &[&str]) -> NewJob {
    NewJob::new(JobInput::FetchPrices(FetchInput {
        symbols: symbols.iter().map(|symbol| (*symbol).to_owned()).collect(),
        from: "2024-12-02".to_owned(),
        to: "2024-12-30".to_owned(),
        force: false,
        offline: false,
    }))
}

fn keyed(new: NewJob, key: &str) -> NewJob {
    NewJob { idempotency_key: Some(key.to_owned()), ..new }
}

/// The same for somebody else.
pub fn of_owner(ctx: &Context, owner: &str) -> Context {
    Context { owner: owner.to_owned(), ..ctx.clone() }
}

async fn count(ctx: &Context) -> usize {
    jobs::list(ctx, &JobFilter::default(), None, None).await.unwrap().jobs.len()
}

pub async fn a_job_goes_from_pending_to_completed_and_tells_how(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    for name in ["First", "Second"] {
        books::create(&ctx, name, &usual_events()).await;
    }
    let created = jobs::create(&ctx, refresh_all()).await.unwrap();
    assert!(created.is_new);
    let job = created.job;
    assert_eq!((job.kind, job.state, job.fence), (JobKind::Refresh, JobState::Pending, 0));
    let finished = jobs::run_in_foreground(&ctx, &job.id).await.unwrap();
    let Output::Refresh(report) = finished.output.unwrap() else { panic!("a refresh") };
    assert_eq!(report.portfolios.len(), 2);
    let job = finished.job;
    assert_eq!((job.state, job.fence, job.attempt), (JobState::Completed, 1, 0));
    assert_eq!(job.progress.units, UnitCounts { total: 2, done: 2, failed: 0, skipped: 0 });
    assert_eq!(job.result.as_ref(), Some(&report.to_json()));
    assert_eq!(job.lease_owner, None);
    assert!(job.started_at >= Some(job.created_at) && job.finished_at > job.started_at);
    let details = jobs::details(&ctx, &job.id, None, None).await.unwrap();
    let events: Vec<&str> = details.log.iter().map(|line| line.event.as_str()).collect();
    assert_eq!((events[0], events[1], events.last()), ("claimed", "phase_started", Some(&"ended")));
    let units = jobs::units(&ctx, &job.id, -1, None).await.unwrap();
    assert_eq!(units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>(), ["First", "Second"]);
    // What is over is not run again.
    let again = jobs::run_in_foreground(&ctx, &job.id).await.unwrap();
    assert!(matches!(again.output, Ok(Output::Elsewhere)));
    assert_eq!(again.job.revision, job.revision);
}

pub async fn a_key_gives_the_same_job_and_refuses_another_input(bed: Bed) {
    let ctx = bed.ctx();
    let new = || keyed(fetch_of(&["AAA"]), "k");
    let racing = (0..8).map(|_| {
        let ctx = ctx.clone();
        tokio::spawn(async move { jobs::create(&ctx, new()).await.unwrap() })
    });
    let mut made = Vec::new();
    for created in racing.collect::<Vec<_>>() {
        made.push(created.await.unwrap());
    }
    assert_eq!(made.iter().filter(|created| created.is_new).count(), 1);
    assert!(made.iter().all(|created| created.job.id == made[0].job.id));
    // The same in other words is the same.
    let same = jobs::create(&ctx, keyed(fetch_of(&["aaa", "AAA"]), "k")).await.unwrap();
    assert!(!same.is_new);
    let refused = jobs::create(&ctx, keyed(fetch_of(&["BBB"]), "k")).await.unwrap_err();
    assert!(matches!(&refused, AppError::IdempotencyConflict { key } if key == "k"), "{refused:?}");
    assert!(jobs::create(&of_owner(&ctx, "other"), new()).await.unwrap().is_new, "keys are their owner's");
    let finished = jobs::run_in_foreground(&ctx, &same.job.id).await.unwrap();
    assert!(!jobs::create(&ctx, new()).await.unwrap().is_new, "also when it is {}", finished.job.state);
    let refused = jobs::create(&ctx, keyed(fetch_of(&["AAA"]), "")).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_input");
}

pub async fn somebody_elses_job_is_no_job(bed: Bed) {
    let ctx = bed.ctx();
    let other = of_owner(&ctx, "other");
    let job = jobs::create(&ctx, fetch_of(&["AAA"])).await.unwrap().job;
    let refusals = [
        jobs::load(&other, &job.id).await.unwrap_err(),
        jobs::load(&other, "none").await.unwrap_err(),
        jobs::cancel(&other, &job.id).await.unwrap_err(),
        jobs::retry(&other, &job.id).await.unwrap_err(),
        jobs::details(&other, &job.id, None, None).await.map(|_| ()).unwrap_err(),
        jobs::units(&other, &job.id, -1, None).await.map(|_| ()).unwrap_err(),
        jobs::watch(&other, &job.id).await.map(|_| ()).unwrap_err(),
        jobs::run_in_foreground(&other, &job.id).await.map(|_| ()).unwrap_err(),
    ];
    for refused in refusals {
        assert!(matches!(refused, AppError::NotFound { what: "job", .. }), "{refused:?}");
    }
    assert_eq!(count(&other).await, 0);
    assert_eq!(jobs::load(&ctx, &job.id).await.unwrap().state, JobState::Pending);
}

pub async fn jobs_are_listed_in_pages_newest_first(bed: Bed) {
    let ctx = bed.ctx();
    let mut made = Vec::new();
    for symbol in ["AAA", "BBB", "CCC", "DDD", "EEE"] {
        made.push(jobs::create(&ctx, fetch_of(&[symbol])).await.unwrap().job.id);
    }
    jobs::cancel(&ctx, &made[2]).await.unwrap();
    let (mut listed, mut cursor) = (Vec::new(), None);
    loop {
        let page = jobs::list(&ctx, &JobFilter::default(), cursor.as_deref(), Some(2)).await.unwrap();
        listed.extend(page.jobs.into_iter().map(|job| job.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    listed.reverse();
    assert_eq!(listed, made);
    let filter = JobFilter { states: vec![JobState::Cancelled], kinds: vec![JobKind::FetchPrices] };
    let page = jobs::list(&ctx, &filter, None, None).await.unwrap();
    assert_eq!(page.jobs.iter().map(|job| &job.id).collect::<Vec<_>>(), [&made[2]]);
    assert_eq!(jobs::count_open(&ctx, &[JobKind::FetchPrices]).await.unwrap(), 4);
}

pub async fn what_makes_no_sense_is_refused_and_no_job_is_made(bed: Bed) {
    let ctx = bed.ctx();
    let refresh_of =
        |name: &str| RefreshInput { portfolio: Some(name.to_owned()), ..RefreshInput::default() };
    let backwards = RefreshInput {
        from: Some("2024-12-30".to_owned()),
        to: Some("2024-12-02".to_owned()),
        ..RefreshInput::default()
    };
    let no_date = RefreshInput { from: Some("soon".to_owned()), ..RefreshInput::default() };
    for (input, code) in [
        (JobInput::Refresh(refresh_of("Nobody's")), "not_found"),
        (JobInput::Refresh(backwards), "invalid_input"),
        (JobInput::Refresh(no_date), "invalid_input"),
        (JobInput::PrefetchProfiles(ProfilesInput { symbols: Vec::new(), offline: false }), "invalid_input"),
        (fetch_of(&["no/symbol"]).input, "invalid_input"),
    ] {
        let refused = jobs::create(&ctx, NewJob::new(input)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused:?}");
    }
    for kind in [JobKind::Screen, JobKind::Simulation] {
        let refused = JobInput::parse(kind, &serde_json::json!({})).unwrap_err();
        assert_eq!(refused.code(), "kind_unavailable");
    }
    let refused = JobInput::parse(JobKind::Refresh, &serde_json::json!({ "portfolios": 1 })).unwrap_err();
    assert!(refused.to_string().contains("unknown field `portfolios`"), "{refused}");
    assert_eq!(count(&ctx).await, 0);
}

pub async fn a_full_queue_takes_nothing_on(bed: Bed) {
    let mut ctx = bed.ctx();
    ctx.limits.jobs.queue_depth_max = 1;
    let waiting = jobs::create(&ctx, fetch_of(&["AAA"])).await.unwrap().job;
    let refused = jobs::create(&ctx, fetch_of(&["BBB"])).await.unwrap_err();
    assert!(matches!(refused, AppError::QueueFull { limit: 1, .. }), "{refused:?}");
    jobs::cancel(&ctx, &waiting.id).await.unwrap();
    jobs::create(&ctx, fetch_of(&["BBB"])).await.unwrap();
}

pub async fn those_who_watch_see_each_change_and_the_end(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let mut ctx = ctx_with(&bed, &[&yahoo]);
    (ctx.limits.jobs.watch_ms, ctx.limits.jobs.pulse_ms) = (5, 5);
    let job = jobs::create(&ctx, fetch_of(&["AAA"])).await.unwrap().job;
    let begun = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let watching = (0..20).map(|_| {
        let (ctx, id, begun) = (ctx.clone(), job.id.clone(), begun.clone());
        tokio::spawn(async move {
            let stream = jobs::watch(&ctx, &id).await.unwrap();
            stream
                .inspect(|_| begun.add_permits(1))
                .map(|job| (job.revision, job.state))
                .collect::<Vec<_>>()
                .await
        })
    });
    let watching: Vec<_> = watching.collect();
    // Nobody works on the job yet, so that each of them has seen it once.
    let all_begun = tokio::time::timeout(crate::distant::DEADLINE, begun.acquire_many(20)).await;
    all_begun.expect("all see the job").unwrap().forget();
    assert_eq!(ctx.job_watches.len(), 1);
    let (running, id) = (ctx.clone(), job.id.clone());
    let run = tokio::spawn(async move { jobs::run_in_foreground(&running, &id).await.unwrap() });
    yahoo.is_asked(1).await;
    let state = async || jobs::load(&ctx, &job.id).await.unwrap().state == JobState::DownloadingData;
    assert!(testkit::wait_until(crate::distant::DEADLINE, state).await);
    yahoo.let_through(9);
    assert_eq!(run.await.unwrap().job.state, JobState::Completed);
    for seen in watching {
        let seen = seen.await.unwrap();
        assert_eq!(seen.first().unwrap().1, JobState::Pending);
        assert_eq!(seen.last().unwrap().1, JobState::Completed);
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "{seen:?}");
    }
    assert!(testkit::wait_until(crate::distant::DEADLINE, async || ctx.job_watches.is_empty()).await);
    // Whoever comes late sees the end at once.
    let late: Vec<_> = jobs::watch(&ctx, &job.id).await.unwrap().collect().await;
    assert_eq!(late.len(), 1);
}

pub async fn nothing_left_to_do_is_completed_and_said(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    let first = jobs::run_now(&ctx, refresh_all()).await.unwrap().job;
    let second = jobs::run_now(&ctx, refresh_all()).await.unwrap().job;
    assert_eq!((first.state, second.state), (JobState::Completed, JobState::Completed));
    let kinds = async |id: &str| -> Vec<String> {
        let details = jobs::details(&ctx, id, None, None).await.unwrap();
        details.warnings.into_iter().map(|of| of.kind).collect()
    };
    assert!(!kinds(&first.id).await.contains(&"already_done".to_owned()));
    assert!(kinds(&second.id).await.contains(&"already_done".to_owned()));
    let profiles =
        JobInput::PrefetchProfiles(ProfilesInput { symbols: vec!["aaa".to_owned()], offline: true });
    bed.folder.write("profiles.csv", "symbol,sector\nAAA,Energy\n");
    let finished = jobs::run_now(&ctx, NewJob::new(profiles)).await.unwrap();
    let Output::Profiles(profiles) = finished.output.unwrap() else { panic!("profiles") };
    assert_eq!((finished.job.state, profiles.learned_count), (JobState::Completed, 1));
}

pub async fn the_writes_of_a_job_go_into_another_transaction(bed: Bed) {
    let ctx = bed.ctx();
    let creation = jobs::creation(&ctx, &fetch_of(&["AAA"])).unwrap();
    let mut tx = Transaction::new();
    tx.append(creation.writes.clone());
    assert_eq!(count(&ctx).await, 0);
    ctx.record(tx).await.unwrap();
    assert_eq!(jobs::load(&ctx, &creation.id).await.unwrap().state, JobState::Pending);
    // When the other writes are refused there is no job either.
    let other = jobs::creation(&ctx, &fetch_of(&["BBB"])).unwrap();
    let mut tx = Transaction::new();
    tx.append(other.writes).append(creation.writes);
    ctx.record(tx).await.unwrap_err();
    assert_eq!(count(&ctx).await, 1);
}

pub async fn a_job_costs_few_statements_whatever_its_size(bed: Bed) {
    let engine = if bed.url.is_postgres() { "postgres" } else { "sqlite" };
    let mut measured = Vec::new();
    for portfolio_count in [1, 8] {
        let bed = bed.another().await;
        bed.folder.make_up("AAA", sessions_from("2024-03-04", 12));
        bed.clock.set_after(sessions_from("2024-03-04", 12)[11]);
        let ctx = bed.ctx();
        for number in 0..portfolio_count {
            let bought = books::event(sessions_from("2024-03-04", 12)[0], "buy 10 AAA 50");
            books::create(&ctx, &format!("Book {number}"), &[bought]).await;
        }
        let count = async |ctx: &Context, as_job: bool| {
            let (store, counter) = ctx.store.as_ref().unwrap().counted();
            // Whatever is counted by time is left out.
            let mut counted = Context { store: Some(store), ..ctx.clone() };
            counted.limits.jobs.pulse_ms = 60_000;
            let report = match as_job {
                true => match jobs::run_now(&counted, refresh_all()).await.unwrap().output.unwrap() {
                    Output::Refresh(report) => *report,
                    other => panic!("{other:?}"),
                },
                false => app::refresh(&counted, &RefreshRequest::default()).await.unwrap(),
            };
            // The phases of a refresh count their own.
            counter.count() + report.phases.iter().map(|phase| phase.statements).sum::<u64>()
        };
        // The first run computes everything; idle ones are compared.
        count(&ctx, false).await;
        let plain = count(&ctx, false).await;
        let job = count(&ctx, true).await;
        app::reset(&ctx, sessions_from("2024-03-04", 12)[0], None).await.unwrap();
        let built = count(&ctx, true).await;
        println!(
            "{engine}: {portfolio_count} portfolios: idle {plain}, as a job {job}, built as a job {built}"
        );
        measured.push([plain, job, built]);
    }
    assert_eq!(measured[0], measured[1], "{measured:?}");
    assert!(measured[0][1] - measured[0][0] <= 24, "{measured:?}");
}

pub async fn a_job_that_a_process_did_not_come_back_to_is_gone_on_with(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    let hold = crate::observers::Hold::at(3);
    let mut killed = Context { observer: hold.clone(), ..bed.ctx() };
    crate::jobs_held::only_the_test_moves_time(&mut killed);
    let left = tokio::spawn(async move { jobs::run_now(&killed, refresh_all()).await });
    hold.reached.notified().await;
    let before = jobs::list(&ctx, &JobFilter::default(), None, None).await.unwrap().jobs.remove(0);
    bed.clock.advance_ms(crate::jobs_held::LEASE_MS + 1);
    let finished = jobs::run_now(&ctx, refresh_all()).await.unwrap();
    assert_eq!(
        (finished.job.id, finished.job.state, finished.job.fence),
        (before.id, JobState::Completed, 2)
    );
    assert_eq!(count(&ctx).await, 1);
    left.abort();
}

pub async fn jobs_are_kept_for_a_month(bed: Bed) {
    let ctx = bed.ctx();
    let first = jobs::run_now(&ctx, refresh_all()).await.unwrap().job.id;
    let waiting = jobs::create(&ctx, fetch_of(&["AAA"])).await.unwrap().job.id;
    bed.clock.advance_ms(29 * 86_400_000);
    let second = jobs::run_now(&ctx, refresh_all()).await.unwrap().job.id;
    assert_eq!(jobs::load(&ctx, &first).await.unwrap().state, JobState::Completed);
    bed.clock.advance_ms(2 * 86_400_000);
    jobs::run_now(&ctx, refresh_all()).await.unwrap();
    assert!(matches!(jobs::load(&ctx, &first).await, Err(AppError::NotFound { .. })));
    for kept in [second, waiting] {
        jobs::load(&ctx, &kept).await.unwrap();
    }
}
