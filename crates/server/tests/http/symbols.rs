//! New symbols over HTTP: events that bring them, and what they stand for.

use serde_json::{Value, json};

use crate::desk::Desk;

/// A desk whose folder has prices of GOOD, with an empty portfolio.
async fn desk() -> Desk {
    let desk = Desk::new().await;
    let prices = desk.folder().join("data/prices");
    std::fs::create_dir_all(&prices).unwrap();
    let rows = "date,open,high,low,close,volume\n2024-01-03,50,51,49,50,100\n2024-01-04,50,52,50,51,100\n";
    std::fs::write(prices.join("GOOD.csv"), rows).unwrap();
    let input = json!({ "name": "Book", "equity": "1000" });
    assert_eq!(desk.send_json("POST", "/api/v1/portfolios", input).await.status, 201);
    desk
}

fn fill(kind: &str, symbol: &str) -> Value {
    json!({ "kind": kind, "date": "2024-01-03", "symbol": symbol, "quantity": "2", "price": "50" })
}

async fn open_jobs(desk: &Desk) -> Vec<(String, Value)> {
    let listed = desk.get("/api/v1/jobs?state=pending").await.ok();
    let job = |job: &Value| (job["kind"].as_str().unwrap().to_owned(), job["subject"].clone());
    let mut jobs: Vec<_> = listed["items"].as_array().unwrap().iter().map(job).collect();
    jobs.sort_by(|one, other| one.0.cmp(&other.0));
    jobs
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_a_symbol_nobody_has_met_has_it_made_known() {
    let desk = desk().await;
    let events = "/api/v1/portfolios/Book/events";
    let refused = desk.send_json("POST", events, fill("buy", "NONE")).await;
    assert_eq!(refused.problem(), (422, "invalid_input".to_owned()));
    assert_eq!(refused.json()["where"], "symbol");
    let added = desk.send_json("POST", events, fill("buy", "GOOD")).await;
    assert_eq!((added.status.as_u16(), &added.json()["pending"]), (201, &json!(true)));
    let jobs = open_jobs(&desk).await;
    assert_eq!(
        (jobs[0].0.as_str(), &jobs[0].1, jobs[1].0.as_str()),
        ("onboard_symbol", &json!("GOOD"), "refresh")
    );
    let status = desk.get("/api/v1/symbols/good/status").await.ok();
    assert_eq!(status["status"], "pending");
    // A second one finds it in the queue.
    assert_eq!(desk.send_json("POST", events, fill("sell", "GOOD")).await.ok()["pending"], true);
    assert_eq!(open_jobs(&desk).await.len(), 2);
    // A price by hand is what is given to a symbol that nobody knows.
    let mark = json!({ "kind": "mark", "date": "2024-01-03", "symbol": "NONE", "price": "5" });
    assert_eq!(desk.send_json("POST", events, mark).await.ok()["pending"], false);
    // And what the books name may be sold.
    assert_eq!(desk.send_json("POST", events, fill("sell", "NONE")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_is_mapped_to_another() {
    let desk = desk().await;
    let events = "/api/v1/portfolios/Book/events";
    for (symbol, price) in [("BAD", "50"), ("BAD250117C00050000", "3")] {
        let mark = json!({ "kind": "mark", "date": "2024-01-03", "symbol": symbol, "price": price });
        assert_eq!(desk.send_json("POST", events, mark).await.status, 201);
        assert_eq!(desk.send_json("POST", events, fill("buy", symbol)).await.status, 201);
    }
    let map = async |symbol: &str, target: &str| {
        let path = format!("/api/v1/symbols/{symbol}/map");
        desk.send_json("POST", &path, json!({ "target": target })).await
    };
    for target in ["NONE", "BAD", "CASH_USD"] {
        assert_eq!(map("BAD", target).await.problem(), (422, "invalid_input".to_owned()), "{target}");
    }
    let mapped = map("bad", "good").await.ok();
    assert_eq!((&mapped["symbol"], &mapped["target"]), (&json!("BAD"), &json!("GOOD")));
    assert_eq!((&mapped["events"], &mapped["portfolios"]), (&json!(4), &json!(["Book"])));
    let listed = desk.get(events).await.ok();
    let active = listed["items"].as_array().unwrap().iter().filter(|event| event["voided"] == false);
    let mut symbols: Vec<&str> = active.map(|event| event["symbol"].as_str().unwrap()).collect();
    symbols.sort_unstable();
    let call = "GOOD250117C00050000";
    assert_eq!(symbols, ["GOOD", "GOOD", call, call]);
    let status = desk.get("/api/v1/symbols/BAD/status").await.ok();
    assert!(status["message"].as_str().unwrap().starts_with("as GOOD: "), "{status}");
}
