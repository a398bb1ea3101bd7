//! Risk of portfolios over HTTP.

use serde_json::{Value, json};

use crate::described;
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

/// A desk with two years of prices of all that figures are measured on, of a portfolio of shares long and short, an
/// option, a private holding and an option on what has no price, and of one of the latter alone.
async fn with_history() -> Desk {
    let desk = Desk::new().await;
    let end = "2024-01-05".parse().unwrap();
    let sessions = model::Calendar::xnys().between("2022-01-03".parse().unwrap(), end);
    let symbols = ["SPY", "TLT", "VTV", "VUG", "MTUM", "QUAL", "IWM", "USMV", "AAA", "BBB"];
    for (symbol, step) in symbols.iter().zip([5, 7, 11, 13, 17, 19, 23, 29, 31, 37]) {
        let close = |at: usize| 50.0 + 0.01 * at as f64 + 0.5 * ((at * step) % 41) as f64 / 41.0;
        let lines = sessions.iter().enumerate().map(|(at, session)| format!("{session},{:.4}\n", close(at)));
        let file = format!("date,close\n{}", lines.collect::<String>());
        std::fs::write(desk.folder().join(format!("data/prices/{symbol}.csv")), file).unwrap();
    }
    let lost = "ZZZ240621C00050000,2,4,2023-06-01,\n";
    let rich = format!(
        "AAA,10,50,2023-06-01,\nBBB,-5,50,2023-06-01,\nAAA240621C00050000,1,4,2023-06-01,\n\
         HOUSE,1,500,2023-06-01,PRIVATE\n{lost}"
    );
    for (name, lines) in [("Rich", &rich[..]), ("Lost", lost)] {
        let file = format!("Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n{lines}");
        let file = app::PositionFile { name: "book.csv", content: file.as_bytes(), skip_bad_rows: false };
        let new = app::NewPortfolio {
            name: name.to_owned(),
            opening_equity: "10000".parse().unwrap(),
            start: None,
            lot_method: model::LotMethod::Fifo,
            currency: model::Currency::USD,
        };
        app::create_portfolio(&desk.ctx, &new, Some(&file), false).await.unwrap();
    }
    let ctx = app::Context { references: desk.ctx.risk.yardsticks.symbols(), ..desk.ctx.clone() };
    app::refresh(&ctx, &app::RefreshRequest::default()).await.unwrap();
    desk
}

/// Fields that may be null without a reason beside them: what is not named, has no such thing, or is a date.
const MAY_BE_NULL: [&str; 9] =
    ["moves_with", "price", "benchmark_weight", "active", "market", "yield", "reason", "first", "last"];

/// Refuses a figure that is null without a reason, which stands in the object itself or below its path in `absent`.
fn check_reasons(value: &Value, path: &str, absent: &Value) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            let (path, absent) = match fields.get("absent") {
                Some(own) => ("", own),
                None => (path, absent),
            };
            let has_reason = fields.get("reason").is_some_and(Value::is_string);
            for (name, field) in fields.iter().filter(|(name, _)| *name != "absent") {
                let place = if path.is_empty() { name.clone() } else { below(name) };
                let is_told = has_reason || MAY_BE_NULL.contains(&&name[..]) || absent[&place].is_string();
                assert!(!field.is_null() || is_told, "{place} is null for no reason; of {absent}");
                check_reasons(field, &place, absent);
            }
        }
        Value::Array(items) => {
            for item in items {
                let names = ["symbol", "sector", "name", "session"];
                let name = names.iter().find_map(|name| item.get(*name)?.as_str());
                check_reasons(item, &name.map_or(path.to_owned(), below), absent);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_knows_every_field_of_every_answer_and_each_null_has_its_reason() {
    let desk = with_history().await;
    let document = serde_json::to_value(server::http::openapi()).unwrap();
    for name in ["Rich", "Lost"] {
        for part in PARTS {
            let found = desk.get(&format!("/api/v1/analytics/{name}/{part}")).await.ok();
            let schema = described::answer_of(&document, &format!("/api/v1/analytics/{{portfolio}}/{part}"));
            described::check(&document, schema, &found, part);
            check_reasons(&found, "", &found["absent"]);
        }
    }
    let rich = desk.get("/api/v1/analytics/Rich/risk").await.ok();
    assert!(
        rich["market_beta"]["beta"].is_number() && rich["volatility"]["forecast"]["ratio"].is_number(),
        "{rich}"
    );
    assert_eq!(rich["absent"]["market_beta.covered_share"], "unknown_exposure");
    assert!(rich["attribution"]["positions"][0]["factors"]["value"].is_number(), "{rich}");
    let stressed = desk.get("/api/v1/analytics/Rich/stress").await.ok();
    assert_eq!(stressed["exposures"]["private"]["dollars"], json!(500.0));
    assert_eq!(stressed["absent"]["replays.pandemic_2020.dollars"], "nothing_covered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_says_what_the_whole_says() {
    let desk = with_history().await;
    for at in ["", "?at=2023-12-01"] {
        let whole = desk.get(&format!("/api/v1/analytics/Rich/risk{at}")).await.ok();
        for part in PARTS.iter().filter(|part| !["risk", "stress"].contains(part)) {
            let found = desk.get(&format!("/api/v1/analytics/Rich/{part}{at}")).await.ok();
            for (field, value) in found.as_object().unwrap().iter().filter(|(field, _)| *field != "absent") {
                assert_eq!(value, &whole[field], "{field} of {part}");
            }
            for (path, reason) in found["absent"].as_object().unwrap() {
                assert_eq!(reason, &whole["absent"][path], "{path} of {part}");
            }
        }
    }
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
