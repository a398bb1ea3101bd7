//! How symbols move together.

mod clipping;
mod clusters;

use faer::Mat;
use model::Symbol;

use crate::absent::finite;
use crate::pairs::{LeftOut, Measure, Named, PairTable, gram, without_absent_pairs};
use crate::spectrum::eigenvalues;
use crate::{Absent, Figure, Settings, Timeline, UpperTriangle};

pub use clusters::{Merge, cluster_labels};

/// Eigenvalues of a correlation matrix below this mean that no series could have it.
const EIGENVALUE_OF_ROUNDING: f64 = -1e-10;

/// The correlations of symbols, and the matrix and clusters of those that have them all.
///
/// # Units
/// Correlations, from -1 to 1.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Sessions of the window.
    pub window: usize,
    /// The symbols asked for, in order of the alphabet, each once.
    pub symbols: Vec<Symbol>,
    /// Returns of each symbol in the window.
    pub observations: Vec<usize>,
    /// The correlation of each pair.
    pub pairs: UpperTriangle<Figure>,
    /// Returns that each pair has in common.
    pub common: UpperTriangle<u32>,
    /// The symbols of the matrix, by their numbers in `symbols`.
    pub kept: Vec<usize>,
    /// The symbols that are not in the matrix, in the order in which they were left out.
    pub left_out: Vec<LeftOut>,
    /// Matrix and clusters of the symbols kept.
    pub matrix: Result<CorrelationMatrix, Absent>,
}

/// A correlation matrix that series can have, with its clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationMatrix {
    /// The correlation of each pair of the symbols kept.
    pub coefficients: UpperTriangle<f64>,
    /// The smallest eigenvalue of the correlations as they were measured.
    pub smallest_eigenvalue: f64,
    /// Whether eigenvalues below zero were set to zero and the diagonal brought back to one.
    pub is_clipped: bool,
    /// The tree of average linkage, from the closest pair on.
    pub tree: Vec<Merge>,
    /// The cluster of each symbol kept, numbered from 0 by first appearance.
    pub clusters: Vec<usize>,
    /// The mean of the coefficients; absent for a single symbol.
    pub average: Figure,
    /// How many independent bets the eigenvalues amount to.
    pub effective_bets: Figure,
}

/// The correlations of symbols over the last sessions of a timeline.
///
/// # Convention
/// - Pearson's correlation of simple returns; each pair over the returns that both have within the last
///   `correlation_window` sessions, at least `correlation_min`.
/// - For the matrix the symbol with the most absent pairs is left out, again and again: of equals the one with the
///   fewest returns, and of those the first of the alphabet.
/// - When the smallest eigenvalue of the matrix is below -1e-10, the negative ones are set to zero, and rows and
///   columns divided by the roots of the new diagonal.
/// - Clusters by average linkage on the distance `sqrt((1 - rho) / 2)`, cut at the height
///   `sqrt((1 - cluster_cut) / 2)`.
/// - The effective number of bets is the exponential of the entropy of the eigenvalues' shares.
///
/// # Errors
/// Of a pair: `too_few_common_returns`, `zero_deviation`, `overflow`. Of the matrix: [`Absent::NoExposure`] without a
/// symbol, the reason of the first when none is kept, [`Absent::NoEigenvalues`].
///
/// # Example
/// Two symbols that do the same and one that does the opposite.
/// ```
/// use model::{Calendar, Symbol};
/// use risk::{History, Named, Settings, Timeline, correlation};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 90);
/// let series = |sign: f64| {
///     let returns = (0..90).map(|at| sign * 0.01 * f64::from(at % 3));
///     History::of_returns(&timeline, timeline.sessions().iter().copied().zip(returns))
/// };
/// let (up, down) = (series(1.0), series(-1.0));
/// let symbols: Vec<Symbol> = ["A", "B", "C"].map(|text| text.parse().unwrap()).into();
/// let named = [&up, &up, &down].into_iter().zip(&symbols).map(|(history, symbol)| Named { symbol, history });
/// let found = correlation(&timeline, &named.collect::<Vec<_>>(), &Settings::default());
/// let matrix = found.matrix.unwrap();
/// assert!((matrix.coefficients.get(0, 1).unwrap() - 1.0).abs() < 1e-12);
/// assert!((matrix.coefficients.get(0, 2).unwrap() + 1.0).abs() < 1e-12);
/// assert_eq!(matrix.clusters, [0, 0, 1]);
/// // All three are one bet.
/// assert!((matrix.effective_bets.unwrap() - 1.0).abs() < 1e-9);
/// ```
///
/// # Source
/// Pearson, 1895; Rebonato and Jäckel, 1999, The Most General Methodology to Create a Valid Correlation Matrix (clipping
/// and scaling); Mantegna, 1999, Hierarchical Structure in Financial Markets, and Sokal and Michener, 1958 (distance and
/// average linkage); Meucci, 2009, Managing Diversification (entropy of shares).
pub fn correlation(timeline: &Timeline, named: &[Named<'_>], settings: &Settings) -> Correlation {
    let window = settings.correlation_window;
    let table = PairTable::measure(timeline, named, Measure::Correlation, window, settings.correlation_min);
    let (kept, left_out) = without_absent_pairs(&table);
    let matrix = CorrelationMatrix::of(&table, &kept, settings.cluster_cut);
    let PairTable { symbols, observations, pairs, common, .. } = table;
    Correlation { window, symbols, observations, pairs, common, kept, left_out, matrix }
}

impl Correlation {
    /// The symbols of the matrix.
    pub fn kept_symbols(&self) -> impl ExactSizeIterator<Item = &Symbol> + '_ {
        self.kept.iter().map(|at| &self.symbols[*at])
    }
}

impl CorrelationMatrix {
    fn of(table: &PairTable, kept: &[usize], cluster_cut: f64) -> Result<CorrelationMatrix, Absent> {
        if kept.is_empty() {
            // Without a symbol nothing is correlated; else the first one tells why none is there.
            return Err(table.own.iter().find_map(|own| own.err()).unwrap_or(Absent::NoExposure));
        }
        let measured = UpperTriangle::of(kept.len(), |row, column| {
            let pair = table.pairs.get(kept[row], kept[column]);
            *pair.and_then(|figure| figure.as_ref().ok()).expect("invariant: kept pairs have their figures")
        });
        // Series that miss nothing have a matrix of products, whose eigenvalues cannot fall below zero, and share
        // those above zero with the products of sessions, of which there may be fewer.
        let values = match &table.whole {
            Some(whole) if whole.ncols() == kept.len() && whole.nrows() < kept.len() => {
                let mut values = vec![0.0; kept.len() - whole.nrows()];
                values.extend(eigenvalues(&gram(&whole.transpose().to_owned()))?);
                values
            }
            _ => eigenvalues(&full(&measured))?,
        };
        let smallest_eigenvalue = values.first().copied().unwrap_or(0.0);
        let is_clipped = smallest_eigenvalue < EIGENVALUE_OF_ROUNDING;
        let (coefficients, values) = match is_clipped {
            true => clipping::clipped(&measured)?,
            false => (measured, values),
        };
        let tree = clusters::tree(&coefficients);
        let height = ((1.0 - cluster_cut).max(0.0) / 2.0).sqrt();
        Ok(CorrelationMatrix {
            smallest_eigenvalue: finite(smallest_eigenvalue)?,
            is_clipped,
            clusters: cluster_labels(&tree, kept.len(), height),
            tree,
            average: average(&coefficients),
            effective_bets: effective_bets(&values),
            coefficients,
        })
    }
}

/// The matrix in full, with ones on the diagonal; only its lower triangle is filled.
pub(crate) fn full(coefficients: &UpperTriangle<f64>) -> Mat<f64> {
    let mut matrix = Mat::identity(coefficients.size(), coefficients.size());
    for (row, column, coefficient) in coefficients.iter() {
        matrix[(column, row)] = *coefficient;
    }
    matrix
}

fn average(coefficients: &UpperTriangle<f64>) -> Figure {
    Ok(quant::mean(coefficients.entries())?)
}

/// The exponential of the entropy of the shares of eigenvalues; those below zero count for nothing.
fn effective_bets(values: &[f64]) -> Figure {
    let total: f64 = values.iter().filter(|value| **value > 0.0).sum();
    let shares = values.iter().map(|value| value / total).filter(|share| *share > 0.0);
    finite(libm::exp(-shares.map(|share| share * libm::log(share)).sum::<f64>()))
}
