//! Answers that programs rely on.

use serde_json::{Value, json};

use crate::desk::Desk;

#[test]
fn snapshots_answer_with_every_field_of_the_ledger() {
    let desk = Desk::with_book();
    desk.json(&["refresh"]);
    let snapshots = desk.json(&["snapshots", "Book"]);
    assert_eq!(snapshots.as_array().unwrap().len(), 4);
    let mut first = snapshots[0].clone();
    let computed_at = first.as_object_mut().unwrap().remove("computed_at").unwrap();
    assert!(computed_at.as_str().unwrap().ends_with('Z'));
    assert_eq!(
        first,
        json!({
            "portfolio": "Book", "session": "2024-01-02", "state": "final", "equity": "1004", "cash": "904", "long_value": "100",
            "short_value": "0", "gross_exposure": "100", "net_exposure": "100",
            "leverage": 100.0 / 1004.0, "cost_total": "95", "unrealized_change": "5", "realized": "0",
            "income": "0", "fees": "1", "flow": "1000", "daily_pnl": "4", "daily_return": 0.004,
            "cumulative_pnl": "4", "cumulative_return": 1.004 - 1.0, "unrealized_total": "5",
            "realized_total": "0", "counts": {"positions": 1, "long": 1, "short": 0}, "coverage": 1.0,
            "gaps": [], "absent": {}, "identity_checked": true, "engine_version": "1",
        })
    );
}

#[test]
fn a_refresh_answers_with_its_phases_and_portfolios() {
    let desk = Desk::with_book();
    let report = desk.json(&["refresh"]);
    assert_eq!(
        (&report["state"], &report["from"], &report["to"]),
        (&json!("ok"), &json!("2024-01-02"), &json!("2024-01-05"))
    );
    assert_eq!(
        report["portfolios"],
        json!([{"name": "Book", "written": 4, "state": "ok", "error": null, "differences": []}])
    );
    let phases: Vec<&Value> = report["phases"].as_array().unwrap().iter().collect();
    let names: Vec<(u64, &str, &str)> = phases
        .iter()
        .map(|p| (p["number"].as_u64().unwrap(), p["name"].as_str().unwrap(), p["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            (1, "market_data", "ok"),
            (2, "fundamentals", "ok"),
            (3, "snapshots", "ok"),
            (4, "marks", "ok"),
            (5, "sectors", "ok"),
            (6, "analytics", "ok"),
        ]
    );
    for phase in phases {
        for field in [
            "reason",
            "duration_ms",
            "items_done",
            "items_skipped",
            "provider_calls",
            "statements",
            "warnings",
        ] {
            assert!(phase.get(field).is_some(), "{field} is missing in {phase}");
        }
    }
    let again = desk.json(&["refresh"]);
    assert_eq!(again["portfolios"][0]["written"], 0);
}

#[test]
fn a_dry_run_tells_what_would_differ_and_writes_nothing() {
    let desk = Desk::with_book();
    desk.json(&["refresh"]);
    desk.json(&["event", "add", "Book", "--kind", "deposit", "--date", "2024-01-04", "--amount", "5"]);
    let before = desk.ok(&["snapshots", "Book", "--json"]);
    let dry = desk.json(&["refresh", "--dry-run"]);
    assert_eq!(
        dry["portfolios"][0]["differences"],
        json!([
            {"session": "2024-01-04", "equity_stored": "1024", "equity_computed": "1029"},
            {"session": "2024-01-05", "equity_stored": "1029", "equity_computed": "1034"},
        ])
    );
    assert_eq!(desk.ok(&["snapshots", "Book", "--json"]), before);
    assert_eq!(desk.json(&["refresh"])["portfolios"][0]["written"], 2);
}

#[test]
fn events_are_listed_with_their_figures_and_voided_ones_say_so() {
    let desk = Desk::with_book();
    let added = desk.json(&[
        "event",
        "add",
        "Book",
        "--kind",
        "interest",
        "--date",
        "2024-01-03",
        "--amount",
        "-2.5",
    ]);
    let listed = desk.json(&["event", "list", "Book"]);
    assert_eq!(listed[0]["kind"], "buy");
    assert_eq!(
        (
            &listed[0]["symbol"],
            &listed[0]["quantity"],
            &listed[0]["price"],
            &listed[0]["fee"],
            &listed[0]["key"]
        ),
        (&json!("AAA"), &json!("10"), &json!("9.5"), &json!("1"), &json!("first"))
    );
    assert_eq!((&listed[1]["amount"], &listed[1]["voided"]), (&json!("-2.5"), &json!(false)));
    desk.ok(&["event", "void", added["id"].as_str().unwrap()]);
    assert_eq!(desk.json(&["event", "list", "Book"])[1]["voided"], true);
}

#[test]
fn the_same_key_twice_is_one_event() {
    let desk = Desk::with_book();
    let arguments = [
        "event",
        "add",
        "Book",
        "--kind",
        "buy",
        "--date",
        "2024-01-02",
        "--symbol",
        "AAA",
        "--quantity",
        "10.0",
        "--price",
        "9.50",
        "--fee",
        "1",
        "--key",
        "first",
    ];
    assert_eq!(desk.json(&arguments)["duplicate"], true);
    assert_eq!(desk.json(&["event", "list", "Book"]).as_array().unwrap().len(), 1);
}

#[test]
fn explain_and_positions_agree_with_the_snapshot_of_any_session() {
    let desk = Desk::with_book();
    desk.json(&["refresh"]);
    let explained = desk.json(&["explain", "Book", "2024-01-03"]);
    assert_eq!(explained["equals_stored"], true);
    assert_eq!(
        (&explained["opening_equity"], &explained["closing_equity"]),
        (&json!("1004"), &json!("1014"))
    );
    assert_eq!(explained["positions"][0]["unrealized_change"], "10");
    let then = desk.json(&["portfolio", "positions", "Book", "--at", "2024-01-03"]);
    assert_eq!(then["positions"][0]["market_value"], "110");
    let now = desk.json(&["portfolio", "positions", "Book"]);
    assert_eq!(
        (&now["session"], &now["positions"][0]["market_value"]),
        (&json!("2024-01-05"), &json!("125"))
    );
}

#[test]
fn prices_say_where_they_come_from_with_and_without_a_database() {
    let desk = Desk::with_book();
    let range = ["--from", "2024-01-01", "--to", "2024-01-09"];
    let read = |db: &[&str]| desk.json(&[db, &["prices", "AAA"], &range[..]].concat());
    let first = read(&[]);
    assert_eq!((&first["source"], &first["cached"]), (&json!("files"), &json!(false)));
    assert_eq!(
        first["missing"],
        json!([{"first": "2024-01-08", "last": "2024-01-09", "reason": "not_asked", "retry_at": null}])
    );
    assert_eq!(
        first["bars"][3],
        json!({"session": "2024-01-05", "open": null, "high": null, "low": null, "close": "12.5", "volume": null, "final": true})
    );
    let passed = read(&["--db", "none"]);
    assert_eq!((&passed["bars"], &passed["cached"]), (&first["bars"], &json!(false)));
    let held = desk.json(&["coverage", "AAA"]);
    assert_eq!(
        (&held["first"], &held["last"], &held["holes"]),
        (&json!("2024-01-02"), &json!("2024-01-05"), &json!(0))
    );
}

#[test]
fn sessions_are_listed_with_their_hours() {
    let desk = Desk::new();
    let sessions = desk.json(&["sessions", "--from", "2024-07-03", "--to", "2024-07-05"]);
    assert_eq!(
        sessions,
        json!([
            {"session": "2024-07-03", "open": "2024-07-03T13:30:00Z", "close": "2024-07-03T17:00:00Z",
             "open_local": "09:30", "close_local": "13:00", "early_close": true, "late_open": false},
            {"session": "2024-07-05", "open": "2024-07-05T13:30:00Z", "close": "2024-07-05T20:00:00Z",
             "open_local": "09:30", "close_local": "16:00", "early_close": false, "late_open": false},
        ])
    );
    assert!(!desk.path().join("daybook.db").exists(), "a command that needs no database makes none");
}

#[test]
fn a_positions_file_is_imported_once_and_reset_drops_only_what_is_derived() {
    let desk = Desk::with_book();
    desk.write(
        "p.csv",
        "Symbol,Quantity,Entry Price Per Share,Entry Date\nAAA,-4,11,2024-01-03\nAAA,-4,11,2024-01-03\n",
    );
    let import = ["portfolio", "import", "Book", "--file", "p.csv"];
    assert_eq!(desk.json(&import)["events"], 2);
    assert_eq!(desk.json(&import)["events"], 0);
    desk.json(&["refresh"]);
    let before = desk.json(&["snapshots", "Book"]);
    let dropped = desk.json(&["reset", "--from", "2024-01-04"]);
    assert_eq!(dropped, json!([{"name": "Book", "snapshots": 2}]));
    desk.json(&["refresh"]);
    let equity = |snapshots: &Value| -> Vec<Value> {
        snapshots.as_array().unwrap().iter().map(|snapshot| snapshot["equity"].clone()).collect()
    };
    assert_eq!(equity(&desk.json(&["snapshots", "Book"])), equity(&before));
}

#[test]
fn the_book_is_the_same_on_postgresql() {
    let Some(database) = testkit::postgres::database() else { return };
    let desk = Desk::with_book();
    let db = ["--db", database.url()];
    let (code, error) = desk.error(&[&db[..], &["portfolio", "list"]].concat());
    assert_eq!((code, error["code"].as_str()), (1, Some("database_failed")));
    desk.ok(&[&db[..], &["migrate"]].concat());
    desk.ok(&[&db[..], &["portfolio", "create", "Book", "--equity", "1000"]].concat());
    desk.ok(&[
        &db[..],
        &[
            "event",
            "add",
            "Book",
            "--kind",
            "buy",
            "--date",
            "2024-01-02",
            "--symbol",
            "AAA",
            "--quantity",
            "10",
            "--price",
            "9.5",
            "--fee",
            "1",
        ],
    ]
    .concat());
    let figures = |db: &[&str]| {
        desk.json(&[db, &["refresh"]].concat());
        let mut snapshots = desk.json(&[db, &["snapshots", "Book"]].concat());
        for snapshot in snapshots.as_array_mut().unwrap() {
            snapshot.as_object_mut().unwrap().remove("computed_at");
        }
        snapshots
    };
    assert_eq!(figures(&db), figures(&[]));
}
