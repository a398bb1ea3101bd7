//! Whether the process lives and can work.

use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn life_is_told_without_the_database() {
    let desk = Desk::new().await;
    desk.ctx.store().unwrap().close().await;
    let live = desk.get("/health/live").await.ok();
    assert_eq!(live["state"], "live");
}

#[tokio::test]
async fn readiness_takes_the_database_and_the_workers() {
    let desk = Desk::new().await;
    let idle = desk.get("/health/ready").await;
    assert_eq!(idle.status, 503);
    assert_eq!(idle.json(), json!({ "is_ready": false, "database": true, "workers": false }));
    desk.api.set_workers_running(true);
    assert_eq!(
        desk.get("/health/ready").await.ok(),
        json!({ "is_ready": true, "database": true, "workers": true })
    );
    desk.ctx.store().unwrap().close().await;
    let shut = desk.get("/health/ready").await;
    assert_eq!(shut.status, 503);
    assert_eq!(shut.json(), json!({ "is_ready": false, "database": false, "workers": true }));
}

#[tokio::test]
async fn docs_need_nothing_from_elsewhere() {
    let desk = Desk::new().await;
    assert_eq!(desk.get("/docs").await.status, 308);
    let page = desk.get("/docs/").await;
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(desk.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    assert_eq!(desk.get("/docs/none.js").await.problem().0, 404);
}
