//! How symbols move together.

use model::Symbol;
use risk::{Correlation, CorrelationMatrix};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::words::{DateText, SymbolText};
use crate::wire::{Absent, Text};

/// Correlations of daily simple returns, with clusters.
#[derive(Serialize, ToSchema)]
pub struct Correlations {
    /// Sessions of the window.
    window: usize,
    /// The symbols of the matrix, in order of the alphabet.
    symbols: Vec<SymbolText>,
    /// The matrix by rows, from -1 to 1.
    matrix: Option<Vec<Vec<f64>>>,
    /// The cluster of each symbol, numbered from 0 by first appearance.
    clusters: Option<Vec<usize>>,
    /// The tree of average linkage: for each merge the two clusters, their distance, and the symbols in the new one. A
    /// cluster is a symbol by its place, or the number of symbols plus an earlier merge.
    linkage: Option<Vec<(usize, usize, f64, usize)>>,
    /// Whether eigenvalues below zero were set to zero and the diagonal brought back to one.
    clipped: Option<bool>,
    /// The smallest eigenvalue of the matrix as it was measured.
    smallest_eigenvalue: Option<f64>,
    /// The mean of the coefficients off the diagonal.
    average: Option<f64>,
    /// The exponential of the entropy of the eigenvalues' shares: so many independent bets.
    effective_bets: Option<f64>,
    /// The returns that each two symbols have in common, by rows; on the diagonal those of the symbol.
    observations: Vec<Vec<usize>>,
    /// Symbols that are not in the matrix, in the order in which they went.
    left_out: Vec<SymbolLeftOut>,
    /// The figures that are null and the pairs without a coefficient, written `A/B`, each with the reason.
    absent: Absent,
}

/// Correlations of symbols at a session.
#[derive(Serialize)]
pub struct SymbolCorrelations {
    #[serde(flatten)]
    correlations: Correlations,
    at: DateText,
}

/// A symbol that is not in a matrix, because pairs with it have no coefficient.
#[derive(Serialize, ToSchema)]
pub struct SymbolLeftOut {
    symbol: SymbolText,
    /// Its returns in the window.
    n: usize,
    /// Its pairs without a coefficient when it went.
    absent_pairs: usize,
}

/// Fields that are there when a matrix is.
const OF_MATRIX: [&str; 7] =
    ["matrix", "clusters", "linkage", "clipped", "smallest_eigenvalue", "average", "effective_bets"];

impl From<&Correlation> for Correlations {
    fn from(found: &Correlation) -> Correlations {
        let mut absent = Absent::default();
        if let Err(reason) = &found.matrix {
            OF_MATRIX.iter().for_each(|field| absent.note(*field, reason.as_str()));
        }
        let matrix = found.matrix.as_ref().ok();
        let figures = [
            ("average", matrix.map(|matrix| matrix.average)),
            ("effective_bets", matrix.map(|matrix| matrix.effective_bets)),
        ];
        for (field, figure) in figures {
            if let Some(Err(reason)) = figure {
                absent.note(field, reason.as_str());
            }
        }
        for (row, column, pair) in found.pairs.iter() {
            if let Err(reason) = pair {
                let pair = format!("{}/{}", found.symbols[row], found.symbols[column]);
                absent.note(pair, reason.as_str());
            }
        }
        let tree = |matrix: &CorrelationMatrix| {
            matrix.tree.iter().map(|it| (it.left, it.right, it.height, it.size)).collect()
        };
        Correlations {
            window: found.window,
            symbols: found.kept_symbols().map(|symbol: &Symbol| Text(symbol.clone())).collect(),
            matrix: matrix.map(|matrix| rows(matrix, found.kept.len())),
            clusters: matrix.map(|matrix| matrix.clusters.clone()),
            linkage: matrix.map(tree),
            clipped: matrix.map(|matrix| matrix.is_clipped),
            smallest_eigenvalue: matrix.map(|matrix| matrix.smallest_eigenvalue),
            average: matrix.and_then(|matrix| matrix.average.ok()),
            effective_bets: matrix.and_then(|matrix| matrix.effective_bets.ok()),
            observations: observations(found),
            left_out: found.left_out.iter().map(SymbolLeftOut::of).collect(),
            absent,
        }
    }
}

impl From<&app::CorrelationAnswer> for SymbolCorrelations {
    fn from(answer: &app::CorrelationAnswer) -> SymbolCorrelations {
        SymbolCorrelations { correlations: Correlations::from(&answer.correlation), at: Text(answer.at) }
    }
}

impl SymbolLeftOut {
    fn of(gone: &risk::LeftOut) -> SymbolLeftOut {
        SymbolLeftOut {
            symbol: Text(gone.symbol.clone()),
            n: gone.observations,
            absent_pairs: gone.absent_pairs_count,
        }
    }
}

fn rows(matrix: &CorrelationMatrix, size: usize) -> Vec<Vec<f64>> {
    let coefficient = |row, column| matrix.coefficients.get(row, column).copied().unwrap_or(1.0);
    (0..size).map(|row| (0..size).map(|column| coefficient(row, column)).collect()).collect()
}

fn observations(found: &Correlation) -> Vec<Vec<usize>> {
    let count = |row: usize, column: usize| match found.common.get(row, column) {
        Some(common) => *common as usize,
        None => found.observations[row],
    };
    found.kept.iter().map(|row| found.kept.iter().map(|column| count(*row, *column)).collect()).collect()
}
