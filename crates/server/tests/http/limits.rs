//! What every request passes through: ids, headers, hosts, limits, problems.

use axum::body::Body;
use axum::http::Request;

use crate::desk::Desk;

#[tokio::test]
async fn paths_and_methods_that_lead_nowhere_are_problems() {
    let desk = Desk::new().await;
    assert_eq!(desk.get("/nothing").await.problem(), (404, "no_route".to_owned()));
    let put = Request::put("/api/v1/portfolios").body(Body::empty()).unwrap();
    let reply = desk.send(put).await;
    assert_eq!(reply.problem(), (405, "method_not_allowed".to_owned()));
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
    assert_eq!(desk.get("/api/v1/portfolios?limit=x").await.problem(), (400, "bad_query".to_owned()));
    assert_eq!(desk.get("/api/v1/portfolios?limit=0").await.problem(), (422, "invalid_input".to_owned()));
    assert_eq!(desk.get("/api/v1/portfolios/%FF").await.problem(), (400, "bad_path".to_owned()));
}

#[tokio::test]
async fn ids_of_requests_are_taken_over_or_made() {
    let desk = Desk::new().await;
    for (given, is_kept) in [("a-1", true), ("no blanks", false), (&"x".repeat(65), false)] {
        let request = Request::get("/health/live").header("x-request-id", given).body(Body::empty());
        let reply = desk.send(request.unwrap()).await;
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(id == given, is_kept, "{given} {id}");
        assert!(!id.is_empty());
    }
    assert_eq!(desk.get("/nothing").await.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn a_foreign_name_or_page_is_refused() {
    let desk = Desk::new().await;
    let with = |name: &'static str, value: &'static str| {
        Request::get("/api/v1/portfolios").header(name, value).body(Body::empty()).unwrap()
    };
    for (host, status) in [("localhost:7420", 200), ("evil.example:7420", 403), ("127.0.0.1", 200)] {
        assert_eq!(desk.send(with("host", host)).await.status, status, "{host}");
    }
    let post = Request::post("/api/v1/portfolios").header("host", "localhost:7420");
    let foreign = post.header("origin", "http://evil.example").body(Body::empty()).unwrap();
    assert_eq!(desk.send(foreign).await.problem(), (403, "origin_refused".to_owned()));
}

#[tokio::test]
async fn answers_are_compressed_and_guarded() {
    let desk = Desk::new().await;
    let request = Request::get("/api/v1/openapi.json").header("accept-encoding", "gzip");
    let reply = desk.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.header("content-encoding"), "gzip");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.headers.get("access-control-allow-origin").is_none());
    let tag = reply.header("etag").to_owned();
    let again = Request::get("/api/v1/openapi.json").header("if-none-match", tag);
    assert_eq!(desk.send(again.body(Body::empty()).unwrap()).await.status, 304);
}

#[tokio::test]
async fn what_takes_too_long_or_finds_no_place_is_told_to_come_again() {
    let desk = Desk::with(|settings| settings.server.request_ms_max = 10).await;
    let endless = Body::from_stream(tokio_stream::pending::<Result<String, std::io::Error>>());
    let post = Request::post("/api/v1/portfolios").header("content-type", "application/json");
    let slow = desk.send(post.body(endless).unwrap()).await;
    assert_eq!(slow.problem(), (408, "body_too_slow".to_owned()));
    let desk = Desk::with(|settings| settings.server.concurrency_max = 0).await;
    let full = desk.get("/api/v1/portfolios").await;
    assert_eq!(full.problem(), (503, "overloaded".to_owned()));
    assert_eq!(full.header("retry-after"), "1");
    assert_eq!(desk.get("/health/live").await.status, 200);
}
