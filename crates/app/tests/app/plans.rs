//! What the plans of providers have shown to one process is known to all.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{BudgetWaits, Budgets, Context, Flights};
use market::{AlphaVantage, BudgetLimits, CallLimits, Chain, Key, Polygon, Provider, Source, WireSettings};
use testkit::provider_server::{AlphaVantageFormat, FakeMarket, FakeSymbol, PolygonFormat, ProviderServer};

use crate::bed::Bed;
use crate::distant::fetch_one;

const FIRST: &str = "2019-01-02";
const LAST: &str = "2024-12-30";

fn market(bed: &Bed) -> FakeMarket {
    let what = || FakeSymbol::around(5_000, FIRST.parse().unwrap(), LAST.parse().unwrap());
    let market = FakeMarket::new(app::Clock::now(bed.clock.as_ref()));
    ["AAA", "BBB", "CCC", "DDD"].into_iter().fold(market, |market, symbol| market.with(symbol, what()))
}

/// A process of its own with one provider.
async fn process(bed: &Bed, server: &ProviderServer, source: Source) -> Context {
    let ctx = bed.ctx_of_another_process().await;
    let limits =
        BudgetLimits { calls_max: 1_000, per_ms: 1_000, burst: 1_000, concurrency_max: 8, daily_max: None };
    let limits = BTreeMap::from([(source, limits)]);
    let budgets = Budgets::new(ctx.store.clone(), bed.clock.clone(), limits, BudgetWaits::default());
    let calls = CallLimits { retry_delay_ms_first: 1, ..CallLimits::default() };
    let settings = WireSettings { limits: calls, ..WireSettings::new(server.url()) };
    let (key, gate) = (Key::new("key"), Arc::new(budgets.clone()));
    let provider: Arc<dyn Provider> = match source {
        Source::Polygon => Arc::new(Polygon::new(settings, &key, gate).unwrap()),
        _ => Arc::new(AlphaVantage::new(settings, &key, gate).unwrap()),
    };
    Context { chain: Chain::new(vec![provider]), flights: Flights::default(), budgets, ..ctx }
}

/// Calls of a process that learns what the plan has, and of one that begins later.
async fn calls(bed: &Bed, server: &ProviderServer, source: Source, symbols: [&str; 2]) -> (usize, usize) {
    fetch_one(&process(bed, server, source).await, symbols[0], FIRST, LAST).await.result.unwrap();
    let first = server.call_count();
    fetch_one(&process(bed, server, source).await, symbols[1], FIRST, LAST).await.result.unwrap();
    (first, server.call_count() - first)
}

pub async fn a_plan_that_refused_one_process_is_not_asked_in_vain_by_another(bed: Bed) {
    let format = PolygonFormat { is_free: true, ..PolygonFormat::new("key") };
    let polygon = ProviderServer::start(format, market(&bed));
    // Each tries ten, five and two years, unless it knows.
    let (first, later) = calls(&bed, &polygon, Source::Polygon, ["AAA", "BBB"]).await;
    assert!(later + 2 <= first, "{first} calls and then {later}");
    let format = AlphaVantageFormat { is_free: true, ..AlphaVantageFormat::new("key") };
    let alphavantage = ProviderServer::start(format, market(&bed));
    let (first, later) = calls(&bed, &alphavantage, Source::AlphaVantage, ["CCC", "DDD"]).await;
    assert_eq!((first, later), (4, 3), "the long series is asked for once");
}
