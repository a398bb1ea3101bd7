//! Indicators against TA-Lib, and rolling volatility against numpy.

use std::collections::BTreeMap;

use quant::{Absent, Indicator, PriceColumns, rolling_volatility};

use super::tables::{agree, date, number, rows};

/// Each column with the indicator, its parameters and its line.
const COLUMNS: [(&str, &str, &[&str], &str); 20] = [
    ("sma20", "sma", &["period=20"], "value"),
    ("sma50", "sma", &["period=50"], "value"),
    ("sma200", "sma", &["period=200"], "value"),
    ("ema12", "ema", &["period=12"], "value"),
    ("ema26", "ema", &["period=26"], "value"),
    ("ema50", "ema", &["period=50"], "value"),
    ("rsi14", "rsi", &[], "value"),
    ("atr14", "atr", &[], "value"),
    ("macd", "macd", &[], "macd"),
    ("macd_signal", "macd", &[], "signal"),
    ("macd_hist", "macd", &[], "histogram"),
    ("bb_upper", "bollinger", &[], "upper"),
    ("bb_mid", "bollinger", &[], "middle"),
    ("bb_lower", "bollinger", &[], "lower"),
    ("cci20", "cci", &[], "value"),
    ("stoch_k", "stochastic", &[], "k"),
    ("stoch_d", "stochastic", &[], "d"),
    ("stochf_k", "stochastic", &["k_smoothing=1"], "k"),
    ("adx14", "adx", &[], "value"),
    ("roc10", "roc", &[], "value"),
];

/// The columns of directional movement, which stand beside `adx14`.
const DIRECTIONS: [(&str, &str); 2] = [("plus_di14", "plus_di"), ("minus_di14", "minus_di")];

/// Highs, lows and closes of AAPL, by date.
struct Bars {
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<f64>,
}

impl Bars {
    /// The bars beside the rows of the golden table, which has the same dates and closes.
    fn beside(golden: &[BTreeMap<String, String>]) -> Bars {
        let rows: Vec<_> = rows("market/zipline_4stocks_ohlcv.csv.gz")
            .into_iter()
            .filter(|row| row["symbol"] == "AAPL")
            .collect();
        assert_eq!(rows.len(), golden.len());
        for (row, golden) in rows.iter().zip(golden) {
            let day = |row| (date(row, "date"), number(row, "close"));
            assert_eq!(day(row), day(golden));
        }
        let column = |name: &str| -> Vec<f64> { rows.iter().map(|row| number(row, name)).collect() };
        let optional = |name: &str| column(name).into_iter().map(Some).collect();
        Bars { high: optional("high"), low: optional("low"), close: column("close") }
    }
}

fn check(golden: &[BTreeMap<String, String>], bars: &Bars, column: &str, indicator: &Indicator, line: &str) {
    let prices = PriceColumns { high: &bars.high, low: &bars.low, close: &bars.close };
    let lines = indicator.compute(prices);
    let figures = &lines.iter().find(|found| found.name == line).unwrap().figures;
    assert_eq!(figures.len(), golden.len());
    for (at, (row, figure)) in golden.iter().zip(figures).enumerate() {
        let what = format!("{column} of {}", row["date"]);
        if row[column].is_empty() {
            assert_eq!(*figure, Err(Absent::TooFewBars), "{what}");
        } else {
            agree(*figure, number(row, column), &what);
        }
        assert_eq!(row[column].is_empty(), at < indicator.first_index(), "{what}");
    }
}

#[test]
fn every_row_of_the_golden_indicators_agrees() {
    let golden = rows("golden/indicators_aapl.csv.gz");
    assert_eq!(golden.len(), 754);
    let bars = Bars::beside(&golden);
    for (column, name, parameters, line) in COLUMNS {
        let indicator = Indicator::parse(name, parameters.iter().copied()).unwrap();
        check(&golden, &bars, column, &indicator, line);
    }
    for (column, name) in DIRECTIONS {
        check(&golden, &bars, column, &Indicator::parse(name, []).unwrap(), "value");
    }
}

#[test]
fn rolling_volatility_agrees_with_the_golden_volatilities() {
    let golden = rows("golden/realized_vol_asof.csv");
    assert!(!golden.is_empty());
    let market = rows("market/skfolio_adjclose_wide.csv.gz");
    let symbols: std::collections::BTreeSet<&String> = golden.iter().map(|row| &row["symbol"]).collect();
    for symbol in symbols {
        let closes: Vec<_> = market.iter().filter(|row| !row[symbol].is_empty()).collect();
        let values: Vec<f64> = closes.iter().map(|row| number(row, symbol)).collect();
        for (column, period) in [("rv21", 21), ("rv63", 63), ("rv252", 252)] {
            let found = rolling_volatility(&values, period);
            for row in golden.iter().filter(|row| &row["symbol"] == symbol && !row[column].is_empty()) {
                let at = closes.iter().position(|close| close["date"] == row["asof"]).unwrap();
                agree(found[at], number(row, column), &format!("{column} of {symbol} at {}", row["asof"]));
            }
        }
    }
}
