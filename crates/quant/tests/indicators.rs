//! Indicators of series for which they do not exist, the catalogue of them, and the page that tells about them.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeSet;

use quant::{
    Absent, Figure, Indicator, IndicatorKind, PriceColumns, adx, atr, bollinger, cci, ema,
    internal_bar_strength, macd, minus_di, plus_di, rate_of_change, rolling_volatility, rsi, sma, stochastic,
};

const PAGE: &str = include_str!("../../../docs/methods/indicators.md");

/// Highs, lows and closes.
struct Bars {
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<f64>,
}

impl Bars {
    fn new(bars: &[(f64, f64, f64)]) -> Bars {
        Bars {
            high: bars.iter().map(|bar| Some(bar.0)).collect(),
            low: bars.iter().map(|bar| Some(bar.1)).collect(),
            close: bars.iter().map(|bar| bar.2).collect(),
        }
    }

    fn prices(&self) -> PriceColumns<'_> {
        PriceColumns { high: &self.high, low: &self.low, close: &self.close }
    }

    /// The last figure of each line of an indicator with all its periods at two or three.
    fn last(&self, kind: IndicatorKind) -> Vec<Figure> {
        let short = |name: &str| match name {
            "deviations" => None,
            "slow" => Some("slow=3".to_owned()),
            name => Some(format!("{name}=2")),
        };
        let texts: Vec<String> =
            kind.parameters().iter().filter_map(|parameter| short(parameter.name)).collect();
        let indicator = Indicator::parse(kind.as_str(), texts.iter().map(String::as_str)).unwrap();
        indicator.compute(self.prices()).iter().map(|line| *line.figures.last().unwrap()).collect()
    }
}

/// Checks the last figures of every indicator.
fn check_last(bars: &Bars, expect: impl Fn(IndicatorKind) -> Vec<Figure>) {
    for kind in IndicatorKind::ALL {
        assert_eq!(bars.last(*kind), expect(*kind), "{kind}");
    }
}

#[test]
fn constant_prices_have_averages_and_nothing_to_divide_by() {
    use IndicatorKind::{
        Adx, Atr, Bollinger, Cci, Ema, Ibs, Macd, MinusDi, PlusDi, Roc, RollingVolatility, Rsi, Sma,
        Stochastic,
    };
    check_last(&Bars::new(&[(0.1, 0.1, 0.1); 9]), |kind| match kind {
        Sma | Ema => vec![Ok(0.1)],
        Bollinger => vec![Ok(0.1); 3],
        Macd => vec![Ok(0.0); 3],
        Atr | Roc | RollingVolatility => vec![Ok(0.0)],
        Rsi | Cci => vec![Err(Absent::FlatPrices)],
        Stochastic => vec![Err(Absent::ZeroRange); 2],
        Adx | PlusDi | MinusDi | Ibs => vec![Err(Absent::ZeroRange)],
    });
}

#[test]
fn bars_within_each_other_have_no_direction() {
    let bars = Bars::new(&[(9.0, 1.0, 5.0), (8.0, 2.0, 5.0), (7.0, 3.0, 5.0), (6.0, 4.0, 5.0)]);
    assert_eq!(bars.last(IndicatorKind::PlusDi), [Ok(0.0)]);
    assert_eq!(bars.last(IndicatorKind::MinusDi), [Ok(0.0)]);
    assert_eq!(bars.last(IndicatorKind::Adx), [Err(Absent::NoDirection)]);
}

#[test]
fn too_few_bars_have_no_figure() {
    let none = Bars::new(&[]);
    let one = Bars::new(&[(3.0, 1.0, 2.0)]);
    for kind in IndicatorKind::ALL {
        let lines = Indicator::from(*kind).compute(none.prices());
        assert!(lines.iter().all(|line| line.figures.is_empty()), "{kind}");
        assert_eq!(lines.iter().map(|line| line.name).collect::<Vec<_>>(), kind.lines());
        assert_eq!(one.last(*kind), vec![Err(Absent::TooFewBars); kind.lines().len()], "{kind}");
    }
}

#[test]
fn a_close_alone_leaves_what_needs_a_range_absent_until_it_is_warm_again() {
    let whole: Vec<(f64, f64, f64)> =
        (0..12).map(|at| f64::from(at % 5)).map(|at| (12.0 + at, 8.0 - at / 2.0, 9.0 + at)).collect();
    let mut bars = Bars::new(&whole);
    (bars.high[5], bars.low[5]) = (None, None);
    for kind in IndicatorKind::ALL {
        let needs_range = needs_range(*kind);
        let two = ["period=2"].into_iter().filter(|_| *kind != IndicatorKind::Macd);
        let lines = Indicator::parse(kind.as_str(), two).unwrap().compute(bars.prices());
        for line in lines {
            let lost = line.figures.iter().filter(|figure| **figure == Err(Absent::NoHighLow)).count();
            assert_eq!(line.figures[5] == Err(Absent::NoHighLow), needs_range, "{kind}");
            assert_eq!(lost > 0, needs_range, "{kind}");
            assert!(line.figures[11].is_ok() || *kind == IndicatorKind::Macd, "{kind}");
        }
    }
    let closes_only = Bars { high: vec![None; 12], low: Vec::new(), close: bars.close };
    for kind in IndicatorKind::ALL.iter().filter(|kind| needs_range(**kind)) {
        let lines = Indicator::from(*kind).compute(closes_only.prices());
        assert!(lines.iter().flat_map(|line| &line.figures).all(|one| *one == Err(Absent::NoHighLow)));
    }
}

fn needs_range(kind: IndicatorKind) -> bool {
    use IndicatorKind::{Adx, Atr, Cci, Ibs, MinusDi, PlusDi, Stochastic};
    matches!(kind, Atr | Cci | Stochastic | Adx | PlusDi | MinusDi | Ibs)
}

#[test]
fn numbers_that_are_no_price_are_refused_where_they_stand() {
    let invalid = Err(Absent::InvalidInput);
    assert_eq!(sma(&[1.0, f64::NAN, 3.0, 5.0], 2), [Err(Absent::TooFewBars), invalid, invalid, Ok(4.0)]);
    assert_eq!(ema(&[f64::INFINITY, 1.0], 2), [invalid, invalid]);
    assert_eq!(rolling_volatility(&[1.0, -1.0, 1.0], 2)[1..], [Err(Absent::CloseNotPositive); 2]);
    assert_eq!(rate_of_change(&[0.0, 1.0], 1)[1], Err(Absent::ZeroDivisor));
    let turned = Bars::new(&[(1.0, 3.0, 2.0), (3.0, 1.0, 4.0), (f64::NAN, 1.0, 2.0), (3.0, 1.0, f64::NAN)]);
    assert_eq!(internal_bar_strength(turned.prices(), 1), [invalid; 4]);
    assert_eq!(sma(&[f64::MAX, f64::MIN], 2)[1], Err(Absent::Overflow));
}

#[test]
fn periods_that_an_indicator_cannot_have_leave_every_figure_absent() {
    let bars = Bars::new(&[(3.0, 1.0, 2.0); 3]);
    let (prices, close) = (bars.prices(), &bars.close[..]);
    for period in [0, 1, 20_001, usize::MAX] {
        let none = vec![Err(Absent::InvalidPeriod); 3];
        assert!([sma, ema, rsi, rolling_volatility].iter().all(|indicator| indicator(close, period) == none));
        assert!([cci, adx, plus_di, minus_di].iter().all(|indicator| indicator(prices, period) == none));
        assert_eq!(bollinger(close, period, 2.0), [Err(Absent::InvalidPeriod); 3]);
        assert_eq!(macd(close, period, 26, 9), [Err(Absent::InvalidPeriod); 3]);
        let least_one = [
            atr(prices, period),
            internal_bar_strength(prices, period),
            rate_of_change(close, period),
            stochastic(prices, 2, period, 1).into_iter().map(|lines| lines.map(|lines| lines.k)).collect(),
        ];
        assert!(least_one.iter().all(|figures| (*figures == none) == (period != 1)), "{period}");
    }
    assert_eq!(macd(close, 3, 3, 1), [Err(Absent::InvalidPeriod); 3]);
    for deviations in [-1.0, f64::NAN, 100.5] {
        assert_eq!(bollinger(close, 2, deviations), [Err(Absent::InvalidInput); 3]);
    }
}

#[test]
fn wrong_names_and_values_are_told_with_what_is_known() {
    for (name, parameters, told) in [
        ("", &[][..], "there is no indicator \"\"; there are sma, ema, rsi, atr, macd, bollinger, cci,"),
        ("rsi", &["14"], "\"14\" is no parameter with its value; rsi takes period=14 (a whole number from 2"),
        ("rsi", &["length=5"], "rsi has no parameter \"length\"; it takes period=14"),
        ("rsi", &["period=5", "period=5"], "period is given more than once"),
        ("rsi", &["period=2.5"], "period cannot be \"2.5\""),
        ("rsi", &["period="], "period cannot be \"\""),
        ("rsi", &["period=NaN"], "period cannot be \"NaN\""),
        ("rsi", &["period=1e99"], "period cannot be \"1e99\""),
        ("rsi", &["period=-5"], "period cannot be \"-5\""),
        ("bollinger", &["deviations=-1"], "bollinger takes deviations=2 (a number from 0 to 100)"),
        ("macd", &["fast=30"], "fast=30 is not below slow=26; macd takes fast=12"),
    ] {
        let error = Indicator::parse(name, parameters.iter().copied()).unwrap_err().to_string();
        assert!(error.contains(told), "{told:?} is missing in {error:?}");
    }
    let long = "x".repeat(10_000);
    assert!(Indicator::parse(&long, []).unwrap_err().to_string().len() < 300);
}

/// The cells of the rows of the page that begin with code.
fn page_rows() -> Vec<Vec<String>> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

#[test]
fn the_page_lists_every_indicator_as_it_is() {
    let coded = |text: String| format!("`{text}`");
    let mut listed = BTreeSet::new();
    for row in page_rows().iter().filter(|row| row.len() == 5) {
        for name in row[0].split(", ") {
            let kind: IndicatorKind = name.trim_matches('`').parse().unwrap();
            let parameters = kind.parameters().iter();
            let parameters: Vec<String> =
                parameters.map(|one| format!("`{}={}` ({})", one.name, one.default, one.min)).collect();
            let lines: Vec<String> = kind.lines().iter().map(|line| coded((*line).to_owned())).collect();
            assert_eq!((&row[1], &row[2]), (&parameters.join(", "), &lines.join(", ")), "{kind}");
            let limits = kind.parameters().iter().map(|one| one.max);
            assert!(limits.into_iter().all(|most| PAGE.contains(&format!(" {most}"))), "{kind}");
            listed.insert(kind);
        }
    }
    assert_eq!(listed, IndicatorKind::ALL.iter().copied().collect());
}

/// The bars of a cell: closes, or high/low/close.
fn parse_bars(cell: &str) -> Bars {
    let bar = |text: &str| {
        let prices: Vec<f64> = text.split('/').map(|price| price.parse().unwrap()).collect();
        match prices[..] {
            [close] => (close, close, close),
            [high, low, close] => (high, low, close),
            _ => panic!("{text} is no bar"),
        }
    };
    Bars::new(&cell.split(", ").map(bar).collect::<Vec<_>>())
}

#[test]
fn the_worked_numbers_of_the_page_come_out() {
    let mut worked = BTreeSet::new();
    let called: Vec<Vec<String>> = page_rows().into_iter().filter(|row| row[0].contains('=')).collect();
    for row in called.iter().filter(|row| row.len() == 3) {
        let mut words = row[0].trim_matches('`').split(' ');
        let indicator = Indicator::parse(words.next().unwrap(), words).unwrap();
        let lines = indicator.compute(parse_bars(&row[1]).prices());
        let figures: Vec<&str> = row[2].split(", ").collect();
        assert_eq!(figures.len(), lines.len(), "{indicator}");
        for (line, told) in lines.iter().zip(figures) {
            let (name, number) = told.split_once(' ').unwrap();
            let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let found = line.figures.last().unwrap().unwrap();
            let away = (found - number.parse::<f64>().unwrap()).abs();
            assert_eq!(line.name, name, "{indicator}");
            let is_exact = decimals < 2 && away < 1e-9;
            assert!(is_exact || away <= 0.5 * 0.1_f64.powi(decimals as i32), "{indicator}: {found}");
        }
        worked.insert(indicator.kind());
    }
    assert_eq!(worked, IndicatorKind::ALL.iter().copied().collect());
}
