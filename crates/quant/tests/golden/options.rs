//! Option prices, Greeks and implied volatilities against QuantLib and vollib.

use std::collections::BTreeMap;

use quant::{BlackScholes, OptionType, implied_volatility};

use super::tables::{agree, number, rows};

fn option_of(row: &BTreeMap<String, String>) -> BlackScholes {
    BlackScholes {
        option_type: if row["flag"] == "c" { OptionType::Call } else { OptionType::Put },
        spot: number(row, "S"),
        strike: number(row, "K"),
        years: number(row, "days") / quant::DAYS_A_YEAR,
        rate_annual: number(row, "r"),
        dividend_yield_annual: number(row, "q"),
        volatility_annual: number(row, "sigma"),
    }
}

#[test]
fn prices_and_greeks_of_the_whole_grid_agree() {
    let grid = rows("golden/bsm_greeks_grid.csv.gz");
    assert_eq!(grid.len(), 1_332);
    let columns = ["price", "delta", "gamma", "vega", "theta_year", "rho"];
    for row in &grid {
        let option = option_of(row);
        for ((name, found), column) in option.value().figures().into_iter().zip(columns) {
            assert!(column.starts_with(name));
            agree(found, number(row, column), &format!("{column} of {option:?}"));
        }
    }
}

#[test]
fn implied_volatilities_of_the_grid_agree() {
    let grid = rows("golden/bsm_greeks_grid.csv.gz");
    let given: Vec<_> = grid.iter().filter(|row| !row["implied_vol_from_price"].is_empty()).collect();
    assert_eq!(given.len(), 1_003);
    for row in given {
        let option = option_of(row);
        // The golden price is cut to 12 digits, too few for the volatility of an option deep in the money; the
        // price found agrees with it and has them all.
        let price = option.value().price.unwrap();
        let expect = number(row, "implied_vol_from_price");
        agree(implied_volatility(&option, price), expect, &format!("volatility of {option:?} at {price}"));
    }
}
