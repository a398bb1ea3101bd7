//! Jobs over HTTP: listed, awaited, watched, ended and tried again.

use std::time::{Duration, Instant};

use app::jobs::{Job, JobInput, NewJob, ProfilesInput, RefreshInput};
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::desk::Desk;

const JOBS: &str = "/api/v1/jobs";
const DEADLINE: Duration = Duration::from_secs(30);

async fn refresh(desk: &Desk) -> Job {
    let input = JobInput::Refresh(RefreshInput::default());
    app::jobs::create(&desk.ctx, NewJob::new(input)).await.unwrap().job
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect()
}

/// A desk whose workers look at once, and whose watchers are told soon.
async fn quick() -> Desk {
    let mut desk = Desk::new().await;
    desk.ctx.limits.jobs.watch_ms = 5;
    desk.api = server::http::Api::new(desk.ctx.clone(), server::config::Settings::default());
    desk.router = server::http::router(&desk.api);
    desk
}

#[tokio::test]
async fn jobs_are_listed_in_pages_and_by_kind_and_state() {
    let desk = Desk::new().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(refresh(&desk).await.id);
    }
    let symbols = vec!["AAA".to_owned()];
    let profiles = JobInput::PrefetchProfiles(ProfilesInput { symbols, offline: true });
    made.push(app::jobs::create(&desk.ctx, NewJob::new(profiles)).await.unwrap().job.id);
    let profiles = made[3].clone();
    app::jobs::cancel(&desk.ctx, &made[0]).await.unwrap();
    let cancelled = made[0].clone();
    // The clock stands still, so that their order is that of their ids.
    made.sort();
    made.reverse();
    let waiting = made.iter().filter(|id| ![&profiles, &cancelled].contains(id)).collect::<Vec<_>>();
    let first = desk.get(&format!("{JOBS}?limit=3")).await.ok();
    assert_eq!(ids(&first), made[..3], "newest first");
    let next = first["next"].as_str().unwrap();
    let second = desk.get(&format!("{JOBS}?limit=3&cursor={next}")).await.ok();
    assert_eq!((ids(&second), &second["next"]), (vec![made[3].as_str()], &Value::Null));
    for (query, expected) in [
        ("kind=refresh&state=pending", waiting),
        ("kind=refresh,prefetch_profiles&state=cancelled", vec![&cancelled]),
        ("kind=prefetch_profiles", vec![&profiles]),
        ("state=running", vec![]),
    ] {
        assert_eq!(ids(&desk.get(&format!("{JOBS}?{query}")).await.ok()), expected, "{query}");
    }
    for query in ["kind=walk", "state=done", "state="] {
        let refused = desk.get(&format!("{JOBS}?{query}")).await;
        assert_eq!(refused.problem(), (422, "invalid_input".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn a_job_is_shown_by_its_revision_and_ended_and_opened_again() {
    let desk = Desk::new().await;
    let job = refresh(&desk).await;
    let path = format!("{JOBS}/{}", job.id);
    let shown = desk.get(&path).await;
    let tag = shown.header("etag").to_owned();
    assert_eq!(
        (shown.json()["state"].as_str(), shown.json()["kind"].as_str()),
        (Some("pending"), Some("refresh"))
    );
    let again = async || desk.ask(Request::get(&path).header("if-none-match", &tag), None).await;
    assert_eq!(again().await.status, 304);
    let post = async |what: &str| desk.send_json("POST", &format!("{path}/{what}"), json!({})).await;
    assert_eq!(post("retry").await.problem(), (409, "job_not_over".to_owned()));
    assert_eq!(post("cancel").await.ok()["state"], "cancelled");
    assert_eq!(post("cancel").await.problem(), (409, "job_over".to_owned()));
    let changed = again().await;
    assert_eq!((changed.status.as_u16(), changed.header("etag") == tag), (200, false));
    let retried = post("retry").await;
    assert_eq!((retried.status.as_u16(), retried.json()["state"].as_str()), (202, Some("pending")));
    let details = desk.get(&format!("{path}/details?limit=1")).await.ok();
    assert_eq!(
        (&details["job"]["id"], &details["items"], &details["next"]),
        (&json!(job.id), &json!([]), &Value::Null)
    );
    assert_eq!(desk.get(&format!("{path}/units")).await.ok(), json!({ "items": [], "next": null }));
    assert_eq!(desk.get(&format!("{path}/details?cursor=x")).await.problem().0, 422);
}

#[tokio::test]
async fn whoever_waits_is_answered_at_the_change_or_when_time_is_up() {
    let desk = quick().await;
    let job = refresh(&desk).await;
    let path = format!("{JOBS}/{}", job.id);
    let tag = desk.get(&path).await.header("etag").to_owned();
    let unchanged = Request::get(format!("{path}?wait_ms=20")).header("if-none-match", &tag);
    assert_eq!(desk.ask(unchanged, None).await.status, 304);
    assert_eq!(desk.get(&format!("{path}?wait_ms=20")).await.ok()["state"], "pending");
    assert_eq!(desk.get(&format!("{path}?wait_ms=20001")).await.problem().0, 422);
    let began = Instant::now();
    let waiting = Request::get(format!("{path}?wait_ms=20000")).body(Body::empty()).unwrap();
    let waiting = tokio::spawn(desk.router.clone().oneshot(waiting));
    assert!(testkit::wait_until(DEADLINE, async || !desk.ctx.job_watches.is_empty()).await);
    app::jobs::cancel(&desk.ctx, &job.id).await.unwrap();
    let reply = crate::desk::Reply::of(waiting.await.unwrap().unwrap()).await;
    assert_eq!(reply.ok()["state"], "cancelled");
    assert!(began.elapsed() < Duration::from_secs(10), "the end of the job ends the wait");
}

/// Opens a stream of the changes of a job.
async fn open(desk: &Desk, id: &str, last: Option<&str>) -> Response {
    let request = Request::get(format!("{JOBS}/{id}/events"));
    let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
    desk.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// The next piece of a stream as text; nothing when it is over.
async fn next(body: &mut Body) -> Option<String> {
    let frame = tokio::time::timeout(DEADLINE, body.frame()).await.expect("a stream stood still")?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn changes_are_told_as_they_happen_and_end_with_the_job() {
    let desk = quick().await;
    let job = refresh(&desk).await;
    let response = open(&desk, &job.id, None).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let first = next(&mut body).await.unwrap();
    assert!(first.contains("event: job\n") && first.contains(&format!("id: {}\n", job.revision)), "{first}");
    let data = first.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap()["state"], "pending");
    let over = app::jobs::cancel(&desk.ctx, &job.id).await.unwrap();
    let last = next(&mut body).await.unwrap();
    assert!(
        last.contains("\"state\":\"cancelled\"") && last.contains(&format!("id: {}\n", over.revision)),
        "{last}"
    );
    assert_eq!(next(&mut body).await, None, "the stream ends with the job");

    // A browser that comes back is told what it missed, and in the end not to come back.
    let mut back = open(&desk, &job.id, Some(&job.revision.to_string())).await.into_body();
    assert!(next(&mut back).await.unwrap().contains("cancelled"));
    assert_eq!(next(&mut back).await, None);
    assert_eq!(open(&desk, &job.id, Some(&over.revision.to_string())).await.status(), 204);
    assert_eq!(open(&desk, &job.id, Some("nonsense")).await.status(), 200);
    assert_eq!(open(&desk, "nobody", None).await.status(), 404);
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_shows_that_it_is_there() {
    let desk = Desk::with(|settings| settings.server.heartbeat_ms = 10).await;
    let job = refresh(&desk).await;
    let mut body = open(&desk, &job.id, None).await.into_body();
    assert!(next(&mut body).await.unwrap().contains("pending"));
    assert_eq!(next(&mut body).await.as_deref(), Some(": heartbeat\n\n"));
}

#[tokio::test]
async fn a_process_that_ends_ends_its_streams() {
    let desk = Desk::new().await;
    let job = refresh(&desk).await;
    let mut body = open(&desk, &job.id, None).await.into_body();
    assert!(next(&mut body).await.is_some());
    desk.api.stopping().cancel();
    assert_eq!(next(&mut body).await, None);
}

#[tokio::test]
async fn a_thousand_who_watch_are_served_by_one_look_and_leave_nothing_behind() {
    let mut desk = quick().await;
    let job = refresh(&desk).await;
    let (store, counter) = desk.ctx.store().unwrap().counted();
    let ctx = app::Context { store: Some(store), ..desk.ctx.clone() };
    desk.api = server::http::Api::new(ctx, server::config::Settings::default());
    desk.router = server::http::router(&desk.api);
    let mut bodies = Vec::new();
    for _ in 0..1_000 {
        let mut body = open(&desk, &job.id, None).await.into_body();
        assert!(next(&mut body).await.unwrap().contains("pending"));
        bodies.push(body);
    }
    assert_eq!(desk.ctx.job_watches.len(), 1, "one job is watched, however many watch it");
    let (began, before) = (Instant::now(), counter.count());
    assert!(testkit::wait_until(DEADLINE, async || counter.count() >= before + 10).await);
    let looks = began.elapsed().as_millis() as u64 / 5 + 2;
    assert!(counter.count() - before <= looks.max(10) + 2, "the looks are those of one, not of a thousand");
    let (told, gone) = bodies.split_at_mut(10);
    app::jobs::cancel(&desk.ctx, &job.id).await.unwrap();
    for body in told {
        assert!(next(body).await.unwrap().contains("cancelled"));
    }
    assert_eq!(gone.len(), 990);
    drop(bodies);
    assert!(testkit::wait_until(DEADLINE, async || desk.ctx.job_watches.is_empty()).await);
}
