//! `export`.

use serde_json::json;

use crate::desk::Desk;
use crate::refused;

fn add(desk: &Desk, kind: &str, date: &str, rest: &[&str]) {
    desk.ok(&[&["event", "add", "Book", "--kind", kind, "--date", date][..], rest].concat());
}

fn read(desk: &Desk, file: &str) -> String {
    std::fs::read_to_string(desk.path().join(file)).unwrap()
}

fn export(desk: &Desk, what: &str, rest: &[&str]) -> String {
    let file = format!("{what}.csv");
    desk.ok(&[&["export", what, "--format", "csv", "--out", &file][..], rest].concat());
    read(desk, &file)
}

#[test]
fn events_of_every_kind_are_rows_of_the_activity_file() {
    let desk = Desk::with_book();
    add(&desk, "sell", "2024-01-04", &["--symbol", "AAA", "--quantity", "0.5", "--price", "12"]);
    add(&desk, "deposit", "2024-01-03", &["--amount", "100"]);
    add(&desk, "withdrawal", "2024-01-03", &["--amount", "40.25"]);
    add(&desk, "fee", "2024-01-03", &["--amount", "-2"]);
    add(&desk, "interest", "2024-01-03", &["--amount", "0.000001"]);
    add(&desk, "dividend", "2024-01-04", &["--symbol", "AAA", "--price", "0.25"]);
    add(&desk, "dividend", "2024-01-05", &["--symbol", "AAA", "--amount", "3"]);
    add(&desk, "mark", "2024-01-05", &["--symbol", "HOUSE", "--price", "250000"]);
    add(&desk, "split", "2024-01-05", &["--symbol", "AAA", "--ratio", "3:2"]);
    add(&desk, "deposit", "2024-01-05", &["--amount", "7"]);
    let events = desk.json(&["event", "list", "Book"]);
    let last = events.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    desk.ok(&["event", "void", &last]);
    let expected = "\
date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount
2024-01-02,AAA,stock,10,buy,9.5,USD,1,
2024-01-03,,,,deposit,,USD,,100
2024-01-03,,,,withdrawal,,USD,,40.25
2024-01-03,,,,fee,,USD,,-2
2024-01-03,,,,interest,,USD,,0.000001
2024-01-04,AAA,stock,0.5,sell,12,USD,0,
2024-01-04,AAA,stock,,dividend,0.25,USD,,
2024-01-05,AAA,stock,,dividend,,USD,,3
2024-01-05,HOUSE,stock,,mark,250000,USD,,
2024-01-05,AAA,stock,3:2,split,,USD,,
";
    assert_eq!(export(&desk, "events", &["--portfolio", "Book"]), expected);
}

#[test]
fn fills_snapshots_and_prices_have_their_figures() {
    let desk = Desk::with_book();
    desk.write("data/prices/BBB.csv", "date,open,high,low,close,volume\n2024-01-02,4,5,3,4.5,100\n");
    desk.ok(&["prices", "BBB", "--from", "2024-01-02", "--to", "2024-01-02"]);
    desk.ok(&["portfolio", "create", "=Other", "--equity", "10", "--start", "2024-01-02"]);
    desk.ok(&["refresh"]);
    let prices = export(&desk, "prices", &[]);
    let rows: Vec<&str> = prices.lines().collect();
    assert_eq!(rows[0], "symbol,session,open,high,low,close,volume,final");
    assert_eq!(rows[1], "AAA,2024-01-02,,,,10,,true");
    assert_eq!((rows[5], rows.len()), ("BBB,2024-01-02,4,5,3,4.5,100,true", 6));
    let of_book = ["--portfolio", "Book", "--force"];
    assert_eq!(export(&desk, "prices", &of_book).lines().count(), 5);
    let snapshots = export(&desk, "snapshots", &[]);
    let rows: Vec<Vec<&str>> = snapshots.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 9);
    assert_eq!((rows[1][0], rows[1][1], rows[1][3]), ("'=Other", "2024-01-02", "10"));
    let column = |name: &str| rows[0].iter().position(|heading| *heading == name).unwrap();
    let shown = desk.json(&["snapshots", "Book"]);
    for (row, shown) in rows[5..].iter().zip(shown.as_array().unwrap()) {
        for name in ["session", "equity", "cash", "daily_pnl", "gross_exposure", "net_exposure"] {
            assert_eq!(json!(row[column(name)]), shown[name], "{name}");
        }
        assert_eq!(row[column("daily_return")].parse::<f64>().ok(), shown["daily_return"].as_f64());
    }
    add(
        &desk,
        "sell",
        "2024-01-04",
        &["--symbol", "AAA", "--quantity", "5", "--price", "12", "--note", "@late"],
    );
    let fills = export(&desk, "fills", &[]);
    let rows: Vec<&str> = fills.lines().collect();
    assert_eq!(rows[0], "portfolio,date,symbol,side,quantity,price,fee,source,key,note,id,entered_at");
    assert!(rows[1].starts_with("Book,2024-01-02,AAA,buy,10,9.5,1,user,first,,"), "{fills}");
    assert!(rows[2].starts_with("Book,2024-01-04,AAA,sell,5,12,0,user,event-"), "{fills}");
    assert!(rows[2].contains(",'@late,"), "{fills}");
}

#[test]
fn a_file_is_overwritten_only_when_it_is_meant_and_nothing_is_left_behind() {
    let desk = Desk::with_book();
    desk.write("events.csv", "mine\n");
    let export = ["export", "events", "--portfolio", "Book", "--format", "csv", "--out"];
    let to = |file: &'static str| [&export[..], &[file]].concat();
    refused(&desk, &to("events.csv"), 2, "usage", "events.csv", "--force");
    refused(&desk, &to("data"), 2, "usage", "data", "folder");
    refused(&desk, &to("nowhere/x.csv"), 1, "failed", "", "nowhere/x.csv cannot be written");
    assert_eq!(read(&desk, "events.csv"), "mine\n");
    let done = desk.json(&[&to("events.csv")[..], &["--force"]].concat());
    let written = read(&desk, "events.csv");
    assert_eq!((&done["rows"], &done["bytes"]), (&json!(1), &json!(written.len())));
    refused(
        &desk,
        &["export", "events", "--format", "csv", "--out", "x.csv"],
        2,
        "invalid_input",
        "portfolio",
        "--portfolio",
    );
    refused(
        &desk,
        &["export", "fills", "--portfolio", "No", "--format", "csv", "--out", "x.csv"],
        1,
        "not_found",
        "portfolio",
        "No",
    );
    refused(&desk, &["export", "shares", "--format", "csv", "--out", "x"], 2, "usage", "arguments", "prices");
    let mut names: Vec<_> =
        std::fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "daybook.db", "events.csv"]);
}

#[test]
fn parquet_holds_the_same_rows_or_says_that_it_was_left_out() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    for what in ["prices", "snapshots", "fills", "events"] {
        let file = format!("{what}.parquet");
        let arguments = ["export", what, "--portfolio", "Book", "--format", "parquet", "--out", &file];
        if !cfg!(feature = "parquet") {
            refused(&desk, &arguments, 2, "usage", "--format", "without the feature parquet");
            continue;
        }
        let done = desk.json(&arguments);
        let listed = export(&desk, what, &["--portfolio", "Book"]);
        assert_eq!(done["rows"], json!(listed.lines().count() - 1), "{what}");
        let bytes = std::fs::read(desk.path().join(&file)).unwrap();
        assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
        assert_eq!(done["bytes"], json!(bytes.len()));
    }
}
