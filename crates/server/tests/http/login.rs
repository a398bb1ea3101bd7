//! Logging in: cookies, throttling, and pages of somebody else's.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, request::Builder};
use serde_json::json;

use crate::desk::Desk;
use crate::people::PASSWORD;

const WHO: &str = "/api/v1/session";
const PORTFOLIOS: &str = "/api/v1/portfolios";

fn get(path: &str) -> Builder {
    Request::get(path)
}

async fn status(desk: &Desk, request: Builder) -> (u16, String) {
    let reply = desk.ask(request, None).await;
    if reply.status.is_success() { (reply.status.as_u16(), String::new()) } else { reply.problem() }
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_cookie_opens_the_pages_until_it_is_given_back() {
    let desk = Desk::new().await;
    desk.add_user("anna").await;
    let reply = desk.try_log_in("Anna", PASSWORD).await;
    let set = reply.header("set-cookie").to_owned();
    let value = set.strip_prefix("daybook_session=dbs_").unwrap();
    assert!(value.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"), "{set}");
    let told = json!({ "user": "anna", "scopes": ["read", "write", "trade-sim", "admin"], "by": "session" });
    assert_eq!(reply.ok(), told);
    let cookie = set.split(';').next().unwrap();
    assert_eq!(desk.ask(get(WHO).header("cookie", cookie), None).await.ok(), told);
    let out = desk.ask(Request::delete(WHO).header("cookie", cookie), None).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").starts_with("daybook_session=; Path=/; Max-Age=0"));
    assert_eq!(status(&desk, get(WHO).header("cookie", cookie)).await, is(401, "session_over"));
    assert_eq!(status(&desk, get(WHO)).await, is(401, "login_required"));
}

#[tokio::test]
async fn cookies_beyond_this_machine_are_for_encrypted_connections_alone() {
    let desk = Desk::with(|settings| settings.access.secure_cookies = true).await;
    desk.add_user("anna").await;
    let reply = desk.try_log_in("anna", PASSWORD).await;
    let set = reply.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-daybook_session=") && set.ends_with("; Secure"), "{set}");
    let cookie = set.split(';').next().unwrap();
    assert_eq!(status(&desk, get(WHO).header("cookie", cookie)).await.0, 200);
    let plain = cookie.replace("__Host-", "");
    assert_eq!(status(&desk, get(WHO).header("cookie", plain)).await, is(401, "login_required"));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_told_for_how_long() {
    let desk = Desk::with(|settings| settings.access.login_name_attempts_max = 2).await;
    desk.add_user("anna").await;
    for name in ["anna", "nobody"] {
        for _ in 0..2 {
            let refused = desk.try_log_in(name, "guess").await;
            assert_eq!(refused.problem(), is(401, "login_failed"));
        }
        let throttled = desk.try_log_in(name, PASSWORD).await;
        assert_eq!(throttled.problem(), is(429, "login_throttled"), "{name}");
        let seconds: u64 = throttled.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    // Another process on the same database counts the same attempts.
    let mut other = desk;
    other.api = server::http::Api::new(other.ctx.clone(), server::config::Settings::default());
    other.router = server::http::router(&other.api);
    let failed = other.try_log_in("anna", "guess").await;
    assert_eq!(failed.problem().1, "login_failed", "its own limit is ten");
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_is_logged_in() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let path = "/api/v1/session/password";
    let body = json!({ "present": PASSWORD, "new": "another long password" });
    let token = desk.token(&anna, "read,write").await;
    let by_token = desk.ask_as(&token, "PUT", path, Some(&body)).await;
    assert_eq!(by_token.problem(), is(403, "session_required"));
    let cookie = desk.log_in("anna").await;
    let put = || Request::put(path).header("cookie", &cookie);
    let wrong = json!({ "present": "not it at all", "new": "another long password" });
    assert_eq!(desk.ask(put(), Some(&wrong)).await.problem(), is(401, "login_failed"));
    assert_eq!(desk.ask(put(), Some(&body)).await.status, 204);
    assert_eq!(desk.ask(put(), Some(&body)).await.problem(), is(401, "session_over"));
    assert_eq!(desk.try_log_in("anna", PASSWORD).await.problem(), is(401, "login_failed"));
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_by_a_cookie() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let cookie = desk.log_in("anna").await;
    let post = |headers: &[(&str, &str)]| {
        let request = Request::delete(WHO).header("host", "books.example");
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let own = ("cookie", cookie.as_str());
    for foreign in [
        [own, ("origin", "https://evil.example")],
        [own, ("origin", "null")],
        [own, ("sec-fetch-site", "cross-site")],
        [own, ("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(status(&desk, post(&foreign)).await, is(403, "origin_refused"), "{foreign:?}");
    }
    let token = format!("Bearer {}", desk.token(&anna, "read").await);
    let by_token = [("authorization", token.as_str()), ("origin", "https://evil.example")];
    assert_eq!(desk.ask(post(&by_token), None).await.status, 204, "no page has a token by itself");
    let foreign_login = Request::post(WHO).header("origin", "https://evil.example");
    let body = json!({ "name": "anna", "password": PASSWORD });
    assert_eq!(desk.ask(foreign_login, Some(&body)).await.problem(), is(403, "origin_refused"));
    assert_eq!(status(&desk, get(WHO).header("cookie", &cookie)).await.0, 200, "still logged in");
    let ours = [own, ("origin", "https://books.example")];
    assert_eq!(desk.ask(post(&ours), None).await.status, 204);
}

#[tokio::test]
async fn alone_on_the_machine_nobody_logs_in_and_nobody_else_gets_in() {
    let desk = Desk::new().await;
    let told = desk.ask(get(WHO), None).await.ok();
    assert_eq!((&told["user"], &told["by"]), (&json!(null), &json!("loopback")));
    let from = |address: &str| {
        let address: SocketAddr = address.parse().unwrap();
        get(PORTFOLIOS).extension(ConnectInfo(address))
    };
    assert_eq!(status(&desk, from("127.0.0.1:1")).await.0, 200);
    assert_eq!(status(&desk, from("[::1]:1")).await.0, 200);
    assert_eq!(status(&desk, from("192.0.2.1:1")).await, is(401, "login_required"));
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let passed_on = get(PORTFOLIOS).header(name, "192.0.2.1");
        assert_eq!(status(&desk, passed_on).await, is(401, "login_required"), "{name}");
    }
    let foreign_name = get(PORTFOLIOS).header("host", "evil.example");
    assert_eq!(status(&desk, foreign_name).await, is(403, "host_refused"));
    let two_names = get(PORTFOLIOS).header("host", "localhost").header("host", "evil.example");
    assert_eq!(status(&desk, two_names).await, is(403, "host_refused"));
    let foreign_page = Request::post("/api/v1/users").header("origin", "http://evil.example");
    let new = json!({ "name": "evil", "password": PASSWORD });
    assert_eq!(desk.ask(foreign_page, Some(&new)).await.problem(), is(403, "origin_refused"));

    let strict = Desk::with(|settings| settings.access.login_always = true).await;
    assert_eq!(status(&strict, get(PORTFOLIOS)).await, is(401, "login_required"));
}

#[tokio::test]
async fn the_first_user_closes_the_open_door_at_once() {
    let desk = Desk::new().await;
    let new = json!({ "name": "anna" });
    let added = desk.send_json("POST", "/api/v1/users", new.clone()).await.ok();
    assert_eq!((added["is_admin"].as_bool(), added["is_local"].as_bool()), (Some(true), Some(true)));
    let password = added["password"].as_str().unwrap();
    assert_eq!(status(&desk, get(PORTFOLIOS)).await, is(401, "login_required"));
    let again = desk.send_json("POST", "/api/v1/users", new).await;
    assert_eq!(again.problem(), is(401, "login_required"));
    assert_eq!(desk.try_log_in("anna", password).await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_nothing_weaker_is_tried() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let cookie = desk.log_in("anna").await;
    let token = desk.token(&anna, "read").await;
    let as_bearer = |text: &str| get(WHO).header("authorization", format!("Bearer {text}"));
    assert_eq!(status(&desk, as_bearer(&token)).await.0, 200);
    let forged = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { "1" } else { "0" });
    for text in ["", "x", "dbk_", &forged, &token.to_uppercase(), &format!("{token}x"), "dbk_\u{e9}"] {
        assert_eq!(status(&desk, as_bearer(text)).await, is(401, "token_unknown"), "{text:?}");
        let with_cookie = as_bearer(text).header("cookie", &cookie);
        assert_eq!(status(&desk, with_cookie).await, is(401, "token_unknown"), "{text:?}");
    }
    let basic = get(WHO).header("authorization", "Basic YTpi");
    assert_eq!(status(&desk, basic).await, is(401, "token_unknown"));
    let twice = as_bearer(&token).header("authorization", format!("Bearer {token}"));
    assert_eq!(status(&desk, twice).await, is(401, "token_unknown"));
    let two = get(WHO).header("cookie", format!("{cookie}; daybook_session=dbs_x"));
    assert_eq!(status(&desk, two).await, is(401, "session_over"));
    app::revoke_token(&desk.ctx, token.split('_').nth(1).unwrap(), None).await.unwrap();
    assert_eq!(status(&desk, as_bearer(&token)).await, is(401, "token_revoked"));
}

#[tokio::test]
async fn nobody_makes_up_whose_things_are_meant() {
    let desk = Desk::new().await;
    desk.add_user("anna").await;
    let bert = desk.add_user("bert").await;
    let token = desk.token(&bert, "read,write").await;
    let body = json!({ "name": "Book", "equity": "1", "owner": "local" });
    let smuggled = desk.ask_as(&token, "POST", PORTFOLIOS, Some(&body)).await;
    assert_eq!(smuggled.problem().0, 422);
    let body = json!({ "name": "Book", "equity": "1" });
    let request = Request::post(format!("{PORTFOLIOS}?owner=local")).header("x-owner", "local");
    let request = request.header("authorization", format!("Bearer {token}"));
    assert_eq!(desk.ask(request, Some(&body)).await.status, 201);
    assert_eq!(app::list_portfolios(&desk.ctx).await.unwrap().len(), 0);
    assert_eq!(app::list_portfolios(&desk.ctx_of(&bert)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn large_headers_and_strange_bytes_are_refused_and_break_nothing() {
    let desk = Desk::new().await;
    desk.add_user("anna").await;
    let long = "x".repeat(100_000);
    for request in [
        get(WHO).header("authorization", format!("Bearer {long}")),
        get(WHO).header("cookie", format!("daybook_session={long}")),
        get(WHO).header("authorization", &b"Bearer \xff\xfe"[..]),
        get(WHO).header("cookie", &b"daybook_session=\xff"[..]),
        get(WHO).header("x-forwarded-for", &long),
    ] {
        assert_eq!(desk.ask(request, None).await.status, 401);
    }
    for path in ["/api/v1/jobs/%00", "/api/v1/jobs?cursor=%00", "/api/v1/portfolios/a%00b/events"] {
        assert_eq!(status(&desk, get(path)).await, is(400, "nul_in_text"), "{path}");
    }
    for name in ["a\0", "\0"] {
        assert_eq!(desk.try_log_in(name, "x").await.problem(), is(400, "nul_in_text"));
    }
    let name = json!({ "name": long, "password": long });
    let login = Request::post(WHO).header("content-type", "application/json");
    let reply = desk.send(login.body(Body::from(name.to_string())).unwrap()).await;
    assert_eq!(reply.problem(), is(401, "login_failed"));
}
