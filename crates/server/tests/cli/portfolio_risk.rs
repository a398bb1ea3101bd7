//! `risk portfolio` and `stress`: what is held as exposures, and every figure of them.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::golden::{agree, rows};
use crate::risk::{market, row_of};

/// The golden portfolio of twenty stocks, bought at the closes of a date for all the money there is.
fn bought(desk: &Desk, golden: &Value, name: &str, at: &str) {
    let closes = rows("market/skfolio_adjclose_wide.csv.gz");
    let closes = row_of(&closes, &[("date", at)]);
    let (mut lines, mut cost) = (String::new(), 0.0);
    for (symbol, shares) in golden["shares"].as_object().unwrap() {
        let shares = shares.as_f64().unwrap();
        lines.push_str(&format!("{symbol},{shares},{},{at}\n", closes[symbol]));
        cost += shares * closes[symbol].parse::<f64>().unwrap();
    }
    let file = format!("{name}.csv");
    desk.write(&file, &format!("Symbol,Quantity,Entry Price Per Share,Entry Date\n{lines}"));
    desk.ok(&["portfolio", "create", name, "--equity", &format!("{cost:.6}"), "--file", &file]);
}

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden/portfolio_risk.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn figures_of_a_portfolio_agree_with_the_golden_ones() {
    let (desk, golden) = (market(), golden());
    let sectors = golden["sectors"].as_object().unwrap();
    let profiles: String =
        sectors.iter().map(|(symbol, sector)| format!("{symbol},{}\n", sector.as_str().unwrap())).collect();
    desk.write("data/profiles.csv", &format!("symbol,sector\n{profiles}"));
    let betas = rows("golden/ols_beta.csv");
    let dates = golden["asof"].as_object().unwrap();
    for at in dates.keys() {
        bought(&desk, &golden, at, at);
    }
    desk.ok(&["refresh"]);
    for (at, expect) in dates {
        let found = desk.json(&["risk", "portfolio", at, "--at", at]);
        let check =
            |found: &Value, key: &str| agree(found, &expect[key].to_string(), &format!("{key} at {at}"));
        assert_eq!((&found["at"], &found["cash"]), (&json!(at), &json!("0")));
        check(&found["exposures"]["gross"]["dollars"], "market_value");
        check(&found["concentration"]["hhi"], "hhi_name");
        check(&found["concentration"]["effective_positions"], "effective_names");
        check(&found["ex_ante"]["deviation_daily"]["ratio"], "vol_daily");
        check(&found["ex_ante"]["volatility_annual"]["ratio"], "vol_ann");
        check(&found["ex_ante"]["diversification_ratio"], "diversification_ratio");
        check(&found["losses"]["historical_var_95"]["ratio"], "hist_var95");
        check(&found["losses"]["historical_var_99"]["ratio"], "hist_var99");
        check(&found["losses"]["historical_shortfall_95"]["ratio"], "hist_es95");
        check(&found["losses"]["parametric_var_95"]["ratio"], "param_var95");
        assert_eq!(found["losses"]["n"], 252);
        for part in found["ex_ante"]["contributions"].as_array().unwrap() {
            let symbol = part["symbol"].as_str().unwrap();
            agree(&part["share"], &expect["pct_risk"][symbol].to_string(), symbol);
        }
        check(&found["sectors"]["hhi"], "hhi_sector");
        // The portfolio's beta is the sum of the golden betas by weight.
        let of = |symbol: &str| {
            let columns = [("symbol", symbol), ("asof", at), ("returns", "simple"), ("window", "90")];
            row_of(&betas, &columns)["beta"].parse::<f64>().unwrap()
        };
        let weights = expect["weights"].as_object().unwrap();
        let beta: f64 = weights.iter().map(|(symbol, weight)| weight.as_f64().unwrap() * of(symbol)).sum();
        agree(&found["market_beta"]["beta"], &beta.to_string(), "beta");
        assert_eq!(
            (&found["market_beta"]["covered_share"], &found["market_beta"]["n"]),
            (&json!(1.0), &json!(90))
        );
        assert_eq!(found["market_beta"]["missing"], json!([]));
    }
}

#[test]
fn a_fall_of_the_benchmark_costs_its_share_once() {
    let desk = market();
    let symbols = ["AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO"];
    let others = ["LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM"];
    let lines: String =
        symbols.iter().chain(&others).map(|symbol| format!("{symbol},10,100,2021-06-29\n")).collect();
    desk.write("equal.csv", &format!("Symbol,Quantity,Entry Price Per Share,Entry Date\n{lines}"));
    desk.ok(&["portfolio", "create", "Equal", "--equity", "20000", "--file", "equal.csv"]);
    let at = ["--at", "2021-06-30"];
    let found = desk.json(&[&["stress", "Equal", "--scenario", "market_down_10"], &at[..]].concat());
    let risk = desk.json(&[&["risk", "portfolio", "Equal"], &at[..]].concat());
    let [scenario] = &found["scenarios"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(scenario["shocks"]["market"], json!(-0.1));
    // The styles of these settings have all their returns, so beta and joint beta share their window but not its
    // length: what the market brings is the joint model's.
    let direct = &scenario["direct"];
    agree(&direct["by_factor"]["market"], &direct["dollars"].to_string(), "all of it is the market's");
    assert!(direct["by_factor"]["MTUM"] == json!(0.0), "{direct}");
    let sum: f64 =
        direct["positions"].as_array().unwrap().iter().map(|p| p["dollars"].as_f64().unwrap()).sum();
    agree(&direct["dollars"], &sum.to_string(), "positions");
    assert_eq!(direct["positions"].as_array().unwrap().len(), 20);
    assert_eq!(risk["positions"].as_array().unwrap().len(), 20);
    // Of the 90 returns of the betas the joint model, over as many, makes the same.
    let settings = std::fs::read_to_string(desk.path().join("daybook.toml")).unwrap();
    desk.write("daybook.toml", &settings.replace("ridge_window = 126", "ridge_window = 90"));
    let found = desk.json(&[&["stress", "Equal", "--scenario", "market_down_10"], &at[..]].concat());
    let beta = risk["market_beta"]["dollars"].as_f64().unwrap();
    agree(&found["scenarios"][0]["direct"]["dollars"], &(-0.1 * beta).to_string(), "beta's share once");
}

#[test]
fn tables_say_their_units_and_what_is_missing() {
    let desk = market();
    desk.write(
        "held.csv",
        "Symbol,Quantity,Entry Price Per Share,Entry Date\nKO,100,50,2022-06-01\nPEP,-20,160,2022-06-01\n\
         KO230120C00065000,-2,1.5,2022-06-01\nOURHOUSE,1,10000,2022-06-01\n",
    );
    desk.ok(&["portfolio", "create", "Book", "--equity", "50000", "--file", "held.csv"]);
    let (code, error) = desk.error(&["risk", "portfolio", "Book"]);
    assert_eq!((code, error["code"].as_str()), (1, Some("no_session")), "{error}");
    desk.ok(&["refresh"]);
    let shown = desk.ok(&["risk", "portfolio", "Book"]);
    for expected in [
        "Book at 2022-12-28",
        "Exposures, delta-adjusted",
        "vega and rho for one percentage point, theta for one calendar day",
        "Sectors, as known today",
        "own returns on the benchmark's: beta",
        "all on KO",
        "Where the session's return came from",
    ] {
        assert!(shown.contains(expected), "{expected:?} is missing in\n{shown}");
    }
    let shown = desk.ok(&["stress", "Book"]);
    for expected in
        ["market down 35", "rates up 100bp", "pandemic 2020", "direct: what is not named stands still"]
    {
        assert!(shown.contains(expected), "{expected:?} is missing in\n{shown}");
    }
    let found = desk.json(&["risk", "portfolio", "Book"]);
    let positions = found["positions"].as_array().unwrap();
    let of = |symbol: &str| positions.iter().find(|line| line["symbol"] == symbol).unwrap();
    assert_eq!(of("KO230120C00065000")["moves_with"], "KO");
    assert!(of("KO230120C00065000")["dollars"].as_f64().unwrap() < 0.0, "{found}");
    assert_eq!(found["absent"]["provider_beta.beta"], "nothing_covered");
    let theta = &found["greeks"]["total"]["theta"];
    assert!(theta.as_f64().unwrap() > 0.0, "a call sold gains by time: {theta}");
    // A replay that the data does not reach, and a style without a series, are absent with their reasons.
    let stressed = desk.json(&["stress", "Book"]);
    assert_eq!(stressed["absent"]["replays.dot_com_2000_2002.dollars"], "nothing_covered");
    assert_eq!(stressed["absent"]["scenarios.value_up_growth_down.direct.dollars"], "no_factor");
    let error = desk.error(&["stress", "Book", "--scenario", "doom"]);
    assert_eq!((error.0, error.1["code"].as_str()), (1, Some("not_found")));
}

#[test]
fn books_with_little_to_measure_say_why() {
    let desk = market();
    let lost = "ZZZ230120C00160000,5,3.1,2022-06-01,";
    for (name, equity, lines) in [
        ("Private", "100000", "OURHOUSE,1,90000,2022-06-01,PRIVATE\n".to_owned()),
        ("Lost", "100000", format!("{lost}\n")),
        ("Mixed", "100000", format!("{lost}\nKO,10,60,2022-06-01,\n")),
        ("Debt", "1", "KO,-100,1,2022-06-01,\n".to_owned()),
    ] {
        let file = format!("{name}.csv");
        let header = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class";
        desk.write(&file, &format!("{header}\n{lines}"));
        desk.ok(&["portfolio", "create", name, "--equity", equity, "--file", &file]);
    }
    desk.ok(&["refresh"]);
    let check = |command: &[&str], expected: &[&str], unexpected: &[&str]| {
        let shown = desk.ok(&[command, &["--at", "2022-12-28"]].concat());
        for text in expected {
            assert!(shown.contains(text), "{command:?}: {text:?} is missing in\n{shown}");
        }
        for text in unexpected {
            assert!(!shown.contains(text), "{command:?}: {text:?} is in\n{shown}");
        }
    };
    let risk = |name, expected: &[&str], unexpected: &[&str]| {
        check(&["risk", "portfolio", name], expected, unexpected);
    };
    risk("Private", &["no matrix: there is no exposure", "OURHOUSE is in the rest: a private holding"], &[]);
    check(
        &["stress", "Private", "--scenario", "market_down_10"],
        &["there is no exposure", "100.00 % of everything has no market"],
        &["no part of the exposure"],
    );
    let unknown = "the exposure of a position is not known";
    let left_out = "left out: ZZZ230120C00160000, the underlying has no usable close";
    let in_rest = "ZZZ230120C00160000 is in the rest: the underlying has no usable close";
    let concentration = format!("Concentration: {unknown}");
    risk("Lost", &[&concentration, left_out, in_rest], &["there is no exposure", "gross           0"]);
    check(
        &["stress", "Lost", "--scenario", "market_down_10"],
        &[unknown, left_out],
        &["there is no exposure"],
    );
    // What is covered of a book is not told as all of it while the size of an option is not known.
    risk("Mixed", &["what is covered is not known"], &["100.00 %        90"]);
    check(&["stress", "Mixed", "--scenario", "market_down_10"], &["a part alone", left_out], &[]);
    check(&["stress", "Debt", "--scenario", "market_down_10"], &["nothing is told in proportion"], &[]);
    let found = desk.json(&["risk", "portfolio", "Mixed", "--at", "2022-12-28"]);
    assert_eq!(found["market_beta"]["covered_share"], Value::Null);
    assert_eq!(found["absent"]["market_beta.covered_share"], "unknown_exposure");
}
