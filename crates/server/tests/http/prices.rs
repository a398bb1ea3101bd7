//! Prices that are asked for again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::{Clock, Context, PricesRequest};
use axum::body::Body;
use axum::http::Request;
use model::Timestamp;
use quant::Adjustment;
use server::config::Settings;
use server::http::Api;
use store::{Store, StoreLimits, StoreUrl};
use tower::ServiceExt;

use crate::desk::{Desk, Reply};

const PATH: &str = "/api/v1/stocks/AAA/prices?from=2024-01-02&to=2024-01-05";

/// Reads the folder of prices into the cache, as another process does.
async fn fetch(ctx: &Context) {
    let request = PricesRequest {
        symbol: "AAA".parse().unwrap(),
        from: Some("2024-01-02".parse().unwrap()),
        to: Some("2024-01-05".parse().unwrap()),
        adjustment: Adjustment::None,
        is_forced: false,
    };
    app::prices(ctx, &request).await.unwrap();
}

async fn another_process(desk: &Desk) -> Context {
    let url = StoreUrl::file(&desk.folder().join("books.db"));
    let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
    Context { store: Some(store), revisions: app::Revisions::default(), ..desk.ctx.clone() }
}

#[tokio::test]
async fn prices_that_did_not_change_cost_one_look_and_changed_ones_are_told_at_once() {
    let desk = Desk::new().await;
    let other = another_process(&desk).await;
    fetch(&other).await;
    let (store, count) = desk.ctx.store.as_ref().unwrap().counted();
    let counted = Context { store: Some(store), ..desk.ctx.clone() };
    let router = server::http::router(&Api::new(counted, Settings::default()));
    let get = async || {
        let request = Request::get(PATH).body(Body::empty()).unwrap();
        Reply::of(router.clone().oneshot(request).await.unwrap()).await
    };
    let first = get().await;
    let before = count.count();
    let second = get().await;
    assert_eq!(count.count() - before, 2, "whether there are users, and what has changed");
    assert_eq!((second.header("etag"), &second.bytes), (first.header("etag"), &first.bytes));
    assert_eq!(second.header("content-type"), "application/json");
    assert_eq!(first.json()["bars"].as_array().unwrap().len(), 4);

    let closes = "date,close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,12.25\n2024-01-05,12.5\n";
    std::fs::write(desk.folder().join("data/prices/AAA.csv"), closes).unwrap();
    fetch(&other).await;
    let third = get().await;
    assert_eq!(third.json()["bars"][2]["close"], "12.25");
    assert_ne!(third.header("etag"), first.header("etag"));
}

/// A clock that is set by hand.
struct SetByHand(AtomicI64);

impl SetByHand {
    fn set(&self, instant: &str) {
        self.0.store(instant.parse::<Timestamp>().unwrap().epoch_micros(), Ordering::Release);
    }
}

impl Clock for SetByHand {
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_micros(self.0.load(Ordering::Acquire))
    }
}

#[tokio::test]
async fn what_differs_between_two_questions_is_not_mixed_up() {
    let desk = Desk::new().await;
    fetch(&desk.ctx).await;
    let clock = Arc::new(SetByHand(AtomicI64::new(0)));
    clock.set("2024-01-05T23:00:00Z");
    let ctx = Context { clock: clock.clone(), ..desk.ctx.clone() };
    let router = server::http::router(&Api::new(ctx, Settings::default()));
    let get = async |query: &str| {
        let path = format!("/api/v1/stocks/AAA/prices?{query}");
        let request = Request::get(path).body(Body::empty()).unwrap();
        Reply::of(router.clone().oneshot(request).await.unwrap()).await.ok()
    };
    let reading = async |query: &str| {
        let (once, again) = (get(query).await, get(query).await);
        assert_eq!(once, again, "{query}");
        once
    };
    let all = reading("from=2024-01-02&to=2024-01-05").await;
    let adjusted = reading("from=2024-01-02&to=2024-01-05&adjust=splits").await;
    let part = reading("from=2024-01-03&to=2024-01-05").await;
    assert_eq!((&all["adjust"], &adjusted["adjust"]), (&"none".into(), &"splits".into()));
    assert_eq!((&all["from"], &part["from"]), (&"2024-01-02".into(), &"2024-01-03".into()));
    assert_eq!(all["market_state"], "after_hours");
    clock.set("2024-01-08T16:00:00Z");
    assert_eq!(reading("from=2024-01-02&to=2024-01-05").await["market_state"], "open");
}
