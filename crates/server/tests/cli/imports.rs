//! Importing files, listing imports and taking them back.

use serde_json::json;

use crate::desk::Desk;

const ROWS: &str = "date,symbol,quantity,activityType,unitPrice,fee,amount\n\
    2024-01-03,AAA,2,buy,11,0.5,\n2024-01-03,,,deposit,,,500\n";

#[test]
fn an_import_tells_its_format_and_is_taken_back_once() {
    let desk = Desk::with_book();
    desk.write("a.csv", ROWS);
    let answer = desk.json(&["portfolio", "import", "Book", "--file", "a.csv"]);
    assert_eq!(
        (&answer["format"], &answer["format_guessed"], &answer["events"]),
        (&json!("activity"), &json!(true), &json!(2))
    );
    let listed = desk.json(&["portfolio", "batches", "Book"]);
    assert_eq!(
        (&listed[0]["id"], &listed[0]["events"], &listed[0]["undone_at"]),
        (&answer["batch"], &json!(2), &json!(null))
    );
    assert!(desk.ok(&["portfolio", "batches", "Book"]).contains("a.csv"));
    let id = answer["batch"].as_str().unwrap();
    assert!(desk.ok(&["portfolio", "undo-batch", id]).contains("2 events"));
    let (code, error) = desk.error(&["portfolio", "undo-batch", id]);
    assert_eq!((code, error["code"].as_str()), (1, Some("already_undone")));
    assert_eq!(desk.json(&["portfolio", "batches", "Book"])[0]["events"], 0);
    assert!(desk.ok(&["portfolio", "import", "Book", "--file", "a.csv"]).contains("activity"));
}

#[test]
fn a_dry_run_tells_of_refused_rows_and_ends_as_the_import_would() {
    let desk = Desk::with_book();
    desk.write("a.csv", &ROWS.replace("500", "much"));
    let output = desk.run(&["portfolio", "import", "Book", "--file", "a.csv", "--dry-run", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = &answer["rows"][1];
    assert_eq!((&row["row"], &row["column"], &row["code"]), (&json!(3), &json!("amount"), &json!("number")));
    let (code, error) = desk.error(&["portfolio", "import", "Book", "--file", "a.csv"]);
    assert_eq!((code, error["code"].as_str()), (1, Some("import_refused")));
    let (code, _) = desk.error(&["portfolio", "import", "Book", "--file", "a.csv", "--format", "telex"]);
    assert_eq!(code, 2);
    let taken = ["portfolio", "import", "Book", "--file", "a.csv", "--skip-bad-rows"];
    assert_eq!(desk.json(&taken)["events"], 1);
}
