//! Technical indicators.

use proptest::prelude::*;
use quant::{
    Absent, Figure, Indicator, IndicatorKind, IndicatorLine, PriceColumns, annualized_volatility, log_returns,
};

use super::draws::{day, near};

/// Highs, lows and closes.
#[derive(Clone, Debug, Default)]
struct Bars {
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<f64>,
}

impl Bars {
    fn len(&self) -> usize {
        self.close.len()
    }

    fn compute(&self, indicator: &Indicator) -> Vec<IndicatorLine> {
        indicator.compute(PriceColumns { high: &self.high, low: &self.low, close: &self.close })
    }

    fn push(&mut self, (high, low, close): (Option<f64>, Option<f64>, f64)) {
        self.high.push(high);
        self.low.push(low);
        self.close.push(close);
    }

    fn between(&self, first: usize, end: usize) -> Bars {
        Bars {
            high: self.high[first..end].to_vec(),
            low: self.low[first..end].to_vec(),
            close: self.close[first..end].to_vec(),
        }
    }

    /// Every price through a function; one that turns them round makes lows of highs.
    fn map(&self, price: impl Fn(f64) -> f64) -> Bars {
        let column = |prices: &[Option<f64>]| prices.iter().map(|value| value.map(&price)).collect();
        let mapped = Bars {
            high: column(&self.high),
            low: column(&self.low),
            close: self.close.iter().map(|close| price(*close)).collect(),
        };
        match price(1.0) < price(2.0) {
            true => mapped,
            false => Bars { high: mapped.low, low: mapped.high, close: mapped.close },
        }
    }
}

/// Any indicator with small periods, so that short series show something.
fn indicators() -> impl Strategy<Value = Indicator> {
    let kind = prop::sample::select(IndicatorKind::ALL);
    (kind, prop::collection::vec(0_usize..8, 3), 0.0..4.0).prop_map(|(kind, more, deviations)| {
        let mut before = 0.0;
        let texts = kind.parameters().iter().zip(more).map(|(parameter, more)| {
            let value = match parameter.is_whole {
                true if parameter.name == "slow" => before + 1.0 + more as f64,
                true => parameter.min + more as f64,
                false => deviations,
            };
            before = value;
            format!("{}={value}", parameter.name)
        });
        let texts: Vec<String> = texts.collect();
        Indicator::parse(kind.as_str(), texts.iter().map(String::as_str)).unwrap()
    })
}

/// Bars as they come: a walk of closes with ranges around them, some of them none.
fn whole_bars(count: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    let step = prop_oneof![4 => 0.9..1.1, 1 => Just(1.0)];
    let away = || prop_oneof![4 => 0.0..0.05, 1 => Just(0.0)];
    prop::collection::vec((step, away(), away()), count).prop_map(|steps| {
        let (mut bars, mut close) = (Bars::default(), 100.0);
        for (step, up, down) in steps {
            close *= step;
            bars.push((Some(close * (1.0 + up)), Some(close * (1.0 - down)), close));
        }
        bars
    })
}

/// Bars of which some have a close only, and some are no bars at all.
fn bars_with_gaps(count: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    let gap = prop_oneof![12 => Just(None), 1 => Just(Some(false)), 1 => Just(Some(true))];
    (whole_bars(count), prop::collection::vec(gap, 120)).prop_map(|(mut bars, gaps)| {
        for (at, gap) in gaps.into_iter().enumerate().take(bars.len()) {
            match gap {
                None => {}
                Some(true) => bars.close[at] = f64::NAN,
                Some(false) => (bars.high[at], bars.low[at]) = (None, None),
            }
        }
        bars
    })
}

fn any_price() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -2.0..2.0_f64, Just(0.0), Just(f64::MAX), Just(f64::MIN), Just(1e-300)]
}

fn bits(figure: &Figure) -> Result<u64, Absent> {
    figure.map(f64::to_bits)
}

/// Asserts that the first figures of two answers are the same to the bit.
fn same_beginning(one: &[IndicatorLine], other: &[IndicatorLine], count: usize) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        prop_assert_eq!(one.name, other.name);
        for at in 0..count {
            prop_assert_eq!(bits(&one.figures[at]), bits(&other.figures[at]), "{} at {}", one.name, at);
        }
    }
    Ok(())
}

/// Asserts that two figures are equal but for rounding.
fn near_figures(found: Figure, expect: Figure, absolute: f64) -> Result<(), TestCaseError> {
    match (found, expect) {
        (Ok(found), Ok(expect)) => near(found, expect, 1e-9, absolute),
        (found, expect) => {
            prop_assert_eq!(found, expect);
            Ok(())
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

proptest! {
    #[test]
    fn what_comes_later_changes_no_bit(
        indicator in indicators(), bars in bars_with_gaps(1..60), other in bars_with_gaps(1..60), at in 0_usize..60,
    ) {
        let kept = at.min(bars.len());
        let mut changed = bars.between(0, kept);
        for at in 0..other.len() {
            changed.push((other.high[at], other.low[at], other.close[at]));
        }
        let whole = bars.compute(&indicator);
        same_beginning(&whole, &changed.compute(&indicator), kept)?;
        same_beginning(&whole, &bars.between(0, kept).compute(&indicator), kept)?;
    }

    #[test]
    fn whatever_the_prices_every_figure_is_finite_or_absent(
        indicator in indicators(),
        prices in prop::collection::vec((prop::option::of(any_price()), prop::option::of(any_price()), any_price()), 0..40),
        is_ordered in any::<bool>(),
    ) {
        let mut bars = Bars::default();
        for (high, low, close) in prices {
            match is_ordered {
                true => bars.push((high.map(|high| high.max(close)), low.map(|low| low.min(close)), close)),
                false => bars.push((high, low, close)),
            }
        }
        for line in bars.compute(&indicator) {
            prop_assert_eq!(line.figures.len(), bars.len());
            for figure in line.figures {
                prop_assert!(figure.is_err() || figure.unwrap().is_finite(), "{} of {}", line.name, indicator);
            }
        }
    }

    #[test]
    fn figures_begin_where_they_are_said_to(indicator in indicators(), bars in whole_bars(0..60)) {
        for line in bars.compute(&indicator) {
            for (at, figure) in line.figures.iter().enumerate() {
                let is_warm = at >= indicator.first_index();
                let is_allowed = match figure {
                    Ok(_) => is_warm,
                    Err(Absent::TooFewBars) => !is_warm,
                    // What could not be divided comes in the warm-up too, and takes figures after it away.
                    Err(Absent::ZeroRange | Absent::FlatPrices | Absent::NoDirection) => true,
                    Err(_) => false,
                };
                prop_assert!(is_allowed, "{} of {} at {}: {:?}", line.name, indicator, at, figure);
            }
        }
    }

    #[test]
    fn after_a_gap_the_figures_are_those_of_what_follows(
        indicator in indicators(), before in whole_bars(1..30), after in whole_bars(1..40),
    ) {
        let mut bars = before.clone();
        bars.push((Some(1.0), Some(1.0), f64::NAN));
        for at in 0..after.len() {
            bars.push((after.high[at], after.low[at], after.close[at]));
        }
        let alone = after.compute(&indicator);
        for (whole, alone) in bars.compute(&indicator).iter().zip(&alone) {
            prop_assert_eq!(whole.figures[before.len()], Err(Absent::InvalidInput));
            for (found, expect) in whole.figures[before.len() + 1..].iter().zip(&alone.figures) {
                let expect = if *expect == Err(Absent::TooFewBars) { Err(Absent::InvalidInput) } else { *expect };
                prop_assert_eq!(bits(found), bits(&expect));
            }
        }
    }

    #[test]
    fn what_looks_at_a_window_forgets_the_rest(bars in whole_bars(20..60), dropped in 1_usize..10) {
        use IndicatorKind::{Bollinger, Cci, Ibs, Roc, RollingVolatility, Sma, Stochastic};
        let later = bars.between(dropped, bars.len());
        for kind in [Bollinger, Cci, Ibs, Roc, RollingVolatility, Sma, Stochastic] {
            let short = match kind {
                Stochastic => vec!["period=4"],
                kind => vec![if kind == Ibs { "period=2" } else { "period=5" }],
            };
            let indicator = Indicator::parse(kind.as_str(), short).unwrap();
            for (whole, later) in bars.compute(&indicator).iter().zip(later.compute(&indicator)) {
                let warm = indicator.first_index();
                for (found, expect) in later.figures.iter().zip(&whole.figures[dropped..]).skip(warm) {
                    near_figures(*found, *expect, 1e-9)?;
                }
            }
        }
    }

    #[test]
    fn prices_in_another_unit_scale_or_leave_the_figures(indicator in indicators(), bars in bars_with_gaps(1..60)) {
        use IndicatorKind::{Atr, Bollinger, Ema, Macd, Sma};
        // A power of two changes no digit, so that the figures agree to the bit.
        let is_price = matches!(indicator.kind(), Sma | Ema | Atr | Macd | Bollinger);
        let scale = if is_price { 0.25 } else { 1.0 };
        let scaled = bars.map(|price| price * 0.25).compute(&indicator);
        for (line, scaled) in bars.compute(&indicator).iter().zip(scaled) {
            for (figure, found) in line.figures.iter().zip(scaled.figures) {
                prop_assert_eq!(bits(&found), bits(&figure.map(|figure| figure * scale)));
            }
        }
    }

    #[test]
    fn prices_turned_round_swap_up_and_down(bars in whole_bars(1..60), period in 2_usize..8) {
        let turned = bars.map(|price| -price);
        let figures = |bars: &Bars, name: &str| {
            let indicator = Indicator::parse(name, [format!("period={period}").as_str()]).unwrap();
            bars.compute(&indicator).remove(0).figures
        };
        for (name, opposite) in [("plus_di", "minus_di"), ("minus_di", "plus_di"), ("adx", "adx"), ("atr", "atr")] {
            prop_assert_eq!(figures(&turned, name), figures(&bars, opposite), "{}", name);
        }
        let both = figures(&bars, "rsi").into_iter().zip(figures(&turned, "rsi"));
        for (one, other) in both {
            near_figures(one, other.map(|strength| 100.0 - strength), 1e-9)?;
        }
    }

    #[test]
    fn figures_stay_within_their_bounds(bars in whole_bars(1..80), period in 2_usize..10) {
        let parameter = format!("period={period}");
        let lines = |name: &str| bars.compute(&Indicator::parse(name, [parameter.as_str()]).unwrap());
        for (name, high) in [
            ("rsi", 100.0), ("adx", 100.0), ("plus_di", 100.0), ("minus_di", 100.0), ("stochastic", 100.0),
            ("ibs", 1.0), ("atr", f64::MAX), ("rolling_volatility", f64::MAX),
        ] {
            for figure in lines(name).iter().flat_map(|line| &line.figures).flatten() {
                prop_assert!((-1e-12..=high * (1.0 + 1e-12)).contains(figure), "{} is {}", name, figure);
            }
        }
        let bands = lines("bollinger");
        for at in period - 1..bars.len() {
            let [upper, middle, lower] = [0, 1, 2].map(|line: usize| bands[line].figures[at].unwrap());
            prop_assert!(lower <= middle && middle <= upper);
        }
        let macd = bars.compute(&IndicatorKind::Macd.into());
        for at in 33..bars.len() {
            let [line, signal, histogram] = [0, 1, 2].map(|line: usize| macd[line].figures[at].unwrap());
            prop_assert_eq!(histogram, line - signal);
        }
    }

    #[test]
    fn each_window_has_the_figure_of_its_definition(bars in whole_bars(1..80), period in 2_usize..12) {
        let parameter = format!("period={period}");
        let lines = |name: &str| bars.compute(&Indicator::parse(name, [parameter.as_str()]).unwrap());
        let (averages, bands, channel) = (lines("sma"), lines("bollinger"), lines("cci"));
        for end in period..=bars.len() {
            let closes = &bars.close[end - period..end];
            let middle = mean(closes);
            near(averages[0].figures[end - 1].unwrap(), middle, 1e-12, 0.0)?;
            let squares: Vec<f64> = closes.iter().map(|close| (close - middle).powi(2)).collect();
            near(bands[0].figures[end - 1].unwrap(), middle + 2.0 * mean(&squares).sqrt(), 1e-9, 0.0)?;
            let typical = |at: usize| (bars.high[at].unwrap() + bars.low[at].unwrap() + bars.close[at]) / 3.0;
            let window: Vec<f64> = (end - period..end).map(typical).collect();
            let away: Vec<f64> = window.iter().map(|price| (price - mean(&window)).abs()).collect();
            let figure = (window[period - 1] - mean(&window)) / (0.015 * mean(&away));
            match channel[0].figures[end - 1] {
                Ok(found) => near(found, figure, 1e-6, 1e-6)?,
                Err(reason) => prop_assert!(reason == Absent::FlatPrices && mean(&away) < 1e-10),
            }
        }
    }

    #[test]
    fn rolling_volatility_is_the_volatility_of_each_window(bars in whole_bars(3..80), period in 2_usize..12) {
        let dated: Vec<_> = bars.close.iter().enumerate().map(|(at, close)| (day(at), Some(*close))).collect();
        let returns: Vec<f64> = log_returns(&dated).into_iter().map(|(_, figure)| figure.unwrap()).collect();
        let found = quant::rolling_volatility(&bars.close, period);
        for end in period..=returns.len() {
            near(found[end].unwrap(), annualized_volatility(&returns[end - period..end]).unwrap(), 1e-9, 1e-12)?;
        }
    }
}
