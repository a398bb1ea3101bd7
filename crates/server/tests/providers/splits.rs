//! A holding across a split, as a provider tells it that divides old prices by it.

use model::{Bar, Date, Price};
use serde_json::{Value, json};
use testkit::provider_server::{FakeMarket, FakeSymbol, ProviderServer, YahooFormat};

use crate::desk::{Desk, now, session};

/// A symbol that trades at 400 and splits four for one, ex on a date.
fn steady(ex_date: Date) -> FakeSymbol {
    let today = now().utc_date();
    let symbol = FakeSymbol::around(40_000, today.plus_days(-400), today);
    let close: Price = "400".parse().unwrap();
    let flat = |bar: Bar| Bar { open: Some(close), high: Some(close), low: Some(close), close, ..bar };
    FakeSymbol { bars: symbol.bars.iter().map(flat).collect(), ..symbol }.with_split(ex_date, "4:1")
}

fn server(ex_date: Date) -> ProviderServer {
    ProviderServer::start(YahooFormat::default(), FakeMarket::new(now()).with("AAPL", steady(ex_date)))
}

/// A portfolio that bought a hundred at 400 ten sessions before the split.
fn desk(server: &ProviderServer) -> Desk {
    let desk = Desk::at(server).measured_on("AAPL");
    desk.ok(&["portfolio", "create", "Book", "--equity", "50000"]);
    desk.buy("Book", "AAPL", session(30), "400");
    desk
}

fn snapshot(snapshots: &Value, at: Date) -> &Value {
    let all = snapshots.as_array().unwrap();
    all.iter().find(|snapshot| snapshot["session"] == at.to_string().as_str()).unwrap()
}

#[test]
fn a_split_changes_the_quantity_and_nothing_else() {
    let (eve, ex_date) = (session(21), session(20));
    let server = server(ex_date);
    let desk = desk(&server);
    let refreshed = desk.json(&["refresh", "--to", &session(0).to_string()]);
    assert_eq!(refreshed["state"], "ok", "{refreshed}");
    let warnings = &refreshed["phases"][0]["warnings"];
    assert_eq!(warnings, &json!([]), "no restatement, no large move: {refreshed}");
    let snapshots = desk.json(&["snapshots", "Book"]);
    for (at, quantity, price) in [(eve, "100", "400"), (ex_date, "400", "100")] {
        let snapshot = snapshot(&snapshots, at);
        assert_eq!(snapshot["equity"], "50000", "{snapshot}");
        let positions = desk.json(&["portfolio", "positions", "Book", "--at", &at.to_string()]);
        let held = &positions["positions"][0];
        assert_eq!((&held["quantity"], &held["price"]), (&json!(quantity), &json!(price)), "{positions}");
        assert_eq!(held["market_value"], "40000", "{positions}");
    }
    let covered = desk.json(&["coverage", "AAPL"]);
    assert_eq!(covered["restatements"], json!([]), "{covered}");
    assert!(desk.ok(&["doctor"]).contains("snapshots"), "the identity holds");
    let prices = desk.json(&["prices", "AAPL", "--from", &eve.to_string(), "--to", &ex_date.to_string()]);
    assert_eq!((&prices["bars"][0]["close"], &prices["bars"][1]["close"]), (&json!("400"), &json!("100")));
}

#[test]
fn two_refreshes_across_a_split_equal_one() {
    let (eve, ex_date) = (session(21), session(20));
    let server = server(ex_date);
    let (whole, pieces) = (desk(&server), desk(&server));
    whole.ok(&["refresh", "--to", &session(0).to_string()]);
    pieces.ok(&["refresh", "--to", &eve.to_string()]);
    pieces.ok(&["refresh", "--to", &session(0).to_string()]);
    // Snapshots but for the instant at which each was computed.
    let snapshots = |desk: &Desk| {
        let mut snapshots = desk.json(&["snapshots", "Book"]);
        for snapshot in snapshots.as_array_mut().unwrap() {
            snapshot.as_object_mut().unwrap().remove("computed_at").unwrap();
        }
        snapshots
    };
    assert_eq!(snapshots(&whole), snapshots(&pieces));
    assert_eq!(
        whole.json(&["portfolio", "positions", "Book"]),
        pieces.json(&["portfolio", "positions", "Book"])
    );
}

#[test]
fn a_split_that_happens_between_two_fetches_restates_nothing() {
    let ex_date = session(20);
    let server = server(ex_date);
    let evening = model::Calendar::xnys().hours(session(21)).unwrap().close.plus_seconds(3_600);
    server.change(|market| market.now = evening);
    let desk = desk(&server);
    let (from, eve, to) = (session(60).to_string(), session(21).to_string(), session(0).to_string());
    desk.ok(&["fetch", "AAPL", "--from", &from, "--to", &eve]);
    server.change(|market| market.now = now());
    let later = desk.json(&["fetch", "AAPL", "--from", &from, "--to", &to]);
    assert_eq!((&later[0]["restated"], &later[0]["failure"]), (&json!(0), &json!(null)), "{later}");
    let prices = desk.json(&["prices", "AAPL", "--from", &from, "--to", &to]);
    let bars = prices["bars"].as_array().unwrap();
    assert_eq!(bars.len(), 61, "{prices}");
    for bar in bars {
        let is_before = bar["session"].as_str().unwrap() < ex_date.to_string().as_str();
        assert_eq!(bar["close"], if is_before { "400" } else { "100" }, "{bar}");
    }
    let adjusted = desk.json(&["prices", "AAPL", "--from", &from, "--to", &to, "--adjust", "splits"]);
    assert!(adjusted["bars"].as_array().unwrap().iter().all(|bar| bar["close"] == 100.0), "{adjusted}");
}
