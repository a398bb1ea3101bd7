//! What the cache remembers from one process to the next.

use app::{Clock, SystemClock};
use model::Timestamp;
use serde_json::{Value, json};
use testkit::provider_server::Fault;

use crate::desk::{CHART, Desk, now, server, session};

/// Holds a field to an instant so many seconds after some moment of the test.
#[track_caller]
fn check_after(value: &Value, seconds: i64) {
    let at: Timestamp = value.as_str().unwrap().parse().unwrap();
    let moment = at.plus_seconds(-seconds);
    // Instants are shown in whole seconds.
    assert!((now().plus_seconds(-1)..=SystemClock.now()).contains(&moment), "{seconds} s before {value}");
}

#[test]
fn what_one_process_fetched_another_reads() {
    let server = server();
    let desk = Desk::at(&server);
    let (from, to) = (session(40).to_string(), session(0).to_string());
    let fetched = desk.json(&["fetch", "AAA", "--from", &from, "--to", &to]);
    assert_eq!((&fetched[0]["provider_calls"], server.call_count()), (&json!(1), 1));
    assert!(fetched[0]["written"].as_u64().unwrap() >= 41, "{fetched}");
    let again = desk.json(&["fetch", "AAA", "--from", &from, "--to", &to]);
    assert_eq!((&again[0]["provider_calls"], &again[0]["cached"]), (&json!(0), &json!(true)));
    let prices = desk.json(&["prices", "AAA", "--from", &from, "--to", &to]);
    assert_eq!((&prices["cached"], &prices["source"]), (&json!(true), &json!("yahoo")));
    assert_eq!((&prices["reason"], &prices["missing"]), (&json!("covered"), &json!([])));
    assert_eq!(prices["bars"].as_array().unwrap().len(), 41);
    desk.ok(&["indicator", "AAA", "sma", "--from", &from, "--to", &to, "--param", "period=5"]);
    assert_eq!(server.call_count(), 1, "nobody was asked again");

    let covered = desk.json(&["coverage", "AAA"]);
    let held = covered["held"].as_array().unwrap();
    assert_eq!((held.len(), &covered["holes"], &covered["missing"]), (1, &json!(0), &json!([])), "{covered}");
    assert_eq!((&held[0]["first"], &held[0]["source"]), (&json!(from), &json!("yahoo")), "{covered}");
    let forced = desk.json(&["fetch", "AAA", "--from", &from, "--to", &to, "--force"]);
    assert_eq!((&forced[0]["provider_calls"], &forced[0]["restated"]), (&json!(1), &json!(0)));
}

#[test]
fn without_dates_the_last_year_is_fetched_once() {
    let server = server();
    let desk = Desk::at(&server);
    let first = desk.json(&["fetch", "AAA"]);
    assert_eq!(first[0]["failure"], json!(null));
    assert!(first[0]["written"].as_u64().unwrap() > 240, "{first}");
    desk.ok(&["fetch", "AAA"]);
    assert_eq!(server.call_count(), 1);
}

#[test]
fn a_symbol_that_nobody_knows_is_asked_for_once_a_day() {
    let server = server();
    let desk = Desk::at(&server);
    let (code, answer) = desk.answer(&["fetch", "NOPE"]);
    assert_eq!((code, &answer[0]["failure"]["code"]), (1, &json!("not_found")), "{answer}");
    let retry_at = answer[0]["failure"]["retry_at"].clone();
    check_after(&retry_at, 86_400);

    let (code, again) = desk.answer(&["fetch", "NOPE"]);
    assert_eq!((code, &again[0]["failure"]["retry_at"]), (1, &retry_at), "{again}");
    let (code, error) = desk.answer(&["prices", "NOPE"]);
    assert_eq!((code, &error["code"]), (1, &json!("not_found")), "{error}");
    assert_eq!(server.call_count(), 1);

    let covered = desk.json(&["coverage", "NOPE"]);
    assert_eq!(covered["failure"]["code"], "not_found", "{covered}");
    assert_eq!(covered["failure"]["retry_at"], retry_at, "{covered}");
    let told = desk.ok(&["coverage", "NOPE"]);
    assert!(told.contains("no such symbol") && told.contains(retry_at.as_str().unwrap()), "{told}");
}

#[test]
fn coverage_says_what_is_missing_and_when_it_is_asked_for_again() {
    let server = server();
    let gone = session(10);
    server.change(|market| {
        let symbol = market.symbols.get_mut("AAA").unwrap();
        symbol.bars = symbol.bars.iter().filter(|bar| bar.session != gone).collect();
    });
    let desk = Desk::at(&server);
    let (from, to) = (session(40).to_string(), session(0).to_string());
    desk.ok(&["fetch", "AAA", "--from", &from, "--to", &to]);
    let covered = desk.json(&["coverage", "AAA"]);
    let hole = &covered["missing"][0];
    assert_eq!(
        (&hole["first"], &hole["last"], &hole["reason"]),
        (&json!(gone.to_string()), &json!(gone.to_string()), &json!("provider_has_none")),
        "{covered}"
    );
    check_after(&hole["retry_at"], 7 * 86_400);
    let told = desk.ok(&["coverage", "AAA"]);
    assert!(told.contains("provider has none, asked again from"), "{told}");
    desk.ok(&["fetch", "AAA", "--from", &from, "--to", &to]);
    assert_eq!(server.call_count(), 1);
}

#[test]
fn providers_show_budget_pause_and_last_failure() {
    let server = server();
    let desk = Desk::at(&server);
    desk.ok(&["fetch", "AAA"]);
    server.misbehave_on(CHART, Fault::LimitedForSeconds(600), usize::MAX);
    let (code, answer) = desk.answer(&["fetch", "BBB"]);
    assert_eq!((code, &answer[0]["failure"]["code"]), (1, &json!("rate_limited")), "{answer}");
    check_after(&answer[0]["failure"]["retry_at"], 600);
    let calls = server.call_count();
    // The pause is the provider's: neither this symbol nor another one is asked for.
    assert_eq!(desk.answer(&["fetch", "BBB"]).0, 1);
    assert_eq!(desk.answer(&["fetch", "CCC"]).0, 1);
    assert_eq!(server.call_count(), calls);

    let providers = desk.json(&["providers"]);
    let yahoo = &providers[0];
    assert_eq!((&yahoo["provider"], &yahoo["in_use"]), (&json!("yahoo"), &json!(true)));
    assert_eq!((&yahoo["limits"]["calls_max"], &yahoo["limits"]["burst"]), (&json!(60), &json!(60)));
    assert_eq!(yahoo["used_today"], json!(calls), "{yahoo}");
    assert_eq!(yahoo["last_error"]["code"], "rate_limited", "{yahoo}");
    check_after(&yahoo["cooldown_until"], 600);
    let told = desk.ok(&["providers"]);
    assert!(told.contains("after a pause") && told.contains("60 in 60 s"), "{told}");
}
