//! Series to try the laws on.

use model::{Calendar, Symbol};
use proptest::prelude::*;
use risk::{History, Named, Timeline};

/// The last sessions up to a date in 2024.
pub fn timeline(sessions_count: usize) -> Timeline {
    Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), sessions_count)
}

/// A history of returns along a timeline; `None` is a session without one.
pub fn history(timeline: &Timeline, returns: &[Option<f64>]) -> History {
    let entries = timeline.sessions().iter().zip(returns);
    History::of_returns(
        timeline,
        entries.filter_map(|(date, value)| Some((*date, (*value)?))).collect::<Vec<_>>(),
    )
}

/// Daily returns as they come: most within ten percent, few far out.
pub fn returns(count: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![9 => -0.1..0.1, 1 => -0.9..3.0, 1 => Just(0.0)], count)
}

/// Returns of which some may be missing: none at all, a few, or all before a listing.
pub fn holed_returns(count: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
    let holes = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(0..count, 0..count / 4),
        1 => (0..count).prop_map(|first| (0..first).collect()),
    ];
    (returns(count), holes).prop_map(|(returns, holes)| {
        let mut returns: Vec<Option<f64>> = returns.into_iter().map(Some).collect();
        for hole in holes {
            returns[hole] = None;
        }
        returns
    })
}

/// Symbols named A, B, C, …
pub fn symbols(count: usize) -> Vec<Symbol> {
    (0..count).map(|at| char::from(b'A' + at as u8).to_string().parse().unwrap()).collect()
}

/// Symbols with their histories.
pub fn named<'a>(symbols: &'a [Symbol], histories: &'a [History]) -> Vec<Named<'a>> {
    symbols.iter().zip(histories).map(|(symbol, history)| Named { symbol, history }).collect()
}

/// Asserts that two numbers are equal but for rounding.
pub fn near(found: f64, expect: f64, relative: f64, absolute: f64) -> Result<(), TestCaseError> {
    let away = (found - expect).abs();
    prop_assert!(away <= (relative * expect.abs()).max(absolute), "{found} is not {expect}");
    Ok(())
}
