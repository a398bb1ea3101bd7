//! Correlation matrices, their clusters, and who is left out of them.

use faer::{Mat, Side};
use model::Symbol;
use proptest::prelude::*;
use risk::{
    Absent, Correlation, CorrelationMatrix, History, Settings, correlation, covariance, ewma_covariance,
};

use super::draws::{history, holed_returns, named, near, returns, symbols, timeline};

const WINDOW: usize = 30;

fn settings() -> Settings {
    Settings {
        correlation_window: WINDOW,
        correlation_min: 12,
        covariance_window: WINDOW,
        ..Settings::default()
    }
}

fn correlated(all: &[Vec<Option<f64>>]) -> Correlation {
    let timeline = timeline(WINDOW);
    let histories: Vec<History> = all.iter().map(|returns| history(&timeline, returns)).collect();
    let symbols = symbols(all.len());
    correlation(&timeline, &named(&symbols, &histories), &settings())
}

fn eigenvalues(matrix: &CorrelationMatrix) -> Vec<f64> {
    let size = matrix.coefficients.size();
    let full =
        Mat::from_fn(size, size, |row, column| matrix.coefficients.get(row, column).copied().unwrap_or(1.0));
    full.self_adjoint_eigenvalues(Side::Lower).unwrap()
}

proptest! {
    #[test]
    fn a_correlation_matrix_is_positive_semidefinite_with_a_unit_diagonal(
        all in prop::collection::vec(holed_returns(WINDOW), 1..12),
    ) {
        let found = correlated(&all);
        let Ok(matrix) = &found.matrix else {
            prop_assert!(found.kept.is_empty());
            return Ok(());
        };
        prop_assert_eq!(found.kept.len() + found.left_out.len(), all.len());
        for coefficient in matrix.coefficients.entries() {
            prop_assert!((-1.0..=1.0).contains(coefficient));
        }
        let values = eigenvalues(matrix);
        prop_assert!(values[0] >= -2e-10, "{:?}", values);
        prop_assert!(matrix.is_clipped || matrix.smallest_eigenvalue >= -1e-10);
        let bets = matrix.effective_bets.unwrap();
        prop_assert!((1.0 - 1e-9..=found.kept.len() as f64 + 1e-9).contains(&bets), "{}", bets);
        prop_assert_eq!(matrix.tree.len() + 1, found.kept.len());
        prop_assert!(matrix.tree.windows(2).all(|pair| pair[0].height <= pair[1].height + 1e-12));
    }

    #[test]
    fn permuting_symbols_changes_nothing(
        all in prop::collection::vec(holed_returns(WINDOW), 2..8),
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let timeline = timeline(WINDOW);
        let histories: Vec<History> = all.iter().map(|returns| history(&timeline, returns)).collect();
        let symbols = symbols(all.len());
        let named = named(&symbols, &histories);
        let shuffled: Vec<_> = order.iter().filter_map(|at| named.get(*at).copied()).collect();
        let (one, other) = (
            correlation(&timeline, &named, &settings()),
            correlation(&timeline, &shuffled, &settings()),
        );
        prop_assert_eq!(one.symbols, other.symbols);
        prop_assert_eq!(one.left_out, other.left_out);
        prop_assert_eq!(one.matrix, other.matrix);
        let (one, other) = (
            covariance(&timeline, &named, &settings()),
            covariance(&timeline, &shuffled, &settings()),
        );
        prop_assert_eq!((one.symbols, one.variances, one.pairs), (other.symbols, other.variances, other.pairs));
    }

    #[test]
    fn a_young_symbol_changes_nobody_elses_figures(
        all in prop::collection::vec(returns(WINDOW), 2..6),
        young in returns(10),
    ) {
        let whole: Vec<Vec<Option<f64>>> =
            all.into_iter().map(|returns| returns.into_iter().map(Some).collect()).collect();
        let mut with_young = whole.clone();
        let mut tail = vec![None; WINDOW - 10];
        tail.extend(young.into_iter().map(Some));
        with_young.push(tail);
        let (without, with) = (correlated(&whole), correlated(&with_young));
        prop_assert_eq!(&without.kept, &with.kept);
        prop_assert!(with.left_out.iter().any(|gone| gone.observations == 10));
        prop_assert_eq!(without.matrix, with.matrix);
        let last = with.symbols.len() - 1;
        for other in 0..last {
            prop_assert_eq!(with.pairs.get(other, last), Some(&Err(Absent::Numeric(quant::Absent::TooFewCommonReturns))));
        }
    }

    #[test]
    fn products_of_whole_columns_and_of_pairs_are_the_same(
        all in prop::collection::vec(returns(WINDOW), 3..6),
    ) {
        // One symbol with a hole is measured pair by pair; the other pairs must not notice.
        let mut holed: Vec<Vec<Option<f64>>> =
            all.iter().map(|returns| returns.iter().copied().map(Some).collect()).collect();
        let whole = correlated(&holed);
        holed[0][3] = None;
        let found = correlated(&holed);
        for (row, column, figure) in whole.pairs.iter().filter(|(row, ..)| *row > 0) {
            match (figure, found.pairs.get(row, column).unwrap()) {
                (Ok(one), Ok(other)) => near(*one, *other, 1e-12, 1e-14)?,
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }
}

proptest! {
    #[test]
    fn figures_are_finite_or_absent_whatever_the_numbers(
        all in prop::collection::vec(
            prop::collection::vec(
                prop::option::of(prop_oneof![any::<f64>(), -1e-3..1e-3, Just(0.0), Just(1e-308), Just(1e150)]),
                WINDOW,
            ),
            1..6,
        ),
        weights in prop::collection::vec(any::<f64>(), 6),
        lambda in any::<f64>(),
    ) {
        let found = correlated(&all);
        if let Ok(matrix) = &found.matrix {
            prop_assert!(matrix.coefficients.entries().iter().all(|rho| (-1.0..=1.0).contains(rho)));
            prop_assert!(matrix.effective_bets.is_ok_and(f64::is_finite));
            prop_assert!(matrix.tree.iter().all(|merge| merge.height.is_finite()));
        }
        let timeline = timeline(WINDOW);
        let histories: Vec<History> = all.iter().map(|returns| history(&timeline, returns)).collect();
        let symbols = symbols(all.len());
        let found = covariance(&timeline, &named(&symbols, &histories), &settings());
        prop_assert!(found.variances.iter().chain(found.pairs.entries()).all(|number| number.is_finite()));
        if let Ok(whole) = found.whole(&weights[..found.symbols.len()]) {
            let numbers = whole.marginal.iter().chain(&whole.contributions).chain([&whole.deviation]);
            prop_assert!(numbers.into_iter().all(|number| number.is_finite()));
            prop_assert!(whole.diversification_ratio.map_or(true, f64::is_finite));
        }
        let series: Vec<&History> = histories.iter().collect();
        if let Ok(ewma) = ewma_covariance(&series, lambda).value {
            let entries = (0..series.len()).map(|at| ewma.get(at, 0).unwrap());
            prop_assert!(entries.into_iter().all(f64::is_finite));
        }
    }
}

#[test]
fn symbols_that_do_the_same_are_one_cluster_and_one_bet() {
    let wave: Vec<Option<f64>> = (0..WINDOW).map(|at| Some(0.01 * ((at * 7) % 5) as f64)).collect();
    let matrix = correlated(&vec![wave; 4]).matrix.unwrap();
    assert!(matrix.coefficients.entries().iter().all(|rho| (rho - 1.0).abs() < 1e-12));
    assert_eq!(matrix.clusters, [0; 4]);
    assert!((matrix.effective_bets.unwrap() - 1.0).abs() < 1e-6);
    assert!((matrix.average.unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn a_symbol_that_stands_still_is_left_out_with_its_reason() {
    let wave = |step: usize| (0..WINDOW).map(|at| Some(0.01 * ((at * step) % 5) as f64)).collect::<Vec<_>>();
    let found = correlated(&[wave(7), vec![Some(0.0); WINDOW], wave(3)]);
    assert_eq!(found.pairs.get(0, 1), Some(&Err(Absent::Numeric(quant::Absent::ZeroDeviation))));
    assert_eq!(found.kept, [0, 2]);
    let gone: Vec<(&Symbol, usize, usize)> = found
        .left_out
        .iter()
        .map(|gone| (&gone.symbol, gone.observations, gone.absent_pairs_count))
        .collect();
    assert_eq!(gone, [(&symbols(2)[1], WINDOW, 3)]);
}

#[test]
fn of_equals_the_one_with_the_fewest_returns_goes_first() {
    let wave = |step: usize| (0..WINDOW).map(|at| Some(0.01 * ((at * step) % 5) as f64)).collect::<Vec<_>>();
    // B lacks the end and C the beginning: between them they have too little in common.
    let (mut b, mut c) = (wave(3), wave(2));
    b[20..].fill(None);
    c[..11].fill(None);
    let found = correlated(&[wave(7), b, c]);
    assert_eq!(found.pairs.get(1, 2), Some(&Err(Absent::Numeric(quant::Absent::TooFewCommonReturns))));
    let gone: Vec<String> = found.left_out.iter().map(|gone| gone.symbol.to_string()).collect();
    assert_eq!((gone, found.kept), (vec!["C".to_owned()], vec![0, 1]));
}

#[test]
fn without_symbols_there_is_no_matrix() {
    assert_eq!(correlated(&[]).matrix, Err(Absent::NoExposure));
    assert_eq!(correlated(&[vec![None; WINDOW]]).matrix, Err(Absent::Numeric(quant::Absent::TooFewReturns)));
    let single = correlated(&[(0..WINDOW).map(|at| Some(0.01 * (at % 3) as f64)).collect()]).matrix.unwrap();
    assert_eq!((single.clusters, single.effective_bets), (vec![0], Ok(1.0)));
    assert_eq!(single.average, Err(Absent::Numeric(quant::Absent::NoReturns)));
}
