//! What reads may have fetched: enough for people, and no more than is bounded.

use app::{Context, Wanted};
use futures_util::future::join_all;

use crate::bed::Bed;
use crate::books;

/// What becomes of the prices of a symbol: whether a new job fetches them, or why none does.
async fn want(ctx: &Context, symbol: &str) -> Result<bool, &'static str> {
    let (from, to) = ("2024-03-04".parse().unwrap(), "2024-03-08".parse().unwrap());
    match app::want_prices(ctx, &symbol.parse().unwrap(), from, to).await.unwrap() {
        Wanted::Queued(created) => Ok(created.is_new),
        Wanted::Left(reason) => Err(reason),
    }
}

pub async fn symbols_that_nobody_has_met_are_asked_about_so_often_a_day(bed: Bed) {
    let mut ctx = bed.ctx();
    ctx.limits.jobs.reads_unknown_daily_max = 2;
    books::usual_prices(&bed);
    books::create(&ctx, "Book", &[books::event(books::usual_sessions()[0], "buy 1 AAA 50")]).await;
    assert_eq!((want(&ctx, "X1").await, want(&ctx, "X2").await), (Ok(true), Ok(true)));
    assert_eq!(want(&ctx, "X3").await, Err("unknown_symbols_used_up"));
    assert_eq!(want(&ctx, "X1").await, Ok(false), "the same question is the same job");
    assert_eq!(want(&ctx, "AAA").await, Ok(true), "what is held is not counted");
    let other = Context { owner: "other".to_owned(), ..ctx.clone() };
    assert_eq!(want(&other, "X3").await, Ok(true), "each owner has a count of their own");
    bed.clock.advance_ms(24 * 3_600_000);
    assert_eq!(want(&ctx, "X3").await, Ok(true), "and a new one every day");
}

pub async fn reads_at_the_same_time_have_no_more_jobs_than_they_may(bed: Bed) {
    let mut ctx = bed.ctx();
    ctx.limits.jobs.reads_open_max = 3;
    let names: Vec<String> = (0..12).map(|number| format!("X{number}")).collect();
    let wanted = join_all(names.iter().map(|name| want(&ctx, name))).await;
    assert_eq!(wanted.iter().filter(|wanted| **wanted == Ok(true)).count(), 3, "{wanted:?}");
    assert_eq!(wanted.iter().filter(|wanted| **wanted == Err("reads_queue_full")).count(), 9, "{wanted:?}");
    ctx.limits.jobs.reads_open_max = 4;
    assert_eq!(want(&ctx, "Y").await, Ok(true));
}
