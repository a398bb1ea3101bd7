//! A router over a database of its own, and how to ask it.

use std::sync::Arc;

use app::{Context, FetchRanges, FixedClock, Flights, Limits, ProfileFlights, Quiet};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use ledger::Rules;
use market::{Chain, Files};
use model::{Calendar, OWNER_LOCAL};
use serde_json::Value;
use server::config::Settings;
use server::http::Api;
use store::{Store, StoreLimits, StoreUrl};
use tempfile::TempDir;
use tower::ServiceExt;

/// A router over an empty database and a folder of prices, on the evening of 2024-01-05.
pub struct Desk {
    pub ctx: Context,
    pub api: Api,
    pub router: Router,
    folder: TempDir,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub async fn of(response: Response<Body>) -> Reply {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} {}", self.status, String::from_utf8_lossy(&self.bytes)))
    }

    /// The body of an answer that is none of the errors.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// Status and code of a problem, whose form is checked.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["type"], "about:blank");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}

impl Desk {
    pub async fn new() -> Desk {
        Desk::with(|_| {}).await
    }

    /// With settings of its own.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let prices = folder.path().join("data/prices");
        std::fs::create_dir_all(&prices).unwrap();
        let closes = "date,close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,12\n2024-01-05,12.5\n";
        std::fs::write(prices.join("AAA.csv"), closes).unwrap();
        let url = StoreUrl::file(&folder.path().join("books.db"));
        let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
        let clock = Arc::new(FixedClock("2024-01-05T23:00:00Z".parse().unwrap()));
        let ctx = Context {
            store: Some(store),
            chain: Chain::new(vec![Arc::new(Files::new(folder.path().join("data")))]),
            clock: clock.clone(),
            calendar: Calendar::xnys(),
            limits: Limits::default(),
            rules: Rules::default(),
            risk: Arc::default(),
            ranges: FetchRanges::default(),
            references: Vec::new(),
            owner: OWNER_LOCAL.to_owned(),
            observer: Arc::new(Quiet),
            flights: Flights::default(),
            budgets: app::Budgets::none(clock),
            is_offline: false,
            is_cache_only: false,
            profile_flights: ProfileFlights::default(),
            guard: None,
            job_watches: app::jobs::JobWatches::default(),
            revisions: app::Revisions::default(),
        };
        let mut settings = Settings::default();
        change(&mut settings);
        let api = Api::new(ctx.clone(), settings);
        let router = server::http::router(&api);
        Desk { ctx, api, router, folder }
    }

    /// The folder of its prices and of its database.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        Reply::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a JSON body.
    pub async fn send_json(&self, method: &str, path: &str, body: Value) -> Reply {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}
