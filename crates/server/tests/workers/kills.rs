//! Worker processes killed at random moments: every job ends once, and what is published is what an undisturbed run
//! publishes.
//!
//! Ten runs for each engine; `KILL_RUNS=100` makes a hundred, `KILL_SEED` begins with another seed. The seed of a run that
//! fails stands in the message.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use testkit::provider_server::ProviderServer;
use testkit::{postgres, wait_until_blocking};

use crate::desk::{Desk, PORTFOLIOS, Worker, market};

/// Kills within a run.
const KILL_COUNT: u64 = 4;
/// The longest time between two of them.
const PAUSE_MS_MAX: u64 = 400;

pub fn number_from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// Numbers that look random and follow from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// What an undisturbed refresh publishes.
fn undisturbed(server: &ProviderServer) -> Vec<Value> {
    let desk = Desk::with_books(server, None);
    desk.ok(&["refresh"]);
    desk.published()
}

/// Makes a job for each portfolio and one for all, and kills workers at random moments until the dice are cast.
fn disturb(desk: &Desk, worker_count: usize, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut workers: Vec<Worker> = (0..worker_count).map(|_| Worker::start(desk)).collect();
    let named = PORTFOLIOS.iter().map(|(name, _)| vec!["refresh", "--detach", "--portfolio", name]);
    let commands = named.chain([vec!["refresh", "--detach"]]);
    let id = |command: Vec<&str>| desk.json(&command)["id"].as_str().unwrap().to_owned();
    let ids: Vec<String> = commands.map(id).collect();
    for _ in 0..KILL_COUNT {
        let victim = dice.below(worker_count as u64) as usize;
        let pause = Duration::from_millis(dice.below(PAUSE_MS_MAX));
        let worker = &mut workers[victim];
        let has_ended = wait_until_blocking(pause, || worker.0.try_wait().unwrap().is_some());
        assert!(!has_ended, "seed {seed}: a worker ended by itself");
        if let Some(database) = desk.database()
            && dice.below(4) == 0
        {
            // Now and again the database goes away instead.
            database.end_connections();
            continue;
        }
        worker.kill();
        *worker = Worker::start(desk);
    }
    for id in &ids {
        let job = desk.over(id);
        assert_eq!(job["state"], "completed", "seed {seed}: {job:#}");
        let log = job["log"].as_array().unwrap();
        let ended = log.iter().filter(|line| line["event"] == "ended").count();
        assert_eq!(ended, 1, "seed {seed}: {job:#}");
    }
    ids
}

fn many_runs(make: impl Fn(&ProviderServer) -> Option<Desk>, worker_count: usize) {
    let server = market();
    let expected = undisturbed(&server);
    assert_eq!(expected[0]["snapshots"].as_array().unwrap().len(), 60);
    let first = number_from_environment("KILL_SEED", 1);
    for seed in first..first + number_from_environment("KILL_RUNS", 10) {
        let Some(desk) = make(&server) else { return };
        let ids = disturb(&desk, worker_count, seed);
        for (found, expected) in desk.published().iter().zip(&expected) {
            assert_eq!(found, expected, "seed {seed}");
        }
        let listed = desk.json(&["jobs", "list", "--kind", "refresh"]);
        assert_eq!(listed["jobs"].as_array().unwrap().len(), ids.len(), "seed {seed}: {listed:#}");
    }
}

#[test]
fn a_worker_on_sqlite_is_killed_and_nothing_is_lost() {
    let books = OnceLock::new();
    let copy = |server: &ProviderServer| {
        let books: &Desk = books.get_or_init(|| Desk::with_books(server, None));
        Some(Desk::copy_of(books))
    };
    many_runs(copy, 1);
}

#[test]
fn four_workers_on_postgres_are_killed_and_nothing_is_lost() {
    many_runs(|server| Some(Desk::with_books(server, Some(postgres::database()?))), 4);
}
