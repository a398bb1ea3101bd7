//! Bad input: what is told, where, and with which exit code; nothing half written.

use serde_json::json;

use crate::desk::Desk;

fn check(desk: &Desk, arguments: &[&str], code: i32, name: &str, place: &str, told: &str) {
    let (found, error) = desk.error(arguments);
    let message = error["message"].as_str().unwrap_or("");
    assert_eq!((found, error["code"].as_str()), (code, Some(name)), "{arguments:?}: {error}");
    assert!(message.contains(told), "{arguments:?}: {told:?} is missing in {error}");
    if !place.is_empty() {
        assert_eq!(error["where"], place, "{arguments:?}");
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    let desk = Desk::with_book();
    let add = ["event", "add", "Book", "--date", "2024-01-03", "--kind"];
    let with = |rest: &[&'static str]| [&add[..], rest].concat();
    check(&desk, &["frobnicate"], 2, "usage", "arguments", "frobnicate");
    check(&desk, &["refresh", "--to", "2024-13-01"], 2, "usage", "arguments", "not a date");
    check(&desk, &["portfolio", "create", "X", "--equity", "1e5"], 2, "usage", "arguments", "plain decimal");
    check(
        &desk,
        &["portfolio", "create", "X", "--equity", "-5"],
        2,
        "invalid_input",
        "equity",
        "zero or more",
    );
    check(&desk, &["portfolio", "create", " X", "--equity", "5"], 2, "invalid_input", "name", "no blanks");
    check(&desk, &with(&["buy", "--amount", "5"]), 2, "invalid_input", "amount", "takes no --amount");
    check(&desk, &with(&["buy", "--symbol", "AAA"]), 2, "invalid_input", "quantity", "needs --quantity");
    check(
        &desk,
        &with(&["sell", "--symbol", "AAA", "--quantity", "-5", "--price", "1"]),
        2,
        "invalid_input",
        "quantity",
        "above zero",
    );
    check(&desk, &with(&["deposit", "--amount", "-5"]), 2, "invalid_input", "amount", "above zero");
    check(
        &desk,
        &with(&["deposit", "--amount", "0.0000001"]),
        2,
        "usage",
        "arguments",
        "more than 6 decimals",
    );
    check(&desk, &with(&["split", "--symbol", "AAA", "--ratio", "0"]), 2, "usage", "arguments", "");
    check(
        &desk,
        &with(&["mark", "--symbol", "../../x", "--price", "1"]),
        2,
        "usage",
        "arguments",
        "not a symbol",
    );
    check(
        &desk,
        &["refresh", "--from", "2024-02-01", "--to", "2024-01-01"],
        2,
        "invalid_input",
        "from",
        "ends before",
    );
    check(&desk, &["sessions", "--calendar", "XLON"], 2, "usage", "calendar", "there is XNYS");
    check(&desk, &["--db", "mysql://x/y", "portfolio", "list"], 2, "database_failed", "", "");
    assert_eq!(desk.json(&["event", "list", "Book"]).as_array().unwrap().len(), 1);
}

#[test]
fn what_does_not_exist_is_named_with_a_way_to_find_out() {
    let desk = Desk::with_book();
    check(&desk, &["snapshots", "Nobody"], 1, "not_found", "portfolio", "portfolio list");
    check(&desk, &["refresh", "--portfolio", "Nobody"], 1, "not_found", "portfolio", "Nobody");
    check(&desk, &["event", "void", "5"], 1, "not_found", "event", "event list");
    check(&desk, &["coverage", "ZZZ"], 1, "not_found", "symbol", "prices SYMBOL");
    check(&desk, &["prices", "ZZZ"], 1, "not_found", "ZZZ", "no such symbol");
    check(
        &desk,
        &["explain", "Book", "2024-01-06"],
        1,
        "no_session",
        "Book",
        "the last one before it is 2024-01-05",
    );
    check(&desk, &["--db", "none", "portfolio", "list"], 1, "database_required", "", "--db");
}

#[test]
fn books_that_have_begun_take_nothing_before_their_first_session() {
    let desk = Desk::with_book();
    desk.json(&["refresh"]);
    let early = ["event", "add", "Book", "--kind", "deposit", "--date", "2023-12-29", "--amount", "5"];
    check(&desk, &early, 1, "before_inception", "date", "daybook reset");
    let reused = [
        "event",
        "add",
        "Book",
        "--kind",
        "deposit",
        "--date",
        "2024-01-03",
        "--amount",
        "5",
        "--key",
        "first",
    ];
    check(&desk, &reused, 1, "key_reused", "first", "another key");
    check(
        &desk,
        &["portfolio", "create", "Book", "--equity", "1"],
        1,
        "portfolio_exists",
        "Book",
        "another name",
    );
}

#[test]
fn a_file_is_taken_whole_or_not_at_all() {
    let desk = Desk::new();
    let header = "Symbol,Quantity,Entry Price Per Share,Entry Date\n";
    desk.write("bad.csv", &format!("{header}AAA,1,5,2024-01-02\nAAA,x,5,2024-01-02\nAAA,1,5,2035-01-02\n"));
    let create = ["portfolio", "create", "New", "--equity", "5", "--file", "bad.csv"];
    let (code, error) = desk.error(&create);
    assert_eq!((code, error["code"].as_str()), (1, Some("import_refused")));
    assert_eq!(
        (&error["where"][0]["row"], &error["where"][0]["column"], &error["where"][1]["code"]),
        (&json!(3), &json!("Quantity"), &json!("outside_calendar"))
    );
    assert_eq!(desk.json(&["portfolio", "list"]), json!([]));
    let taken = desk.json(&[&create[..], &["--skip-bad-rows"]].concat());
    assert_eq!((&taken["import"]["events"], &taken["new_symbols"]), (&json!(1), &json!(["AAA"])));
    check(
        &desk,
        &["portfolio", "create", "N", "--equity", "5", "--file", "none.csv"],
        2,
        "usage",
        "none.csv",
        "",
    );
    desk.write("empty.csv", "");
    check(
        &desk,
        &["portfolio", "create", "N", "--equity", "5", "--file", "empty.csv"],
        2,
        "invalid_input",
        "file",
        "Symbol",
    );
}

#[test]
fn a_database_that_is_none_is_left_as_it_is() {
    let desk = Desk::new();
    desk.write("daybook.db", "this is not a database, it is a letter to a friend, and a long one at that");
    let (code, error) = desk.error(&["portfolio", "list"]);
    assert_eq!((code, error["code"].as_str()), (1, Some("database_failed")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("no database"), "{error}");
    assert!(std::fs::read_to_string(desk.path().join("daybook.db")).unwrap().starts_with("this is not"));
}

#[test]
fn settings_that_make_no_sense_are_refused_and_passwords_are_not_shown() {
    let desk = Desk::new();
    let shown = desk.json(&["config", "show", "--db", "postgres://me:hunter2@localhost/books"]);
    assert!(!shown.to_string().contains("hunter2"), "{shown}");
    desk.write("daybook.toml", "[ledger]\nfinal_coverge = 0.9\n");
    check(&desk, &["config", "show"], 2, "usage", "daybook.toml", "ledger.final_coverge");
}

#[test]
fn one_portfolio_that_cannot_be_computed_stops_no_other() {
    let desk = Desk::with_book();
    desk.ok(&["portfolio", "create", "Giant", "--equity", "9000000000000"]);
    for _ in 0..2 {
        desk.ok(&[
            "event",
            "add",
            "Giant",
            "--kind",
            "deposit",
            "--date",
            "2024-01-03",
            "--amount",
            "9000000000000",
        ]);
    }
    let output = desk.run(&["refresh", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["state"], "partial");
    assert_eq!(
        (&report["portfolios"][0]["written"], &report["portfolios"][1]["written"]),
        (&json!(4), &json!(0))
    );
    let error = &report["portfolios"][1]["error"];
    assert_eq!(error["code"], "ledger_failed");
    assert!(error["message"].as_str().unwrap().contains("2024-01-03 is too large"), "{error}");
}
