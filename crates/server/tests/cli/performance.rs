//! `performance`: figures of portfolios and symbols.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::golden::{agree, rows};

/// A desk with the closes that the golden figures were made from.
fn market() -> Desk {
    let desk = Desk::new();
    let closes = rows("market/skfolio_adjclose_wide.csv.gz");
    for symbol in closes[0].keys().filter(|column| *column != "date") {
        let priced = closes.iter().filter(|row| !row[symbol].is_empty());
        let lines: String = priced.map(|row| format!("{},{}\n", row["date"], row[symbol])).collect();
        desk.write(&format!("data/prices/{symbol}.csv"), &format!("date,close\n{lines}"));
    }
    desk.write("daybook.toml", "[risk]\nbenchmark = \"SP500\"\n");
    desk
}

/// Every column of a golden row beside the answer's field of its name.
fn check_row(row: &BTreeMap<String, String>, found: &Value) {
    for (column, expect) in row {
        let what = format!("{column} of {} {}", row["period"], row["symbol"]);
        let field = &found[column];
        match column.as_str() {
            "period" => {}
            "first" | "last" | "symbol" => assert_eq!(field, expect, "{what}"),
            dated if dated.ends_with("_session") || dated == "mdd_trough" => {
                assert_eq!(field, expect, "{what}")
            }
            "n" | "up_days" => assert_eq!(field.to_string(), *expect, "{what}"),
            _ if expect.is_empty() => {
                assert_eq!(
                    (field, &found["absent"][column]),
                    (&json!(null), &json!("zero_deviation")),
                    "{what}"
                );
            }
            _ => agree(field, expect, &what),
        }
    }
}

#[test]
fn the_figures_of_symbols_agree_with_every_golden_row() {
    let desk = market();
    let beside = rows("golden/performance_beside.csv");
    let mixtures = ["EQW20", "6040"];
    let golden = rows("golden/performance.csv");
    let symbols = golden.iter().zip(&beside).filter(|(row, _)| !mixtures.contains(&row["symbol"].as_str()));
    let mut checked = 0;
    for (row, beside) in symbols {
        let bounds = ["--from", row["first"].as_str(), "--to", row["last"].as_str()];
        let found = desk.json(&[&["performance", "symbol", &row["symbol"]], &bounds[..]].concat());
        check_row(row, &found);
        check_row(beside, &found);
        assert_eq!((&found["benchmark"]["symbol"], &found["left_out"]), (&json!("SP500"), &json!(0)));
        assert!(found.get("xirr").is_none(), "a symbol has no flows");
        checked += 1;
    }
    assert_eq!(checked, 22);
}

#[test]
fn the_figures_of_a_portfolio_agree_with_its_only_holding() {
    let desk = market();
    let golden = rows("golden/performance.csv");
    let row = golden.iter().find(|row| row["period"] == "covid" && row["symbol"] == "KO").unwrap();
    // All of the money is in KO from the close before the first return on.
    let close = rows("market/skfolio_adjclose_wide.csv.gz");
    let before = close.iter().rfind(|close| close["date"] < row["first"]).unwrap();
    desk.ok(&["portfolio", "create", "Covid", "--equity", &before["KO"]]);
    let buy = ["event", "add", "Covid", "--kind", "buy", "--symbol", "KO", "--quantity", "1"];
    desk.ok(&[&buy[..], &["--date", &before["date"], "--price", &before["KO"]]].concat());
    desk.ok(&["refresh", "--to", &row["last"]]);
    let found = desk.json(&["performance", "portfolio", "Covid", "--from", &row["first"]]);
    let mut figures = row.clone();
    figures.remove("symbol");
    for (column, expect) in &figures {
        let what = format!("{column} of the portfolio");
        match column.as_str() {
            "period" => {}
            "first" | "last" | "mdd_trough" => assert_eq!(&found[column], expect, "{what}"),
            "n" | "up_days" => assert_eq!(found[column].to_string(), *expect, "{what}"),
            _ => agree(&found[column], expect, &what),
        }
    }
    // Without flows, the money-weighted return is the total return by calendar days.
    let first: f64 = before["KO"].parse().unwrap();
    let last: f64 = close.iter().find(|close| close["date"] == row["last"]).unwrap()["KO"].parse().unwrap();
    let days = 366.0;
    assert_eq!((before["date"].as_str(), row["last"].as_str()), ("2019-12-31", "2020-12-31"));
    agree(&found["xirr"], &((last / first).powf(365.0 / days) - 1.0).to_string(), "xirr");
    assert_eq!((&found["portfolio"], &found["provisional"]), (&json!("Covid"), &json!(0)));
}

#[test]
fn what_does_not_exist_is_null_with_a_reason_and_no_error() {
    let desk = Desk::with_book();
    let none = desk.json(&["performance", "portfolio", "Book"]);
    assert_eq!((&none["n"], &none["first"], &none["sharpe"]), (&json!(0), &json!(null), &json!(null)));
    for field in ["first", "total_return", "xirr", "mdd_trough", "best_session"] {
        assert_eq!(none["absent"][field], "no_returns", "{field}");
    }
    let absent: Vec<&String> = none["absent"].as_object().unwrap().keys().collect();
    let null: Vec<&String> =
        none.as_object().unwrap().iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    assert_eq!(absent, null);
    desk.ok(&["refresh"]);
    let found = desk.json(&["performance", "portfolio", "Book"]);
    assert_eq!(
        (&found["n"], &found["max_drawdown"], &found["sortino"]),
        (&json!(4), &json!(0.0), &json!(null))
    );
    assert_eq!(
        (&found["absent"]["sortino"], &found["absent"]["mdd_peak"], &found["absent"]["beta"]),
        (&json!("no_losses"), &json!("no_drawdown"), &json!("no_benchmark"))
    );
    assert_eq!(
        (&found["benchmark"]["symbol"], &found["benchmark"]["n"], &found["benchmark"]["error"]["code"]),
        (&json!("SPY"), &json!(0), &json!("not_found"))
    );
    let output = desk.run(&["performance", "portfolio", "Book"]);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no figures against SPY") && told.contains("--benchmark"), "{told}");
}

#[test]
fn a_table_tells_each_figure_with_its_convention() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let told = desk.ok(&["performance", "portfolio", "Book", "--benchmark", "AAA"]);
    for line in [
        "portfolio Book: 4 returns from 2024-01-02 to 2024-01-05",
        "benchmark AAA: 3 sessions in common",
        "total return               2.90 %  time-weighted, over the whole time",
        "maximum drawdown           0.00 %  wealth never fell below an earlier peak",
        "Sortino                         –  no return is below zero",
        "hit rate                 100.00 %  4 of 4 returns above 0",
    ] {
        assert!(told.contains(line), "{line:?} is missing in\n{told}");
    }
    let symbol = desk.ok(&["performance", "symbol", "AAA", "--from", "2024-01-04", "--benchmark", "AAA"]);
    assert!(symbol.contains("symbol AAA: 2 returns from 2024-01-04 to 2024-01-05"), "{symbol}");
    assert!(symbol.contains("prices adjusted for splits and dividends as of"), "{symbol}");
    assert!(!symbol.contains("XIRR"), "{symbol}");
}

#[test]
fn wrong_questions_are_refused() {
    let desk = Desk::with_book();
    let check = |arguments: &[&str], code: i32, name: &str, place: &str| {
        let (found, error) = desk.error(arguments);
        let place = if place.is_empty() { json!(null) } else { json!(place) };
        assert_eq!((found, &error["code"], &error["where"]), (code, &json!(name), &place), "{error}");
    };
    check(&["performance", "portfolio", "Nobody"], 1, "not_found", "portfolio");
    check(&["performance", "symbol", "ZZZ"], 1, "not_found", "ZZZ");
    let backwards = ["--from", "2024-02-01", "--to", "2024-01-01"];
    check(&[&["performance", "portfolio", "Book"], &backwards[..]].concat(), 2, "invalid_input", "from");
    check(&[&["performance", "symbol", "AAA"], &backwards[..]].concat(), 2, "invalid_input", "from");
    check(&["performance", "symbol", "AAA", "--to", "1980-01-01"], 2, "outside_calendar", "date");
    check(&["performance", "symbol", "AAA", "--benchmark", "../x"], 2, "usage", "arguments");
    desk.write("daybook.toml", "[risk]\nbenchmark = \"\"\n");
    check(&["performance", "symbol", "AAA"], 2, "usage", "risk.benchmark");
    let passing = ["--db", "none", "performance"];
    check(&[&passing[..], &["portfolio", "Book", "--benchmark", "AAA"]].concat(), 1, "database_required", "");
}

#[test]
fn every_figure_of_an_answer_has_one_page() {
    let methods = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/methods");
    let index = std::fs::read_to_string(format!("{methods}/README.md")).unwrap();
    let files =
        std::fs::read_dir(methods).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = files.filter(|name| name != "README.md").collect();
    let pages: Vec<(String, String)> = names
        .into_iter()
        .map(|name| (std::fs::read_to_string(format!("{methods}/{name}")).unwrap(), name))
        .map(|(text, name)| (name, text))
        .collect();
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let answer = desk.json(&["performance", "portfolio", "Book", "--benchmark", "AAA"]);
    // What an answer tells beside its figures, and the dates that stand on the page of their figure.
    let beside = ["portfolio", "first", "last", "n", "left_out", "provisional", "benchmark", "absent"];
    let dates = ["best_session", "worst_session"];
    for figure in answer.as_object().unwrap().keys().map(String::as_str) {
        if beside.contains(&figure) || dates.contains(&figure) {
            continue;
        }
        let row = format!("\n| `{figure}` | ");
        let defined: Vec<&String> =
            pages.iter().filter(|(_, text)| text.contains(&row)).map(|(name, _)| name).collect();
        assert_eq!(defined.len(), 1, "{figure} is defined on {defined:?}");
        assert!(index.contains(&format!("({})", defined[0])), "{} is not in the index", defined[0]);
    }
}
