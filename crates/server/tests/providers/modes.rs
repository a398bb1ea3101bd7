//! Without network, without a database, and without writing.

use serde_json::{Value, json};

use crate::desk::{Desk, server, session};

#[test]
fn offline_nobody_is_asked() {
    let server = server();
    let desk = Desk::at(&server);
    let (from, to) = (session(20).to_string(), session(10).to_string());
    let (code, error) = desk.answer(&["prices", "AAA", "--offline"]);
    assert_eq!((code, &error["code"]), (1, &json!("offline")), "{error}");
    assert_eq!(server.call_count(), 0);

    desk.ok(&["fetch", "AAA", "--from", &from, "--to", &to]);
    let calls = server.call_count();
    let earlier = session(30).to_string();
    let prices = desk.json(&["prices", "AAA", "--offline", "--from", &earlier, "--to", &to]);
    assert_eq!((&prices["cached"], prices["bars"].as_array().unwrap().len()), (&json!(true), 11));
    let missing = &prices["missing"];
    assert_eq!(missing.as_array().unwrap().len(), 1, "{prices}");
    assert_eq!(
        (&missing[0]["first"], &missing[0]["last"], &missing[0]["reason"]),
        (&json!(earlier), &json!(session(21).to_string()), &json!("not_asked")),
        "{prices}"
    );
    desk.ok(&["portfolio", "create", "Book", "--equity", "50000"]);
    desk.buy("Book", "BBB", session(20), "50");
    let (code, refreshed) = desk.answer(&["refresh", "--offline", "--to", &to]);
    let warnings = refreshed["phases"][0]["warnings"].to_string();
    assert!(warnings.contains("BBB") && warnings.contains("offline"), "{code} {refreshed}");
    assert_eq!(server.call_count(), calls);
}

#[test]
fn without_a_database_prices_pass_through() {
    let server = server();
    let desk = Desk::at(&server);
    let (from, to) = (session(20).to_string(), session(0).to_string());
    for calls in 1..=2 {
        let prices = desk.json(&["prices", "AAA", "--from", &from, "--to", &to, "--db", "none"]);
        assert_eq!((&prices["cached"], &prices["source"]), (&json!(false), &json!("yahoo")), "{prices}");
        assert_eq!(prices["bars"].as_array().unwrap().len(), 21);
        assert_eq!(server.call_count(), calls, "nothing is remembered");
    }
    let (code, error) = desk.answer(&["fetch", "AAA", "--db", "none"]);
    assert_eq!((code, &error["code"]), (1, &json!("database_required")));
    let (code, error) = desk.answer(&["prices", "NOPE", "--db", "none"]);
    assert_eq!((code, &error["code"]), (1, &json!("not_found")), "{error}");
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0, "no file is left");
}

#[test]
fn a_dry_run_asks_nobody_and_writes_nothing() {
    let server = server();
    let desk = Desk::at(&server);
    desk.ok(&["portfolio", "create", "Book", "--equity", "50000"]);
    desk.buy("Book", "AAA", session(20), "100");
    let (_, answer) = desk.answer(&["refresh", "--dry-run", "--to", &session(0).to_string()]);
    assert_eq!(server.call_count(), 0, "{answer}");
    assert_eq!(desk.json(&["snapshots", "Book"]), json!([]));
    let covered = desk.json(&["coverage", "AAA"]);
    assert_eq!((&covered["sessions"], &covered["failure"]), (&json!(0), &Value::Null), "{covered}");
}
