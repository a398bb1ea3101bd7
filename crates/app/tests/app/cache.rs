//! What the cache asks for, what it remembers, and for how long.

use app::{Context, FetchRequest, PricesRequest};
use futures_util::future::join_all;
use market::{Freshness, Listing, ProviderError, Source, Urgency};
use model::Timestamp;

use crate::bed::Bed;
use crate::books;
use crate::distant::{DEADLINE, Distant, ctx_with, fetch_one, question};

fn at(bed: &Bed, instant: &str) {
    bed.clock.set(instant.parse().unwrap());
}

async fn absences(ctx: &Context, symbol: &str) -> Vec<String> {
    let detail = app::coverage_of(ctx, &symbol.parse().unwrap()).await.unwrap();
    let told = detail.absences.iter();
    told.map(|gap| format!("{}..{} {}", gap.first, gap.last, gap.reason)).collect()
}

pub async fn a_second_call_asks_nobody_and_neither_does_a_restart(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let first = fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await.result.unwrap();
    assert_eq!((first.is_cached, first.written_count), (false, 251));
    for _ in 0..2 {
        let again = fetch_one(&ctx, "AAA", "2024-03-01", "2024-12-30").await;
        assert_eq!((again.provider_calls, again.result.unwrap().is_cached), (0, true));
        let unknown = fetch_one(&ctx, "NOPE", "2024-01-02", "2024-12-30").await.result.unwrap_err();
        assert_eq!(unknown.code, "not_found");
    }
    let restarted = Context { chain: ctx.chain.clone(), ..bed.ctx_of_another_process().await };
    let again = fetch_one(&restarted, "AAA", "2024-01-02", "2024-12-30").await;
    assert!(again.result.unwrap().is_cached);
    assert!(fetch_one(&restarted, "NOPE", "2024-01-02", "2024-12-30").await.result.is_err());
    assert_eq!(yahoo.call_count(), 2, "{:?}", yahoo.asked());
}

pub async fn only_what_is_missing_is_asked_for_with_one_session_of_overlap(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2023-01-03", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-03-01", "2024-06-28").await;
    fetch_one(&ctx, "AAA", "2024-06-03", "2024-07-05").await;
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-07-31").await;
    assert_eq!(
        yahoo.asked(),
        [
            "AAA 2024-03-01..2024-06-28",
            "AAA 2024-06-28..2024-07-05",
            "AAA 2024-01-02..2024-02-29",
            "AAA 2024-07-05..2024-07-31",
        ]
    );
    let twice: Vec<String> = yahoo.asked_twice("AAA").iter().map(ToString::to_string).collect();
    assert_eq!(twice, ["2024-06-28", "2024-07-05"], "the overlap and nothing else");
}

pub async fn two_hundred_readers_with_different_ranges_ask_for_no_session_twice(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2023-01-03", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let months = ["2024-02-01", "2024-04-01", "2024-06-03", "2024-08-01"];
    let reading = (0..200).map(|number| {
        let (ctx, first) = (ctx.clone(), months[number % 4]);
        tokio::spawn(async move { fetch_one(&ctx, "AAA", first, "2024-12-30").await })
    });
    let reading: Vec<_> = reading.collect();
    yahoo.is_asked(1).await;
    yahoo.let_through(100);
    for outcome in join_all(reading).await {
        assert!(outcome.unwrap().result.is_ok());
    }
    let asked_twice = yahoo.asked_twice("AAA").len();
    assert!(asked_twice <= 3, "only overlaps are read again: {:?}", yahoo.asked());
    assert!(yahoo.call_count() <= 4, "{:?}", yahoo.asked());
}

pub async fn two_processes_fetch_a_symbol_once(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let mut readers = Vec::new();
    for _ in 0..4 {
        let ctx = ctx_with(&bed, &[&yahoo]);
        let own = Context { flights: app::Flights::default(), ..bed.ctx_of_another_process().await };
        let ctx = Context { chain: ctx.chain, ..own };
        for _ in 0..50 {
            let ctx = ctx.clone();
            readers.push(tokio::spawn(async move {
                fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await.result.unwrap()
            }));
        }
    }
    yahoo.is_asked(1).await;
    yahoo.let_through(100);
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(yahoo.call_count(), 1, "{:?}", yahoo.asked());
}

pub async fn week_ends_and_holidays_are_never_asked_for(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-12-23", "2024-12-24").await;
    // Christmas.
    assert_eq!(fetch_one(&ctx, "AAA", "2024-12-25", "2024-12-25").await.provider_calls, 0);
    // A week-end.
    assert_eq!(fetch_one(&ctx, "AAA", "2024-12-28", "2024-12-29").await.provider_calls, 0);
    assert_eq!(yahoo.asked(), ["AAA 2024-12-23..2024-12-24"]);
}

pub async fn an_early_close_counts_when_it_has_settled(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    // The session of 2024-11-29 closed at 13:00 in New York, 18:00 in universal time.
    at(&bed, "2024-11-29T18:29:59Z");
    fetch_one(&ctx, "AAA", "2024-11-25", "2024-11-29").await;
    assert_eq!(yahoo.asked(), ["AAA 2024-11-25..2024-11-27"]);
    at(&bed, "2024-11-29T18:30:01Z");
    fetch_one(&ctx, "AAA", "2024-11-25", "2024-11-29").await;
    assert_eq!(yahoo.asked().last().unwrap(), "AAA 2024-11-27..2024-11-29");
}

pub async fn a_bar_fetched_at_noon_is_fetched_again_after_the_close(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    yahoo.lists("AAA", "2024-12-02", "2024-12-20", "50");
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    let request = PricesRequest {
        from: Some("2024-12-16".parse().unwrap()),
        to: Some("2024-12-20".parse().unwrap()),
        ..prices_request("AAA")
    };
    at(&bed, "2024-12-20T17:00:00Z");
    let noon = app::prices(&ctx, &request).await.unwrap();
    assert_eq!((noon.bars.len(), noon.bars.is_final.last()), (5, Some(&false)));
    yahoo.changes("AAA", "2024-12-20", Some("51"));
    at(&bed, "2024-12-20T17:04:59Z");
    let soon = app::prices(&ctx, &request).await.unwrap();
    assert_eq!((yahoo.call_count(), soon.bars.close[4].to_string().as_str()), (1, "50"));
    at(&bed, "2024-12-20T17:05:30Z");
    let later = app::prices(&ctx, &request).await.unwrap();
    assert_eq!((yahoo.call_count(), later.bars.close[4].to_string().as_str()), (2, "51"));
    yahoo.changes("AAA", "2024-12-20", Some("52"));
    at(&bed, "2024-12-20T21:31:00Z");
    let closed = app::prices(&ctx, &request).await.unwrap();
    assert_eq!(closed.bars.is_final.last(), Some(&true));
    assert_eq!((yahoo.call_count(), closed.bars.close[4].to_string().as_str()), (3, "52"));
    assert_eq!(app::prices(&ctx, &request).await.unwrap().reason, Freshness::Covered);
    assert_eq!(yahoo.call_count(), 3, "a final bar is not asked for again");
    let detail = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap();
    assert!(detail.restatements.is_empty(), "a bar that was not final is not restated");
    assert_eq!(polygon.call_count(), 0, "a bar that came is not asked of the next provider");
}

fn prices_request(symbol: &str) -> PricesRequest {
    PricesRequest {
        symbol: symbol.parse().unwrap(),
        from: None,
        to: None,
        adjustment: quant::Adjustment::None,
        is_forced: false,
    }
}

pub async fn a_hole_is_asked_for_once_a_week(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    yahoo.changes("AAA", "2024-03-13", None);
    let ctx = ctx_with(&bed, &[&yahoo]);
    let read = async || fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await.result.unwrap();
    read().await;
    assert!(read().await.is_cached);
    assert_eq!(absences(&ctx, "AAA").await[0], "2024-03-13..2024-03-13 provider_has_none");
    bed.clock.advance_ms(7 * 24 * 3_600_000 - 10_000);
    assert!(read().await.is_cached);
    yahoo.changes("AAA", "2024-03-13", Some("49"));
    bed.clock.advance_ms(20_000);
    assert_eq!(read().await.written_count, 1);
    assert_eq!(yahoo.asked()[1..], ["AAA 2024-03-12..2024-03-13"]);
}

pub async fn a_symbol_listed_yesterday_is_not_asked_for_its_past(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("NEW", "2024-12-27", "2024-12-30", "20");
    yahoo.listed("NEW", Listing { first: Some("2024-12-27".parse().unwrap()), last: None });
    let ctx = ctx_with(&bed, &[&yahoo]);
    let first = fetch_one(&ctx, "NEW", "2024-01-02", "2024-12-30").await.result.unwrap();
    assert_eq!((first.written_count, first.shortfall), (2, None));
    bed.clock.advance_ms(30 * 24 * 3_600_000);
    assert_eq!(fetch_one(&ctx, "NEW", "2015-01-02", "2024-12-30").await.provider_calls, 0);
}

pub async fn a_symbol_delisted_last_year_is_not_asked_for_its_future(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("OLD", "2023-01-03", "2023-10-20", "8");
    yahoo.listed("OLD", Listing { first: None, last: Some("2023-10-20".parse().unwrap()) });
    let ctx = ctx_with(&bed, &[&yahoo]);
    assert!(fetch_one(&ctx, "OLD", "2023-01-03", "2024-12-30").await.result.is_ok());
    bed.clock.advance_ms(30 * 24 * 3_600_000);
    assert_eq!(fetch_one(&ctx, "OLD", "2023-01-03", "2025-01-24").await.provider_calls, 0);
}

pub async fn a_bar_that_is_late_is_asked_for_again_soon(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-27", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let read = async || fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await;
    read().await;
    assert_eq!(read().await.provider_calls, 0);
    yahoo.lists("AAA", "2024-12-30", "2024-12-30", "50");
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    assert_eq!(read().await.result.unwrap().written_count, 1);
}

pub async fn a_history_that_does_not_fit_is_read_again_whole(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-01-31", "51");
    yahoo.lists("AAA", "2024-02-01", "2024-06-28", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await;
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "25");
    let summary = fetch_one(&ctx, "AAA", "2024-01-02", "2024-07-31").await.result.unwrap();
    assert_eq!(yahoo.asked()[1..], ["AAA 2024-06-28..2024-07-31", "AAA 2024-01-02..2024-07-31"]);
    assert_eq!(summary.restated_count, 124);
    let detail = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap();
    let entry = &detail.restatements[0];
    assert_eq!((entry.old, entry.new, entry.source), (Some(50_000_000), Some(25_000_000), 2));
    // Noise is no contradiction.
    yahoo.lists("AAA", "2024-07-31", "2024-07-31", "25.0002");
    let quiet = fetch_one(&ctx, "AAA", "2024-01-02", "2024-08-30").await.result.unwrap();
    assert_eq!((quiet.restated_count, yahoo.call_count()), (0, 4));
}

pub async fn a_whole_history_in_another_unit_is_refused_unless_forced(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-06-28", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await;
    // The prices are divided, and no split is told.
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "25");
    let refused = fetch_one(&ctx, "AAA", "2024-01-02", "2024-07-31").await.result.unwrap_err();
    assert_eq!(refused.code, "malformed");
    let offline = Context { is_offline: true, ..ctx.clone() };
    let request = PricesRequest {
        from: Some("2024-01-02".parse().unwrap()),
        to: Some("2024-06-28".parse().unwrap()),
        ..prices_request("AAA")
    };
    let kept = app::prices(&offline, &request).await.unwrap().bars;
    assert!(kept.close.iter().all(|close| close.to_string() == "50"), "what is held is kept");
    let line = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap().line;
    assert!(line.failure.is_some(), "and the failure is seen");
    let forced = FetchRequest { is_forced: true, ..question("AAA", "2024-01-02", "2024-07-31") };
    let outcome = app::fetch(&ctx, vec![forced]).await.unwrap().remove(0).result.unwrap();
    assert_eq!(outcome.restated_count, 124);
}

pub async fn each_failure_is_remembered_for_as_long_as_it_may_last(bed: Bed) {
    let limited = |bed: &Bed, minutes: i64| {
        let now = app::Clock::now(bed.clock.as_ref()).epoch_micros();
        ProviderError::RateLimited { retry_at: Timestamp::from_epoch_micros(now + minutes * 60_000_000) }
    };
    for (error, minutes, code) in [
        (ProviderError::NotFound, 24 * 60, "not_found"),
        (limited(&bed, 42), 42, "rate_limited"),
        (ProviderError::Unavailable { reason: "reset".into() }, 15, "unavailable"),
        (ProviderError::Unauthorized, 15, "unauthorized"),
        (ProviderError::Malformed { what: "no JSON".into() }, 15, "malformed"),
    ] {
        let bed = bed.another().await;
        let yahoo = Distant::open(Source::Yahoo);
        yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
        yahoo.fails(Some(error));
        let ctx = ctx_with(&bed, &[&yahoo]);
        let read = async || fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await;
        assert_eq!(read().await.result.unwrap_err().code, code);
        bed.clock.advance_ms(minutes * 60_000 - 5_000);
        let remembered = read().await;
        assert_eq!((remembered.provider_calls, remembered.result.unwrap_err().code), (0, code));
        yahoo.fails(None);
        bed.clock.advance_ms(10_000);
        assert!(read().await.result.is_ok(), "{code} is over");
        assert_eq!(yahoo.call_count(), 2);
        let line = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap().line;
        assert_eq!(line.failure, None, "an answer ends the failure");
    }
}

pub async fn the_next_provider_fills_what_the_first_has_not(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    polygon.lists("BBB", "2024-01-02", "2024-12-30", "60");
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    let answer = fetch_one(&ctx, "BBB", "2024-12-02", "2024-12-30").await;
    assert_eq!(answer.provider_calls, 2);
    assert_eq!(answer.result.unwrap().source, Some(Source::Polygon));
    assert_eq!(fetch_one(&ctx, "BBB", "2024-12-02", "2024-12-30").await.provider_calls, 0);
    let unknown = fetch_one(&ctx, "NOPE", "2024-12-02", "2024-12-30").await.result.unwrap_err();
    assert!(unknown.is_not_found(), "two providers say so");
    yahoo.fails(Some(ProviderError::Unavailable { reason: "reset".into() }));
    let doubtful = fetch_one(&ctx, "NOPE2", "2024-12-02", "2024-12-30").await.result.unwrap_err();
    assert_eq!(doubtful.code, "unavailable", "one of two is not enough");
}

pub async fn a_folder_goes_before_the_network_and_its_emptiness_is_not_remembered(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let sessions: Vec<_> = crate::books::usual_sessions().to_vec();
    let network = ctx_with(&bed, &[&yahoo]);
    let mut providers = bed.ctx().chain.providers().to_vec();
    providers.extend(network.chain.providers().iter().cloned());
    let ctx = Context { chain: market::Chain::new(providers), ..bed.ctx() };
    fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await.result.unwrap();
    assert_eq!(yahoo.call_count(), 1);
    bed.folder.write("prices/AAA.csv", &format!("date,close\n{},41\n", sessions[0]));
    fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await.result.unwrap();
    assert_eq!(yahoo.call_count(), 1, "the folder is looked at, the network is not asked again");
    let request = PricesRequest { from: Some(sessions[0]), to: Some(sessions[0]), ..prices_request("AAA") };
    assert_eq!(app::prices(&ctx, &request).await.unwrap().bars.close[0].to_string(), "41");
}

pub async fn without_the_network_the_cache_answers_and_says_what_it_lacks(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-06-03", "2024-06-28").await;
    let offline = Context { is_offline: true, ..ctx.clone() };
    assert!(fetch_one(&offline, "AAA", "2024-01-02", "2024-12-30").await.result.unwrap().is_cached);
    assert_eq!(
        fetch_one(&offline, "BBB", "2024-01-02", "2024-12-30").await.result.unwrap_err().code,
        "offline"
    );
    assert_eq!(yahoo.call_count(), 1);
    let later = fetch_one(&ctx, "BBB", "2024-01-02", "2024-12-30").await;
    assert_eq!(later.provider_calls, 1, "what was not asked is not remembered as a failure");
}

pub async fn what_was_paid_for_is_kept_when_its_lease_is_lost(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let reading = {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await })
    };
    yahoo.is_asked(1).await;
    // Somebody took the lease over and has ended since.
    let names = ["fetch:AAA".to_owned()];
    let holder = store::leases::holders(&bed.store, &names).await.unwrap().remove(0).owner;
    store::leases::release(&bed.store, &names, &holder).await.unwrap();
    yahoo.let_through(1);
    assert_eq!(reading.await.unwrap().result.unwrap().written_count, 20);
    let left = store::leases::holders(&bed.store, &names).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

pub async fn a_caller_who_goes_away_midway_leaves_bars_and_no_lease(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let reading = {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await })
    };
    yahoo.is_asked(1).await;
    let other = {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch_one(&ctx, "AAA", "2024-12-09", "2024-12-30").await })
    };
    reading.abort();
    yahoo.let_through(9);
    assert!(other.await.unwrap().result.is_ok());
    assert!(testkit::wait_until(DEADLINE, async || ctx.flights.is_empty()).await);
    let names = ["fetch:AAA".to_owned()];
    // The other caller may have found everything held under a lease of its own, which it gives back last.
    let is_free = async || store::leases::holders(&bed.store, &names).await.unwrap().is_empty();
    assert!(testkit::wait_until(DEADLINE, is_free).await);
    assert_eq!(yahoo.call_count(), 1);
}

pub async fn a_forced_fetch_skips_the_check_and_never_the_flight(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await;
    let forced = || FetchRequest {
        is_forced: true,
        urgency: Urgency::Background,
        ..question("AAA", "2024-12-02", "2024-12-30")
    };
    let outcome = app::fetch(&ctx, vec![forced(), forced()]).await.unwrap();
    assert_eq!(yahoo.call_count(), 2, "{:?}", yahoo.asked());
    assert!(outcome.iter().all(|outcome| outcome.result.as_ref().unwrap().written_count == 0));
}

pub async fn a_refresh_asks_first_for_what_completes_most_and_for_references_too(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    for symbol in ["AAA", "BBB", "CCC", "DDD", "REF"] {
        yahoo.lists(symbol, "2020-01-02", "2024-12-30", "50");
    }
    let mut ctx = ctx_with(&bed, &[&yahoo]);
    ctx.references = ["REF", "NOREF", "AAA"].iter().map(|symbol| symbol.parse().unwrap()).collect();
    ctx.limits.fetch_concurrency_max = 1;
    let day = "2024-12-02".parse().unwrap();
    let buy = |symbol: &str| books::event(day, &format!("buy 1 {symbol} 50"));
    books::create(&ctx, "Big", &[buy("AAA"), buy("BBB"), buy("CCC")]).await;
    books::create(&ctx, "Small", &[buy("DDD")]).await;
    let report = books::refresh_with(&ctx, &app::RefreshRequest::default()).await;
    let asked: Vec<String> = yahoo.asked().iter().map(|asked| asked[..3].to_owned()).collect();
    assert_eq!(asked, ["DDD", "AAA", "BBB", "CCC", "NOR", "REF"]);
    assert!(books::warned(&report, "missing_reference"), "{report:?}");
    assert_eq!(report.phases[0].state, app::PhaseState::Ok, "nothing that is held is missing");
    let again = books::refresh_with(&ctx, &app::RefreshRequest::default()).await;
    assert_eq!((again.phases[0].provider_calls, yahoo.call_count()), (0, 6));
}

pub async fn one_empty_range_of_an_unknown_symbol_says_little_of_others(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-12-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let early = fetch_one(&ctx, "AAA", "2010-01-04", "2010-01-29").await.result.unwrap_err();
    assert_eq!(early.code, "no_data");
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    assert_eq!(fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await.result.unwrap().written_count, 20);
}

pub async fn a_provider_that_does_not_know_the_symbol_says_nothing_against_one_that_does(bed: Bed) {
    let (yahoo, polygon) = (Distant::open(Source::Yahoo), Distant::open(Source::Polygon));
    polygon.lists("AAA", "2024-12-02", "2024-12-27", "50");
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    let first = fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await.result.unwrap();
    assert_eq!((first.written_count, first.shortfall), (19, None));
    assert_eq!(absences(&ctx, "AAA").await, ["2024-12-30..2024-12-30 provider_has_none"]);
    polygon.lists("AAA", "2024-12-30", "2024-12-30", "50");
    bed.clock.advance_ms(15 * 60_000 + 1_000);
    assert_eq!(fetch_one(&ctx, "AAA", "2024-12-02", "2024-12-30").await.result.unwrap().written_count, 1);
}

pub async fn an_earlier_range_does_not_make_known_emptiness_forgotten(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2022-01-03", "2024-12-30", "50");
    for hole in ["2022-03-09", "2024-03-13"] {
        yahoo.changes("AAA", hole, None);
    }
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await;
    fetch_one(&ctx, "AAA", "2022-01-03", "2022-06-30").await;
    assert_eq!(fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await.provider_calls, 0);
}

pub async fn a_folder_in_the_chain_makes_no_failure_of_what_is_held(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    crate::books::usual_prices(&bed);
    bed.folder.remove("prices/AAA.csv");
    bed.clock.set("2024-12-30T23:00:00Z".parse().unwrap());
    let mut providers = bed.ctx().chain.providers().to_vec();
    providers.extend(ctx_with(&bed, &[&yahoo]).chain.providers().iter().cloned());
    let ctx = Context { chain: market::Chain::new(providers), ..bed.ctx() };
    fetch_one(&ctx, "AAA", "2024-06-03", "2024-12-30").await.result.unwrap();
    yahoo.fails(Some(ProviderError::Unavailable { reason: "reset".into() }));
    assert!(fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await.result.is_err());
    let calls = yahoo.call_count();
    let held = fetch_one(&ctx, "AAA", "2024-06-03", "2024-12-30").await.result.unwrap();
    assert_eq!((held.is_cached, held.shortfall), (true, None));
    let waiting = fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await.result.unwrap();
    assert_eq!(waiting.shortfall.map(|failure| failure.code), Some("unavailable"));
    assert_eq!(yahoo.call_count(), calls);
}

pub async fn whoever_waits_for_one_symbol_does_not_wait_for_all_of_a_refresh(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("LAST", "2024-12-02", "2024-12-30", "50");
    let mut ctx = ctx_with(&bed, &[&yahoo]);
    ctx.limits.fetch_concurrency_max = 2;
    let mut all: Vec<FetchRequest> =
        (0..50).map(|number| question(&format!("S{number:02}"), "2024-12-02", "2024-12-30")).collect();
    all.push(question("LAST", "2024-12-02", "2024-12-30"));
    all.iter_mut().for_each(|request| request.urgency = Urgency::Background);
    let background = {
        let ctx = ctx.clone();
        tokio::spawn(async move { app::fetch(&ctx, all).await })
    };
    yahoo.is_asked(2).await;
    let waiting = {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch_one(&ctx, "LAST", "2024-12-02", "2024-12-30").await })
    };
    yahoo.is_asked(3).await;
    assert!(yahoo.asked()[2].starts_with("LAST"), "{:?}", yahoo.asked());
    yahoo.let_through(100_000);
    assert!(waiting.await.unwrap().result.is_ok());
    assert_eq!(background.await.unwrap().unwrap().len(), 51);
}
