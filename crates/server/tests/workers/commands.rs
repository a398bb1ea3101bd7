//! The commands about jobs and schedules.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;
use testkit::provider_server::Fault;
use testkit::wait_until_blocking;

use crate::desk::{DEADLINE, Desk, Worker, market, session};

fn refused(desk: &Desk, arguments: &[&str]) -> (i32, Value) {
    let output = desk.run(&[arguments, &["--json"]].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    let line = told.lines().last().unwrap_or("");
    (output.status.code().unwrap(), serde_json::from_str(line).unwrap_or_else(|_| panic!("{told}")))
}

#[test]
fn a_command_leaves_a_job_that_tells_what_it_did() {
    let server = market();
    let desk = Desk::with_books(&server, None);
    let report = desk.json(&["refresh"]);
    let listed = desk.json(&["jobs", "list", "--kind", "refresh"]);
    let job = &listed["jobs"][0];
    assert_eq!((job["kind"].as_str(), job["state"].as_str()), (Some("refresh"), Some("completed")));
    assert_eq!(job["result"], report, "the answer of the command is the result of the job");
    assert_eq!(job["progress"]["units"]["done"], 4);
    let id = job["id"].as_str().unwrap();
    let shown = desk.json(&["jobs", "show", id]);
    assert_eq!(shown["units"].as_array().unwrap().len(), 4);
    let text = desk.ok(&["jobs", "show", id]);
    for told in ["is completed", "unit", "Four", "ended: completed: 4 of 4 units done, 0 failed"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(desk.ok(&["jobs", "list", "--state", "completed", "--kind", "refresh"]).contains(id));
    assert_eq!(desk.ok(&["jobs", "list", "--state", "failed"]), "there are no such jobs\n");
    // A dry run writes nothing, a job included.
    desk.ok(&["refresh", "--dry-run"]);
    assert_eq!(desk.json(&["jobs", "list", "--kind", "refresh"])["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(refused(&desk, &["jobs", "cancel", id]).1["code"], "job_over");
    assert_eq!(refused(&desk, &["jobs", "show", "none"]).1["code"], "not_found");
    assert_eq!(refused(&desk, &["refresh", "--portfolio", "Nobody's"]).1["code"], "not_found");
}

#[test]
fn a_job_that_is_left_to_a_worker_waits_for_it() {
    let server = market();
    let desk = Desk::with_books(&server, None);
    let made = desk.json(&["refresh", "--detach"]);
    assert_eq!((made["state"].as_str(), made["revision"].as_i64()), (Some("pending"), Some(1)));
    let id = made["id"].as_str().unwrap();
    let other = desk.ok(&["fetch", "AAA", "--detach"]);
    let other = other.split(' ').nth(1).unwrap().to_owned();
    assert!(desk.ok(&["jobs", "cancel", &other]).contains("is cancelled"));
    let worker = Worker::start(&desk);
    assert_eq!(desk.over(id)["state"], "completed");
    assert_eq!(worker.ask_to_end(), Some(0), "a worker that is asked to end ends well");
    assert_eq!(desk.json(&["jobs", "show", &other])["state"], "cancelled");
    // Opened again, it is worked on here.
    let (from, to) = (session(10).to_string(), session(0).to_string());
    let output = desk.run(&["fetch", "AAA", "NOPE", "--from", &from, "--to", &to]);
    assert_eq!(output.status.code(), Some(3));
    let listed = desk.json(&["jobs", "list", "--state", "partial"]);
    let partial = listed["jobs"][0]["id"].as_str().unwrap();
    let again = desk.run(&["jobs", "retry", partial]);
    assert_eq!(again.status.code(), Some(1), "what failed fails again, and nothing else is asked for");
    assert_eq!(String::from_utf8_lossy(&again.stdout).lines().count(), 3, "headings, a line, and one symbol");
}

#[test]
fn every_line_that_a_job_causes_tells_its_identity() {
    let server = market();
    let desk = Desk::with_books(&server, None).with("LOG", "debug");
    let output = desk.run(&["refresh"]);
    let log = String::from_utf8(output.stderr).unwrap();
    let listed = desk.json(&["jobs", "list", "--kind", "refresh"]);
    let id = listed["jobs"][0]["id"].as_str().unwrap();
    for event in [
        "prices_prefetched",
        "profiles_prefetched",
        "download",
        "fetched_and_stored",
        "phase_started",
        "phase_ended",
        "equity_terms",
        "job_state_changed",
        "job_ended",
    ] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(event)).collect();
        assert!(!lines.is_empty(), "{event}: {log}");
        for line in lines {
            assert!(line.contains(id), "{line}");
        }
    }
}

#[test]
fn schedules_are_added_listed_and_removed() {
    let server = market();
    let desk = Desk::with_books(&server, None);
    let added = desk.json(&["schedule", "add", "* * * * *", "--portfolio", "One"]);
    assert_eq!((added["zone"].as_str(), added["kind"].as_str()), (Some("America/New_York"), Some("refresh")));
    let id = added["id"].as_str().unwrap();
    assert!(desk.ok(&["schedule", "list"]).contains("* * * * *"));
    let (code, told) = refused(&desk, &["schedule", "add", "noon"]);
    assert_eq!((code, told["code"].as_str()), (2, Some("invalid_input")));
    // Within a minute its time comes; two workers look, and one job is made.
    let workers = [Worker::start(&desk), Worker::start(&desk)];
    let jobs = || desk.json(&["jobs", "list", "--kind", "refresh"])["jobs"].as_array().unwrap().len();
    assert!(wait_until_blocking(DEADLINE, || jobs() > 0));
    assert_eq!(jobs(), 1);
    drop(workers);
    desk.ok(&["schedule", "remove", id]);
    assert_eq!(desk.ok(&["schedule", "list"]), "there are no schedules\n");
}

#[test]
fn a_refresh_that_is_interrupted_gives_its_job_back_at_once() {
    let server = market();
    // So long that nobody waits for the end of a lease here.
    let desk = Desk::with_books(&server, None).with("JOBS__LEASE_MS", "600000");
    server.misbehave(Fault::Hold { at_most_ms: 60_000 });
    let refresh = Worker(desk.start(&["refresh"]));
    assert!(wait_until_blocking(DEADLINE, || server.under_way_max() > 0));
    assert_eq!(refresh.ask_to_end(), Some(1));
    server.behave();
    let listed = desk.json(&["jobs", "list", "--kind", "refresh"]);
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1, "{listed:#}");
    assert!(!["completed", "failed", "cancelled"].contains(&listed["jobs"][0]["state"].as_str().unwrap()));
    let report = desk.json(&["refresh"]);
    assert_eq!(report["state"], "ok", "{report:#}");
    let listed = desk.json(&["jobs", "list", "--kind", "refresh"]);
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1, "it was gone on with: {listed:#}");
    assert_eq!(listed["jobs"][0]["state"], "completed");
}

#[test]
fn a_worker_waits_for_a_database_that_is_away() {
    let server = market();
    let desk = Desk::new(&server, None);
    // A port at which nobody answers.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let away = format!("postgres://daybook@127.0.0.1:{port}/daybook");
    let mut command = desk.command(&["worker", "--db", &away]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let worker = Worker(child);
    for _ in 0..2 {
        let line = told.find(|line| line.as_ref().unwrap().contains("database_awaited"));
        assert!(line.is_some(), "it ended, or never said what it waits for");
    }
    drop(worker);
}
