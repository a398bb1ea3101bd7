//! A provider that told nothing of a symbol is left alone until its time, and the others are asked meanwhile.

use app::{Context, CoverageDetail, PricesRequest};
use market::{ProviderError, Source};
use model::Timestamp;

use crate::bed::Bed;
use crate::distant::{Distant, ctx_with, fetch_one};

const FIRST: &str = "2024-12-02";
const LAST: &str = "2024-12-30";

fn unavailable() -> Option<ProviderError> {
    Some(ProviderError::Unavailable { reason: "reset".into() })
}

fn limited(bed: &Bed, minutes: i64) -> Option<ProviderError> {
    let now = app::Clock::now(bed.clock.as_ref()).epoch_micros();
    let retry_at = Timestamp::from_epoch_micros(now + minutes * 60_000_000);
    Some(ProviderError::RateLimited { retry_at })
}

async fn coverage(ctx: &Context, symbol: &str) -> CoverageDetail {
    app::coverage_of(ctx, &symbol.parse().unwrap()).await.unwrap()
}

/// What is remembered, a line for each provider.
fn remembered(detail: &CoverageDetail) -> Vec<String> {
    let failures = detail.failures.iter();
    failures
        .map(|failure| {
            let minutes = failure.retry_at.map(|at| at.epoch_micros() - failure.failed_at.epoch_micros());
            // The clock goes on while a test runs.
            let minutes = minutes.map_or(0, |micros| (micros + 30_000_000) / 60_000_000);
            format!("{} {} {minutes}", Source::from_code(failure.source).unwrap(), failure.code)
        })
        .collect()
}

pub async fn a_short_pause_of_one_provider_does_not_ask_another_again(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    polygon.lists("AAA", FIRST, LAST, "50");
    polygon.fails(limited(&bed, 2));
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    let first = fetch_one(&ctx, "AAA", FIRST, LAST).await;
    assert_eq!((first.provider_calls, first.result.unwrap_err().code), (2, "rate_limited"));
    assert_eq!(remembered(&coverage(&ctx, "AAA").await), ["yahoo not_found 1440", "polygon rate_limited 2"]);
    polygon.fails(None);
    let waiting = fetch_one(&ctx, "AAA", FIRST, LAST).await;
    let failure = waiting.result.unwrap_err();
    assert_eq!((waiting.provider_calls, failure.code, failure.is_remembered), (0, "rate_limited", true));
    assert!(failure.message.contains("yahoo: no such symbol; polygon: rate limited"), "{failure}");
    bed.clock.advance_ms(2 * 60_000 + 1_000);
    assert_eq!(fetch_one(&ctx, "AAA", FIRST, LAST).await.result.unwrap().written_count, 20);
    assert_eq!(
        (yahoo.call_count(), polygon.call_count()),
        (1, 2),
        "one is asked again, and the other is not"
    );
}

pub async fn who_was_never_asked_is_asked_though_another_failed(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    yahoo.fails(unavailable());
    polygon.lists("AAA", FIRST, LAST, "50");
    assert!(fetch_one(&ctx_with(&bed, &[&yahoo]), "AAA", FIRST, LAST).await.result.is_err());
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    let cached = Context { is_cache_only: true, ..ctx.clone() };
    let request = PricesRequest {
        symbol: "AAA".parse().unwrap(),
        from: Some(FIRST.parse().unwrap()),
        to: Some(LAST.parse().unwrap()),
        adjustment: quant::Adjustment::None,
        is_forced: false,
    };
    assert!(app::prices(&cached, &request).await.unwrap().is_due, "somebody is left to be asked");
    let answered = fetch_one(&ctx, "AAA", FIRST, LAST).await;
    assert_eq!((answered.provider_calls, answered.result.unwrap().source), (1, Some(Source::Polygon)));
    assert_eq!((yahoo.call_count(), polygon.call_count()), (1, 1));
}

pub async fn two_providers_that_do_not_know_a_symbol_need_not_say_so_at_once(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    polygon.fails(unavailable());
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    assert_eq!(fetch_one(&ctx, "NOPE", FIRST, LAST).await.result.unwrap_err().code, "unavailable");
    polygon.fails(None);
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    let second = fetch_one(&ctx, "NOPE", FIRST, LAST).await;
    let failure = second.result.unwrap_err();
    assert!(failure.is_not_found() && !failure.is_remembered, "{failure}");
    assert_eq!((second.provider_calls, yahoo.call_count()), (1, 1), "what one said before counts still");
    let covered = coverage(&ctx, "NOPE").await;
    let told = covered.line.failure.as_ref().unwrap();
    assert_eq!((told.code, told.retry_at), ("not_found", failure.retry_at), "{told:?}");
    bed.clock.advance_ms(24 * 3_600_000 - 15 * 60_000);
    fetch_one(&ctx, "NOPE", FIRST, LAST).await;
    assert_eq!((yahoo.call_count(), polygon.call_count()), (2, 2), "each has its own time");
}

pub async fn that_a_provider_has_nothing_in_a_range_says_nothing_of_another_range(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    yahoo.lists("AAA", "2024-06-03", LAST, "50");
    polygon.fails(Some(ProviderError::Unauthorized));
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    fetch_one(&ctx, "AAA", FIRST, LAST).await.result.unwrap();
    let (from, to) = ("2010-01-04", "2010-01-29");
    let lacking = fetch_one(&ctx, "AAA", from, to).await;
    assert_eq!((lacking.provider_calls, lacking.result.unwrap_err().code), (2, "unauthorized"));
    assert_eq!(remembered(&coverage(&ctx, "AAA").await), ["yahoo no_data 10080", "polygon unauthorized 15"]);
    let other = fetch_one(&ctx, "AAA", "2024-06-03", "2024-06-28").await;
    assert_eq!((other.provider_calls, other.result.unwrap().written_count), (1, 19));
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    let calls = yahoo.call_count();
    let again = fetch_one(&ctx, "AAA", from, to).await;
    assert_eq!((again.provider_calls, yahoo.call_count()), (1, calls), "the key alone is tried again");
}

pub async fn what_another_provider_filled_is_no_failure_and_the_first_is_left_alone(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    yahoo.lists("AAA", "2024-01-02", LAST, "50");
    yahoo.fails(unavailable());
    polygon.lists("AAA", "2024-01-02", LAST, "50");
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    assert_eq!(fetch_one(&ctx, "AAA", FIRST, LAST).await.provider_calls, 2);
    let covered = coverage(&ctx, "AAA").await;
    assert_eq!((&covered.line.failure, covered.absences.len()), (&None, 0));
    assert_eq!(remembered(&covered), ["yahoo unavailable 15"]);
    yahoo.fails(None);
    let earlier = fetch_one(&ctx, "AAA", "2024-06-03", LAST).await;
    assert_eq!((earlier.provider_calls, earlier.result.unwrap().source), (1, Some(Source::Polygon)));
    assert_eq!(yahoo.call_count(), 1);
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    let earliest = fetch_one(&ctx, "AAA", "2024-01-02", LAST).await;
    assert_eq!(earliest.result.unwrap().source, Some(Source::Yahoo));
    assert!(coverage(&ctx, "AAA").await.failures.is_empty(), "an answer ends what was said before");
}
