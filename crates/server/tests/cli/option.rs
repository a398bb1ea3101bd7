//! `option`: prices, Greeks and implied volatility.

use serde_json::json;

use crate::desk::Desk;
use crate::golden::{agree, rows};

/// What an option at the money in a year is asked with, and whatever else.
fn arguments<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    let plain = ["option", "--type", "call", "--spot", "100", "--strike", "100", "--days", "365"];
    [&plain[..], rest].concat()
}

#[test]
fn options_of_the_golden_grid_agree_unrounded() {
    let desk = Desk::new();
    let grid = rows("golden/bsm_greeks_grid.csv.gz");
    for row in grid.iter().step_by(23) {
        let volatility_of = &row["implied_vol_from_price"];
        let option_type = if row["flag"] == "c" { "call" } else { "put" };
        let mut asked = vec!["option", "--type", option_type, "--spot", &row["S"], "--strike", &row["K"]];
        asked.extend(["--days", &row["days"], "--volatility", &row["sigma"], "--rate", &row["r"]]);
        asked.extend(["--dividend-yield", &row["q"], "--price", &row["price"]]);
        let found = desk.json(&asked);
        for (name, column) in [
            ("price", "price"),
            ("delta", "delta"),
            ("gamma", "gamma"),
            ("vega", "vega"),
            ("theta", "theta_year"),
            ("rho", "rho"),
        ] {
            agree(&found[name], &row[column], &format!("{name} of {row:?}"));
        }
        // The price of the table is cut to 12 digits, too few for the volatility of an option deep in the money.
        if !volatility_of.is_empty() {
            let found = found["implied_volatility"].as_f64().unwrap();
            assert!((found - volatility_of.parse::<f64>().unwrap()).abs() < 1e-4, "{found} of {row:?}");
        }
    }
    assert!(!desk.path().join("daybook.db").exists(), "a command that needs no database makes none");
}

#[test]
fn the_table_is_for_one_point_and_one_day_and_says_so() {
    let desk = Desk::new();
    let told = desk.ok(&arguments(&["--volatility", "0.2", "--price", "7.96557"]));
    // Vega is 39.695 for 1.00, theta -3.9695 for a year, rho 46.017 for 1.00.
    for line in [
        "call, spot 100, strike 100, 365 days, volatility 20.00 %, rate 0.00 %, dividend yield 0.00 %",
        "price                7.965567  for one unit of the underlying",
        "vega                 0.396953  change of the price for one percentage point of volatility",
        "theta               -0.010875  change of the price for one calendar day gone by",
        "rho                  0.460172  change of the price for one percentage point of rate",
        "implied volatility  20.0000 %  a year, at a price of 7.96557",
    ] {
        assert!(told.contains(line), "{line:?} is missing in\n{told}");
    }
}

#[test]
fn the_rate_is_that_of_the_settings_unless_given() {
    let desk = Desk::new();
    let free = desk.json(&arguments(&["--volatility", "0.2"]));
    let given = desk.json(&arguments(&["--volatility", "0.2", "--rate", "0.05"]));
    assert_ne!(free["price"], given["price"]);
    desk.write("daybook.toml", "[risk]\nrisk_free_rate = 0.05\n");
    assert_eq!(desk.json(&arguments(&["--volatility", "0.2"])), given);
    assert_eq!(desk.json(&arguments(&["--volatility", "0.2", "--rate", "0"])), free);
}

#[test]
fn without_time_or_volatility_an_option_is_its_pay_off() {
    let desk = Desk::new();
    let ask = |days: &str, volatility: &str, strike: &str, price: &str| {
        desk.json(&[
            "option",
            "--type",
            "put",
            "--spot",
            "100",
            "--strike",
            strike,
            "--days",
            days,
            "--volatility",
            volatility,
            "--price",
            price,
        ])
    };
    let expired = ask("0", "0.2", "110", "10");
    assert_eq!(
        expired,
        json!({"price": 10.0, "delta": -1.0, "gamma": 0.0, "vega": 0.0, "theta": 0.0, "rho": 0.0,
               "implied_volatility": null, "absent": {"implied_volatility": "expired"}})
    );
    let kink = ask("30", "0", "100", "2");
    assert_eq!((&kink["price"], &kink["delta"]), (&json!(0.0), &json!(null)));
    assert_eq!(kink["absent"]["delta"], "payoff_kink");
    assert!(kink["implied_volatility"].as_f64().unwrap() > 0.0);
    let reason = |price: &str| ask("30", "0.2", "110", price)["absent"]["implied_volatility"].clone();
    assert_eq!(
        (reason("9"), reason("10"), reason("110")),
        (json!("below_intrinsic"), json!("no_time_value"), json!("above_bound"))
    );
    let unasked = desk.json(&arguments(&["--volatility", "0.2"]));
    assert_eq!(unasked["absent"], json!({"implied_volatility": "no_price"}));
}

#[test]
fn inputs_that_cannot_be_are_refused_with_name_and_remedy() {
    let desk = Desk::new();
    let usual = [
        ("--spot", "100"),
        ("--strike", "100"),
        ("--days", "30"),
        ("--volatility", "0.2"),
        ("--rate", "0.01"),
        ("--dividend-yield", "0"),
        ("--price", "2"),
    ];
    let check = |flag: &str, value: &str, place: &str, told: &str| {
        let mut asked = vec!["option", "--type", "call"];
        for (name, usual) in usual {
            asked.extend([name, if name == flag { value } else { usual }]);
        }
        let (code, error) = desk.error(&asked);
        assert_eq!((code, &error["where"]), (2, &json!(place)), "{flag} {value}: {error}");
        assert!(error["message"].as_str().unwrap().contains(told), "{flag} {value}: {error}");
    };
    check("--spot", "0", "spot", "give a price above 0");
    check("--spot", "-5", "spot", "the spot is -5.0");
    check("--spot", "NaN", "spot", "the spot is NaN");
    check("--spot", "1e300", "spot", "at most 1000000000000");
    check("--strike", "-inf", "strike", "give a price above 0");
    check("--days", "-1", "days", "calendar days to expiry, 0 to 36525");
    check("--days", "999999999", "days", "calendar days");
    check("--volatility", "-0.2", "volatility", "0.2 is 20 %");
    check("--volatility", "101", "volatility", "0.2 is 20 %");
    check("--rate", "NaN", "rate", "0.05 is 5 %");
    check("--dividend-yield", "-11", "dividend_yield", "the dividend yield is -11.0");
    check("--price", "-1", "price", "give a price from 0");
    check("--days", "30.5", "arguments", "--days");
    check("--spot", "1,5", "arguments", "--spot");
}
