//! New symbols made known by worker processes that are killed at random moments: every symbol comes to its end once, and
//! what is published is what an undisturbed run publishes.

use std::time::Duration;

use serde_json::Value;
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};
use testkit::{postgres, wait_until_blocking};

use crate::desk::{DEADLINE, Desk, Worker, now, session};
use crate::kills::{Dice, number_from_environment};

/// The portfolios, each with what it bought; one symbol does not exist.
const PORTFOLIOS: [(&str, &[&str]); 3] =
    [("One", &["AAA", "BBB", "NONE"]), ("Two", &["BBB", "CCC", "DDD"]), ("Three", &["EEE"])];
const SYMBOLS: [&str; 5] = ["AAA", "BBB", "CCC", "DDD", "EEE"];
/// How long the provider takes for an answer.
const CALL_MS: u64 = 60;
/// Kills within a run.
const KILL_COUNT: u64 = 5;
/// The longest time between two of them.
const PAUSE_MS_MAX: u64 = 350;

fn market() -> ProviderServer {
    let symbol = |number: usize| {
        FakeSymbol::around(2_500 * (number as i64 + 1), session(300), session(0)).with_split(session(20), "2")
    };
    let listed = SYMBOLS.iter().enumerate();
    let market =
        listed.fold(FakeMarket::new(now()), |market, (number, name)| market.with(name, symbol(number)));
    let server = ProviderServer::start(YahooFormat::default(), market);
    server.misbehave(Fault::Hold { at_most_ms: CALL_MS });
    server
}

/// Uploads the files while no provider can say anything, so that all symbols are left to the workers.
fn upload(desk: &Desk) {
    for (name, symbols) in PORTFOLIOS {
        let file = desk.write_positions(name, symbols);
        desk.ok(&[
            "portfolio",
            "create",
            name,
            "--equity",
            "100000",
            "--file",
            &file,
            "--offline",
            "--detach",
        ]);
    }
}

fn statuses(desk: &Desk) -> Vec<(String, String)> {
    let names = SYMBOLS.iter().chain(&["NONE"]);
    let status = |name: &&str| desk.json(&["symbol", "status", name])["status"].as_str().unwrap().to_owned();
    names.map(|name| ((*name).to_owned(), status(name))).collect()
}

/// Whether nothing is left to be done.
fn is_over(desk: &Desk) -> bool {
    let states = ["pending", "downloading_data", "running"];
    let arguments: Vec<&str> = states.iter().flat_map(|state| ["--state", state]).collect();
    desk.json(&[&["jobs", "list"][..], &arguments].concat())["jobs"].as_array().unwrap().is_empty()
}

fn published(desk: &Desk) -> Vec<Value> {
    PORTFOLIOS.iter().map(|(name, _)| desk.published_of(name)).collect()
}

/// Uploads, and has workers do the rest, some of which are killed.
fn run(desk: &Desk, worker_count: usize, kills: Option<u64>) -> Vec<Value> {
    upload(desk);
    let mut workers: Vec<Worker> = (0..worker_count).map(|_| Worker::start(desk)).collect();
    if let Some(seed) = kills {
        let mut dice = Dice(seed);
        for _ in 0..KILL_COUNT {
            let worker = &mut workers[dice.below(worker_count as u64) as usize];
            let pause = Duration::from_millis(dice.below(PAUSE_MS_MAX));
            let has_ended = wait_until_blocking(pause, || worker.0.try_wait().unwrap().is_some());
            assert!(!has_ended, "seed {seed}: a worker ended by itself");
            worker.kill();
            *worker = Worker::start(desk);
        }
    }
    assert!(
        wait_until_blocking(DEADLINE, || is_over(desk)),
        "seed {kills:?}: {:#}",
        desk.json(&["jobs", "list"])
    );
    let told = statuses(desk);
    let expected = |(name, status): &(String, String)| match name.as_str() {
        "NONE" => status == "error",
        _ => status == "ready",
    };
    assert!(told.iter().all(expected), "seed {kills:?}: {told:?}");
    let jobs = desk.json(&["jobs", "list", "--kind", "onboard_symbol"]);
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 6, "seed {kills:?}: {jobs:#}");
    published(desk)
}

/// What is published when the symbols were known before the files came.
fn known_from_the_start(server: &ProviderServer) -> Vec<Value> {
    let desk = Desk::new(server, None);
    let (from, to) = (session(299).to_string(), session(0).to_string());
    desk.ok(&[&["fetch"][..], &SYMBOLS, &["--from", &from, "--to", &to]].concat());
    for (name, symbols) in PORTFOLIOS {
        let file = desk.write_positions(name, symbols);
        desk.ok(&["portfolio", "create", name, "--equity", "100000", "--file", &file, "--offline"]);
    }
    desk.ok(&["refresh"]);
    published(&desk)
}

fn many_runs(make: impl Fn(&ProviderServer) -> Option<Desk>, worker_count: usize) {
    let server = market();
    let expected = known_from_the_start(&server);
    assert_eq!(expected[0]["snapshots"].as_array().unwrap().len(), 60);
    assert_eq!(run(&Desk::new(&server, None), 1, None), expected, "undisturbed");
    let first = number_from_environment("KILL_SEED", 1);
    for seed in first..first + number_from_environment("KILL_RUNS", 10) {
        let Some(desk) = make(&server) else { return };
        assert_eq!(run(&desk, worker_count, Some(seed)), expected, "seed {seed}");
    }
}

#[test]
fn onboarding_on_sqlite_is_killed_and_nothing_is_lost() {
    many_runs(|server| Some(Desk::new(server, None)), 1);
}

#[test]
fn onboarding_by_four_workers_on_postgres_is_killed_and_nothing_is_lost() {
    many_runs(|server| Some(Desk::new(server, Some(postgres::database()?))), 4);
}
