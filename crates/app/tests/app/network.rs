//! The cache over real sockets: budgets, faults, and databases that stay usable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use app::{BudgetWaits, Budgets, Context, FetchRequest, Flights};
use market::{
    BudgetLimits, CallLimits, Chain, PROVIDER_CALL_SPAN, Provider, Source, Urgency, Yahoo, YahooSettings,
};
use model::Timestamp;
use store::{DATABASE_SPAN, Store, StoreLimits};
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::bed::Bed;
use crate::distant::{DEADLINE, fetch_one};

const FIRST: &str = "2024-12-02";
const LAST: &str = "2024-12-30";

/// A server of so many symbols, `S000` and on.
fn server(bed: &Bed, symbol_count: usize) -> ProviderServer {
    let mut market = FakeMarket::new(app::Clock::now(bed.clock.as_ref()));
    for number in 0..symbol_count {
        let what = FakeSymbol::around(5_000, FIRST.parse().unwrap(), LAST.parse().unwrap());
        market = market.with(&format!("S{number:03}"), what);
    }
    ProviderServer::start(YahooFormat::default(), market)
}

fn generous() -> BudgetLimits {
    BudgetLimits { calls_max: 100_000, per_ms: 1_000, burst: 100_000, concurrency_max: 64, daily_max: None }
}

/// A process with connections and flights of its own, whose one provider is the server.
async fn process(bed: &Bed, server: &ProviderServer, limits: BudgetLimits, waits: BudgetWaits) -> Context {
    let ctx = bed.ctx_of_another_process().await;
    let budgets =
        Budgets::new(ctx.store.clone(), bed.clock.clone(), BTreeMap::from([(Source::Yahoo, limits)]), waits);
    let settings = YahooSettings {
        base_url: server.url(),
        cookie_url: server.url(),
        limits: CallLimits { retry_delay_ms_first: 1, ..CallLimits::default() },
        ..YahooSettings::default()
    };
    let yahoo: Arc<dyn Provider> = Arc::new(Yahoo::new(settings, Arc::new(budgets.clone())).unwrap());
    Context { chain: Chain::new(vec![yahoo]), flights: Flights::default(), budgets, ..ctx }
}

fn questions(numbers: std::ops::Range<usize>) -> Vec<FetchRequest> {
    let question = |number: usize| FetchRequest {
        urgency: Urgency::Background,
        ..crate::distant::question(&format!("S{number:03}"), FIRST, LAST)
    };
    numbers.map(question).collect()
}

pub async fn a_days_quota_holds_for_all_processes_and_over_a_restart(bed: Bed) {
    let server = server(&bed, 500);
    let limits = BudgetLimits { daily_max: Some(120), concurrency_max: 8, ..generous() };
    let (one, other) = (
        process(&bed, &server, limits, BudgetWaits::default()).await,
        process(&bed, &server, limits, BudgetWaits::default()).await,
    );
    let (first, second) =
        tokio::join!(app::fetch(&one, questions(0..250)), app::fetch(&other, questions(250..500)));
    let outcomes: Vec<_> = first.unwrap().into_iter().chain(second.unwrap()).collect();
    assert_eq!(server.call_count(), 120, "not one more, and not one left unused");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.result.is_ok()).count(), 120);
    let midnight: Timestamp = "2024-12-31T00:00:00Z".parse().unwrap();
    for outcome in &outcomes {
        if let Err(failure) = &outcome.result {
            assert_eq!((failure.code, failure.retry_at), ("rate_limited", Some(midnight)));
        }
    }
    let restarted = process(&bed, &server, limits, BudgetWaits::default()).await;
    let status = app::providers(&restarted).await.unwrap().remove(0);
    assert_eq!((status.used_today, status.left_today, status.next_call_at), (120, Some(0), midnight));
    app::fetch(&restarted, questions(0..500)).await.unwrap();
    assert_eq!(server.call_count(), 120);
    bed.clock.set("2024-12-31T00:00:01Z".parse().unwrap());
    let next_day = app::fetch(&restarted, questions(0..500)).await.unwrap();
    assert_eq!(server.call_count(), 240, "a new day");
    assert_eq!(next_day.iter().filter(|outcome| outcome.result.is_ok()).count(), 240);
}

/// A clock that goes with the computer's own.
struct Ticking(Instant);

impl app::Clock for Ticking {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2024-12-30T23:00:00Z".parse().unwrap();
        Timestamp::from_epoch_micros(start.epoch_micros() + self.0.elapsed().as_micros() as i64)
    }
}

pub async fn five_hundred_queued_requests_never_exceed_the_rate(bed: Bed) {
    let server = server(&bed, 500);
    let window = Duration::from_millis(300);
    let limits = BudgetLimits {
        calls_max: 60,
        per_ms: window.as_millis() as u64,
        burst: 20,
        concurrency_max: 4,
        daily_max: None,
    };
    let clock = Arc::new(Ticking(Instant::now()));
    let mut processes = Vec::new();
    for _ in 0..2 {
        let mut ctx = process(&bed, &server, limits, BudgetWaits::default()).await;
        let waits = BudgetWaits { interactive_ms_max: 60_000, background_ms_max: 60_000 };
        let limits = BTreeMap::from([(Source::Yahoo, limits)]);
        ctx.budgets = Budgets::new(ctx.store.clone(), clock.clone(), limits, waits);
        let settings =
            YahooSettings { base_url: server.url(), cookie_url: server.url(), ..YahooSettings::default() };
        let yahoo = Yahoo::new(settings, Arc::new(ctx.budgets.clone())).unwrap();
        ctx.chain = Chain::new(vec![Arc::new(yahoo)]);
        (ctx.clock, ctx.limits.fetch_concurrency_max) = (clock.clone(), 250);
        processes.push(ctx);
    }
    let (first, second) = tokio::join!(
        app::fetch(&processes[0], questions(0..250)),
        app::fetch(&processes[1], questions(250..500))
    );
    assert!(first.unwrap().iter().chain(&second.unwrap()).all(|outcome| outcome.result.is_ok()));
    let came: Vec<Instant> = server.calls().iter().map(|call| call.at).collect();
    assert_eq!(came.len(), 500);
    // A call that waited for a socket comes late, so a window may hold those of the places as well.
    let most = limits.calls_max as usize + 2 * limits.concurrency_max;
    for (number, first) in came.iter().enumerate() {
        let inside = came[number..].iter().take_while(|at| **at - *first < window).count();
        assert!(inside <= most, "{inside} calls within {window:?}");
    }
    // Full speed is 20 calls and then one each 300 ms / 41.
    assert!(came[499] - came[0] >= window * 480 / 41 - window, "{:?}", came[499] - came[0]);
    assert!(server.under_way_max() <= 2 * limits.concurrency_max);
}

pub async fn a_pause_that_a_provider_asks_for_stops_all_processes(bed: Bed) {
    let server = server(&bed, 20);
    let one = process(&bed, &server, generous(), BudgetWaits::default()).await;
    let other = process(&bed, &server, generous(), BudgetWaits::default()).await;
    server.misbehave(Fault::LimitedForSeconds(120));
    let limited = fetch_one(&one, "S000", FIRST, LAST).await.result.unwrap_err();
    assert_eq!(limited.code, "rate_limited");
    server.behave();
    let calls = server.call_count();
    let elsewhere = fetch_one(&other, "S001", FIRST, LAST).await.result.unwrap_err();
    assert_eq!((elsewhere.code, server.call_count()), ("rate_limited", calls));
    let status = app::providers(&other).await.unwrap().remove(0);
    assert!(status.cooldown_until.is_some());
    assert_eq!(status.error.unwrap().0, "rate_limited");
    bed.clock.advance_ms(121_000);
    assert!(fetch_one(&other, "S001", FIRST, LAST).await.result.is_ok());
}

pub async fn cached_reads_are_served_while_a_provider_is_slow(bed: Bed) {
    let server = server(&bed, 264);
    let limits = BudgetLimits { concurrency_max: 256, ..generous() };
    let mut ctx = process(&bed, &server, limits, BudgetWaits::default()).await;
    // One connection for everything.
    let narrow =
        StoreLimits { pool_size_max: 1, reader_count_max: 1, queue_length_max: 1, ..StoreLimits::default() };
    ctx.store = Some(Store::open(&bed.url, &narrow).await.unwrap());
    ctx.limits.fetch_concurrency_max = 256;
    app::fetch(&ctx, questions(200..264)).await.unwrap();
    server.misbehave(Fault::Hold { at_most_ms: 60_000 });
    let fetching = {
        let ctx = ctx.clone();
        tokio::spawn(async move { app::fetch(&ctx, questions(0..200)).await })
    };
    assert!(testkit::wait_until(DEADLINE, async || server.under_way() == 200).await);
    let reading = (200..264).map(|number| {
        let ctx = ctx.clone();
        tokio::spawn(async move { fetch_one(&ctx, &format!("S{number:03}"), FIRST, LAST).await })
    });
    let reading = futures_util::future::join_all(reading.collect::<Vec<_>>());
    let read =
        tokio::time::timeout(DEADLINE, reading).await.expect("cached reads do not wait for the provider");
    for outcome in read {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.provider_calls, outcome.result.unwrap().is_cached), (0, true));
    }
    assert_eq!(server.under_way(), 200, "the provider still has not answered");
    server.behave();
    server.release();
    assert!(fetching.await.unwrap().unwrap().iter().all(|outcome| outcome.result.is_ok()));
}

/// Notes which spans stand inside which.
#[derive(Clone, Default)]
struct Nesting(Arc<Mutex<(BTreeSet<&'static str>, Vec<String>)>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Nesting {
    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        ctx: tracing_subscriber::layer::Context<'_, S>,
    ) {
        let span = ctx.span(id).expect("a span that was just made");
        let mut noted = self.0.lock().unwrap();
        noted.0.insert(span.name());
        let outer: Vec<&str> = span.scope().skip(1).map(|span| span.name()).collect();
        let other = if span.name() == DATABASE_SPAN { PROVIDER_CALL_SPAN } else { DATABASE_SPAN };
        let is_either = [DATABASE_SPAN, PROVIDER_CALL_SPAN].contains(&span.name());
        if is_either && outer.contains(&other) {
            noted.1.push(format!("{} inside {outer:?}", span.name()));
        }
    }
}

/// Listens to the whole process, whichever tests run in it.
fn listen() -> &'static Nesting {
    static NESTING: OnceLock<Nesting> = OnceLock::new();
    NESTING.get_or_init(|| {
        let nesting = Nesting::default();
        let subscriber = tracing_subscriber::registry().with(nesting.clone());
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        nesting
    })
}

pub async fn no_database_connection_is_held_around_a_call_and_no_call_around_a_query(bed: Bed) {
    let nesting = listen();
    let server = server(&bed, 5);
    let ctx = process(&bed, &server, generous(), BudgetWaits::default()).await;
    fetch_one(&ctx, "S001", FIRST, LAST).await.result.unwrap();
    let noted = nesting.0.lock().unwrap();
    assert!(noted.0.contains(DATABASE_SPAN) && noted.0.contains(PROVIDER_CALL_SPAN), "{:?}", noted.0);
    assert_eq!(noted.1, [""; 0]);
}
