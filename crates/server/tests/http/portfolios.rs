//! Portfolios over HTTP.

use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn portfolios_are_listed_in_pages_and_found_by_name_or_id() {
    let desk = Desk::new().await;
    for name in ["B", "A", "C"] {
        let new = app::NewPortfolio {
            name: name.to_owned(),
            opening_equity: "1000".parse().unwrap(),
            start: None,
            lot_method: model::LotMethod::Fifo,
            currency: model::Currency::USD,
        };
        app::create_portfolio(&desk.ctx, &new, None, false).await.unwrap();
    }
    let first = desk.get("/api/v1/portfolios?limit=2").await.ok();
    let names = |page: &serde_json::Value| {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((names(&first), &first["next"]), (vec![json!("A"), json!("B")], &json!("B")));
    let second = desk.get("/api/v1/portfolios?limit=2&cursor=B").await.ok();
    assert_eq!((names(&second), &second["next"]), (vec![json!("C")], &json!(null)));
    let by_name = desk.get("/api/v1/portfolios/A").await.ok();
    let by_id = desk.get(&format!("/api/v1/portfolios/{}", by_name["id"].as_str().unwrap())).await.ok();
    assert_eq!(by_name, by_id);
    assert_eq!(desk.get("/api/v1/portfolios/1").await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_portfolio_is_created_changed_and_deleted() {
    let desk = Desk::new().await;
    let path = "/api/v1/portfolios";
    let input = json!({ "name": "Mine", "equity": "1000", "dry_run": true });
    let tried = desk.send_json("POST", path, input).await;
    assert_eq!((tried.status.as_u16(), &tried.json()["dry_run"]), (200, &json!(true)));
    let created = desk.send_json("POST", path, json!({ "name": "Mine", "equity": "1000" })).await;
    assert_eq!(created.status, 201);
    let shown = desk.get(created.header("location")).await.ok();
    assert_eq!((&shown["name"], &shown["opening_equity"]), (&json!("Mine"), &json!("1000")));
    let again = desk.send_json("POST", path, json!({ "name": "Mine", "equity": "1" })).await;
    assert_eq!(again.problem(), (409, "portfolio_exists".to_owned()));
    let changed = desk.send_json("PATCH", "/api/v1/portfolios/Mine", json!({ "lots": "lifo" })).await.ok();
    assert_eq!(changed["changed"], json!(["lots"]));
    let deleted = desk.send_json("DELETE", "/api/v1/portfolios/Mine", json!(null)).await.ok();
    assert_eq!(deleted["name"], "Mine");
    assert_eq!(desk.get("/api/v1/portfolios/Mine").await.status, 404);
}

#[tokio::test]
async fn bodies_that_make_no_sense_are_problems_that_say_where() {
    let desk = Desk::new().await;
    for (body, expected) in [
        (json!({ "name": "A" }), (422, "bad_body")),
        (json!({ "name": "A", "equity": "a lot" }), (422, "bad_body")),
        (json!({ "name": "A", "equity": 5 }), (422, "bad_body")),
        (json!({ "name": "A", "equity": "5", "colour": "red" }), (422, "bad_body")),
        (json!({ "name": " A", "equity": "5" }), (422, "invalid_input")),
        (json!({ "name": "A", "equity": "-5" }), (422, "invalid_input")),
        (json!({ "name": "A", "equity": "5", "start": "1800-01-01" }), (422, "outside_calendar")),
    ] {
        let reply = desk.send_json("POST", "/api/v1/portfolios", body.clone()).await;
        assert_eq!(reply.problem(), (expected.0, expected.1.to_owned()), "{body}");
        assert!(reply.json()["where"].is_string(), "{body}");
    }
}
