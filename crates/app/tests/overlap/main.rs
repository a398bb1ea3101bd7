//! No use of the database and no call of a provider are under way at the same time, by the clock, while one symbol
//! is at work. A program of its own, since it listens to all spans of its process.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the test are of the test, though only those marked so are known as such"
)]

mod intervals;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::{
    BudgetWaits, Budgets, Context, FetchRanges, FetchRequest, FixedClock, Flights, Limits, NewEvent,
    NewPortfolio, PricesRequest, ProfileFlights, Quiet, RefreshRequest, RunState,
};
use ledger::Rules;
use market::{BudgetLimits, Chain, PROVIDER_CALL_SPAN, Source, Urgency, Yahoo, YahooSettings};
use model::{Calendar, Currency, Date, EventKind, LotMethod, OWNER_LOCAL, Symbol, Timestamp};
use quant::Adjustment;
use store::{DATABASE_SPAN, Store, StoreLimits, StoreUrl};
use tempfile::TempDir;
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};
use tracing_subscriber::layer::SubscriberExt;

use intervals::{Interval, Watch, overlapping};

/// The evening of a session, when its bar is final.
const NOW: &str = "2024-12-30T23:00:00Z";
const FIRST: &str = "2024-12-02";
const LAST: &str = "2024-12-30";
/// How long the provider holds each answer back.
const HELD_MS: u64 = 300;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

/// A provider that holds each answer back for a while.
fn slow_server() -> ProviderServer {
    let mut market = FakeMarket::new(NOW.parse().unwrap());
    for name in ["AAA", "BBB", "CCC", "DDD"] {
        market = market.with(name, FakeSymbol::around(5_000, day("2024-01-02"), day(LAST)));
    }
    let server = ProviderServer::start(YahooFormat::default(), market);
    server.misbehave(Fault::Hold { at_most_ms: HELD_MS });
    server
}

async fn process(folder: &TempDir, server: &ProviderServer) -> Context {
    let url = StoreUrl::file(&folder.path().join("books.db"));
    let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    let clock = Arc::new(FixedClock(now));
    let generous =
        BudgetLimits { calls_max: 1_000, per_ms: 1_000, burst: 1_000, concurrency_max: 8, daily_max: None };
    let budgets = Budgets::new(
        Some(store.clone()),
        clock.clone(),
        BTreeMap::from([(Source::Yahoo, generous)]),
        BudgetWaits::default(),
    );
    let settings =
        YahooSettings { base_url: server.url(), cookie_url: server.url(), ..YahooSettings::default() };
    let yahoo = Yahoo::new(settings, Arc::new(budgets.clone())).unwrap();
    Context {
        store: Some(store),
        chain: Chain::new(vec![Arc::new(yahoo)]),
        clock,
        calendar: Calendar::xnys(),
        // No lease is renewed while a call is under way, which would be a use of the database beside it.
        limits: Limits { lease_ms: 3_600_000, ..Limits::default() },
        rules: Rules::default(),
        risk: std::sync::Arc::default(),
        ranges: FetchRanges { days_before_entry: 15, sessions_before_end: 10 },
        references: Vec::new(),
        owner: OWNER_LOCAL.to_owned(),
        observer: Arc::new(Quiet),
        flights: Flights::default(),
        profile_flights: ProfileFlights::default(),
        guard: None,
        job_watches: app::jobs::JobWatches::default(),
        revisions: app::Revisions::default(),
        budgets,
        is_offline: false,
        is_cache_only: false,
    }
}

/// A portfolio that holds one symbol.
async fn create_portfolio(ctx: &Context, name: &str, held: &str) {
    let new = NewPortfolio {
        name: name.to_owned(),
        opening_equity: "100000".parse().unwrap(),
        start: None,
        lot_method: LotMethod::Fifo,
        currency: Currency::USD,
    };
    app::create_portfolio(ctx, &new, None, false).await.unwrap();
    let buy = NewEvent {
        kind: EventKind::Buy,
        date: day(FIRST),
        symbol: Some(symbol(held)),
        quantity: Some("10".parse().unwrap()),
        price: Some("50".parse().unwrap()),
        amount: None,
        fee: None,
        ratio: None,
        key: None,
        note: None,
    };
    app::add_event(ctx, name, &buy).await.unwrap();
}

async fn fetch(ctx: &Context, name: &str) {
    let request = FetchRequest::new(symbol(name), day(FIRST), day(LAST));
    let outcome = app::fetch(ctx, vec![request]).await.unwrap().remove(0);
    assert!(outcome.result.unwrap().written_count > 0);
}

async fn prices(ctx: &Context, name: &str) {
    let request = PricesRequest {
        symbol: symbol(name),
        from: Some(day(FIRST)),
        to: Some(day(LAST)),
        adjustment: Adjustment::None,
        is_forced: false,
    };
    assert!(!app::prices(ctx, &request).await.unwrap().bars.is_empty());
}

async fn refresh(ctx: &Context, portfolio: &str) {
    let request = RefreshRequest { portfolio: Some(portfolio.to_owned()), ..RefreshRequest::default() };
    let report = app::refresh(ctx, &request).await.unwrap();
    assert_eq!(report.state, RunState::Ok, "{report:?}");
    assert!(report.portfolios[0].written > 0, "{report:?}");
}

/// Holds what was seen of a use case against the rule. Both kinds of spans have to be there, and the calls as long
/// as the provider held them back, or nothing would be shown.
fn check_apart(what: &str, watch: &Watch) {
    let [database, calls] = watch.take();
    assert!(database.len() >= 2, "{what}: the database is used before the call and after it");
    assert!(!calls.is_empty(), "{what}: the provider is called");
    let held = Duration::from_millis(HELD_MS);
    assert!(calls.iter().all(|call| call.length() >= held), "{what}: {calls:?}");
    let begun = calls.iter().map(|call| call.from).min().unwrap();
    let ended = calls.iter().map(|call| call.to).max().unwrap();
    assert!(database.iter().any(|used| used.to <= begun), "{what}: something is loaded before");
    assert!(database.iter().any(|used| used.from >= ended), "{what}: something is recorded after");
    let found = overlapping(&database, &calls);
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// Intervals in milliseconds from some instant on, and whether they overlap.
fn check_overlapping(one: (u64, u64), other: (u64, u64), expected: bool) {
    let zero = Instant::now();
    let interval = |(from, to): (u64, u64)| Interval {
        from: zero + Duration::from_millis(from),
        to: zero + Duration::from_millis(to),
    };
    let (one, other) = (interval(one), interval(other));
    let far = interval((1_000, 2_000));
    assert_eq!(overlapping(&[far, one], &[other]).contains(&(one, other)), expected, "{one:?} {other:?}");
    assert_eq!(overlapping(&[other], &[one, far]).contains(&(other, one)), expected, "{other:?} {one:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_use_of_the_database_overlaps_a_call_of_a_provider_in_time() {
    check_overlapping((10, 20), (20, 30), false);
    check_overlapping((10, 20), (30, 40), false);
    check_overlapping((10, 20), (19, 30), true);
    check_overlapping((10, 40), (20, 30), true);
    check_overlapping((10, 20), (10, 20), true);

    let watch = Watch::new([DATABASE_SPAN, PROVIDER_CALL_SPAN]);
    let subscriber = tracing_subscriber::registry().with(watch.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (folder, server) = (tempfile::tempdir().unwrap(), slow_server());
    let ctx = process(&folder, &server).await;
    create_portfolio(&ctx, "Anna", "CCC").await;
    let [_, calls] = watch.take();
    assert!(calls.is_empty(), "nothing is fetched when an event is entered");

    fetch(&ctx, "AAA").await;
    check_apart("fetch", &watch);
    prices(&ctx, "BBB").await;
    check_apart("prices", &watch);
    refresh(&ctx, "Anna").await;
    check_apart("refresh", &watch);
    let prefetched = app::prefetch_profiles(&ctx, &["AAA"], Urgency::Interactive).await.unwrap();
    assert_eq!(prefetched.learned_count, 1, "{prefetched:?}");
    check_apart("profiles", &watch);

    // Somebody else's use of the database during a call is seen, so that one of our own would be. The answer is
    // held back until then, however slow the machine is.
    server.behave();
    server.misbehave(Fault::Hold { at_most_ms: 5_000 });
    let fetching = {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch(&ctx, "DDD").await })
    };
    let deadline = Duration::from_secs(20);
    assert!(testkit::wait_until(deadline, async || server.under_way() == 1).await);
    store::failures::all(ctx.store.as_ref().unwrap(), 1).await.unwrap();
    server.release();
    fetching.await.unwrap();
    let [database, calls] = watch.take();
    assert_eq!(overlapping(&database, &calls).len(), 1);
}
