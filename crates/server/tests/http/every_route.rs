//! Every route asks who is calling, what they may do, and whose things they mean.

use app::jobs::{JobInput, NewJob, RefreshInput};
use app::schedules::NewSchedule;
use axum::http::Request;
use serde_json::{Value, json};
use server::http::{Access, Rule, Scope};
use store::users::User;

use crate::desk::Desk;
use crate::people::PASSWORD;

/// Parameters of paths that name something which belongs to somebody. Users are named by admins alone.
const OWNED: [&str; 6] = ["portfolio", "job", "token", "schedule", "event", "batch"];
/// What stands for the other parameters.
const OTHERS: [(&str, &str); 5] =
    [("symbol", "AAA"), ("session", "2024-01-03"), ("name", "sma"), ("user", "1"), ("file", "x")];

/// Bodies without which a route is not asked as it wants to be; `{}` for the others.
fn body(rule: &Rule) -> Option<Value> {
    let body = match (rule.method, rule.path.trim_start_matches("/api/v1/")) {
        ("GET" | "DELETE", _) => return None,
        ("PATCH", "portfolios/{portfolio}") => json!({ "name": "Mine now" }),
        ("POST", "portfolios/{portfolio}/events") => {
            json!({ "kind": "deposit", "date": "2024-01-03", "amount": "1" })
        }
        ("PUT", "session/password") => json!({ "present": PASSWORD, "new": PASSWORD }),
        _ => json!({}),
    };
    Some(body)
}

fn filled(rule: &Rule, owned: &[(&str, String)]) -> String {
    let mut path = rule.path.clone();
    for (name, value) in owned.iter().map(|(name, value)| (*name, value.as_str())).chain(OTHERS) {
        path = path.replace(&format!("{{{name}}}"), value).replace(&format!("{{*{name}}}"), value);
    }
    assert!(!path.contains('{'), "{path}: say in this test what stands for the parameter");
    path
}

/// One of each thing that belongs to somebody.
async fn belongings(desk: &Desk, user: &User) -> Vec<(&'static str, String)> {
    let ctx = desk.ctx_of(user);
    let portfolio = app::NewPortfolio {
        name: "Book".to_owned(),
        opening_equity: "1000".parse().unwrap(),
        start: None,
        lot_method: model::LotMethod::Fifo,
        currency: model::Currency::USD,
    };
    let created = app::create_portfolio(&ctx, &portfolio, None, false).await.unwrap();
    let file = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n\
                2024-01-02,AAA,stock,10,buy,9.5,USD,0,\n";
    let file = app::ImportFile {
        name: "a.csv",
        content: file.as_bytes(),
        format: Some(app::FileFormat::Activity),
        skip_bad_rows: false,
    };
    app::import_file(&ctx, "Book", &file, false).await.unwrap();
    let event = app::list_events(&ctx, "Book").await.unwrap().remove(0).event.id;
    let batch = app::list_batches(&ctx, "Book").await.unwrap().remove(0).batch.id;
    let refresh = || JobInput::Refresh(RefreshInput::default());
    let job = app::jobs::create(&ctx, NewJob::new(refresh())).await.unwrap().job.id;
    let schedule = NewSchedule { cron: "30 16 * * 1-5".to_owned(), input: refresh() };
    let schedule = app::schedules::add(&ctx, &schedule).await.unwrap().id;
    let token = desk.token(user, "read").await.split('_').nth(1).unwrap().to_owned();
    let ids = [created.portfolio.id.to_string(), job, token, schedule, event.to_string(), batch.to_string()];
    OWNED.into_iter().zip(ids).collect()
}

#[tokio::test]
async fn without_a_login_nothing_answers_but_what_is_public() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let owned = belongings(&desk, &anna).await;
    let mut public = Vec::new();
    for rule in server::http::rules() {
        let request = Request::builder().method(rule.method).uri(filled(&rule, &owned));
        let reply = desk.ask(request, body(&rule).as_ref()).await;
        if rule.access == Access::Public {
            public.push(format!("{} {}", rule.method, rule.path));
            continue;
        }
        assert_eq!(reply.problem(), (401, "login_required".to_owned()), "{} {}", rule.method, rule.path);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    let expected = [
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
        "GET /api/v1/openapi.json",
        "GET /docs",
        "GET /docs/",
        "GET /docs/{*file}",
        "POST /api/v1/session",
    ];
    public.sort_unstable();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort_unstable();
    assert_eq!(public, expected, "what is public is listed here, each with a second thought");
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_which_one_it_lacks() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let owned = belongings(&desk, &anna).await;
    for rule in server::http::rules() {
        let Access::Scope(needed) = rule.access else { continue };
        let others = Scope::ALL.into_iter().filter(|scope| *scope != needed && *scope != Scope::Admin);
        let others: Vec<&str> = others.map(Scope::as_str).collect();
        let created = tokens_of(&desk, &anna, &others.join(",")).await;
        let reply = desk.ask_as(&created, rule.method, &filled(&rule, &owned), body(&rule).as_ref()).await;
        assert_eq!(reply.problem(), (403, "scope_missing".to_owned()), "{} {}", rule.method, rule.path);
        assert!(reply.json()["detail"].as_str().unwrap().contains(needed.as_str()), "{}", reply.json());
    }
}

/// A token made anew each time, since names of tokens are taken once.
async fn tokens_of(desk: &Desk, user: &User, scopes: &str) -> String {
    let listed = app::list_tokens(&desk.ctx, Some(user.id)).await.unwrap();
    for of in listed.iter().filter(|of| of.token.name == scopes && of.token.revoked_at.is_none()) {
        app::revoke_token(&desk.ctx, &of.token.id, None).await.unwrap();
    }
    desk.token(user, scopes).await
}

#[tokio::test]
async fn somebody_elses_things_are_as_if_they_had_never_been() {
    let desk = Desk::new().await;
    let anna = desk.add_user("anna").await;
    let bert = desk.add_user("bert").await;
    let owned = belongings(&desk, &anna).await;
    // Bert has a portfolio too, so that his paths lead somewhere up to what is Anna's.
    let token = desk.token(&bert, "read,write,trade-sim").await;
    let cookie = desk.log_in("bert").await;
    let names: Vec<(&str, String)> = owned.clone();
    for rule in server::http::rules() {
        let is_owned = OWNED.iter().any(|name| rule.path.contains(&format!("{{{name}}}")));
        if !is_owned || rule.access == Access::Public || rule.access == Access::Scope(Scope::Admin) {
            continue;
        }
        let ask = async |owned: &[(&str, String)]| {
            let request = Request::builder().method(rule.method).uri(filled(&rule, owned));
            // Tokens are made and revoked by whoever is logged in.
            let request = match rule.path.contains("/tokens") {
                true => request.header("cookie", &cookie),
                false => request.header("authorization", format!("Bearer {token}")),
            };
            desk.ask(request, body(&rule).as_ref()).await
        };
        let theirs = ask(&names).await;
        assert_eq!(theirs.problem(), (404, "not_found".to_owned()), "{} {}", rule.method, rule.path);
        let nobodys: Vec<(&str, String)> = owned.iter().map(|(name, id)| (*name, unused(id))).collect();
        let never = ask(&nobodys).await;
        assert_eq!(never.problem(), theirs.problem(), "{} {}", rule.method, rule.path);
        assert_eq!(
            told(&theirs.json(), &names),
            told(&never.json(), &nobodys),
            "{} {}",
            rule.method,
            rule.path
        );
    }
    let ctx = desk.ctx_of(&anna);
    assert_eq!(app::list_portfolios(&ctx).await.unwrap()[0].event_count, 1, "nothing of it was touched");
}

/// An id of the same form that nothing has.
fn unused(id: &str) -> String {
    id.chars().map(|letter| if letter.is_ascii_digit() { '7' } else { letter }).collect()
}

/// A problem without the ids that were asked for.
fn told(problem: &Value, ids: &[(&str, String)]) -> String {
    ids.iter().fold(problem.to_string(), |text, (_, id)| text.replace(id.as_str(), "ID"))
}
