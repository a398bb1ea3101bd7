//! `prices --adjust`.

use serde_json::json;

use crate::desk::Desk;

/// AAA is split four for one on 2024-01-04 and pays 0.5 on 2024-01-05.
fn desk() -> Desk {
    let desk = Desk::new();
    let rows = [
        "2024-01-02,400,410,396,404,1000",
        "2024-01-03,,,,408,",
        "2024-01-04,102,,,100,",
        "2024-01-05,99,,,98,8000",
    ];
    desk.write("data/prices/AAA.csv", &format!("date,open,high,low,close,volume\n{}\n", rows.join("\n")));
    desk.write("data/splits.csv", "symbol,ex_date,ratio\nAAA,2024-01-04,4\n");
    desk.write("data/dividends.csv", "symbol,ex_date,amount\nAAA,2024-01-05,0.5\n");
    desk
}

#[test]
fn adjusted_prices_are_numbers_as_of_the_last_date() {
    let desk = desk();
    let ask = |adjust: &str, to: &str| {
        desk.json(&["prices", "AAA", "--from", "2024-01-02", "--to", to, "--adjust", adjust])
    };
    let closes = |answer: &serde_json::Value| -> Vec<serde_json::Value> {
        answer["bars"].as_array().unwrap().iter().map(|bar| bar["close"].clone()).collect()
    };
    let splits = ask("splits", "2024-01-05");
    assert_eq!((&splits["adjust"], &splits["as_of"]), (&json!("splits"), &json!("2024-01-05")));
    assert_eq!(
        splits["bars"][0],
        json!({"session": "2024-01-02", "open": 100.0, "high": 102.5, "low": 99.0, "close": 101.0,
               "volume": 4000.0, "final": true})
    );
    assert_eq!(splits["bars"][1]["open"], json!(null));
    assert_eq!(closes(&splits), [101.0, 102.0, 100.0, 98.0]);
    let total = ask("total-return", "2024-01-05");
    assert_eq!(total["adjust"], "total_return");
    assert_eq!(closes(&total), [101.0 * 0.995, 102.0 * 0.995, 100.0 * 0.995, 98.0]);
    assert_eq!(closes(&ask("total-return", "2024-01-04")), [101.0, 102.0, 100.0]);
    assert_eq!(closes(&ask("splits", "2024-01-03")), [404.0, 408.0]);
    let traded = ask("none", "2024-01-05");
    assert_eq!(
        (&traded["adjust"], closes(&traded)),
        (&json!("none"), vec![json!("404"), json!("408"), json!("100"), json!("98")])
    );
    assert_eq!(traded, desk.json(&["prices", "AAA", "--from", "2024-01-02", "--to", "2024-01-05"]));
}

#[test]
fn a_table_says_what_its_prices_are() {
    let desk = desk();
    let range = ["prices", "AAA", "--from", "2024-01-02", "--to", "2024-01-05"];
    let told = desk.ok(&[&range[..], &["--adjust", "total-return"]].concat());
    assert!(told.ends_with("prices adjusted for splits and dividends as of 2024-01-05\n"), "{told}");
    assert!(told.contains("100.4950"), "{told}");
    let traded = desk.run(&range);
    assert!(String::from_utf8_lossy(&traded.stderr).contains("4 bars as traded from files"));
}

#[test]
fn an_adjustment_that_is_none_is_refused() {
    let desk = desk();
    let (code, error) = desk.error(&["prices", "AAA", "--adjust", "dividends"]);
    assert_eq!((code, error["code"].as_str()), (2, Some("usage")));
    assert!(error["message"].as_str().unwrap().contains("total-return"), "{error}");
    desk.write("data/dividends.csv", "symbol,ex_date,amount\nAAA,2024-01-05,100\n");
    let (code, error) = desk.error(&["prices", "AAA", "--from", "2024-01-02", "--adjust", "total-return"]);
    assert_eq!((code, &error["code"], &error["where"]), (1, &json!("unadjustable"), &json!("AAA")));
    assert!(error["message"].as_str().unwrap().contains("2024-01-05"), "{error}");
}
