//! Pages of other origins: those that are named may call, the others are told nothing.

use axum::body::Body;
use axum::http::Request;

use crate::desk::{Desk, Reply};

const NAMED: &str = "https://desk.example";

async fn desk() -> Desk {
    Desk::with(|settings| settings.server.cors_origins = vec![NAMED.to_owned()]).await
}

async fn preflight(desk: &Desk, origin: &str) -> Reply {
    let request = Request::options("/api/v1/refresh")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key");
    desk.send(request.body(Body::empty()).unwrap()).await
}

async fn get(desk: &Desk, path: &str, origin: &str) -> Reply {
    desk.send(Request::get(path).header("origin", origin).body(Body::empty()).unwrap()).await
}

/// The names of a header that lists some.
fn listed(reply: &Reply, name: &str) -> Vec<String> {
    let values = reply.headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap().split(','));
    let mut names: Vec<String> = values.map(|value| value.trim().to_ascii_lowercase()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_named_origin_is_told_what_it_may_send() {
    let desk = desk().await;
    desk.add_user("anna").await;
    let reply = preflight(&desk, NAMED).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), NAMED);
    let methods = listed(&reply, "access-control-allow-methods");
    assert_eq!(methods, ["delete", "get", "head", "patch", "post", "put"]);
    let headers = listed(&reply, "access-control-allow-headers");
    assert_eq!(headers, ["authorization", "content-type", "idempotency-key", "if-none-match"]);
    assert!(reply.headers.get("access-control-allow-credentials").is_none());
    assert!(listed(&reply, "vary").contains(&"origin".to_owned()), "{:?}", reply.headers);
}

#[tokio::test]
async fn a_named_origin_reads_answers_and_problems_alike() {
    let desk = desk().await;
    for (path, status) in [("/api/v1/portfolios", 200), ("/api/v1/portfolios/none", 404), ("/nothing", 404)] {
        let reply = get(&desk, path, NAMED).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), NAMED, "{path}");
        assert_eq!(
            listed(&reply, "access-control-expose-headers"),
            ["etag", "location", "retry-after"],
            "{path}"
        );
        assert!(listed(&reply, "vary").contains(&"origin".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn origins_that_are_not_named_are_allowed_nothing() {
    let named = desk().await;
    let none = Desk::new().await;
    for (desk, origin) in [
        (&named, "https://evil.example"),
        (&named, "https://desk.example.evil.example"),
        (&named, "http://desk.example"),
        (&named, "null"),
        (&none, NAMED),
    ] {
        for reply in [preflight(desk, origin).await, get(desk, "/api/v1/portfolios", origin).await] {
            assert!(reply.headers.get("access-control-allow-origin").is_none(), "{origin}");
        }
    }
    // A cache must not hand one origin what another was answered.
    let reply = get(&named, "/health/live", "https://evil.example").await;
    assert!(listed(&reply, "vary").contains(&"origin".to_owned()));
    assert_eq!(preflight(&none, NAMED).await.status, 405);
    assert!(!listed(&get(&none, "/health/live", NAMED).await, "vary").contains(&"origin".to_owned()));
}

#[tokio::test]
async fn a_question_for_options_alone_tells_nobody_what_is_there() {
    let named = desk().await;
    named.add_user("anna").await;
    for path in ["/api/v1/portfolios", "/api/v1/portfolios/Book", "/nothing"] {
        for (origin, allowed) in [(Some(NAMED), NAMED), (Some("https://evil.example"), ""), (None, "")] {
            let request = Request::options(path).header("host", "localhost");
            let request =
                origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
            let reply = named.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((reply.status.as_u16(), reply.bytes.len()), (200, 0), "{path} {origin:?}");
            assert_eq!(reply.header("access-control-allow-origin"), allowed, "{path} {origin:?}");
            assert!(reply.headers.get("access-control-allow-credentials").is_none());
        }
    }
    // Without named origins it is a method like any other that a path does not take.
    let none = Desk::new().await;
    let plain = Request::options("/api/v1/portfolios").body(Body::empty()).unwrap();
    assert_eq!(none.send(plain).await.problem(), (405, "method_not_allowed".to_owned()));
}
