//! What each route answers about one small book, to the last figure. `ANSWERS_WRITE=1` writes the answers anew.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::desk::{Desk, Reply};

/// Identities are made at random; the shortest has so many digits.
const IDENTITY_DIGITS_MIN: usize = 15;

/// A book of 1,000 that bought 10 AAA at 9.5 on 2024-01-02 by a file, computed through 2024-01-05.
async fn desk_with_book() -> Desk {
    let desk = Desk::new().await;
    let input = json!({ "name": "Book", "equity": "1000" });
    assert_eq!(desk.send_json("POST", "/api/v1/portfolios", input).await.status, 201);
    let file = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n\
                2024-01-02,AAA,stock,10,buy,9.5,USD,1,\n";
    let imported = send_file(&desk, "Book", "a.csv", file).await;
    assert_eq!(imported.status, 200, "{}", imported.json());
    app::refresh(&desk.ctx, &app::RefreshRequest::default()).await.unwrap();
    desk
}

async fn send_file(desk: &Desk, portfolio: &str, name: &str, content: &str) -> Reply {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--x--\r\n"
    );
    let request = Request::post(format!("/api/v1/portfolios/{portfolio}/import"))
        .header("content-type", "multipart/form-data; boundary=x");
    desk.send(request.body(Body::from(body)).unwrap()).await
}

/// Replaces identities, which are not the same twice.
fn without_identities(value: Value) -> Value {
    let is_identity = |text: &str| {
        let is_number = text.len() >= IDENTITY_DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number || (text.len() == 36 && text.matches('-').count() == 4)
    };
    match value {
        Value::String(text) if is_identity(&text) => "ID".into(),
        Value::String(text) if text.starts_with("event-") => "event-ID".into(),
        Value::String(text) => match text.rsplit_once('/') {
            Some((path, last)) if is_identity(last) => format!("{path}/ID").into(),
            _ => text.into(),
        },
        Value::Array(items) => items.into_iter().map(without_identities).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, without_identities(value))).collect()
        }
        other => other,
    }
}

fn check(name: &str, answer: Value) {
    let path = format!("{}/tests/http/answers/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let told = serde_json::to_string_pretty(&without_identities(answer)).unwrap() + "\n";
    if std::env::var_os("ANSWERS_WRITE").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(told == expected, "{path} says something else; run with ANSWERS_WRITE=1 if it may.\n{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_read_answers_as_it_is_written_down() {
    let desk = desk_with_book().await;
    for (name, path) in [
        ("portfolios", "portfolios"),
        ("portfolio", "portfolios/Book"),
        ("positions", "portfolios/Book/positions"),
        ("positions_at", "portfolios/Book/positions?at=2024-01-03"),
        ("events", "portfolios/Book/events"),
        ("batches", "portfolios/Book/batches"),
        ("snapshots", "portfolios/Book/snapshots?from=2024-01-04&limit=1"),
        ("explain", "portfolios/Book/explain/2024-01-03"),
        ("performance", "portfolios/Book/performance?benchmark=AAA"),
        ("data_portfolios", "data/portfolios"),
        ("data_complete", "data/portfolio/Book/complete"),
        ("overview", "analytics/overview"),
        ("overview_of_one", "analytics/Book/overview"),
        ("prices", "stocks/AAA/prices?from=2024-01-02&to=2024-01-05"),
        ("prices_adjusted", "stocks/AAA/prices?from=2024-01-04&to=2024-01-05&adjust=total-return"),
        ("info", "stocks/AAA/info"),
        ("indicator", "indicators/AAA/sma?from=2024-01-02&to=2024-01-05&parameters=period=2"),
        ("coverage", "coverage"),
        ("coverage_of_one", "coverage/AAA"),
        ("providers", "providers"),
    ] {
        check(name, desk.get(&format!("/api/v1/{path}")).await.ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cache_lacks_is_left_to_one_job() {
    let desk = desk_with_book().await;
    let path = "/api/v1/stocks/BBB/prices?from=2024-01-02&to=2024-01-05";
    let first = desk.get(path).await.ok();
    assert_eq!((&first["bars"], &first["queued"]["is_new"]), (&json!([]), &json!(true)));
    let second = desk.get(path).await.ok();
    assert_eq!(second["queued"]["is_new"], false);
    assert_eq!(second["queued"]["id"], first["queued"]["id"]);
    let job = desk.get(first["queued"]["href"].as_str().unwrap()).await.ok();
    assert_eq!((&job["kind"], &job["state"]), (&json!("fetch_prices"), &json!("pending")));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_of_one_owner_leave_room_in_the_queue() {
    let desk = desk_with_book().await;
    let read = async |symbol: String| {
        desk.get(&format!("/api/v1/stocks/{symbol}/prices?from=2024-01-02&to=2024-01-05")).await.ok()
    };
    let most = desk.ctx.limits.jobs.reads_open_max;
    for number in 0..most {
        assert_eq!(read(format!("X{number}")).await["queued"]["is_new"], true);
    }
    let left = read("YYY".to_owned()).await;
    assert_eq!((&left["queued"], &left["absent"]["queued"]), (&Value::Null, &json!("reads_queue_full")));
    assert_eq!(read("X0".to_owned()).await["queued"]["is_new"], false, "the same question is the same job");
    let refresh = desk.send_json("POST", "/api/v1/refresh", json!({})).await;
    assert_eq!(refresh.status, 202, "others find their place");
}

#[tokio::test(flavor = "multi_thread")]
async fn performance_names_the_job_that_fetches_what_the_benchmark_lacks() {
    let desk = desk_with_book().await;
    let performance = async |benchmark: &str| {
        desk.get(&format!("/api/v1/portfolios/Book/performance?benchmark={benchmark}")).await.ok()
    };
    let first = performance("BBB").await;
    assert_eq!(first["queued"]["is_new"], true, "{first}");
    let job = desk.get(first["queued"]["href"].as_str().unwrap()).await.ok();
    assert_eq!((&job["kind"], &job["input"]["symbols"]), (&json!("fetch_prices"), &json!(["BBB"])), "{job}");
    assert_eq!(performance("BBB").await["queued"]["id"], first["queued"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_snapshots_and_events_follow_each_other() {
    let desk = desk_with_book().await;
    for list in ["snapshots", "events"] {
        let whole = desk.get(&format!("/api/v1/portfolios/Book/{list}")).await.ok();
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = desk.get(&format!("/api/v1/portfolios/Book/{list}?limit=1{cursor}")).await.ok();
            paged.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(Value::Array(paged), whole["items"], "{list}");
        let none = desk.get(&format!("/api/v1/portfolios/Book/{list}?cursor=nowhere")).await;
        assert_eq!(none.problem(), (422, "invalid_input".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_an_event_can_be_taken_back_once() {
    let desk = desk_with_book().await;
    let batches = desk.get("/api/v1/portfolios/Book/batches").await.ok();
    let batch = batches["items"][0]["id"].as_str().unwrap();
    let undo = format!("/api/v1/portfolios/Book/batches/{batch}/undo");
    check("undone", desk.send_json("POST", &undo, json!({})).await.ok());
    assert_eq!(desk.send_json("POST", &undo, json!({})).await.problem(), (409, "already_undone".to_owned()));
    let deposit = json!({ "kind": "deposit", "date": "2024-01-04", "amount": "5", "key": "k" });
    let events = "/api/v1/portfolios/Book/events";
    let added = desk.send_json("POST", events, deposit.clone()).await;
    assert_eq!(added.status, 201);
    assert_eq!(desk.send_json("POST", events, deposit).await.status, 200);
    let other = json!({ "kind": "deposit", "date": "2024-01-04", "amount": "6", "key": "k" });
    assert_eq!(desk.send_json("POST", events, other).await.problem(), (409, "key_reused".to_owned()));
    let void = format!("{events}/{}/void", added.json()["id"].as_str().unwrap());
    assert_eq!(desk.send_json("POST", &void, json!({})).await.ok()["voided"], true);
    assert_eq!(desk.send_json("POST", &void, json!({})).await.problem(), (409, "already_voided".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_names_every_bad_row() {
    let desk = desk_with_book().await;
    let file = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n\
                2024-01-02,AAA,stock,ten,buy,9.5,USD,1,\n2024-01-03,,stock,1,buy,9.5,USD,1,\n";
    let refused = send_file(&desk, "Book", "b.csv", file).await;
    assert_eq!(refused.problem(), (422, "import_refused".to_owned()));
    assert_eq!(refused.json()["rows"].as_array().unwrap().len(), 2);
    let endless = format!("{file}{}", "x".repeat(11 * 1024 * 1024));
    let large = send_file(&desk, "Book", "c.csv", &endless).await;
    assert_eq!(large.problem(), (413, "body_too_large".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_is_a_job_and_the_same_key_is_the_same_job() {
    let desk = desk_with_book().await;
    let send = |body: Value| {
        let request = Request::post("/api/v1/refresh")
            .header("content-type", "application/json")
            .header("idempotency-key", "tonight");
        desk.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let made = send(json!({ "portfolio": "Book" })).await;
    assert_eq!(made.status, 202);
    assert_eq!(desk.get(made.header("location")).await.ok()["state"], "pending");
    let again = send(json!({ "portfolio": "Book" })).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &made.json()["id"]));
    assert_eq!(send(json!({})).await.problem(), (409, "idempotency_conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_told_to_prometheus() {
    let desk = desk_with_book().await;
    // Counting begins with the first look.
    assert_eq!(desk.get("/metrics").await.status, 200);
    assert_eq!(desk.get("/api/v1/portfolios").await.status, 200);
    let reply = desk.get("/metrics").await;
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    for name in [
        "daybook_http_request_seconds",
        "daybook_jobs",
        "daybook_database_seconds",
        "daybook_statement_seconds",
    ] {
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
}
