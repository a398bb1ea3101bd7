//! Risk of portfolios over HTTP.

use serde_json::{Value, json};

use crate::desk::Desk;

const PARTS: [&str; 9] = [
    "risk",
    "factors",
    "volatility",
    "correlation",
    "sectors",
    "concentration",
    "greeks",
    "stress",
    "attribution",
];

/// A portfolio that bought ten AAA on the first session, refreshed.
async fn with_book() -> Desk {
    let desk = Desk::new().await;
    let new = app::NewPortfolio {
        name: "Book".to_owned(),
        opening_equity: "1000".parse().unwrap(),
        start: None,
        lot_method: model::LotMethod::Fifo,
        currency: model::Currency::USD,
    };
    let file = "Symbol,Quantity,Entry Price Per Share,Entry Date\nAAA,10,9.5,2024-01-02\n";
    let file = app::PositionFile { name: "book.csv", content: file.as_bytes(), skip_bad_rows: false };
    app::create_portfolio(&desk.ctx, &new, Some(&file), false).await.unwrap();
    app::refresh(&desk.ctx, &app::RefreshRequest::default()).await.unwrap();
    desk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_of_the_risk_is_answered_with_reasons_of_what_is_absent() {
    let desk = with_book().await;
    let whole = desk.get("/api/v1/analytics/Book/risk").await.ok();
    assert_eq!((&whole["portfolio"], &whole["at"]), (&json!("Book"), &json!("2024-01-05")));
    assert_eq!(whole["exposures"]["gross"]["dollars"], json!(125.0));
    assert_eq!(whole["absent"]["market_beta.beta"], "nothing_covered");
    for part in PARTS {
        let found = desk.get(&format!("/api/v1/analytics/Book/{part}?at=2024-01-04")).await.ok();
        assert_eq!(found["at"], "2024-01-04", "{part}");
        let of = |field: &String| !["portfolio", "at", "absent"].contains(&field.as_str());
        let fields: Vec<&String> = found.as_object().unwrap().keys().filter(|field| of(field)).collect();
        assert!(!fields.is_empty() && fields.iter().all(|field| found[*field] != Value::Null), "{found}");
        let below = |path: &String| fields.iter().any(|field| path.split('.').next() == Some(field));
        assert!(found["absent"].as_object().unwrap().keys().all(below), "{found}");
    }
    let concentration = desk.get("/api/v1/analytics/Book/concentration").await.ok();
    assert_eq!(concentration["concentration"]["hhi"], json!(1.0));
    let one = desk.get("/api/v1/analytics/Book/stress?scenario=market_down_20").await.ok();
    assert_eq!(one["scenarios"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_not_is_a_problem_that_says_so() {
    let desk = with_book().await;
    for part in PARTS {
        let nobody = desk.get(&format!("/api/v1/analytics/Nobody/{part}")).await;
        assert_eq!(nobody.problem(), (404, "not_found".to_owned()), "{part}");
        let sunday = desk.get(&format!("/api/v1/analytics/Book/{part}?at=2024-01-07")).await;
        assert_eq!(sunday.problem().1, "no_session", "{part}");
        let nonsense = desk.get(&format!("/api/v1/analytics/Book/{part}?at=soon")).await;
        assert!(nonsense.status.is_client_error(), "{part}");
    }
    let doom = desk.get("/api/v1/analytics/Book/stress?scenario=doom").await;
    assert_eq!(doom.problem(), (404, "not_found".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_waits_for_a_provider() {
    let desk = with_book().await;
    // The folder of prices is gone, and what is cached is answered.
    let before = desk.get("/api/v1/analytics/Book/risk").await.ok();
    std::fs::remove_dir_all(desk.folder().join("data")).unwrap();
    assert_eq!(desk.get("/api/v1/analytics/Book/risk").await.ok(), before);
}
