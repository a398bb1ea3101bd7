//! Fetches that end otherwise than with an answer.

use app::{AppError, FetchRequest, RefreshRequest};

use crate::bed::Bed;
use crate::books::{self, event, usual_sessions};
use crate::fetch::{begin, gated, landed};

pub async fn a_provider_that_panics_leaves_no_flight_behind(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    provider.panic("AAA");
    let (first, second) = (begin(&ctx, &["AAA", "BBB"]), begin(&ctx, &["BBB"]));
    provider.is_asked(2).await;
    provider.open();
    for lost in [first.await, second.await] {
        assert!(matches!(lost, Err(AppError::TaskLost { .. })), "{lost:?}");
    }
    landed(&ctx).await;
    let sessions = usual_sessions();
    let request = FetchRequest::new("BBB".parse().unwrap(), sessions[0], sessions[11]);
    assert!(app::fetch(&ctx, vec![request]).await.unwrap()[0].result.is_ok());
}

pub async fn a_failure_to_record_reaches_every_caller(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let (first, second) = (begin(&ctx, &["AAA"]), begin(&ctx, &["AAA"]));
    provider.is_asked(1).await;
    bed.store.close().await;
    provider.open();
    for refused in [first.await, second.await] {
        assert!(refused.is_err(), "{refused:?}");
    }
    landed(&ctx).await;
}

pub async fn a_run_that_goes_away_leaves_its_fetch_to_end(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 AAA 50")]).await;
    let run = {
        let ctx = ctx.clone();
        tokio::spawn(async move { app::refresh(&ctx, &RefreshRequest::default()).await })
    };
    provider.is_asked(1).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    provider.open();
    landed(&ctx).await;
    let detail = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap();
    assert_eq!(detail.line.session_count, 12, "what was paid for is kept");
}
