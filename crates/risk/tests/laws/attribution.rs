//! The parts of a session's return.

use std::collections::BTreeMap;

use proptest::prelude::*;
use risk::{
    Absent, AttributedPosition, Attribution, Figure, JointFit, SectorMove, SessionMoves, Settings,
    StyleFactor, Yardsticks, attribute,
};

use super::draws::{history, near, returns, timeline};

const SESSIONS: usize = 91;

fn yardsticks(series: &[Vec<f64>]) -> Yardsticks {
    let timeline = timeline(SESSIONS);
    let of = |at: usize| {
        let returns: Vec<Option<f64>> = series[at].iter().copied().map(Some).collect();
        Some(history(&timeline, &returns))
    };
    let styles = ["value", "growth"]
        .iter()
        .enumerate()
        .map(|(at, name)| StyleFactor { name: (*name).to_owned(), history: of(at + 2) });
    Yardsticks::new(Settings::default(), &timeline, of(0), of(1), styles.collect())
}

fn fit(yardsticks: &Yardsticks, returns: &[f64]) -> JointFit {
    let returns: Vec<Option<f64>> = returns.iter().copied().map(Some).collect();
    yardsticks.joint().unwrap().fit(&history(yardsticks.timeline(), &returns)).value.unwrap()
}

fn sum(found: &Attribution) -> f64 {
    found.parts().iter().map(|(_, part)| part).sum()
}

proptest! {
    #[test]
    fn the_parts_add_up_to_the_last_bit_in_any_order(
        series in prop::collection::vec(returns(SESSIONS), 7),
        weights in prop::collection::vec(-2.0..2.0, 3),
        moves in prop::collection::vec(-0.3..0.3, 8),
        total in -0.5..0.5,
    ) {
        let yardsticks = yardsticks(&series);
        let basis = yardsticks.joint().unwrap();
        let models: Vec<JointFit> = series[4..].iter().map(|returns| fit(&yardsticks, returns)).collect();
        let sectors = BTreeMap::from([("Energy", Ok(SectorMove { session_return: moves[0], model: &models[2] }))]);
        let session = SessionMoves {
            market: moves[1],
            factors: vec![Ok(moves[2]), Ok(moves[3]), Err(Absent::NoFactor)],
            sectors,
        };
        let sector = [Some("Energy"), Some("Steel"), None];
        let positions: Vec<AttributedPosition<'_>> = (0..3)
            .map(|at| AttributedPosition {
                weight: weights[at],
                contribution: Ok(weights[at] * moves[4 + at]),
                model: if at == 2 { Err(Absent::NoFactor) } else { Ok(&models[at]) },
                sector: sector[at],
            })
            .collect();
        let found = attribute(total, &positions, basis, &session).unwrap();
        near(found.total, total, 0.0, 1e-13)?;
        prop_assert_eq!(sum(&found), found.total);
        prop_assert_eq!(found.parts().iter().rev().map(|(_, part)| part).sum::<f64>(), found.total);
        let held: Vec<_> = found.positions.iter().map(|parts| parts.as_ref().unwrap()).collect();
        for parts in &held {
            let of_position = parts.market + parts.sector + parts.rest + parts.factors.iter().sum::<f64>();
            prop_assert_eq!(of_position, parts.contribution);
        }
        prop_assert_eq!(held.iter().map(|parts| parts.market).sum::<f64>(), found.market);
        let rest: f64 = held.iter().map(|parts| parts.rest).sum();
        prop_assert_eq!(rest + found.beyond_positions, found.rest);
        prop_assert_eq!(held[2].rest, held[2].contribution);
        prop_assert_eq!((held[0].unexplained, held[2].unexplained), (None, Some(Absent::NoFactor)));
        prop_assert_eq!(&found.missing_sectors, &[("Steel".to_owned(), Absent::NoFactor)]);
        prop_assert_eq!(found.factors[2].1, 0.0);
        prop_assert_eq!(&found.missing_factors, &[("growth".to_owned(), Absent::NoFactor)]);
        prop_assert_eq!(found.sectors.len(), 1);
    }

    #[test]
    fn the_benchmark_alone_is_all_market(
        series in prop::collection::vec(returns(SESSIONS), 4),
        market in -0.3..0.3,
        moves in prop::collection::vec(-0.3..0.3, 3),
    ) {
        let yardsticks = yardsticks(&series);
        let model = fit(&yardsticks, &series[0]);
        let held = AttributedPosition { weight: 1.0, contribution: Ok(market), model: Ok(&model), sector: None };
        let factors: Vec<Figure> = moves.into_iter().map(Ok).collect();
        let session = SessionMoves { market, factors, sectors: BTreeMap::new() };
        let found = attribute(market, &[held], yardsticks.joint().unwrap(), &session).unwrap();
        prop_assert_eq!((found.market, found.rest, found.beyond_positions), (found.total, 0.0, 0.0));
        prop_assert!(found.factors.iter().all(|(_, part)| *part == 0.0));
    }

    #[test]
    fn a_sector_fund_is_explained_whole_by_its_own_sector(
        series in prop::collection::vec(returns(SESSIONS), 5),
        moves in prop::collection::vec(-0.3..0.3, 5),
    ) {
        let yardsticks = yardsticks(&series);
        let model = fit(&yardsticks, &series[4]);
        let session = SessionMoves {
            market: moves[0],
            factors: moves[1..4].iter().copied().map(Ok).collect(),
            sectors: BTreeMap::from([("Energy", Ok(SectorMove { session_return: moves[4], model: &model }))]),
        };
        let held =
            AttributedPosition { weight: 1.0, contribution: Ok(moves[4]), model: Ok(&model), sector: Some("Energy") };
        let found = attribute(moves[4], &[held], yardsticks.joint().unwrap(), &session).unwrap();
        prop_assert!(found.rest.abs() < 1e-12, "{}", found.rest);
    }
}

#[test]
fn what_is_no_number_or_too_large_has_no_attribution() {
    let series: Vec<Vec<f64>> =
        [3, 5, 7, 11].map(|step| (0..SESSIONS).map(|at| 0.01 * ((at * step) % 13) as f64).collect()).into();
    let yardsticks = yardsticks(&series);
    let model = fit(&yardsticks, &series[1]);
    let found = |total: f64, weight: f64| {
        let held = AttributedPosition { weight, contribution: Ok(0.0), model: Ok(&model), sector: None };
        let session = SessionMoves { market: 0.5, factors: vec![Ok(0.1); 3], sectors: BTreeMap::new() };
        attribute(total, &[held], yardsticks.joint().unwrap(), &session).map(|found| found.total)
    };
    let overflow = Err(Absent::Numeric(quant::Absent::Overflow));
    let invalid = Err(Absent::Numeric(quant::Absent::InvalidInput));
    assert_eq!(found(0.25, 1.0), Ok(0.25));
    assert_eq!([found(1e3, 1.0), found(0.0, 1e6), found(f64::INFINITY, 1.0)], [overflow; 3]);
    assert_eq!([found(f64::NAN, 1.0), found(0.0, f64::NAN)], [invalid; 2]);
}
