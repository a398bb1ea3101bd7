//! Jobs that are made by the clock of the exchange.

use app::jobs::{self, JobFilter, JobInput, RefreshInput};
use app::schedules::{self, NewSchedule};
use app::{AppError, Context};
use model::Timestamp;

use crate::bed::Bed;
use crate::jobs::of_owner;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn daily() -> NewSchedule {
    let input = JobInput::Refresh(RefreshInput::default());
    NewSchedule { cron: "30 17 * * MON-FRI".to_owned(), input }
}

async fn job_count(ctx: &Context) -> usize {
    jobs::list(ctx, &JobFilter::default(), None, None).await.unwrap().jobs.len()
}

pub async fn an_occurrence_makes_one_job_however_many_look(bed: Bed) {
    let ctx = bed.ctx();
    bed.clock.set(at("2024-12-30T12:00:00Z"));
    let anna = of_owner(&ctx, "anna");
    let schedule = schedules::add(&anna, &daily()).await.unwrap();
    assert_eq!(schedule.next_at, at("2024-12-30T22:30:00Z"));
    assert_eq!(schedules::fire(&ctx).await.unwrap(), 0);
    bed.clock.set(at("2024-12-30T22:30:00Z"));
    let mut looking = Vec::new();
    for _ in 0..8 {
        let ctx = bed.ctx_of_another_process().await;
        looking.push(tokio::spawn(async move { schedules::fire(&ctx).await.unwrap() }));
    }
    let mut fired = 0;
    for looked in looking {
        fired += looked.await.unwrap();
    }
    assert_eq!((fired, job_count(&anna).await, job_count(&ctx).await), (1, 1, 0));
    let listed = schedules::list(&anna).await.unwrap().remove(0);
    assert_eq!(listed.next_at, at("2024-12-31T22:30:00Z"));
    let job = jobs::load(&anna, &listed.last_job.unwrap()).await.unwrap();
    assert_eq!((job.owner.as_str(), job.kind), ("anna", jobs::JobKind::Refresh));
}

pub async fn missed_occurrences_are_made_up_once(bed: Bed) {
    let ctx = bed.ctx();
    bed.clock.set(at("2024-12-02T12:00:00Z"));
    schedules::add(&ctx, &daily()).await.unwrap();
    // Nobody was there for three weeks.
    bed.clock.set(at("2024-12-23T12:00:00Z"));
    for fired in [1, 0] {
        assert_eq!(schedules::fire(&ctx).await.unwrap(), fired);
    }
    assert_eq!(job_count(&ctx).await, 1);
    assert_eq!(schedules::list(&ctx).await.unwrap()[0].next_at, at("2024-12-23T22:30:00Z"));
    // A clock that goes back fires nothing again.
    bed.clock.set(at("2024-12-20T12:00:00Z"));
    assert_eq!(schedules::fire(&ctx).await.unwrap(), 0);
}

pub async fn a_clock_that_was_ahead_keeps_no_schedule_from_firing(bed: Bed) {
    let ctx = bed.ctx();
    bed.clock.set(at("2024-12-02T12:00:00Z"));
    schedules::add(&ctx, &daily()).await.unwrap();
    bed.clock.set(at("2027-12-02T12:00:00Z"));
    assert_eq!(schedules::fire(&ctx).await.unwrap(), 1);
    // The clock is right again. The first occurrence was made when it was ahead; those that follow are made in their time.
    bed.clock.set(at("2024-12-02T12:01:00Z"));
    assert_eq!(schedules::fire(&ctx).await.unwrap(), 0);
    assert_eq!(schedules::list(&ctx).await.unwrap()[0].next_at, at("2024-12-02T22:30:00Z"));
    for (now, fired) in
        [("2024-12-02T22:31:00Z", 0), ("2024-12-03T22:31:00Z", 1), ("2024-12-03T22:32:00Z", 0)]
    {
        bed.clock.set(at(now));
        assert_eq!(schedules::fire(&ctx).await.unwrap(), fired, "{now}");
    }
    assert_eq!(job_count(&ctx).await, 2);
}

pub async fn schedules_are_their_owners_and_are_refused_when_they_make_no_sense(bed: Bed) {
    let mut ctx = bed.ctx();
    let other = of_owner(&ctx, "other");
    let schedule = schedules::add(&ctx, &daily()).await.unwrap();
    assert!(schedules::list(&other).await.unwrap().is_empty());
    let refused = schedules::remove(&other, &schedule.id).await.unwrap_err();
    assert!(matches!(refused, AppError::NotFound { what: "schedule", .. }), "{refused:?}");
    let nobodys = RefreshInput { portfolio: Some("Nobody's".to_owned()), ..RefreshInput::default() };
    let nobodys = NewSchedule { input: JobInput::Refresh(nobodys), ..daily() };
    assert_eq!(schedules::add(&ctx, &nobodys).await.unwrap_err().code(), "not_found");
    let never = NewSchedule { cron: "noon".to_owned(), ..daily() };
    assert_eq!(schedules::add(&ctx, &never).await.unwrap_err().code(), "invalid_input");
    ctx.limits.jobs.schedules_max = 1;
    assert_eq!(schedules::add(&ctx, &daily()).await.unwrap_err().code(), "limit_exceeded");
    schedules::remove(&ctx, &schedule.id).await.unwrap();
    assert!(schedules::list(&ctx).await.unwrap().is_empty());
}
