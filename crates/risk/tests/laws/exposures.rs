//! Sums over positions: scaling, order, coverage, and what has no ratio.

use std::collections::BTreeMap;

use model::Symbol;
use proptest::prelude::*;
use quant::{BlackScholes, OptionType};
use risk::{
    Absent, AssetClass, Exposure, Exposures, Figure, History, Scaled, Settings, Stake, concentration,
    covariance, ex_ante, exposure_returns, factor_exposure, greeks, sector_exposures,
};

use super::draws::{history, holed_returns, named, near, symbols, timeline};

const SESSIONS: usize = 80;

fn settings() -> Settings {
    Settings { har_rows: 30, har_min: 10, covariance_window: 60, correlation_min: 20, ..Settings::default() }
}

fn asset(symbol: &Symbol, dollars: f64) -> Exposure {
    let class = AssetClass::Sector(format!("Sector {symbol}"));
    Exposure { symbol: symbol.clone(), stake: Stake::Asset { units: dollars / 8.0, price: 8.0, class } }
}

/// Every figure of exposures that is a sum, by name.
fn figures(exposures: &Exposures, all: &[Vec<Option<f64>>]) -> BTreeMap<String, Scaled> {
    let timeline = timeline(SESSIONS);
    let histories: Vec<History> = all.iter().map(|returns| history(&timeline, returns)).collect();
    let symbols = symbols(all.len());
    let named = named(&symbols, &histories);
    let mut found = BTreeMap::new();
    let mut insert = |name: &str, figure: Scaled| found.insert(name.to_owned(), figure);
    let beta = factor_exposure(exposures, |symbol| Ok(f64::from(symbol.as_str().as_bytes()[0] - b'A') * 0.3));
    insert("beta", beta.total);
    insert("gross", exposures.scaled(Ok(exposures.totals().gross)));
    insert("net", exposures.scaled(Ok(exposures.totals().net)));
    if let Ok(returns) = exposure_returns(exposures, &timeline, &named, &settings()) {
        let volatility = returns.volatility(&settings());
        insert("realized_21", volatility.realized_21);
        insert("realized_63", volatility.realized_63);
        insert("forecast", volatility.forecast);
        let tails = returns.tails(&settings());
        insert("historical_var", tails.of_95.historical_var);
        insert("parametric_shortfall", tails.of_99.parametric_shortfall);
    }
    if let Ok(ex_ante) = ex_ante(exposures, &covariance(&timeline, &named, &settings())) {
        insert("ex_ante", ex_ante.volatility_annual);
    }
    for sector in sector_exposures(exposures, &BTreeMap::new()).sectors {
        insert(sector.sector.as_str(), sector.net);
    }
    found
}

fn compare(one: Figure, other: Figure, scale: f64, what: &str) -> Result<(), TestCaseError> {
    match (one, other) {
        (Ok(one), Ok(other)) => near(other, one * scale, 1e-9, 1e-9),
        (one, other) => {
            prop_assert_eq!(one.err(), other.err(), "{}", what);
            Ok(())
        }
    }
}

prop_compose! {
    fn books()(
        all in prop::collection::vec(holed_returns(SESSIONS), 5),
        dollars in prop::collection::vec(prop_oneof![-1e4..1e4, 1.0..1e4], 1..9),
        equity in prop_oneof![4 => 1e3..1e5, 1 => Just(0.0), 1 => -1e4..0.0],
    ) -> (Vec<Vec<Option<f64>>>, Vec<f64>, f64) {
        (all, dollars, equity)
    }
}

fn held(dollars: &[f64]) -> Vec<Exposure> {
    let symbols = symbols(5);
    dollars.iter().enumerate().map(|(at, dollars)| asset(&symbols[at % 5], *dollars)).collect()
}

proptest! {
    #[test]
    fn scaling_a_portfolio_scales_its_dollars_and_leaves_its_ratios(
        (all, dollars, equity) in books(),
        scale in 0.01..100.0,
    ) {
        let one = figures(&Exposures::new(held(&dollars), equity), &all);
        let scaled: Vec<f64> = dollars.iter().map(|dollars| dollars * scale).collect();
        let other = figures(&Exposures::new(held(&scaled), equity * scale), &all);
        prop_assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, figure) in &one {
            compare(figure.dollars, other[name].dollars, scale, name)?;
            compare(figure.ratio, other[name].ratio, 1.0, name)?;
            if equity <= 0.0 {
                prop_assert!(figure.ratio.is_err(), "{} has a ratio to {}", name, equity);
            }
        }
        let of = |dollars: &[f64]| concentration(&Exposures::new(held(dollars), equity));
        compare(of(&dollars).hhi, of(&scaled).hhi, 1.0, "hhi")?;
    }

    #[test]
    fn the_order_of_positions_changes_nothing(
        (all, dollars, equity) in books(),
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let positions = held(&dollars);
        let shuffled: Vec<Exposure> = order.iter().filter_map(|at| positions.get(*at).cloned()).collect();
        let one = figures(&Exposures::new(positions, equity), &all);
        prop_assert_eq!(one, figures(&Exposures::new(shuffled, equity), &all));
    }

    #[test]
    fn figures_are_finite_or_absent_whatever_the_numbers(
        units in prop::collection::vec(any::<f64>(), 1..6),
        prices in prop::collection::vec(any::<f64>(), 6),
        equity in any::<f64>(),
        all in prop::collection::vec(prop::collection::vec(prop::option::of(any::<f64>()), SESSIONS), 5),
    ) {
        let symbols = symbols(5);
        let terms = |spot: f64| BlackScholes {
            option_type: OptionType::Put,
            spot,
            strike: 1.0,
            years: 0.5,
            rate_annual: -0.01,
            dividend_yield_annual: 0.0,
            volatility_annual: 0.3,
        };
        let entry = |(at, (units, price)): (usize, (&f64, &f64))| Exposure {
            symbol: symbols[at % 5].clone(),
            stake: match at % 3 {
                0 => Stake::Asset { units: *units, price: *price, class: AssetClass::Fund },
                1 => Stake::Option { units: *units, terms: terms(*price) },
                _ => Stake::Private { dollars: *units },
            },
        };
        let entries: Vec<Exposure> = units.iter().zip(&prices).enumerate().map(entry).collect();
        let exposures = Exposures::new(entries, equity);
        let is_fine = |figure: Figure| figure.map_or(true, f64::is_finite);
        for (name, figure) in figures(&exposures, &all) {
            prop_assert!(is_fine(figure.dollars) && is_fine(figure.ratio), "{}: {:?}", name, figure);
        }
        let totals = exposures.totals();
        prop_assert!([totals.gross, totals.net, totals.long, totals.short].iter().all(|sum| sum.is_finite()));
        let found = concentration(&exposures);
        prop_assert!([found.hhi, found.effective_count, found.top_3, found.top_10].into_iter().all(is_fine));
        let total = greeks(&exposures).total;
        prop_assert!([total.delta_dollars, total.gamma_dollars, total.vega, total.theta, total.rho].into_iter().all(is_fine));
    }
}

#[test]
fn a_market_neutral_book_has_a_beta_of_nothing_and_a_net_short_one_a_negative_beta() {
    let symbols = symbols(2);
    let beta = |dollars: [f64; 2]| {
        let held = vec![asset(&symbols[0], dollars[0]), asset(&symbols[1], dollars[1])];
        factor_exposure(&Exposures::new(held, 100.0), |_| Ok(1.0)).total.ratio
    };
    assert_eq!(beta([100.0, -100.0]), Ok(0.0));
    assert_eq!(beta([50.0, -100.0]), Ok(-0.5));
    assert_eq!(beta([200.0, 50.0]), Ok(2.5));
}

#[test]
fn what_has_no_figure_is_listed_and_what_is_covered_is_told() {
    let symbols = symbols(3);
    let mut held: Vec<Exposure> = symbols.iter().map(|symbol| asset(symbol, 100.0)).collect();
    held.push(Exposure { symbol: symbols[0].clone(), stake: Stake::Private { dollars: 300.0 } });
    let exposures = Exposures::new(held, 1_000.0);
    let found = factor_exposure(&exposures, |symbol| match symbol.as_str() {
        "B" => Err(Absent::NoFactor),
        _ => Ok(2.0),
    });
    assert_eq!(found.total.ratio, Ok(0.4));
    assert!((found.covered_share.unwrap() - 2.0 / 3.0).abs() < 1e-15);
    let missing: Vec<(usize, Absent)> =
        found.missing.iter().map(|missing| (missing.exposure, missing.reason)).collect();
    assert_eq!(missing, [(1, Absent::NoFactor), (3, Absent::PrivateHolding)]);
    assert_eq!(exposures.totals().private_share, Ok(0.5));
    let nothing = factor_exposure(&exposures, |_| Err(Absent::NoFactor));
    assert_eq!(nothing.total.dollars, Err(Absent::NothingCovered));
    let empty = Exposures::new(Vec::new(), 1_000.0);
    assert_eq!(factor_exposure(&empty, |_| Ok(1.0)).total.dollars, Err(Absent::NoExposure));
    assert_eq!(concentration(&empty).hhi, Err(Absent::NoExposure));
}

#[test]
fn what_is_covered_is_not_told_of_exposures_that_are_not_all_known() {
    let timeline = timeline(SESSIONS);
    let wave: Vec<Option<f64>> = (0..SESSIONS).map(|at| Some(0.01 * (at % 5) as f64)).collect();
    let histories = [history(&timeline, &wave), history(&timeline, &wave)];
    let symbols = symbols(2);
    let named = named(&symbols, &histories);
    let lost = || Exposure {
        symbol: symbols[1].clone(),
        stake: Stake::Unknown { reason: Absent::NoUnderlyingPrice },
    };
    let covariance = risk::covariance(&timeline, &named, &settings());
    // Beside a stock whose figures are known the option may be any size.
    let both = Exposures::new(vec![asset(&symbols[0], 100.0), lost()], 1_000.0);
    let found = factor_exposure(&both, |_| Ok(2.0));
    assert_eq!((found.total.dollars, found.covered_share), (Ok(200.0), Err(Absent::UnknownExposure)));
    let found = risk::ex_ante(&both, &covariance).unwrap();
    assert!(found.volatility_annual.dollars.is_ok());
    assert_eq!(found.covered_share, Err(Absent::UnknownExposure));
    // Alone it is no exposure of zero.
    let alone = Exposures::new(vec![lost()], 1_000.0);
    let found = factor_exposure(&alone, |_| Ok(2.0));
    assert_eq!((found.total.dollars, found.missing.len()), (Err(Absent::UnknownExposure), 1));
    assert_eq!(alone.totals().known(0.0), Err(Absent::UnknownExposure));
    assert_eq!(both.totals().known(100.0), Ok(100.0));
    assert_eq!(risk::ex_ante(&alone, &covariance), Err(Absent::UnknownExposure));
    assert_eq!(concentration(&alone).hhi, Err(Absent::UnknownExposure));
    assert_eq!(concentration(&alone).top_3, Err(Absent::UnknownExposure));
    let returns = exposure_returns(&alone, &timeline, &named, &settings());
    assert_eq!(returns, Err(Absent::UnknownExposure));
}

#[test]
fn sessions_with_too_little_of_the_exposure_are_left_out_and_counted() {
    let timeline = timeline(SESSIONS);
    let wave: Vec<Option<f64>> = (0..SESSIONS).map(|at| Some(0.01 * (at % 5) as f64)).collect();
    let mut holed = wave.clone();
    holed[70] = None;
    let histories = [history(&timeline, &wave), history(&timeline, &holed)];
    let symbols = symbols(2);
    let named = named(&symbols, &histories);
    let counts = |dollars: [f64; 2]| {
        let held = vec![asset(&symbols[0], dollars[0]), asset(&symbols[1], dollars[1])];
        let found = exposure_returns(&Exposures::new(held, 100.0), &timeline, &named, &settings()).unwrap();
        (found.returns.len(), found.left_out_count, found.partly_covered_count)
    };
    let sessions = 30 + 21 + 21;
    assert_eq!(counts([80.0, 20.0]), (sessions - 1, 1, 0));
    assert_eq!(counts([96.0, -4.0]), (sessions, 0, 1));
}

#[test]
fn expired_options_and_those_without_volatility_have_the_greeks_of_their_pay_off() {
    let option = |strike: f64, years: f64, volatility_annual: f64| Exposure {
        symbol: symbols(1)[0].clone(),
        stake: Stake::Option {
            units: -100.0,
            terms: BlackScholes {
                option_type: OptionType::Call,
                spot: 50.0,
                strike,
                years,
                rate_annual: -0.02,
                dividend_yield_annual: 0.0,
                volatility_annual,
            },
        },
    };
    let held =
        vec![option(40.0, 0.0, 0.3), option(50.0, 0.0, 0.3), option(60.0, 0.5, 0.0), option(40.0, -1.0, 0.3)];
    let found = greeks(&Exposures::new(held, 1_000.0));
    assert_eq!(found.positions[0].unwrap().delta, -100.0);
    assert_eq!(found.positions[2].unwrap().delta, 0.0);
    let reasons: Vec<(usize, &str)> =
        found.missing.iter().map(|missing| (missing.exposure, missing.reason.as_str())).collect();
    assert_eq!(reasons, [(1, "payoff_kink"), (3, "invalid_input")]);
    assert_eq!(found.total.delta_dollars, Ok(-5_000.0));
}
