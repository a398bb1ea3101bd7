//! Files with symbols that nobody has met.

use serde_json::json;
use testkit::provider_server::Fault;

use crate::desk::{Desk, server, session};

fn positions(symbols: &[&str]) -> String {
    let entry = session(10);
    let rows = symbols.iter().map(|symbol| format!("{symbol},10,50,{entry}\n"));
    "Symbol,Quantity,Entry Price Per Share,Entry Date\n".to_owned() + &rows.collect::<String>()
}

fn create(desk: &Desk, symbols: &[&str], more: &[&str]) -> (i32, serde_json::Value) {
    std::fs::write(desk.path().join("positions.csv"), positions(symbols)).unwrap();
    let base = ["portfolio", "create", "Book", "--equity", "10000", "--file", "positions.csv"];
    desk.answer(&[&base[..], more].concat())
}

#[test]
fn a_symbol_that_does_not_exist_refuses_the_file() {
    let server = server();
    let desk = Desk::at(&server);
    let (code, refused) = create(&desk, &["AAA", "NOPE", "NADA"], &[]);
    assert_eq!((code, &refused["code"]), (1, &json!("import_refused")), "{refused}");
    let rows: Vec<_> = refused["where"].as_array().unwrap().iter().map(|row| &row["row"]).collect();
    assert_eq!(rows, [&json!(3), &json!(4)]);
    assert_eq!(desk.json(&["portfolio", "list"]), json!([]));
    let asked = server.call_count();
    let (code, created) = create(&desk, &["AAA"], &[]);
    assert_eq!((code, &created["import"]["pending"]), (0, &json!(["AAA"])));
    assert_eq!(server.call_count(), asked, "what was answered is known");
}

#[test]
fn what_the_provider_cannot_say_is_taken_and_offline_nobody_is_asked() {
    let server = server();
    server.misbehave(Fault::ServerError);
    let desk = Desk::at(&server).with("onboarding.validate_ms", "200");
    let (code, created) = create(&desk, &["NOPE"], &[]);
    assert_eq!((code, &created["import"]["pending"]), (0, &json!(["NOPE"])));
    let asked = server.call_count();
    let offline = Desk::at(&server);
    let (code, created) = create(&offline, &["NOPE"], &["--offline"]);
    assert_eq!((code, &created["import"]["pending"]), (0, &json!([])));
    assert_eq!(server.call_count(), asked);
}

#[test]
fn a_symbol_that_could_not_be_made_known_is_tried_again_or_stands_for_another() {
    let server = server();
    let desk = Desk::at(&server).measured_on("AAA");
    std::fs::write(desk.path().join("positions.csv"), positions(&["AAA", "NOPE"])).unwrap();
    let create = ["portfolio", "create", "Book", "--equity", "10000", "--file", "positions.csv", "--offline"];
    let created = desk.json(&[&create[..], &["--detach"]].concat());
    assert_eq!(created["import"]["pending"], json!(["AAA", "NOPE"]));
    assert_eq!(desk.json(&["symbol", "status", "aaa"])["status"], "pending");
    let symbols = desk.json(&["jobs", "list", "--kind", "onboard_symbol"]);
    for job in symbols["jobs"].as_array().unwrap() {
        // Both are tried once here, and one of them in vain.
        desk.run(&["jobs", "cancel", job["id"].as_str().unwrap()]);
    }
    let cancelled = desk.json(&["symbol", "status", "AAA"]);
    assert_eq!((&cancelled["status"], &cancelled["code"]), (&json!("error"), &json!("cancelled")));
    let ready = desk.json(&["symbol", "retry", "AAA"]);
    assert_eq!((&ready["symbol"], &ready["status"]), (&json!("AAA"), &json!("ready")));
    assert!(!desk.json(&["snapshots", "Book"]).as_array().unwrap().is_empty(), "its holder is computed");
    let (code, failed) = desk.answer(&["symbol", "retry", "nope"]);
    assert_eq!((code, &failed["status"], &failed["code"]), (1, &json!("error"), &json!("not_found")));
    let mapped = desk.json(&["symbol", "map", "NOPE", "BBB"]);
    assert_eq!((&mapped["events"], &mapped["portfolios"]), (&json!(1), &json!(["Book"])));
    desk.json(&["refresh"]);
    let snapshots = desk.json(&["snapshots", "Book"]);
    assert_eq!(snapshots.as_array().unwrap().last().unwrap()["gaps"], json!([]));
    assert!(desk.ok(&["symbol", "status", "NOPE"]).contains("as BBB: it is in the universe"));
    assert_eq!(desk.json(&["symbol", "status", "nobody asked"])["status"], "unknown");
}
