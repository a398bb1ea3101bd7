//! `refresh` when some symbols cannot be had.

use serde_json::{Value, json};
use testkit::provider_server::{Fault, ProviderServer};

use crate::desk::{CHART, Desk, server, session};

/// A portfolio of a good symbol, one that nobody knows, and one whose turn comes when the provider has had enough.
/// One symbol is asked for at a time, since the limit of one keeps all others waiting.
fn mixed(server: &ProviderServer) -> Desk {
    server.misbehave_on(&format!("{CHART}CCC"), Fault::LimitedForSeconds(600), usize::MAX);
    let desk = Desk::at(server).measured_on("AAA").with("refresh.fetch_concurrency_max", "1");
    desk.ok(&["portfolio", "create", "Book", "--equity", "50000"]);
    for (symbol, price) in [("AAA", "100"), ("BNOPE", "10"), ("CCC", "25")] {
        desk.buy("Book", symbol, session(20), price);
    }
    desk
}

fn warning<'a>(phase: &'a Value, code: &str) -> &'a str {
    let warnings = phase["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == code);
    found.unwrap_or_else(|| panic!("{code} is missing: {phase}"))["message"].as_str().unwrap()
}

#[test]
fn a_good_symbol_is_valued_beside_a_limited_and_an_unknown_one() {
    let server = server();
    let desk = mixed(&server);
    let to = session(0).to_string();
    let (code, refreshed) = desk.answer(&["refresh", "--to", &to]);
    let phase = &refreshed["phases"][0];
    assert_eq!((&phase["name"], &phase["state"]), (&json!("market_data"), &json!("partial")), "{phase}");
    assert_eq!(
        (&phase["items_done"], &phase["items_skipped"], &phase["provider_calls"]),
        (&json!(1), &json!(2), &json!(3)),
        "{phase}"
    );
    assert!(warning(phase, "not_found").contains("BNOPE"), "{phase}");
    assert!(warning(phase, "rate_limited").contains("CCC"), "{phase}");
    // Every session could be computed: what has no price is a gap of it, which is told and is no failure.
    assert_eq!((code, &refreshed["state"]), (0, &json!("ok")), "{refreshed}");
    let positions = desk.json(&["portfolio", "positions", "Book"]);
    let of = |symbol: &str| {
        let held = positions["positions"].as_array().unwrap();
        held.iter().find(|held| held["symbol"] == symbol).unwrap().clone()
    };
    assert!(of("AAA")["market_value"].is_string(), "{positions}");
    assert!(of("BNOPE")["price_date"].is_null(), "{positions}");

    let calls = server.call_count();
    let (_, again) = desk.answer(&["refresh", "--to", &to]);
    assert_eq!(server.call_count(), calls, "nobody is asked before the time: {again}");
    assert_eq!(again["phases"][0]["provider_calls"], json!(0), "{again}");
    assert!(warning(&again["phases"][0], "rate_limited").contains("CCC"), "{again}");
    desk.ok(&["doctor"]);
}
