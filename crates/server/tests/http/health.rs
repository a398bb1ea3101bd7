//! Whether the process lives and can work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use app::{Clock, Context};
use model::Timestamp;
use serde_json::json;
use server::config::Settings;
use server::http::Api;

use crate::desk::Desk;

const DEADLINE: Duration = Duration::from_secs(30);

async fn until_workers_run(desk: &Desk) {
    let begun = async {
        while !desk.api.are_workers_running() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, begun).await.expect("they do not begin");
}

#[tokio::test]
async fn life_is_told_without_the_database() {
    let desk = Desk::new().await;
    desk.ctx.store().unwrap().close().await;
    let live = desk.get("/health/live").await.ok();
    assert_eq!(live["state"], "live");
}

#[tokio::test]
async fn readiness_takes_the_database_and_the_workers() {
    let desk = Desk::new().await;
    let idle = desk.get("/health/ready").await;
    assert_eq!(idle.status, 503);
    assert_eq!(idle.json(), json!({ "is_ready": false, "database": true, "workers": false }));
    let (api, stop) = (desk.api.clone(), desk.api.stopping());
    let working = tokio::spawn(async move { api.run_workers(stop).await });
    until_workers_run(&desk).await;
    assert_eq!(
        desk.get("/health/ready").await.ok(),
        json!({ "is_ready": true, "database": true, "workers": true })
    );
    desk.ctx.store().unwrap().close().await;
    let shut = desk.get("/health/ready").await;
    assert_eq!(shut.status, 503);
    assert_eq!(shut.json(), json!({ "is_ready": false, "database": false, "workers": true }));
    desk.api.stopping().cancel();
    tokio::time::timeout(DEADLINE, working).await.expect("they go on").unwrap();
    assert!(!desk.api.are_workers_running());
}

/// A clock that tells the time until it is broken.
struct Breakable(AtomicBool);

impl Clock for Breakable {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::Acquire), "the clock is broken");
        Timestamp::from_epoch_micros(1_704_495_600_000_000)
    }
}

#[tokio::test]
async fn a_process_whose_workers_ended_by_a_fault_is_not_ready() {
    let mut desk = Desk::new().await;
    let clock = Arc::new(Breakable(AtomicBool::new(false)));
    let mut ctx = Context { clock: clock.clone(), ..desk.ctx.clone() };
    ctx.limits.jobs.poll_ms = 1;
    desk.api = Api::new(ctx, Settings::default());
    desk.router = server::http::router(&desk.api);
    let api = desk.api.clone();
    let working = tokio::spawn(async move { api.run_workers(api.stopping()).await });
    until_workers_run(&desk).await;
    assert_eq!(desk.get("/health/ready").await.status, 200);
    clock.0.store(true, Ordering::Release);
    tokio::time::timeout(DEADLINE, working).await.expect("they go on").unwrap();
    let ended = desk.get("/health/ready").await;
    assert_eq!(ended.status, 503);
    assert_eq!(ended.json(), json!({ "is_ready": false, "database": true, "workers": false }));
    assert_eq!(desk.get("/health/live").await.status, 200);
}

/// A clock on which everybody but the test waits while it is stopped.
struct Stoppable {
    is_stopped: Mutex<bool>,
    goes_on: Condvar,
    test: ThreadId,
}

impl Stoppable {
    fn set(&self, is_stopped: bool) {
        *self.is_stopped.lock().unwrap() = is_stopped;
        self.goes_on.notify_all();
    }
}

impl Clock for Stoppable {
    fn now(&self) -> Timestamp {
        if std::thread::current().id() != self.test {
            let waiting = self.is_stopped.lock().unwrap();
            drop(self.goes_on.wait_while(waiting, |is_stopped| *is_stopped).unwrap());
        }
        Timestamp::from_epoch_micros(1_704_495_600_000_000)
    }
}

#[tokio::test]
async fn a_process_whose_workers_hang_is_not_ready_while_they_do() {
    let mut desk = Desk::new().await;
    let test = std::thread::current().id();
    let clock = Arc::new(Stoppable { is_stopped: Mutex::new(false), goes_on: Condvar::new(), test });
    let mut ctx = Context { clock: clock.clone(), ..desk.ctx.clone() };
    (ctx.limits.jobs.poll_ms, ctx.limits.jobs.schedule_ms) = (1, 1);
    ctx.limits.jobs.heartbeat_ms_max = 2_000;
    desk.api = Api::new(ctx, Settings::default());
    desk.router = server::http::router(&desk.api);
    let api = desk.api.clone();
    // They have threads of their own: those that stand still may be the ones that timers and sockets wait for.
    let working = std::thread::spawn(move || {
        let threads =
            tokio::runtime::Builder::new_multi_thread().worker_threads(8).enable_all().build().unwrap();
        threads.block_on(api.run_workers(api.stopping()));
    });
    until_workers_run(&desk).await;
    assert_eq!(desk.get("/health/ready").await.status, 200);
    clock.set(true);
    let is_told = async |status: u16| desk.get("/health/ready").await.status == status;
    assert!(testkit::wait_until(DEADLINE, || is_told(503)).await, "it hangs, and says that it does not");
    assert_eq!(desk.get("/health/live").await.status, 200);
    clock.set(false);
    assert!(testkit::wait_until(DEADLINE, || is_told(200)).await, "it goes on, and says that it does not");
    desk.api.stopping().cancel();
    let has_ended = async || working.is_finished();
    assert!(testkit::wait_until(DEADLINE, has_ended).await, "they go on");
}

#[tokio::test]
async fn docs_need_nothing_from_elsewhere() {
    let desk = Desk::new().await;
    assert_eq!(desk.get("/docs").await.status, 308);
    let page = desk.get("/docs/").await;
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(desk.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    assert_eq!(desk.get("/docs/none.js").await.problem().0, 404);
}
