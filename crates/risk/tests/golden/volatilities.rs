//! Volatilities and their forecasts against numpy, pandas and statsmodels.

use std::collections::BTreeMap;

use model::{Calendar, Date};
use risk::{History, RangeBar, Settings, Timeline, ewma_covariance, range_volatility, volatility};

use super::tables::{Market, agree, agree_to, date, number, of_log_returns, rows, up_to};

#[test]
fn realised_volatilities_agree() {
    let market = Market::load();
    let golden = rows("golden/realized_vol_asof.csv");
    assert_eq!(golden.len(), 78);
    for row in golden {
        let history = market.history(&up_to(date(&row, "asof")), &row["symbol"]);
        let found = volatility(&history, &Settings::default());
        let what = format!("{} {}", row["symbol"], row["asof"]);
        agree(found.realized_21.value, number(&row, "rv21"), &what);
        agree(found.realized_63.value, number(&row, "rv63"), &what);
        assert_eq!(found.realized_63.sample.observations, 63);
        assert_eq!(found.realized_21.sample.last, Some(date(&row, "asof")));
    }
}

#[test]
fn percentile_and_trend_follow_from_the_realised_volatilities_of_each_session() {
    let market = Market::load();
    let mut of_symbol: BTreeMap<String, Vec<(Date, f64)>> = BTreeMap::new();
    for row in rows("golden/realized_vol_daily.csv.gz") {
        of_symbol.entry(row["symbol"].clone()).or_default().push((date(&row, "date"), number(&row, "rv21")));
    }
    for (symbol, values) in of_symbol {
        for end in (300..values.len()).step_by(97) {
            let (at, today) = values[end];
            let found = volatility(&market.history(&up_to(at), &symbol), &Settings::default());
            let what = format!("{symbol} {at}");
            agree_to(found.realized_21.value, today, 1e-9, 1e-10, &what);
            let last: Vec<f64> = values[..=end].iter().rev().take(252).map(|(_, value)| *value).collect();
            let at_most = last.iter().filter(|value| **value <= today).count() as f64;
            assert_eq!(found.percentile.value, Ok(at_most / 252.0), "{what}");
            assert_eq!(found.percentile.sample.observations, 252);
            // The slope through equally spaced points, from the definition of least squares.
            let slope: f64 = (0..21).map(|step| (10.0 - step as f64) * last[step]).sum::<f64>() / 770.0;
            agree_to(found.trend.number(|trend| trend.slope), slope, 1e-6, 1e-10, &what);
            assert_eq!(found.trend.sample.observations, 21);
        }
    }
}

#[test]
fn forecasts_of_variance_agree() {
    let market = Market::load();
    let golden = rows("golden/har_rv.csv");
    assert_eq!(golden.len(), 45);
    for row in golden {
        let settings = Settings { har_horizon: row["horizon"].parse().unwrap(), ..Settings::default() };
        let history = market.history(&up_to(date(&row, "asof")), &row["symbol"]);
        let found = volatility(&history, &settings).har;
        let what = format!("{} {} {}", row["symbol"], row["asof"], row["horizon"]);
        assert_eq!(found.sample.observations.to_string(), row["n"], "{what}");
        assert_eq!(found.sample.first, Some(date(&row, "first")), "{what}");
        assert_eq!(found.sample.last, Some(date(&row, "last")), "{what}");
        let har = found.value.unwrap();
        for (column, coefficient) in ["c", "b_d", "b_w", "b_m"].into_iter().zip(har.coefficients) {
            agree(Ok(coefficient), number(&row, column), &format!("{column} of {what}"));
        }
        for (column, regressor) in ["rv_d", "rv_w", "rv_m"].into_iter().zip(har.regressors) {
            agree(Ok(regressor), number(&row, column), &format!("{column} of {what}"));
        }
        agree(har.r_squared, number(&row, "r2"), &format!("r2 of {what}"));
        assert_eq!(har.is_floored, number(&row, "forecast_var") < 0.0, "{what}");
        agree(Ok(har.forecast_variance), number(&row, "forecast_var").max(0.0), &what);
        agree(Ok(har.forecast_annual), number(&row, "forecast_vol_ann"), &what);
    }
}

#[test]
fn weighted_variances_agree() {
    let market = Market::load();
    let mut checked = 0;
    for row in rows("golden/realized_vol_daily.csv.gz").iter().step_by(450) {
        let first: Date = "1990-01-02".parse().unwrap();
        let timeline = Timeline::between(Calendar::xnys(), first, date(row, "date"));
        let logs = of_log_returns(&market.history(&timeline, &row["symbol"]));
        let found = ewma_covariance(&[&logs], 0.94);
        assert_eq!(found.sample.observations, timeline.len() - 1);
        let annual = found.number(|covariance| (252.0 * covariance.get(0, 0).unwrap()).sqrt());
        agree_to(annual, number(row, "ewma94"), 1e-9, 1e-10, &format!("{} {}", row["symbol"], row["date"]));
        checked += 1;
    }
    assert!(checked > 15);
}

#[test]
fn volatilities_from_ranges_agree() {
    let bars = rows("market/arch_sp500_ohlcv.csv.gz");
    let golden = rows("golden/range_vol_estimators.csv.gz");
    assert_eq!(golden.len(), 1_000);
    for row in golden {
        let end = bars.iter().position(|bar| bar["date"] == row["date"]).unwrap();
        let window: usize = row["n"].parse().unwrap();
        let bar = |at: usize| {
            let column = |name| number(&bars[at], name);
            RangeBar {
                close_before: number(&bars[at - 1], "close"),
                open: column("open"),
                high: column("high"),
                low: column("low"),
                close: column("close"),
            }
        };
        let bars: Vec<RangeBar> = (end + 1 - window..=end).map(bar).collect();
        let found = range_volatility(&bars);
        let figures = [
            ("parkinson", found.parkinson),
            ("garman_klass", found.garman_klass),
            ("rogers_satchell", found.rogers_satchell),
            ("yang_zhang", found.yang_zhang),
        ];
        for (column, figure) in figures {
            // The golden numbers have ten digits.
            agree_to(
                figure,
                number(&row, column),
                1e-9,
                1e-10,
                &format!("{column} of {} {window}", row["date"]),
            );
        }
    }
}

#[test]
fn a_session_without_a_close_takes_two_returns_away() {
    let market = Market::load();
    let at: Date = "2020-03-31".parse().unwrap();
    let timeline = Timeline::ending(Calendar::xnys(), at, 60);
    let whole = market.history(&timeline, "KO");
    let closes: Vec<(Date, f64)> =
        timeline.sessions().iter().map(|session| (*session, market.close("KO", *session))).collect();
    let holed = History::of_closes(
        &timeline,
        closes.into_iter().enumerate().filter(|(i, _)| *i != 50).map(|(_, c)| c),
    );
    let missing: Vec<usize> =
        (0..60).filter(|at| holed.simple_returns().nth(*at).unwrap().is_none()).collect();
    assert_eq!(missing, [0, 50, 51]);
    let found = volatility(&holed, &Settings::default()).realized_21;
    assert_eq!(found.sample.first, Some(timeline.sessions()[60 - 23]));
    assert_ne!(found.value, volatility(&whole, &Settings::default()).realized_21.value);
}
