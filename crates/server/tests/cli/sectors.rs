//! Symbols, sectors of positions, and exposures by sector.

use serde_json::json;

use crate::desk::Desk;

fn desk() -> Desk {
    let desk = Desk::with_book();
    desk.write(
        "data/profiles.csv",
        "symbol,name,type,sector,industry,exchange,currency\n\
         AAA,Acme Oil,stock,Energy,Oil & Gas,NYSE,USD\n",
    );
    desk
}

#[test]
fn positions_and_portfolios_tell_their_sectors() {
    let desk = desk();
    desk.json(&["refresh"]);
    let now = desk.json(&["portfolio", "positions", "Book"]);
    let position = &now["positions"][0];
    assert_eq!(
        (&position["sector"], &position["sector_bucket"], &position["industry"], &position["absent"]),
        (&json!("Energy"), &json!("Energy"), &json!("Oil & Gas"), &json!({}))
    );
    let then = desk.json(&["portfolio", "positions", "Book", "--at", "2024-01-03"]);
    assert_eq!(
        (&then["positions"][0]["sector"], &then["positions"][0]["absent"]),
        (&json!(null), &json!({"sector": "historical_date", "industry": "historical_date"}))
    );
    let mut shown = desk.json(&["portfolio", "show", "Book"]);
    let weight = shown["sectors"][0].as_object_mut().unwrap().remove("net_weight").unwrap();
    assert!((weight.as_f64().unwrap() - 125.0 / 1029.0).abs() < 1e-15);
    assert_eq!(
        shown["sectors"],
        json!([{"sector": "Energy", "long_value": "125", "short_value": "0", "net_value": "125", "long": 1,
                "short": 0, "absent": {}}])
    );
    let table = desk.ok(&["portfolio", "show", "Book"]);
    assert!(table.contains("Energy") && table.contains("12.15 %"), "{table}");
    assert!(desk.ok(&["portfolio", "positions", "Book"]).contains("Energy"));
    desk.ok(&["reset", "--from", "2024-01-05"]);
    assert_eq!(desk.json(&["portfolio", "show", "Book"])["sectors"], json!(null));
}

#[test]
fn what_is_not_known_says_why() {
    let desk = Desk::with_book();
    let report = desk.json(&["refresh"]);
    let phase = &report["phases"][4];
    assert_eq!((&phase["items_done"], &phase["items_skipped"]), (&json!(0), &json!(1)));
    assert_eq!(
        phase["warnings"],
        json!([{"code": "unknown_sectors", "message": "the sector of 1 of 1 held companies is unknown: AAA"}])
    );
    let position = &desk.json(&["portfolio", "positions", "Book"])["positions"][0];
    assert_eq!(
        (&position["sector"], &position["absent"]),
        (&json!(null), &json!({"sector": "unknown", "industry": "unknown"}))
    );
    let symbols = desk.json(&["symbols"]);
    assert_eq!(
        (&symbols[0]["sector_bucket"], &symbols[0]["absent"]),
        (&json!("unknown"), &json!({"sector": "unknown", "profile_at": "not_fetched"}))
    );
}

#[test]
fn symbols_are_listed_with_what_is_known_of_them() {
    let desk = desk();
    assert_eq!(desk.json(&["symbols"])[0]["bars"], 0);
    desk.json(&["refresh"]);
    let mut symbols = desk.json(&["symbols"]);
    assert!(
        symbols[0].as_object_mut().unwrap().remove("profile_at").unwrap().as_str().unwrap().ends_with('Z')
    );
    assert_eq!(
        symbols,
        json!([{"symbol": "AAA", "name": "Acme Oil", "kind": "stock", "sector": "Energy", "sector_bucket": "Energy",
                "industry": "Oil & Gas", "exchange": "NYSE", "currency": "USD", "universe": "active", "bars": 4,
                "first": "2024-01-02", "last": "2024-01-05", "absent": {}}])
    );
    let table = desk.ok(&["symbols"]);
    assert!(table.contains("Acme Oil") && table.contains("2024-01-05"), "{table}");
    assert!(Desk::new().ok(&["symbols"]).contains("no symbols are known yet"));
}
