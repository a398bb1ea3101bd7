//! Which symbols must go so that every pair of the others has its figure.

use model::Symbol;

use super::PairTable;

/// A symbol that is not in a matrix, because pairs with it have no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The symbol.
    pub symbol: Symbol,
    /// Its returns in the window.
    pub observations: usize,
    /// Its pairs without a figure when it was left out.
    pub absent_pairs_count: usize,
}

/// The symbols, by number, among which every pair has its figure, and the others in the order in which they went.
///
/// The one with the most absent pairs goes first, again and again; of equals the one with the fewest observations, and
/// of those the first of the alphabet. A symbol without a figure of its own counts as paired with itself.
pub(crate) fn without_absent_pairs(table: &PairTable) -> (Vec<usize>, Vec<LeftOut>) {
    let mut absent: Vec<usize> = table.own.iter().map(|own| usize::from(own.is_err())).collect();
    for (row, column, _) in table.pairs.iter().filter(|(.., figure)| figure.is_err()) {
        absent[row] += 1;
        absent[column] += 1;
    }
    let mut kept: Vec<usize> = (0..table.symbols.len()).collect();
    let mut left_out = Vec::new();
    loop {
        // The symbols are in order of the alphabet, and of equals the first is found.
        let rank = |at: &usize| (std::cmp::Reverse(absent[*at]), table.observations[*at], *at);
        let Some(worst) = kept.iter().copied().min_by_key(rank).filter(|at| absent[*at] > 0) else { break };
        kept.retain(|at| *at != worst);
        for other in &kept {
            let is_absent = table.pairs.get(worst, *other).is_some_and(Result::is_err);
            absent[*other] -= usize::from(is_absent);
        }
        left_out.push(LeftOut {
            symbol: table.symbols[worst].clone(),
            observations: table.observations[worst],
            absent_pairs_count: absent[worst],
        });
    }
    (kept, left_out)
}
