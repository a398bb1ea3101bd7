//! `portfolio set` and `portfolio delete`.

use serde_json::json;

use crate::desk::Desk;
use crate::refused;

#[test]
fn changed_settings_recompute_the_books_from_their_first_session() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let before = desk.json(&["snapshots", "Book"]);
    let set = desk.json(&["portfolio", "set", "Book", "--equity", "2000", "--start", "2023-12-29"]);
    assert_eq!((&set["changed"], &set["dirty_from"]), (&json!(["start", "equity"]), &json!("2023-12-29")));
    let refreshed = desk.json(&["refresh"]);
    assert_eq!(
        (&refreshed["from"], &refreshed["portfolios"][0]["written"]),
        (&json!("2023-12-29"), &json!(5))
    );
    let after = desk.json(&["snapshots", "Book"]);
    assert_eq!((&after[0]["session"], &after[0]["equity"]), (&json!("2023-12-29"), &json!("2000")));
    assert_eq!(after.as_array().unwrap().len(), before.as_array().unwrap().len() + 1);
    assert_eq!(after[1]["daily_pnl"], before[0]["daily_pnl"]);
    // A later start drops what lies before it.
    desk.ok(&["portfolio", "set", "Book", "--start", "2024-01-02", "--equity", "1000"]);
    desk.ok(&["refresh"]);
    assert_eq!(desk.json(&["snapshots", "Book"])[0]["session"], json!("2024-01-02"));
    assert_eq!(desk.json(&["refresh", "--dry-run"])["portfolios"][0]["written"], json!(0));
}

#[test]
fn lots_name_and_currency_can_be_changed_and_a_name_alone_recomputes_nothing() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let set = desk.json(&["portfolio", "set", "Book", "--rename", "New Book"]);
    assert_eq!(
        (&set["name"], &set["changed"], &set["dirty_from"]),
        (&json!("New Book"), &json!(["name"]), &json!(null))
    );
    assert_eq!(desk.json(&["refresh"])["portfolios"][0]["written"], json!(0));
    let set = desk.json(&["portfolio", "set", "New Book", "--lots", "lifo", "--currency", "eur"]);
    assert_eq!(set["changed"], json!(["lots", "currency"]));
    let shown = desk.json(&["portfolio", "show", "New Book"]);
    assert_eq!((&shown["lots"], &shown["currency"]), (&json!("lifo"), &json!("EUR")));
    let again = desk.json(&["portfolio", "set", "New Book", "--lots", "lifo"]);
    assert_eq!((&again["changed"], &again["dirty_from"]), (&json!([]), &json!(null)));
}

#[test]
fn settings_the_books_do_not_admit_are_refused() {
    let desk = Desk::with_book();
    desk.ok(&["portfolio", "create", "Other", "--equity", "1"]);
    let set = |rest: &[&'static str]| [&["portfolio", "set", "Book"][..], rest].concat();
    refused(&desk, &set(&[]), 2, "invalid_input", "settings", "--rename");
    refused(&desk, &set(&["--rename", " x"]), 2, "invalid_input", "name", "no blanks");
    refused(&desk, &set(&["--rename", "Other"]), 1, "portfolio_exists", "Other", "another name");
    refused(&desk, &set(&["--equity", "-1"]), 2, "invalid_input", "equity", "zero or more");
    refused(&desk, &set(&["--start", "2024-01-03"]), 1, "setting_refused", "start", "2024-01-02");
    refused(&desk, &set(&["--lots", "best"]), 2, "usage", "arguments", "fifo");
    refused(&desk, &["portfolio", "set", "Nobody", "--lots", "lifo"], 1, "not_found", "portfolio", "Nobody");
    assert_eq!(desk.json(&["portfolio", "show", "Book"])["start"], json!(null));
}

#[test]
fn a_portfolio_is_deleted_only_when_it_is_meant_and_nothing_else_goes() {
    let desk = Desk::with_book();
    desk.ok(&["portfolio", "create", "Other", "--equity", "1", "--start", "2024-01-02"]);
    desk.write("rows.csv", "Symbol,Quantity,Entry Price Per Share,Entry Date\nAAA,1,10,2024-01-02\n");
    desk.ok(&["portfolio", "import", "Book", "--file", "rows.csv"]);
    desk.ok(&["refresh"]);
    let other = desk.json(&["snapshots", "Other"]);
    refused(&desk, &["portfolio", "delete", "Book"], 2, "usage", "--yes", "2 events");
    assert_eq!(desk.json(&["portfolio", "list"]).as_array().unwrap().len(), 2);
    let deleted = desk.json(&["portfolio", "delete", "Book", "--yes"]);
    assert_eq!((&deleted["name"], &deleted["events"]), (&json!("Book"), &json!(2)));
    refused(&desk, &["portfolio", "delete", "Book", "--yes"], 1, "not_found", "portfolio", "Book");
    assert_eq!(desk.json(&["snapshots", "Other"]), other);
    assert_eq!(desk.json(&["coverage", "AAA"])["symbol"], json!("AAA"));
    // The name is free again, and the old events do not come back with it.
    desk.ok(&["portfolio", "create", "Book", "--equity", "5"]);
    assert_eq!(desk.json(&["event", "list", "Book"]), json!([]));
}
