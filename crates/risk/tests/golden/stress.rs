//! Stress and attribution of twenty stocks as they were.

use model::{Calendar, Date, Symbol};
use risk::{
    AssetClass, AttributedPosition, Exposure, Exposures, Figure, History, JointFit, Named, Scenario,
    SessionMoves, Settings, Stake, StressMode, StyleFactor, Timeline, Yardsticks, attribute, default_replays,
    default_scenarios, factor_moves, regress, replay, stress,
};

use super::tables::{Market, STOCKS, agree, up_to};

const STYLES: [(&str, &str); 5] = [
    ("momentum", "MTUM"),
    ("quality", "QUAL"),
    ("size", "SIZE"),
    ("low_volatility", "USMV"),
    ("value", "VLUE"),
];

fn yardsticks(timeline: &Timeline) -> Yardsticks {
    let history = |symbol: &str| Some(Market::load().history(timeline, symbol));
    let styles = STYLES.map(|(name, symbol)| StyleFactor { name: name.to_owned(), history: history(symbol) });
    Yardsticks::new(Settings::default(), timeline, history("SP500"), None, styles.into())
}

/// Twenty stocks of a thousand dollars each, on an equity of twenty thousand, with their histories.
struct Bed {
    yardsticks: Yardsticks,
    symbols: Vec<Symbol>,
    histories: Vec<History>,
    models: Vec<JointFit>,
    exposures: Exposures,
}

impl Bed {
    fn at(timeline: &Timeline) -> Bed {
        let yardsticks = yardsticks(timeline);
        let symbols: Vec<Symbol> = STOCKS.map(|symbol| symbol.parse().unwrap()).into();
        let histories: Vec<History> =
            STOCKS.iter().map(|symbol| Market::load().history(timeline, symbol)).collect();
        let basis = yardsticks.joint().unwrap();
        let models = histories.iter().map(|history| basis.fit(history).value.unwrap()).collect();
        let held = |symbol: &Symbol| Exposure {
            symbol: symbol.clone(),
            stake: Stake::Asset { units: 10.0, price: 100.0, class: AssetClass::Unknown },
        };
        let exposures = Exposures::new(symbols.iter().map(held).collect(), 20_000.0);
        Bed { yardsticks, symbols, histories, models, exposures }
    }

    fn model_of(&self, symbol: &Symbol) -> &JointFit {
        &self.models[self.symbols.iter().position(|known| known == symbol).unwrap()]
    }

    fn stressed(&self, scenario: &Scenario, mode: StressMode) -> Result<risk::Stress, risk::Absent> {
        let basis = self.yardsticks.joint().unwrap();
        stress(&self.exposures, basis, |symbol| Ok(self.model_of(symbol)), scenario, mode)
    }

    /// The returns of the twenty, equally weighted.
    fn equal_weights(&self) -> History {
        let timeline = self.yardsticks.timeline();
        let mean = |at: usize| -> Option<f64> {
            self.histories.iter().map(|history| Some(history.simple_returns().nth(at)?? / 20.0)).sum()
        };
        let sessions = timeline.sessions().iter().enumerate();
        History::of_returns(
            timeline,
            sessions.filter_map(|(at, date)| Some((*date, mean(at)?))).collect::<Vec<_>>(),
        )
    }
}

fn scenario(name: &str) -> Scenario {
    default_scenarios().into_iter().find(|scenario| scenario.name == name).unwrap()
}

#[test]
fn a_fall_of_the_market_costs_the_share_of_beta_once_and_not_twice() {
    for at in ["2016-06-30", "2020-03-31", "2021-06-30"] {
        let bed = Bed::at(&Timeline::ending(Calendar::xnys(), at.parse().unwrap(), 300));
        let found = bed.stressed(&scenario("market_down_10"), StressMode::Direct).unwrap();
        let whole = regress(&bed.equal_weights(), bed.yardsticks.benchmark().unwrap(), 90, 90).value.unwrap();
        agree(found.total.ratio, -0.1 * whole.beta, at);
        agree(found.total.dollars, -2_000.0 * whole.beta, at);
        let [market, styles @ ..] = &found.by_factor[..] else { panic!("a stress has factors") };
        agree(market.1, -2_000.0 * whole.beta, at);
        assert!(styles.iter().all(|(_, dollars)| *dollars == Ok(0.0)), "{styles:?}");
        assert_eq!((found.covered_share, found.missing.len()), (Ok(1.0), 0));
        assert!(found.beyond_delta.unwrap().unwrap().abs() < 1e-9);
    }
}

#[test]
fn correlated_moves_are_conditional_expectations() {
    let bed = Bed::at(&up_to("2020-03-31".parse().unwrap()));
    let basis = bed.yardsticks.joint().unwrap();
    let covariance = basis.ewma().value.unwrap();
    let found = factor_moves(basis, &scenario("market_down_10"), StressMode::Correlated).unwrap();
    // The factors that take part follow the benchmark in the matrix; the rate proxy has no series here.
    assert_eq!(found.factors[0], ("rate".to_owned(), Err(risk::Absent::NoFactor)));
    for (at, (name, own_move)) in found.factors[1..].iter().enumerate() {
        let expect = -0.1 * covariance.get(at + 1, 0).unwrap() / covariance.get(0, 0).unwrap();
        agree(*own_move, expect, name);
    }
    // With everything named nothing is left to expect.
    let all = Scenario {
        market: Some(-0.1),
        styles: STYLES.iter().map(|(name, _)| ((*name).to_owned(), 0.01)).collect(),
        ..Scenario::default()
    };
    let correlated = factor_moves(basis, &all, StressMode::Correlated).unwrap();
    assert_eq!(correlated, factor_moves(basis, &all, StressMode::Direct).unwrap());
}

#[test]
fn scenarios_that_name_what_is_not_there_say_so() {
    let bed = Bed::at(&Timeline::ending(Calendar::xnys(), "2020-03-31".parse().unwrap(), 300));
    for name in ["rates_up_100bp", "growth_momentum_up", "liquidity_squeeze"] {
        let found = bed.stressed(&scenario(name), StressMode::Direct);
        assert_eq!(found.unwrap_err(), risk::Absent::NoFactor, "{name}");
    }
    assert!(bed.stressed(&scenario("size_up"), StressMode::Direct).unwrap().total.dollars.is_ok());
}

#[test]
fn replays_repeat_what_the_index_did() {
    let timeline =
        Timeline::between(Calendar::xnys(), "1999-12-31".parse().unwrap(), "2022-12-28".parse().unwrap());
    let index = Market::load().history(&timeline, "SP500");
    let symbol: Symbol = "SP500".parse().unwrap();
    let held = Exposure {
        symbol: symbol.clone(),
        stake: Stake::Asset { units: 1.0, price: 1_000.0, class: AssetClass::Fund },
    };
    let exposures = Exposures::new(vec![held], 1_000.0);
    let named = [Named { symbol: &symbol, history: &index }];
    let found: Vec<String> = default_replays()
        .iter()
        .map(|past| format!("{:.1}", 100.0 * replay(&exposures, &named, past).total.ratio.unwrap()))
        .collect();
    assert_eq!(found, ["-49.1", "-39.9", "-18.3", "-19.8", "-33.9", "-25.4"]);
    // Where the data does not reach, a replay says so.
    let short = Market::load().history(&up_to("2022-12-28".parse().unwrap()), "SP500");
    let named = [Named { symbol: &symbol, history: &short }];
    let reached: Vec<bool> =
        default_replays().iter().map(|past| replay(&exposures, &named, past).total.ratio.is_ok()).collect();
    assert_eq!(reached, [false, false, false, true, true, true]);
}

#[test]
fn the_parts_of_real_sessions_add_up() {
    let calendar = Calendar::xnys();
    let mut session: Date = "2020-02-20".parse().unwrap();
    for _ in 0..30 {
        let before = calendar.previous(session).unwrap();
        let bed = Bed::at(&Timeline::ending(calendar, before, 300));
        let basis = bed.yardsticks.joint().unwrap();
        let on_session = Timeline::ending(calendar, session, 2);
        let return_of =
            |symbol: &str| Market::load().history(&on_session, symbol).return_on(session).unwrap();
        let factors: Vec<Figure> = std::iter::once(Err(risk::Absent::NoFactor))
            .chain(STYLES.iter().map(|(_, symbol)| Ok(return_of(symbol))))
            .collect();
        let moves = SessionMoves { market: return_of("SP500"), factors, sectors: Default::default() };
        let positions: Vec<AttributedPosition<'_>> = bed
            .symbols
            .iter()
            .map(|symbol| AttributedPosition {
                weight: 0.05,
                contribution: Ok(0.05 * return_of(symbol.as_str())),
                model: Ok(bed.model_of(symbol)),
                sector: None,
            })
            .collect();
        let total: f64 = STOCKS.iter().map(|symbol| 0.05 * return_of(symbol)).sum();
        let found = attribute(total, &positions, basis, &moves).unwrap();
        assert_eq!(found.parts().iter().map(|(_, part)| part).sum::<f64>(), found.total, "{session}");
        assert!((found.total - total).abs() < 1e-13 && found.beyond_positions.abs() < 1e-12);
        // Twenty large companies follow their market: it explains more of the great days than is left over.
        assert!(total.abs() < 0.03 || found.market.abs() > found.rest.abs(), "{session}");
        session = calendar.next(session).unwrap();
    }
}
