//! `doctor`.

use serde_json::{Value, json};

use crate::desk::Desk;

/// What the doctor says, with its exit code.
fn look(desk: &Desk, arguments: &[&str]) -> (i32, Value) {
    let output = desk.run(&[&["doctor", "--json"][..], arguments].concat());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The one finding, by its check.
#[track_caller]
fn only_finding(desk: &Desk, arguments: &[&str], check: &str, told: &str) {
    let (code, answer) = look(desk, arguments);
    let found: Vec<&Value> =
        answer["checks"].as_array().unwrap().iter().filter(|check| check["findings"] != json!([])).collect();
    assert_eq!((code, &answer["fine"], found.len()), (3, &json!(false), 1), "{answer}");
    assert_eq!(found[0]["check"], check, "{answer}");
    assert!(found[0]["findings"][0].as_str().unwrap().contains(told), "{answer}");
}

#[test]
fn books_in_order_are_fine() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let (code, answer) = look(&desk, &[]);
    assert_eq!((code, &answer["fine"]), (0, &json!(true)), "{answer}");
    let checks: Vec<&str> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    let expected = [
        "settings",
        "providers",
        "integrity",
        "schema",
        "identity",
        "sessions",
        "positions",
        "events",
        "leases",
    ];
    assert_eq!(checks, expected);
    assert!(desk.ok(&["doctor"]).contains("4 snapshots"));
    assert_eq!(look(&desk, &["--db", "none"]).0, 0);
}

#[test]
fn what_lies_around_the_database_is_looked_at_too() {
    let desk = Desk::with_book();
    only_finding(&desk, &["--db", "sqlite:none.db"], "database", "none.db");
    assert!(!desk.path().join("none.db").exists());
    std::fs::rename(desk.path().join("data"), desk.path().join("elsewhere")).unwrap();
    only_finding(&desk, &[], "providers", "providers.files.dir");
    desk.write("daybook.toml", "[ledger]\nfinal_coverge = 0.9\n");
    only_finding(&desk, &[], "settings", "ledger.final_coverge");
}

#[test]
fn a_damaged_file_is_told() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let path = desk.path().join("daybook.db");
    let mut pages = std::fs::read(&path).unwrap();
    let middle = pages.len() / 2;
    pages[middle..].fill(0xA5);
    std::fs::write(&path, &pages).unwrap();
    only_finding(&desk, &[], "integrity", "");
}
