//! Users and tokens over HTTP.

use axum::http::Request;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::people::PASSWORD;

const TOKENS: &str = "/api/v1/tokens";
const USERS: &str = "/api/v1/users";

fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn tokens_are_made_by_whoever_is_logged_in_and_shown_once() {
    let desk = Desk::new().await;
    desk.add_user("anna").await;
    let bert = desk.add_user("bert").await;
    let cookie = desk.log_in("bert").await;
    let post = || Request::post(TOKENS).header("cookie", &cookie);
    let new = json!({ "name": "nightly", "scopes": ["read", "write"], "expires_days": 30 });
    let made = desk.ask(post(), Some(&new)).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!((made["user"].as_str(), made["state"].as_str()), (Some("bert"), Some("in_force")));
    assert_eq!(desk.ask(post(), Some(&new)).await.problem(), problem(409, "token_exists"));

    // A token makes no tokens, so that a leaked one cannot outlive itself.
    assert_eq!(
        desk.ask_as(&token, "POST", TOKENS, Some(&new)).await.problem(),
        problem(403, "session_required")
    );
    let id = made["id"].as_str().unwrap();
    let own = format!("{TOKENS}/{id}");
    assert_eq!(desk.ask_as(&token, "DELETE", &own, None).await.problem(), problem(403, "session_required"));
    let listed = desk.ask_as(&token, "GET", TOKENS, None).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains(token.rsplit('_').next().unwrap()));

    for (body, expected) in [
        (json!({ "name": "a", "scopes": ["admin"] }), problem(403, "scopes_beyond_user")),
        (json!({ "name": "a", "scopes": ["read"], "user": "anna" }), problem(403, "scope_missing")),
        (json!({ "name": "a", "scopes": [] }), problem(422, "invalid_input")),
        (json!({ "name": "a", "scopes": ["all"] }), problem(422, "bad_body")),
        (json!({ "name": "a", "scopes": ["read"], "expires_days": -1 }), problem(422, "invalid_input")),
    ] {
        assert_eq!(desk.ask(post(), Some(&body)).await.problem(), expected, "{body}");
    }
    let revoke = Request::delete(&own).header("cookie", &cookie);
    assert_eq!(desk.ask(revoke, None).await.ok()["state"], "revoked");
    assert_eq!(desk.ask_as(&token, "GET", TOKENS, None).await.problem(), problem(401, "token_revoked"));
    assert_eq!(app::list_tokens(&desk.ctx, Some(bert.id)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_held_in_private_is_seen_by_nobody_else() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let bert = desk.add_user("bert").await;
    let as_anna = desk.token(&anna, "read,write").await;
    let book = json!({ "name": "Book", "equity": "1000" });
    assert_eq!(desk.ask_as(&as_anna, "POST", "/api/v1/portfolios", Some(&book)).await.status, 201);
    let file = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n\
                SECRETC,10,5,2024-01-02,PRIVATE\nAAA,1,10,2024-01-02,PUBLIC\n";
    let file = app::ImportFile {
        name: "a.csv",
        content: file.as_bytes(),
        format: Some(app::FileFormat::Positions),
        skip_bad_rows: false,
    };
    app::import_file(&desk.ctx_of(&anna), "Book", &file, false).await.unwrap();
    let as_bert = desk.token(&bert, "read").await;
    let get = async |path: &str| desk.ask_as(&as_bert, "GET", &format!("/api/v1/{path}"), None).await;
    for list in ["coverage", "universe"] {
        assert!(!get(list).await.ok().to_string().contains("SECRETC"), "{list}");
    }
    for path in [
        "coverage/{}",
        "stocks/{}/info",
        "symbols/{}/status",
        "symbols/{}250117C00050000/status",
        "stocks/{}/prices",
        "indicators/{}/sma",
    ] {
        let (secret, never) =
            (get(&path.replace("{}", "SECRETC")).await, get(&path.replace("{}", "NOTHERE")).await);
        let told = |reply: &crate::desk::Reply, symbol: &str| {
            let mut told = reply.json();
            if let Some(job) = told["queued"].as_object_mut() {
                assert!(job.remove("id").is_some() && job.remove("href").is_some(), "{job:?}");
            }
            told.to_string().replace(symbol, "IT")
        };
        assert_eq!(
            (secret.status, told(&secret, "SECRETC")),
            (never.status, told(&never, "NOTHERE")),
            "{path}"
        );
    }
    let told = get("symbols/SECRETC/status").await.ok();
    assert_eq!(told["status"], "unknown", "{told}");
    let own = desk.ask_as(&as_anna, "GET", "/api/v1/symbols/SECRETC/status", None).await.ok();
    assert_eq!(own["status"], "ready", "{own}");
}

#[tokio::test]
async fn an_admin_sees_to_users_and_everybodys_tokens_but_not_to_their_portfolios() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let admin = desk.token(&anna, "admin").await;
    let as_admin = async |method: &str, path: &str, body: Option<Value>| {
        desk.ask_as(&admin, method, path, body.as_ref()).await
    };
    let added = as_admin("POST", USERS, Some(json!({ "name": "Bert", "password": PASSWORD }))).await;
    assert_eq!(added.status, 201);
    let bert = added.json()["id"].as_str().unwrap().to_owned();
    let user = format!("{USERS}/{bert}");
    assert_eq!(as_admin("GET", &user, None).await.ok()["name"], "bert");
    assert_eq!(
        as_admin("POST", USERS, Some(json!({ "name": "bert" }))).await.problem(),
        problem(409, "user_exists")
    );
    let token =
        as_admin("POST", TOKENS, Some(json!({ "name": "t", "scopes": ["write"], "user": "bert" }))).await;
    let token = token.ok()["token"].as_str().unwrap().to_owned();
    let book = json!({ "name": "Book", "equity": "5" });
    assert_eq!(desk.ask_as(&token, "POST", "/api/v1/portfolios", Some(&book)).await.status, 201);
    assert_eq!(as_admin("GET", "/api/v1/portfolios/Book", None).await.problem(), problem(404, "not_found"));
    let listed = as_admin("GET", TOKENS, None).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);

    let reset = as_admin("PUT", &format!("{user}/password"), Some(json!({}))).await.ok();
    let password = reset["password"].as_str().unwrap();
    assert_eq!(desk.try_log_in("bert", PASSWORD).await.problem(), problem(401, "login_failed"));
    assert_eq!(desk.try_log_in("bert", password).await.status, 200);

    assert_eq!(as_admin("DELETE", &user, None).await.problem(), problem(409, "owns_portfolios"));
    let given = as_admin("DELETE", &format!("{user}?give_to=anna"), None).await.ok();
    assert_eq!(given["portfolios_given"], 1);
    assert_eq!(as_admin("GET", "/api/v1/portfolios/Book", None).await.ok()["owner"], "local");
    assert_eq!(as_admin("GET", &user, None).await.problem(), problem(404, "not_found"));
    assert_eq!(as_admin("GET", &format!("{USERS}/x"), None).await.problem(), problem(404, "not_found"));
}
