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
