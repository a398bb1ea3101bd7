//! `indicator`.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::golden::{agree, rows};

/// A folder with AAPL as the golden indicators have it, and with AAA that has closes alone on two sessions.
fn desk() -> Desk {
    let desk = Desk::new();
    let columns = ["date", "open", "high", "low", "close", "volume"];
    let apple = rows("market/zipline_4stocks_ohlcv.csv.gz").into_iter().filter(|row| row["symbol"] == "AAPL");
    let lines: Vec<String> =
        apple.map(|row| format!("{}\n", columns.map(|column| row[column].clone()).join(","))).collect();
    desk.write("data/prices/AAPL.csv", &format!("{}\n{}", columns.join(","), lines.concat()));
    let bars = ["2024-01-02,9,12,8,11", "2024-01-03,,,,12", "2024-01-04,,,,13", "2024-01-05,13,14,12,14"];
    desk.write("data/prices/AAA.csv", &format!("date,open,high,low,close\n{}\n", bars.join("\n")));
    desk
}

fn check_golden(desk: &Desk, question: &[&str], columns: &[(&str, &str)]) {
    let range = ["--from", "2012-01-01", "--to", "2014-12-31"];
    let answer = desk.json(&[&["indicator", "AAPL"], question, &range].concat());
    let golden = rows("golden/indicators_aapl.csv.gz");
    assert_eq!(answer.as_array().unwrap().len(), golden.len());
    for (found, row) in answer.as_array().unwrap().iter().zip(&golden) {
        assert_eq!(found["session"], row["date"]);
        for (field, column) in columns {
            if row[*column].is_empty() {
                assert_eq!((&found[field], &found["absent"][field]), (&Value::Null, &json!("too_few_bars")));
            } else {
                agree(&found[field], &row[*column], &format!("{column} on {}", row["date"]));
            }
        }
    }
}

#[test]
fn indicators_of_a_file_agree_with_the_golden_ones() {
    let desk = desk();
    check_golden(&desk, &["sma", "--param", "period=50"], &[("value", "sma50")]);
    check_golden(&desk, &["ema", "--param", "period=26"], &[("value", "ema26")]);
    check_golden(&desk, &["rsi"], &[("value", "rsi14")]);
    check_golden(&desk, &["atr"], &[("value", "atr14")]);
    check_golden(&desk, &["cci"], &[("value", "cci20")]);
    check_golden(&desk, &["adx"], &[("value", "adx14")]);
    check_golden(&desk, &["plus_di"], &[("value", "plus_di14")]);
    check_golden(&desk, &["roc"], &[("value", "roc10")]);
    let macd = [("macd", "macd"), ("signal", "macd_signal"), ("histogram", "macd_hist")];
    check_golden(&desk, &["macd"], &macd);
    let bands = [("upper", "bb_upper"), ("middle", "bb_mid"), ("lower", "bb_lower")];
    check_golden(&desk, &["bollinger"], &bands);
    check_golden(&desk, &["stochastic"], &[("k", "stoch_k"), ("d", "stoch_d")]);
}

#[test]
fn what_is_absent_says_why() {
    let desk = desk();
    let ask = |question: &[&str]| {
        desk.json(
            &[&["indicator", "AAA"], question, &["--from", "2024-01-02", "--to", "2024-01-05"]].concat(),
        )
    };
    let average = ask(&["sma", "--param", "period=3"]);
    assert_eq!(
        average,
        json!([
            {"session": "2024-01-02", "value": null, "final": true, "absent": {"value": "too_few_bars"}},
            {"session": "2024-01-03", "value": null, "final": true, "absent": {"value": "too_few_bars"}},
            {"session": "2024-01-04", "value": 12.0, "final": true, "absent": {}},
            {"session": "2024-01-05", "value": 13.0, "final": true, "absent": {}},
        ])
    );
    let strength = ask(&["ibs"]);
    let values: Vec<&Value> = strength.as_array().unwrap().iter().map(|row| &row["value"]).collect();
    assert_eq!(values, [&json!(0.75), &Value::Null, &Value::Null, &json!(1.0)]);
    assert_eq!(strength[1]["absent"], json!({"value": "no_high_low"}));
    let stochastic = ask(&["stochastic"]);
    assert_eq!(stochastic[3]["absent"], json!({"k": "no_high_low", "d": "no_high_low"}));
    assert_eq!(ask(&["sma", "--db", "none", "--param", "period=3"]), average);
}

#[test]
fn a_table_shows_lines_and_reasons() {
    let desk = desk();
    let question = ["indicator", "AAA", "bollinger", "--param", "period=4", "--param", "deviations=1"];
    let output = desk.run(&[&question[..], &["--from", "2024-01-02", "--to", "2024-01-05"]].concat());
    let (table, told) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["session", "upper", "middle", "lower"]);
    assert!(lines[2].ends_with("there are too few bars"), "{table}");
    let last: Vec<&str> = lines[5].split_whitespace().collect();
    assert_eq!(last, ["2024-01-05", "13.6180", "12.5000", "11.3820"]);
    assert!(told.contains("bollinger(period=4,deviations=1) on 4 bars of AAA from files"), "{told}");
}

#[test]
fn what_is_no_indicator_is_refused_with_what_there_is() {
    let desk = desk();
    for (question, place, told) in [
        (&["vwap"][..], "name", "there are sma, ema, rsi"),
        (&["rsi", "--param", "period=1"], "param", "rsi takes period=14 (a whole number from 2 to 20000)"),
        (&["rsi", "--param", "periods=5"], "param", "rsi has no parameter \"periods\""),
        (&["rsi", "--param", "5"], "param", "no parameter with its value"),
        (&["rsi", "--from", "2024-01-05", "--to", "2024-01-02"], "from", "ends before"),
    ] {
        let (code, error) = desk.error(&[&["indicator", "AAA"], question].concat());
        assert_eq!((code, &error["code"], &error["where"]), (2, &json!("invalid_input"), &json!(place)));
        assert!(error["message"].as_str().unwrap().contains(told), "{error}");
    }
    let (code, error) = desk.error(&["indicator", "ZZZ", "rsi"]);
    assert_eq!((code, &error["code"], &error["where"]), (1, &json!("not_found"), &json!("ZZZ")));
}

#[test]
fn help_lists_every_indicator() {
    let help = desk().ok(&["indicator", "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    for kind in quant::IndicatorKind::ALL {
        let is_listed = [format!(" {kind},"), format!(" {kind} ")].iter().any(|name| help.contains(name));
        assert!(is_listed, "{kind} is missing in {help}");
    }
}
