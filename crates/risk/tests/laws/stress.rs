//! What scenarios do to stocks and options.

use model::Symbol;
use proptest::prelude::*;
use quant::{BlackScholes, OptionType};
use risk::{
    Absent, AssetClass, Exposure, Exposures, JointBasis, JointFit, Scenario, Settings, Stake, Stress,
    StressMode, StyleFactor, Yardsticks, default_scenarios, greeks, stress,
};

use super::draws::{history, near, returns, symbols, timeline};

const SESSIONS: usize = 91;

fn yardsticks(series: &[Vec<f64>]) -> Yardsticks {
    let timeline = timeline(SESSIONS);
    let of = |at: usize| {
        let returns: Vec<Option<f64>> = series[at].iter().copied().map(Some).collect();
        Some(history(&timeline, &returns))
    };
    let names = ["value", "growth", "momentum", "quality", "size", "low_volatility"];
    let styles = names
        .iter()
        .enumerate()
        .map(|(at, name)| StyleFactor { name: (*name).to_owned(), history: of(at + 2) });
    Yardsticks::new(Settings::default(), &timeline, of(0), of(1), styles.collect())
}

fn models(basis: &JointBasis, series: &[Vec<f64>]) -> Vec<JointFit> {
    let timeline = timeline(SESSIONS);
    let fit = |returns: &Vec<f64>| {
        let returns: Vec<Option<f64>> = returns.iter().copied().map(Some).collect();
        basis.fit(&history(&timeline, &returns)).value.unwrap()
    };
    series.iter().map(fit).collect()
}

fn stock(symbol: &Symbol, dollars: f64) -> Exposure {
    let stake = Stake::Asset { units: dollars, price: 1.0, class: AssetClass::Unknown };
    Exposure { symbol: symbol.clone(), stake }
}

fn stressed(
    entries: Vec<Exposure>,
    basis: &JointBasis,
    models: &[JointFit],
    scenario: &Scenario,
    mode: StressMode,
) -> Stress {
    let symbols = symbols(models.len());
    let model_of = |symbol: &Symbol| {
        let at = symbols.iter().position(|known| known == symbol);
        at.map(|at| &models[at]).ok_or(Absent::NoFactor)
    };
    stress(&Exposures::new(entries, 1_000.0), basis, model_of, scenario, mode).unwrap()
}

fn option(symbol: &Symbol, option_type: OptionType, units: f64) -> Exposure {
    let terms = BlackScholes {
        option_type,
        spot: 100.0,
        strike: 95.0,
        years: 0.5,
        rate_annual: -0.005,
        dividend_yield_annual: 0.01,
        volatility_annual: 0.3,
    };
    Exposure { symbol: symbol.clone(), stake: Stake::Option { units, terms } }
}

proptest! {
    #[test]
    fn the_stress_of_stocks_is_linear(
        series in prop::collection::vec(returns(SESSIONS), 10),
        dollars in prop::collection::vec(-1e4..1e4, 2),
        scale in -3.0..3.0,
        pick in 0..default_scenarios().len(),
        is_correlated in any::<bool>(),
    ) {
        let yardsticks = yardsticks(&series);
        let basis = yardsticks.joint().unwrap();
        let models = models(basis, &series[8..]);
        let mode = if is_correlated { StressMode::Correlated } else { StressMode::Direct };
        let scenario = default_scenarios().swap_remove(pick);
        let gain = |entries: Vec<Exposure>, scenario: &Scenario| {
            stressed(entries, basis, &models, scenario, mode).total.dollars.unwrap()
        };
        let symbols = symbols(2);
        let held = |at: usize, times: f64| stock(&symbols[at], dollars[at] * times);
        let both = gain(vec![held(0, 1.0), held(1, 1.0)], &scenario);
        let apart = gain(vec![held(0, 1.0)], &scenario) + gain(vec![held(1, 1.0)], &scenario);
        near(both, apart, 1e-9, 1e-7)?;
        near(gain(vec![held(0, scale), held(1, scale)], &scenario), scale * both, 1e-9, 1e-7)?;
        let scaled = Scenario {
            market: scenario.market.map(|market| scale * market),
            yield_change: scenario.yield_change.map(|change| scale * change),
            styles: scenario.styles.iter().map(|(name, own_move)| (name.clone(), scale * own_move)).collect(),
            ..scenario
        };
        near(gain(vec![held(0, 1.0), held(1, 1.0)], &scaled), scale * both, 1e-8, 1e-6)?;
    }

    #[test]
    fn gains_of_positions_and_of_factors_add_up(
        series in prop::collection::vec(returns(SESSIONS), 10),
        dollars in prop::collection::vec(-1e4..1e4, 2),
        units in -100.0..100.0,
        pick in 0..default_scenarios().len(),
    ) {
        let yardsticks = yardsticks(&series);
        let basis = yardsticks.joint().unwrap();
        let models = models(basis, &series[8..]);
        let symbols = symbols(2);
        let entries = vec![
            stock(&symbols[0], dollars[0]),
            stock(&symbols[1], dollars[1]),
            option(&symbols[0], OptionType::Put, units),
        ];
        let scenario = default_scenarios().swap_remove(pick);
        let found = stressed(entries, basis, &models, &scenario, StressMode::Correlated);
        let total = found.total.dollars.unwrap();
        let positions: f64 = found.positions.iter().map(|position| position.unwrap().dollars).sum();
        near(positions, total, 1e-9, 1e-7)?;
        let factors: f64 = found.by_factor.iter().map(|(_, dollars)| dollars.unwrap()).sum();
        near(factors + found.beyond_delta.unwrap().unwrap(), total, 1e-9, 1e-7)?;
    }

    #[test]
    fn puts_and_calls_stay_in_parity_under_stress(
        series in prop::collection::vec(returns(SESSIONS), 9),
        market in -0.9..0.9,
        yield_change in -0.03..0.03,
        volatility_change in -0.2..0.5,
    ) {
        let yardsticks = yardsticks(&series);
        let basis = yardsticks.joint().unwrap();
        // A symbol that does what the benchmark does.
        let models = models(basis, &series[..1]);
        let symbols = symbols(1);
        let scenario = Scenario {
            market: Some(market), yield_change: Some(yield_change), volatility_change, ..Scenario::default()
        };
        let gain = |entry: Exposure| {
            let found = stressed(vec![entry], basis, &models, &scenario, StressMode::Direct);
            found.total.dollars.unwrap()
        };
        let call = gain(option(&symbols[0], OptionType::Call, 1.0));
        let put = gain(option(&symbols[0], OptionType::Put, 1.0));
        let forward = |spot: f64, rate: f64| spot * (-0.005_f64).exp() - 95.0 * (-rate * 0.5).exp();
        let expect = forward(100.0 * (1.0 + market), -0.005 + yield_change) - forward(100.0, -0.005);
        near(call - put, expect, 1e-9, 1e-9)?;
    }
}

proptest! {
    #[test]
    fn greeks_are_the_slopes_of_small_stresses(
        series in prop::collection::vec(returns(SESSIONS), 9),
        is_call in any::<bool>(),
        units in prop_oneof![-1e3..-1.0, 1.0..1e3],
    ) {
        let yardsticks = yardsticks(&series);
        let basis = yardsticks.joint().unwrap();
        let models = models(basis, &series[..1]);
        let symbols = symbols(1);
        let held = option(&symbols[0], if is_call { OptionType::Call } else { OptionType::Put }, units);
        let gain = |market: f64, yield_change: f64, volatility_change: f64| {
            let scenario = Scenario {
                market: Some(market), yield_change: Some(yield_change), volatility_change, ..Scenario::default()
            };
            let found = stressed(vec![held.clone()], basis, &models, &scenario, StressMode::Direct);
            found.total.dollars.unwrap()
        };
        let found = greeks(&Exposures::new(vec![held.clone()], 1e6)).positions[0].unwrap();
        let step = 1e-3;
        let slope = |up: f64, down: f64| (up - down) / (2.0 * step);
        let absolute = 1e-3 * units.abs();
        near(slope(gain(step, 0.0, 0.0), gain(-step, 0.0, 0.0)), found.delta_dollars, 1e-3, absolute)?;
        near(slope(gain(0.0, step, 0.0), gain(0.0, -step, 0.0)), found.rho, 1e-3, absolute)?;
        near(slope(gain(0.0, 0.0, step), gain(0.0, 0.0, -step)), found.vega, 1e-3, absolute)?;
        let bend = (gain(step, 0.0, 0.0) + gain(-step, 0.0, 0.0)) / (step * step);
        near(bend, found.gamma_dollars, 1e-3, absolute)?;
    }

    #[test]
    fn stress_is_finite_or_absent_whatever_the_numbers(
        series in prop::collection::vec(
            prop::collection::vec(prop_oneof![any::<f64>(), -0.1..0.1, Just(0.0), Just(1e-308)], SESSIONS),
            9,
        ),
        moves in prop::collection::vec(any::<f64>(), 4),
        units in any::<f64>(),
        is_correlated in any::<bool>(),
    ) {
        let yardsticks = yardsticks(&series);
        let Ok(basis) = yardsticks.joint() else { return Ok(()) };
        let returns: Vec<Option<f64>> = series[8].iter().copied().map(Some).collect();
        let fit = basis.fit(&history(yardsticks.timeline(), &returns));
        let symbols = symbols(1);
        let held = vec![stock(&symbols[0], units), option(&symbols[0], OptionType::Call, units)];
        let scenario = Scenario {
            market: Some(moves[0]),
            yield_change: Some(moves[1]),
            styles: vec![("value".to_owned(), moves[2])],
            volatility_change: moves[3],
            ..Scenario::default()
        };
        let mode = if is_correlated { StressMode::Correlated } else { StressMode::Direct };
        let model_of = |_: &Symbol| fit.value.as_ref().map_err(|reason| *reason);
        let Ok(found) = stress(&Exposures::new(held, 1_000.0), basis, model_of, &scenario, mode) else {
            return Ok(());
        };
        let is_fine = |figure: risk::Figure| figure.map_or(true, f64::is_finite);
        prop_assert!(is_fine(found.total.dollars) && is_fine(found.total.ratio));
        prop_assert!(found.beyond_delta.is_none_or(is_fine));
        prop_assert!(found.by_factor.iter().all(|(_, dollars)| is_fine(*dollars)));
        prop_assert!(found.positions.iter().flatten().all(|position| position.dollars.is_finite()));
    }
}

fn wave(step: usize) -> Vec<f64> {
    (0..SESSIONS).map(|at| 0.01 * ((at * step) % 13) as f64 - 0.06).collect()
}

fn waves() -> Vec<Vec<f64>> {
    [3, 5, 7, 11, 2, 6, 4, 9].map(wave).into()
}

#[test]
fn a_yield_change_moves_the_rate_proxy_by_its_duration_whatever_the_market_does() {
    let series = waves();
    let yardsticks = yardsticks(&series);
    let basis = yardsticks.joint().unwrap();
    for market in [None, Some(-0.2)] {
        let scenario = Scenario { market, yield_change: Some(0.01), ..Scenario::default() };
        let moves = risk::factor_moves(basis, &scenario, StressMode::Direct).unwrap();
        let rate = basis.factors().next().unwrap().unwrap();
        let whole = moves.factors[0].1.unwrap() + rate.slope * moves.market;
        assert!((whole + 0.17).abs() < 1e-12, "{whole}");
        assert_eq!(moves.yield_change, 0.01);
    }
}

#[test]
fn options_are_revalued_and_not_only_multiplied_by_their_delta() {
    let series = waves();
    let yardsticks = yardsticks(&series);
    let basis = yardsticks.joint().unwrap();
    let models = models(basis, &series[..1]);
    let symbol = &symbols(1)[0];
    let scenario = Scenario { market: Some(-0.35), ..Scenario::default() };
    let put = option(symbol, OptionType::Put, 100.0);
    let found = stressed(vec![put.clone()], basis, &models, &scenario, StressMode::Direct);
    let Stake::Option { terms, .. } = put.stake else { panic!("it is an option") };
    let worth = |spot: f64| BlackScholes { spot, ..terms }.value().price.unwrap();
    let expect = 100.0 * (worth(65.0) - worth(100.0));
    assert!((found.total.dollars.unwrap() - expect).abs() < 1e-9);
    assert!(found.beyond_delta.unwrap().unwrap() > 0.0, "a holder gains from gamma");
    // A symbol three times the market falls below nothing: the put is worth its strike, and says that zero was taken.
    let steep = [JointFit { beta: 3.0, ..models[0].clone() }];
    let found = stressed(vec![put], basis, &steep, &scenario, StressMode::Direct);
    let position = found.positions[0].unwrap();
    let expect = 100.0 * (95.0 * (0.005_f64 * 0.5).exp() - worth(100.0));
    assert!(position.is_floored && (position.dollars - expect).abs() < 1e-9);
}

#[test]
fn what_is_not_covered_is_listed() {
    let series = waves();
    let yardsticks = yardsticks(&series);
    let basis = yardsticks.joint().unwrap();
    let models = models(basis, &series[..1]);
    let symbols = symbols(2);
    let private = Exposure { symbol: symbols[0].clone(), stake: Stake::Private { dollars: 500.0 } };
    let scenario = Scenario { market: Some(-0.1), ..Scenario::default() };
    let entries = vec![stock(&symbols[0], 100.0), stock(&symbols[1], 300.0), private];
    let found = stressed(entries, basis, &models, &scenario, StressMode::Direct);
    assert!((found.total.dollars.unwrap() + 10.0).abs() < 1e-12);
    assert_eq!(found.covered_share, Ok(0.25));
    let missing: Vec<(usize, Absent)> =
        found.missing.iter().map(|missing| (missing.exposure, missing.reason)).collect();
    assert_eq!(missing, [(1, Absent::NoFactor), (2, Absent::PrivateHolding)]);
    let private = Exposure { symbol: symbols[0].clone(), stake: Stake::Private { dollars: 500.0 } };
    let lost =
        Exposure { symbol: symbols[0].clone(), stake: Stake::Unknown { reason: Absent::NoVolatility } };
    let total = |entries| stressed(entries, basis, &models, &scenario, StressMode::Direct).total.dollars;
    assert_eq!(total(Vec::new()), Err(Absent::NoExposure));
    assert_eq!(total(vec![private]), Err(Absent::NoExposure), "what has no market is no exposure");
    assert_eq!(total(vec![lost.clone()]), Err(Absent::UnknownExposure));
    let beside = vec![stock(&symbols[0], 100.0), lost];
    let found = stressed(beside, basis, &models, &scenario, StressMode::Direct);
    assert_eq!((found.total.dollars.is_ok(), found.covered_share), (true, Err(Absent::UnknownExposure)));
}

#[test]
fn every_default_scenario_has_a_name_of_its_own_and_a_source() {
    let scenarios = default_scenarios();
    let mut names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), scenarios.len()), (20, 20));
    assert!(scenarios.iter().all(|scenario| !scenario.source.is_empty()));
    assert!(risk::default_replays().iter().all(|past| past.from < past.to && !past.source.is_empty()));
}
