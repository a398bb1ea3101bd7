//! `risk`: figures of symbols and their correlations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::golden::{agree, rows};

const SETTINGS: &str = "[risk]\nbenchmark = \"SP500\"\nrate_proxy = \"USMV\"\nridge_window = 126\n\
    style_factors = [\"MTUM=MTUM\", \"QUAL=QUAL\", \"SIZE=SIZE\", \"USMV=USMV\", \"VLUE=VLUE\"]\n";

pub type Row = BTreeMap<String, String>;

/// A desk with the closes that the golden figures were made from.
pub fn market() -> Desk {
    let desk = Desk::new();
    let closes = rows("market/skfolio_adjclose_wide.csv.gz");
    for symbol in closes[0].keys().filter(|column| *column != "date") {
        let priced = closes.iter().filter(|row| !row[symbol].is_empty() && row["date"].as_str() > "2010");
        let lines: String = priced.map(|row| format!("{},{}\n", row["date"], row[symbol])).collect();
        desk.write(&format!("data/prices/{symbol}.csv"), &format!("date,close\n{lines}"));
    }
    desk.write("daybook.toml", SETTINGS);
    desk
}

/// The one row of a table whose columns have these values.
pub fn row_of(table: &[Row], columns: &[(&str, &str)]) -> Row {
    let is_it = |row: &&Row| columns.iter().all(|(column, value)| row[*column] == *value);
    table.iter().find(is_it).unwrap_or_else(|| panic!("no row {columns:?}")).clone()
}

fn check(found: &Value, row: &Row, columns: &[(&str, &str)]) {
    for (field, column) in columns {
        agree(&found[*field], &row[*column], &format!("{column} of {}", row["symbol"]));
    }
}

#[test]
fn figures_of_symbols_agree_with_the_golden_ones() {
    let desk = market();
    let (betas, ridges) = (rows("golden/ols_beta.csv"), rows("golden/ridge_factor_betas.csv.gz"));
    let (forecasts, volatilities) = (rows("golden/har_rv.csv"), rows("golden/realized_vol_asof.csv"));
    let at = "2020-03-31";
    let found = desk.json(&["risk", "symbol", "KO", "XOM", "AAPL", "--at", at]);
    assert_eq!(found.as_array().unwrap().len(), 3);
    for (found, symbol) in found.as_array().unwrap().iter().zip(["KO", "XOM", "AAPL"]) {
        assert_eq!((&found["symbol"], &found["at"]), (&json!(symbol), &json!(at)));
        let of = |table: &[Row], more: &[(&str, &str)]| {
            row_of(table, &[&[("symbol", symbol), ("asof", at)], more].concat())
        };
        let beta = of(&betas, &[("returns", "simple"), ("window", "90")]);
        let columns = [
            ("beta", "beta"),
            ("alpha", "alpha_daily"),
            ("r_squared", "r2"),
            ("std_error", "se_beta"),
            ("t", "t_beta"),
            ("p", "p_beta"),
        ];
        check(&found["market_beta"], &beta, &columns);
        let sample = ["n", "first", "last"].map(|field| found["market_beta"][field].clone());
        assert_eq!(sample, [json!(90), json!(beta["first"]), json!(at)]);
        let ridge = [("spec", "factors5"), ("scaling", "zscore"), ("lam", "1"), ("window", "126")];
        let ridge = of(&ridges, &ridge);
        check(&found["style"], &ridge, &[("intercept", "intercept"), ("r_squared", "r2")]);
        for factor in ["MTUM", "QUAL", "SIZE", "USMV", "VLUE"] {
            agree(&found["style"]["betas"][factor], &ridge[&format!("b_{factor}")], factor);
        }
        let volatility = &found["volatility"];
        let realized = of(&volatilities, &[]);
        check(volatility, &realized, &[("realized_21", "rv21"), ("realized_63", "rv63")]);
        let forecast = of(&forecasts, &[("horizon", "21")]);
        let columns = [
            ("forecast_annual", "forecast_vol_ann"),
            ("forecast_variance", "forecast_var"),
            ("r_squared", "r2"),
        ];
        check(&volatility["har"], &forecast, &columns);
        for (place, column) in ["c", "b_d", "b_w", "b_m"].into_iter().enumerate() {
            agree(&volatility["har"]["coefficients"][place], &forecast[column], column);
        }
        assert_eq!(volatility["har"]["n"].to_string(), forecast["n"]);
        assert!(volatility["percentile"].is_number() && volatility["trend"]["slope"].is_number());
        // These bars have no highs and lows, and no style is called growth.
        assert_eq!(volatility["ranges"]["parkinson"], json!(null));
        assert_eq!(found["absent"]["volatility.ranges.parkinson"], "no_high_low");
        assert_eq!(found["absent"]["spreads.growth_minus_value.beta"], "no_factor");
    }
}

#[test]
fn correlations_and_clusters_agree_with_the_golden_ones() {
    let desk = market();
    let at = "2021-06-30";
    let pairs: Vec<Row> = rows("golden/corr90.csv").into_iter().filter(|row| row["asof"] == at).collect();
    let clusters: Vec<Row> = rows("golden/clusters.csv")
        .into_iter()
        .filter(|row| row["asof"] == at && row["cut"] == "k=4")
        .collect();
    let symbols: Vec<&str> = clusters.iter().map(|row| row["symbol"].as_str()).collect();
    // The cut is between the merges that leave four clusters and three.
    let tree: Vec<Row> =
        rows("golden/linkage_average.csv").into_iter().filter(|row| row["asof"] == at).collect();
    let height = |step: usize| tree[step]["height"].parse::<f64>().unwrap();
    let middle = 0.5 * (height(15) + height(16));
    desk.write("daybook.toml", &format!("[risk]\ncluster_cut = {}\n", 1.0 - 2.0 * middle * middle));
    let mut shuffled = symbols.clone();
    shuffled.rotate_left(7);
    let found = desk.json(&["risk", "correlation", "--symbols", &shuffled.join(","), "--at", at]);
    assert_eq!(found["symbols"], json!(symbols));
    assert_eq!((&found["clipped"], &found["left_out"]), (&json!(false), &json!([])));
    let place = |symbol: &str| symbols.iter().position(|known| *known == symbol).unwrap();
    for row in &pairs {
        let (one, other) = (place(&row["a"]), place(&row["b"]));
        for (row_at, column_at) in [(one, other), (other, one)] {
            agree(
                &found["matrix"][row_at][column_at],
                &row["pearson"],
                &format!("{} {}", row["a"], row["b"]),
            );
            assert_eq!(found["observations"][row_at][column_at].to_string(), row["n"]);
        }
    }
    for (at, row) in clusters.iter().enumerate() {
        assert_eq!(found["matrix"][at][at], json!(1.0));
        assert_eq!(found["clusters"][at].to_string(), row["cluster"], "{}", row["symbol"]);
    }
    for (merge, row) in found["linkage"].as_array().unwrap().iter().zip(&tree) {
        let [left, right, height, size] = &merge.as_array().unwrap()[..] else { panic!("{merge}") };
        assert_eq!(
            [left, right, size].map(Value::to_string),
            ["left", "right", "size"].map(|c| row[c].clone())
        );
        agree(height, &row["height"], "height");
    }
}

#[test]
fn without_a_session_the_last_one_with_prices_is_meant() {
    let desk = market();
    let found = desk.json(&["risk", "symbol", "KO"]);
    assert_eq!(found[0]["at"], "2022-12-28");
    assert_eq!(found, desk.json(&["risk", "symbol", "KO", "--at", "2022-12-28"]));
    assert_eq!(found, desk.json(&["--db", "none", "risk", "symbol", "KO", "--at", "2022-12-28"]));
    let table = desk.ok(&["risk", "symbol", "KO"]);
    assert!(table.contains("KO at 2022-12-28") && table.contains("slope ± "), "{table}");
    let table = desk.ok(&["risk", "correlation", "--symbols", "KO,PEP,XOM"]);
    assert!(table.contains("cluster 0: KO, PEP"), "{table}");
}

#[test]
fn what_is_missing_is_told_and_the_rest_answered() {
    let desk = market();
    let output = desk.run(&["--json", "risk", "symbol", "KO", "NONE", "--at", "2020-03-31"]);
    let (told, answer) =
        (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("NONE: "), "{told}");
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap().as_array().unwrap().len(), 1);
    // A benchmark without prices leaves figures absent, and the command is fine.
    desk.write("daybook.toml", "[risk]\nbenchmark = \"SPY\"\n");
    let found = desk.json(&["risk", "symbol", "KO", "--at", "2020-03-31"]);
    assert_eq!(found[0]["market_beta"]["beta"], json!(null));
    assert_eq!(found[0]["absent"]["market_beta.beta"], "no_benchmark");
    assert!(found[0]["volatility"]["realized_21"].is_number());
    let check = |arguments: &[&str], code: i32, name: &str, place: &str| {
        let (found, error) = desk.error(arguments);
        assert_eq!((found, &error["code"], &error["where"]), (code, &json!(name), &json!(place)), "{error}");
    };
    check(&["risk", "symbol", "NONE"], 1, "not_found", "NONE");
    check(&["risk", "symbol", "KO", "--at", "2020-04-04"], 2, "invalid_input", "at");
    check(&["risk", "symbol", "KO", "--at", "2030-12-30"], 2, "invalid_input", "at");
    check(&["risk", "correlation", "--symbols", "KO", "--at", "1980-01-01"], 2, "outside_calendar", "date");
    desk.write("daybook.toml", "[risk]\nstyle_factors = [\"value\"]\n");
    check(&["risk", "symbol", "KO"], 2, "usage", "risk.style_factors");
    desk.write("daybook.toml", "[risk]\nbeta_min = 900\n");
    check(&["risk", "symbol", "KO"], 2, "usage", "risk.beta_min");
}
