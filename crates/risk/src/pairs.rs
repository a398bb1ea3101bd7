//! What is measured between each two of many symbols.
//!
//! Pairs use the returns that both symbols have, so a young symbol shortens nobody's history but that of its own pairs.

mod removal;
mod together;

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, Par};
use model::Symbol;
use quant::{deviation, mean};

use crate::absent::finite;
use crate::regression::DEVIATION_OF_ROUNDING;
use crate::{Absent, Figure, History, Timeline, UpperTriangle};

pub use removal::LeftOut;
pub(crate) use removal::without_absent_pairs;

/// A symbol with its history.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The symbol.
    pub symbol: &'a Symbol,
    /// Its history.
    pub history: &'a History,
}

/// What is measured of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Pearson's correlation.
    Correlation,
    /// The sample covariance, with `n - 1` as the divisor.
    Covariance,
}

/// A measure of each symbol and of each pair of symbols.
#[derive(Clone, Debug)]
pub(crate) struct PairTable {
    pub symbols: Vec<Symbol>,
    /// Returns of each symbol in the window.
    pub observations: Vec<usize>,
    /// The measure of each symbol with itself.
    pub own: Vec<Figure>,
    pub pairs: UpperTriangle<Figure>,
    /// Returns that each pair has in common.
    pub common: UpperTriangle<u32>,
    /// The prepared columns, when every symbol has every return of the window.
    pub whole: Option<Mat<f64>>,
}

/// One symbol's returns in the window, and what is known of them.
struct Column<'a> {
    values: Vec<Option<f64>>,
    /// Without the missing ones, less their mean and scaled, when none is missing.
    prepared: Option<Result<Vec<f64>, Absent>>,
    symbol: &'a Symbol,
    count: usize,
}

impl PairTable {
    /// The table of symbols in alphabetical order, each once; those on another timeline count as without returns.
    pub(crate) fn measure(
        timeline: &Timeline,
        named: &[Named<'_>],
        measure: Measure,
        window: usize,
        min: usize,
    ) -> PairTable {
        let window = window.min(timeline.len());
        let mut named = named.to_vec();
        named.sort_by_key(|named| named.symbol);
        named.dedup_by_key(|named| named.symbol);
        let columns: Vec<Column<'_>> =
            named.iter().map(|named| Column::new(timeline, named, measure, window)).collect();
        let (products, places) = products(&columns, window);
        // Two returns at least, or nothing could vary.
        let min = min.max(2);
        let own = columns.iter().map(|column| column.own(measure, min)).collect();
        let together = together::together(&columns, |at| places[at].is_none(), measure, min);
        let mut common = UpperTriangle::of(columns.len(), |_, _| 0);
        let pairs = UpperTriangle::of(columns.len(), |row, column| {
            let (one, other) = (&columns[row], &columns[column]);
            let (figure, count) = match (places[row], places[column]) {
                (Some(row), Some(column)) if window >= min => (finite(products[(column, row)]), window),
                _ => match together.get(row, column) {
                    Some(Some(figure)) => (*figure, one.count),
                    _ => one.with(other, measure, min),
                },
            };
            *common.get_mut(row, column) = u32::try_from(count).unwrap_or(u32::MAX);
            figure.map(|value| bounded(value, measure))
        });
        let is_whole = !columns.is_empty() && places.iter().all(Option::is_some);
        PairTable {
            symbols: columns.iter().map(|column| column.symbol.clone()).collect(),
            observations: columns.iter().map(|column| column.count).collect(),
            own,
            pairs,
            common,
            whole: is_whole.then(|| matrix(&columns, window)),
        }
    }
}

impl<'a> Column<'a> {
    fn new(timeline: &Timeline, named: &Named<'a>, measure: Measure, window: usize) -> Column<'a> {
        let mut values: Vec<Option<f64>> = Vec::with_capacity(window);
        if named.history.timeline() == timeline {
            values.extend(named.history.simple_returns().rev().take(window));
        }
        values.resize(window, None);
        values.reverse();
        let there: Vec<f64> = values.iter().copied().flatten().collect();
        let is_whole = there.len() == window;
        Column {
            count: there.len(),
            prepared: is_whole.then(|| prepared(&there, measure)),
            values,
            symbol: named.symbol,
        }
    }

    /// The measure of the symbol with itself.
    fn own(&self, measure: Measure, min: usize) -> Figure {
        if self.count < min {
            return Err(Absent::TOO_FEW_RETURNS);
        }
        let there: Vec<f64> = self.values.iter().copied().flatten().collect();
        let spread = deviation(&there)?;
        match measure {
            Measure::Correlation if spread == 0.0 => Err(Absent::NO_DEVIATION),
            Measure::Correlation => Ok(1.0),
            Measure::Covariance => finite(spread * spread),
        }
    }

    /// The measure of the symbol with another over the returns that both have, and how many these are.
    fn with(&self, other: &Column<'_>, measure: Measure, min: usize) -> (Figure, usize) {
        let both = self.values.iter().zip(&other.values).filter_map(|(own, theirs)| (*own).zip(*theirs));
        let (own, theirs): (Vec<f64>, Vec<f64>) = both.unzip();
        if own.len() < min {
            return (Err(Absent::TOO_FEW_COMMON), own.len());
        }
        (measured(&own, &theirs, measure), own.len())
    }
}

/// The measure of two series of one length.
fn measured(one: &[f64], other: &[f64], measure: Measure) -> Figure {
    let (sum_one, sum_other) =
        one.iter().zip(other).fold((0.0, 0.0), |sums, (one, other)| (sums.0 + one, sums.1 + other));
    let count = one.len() as f64;
    let (mean_one, mean_other) = (sum_one / count, sum_other / count);
    let mut sums = [0.0; 3];
    for (one, other) in one.iter().zip(other) {
        let (one, other) = (one - mean_one, other - mean_other);
        sums[0] += one * other;
        sums[1] += one * one;
        sums[2] += other * other;
    }
    figure_of(sums[0], (sums[1], sums[2]), one.len(), measure)
}

/// What is measured of two series of so many returns, given the sum of the products of their returns less the means, and
/// the sums of their squares.
fn figure_of(product: f64, squares: (f64, f64), count: usize, measure: Measure) -> Figure {
    let [product, one, other] = [product, squares.0, squares.1].map(|sum| sum / (count as f64 - 1.0));
    let stands_still = |variance: f64| variance.sqrt() <= DEVIATION_OF_ROUNDING;
    match measure {
        Measure::Covariance => finite(product),
        Measure::Correlation if stands_still(one) || stands_still(other) => Err(Absent::NO_DEVIATION),
        Measure::Correlation => finite(product / (one.sqrt() * other.sqrt())),
    }
}

/// Returns less their mean, scaled so that the products of two columns are what is measured.
fn prepared(values: &[f64], measure: Measure) -> Result<Vec<f64>, Absent> {
    let (mean, spread) = (mean(values)?, deviation(values)?);
    let root = ((values.len() - 1) as f64).sqrt();
    let scale = match measure {
        Measure::Correlation if spread == 0.0 => return Err(Absent::NO_DEVIATION),
        Measure::Correlation => spread * root,
        Measure::Covariance => root,
    };
    Ok(values.iter().map(|value| (value - mean) / scale).collect())
}

/// Rounding may carry a correlation past one.
fn bounded(value: f64, measure: Measure) -> f64 {
    match measure {
        Measure::Correlation => value.clamp(-1.0, 1.0),
        Measure::Covariance => value,
    }
}

/// The products of the columns that miss nothing, lower triangle, and the place of each such column among them.
fn products(columns: &[Column<'_>], window: usize) -> (Mat<f64>, Vec<Option<usize>>) {
    let mut places = Vec::with_capacity(columns.len());
    let mut whole: Vec<&[f64]> = Vec::new();
    for column in columns {
        let prepared = column.prepared.as_ref().and_then(|prepared| prepared.as_ref().ok());
        places.push(prepared.map(|_| whole.len()));
        whole.extend(prepared.map(Vec::as_slice));
    }
    let scores = Mat::from_fn(window, whole.len(), |row, column| whole[column][row]);
    (gram(&scores), places)
}

fn matrix(columns: &[Column<'_>], window: usize) -> Mat<f64> {
    let of = |column: usize| columns[column].prepared.as_ref().and_then(|prepared| prepared.as_ref().ok());
    Mat::from_fn(window, columns.len(), |row, column| of(column).map_or(0.0, |prepared| prepared[row]))
}

/// The products of the columns of a matrix with each other; of the result the lower triangle counts.
pub(crate) fn gram(columns: &Mat<f64>) -> Mat<f64> {
    let mut products = Mat::zeros(columns.ncols(), columns.ncols());
    let whole = BlockStructure::Rectangular;
    let lower = BlockStructure::TriangularLower;
    matmul(&mut products, lower, Accum::Replace, columns.transpose(), whole, columns, whole, 1.0, Par::Seq);
    products
}
