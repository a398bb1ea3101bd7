//! The OpenAPI document and the router say the same.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::desk::Desk;

fn document() -> Value {
    serde_json::to_value(server::http::openapi()).unwrap()
}

/// Methods with paths, as the document has them.
fn documented(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

#[test]
fn every_route_has_a_rule_and_a_place_in_the_document() {
    let rules = server::http::rules();
    let routed: BTreeSet<(String, String)> = rules
        .iter()
        .filter(|rule| rule.is_documented)
        .map(|rule| (rule.method.to_owned(), rule.path.clone()))
        .collect();
    assert_eq!(routed, documented(&document()));
    let pages: Vec<&str> =
        rules.iter().filter(|rule| !rule.is_documented).map(|rule| rule.path.as_str()).collect();
    assert_eq!(pages, ["/api/v1/openapi.json", "/docs", "/docs/", "/docs/{*file}"]);
}

#[tokio::test]
async fn what_is_documented_is_routed_and_nothing_else_is() {
    let desk = Desk::new().await;
    let known = documented(&document());
    let paths: BTreeSet<&String> = known.iter().map(|(_, path)| path).collect();
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let filled = path.replace(['{', '}'], "");
            let request = Request::builder().method(method).uri(&filled).body(Body::empty()).unwrap();
            let is_routed = desk.send(request).await.status != 405;
            assert_eq!(is_routed, known.contains(&(method.to_owned(), path.clone())), "{method} {path}");
        }
    }
}

#[test]
fn the_copy_in_the_repository_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let written = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("OPENAPI_WRITE").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == written, "docs/openapi.json is not what the code says; run with OPENAPI_WRITE=1");
}
