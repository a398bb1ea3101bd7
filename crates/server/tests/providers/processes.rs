//! Several processes on one database.

use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::provider_server::Fault;
use testkit::{postgres, wait_until_blocking};

use crate::desk::{CHART, DEADLINE, Desk, server, session};

/// Waits for a process that must succeed, and gives its answer.
fn answer(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Four processes want one symbol while its provider takes its time.
fn four_at_once(database: &[&str]) {
    let server = server();
    server.misbehave_on(CHART, Fault::Hold { at_most_ms: 2_000 }, usize::MAX);
    // Nobody can wait for such a lease to run out: each has to be given back.
    let desk = Desk::at(&server).with("refresh.lease_ms", "600000");
    let (from, to) = (session(40).to_string(), session(0).to_string());
    let arguments = [&["fetch", "AAA", "--from", &from, "--to", &to, "--json"], database].concat();
    let children: Vec<Child> = (0..4).map(|_| desk.start(&arguments)).collect();
    let answers: Vec<Value> = children.into_iter().map(answer).collect();
    assert_eq!((server.call_count(), server.call_count_on(CHART)), (1, 1), "{answers:?}");
    let mut calls: Vec<u64> =
        answers.iter().map(|answer| answer[0]["provider_calls"].as_u64().unwrap()).collect();
    calls.sort_unstable();
    assert_eq!(calls, [0, 0, 0, 1], "{answers:?}");
    assert!(answers.iter().all(|answer| answer[0]["failure"].is_null()), "{answers:?}");
}

#[test]
fn four_processes_make_one_call_on_sqlite() {
    four_at_once(&[]);
}

#[test]
fn four_processes_make_one_call_on_postgres() {
    let Some(database) = postgres::database() else { return };
    let (desk, options) = (Desk::new(), ["--db", database.url()]);
    desk.ok(&["migrate", "--db", database.url()]);
    four_at_once(&options);
}

#[test]
fn a_killed_fetch_is_waited_for_no_longer_than_its_lease() {
    let server = server();
    server.misbehave(Fault::Hold { at_most_ms: DEADLINE.as_millis() as u64 });
    let desk = Desk::at(&server).with("refresh.lease_ms", "2000");
    let (from, to) = (session(40).to_string(), session(0).to_string());
    let arguments = ["fetch", "AAA", "--from", &from, "--to", &to];
    let mut killed = desk.start(&arguments);
    assert!(wait_until_blocking(DEADLINE, || server.under_way() == 1), "it asks");
    killed.kill().unwrap();
    killed.wait().unwrap();
    server.behave();
    let start = Instant::now();
    let answer = desk.json(&arguments);
    let took = start.elapsed();
    assert_eq!((answer[0]["failure"].clone(), server.call_count()), (Value::Null, 2), "{answer}");
    // Far less than what is waited for somebody who is alive, and far more than a slow machine takes.
    assert!(took < Duration::from_secs(12), "{took:?}");
    assert!(desk.ok(&["doctor"]).contains("lease"), "no lease is left behind");
}
