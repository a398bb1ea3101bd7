//! The worked numbers of the pages on risk are what the code gives, and the tests that the pages name exist.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use model::{Calendar, Symbol};
use quant::{BlackScholes, OptionType};
use risk::{
    AssetClass, AttributedPosition, Exposure, Exposures, History, JointFit, Merge, Named, RangeBar, Scenario,
    SessionMoves, Settings, Stake, StressMode, StyleFactor, Timeline, Yardsticks, attribute, cluster_labels,
    concentration, correlation, covariance, ex_ante, exposure_returns, factor_exposure, greeks,
    range_volatility, regress, sector_exposures, stress, symbol_risk, volatility,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A part of a page: the paragraph that begins with a word in bold, without line breaks.
fn part_of(page: &str, part: &str) -> String {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/methods/{page}")).unwrap();
    let begin = format!("**{part}.**");
    let paragraph = text.split("\n\n").find(|paragraph| paragraph.starts_with(&begin));
    paragraph.unwrap_or_else(|| panic!("{page} has no part {part:?}")).replace('\n', " ")
}

/// Asserts that the worked number of a page says each of the words.
fn check(page: &str, words: &[String]) {
    let worked = part_of(page, "Worked number");
    for word in words {
        assert!(worked.contains(word), "{page} does not say {word:?}: {worked}");
    }
}

fn timeline(sessions_count: usize) -> Timeline {
    Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), sessions_count)
}

/// A history of returns in percent at the end of a timeline.
fn percent(timeline: &Timeline, returns: &[f64]) -> History {
    let sessions = &timeline.sessions()[timeline.len() - returns.len()..];
    History::of_returns(timeline, sessions.iter().copied().zip(returns.iter().map(|value| value / 100.0)))
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn asset(text: &str, dollars: f64) -> Exposure {
    let class = AssetClass::Sector("Energy".to_owned());
    Exposure { symbol: symbol(text), stake: Stake::Asset { units: dollars, price: 1.0, class } }
}

/// Returns in percent of two series with means of zero, deviations of 1 and a correlation.
fn pair_with(correlation: f64, sessions_count: usize) -> (Vec<f64>, Vec<f64>) {
    let scale = ((sessions_count - 1) as f64 / sessions_count as f64).sqrt();
    let of = |at: usize| match at % 4 {
        0 => (1.0, 1.0),
        1 => (1.0, -1.0),
        2 => (-1.0, 1.0),
        _ => (-1.0, -1.0),
    };
    let beside = (1.0 - correlation * correlation).sqrt();
    let pairs = (0..sessions_count).map(of);
    pairs.map(|(one, two)| (scale * one, scale * (correlation * one + beside * two))).unzip()
}

#[test]
fn worked_numbers_of_betas() {
    let timeline = timeline(4);
    let settings = Settings { ridge_min: 4, spread_min: 3, ..Settings::default() };
    let series = |returns: &[f64]| percent(&timeline, returns);
    let fit = regress(&series(&[2.0, 3.0, 7.0]), &series(&[1.0, 2.0, 3.0]), 90, 3).value.unwrap();
    check(
        "market-and-rate-beta.md",
        &[
            format!("= {:.1}", fit.beta),
            format!("alpha of {:.0} % a day", 100.0 * fit.alpha),
            format!("= {:.4}, t is {:.4}", fit.std_error.unwrap(), fit.t.unwrap()),
            format!("= {:.4} and p", fit.r_squared.unwrap()),
            format!("= {:.4}.", fit.p.unwrap()),
        ],
    );
    let style =
        |name: &str, returns: &[f64]| StyleFactor { name: name.to_owned(), history: Some(series(returns)) };
    let one = Yardsticks::new(
        settings.clone(),
        &timeline,
        None,
        None,
        vec![style("value", &[1.0, -1.0, 1.0, -1.0])],
    );
    let fit = symbol_risk(&one, &series(&[2.0, -2.0, 2.0, -2.0])).style.value.unwrap();
    check(
        "style-betas.md",
        &[format!("a beta of {:.1}", fit.betas[0].unwrap()), format!("= {:.2}.", fit.r_squared.unwrap())],
    );
    let styles = vec![style("growth", &[3.0, 1.0, 2.0]), style("value", &[1.0, 2.0, 2.0])];
    let two = Yardsticks::new(settings, &timeline, None, None, styles);
    let spread = &symbol_risk(&two, &series(&[4.0, -2.0, 1.0])).spreads[0].1;
    let fit = spread.value.as_ref().unwrap();
    check(
        "spread-betas.md",
        &[format!("= {:.4} on it", fit.beta), format!("= {:.4} % a day", 100.0 * fit.alpha)],
    );
}

#[test]
fn worked_numbers_of_volatility() {
    let returns: Vec<f64> = (0..21).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let timeline = timeline(60);
    let as_simple = |returns: &[f64]| -> Vec<f64> {
        returns.iter().map(|value| 100.0 * (value / 100.0).exp_m1()).collect()
    };
    let found = volatility(&percent(&timeline, &as_simple(&returns)), &Settings::default());
    let annual = 100.0 * found.realized_21.value.unwrap();
    let daily = annual / 252.0_f64.sqrt();
    check("realised-volatility.md", &[format!("= {daily:.4} %"), format!("{annual:.3} %")]);

    let mut squares = vec![1e-4; 59];
    squares[54] = 5e-4;
    // Long enough ago to be in none of today's means.
    squares[30] = 3e-4;
    let returns: Vec<f64> = squares.iter().map(|square: &f64| 100.0 * square.sqrt()).collect();
    let settings = Settings { har_rows: 30, har_min: 10, har_horizon: 1, ..Settings::default() };
    let har = volatility(&percent(&timeline, &as_simple(&returns)), &settings).har.value.unwrap();
    let [day, week, month] = har.regressors;
    let forecast = 2e-5 + 0.1 * day + 0.3 * week + 0.4 * month;
    check(
        "volatility-forecast.md",
        &[
            format!("regressors {:.0}e-4", 1e4 * day),
            format!("= {:.1}e-4", 1e4 * week),
            format!("= {:.4}e-4", 1e4 * month),
            format!("{:.4}e-4 a day", 1e4 * forecast),
            format!("{:.3} %", 100.0 * (252.0 * forecast).sqrt()),
        ],
    );

    let bar = RangeBar { close_before: 100.0, open: 100.0, high: 110.0, low: 100.0, close: 100.0 };
    let found = range_volatility(&[bar]);
    check(
        "range-volatility.md",
        &[found.parkinson, found.garman_klass, found.rogers_satchell]
            .map(|number| format!("{:.4}", number.unwrap())),
    );
}

#[test]
fn worked_numbers_of_correlations() {
    let timeline = timeline(60);
    let (one, two) = pair_with(0.5, 60);
    let histories = [percent(&timeline, &one), percent(&timeline, &two)];
    let symbols = [symbol("A"), symbol("B")];
    let named: Vec<Named<'_>> =
        symbols.iter().zip(&histories).map(|(symbol, history)| Named { symbol, history }).collect();
    let settings = Settings { correlation_window: 60, ..Settings::default() };
    let matrix = correlation(&timeline, &named, &settings).matrix.unwrap();
    check(
        "correlation.md",
        &[
            format!("correlation of {:.1} have", matrix.coefficients.get(0, 1).unwrap()),
            format!("= {:.4} bets", matrix.effective_bets.unwrap()),
        ],
    );
    let height = |rho: f64| ((1.0 - rho) / 2.0_f64).sqrt();
    let tree = [
        Merge { left: 0, right: 1, height: height(0.9), size: 2 },
        Merge { left: 2, right: 3, height: 0.5 * (height(0.5) + height(0.3)), size: 3 },
    ];
    let labels = cluster_labels(&tree, 3, height(Settings::default().cluster_cut));
    check(
        "clusters.md",
        &[
            format!("= {:.4}. Three", height(0.7)),
            format!("= {:.4}, and C", tree[0].height),
            format!("= {:.4}, above", tree[1].height),
            format!("labels {}, {} and {}.", labels[0], labels[1], labels[2]),
        ],
    );
}

#[test]
fn worked_numbers_of_exposures() {
    let held = Exposures::new(vec![asset("A", 150.0), asset("B", -50.0)], 100.0);
    let beta = factor_exposure(&held, |symbol| Ok(if symbol.as_str() == "A" { 1.2 } else { 0.8 }));
    let totals = held.totals();
    check(
        "exposure.md",
        &[
            format!("gross {:.0}, net {:.0}", totals.gross, totals.net),
            format!("= {:.0} dollars", beta.total.dollars.unwrap()),
            format!("a beta of {:.1}", beta.total.ratio.unwrap()),
        ],
    );
    let shares = Exposures::new(vec![asset("A", 50.0), asset("B", 30.0), asset("C", 20.0)], 100.0);
    let found = concentration(&shares);
    let effective = format!("{:.4} positions", found.effective_count.unwrap());
    check("concentration.md", &[format!("= {:.2}", found.hhi.unwrap()), effective]);
    let energy = Exposures::new(vec![asset("A", 70.0), asset("B", -30.0)], 100.0);
    let weights = BTreeMap::from([("Energy".to_owned(), 0.05)]);
    let sector = sector_exposures(&energy, &weights).sectors.remove(0);
    let of = |ratio: risk::Figure| 100.0 * ratio.unwrap();
    check(
        "sector-exposures.md",
        &[
            format!("net {:.0} %, gross {:.0} %", of(sector.net.ratio), of(sector.gross.ratio)),
            format!("active weight is {:.0} %", of(sector.active.unwrap())),
        ],
    );
    let terms = BlackScholes {
        option_type: OptionType::Call,
        spot: 100.0,
        strike: 100.0,
        years: 1.0,
        rate_annual: 0.0,
        dividend_yield_annual: 0.0,
        volatility_annual: 0.2,
    };
    let calls = Exposure { symbol: symbol("A"), stake: Stake::Option { units: 1_000.0, terms } };
    let found = greeks(&Exposures::new(vec![calls], 1e6)).positions[0].unwrap();
    let thousands = |number: f64| format!("{:.0},{:06.2}", (number / 1e3).floor(), number % 1e3);
    check(
        "greeks-of-positions.md",
        &[
            format!("{:.2} units", found.delta),
            format!("{} dollars; vega", thousands(found.delta_dollars)),
            format!("vega is {} dollars", thousands(found.vega)),
        ],
    );
}

#[test]
fn worked_numbers_of_exposures_over_time() {
    let timeline = timeline(80);
    let settings = Settings { har_horizon: 1, correlation_min: 60, ..Settings::default() };
    let symbols = [symbol("A"), symbol("B")];
    let with = |one: &[f64], two: &[f64], dollars: [f64; 2], equity: f64| {
        let histories = [percent(&timeline, one), percent(&timeline, two)];
        let named: Vec<Named<'_>> =
            symbols.iter().zip(&histories).map(|(symbol, history)| Named { symbol, history }).collect();
        let held = Exposures::new(vec![asset("A", dollars[0]), asset("B", dollars[1])], equity);
        let covariance = covariance(&timeline, &named, &settings);
        (exposure_returns(&held, &timeline, &named, &settings).unwrap(), ex_ante(&held, &covariance))
    };
    let (returns, _) = with(&[1.0], &[2.0], [80.0, -20.0], 50.0);
    let found = returns.scaled(Ok(returns.returns[0]));
    check(
        "exposure-volatility.md",
        &[
            format!("= {:.1} dollars", found.dollars.unwrap()),
            format!("{:.1} % of the gross", 100.0 * returns.returns[0]),
            format!("{:.1} % of the equity", 100.0 * found.ratio.unwrap()),
        ],
    );
    let (one, two) = pair_with(0.5, 60);
    let twice: Vec<f64> = two.iter().map(|value| 2.0 * value).collect();
    let found = with(&one, &twice, [60.0, 40.0], 100.0).1.unwrap();
    let deviation = found.deviation_daily.dollars.unwrap();
    check(
        "ex-ante-volatility.md",
        &[
            format!("= {:.2} dollars squared", deviation * deviation),
            format!("deviation {deviation:.4} dollars a day"),
            format!("and {:.3} a year", found.volatility_annual.dollars.unwrap()),
            format!("= {:.2} %", 100.0 * found.contributions[0].share.unwrap()),
            format!("= {:.4}.", found.diversification_ratio.unwrap()),
        ],
    );
    let tails = with(&one, &one, [60.0, 40.0], 100.0).0.tails(&settings);
    let of = |scaled: risk::Scaled| 100.0 * scaled.ratio.unwrap();
    check(
        "losses-of-exposures.md",
        &[
            format!(
                "{:.4} and {:.4} % are not",
                of(tails.of_95.parametric_var),
                of(tails.of_99.parametric_var)
            ),
            format!("= {:.4} and", of(tails.of_95.parametric_shortfall)),
            format!("= {:.4} %.", of(tails.of_99.parametric_shortfall)),
        ],
    );
}

#[test]
fn worked_numbers_of_the_joint_model() {
    let timeline = timeline(4);
    let settings = Settings { ridge_min: 4, ..Settings::default() };
    let series = |returns: [f64; 4]| percent(&timeline, &returns);
    let with = |rate: [f64; 4]| {
        let benchmark = Some(series([1.0, -1.0, 1.0, -1.0]));
        Yardsticks::new(settings.clone(), &timeline, benchmark, Some(series(rate)), Vec::new())
    };
    let yardsticks = with([2.0, 0.0, 0.0, -2.0]);
    let basis = yardsticks.joint().unwrap();
    let fit = basis.fit(&series([3.0, 1.0, -1.0, -3.0])).value.unwrap();
    check(
        "joint-model.md",
        &[
            format!("its slope is {:.0}", basis.factors().next().unwrap().unwrap().slope),
            format!("has a beta of {:.0}", fit.beta),
            format!("= {:.1}.", fit.coefficients[0].unwrap()),
        ],
    );
    // The rate proxy falls by 0.3 for 1 of the benchmark, and moves by itself as well.
    let yardsticks = with([0.7, 1.3, -1.3, -0.7]);
    let basis = yardsticks.joint().unwrap();
    let model = JointFit { alpha: 0.0, beta: 1.2, coefficients: vec![Ok(0.5)], r_squared: Ok(0.5) };
    let held = Exposures::new(vec![asset("A", 1_000.0)], 1_000.0);
    let gain = |market: Option<f64>, yield_change: Option<f64>| {
        let scenario = Scenario { market, yield_change, ..Scenario::default() };
        let found = stress(&held, basis, |_| Ok(&model), &scenario, StressMode::Direct);
        found.unwrap().total.dollars.unwrap()
    };
    check(
        "stress.md",
        &[
            format!("falls by 10 %: {:.0} dollars", gain(Some(-0.1), None)),
            format!("so {:.0} dollars. Both", gain(None, Some(0.01))),
            format!("= {:.0} dollars. Of", gain(Some(-0.1), Some(0.01))),
        ],
    );
    let yardsticks = with([2.0, 0.0, 0.0, -2.0]);
    let position =
        AttributedPosition { weight: 0.5, contribution: Ok(0.0125), model: Ok(&model), sector: None };
    let moves = SessionMoves { market: 0.01, factors: vec![Ok(0.03)], sectors: BTreeMap::new() };
    let found = attribute(0.0125, &[position], yardsticks.joint().unwrap(), &moves).unwrap();
    check(
        "attribution.md",
        &[
            format!("= {:.1} %, style", 100.0 * found.market),
            format!("= {:.1} %, rest", 100.0 * found.factors[0].1),
            format!("= {:.2} %.", 100.0 * found.rest),
        ],
    );
}

/// The pages on risk, as the index lists them.
fn pages() -> Vec<String> {
    let index = std::fs::read_to_string(format!("{ROOT}/docs/methods/README.md")).unwrap();
    let (_, risk) = index.split_once("## Risk").unwrap();
    risk.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

#[test]
fn every_page_has_its_parts_and_names_tests_that_exist() {
    let pages = pages();
    assert_eq!(pages.iter().collect::<BTreeSet<_>>().len(), 19);
    for page in pages {
        for part in ["Convention", "Worked number", "Source"] {
            part_of(&page, part);
        }
        let held_by = part_of(&page, "Held by");
        let (names, files): (Vec<&str>, Vec<&str>) =
            held_by.split('`').skip(1).step_by(2).partition(|word| !word.contains('/'));
        let texts: String =
            files.iter().map(|file| std::fs::read_to_string(format!("{ROOT}/{file}")).unwrap()).collect();
        assert!(!names.is_empty(), "{page} is held by nothing");
        for name in names {
            assert!(
                texts.contains(&format!("fn {name}(")),
                "{page} names a test {name:?} that does not exist"
            );
        }
    }
}
