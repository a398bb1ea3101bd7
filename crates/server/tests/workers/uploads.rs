//! Files with new symbols, sent to `serve` while the provider takes its time or fails.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};
use testkit::wait_until_blocking;

use crate::api::Api;
use crate::desk::{DEADLINE, Desk, now, session};

/// How long the provider takes for an answer.
const CALL_MS: u64 = 2_000;
/// How long an upload waits for the provider.
const WINDOW_MS: &str = "800";

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("N{number:03}")).collect()
}

/// A market of new symbols, and AAA, which others are measured on.
fn market(count: usize) -> ProviderServer {
    // It has a bar of every session until now, so that nothing that is late is asked for again.
    let (first, today) = (session(1_200), now().utc_date());
    let symbol = |number: usize| FakeSymbol::around(2_500 + 100 * number as i64, first, today);
    let market = FakeMarket::new(now()).with("AAA", symbol(0));
    let listed = names(count).into_iter().enumerate();
    let market = listed.fold(market, |market, (number, name)| market.with(&name, symbol(number)));
    ProviderServer::start(YahooFormat::default(), market)
}

fn positions(symbols: &[String]) -> String {
    let entry = session(40);
    let rows = symbols.iter().map(|symbol| format!("{symbol},10,30,{entry}\r\n"));
    "Symbol,Quantity,Entry Price Per Share,Entry Date\r\n".to_owned() + &rows.collect::<String>()
}

fn status(api: &Api, symbol: &str) -> Value {
    let reply = api.get(&format!("/api/v1/symbols/{symbol}/status"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

#[test]
fn twenty_new_symbols_are_ready_within_half_a_minute_of_a_slow_provider() {
    let server = market(20);
    let known = Desk::new(&server, None);
    let symbols = names(20);
    let names: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let (from, to) = (session(1_150).to_string(), now().utc_date().to_string());
    known.ok(&[&["fetch", "AAA"][..], &names, &["--from", &from, "--to", &to]].concat());
    let expected = {
        let api = Api::start(&known);
        let created = api.upload("Book", &positions(&symbols));
        assert_eq!((created.status, &created.body["status"]), (201, &json!("ready")), "{}", created.body);
        assert!(wait_until_blocking(DEADLINE, || known.snapshot_count("Book") > 0));
        known.published_of("Book")
    };
    server.misbehave(Fault::Hold { at_most_ms: CALL_MS });
    let desk = Desk::new(&server, None).with("ONBOARDING__VALIDATE_MS", WINDOW_MS);
    let api = Api::start(&desk);
    let begun = Instant::now();
    let created = api.upload("Book", &positions(&symbols));
    let uploaded = begun.elapsed();
    assert_eq!((created.status, &created.body["status"]), (201, &json!("pending")), "{}", created.body);
    assert_eq!(created.body["pending"].as_array().unwrap().len(), 20);
    let mut seen = BTreeMap::<String, BTreeSet<String>>::new();
    let are_ready = wait_until_blocking(Duration::from_secs(30), || {
        let found = symbols.iter().map(|symbol| {
            let told = status(&api, &symbol.to_lowercase());
            let told = told["status"].as_str().unwrap().to_owned();
            seen.entry(symbol.clone()).or_default().insert(told.clone());
            told == "ready"
        });
        found.collect::<Vec<bool>>().into_iter().all(|is_ready| is_ready)
    });
    let ready = begun.elapsed();
    assert!(are_ready, "{seen:?}");
    assert!(wait_until_blocking(DEADLINE, || desk.snapshot_count("Book") > 0));
    println!("uploaded after {uploaded:?}, ready after {ready:?}, computed after {:?}", begun.elapsed());
    // The window is 800 ms of it; the rest is the computer's own.
    assert!(uploaded < Duration::from_millis(1_500), "{uploaded:?}");
    let last = &seen[symbols.last().unwrap()];
    assert_eq!(last.iter().map(String::as_str).collect::<Vec<_>>(), ["pending", "processing", "ready"]);
    assert!(server.under_way_max() <= 8, "at most five are asked about at once, and three made known");
    for symbol in &symbols {
        // Once before the provider became slow, once for the second database.
        assert_eq!(server.call_count_for(symbol), 2, "{symbol}: {:?}", server.bars_asked(symbol));
    }
    assert_eq!(desk.published_of("Book"), expected, "as if they had been known from the start");
    let universe = api.get("/api/v1/universe?limit=1000").body;
    assert_eq!(universe["items"].as_array().unwrap().len(), 21);
}

#[test]
fn what_does_not_exist_or_does_not_fit_is_refused_and_what_nobody_can_say_is_taken() {
    let server = market(1);
    let desk = Desk::new(&server, None).with("ONBOARDING__VALIDATE_MS", "200");
    let api = Api::start(&desk);
    let file =
        positions(&["N000".to_owned(), "NOPE".to_owned(), "NADA".to_owned()]) + "N000,ten,30,today\r\n";
    let refused = api.upload("Book", &file);
    assert_eq!((refused.status, &refused.body["code"]), (422, &json!("import_refused")));
    let told = |row: &Value| (row["row"].clone(), row["column"].clone(), row["code"].clone());
    let rows: Vec<_> = refused.body["rows"].as_array().unwrap().iter().map(told).collect();
    let row = |row: u64, column: &str, code: &str| (json!(row), json!(column), json!(code));
    assert_eq!(
        rows,
        [
            row(3, "Symbol", "symbol_not_found"),
            row(4, "Symbol", "symbol_not_found"),
            row(5, "Quantity", "number")
        ]
    );
    server.misbehave(Fault::ServerError);
    let many: Vec<String> = (0..51).map(|number| format!("M{number:03}")).collect();
    let too_many: Vec<String> = (0..501).map(|number| format!("M{number:03}")).collect();
    let never = api.upload("Book", &positions(&too_many));
    assert_eq!((never.status, &never.body["code"]), (422, &json!("too_many_unknown_symbols")));
    let taken = api.upload("Book", &positions(&many));
    assert_eq!((taken.status, &taken.body["status"]), (201, &json!("pending")), "{}", taken.body);
    let full = api.upload("Other", &positions(&["M900".to_owned()]));
    assert_eq!((full.status, &full.body["code"]), (503, &json!("onboarding_queue_full")));
    assert!(full.headers.contains("\nretry-after: "), "{}", full.headers);
    let listed = api.get("/api/v1/portfolios").body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "nothing is written of what is refused");
    assert_eq!(status(&api, "M900")["status"], "unknown");
    let odd = status(&api, "no%20symbol!");
    assert_eq!((&odd["status"], &odd["symbol"]), (&json!("unknown"), &json!("no symbol!")));
    assert_eq!(api.post("/api/v1/symbols/M900/retry", &json!(null)).status, 404);
}
