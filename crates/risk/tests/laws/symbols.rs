//! Figures of one symbol: the benchmark on itself, the future, young symbols, and numbers of every size.

use model::Date;
use proptest::prelude::*;
use risk::{
    Absent, AssetClass, Estimate, Exposure, Exposures, Figure, History, Regression, Settings, Stake,
    StyleFactor, SymbolRisk, Timeline, Yardsticks, factor_exposure, symbol_risk,
};

use super::draws::{history, holed_returns, near, returns, timeline};

const SESSIONS: usize = 140;

fn settings() -> Settings {
    Settings { har_rows: 60, har_min: 30, har_horizon: 5, spread_window: 100, ..Settings::default() }
}

fn yardsticks(timeline: &Timeline, series: &[Vec<Option<f64>>]) -> Yardsticks {
    let names = ["value", "growth", "momentum"];
    let style = |(name, returns): (&&str, &Vec<Option<f64>>)| StyleFactor {
        name: (*name).to_owned(),
        history: Some(history(timeline, returns)),
    };
    let styles = names.iter().zip(&series[2..]).map(style).collect();
    let [benchmark, rate] = [&series[0], &series[1]].map(|returns| Some(history(timeline, returns)));
    Yardsticks::new(settings(), timeline, benchmark, rate, styles)
}

fn of_regression(found: &Estimate<Regression>) -> Vec<Figure> {
    match &found.value {
        Ok(fit) => vec![
            Ok(fit.alpha),
            Ok(fit.beta),
            fit.r_squared,
            fit.residual_deviation,
            fit.std_error,
            fit.t,
            fit.p,
        ],
        Err(reason) => vec![Err(*reason)],
    }
}

/// Every number of a symbol's figures.
fn figures(found: &SymbolRisk) -> Vec<Figure> {
    let mut all = of_regression(&found.market_beta);
    all.extend(of_regression(&found.rate_beta));
    found.spreads.iter().for_each(|(_, fit)| all.extend(of_regression(fit)));
    if let Ok(style) = &found.style.value {
        all.extend([Ok(style.intercept), style.r_squared]);
        all.extend(style.betas.iter().chain(&style.inflation));
    }
    if let Ok(joint) = &found.joint.value {
        all.extend([Ok(joint.alpha), Ok(joint.beta), joint.r_squared]);
        all.extend(&joint.coefficients);
    }
    let volatility = &found.volatility;
    all.extend([volatility.realized_21.value, volatility.realized_63.value, volatility.percentile.value]);
    if let Ok(trend) = &volatility.trend.value {
        all.extend([Ok(trend.slope), trend.t]);
    }
    if let Ok(har) = &volatility.har.value {
        all.extend([Ok(har.forecast_variance), Ok(har.forecast_annual), har.r_squared]);
        all.extend(har.coefficients.iter().chain(&har.regressors).map(|number| Ok(*number)));
    }
    all
}

proptest! {
    #[test]
    fn the_benchmark_alone_has_a_beta_of_one_and_nothing_left_over(
        series in prop::collection::vec(holed_returns(SESSIONS), 5),
    ) {
        let timeline = timeline(SESSIONS);
        let yardsticks = yardsticks(&timeline, &series);
        let found = symbol_risk(&yardsticks, &history(&timeline, &series[0]));
        if let Ok(fit) = found.market_beta.value {
            prop_assert_eq!((fit.alpha, fit.beta, fit.r_squared), (0.0, 1.0, Ok(1.0)));
            prop_assert_eq!((fit.residual_deviation, fit.t), (Ok(0.0), Err(Absent::NoResidual)));
            // A portfolio that holds nothing else has the same beta.
            let stake = Stake::Asset { units: 3.0, price: 40.0, class: AssetClass::Fund };
            let held = Exposure { symbol: "MKT".parse().unwrap(), stake };
            let beta = factor_exposure(&Exposures::new(vec![held], 120.0), |_| Ok(fit.beta));
            prop_assert_eq!((beta.total.ratio, beta.covered_share), (Ok(1.0), Ok(1.0)));
        }
        if let Ok(joint) = found.joint.value {
            prop_assert_eq!((joint.alpha, joint.beta), (0.0, 1.0));
            prop_assert!(joint.coefficients.iter().flatten().all(|coefficient| *coefficient == 0.0));
        }
    }

    #[test]
    fn bars_after_a_session_change_nothing_at_that_session(
        series in prop::collection::vec(holed_returns(SESSIONS), 6),
        later in prop::collection::vec(returns(20), 6),
    ) {
        let long = timeline(SESSIONS + 20);
        let short = Timeline::between(model::Calendar::xnys(), long.sessions()[0], long.sessions()[SESSIONS - 1]);
        let entries = |returns: &[Option<f64>], later: &[f64]| {
            let all = returns.iter().copied().chain(later.iter().copied().map(Some));
            let dated = long.sessions().iter().copied().zip(all);
            dated.filter_map(|(date, value)| Some((date, value?))).collect::<Vec<(Date, f64)>>()
        };
        let at = |with_later: bool| {
            let of = |place: usize| {
                let later: &[f64] = if with_later { &later[place] } else { &[] };
                History::of_returns(&short, entries(&series[place], later))
            };
            let styles = vec![StyleFactor { name: "value".to_owned(), history: Some(of(2)) }];
            symbol_risk(&Yardsticks::new(settings(), &short, Some(of(0)), Some(of(1)), styles), &of(5))
        };
        prop_assert_eq!(at(false), at(true));
    }

    #[test]
    fn scaled_returns_scale_betas_and_leave_their_fit(
        series in prop::collection::vec(returns(SESSIONS), 5),
        scale in 0.1..3.0,
    ) {
        let timeline = timeline(SESSIONS);
        let some = |returns: &[f64]| returns.iter().copied().map(Some).collect::<Vec<_>>();
        let whole: Vec<Vec<Option<f64>>> = series.iter().map(|returns| some(returns)).collect();
        let yardsticks = yardsticks(&timeline, &whole);
        let of = |scale: f64| {
            let scaled: Vec<f64> = series[4].iter().map(|value| value * scale).collect();
            symbol_risk(&yardsticks, &history(&timeline, &some(&scaled)))
        };
        let (one, other) = (of(1.0), of(scale));
        let (one, other) = (one.rate_beta.value.unwrap(), other.rate_beta.value.unwrap());
        near(other.beta, scale * one.beta, 1e-9, 1e-12)?;
        near(other.alpha, scale * one.alpha, 1e-9, 1e-12)?;
        near(other.t.unwrap(), one.t.unwrap(), 1e-9, 1e-9)?;
        near(other.p.unwrap(), one.p.unwrap(), 1e-7, 1e-12)?;
    }

    #[test]
    fn figures_are_finite_or_absent_whatever_the_numbers(
        series in prop::collection::vec(
            prop::collection::vec(
                prop::option::of(prop_oneof![any::<f64>(), -1e-3..1e-3, Just(0.0), Just(1e-308), Just(-1.0)]),
                SESSIONS,
            ),
            6,
        ),
        penalty in prop_oneof![Just(0.0), Just(1.0), any::<f64>()],
    ) {
        let timeline = timeline(SESSIONS);
        let settings = Settings {
            ridge_penalty: penalty, beta_min: 3, ridge_min: 3, spread_min: 3, har_min: 1, har_rows: 500, ..settings()
        };
        let style = |at: usize| StyleFactor { name: format!("s{at}"), history: Some(history(&timeline, &series[at])) };
        let of = |at: usize| Some(history(&timeline, &series[at]));
        let yardsticks = Yardsticks::new(settings, &timeline, of(0), of(1), vec![style(2), style(3), style(2)]);
        for (at, returns) in series.iter().enumerate() {
            for figure in figures(&symbol_risk(&yardsticks, &history(&timeline, returns))) {
                prop_assert!(figure.map_or(true, f64::is_finite), "{:?} of {}", figure, at);
            }
        }
        for figure in yardsticks.style_inflation() {
            prop_assert!(figure.map_or(true, f64::is_finite));
        }
    }
}

fn wave(step: usize) -> Vec<Option<f64>> {
    (0..SESSIONS).map(|at| Some(0.01 * ((at * step) % 13) as f64 - 0.06)).collect()
}

#[test]
fn a_young_style_takes_no_part_and_shortens_nothing() {
    let timeline = timeline(SESSIONS);
    let mut young = wave(2);
    young[..SESSIONS - 10].fill(None);
    let with = |momentum: &Vec<Option<f64>>| {
        yardsticks(&timeline, &[wave(3), wave(5), wave(7), wave(11), momentum.clone()])
    };
    let symbol = history(&timeline, &wave(4));
    let without = symbol_risk(&yardsticks(&timeline, &[wave(3), wave(5), wave(7), wave(11)]), &symbol);
    let found = symbol_risk(&with(&young), &symbol);
    let (style, expect) = (found.style.value.unwrap(), without.style.value.unwrap());
    assert_eq!(style.betas[..2], expect.betas[..2]);
    assert_eq!(style.betas[2], Err(Absent::Numeric(quant::Absent::TooFewReturns)));
    assert_eq!(found.style.sample, without.style.sample);
    assert_eq!(found.joint.value.unwrap().beta, without.joint.value.unwrap().beta);
}

#[test]
fn a_young_symbol_has_the_figures_that_its_returns_suffice_for() {
    let timeline = timeline(SESSIONS);
    let yardsticks = yardsticks(&timeline, &[wave(3), wave(5), wave(7), wave(11), wave(2)]);
    let mut young = wave(4);
    young[..SESSIONS - 30].fill(None);
    let found = symbol_risk(&yardsticks, &history(&timeline, &young));
    assert!(found.market_beta.value.is_ok() && found.volatility.realized_21.value.is_ok());
    assert_eq!(found.market_beta.sample.observations, 30);
    let few = [found.style.value.err(), found.joint.value.err(), found.spreads[0].1.value.err()];
    assert_eq!(few, [Some(Absent::Numeric(quant::Absent::TooFewCommonReturns)); 3]);
    let few = Some(Absent::Numeric(quant::Absent::TooFewReturns));
    let volatility = found.volatility;
    let absent = [
        volatility.realized_63.value.err(),
        volatility.trend.value.err(),
        volatility.percentile.value.err(),
        volatility.har.value.err(),
    ];
    assert_eq!(absent, [few; 4]);
    assert_eq!(volatility.realized_63.sample.observations, 30);
}

#[test]
fn constant_prices_identical_factors_and_missing_yardsticks_have_reasons() {
    let timeline = timeline(SESSIONS);
    let flat: Vec<Option<f64>> = vec![Some(0.0); SESSIONS];
    let found = |series: &[Vec<Option<f64>>], symbol: &[Option<f64>], penalty: f64| {
        let mut settings = settings();
        settings.ridge_penalty = penalty;
        let of = |at: usize| Some(history(&timeline, &series[at]));
        let style = |at: usize| StyleFactor { name: format!("s{at}"), history: of(at) };
        let yardsticks = Yardsticks::new(settings, &timeline, of(0), None, vec![style(1), style(2)]);
        (symbol_risk(&yardsticks, &history(&timeline, symbol)), yardsticks.style_inflation())
    };
    let still = found(&[wave(3), wave(5), wave(7)], &flat, 1.0).0;
    let beta = still.market_beta.value.unwrap();
    assert_eq!((beta.beta, beta.t), (0.0, Err(Absent::NoResidual)));
    assert_eq!(beta.r_squared, Err(Absent::Numeric(quant::Absent::ZeroDeviation)));
    assert_eq!(still.volatility.realized_21.value, Ok(0.0));
    assert_eq!(still.volatility.har.value.err(), Some(Absent::Numeric(quant::Absent::ZeroDeviation)));
    assert_eq!(still.volatility.percentile.value.err(), Some(Absent::Numeric(quant::Absent::TooFewReturns)));
    assert_eq!(still.rate_beta.value.err(), Some(Absent::NoFactor));

    let on_flat = found(&[flat.clone(), wave(5), wave(7)], &wave(4), 1.0).0;
    let still_benchmark = Some(Absent::Numeric(quant::Absent::ZeroBenchmarkDeviation));
    assert_eq!(
        (on_flat.market_beta.value.err(), on_flat.joint.value.err()),
        (still_benchmark, still_benchmark)
    );

    let (twins, inflation) = found(&[wave(3), wave(5), wave(5)], &wave(4), 1.0);
    let betas = twins.style.value.unwrap().betas;
    assert!((betas[0].unwrap() - betas[1].unwrap()).abs() < 1e-12);
    assert_eq!(inflation, [Err(Absent::Collinear); 2]);
    let (twins, _) = found(&[wave(3), wave(5), wave(5)], &wave(4), 0.0);
    assert_eq!(twins.style.value.err(), Some(Absent::Collinear));

    let (flat_style, _) = found(&[wave(3), flat, wave(7)], &wave(4), 1.0);
    let betas = flat_style.style.value.unwrap().betas;
    assert_eq!(betas[0], Err(Absent::Numeric(quant::Absent::ZeroDeviation)));
    assert!(betas[1].is_ok());
}

#[test]
fn series_on_two_timelines_are_not_compared() {
    let (one, other) = (timeline(SESSIONS), timeline(SESSIONS - 1));
    let yardsticks = yardsticks(&one, &[wave(3), wave(5), wave(7), wave(11), wave(2)]);
    let found = symbol_risk(&yardsticks, &history(&other, &wave(4)));
    let reasons = [found.market_beta.value.err(), found.style.value.err(), found.joint.value.err()];
    assert_eq!(reasons, [Some(Absent::TimelinesDiffer); 3]);
}

#[test]
fn ranges_use_the_last_sessions_that_have_them() {
    let timeline = timeline(30);
    let mut bars = quant::AdjustedBars {
        sessions: timeline.sessions().to_vec(),
        open: vec![Some(100.0); 30],
        high: vec![Some(110.0); 30],
        low: vec![Some(100.0); 30],
        close: vec![100.0; 30],
        volume: vec![None; 30],
        is_final: vec![true; 30],
    };
    let whole = risk::ranges(&timeline, &bars, 21);
    assert_eq!(whole.sample.first, Some(timeline.sessions()[9]));
    assert!((whole.value.unwrap().rogers_satchell.unwrap() - 1.513002).abs() < 1e-6);
    bars.high[20] = None;
    assert_eq!(risk::ranges(&timeline, &bars, 21).sample.first, Some(timeline.sessions()[8]));
    bars.low[..15].fill(None);
    let few = risk::ranges(&timeline, &bars, 21);
    assert_eq!(
        (few.sample.observations, few.value.err()),
        (14, Some(Absent::Numeric(quant::Absent::TooFewReturns)))
    );
    bars.open.fill(None);
    let none = risk::ranges(&timeline, &bars, 21).value.err();
    assert_eq!(none, Some(Absent::Numeric(quant::Absent::NoHighLow)));
}

#[test]
fn windows_of_any_size_break_nothing() {
    let timeline = timeline(SESSIONS);
    let of = |step: usize| Some(history(&timeline, &wave(step)));
    for size in [0, 1, 2, usize::MAX] {
        for horizon in [0, 1, usize::MAX] {
            let settings = Settings {
                beta_window: size,
                beta_min: 0,
                ridge_window: size,
                ridge_min: 0,
                spread_window: size,
                spread_min: 0,
                har_rows: size,
                har_min: 0,
                har_horizon: horizon,
                correlation_window: size,
                correlation_min: 0,
                covariance_window: size,
                ..Settings::default()
            };
            let styles = vec![StyleFactor { name: "value".to_owned(), history: of(7) }];
            let yardsticks = Yardsticks::new(settings.clone(), &timeline, of(3), of(5), styles);
            let found = symbol_risk(&yardsticks, &of(4).unwrap());
            assert!(figures(&found).into_iter().all(|figure| figure.map_or(true, f64::is_finite)), "{size}");
            let (one, other) = ("A".parse().unwrap(), "B".parse().unwrap());
            let (a, b) = (of(4).unwrap(), of(5).unwrap());
            let named =
                [risk::Named { symbol: &one, history: &a }, risk::Named { symbol: &other, history: &b }];
            let correlation = risk::correlation(&timeline, &named, &settings);
            assert_eq!(correlation.matrix.is_ok(), size > 1, "{size}");
            risk::covariance(&timeline, &named, &settings);
        }
    }
}
