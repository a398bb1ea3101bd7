//! Regressions against statsmodels, pandas and scikit-learn.

use std::collections::BTreeMap;

use model::{Calendar, Date};
use risk::{
    Estimate, History, Regression, Settings, StyleFactor, Timeline, Yardsticks, regress, symbol_risk,
};

use super::tables::{Market, Row, agree, agree_to, date, number, of_log_returns, rows, up_to};

const FACTORS: [&str; 5] = ["MTUM", "QUAL", "SIZE", "USMV", "VLUE"];

fn check_regression(found: Estimate<Regression>, row: &Row, what: &str) {
    assert_eq!(found.sample.observations.to_string(), row["n"], "{what}");
    assert_eq!(found.sample.first, Some(date(row, "first")), "{what}");
    assert_eq!(found.sample.last, Some(date(row, "asof")), "{what}");
    let fit = found.value.unwrap();
    let figures = [
        ("alpha_daily", Ok(fit.alpha)),
        ("beta", Ok(fit.beta)),
        ("r2", fit.r_squared),
        ("se_beta", fit.std_error),
        ("t_beta", fit.t),
        ("p_beta", fit.p),
        ("resid_std", fit.residual_deviation),
    ];
    for (column, figure) in figures {
        agree(figure, number(row, column), &format!("{column} of {what}"));
    }
}

#[test]
fn betas_with_their_errors_agree() {
    let market = Market::load();
    let golden = rows("golden/ols_beta.csv");
    assert_eq!(golden.len(), 300);
    let mut series: BTreeMap<(String, String, String), History> = BTreeMap::new();
    for row in golden {
        let mut history = |symbol: &str| {
            let key = (row["asof"].clone(), row["returns"].clone(), symbol.to_owned());
            let found = series.entry(key).or_insert_with(|| {
                let history = market.history(&up_to(date(&row, "asof")), symbol);
                if row["returns"] == "log" { of_log_returns(&history) } else { history }
            });
            found.clone()
        };
        let window = row["window"].parse().unwrap();
        let found = regress(&history(&row["symbol"]), &history("SP500"), window, window);
        check_regression(
            found,
            &row,
            &format!("{} {} {} {window}", row["returns"], row["asof"], row["symbol"]),
        );
    }
}

#[test]
fn the_beta_of_each_session_agrees() {
    let market = Market::load();
    let golden = rows("golden/rolling_beta90_daily.csv.gz");
    // Every fifth session, so that each weekday and each symbol is met.
    for row in golden.iter().step_by(5) {
        let timeline = Timeline::ending(Calendar::xnys(), date(row, "date"), 91);
        let history = |symbol| market.history(&timeline, symbol);
        let found = regress(&history(&row["symbol"]), &history("SP500"), 90, 90).value.unwrap();
        let what = format!("{} {}", row["symbol"], row["date"]);
        agree_to(Ok(found.beta), number(row, "beta"), 1e-6, 1e-12, &what);
        agree_to(Ok(found.alpha), number(row, "alpha_daily"), 1e-6, 1e-9, &what);
        agree_to(found.r_squared, number(row, "corr").powi(2), 1e-6, 1e-12, &what);
    }
}

/// The yardsticks of a golden ridge: the factors, behind the market where the row says so.
fn yardsticks(market: &Market, row: &Row) -> Yardsticks {
    let timeline = up_to(date(row, "asof"));
    let window = row["window"].parse().unwrap();
    let settings = Settings {
        ridge_window: window,
        ridge_min: window,
        ridge_penalty: number(row, "lam"),
        ..Settings::default()
    };
    let market_first = (row["spec"] == "market+factors5").then_some("SP500");
    let styles = market_first.into_iter().chain(FACTORS).map(|symbol| StyleFactor {
        name: symbol.to_owned(),
        history: Some(market.history(&timeline, symbol)),
    });
    Yardsticks::new(settings, &timeline, None, None, styles.collect())
}

#[test]
fn ridge_betas_of_styles_agree() {
    let market = Market::load();
    let golden = rows("golden/ridge_factor_betas.csv.gz");
    assert_eq!(golden.len(), 960);
    let mut made: BTreeMap<[String; 4], Yardsticks> = BTreeMap::new();
    for row in golden {
        let key = ["spec", "lam", "window", "asof"].map(|column| row[column].clone());
        let yardsticks = made.entry(key).or_insert_with(|| yardsticks(market, &row));
        let history = market.history(yardsticks.timeline(), &row["symbol"]);
        let found = symbol_risk(yardsticks, &history).style;
        let what = format!("{} {} {} {}", row["spec"], row["lam"], row["asof"], row["symbol"]);
        assert_eq!(found.sample.observations.to_string(), row["n"], "{what}");
        let fit = found.value.unwrap();
        // Without a penalty the nearly collinear factors leave fewer digits.
        let relative = if number(&row, "lam") == 0.0 { 1e-6 } else { 1e-9 };
        agree_to(Ok(fit.intercept), number(&row, "intercept"), relative, 1e-12, &what);
        agree_to(fit.r_squared, number(&row, "r2"), relative, 1e-12, &what);
        for (name, beta) in yardsticks.style_names().zip(&fit.betas) {
            agree_to(
                *beta,
                number(&row, &format!("b_{name}")),
                relative,
                1e-12,
                &format!("{name} of {what}"),
            );
        }
    }
}

#[test]
fn the_variance_inflation_is_that_of_a_regression_on_the_other_factors() {
    let market = Market::load();
    let at: Date = "2020-03-31".parse().unwrap();
    let timeline = up_to(at);
    let style = |symbol: &str| StyleFactor {
        name: symbol.to_owned(),
        history: Some(market.history(&timeline, symbol)),
    };
    let settings = Settings { ridge_penalty: 0.0, ..Settings::default() };
    let all = Yardsticks::new(settings.clone(), &timeline, None, None, FACTORS.map(style).into());
    for (left_out, inflation) in FACTORS.iter().zip(all.style_inflation()) {
        let others = FACTORS.iter().filter(|factor| *factor != left_out).map(|factor| style(factor));
        let others = Yardsticks::new(settings.clone(), &timeline, None, None, others.collect());
        let fit = symbol_risk(&others, &market.history(&timeline, left_out)).style.value.unwrap();
        agree(inflation, 1.0 / (1.0 - fit.r_squared.unwrap()), left_out);
    }
}
