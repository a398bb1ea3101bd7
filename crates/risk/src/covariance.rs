//! The covariances of symbols.

use model::Symbol;

use crate::absent::finite;
use crate::pairs::{LeftOut, Measure, Named, PairTable, without_absent_pairs};
use crate::{Absent, Figure, Settings, Timeline, UpperTriangle};

/// A variance up to this share of that of the parts moving as one is rounding.
const VARIANCE_OF_ROUNDING: f64 = 1e-14;

/// The covariances of the symbols that have them all.
///
/// # Units
/// Squares of daily simple returns.
///
/// # Convention
/// Sample covariances with `n - 1` as the divisor, each pair over the returns that both have within the last
/// `covariance_window` sessions, at least `correlation_min`. Symbols go as they do for a correlation matrix. Pairs that
/// have different returns in common may give a matrix that no series has; what follows from it is absent then, rather
/// than mended.
///
/// # Source
/// Markowitz, 1952, Portfolio Selection.
#[derive(Clone, Debug)]
pub struct Covariance {
    /// Sessions of the window.
    pub window: usize,
    /// The symbols of the matrix, in order of the alphabet.
    pub symbols: Vec<Symbol>,
    /// Returns of each symbol in the window.
    pub observations: Vec<usize>,
    /// The symbols that are not in it, in the order in which they were left out.
    pub left_out: Vec<LeftOut>,
    /// The variance of each symbol.
    pub variances: Vec<f64>,
    /// The covariance of each pair.
    pub pairs: UpperTriangle<f64>,
}

/// The covariances of symbols over the last sessions of a timeline.
///
/// # Example
/// Returns of 1, 2, 3 % and of 2, 3, 7 %: the mean products are (1 % * 2 % + 0 + 1 % * 3 %) / 2 = 2.5e-4.
/// ```
/// use model::{Calendar, Symbol};
/// use risk::{History, Named, Settings, Timeline, covariance};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 3);
/// let series = |returns: [f64; 3]| {
///     History::of_returns(&timeline, timeline.sessions().iter().copied().zip(returns))
/// };
/// let (one, other) = (series([0.01, 0.02, 0.03]), series([0.02, 0.03, 0.07]));
/// let symbols: [Symbol; 2] = ["A", "B"].map(|text| text.parse().unwrap());
/// let named = [Named { symbol: &symbols[0], history: &one }, Named { symbol: &symbols[1], history: &other }];
/// let found = covariance(&timeline, &named, &Settings { correlation_min: 3, ..Settings::default() });
/// assert!((found.pairs.get(0, 1).unwrap() - 2.5e-4).abs() < 1e-12);
/// assert!((found.variances[0] - 1e-4).abs() < 1e-12);
/// ```
pub fn covariance(timeline: &Timeline, named: &[Named<'_>], settings: &Settings) -> Covariance {
    let window = settings.covariance_window;
    let table = PairTable::measure(timeline, named, Measure::Covariance, window, settings.correlation_min);
    let (kept, left_out) = without_absent_pairs(&table);
    let known = |figure: &Figure| figure.expect("invariant: kept pairs have their figures");
    Covariance {
        window,
        symbols: kept.iter().map(|at| table.symbols[*at].clone()).collect(),
        observations: kept.iter().map(|at| table.observations[*at]).collect(),
        left_out,
        variances: kept.iter().map(|at| known(&table.own[*at])).collect(),
        pairs: UpperTriangle::of(kept.len(), |row, column| {
            table.pairs.get(kept[row], kept[column]).map(known).expect("invariant: kept pairs are pairs")
        }),
    }
}

/// What covariances say of the whole that weights make.
///
/// # Units
/// Those of the weights for one session: with dollars as weights, dollars.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The deviation of the whole.
    pub deviation: f64,
    /// How much the deviation grows with each weight, in the order of the matrix; zero when nothing varies.
    pub marginal: Vec<f64>,
    /// What each symbol contributes: weight times marginal. They add up to the deviation.
    pub contributions: Vec<f64>,
    /// The deviations of the parts, added up without regard to direction, over that of the whole.
    pub diversification_ratio: Figure,
}

impl Covariance {
    /// The deviation of the whole that weights make, given in the order of `symbols`, and who contributes to it.
    ///
    /// # Convention
    /// A variance below 1e-14 of that of the parts moving as one is rounding and counts as none.
    ///
    /// # Errors
    /// `invalid_input` unless there is a weight for each symbol, [`Absent::NegativeVariance`], `overflow`; the ratio:
    /// `zero_deviation`.
    ///
    /// # Source
    /// Litterman, 1996, Hot Spots and Hedges (contributions); Choueifaty and Coignard, 2008, Toward Maximum
    /// Diversification.
    pub fn whole(&self, weights: &[f64]) -> Result<Whole, Absent> {
        if weights.len() != self.symbols.len() {
            return Err(Absent::INVALID_INPUT);
        }
        let with = self.with_whole(weights);
        let variance = finite(weights.iter().zip(&with).map(|(weight, with)| weight * with).sum())?;
        let parts = weights.iter().zip(&self.variances).map(|(weight, own)| weight.abs() * own.sqrt());
        let parts = finite(parts.sum())?;
        let rounding = finite(VARIANCE_OF_ROUNDING * parts * parts)?;
        if variance < -rounding {
            return Err(Absent::NegativeVariance);
        }
        let deviation = if variance <= rounding { 0.0 } else { variance.sqrt() };
        let marginal = |with: &f64| if deviation == 0.0 { Ok(0.0) } else { finite(with / deviation) };
        let marginal: Vec<f64> = with.iter().map(marginal).collect::<Result<_, _>>()?;
        let contribution = |(weight, marginal): (&f64, &f64)| finite(weight * marginal);
        let contributions: Vec<f64> =
            weights.iter().zip(&marginal).map(contribution).collect::<Result<_, _>>()?;
        let diversification_ratio =
            if deviation == 0.0 { Err(Absent::NO_DEVIATION) } else { finite(parts / deviation) };
        Ok(Whole { deviation, marginal, contributions, diversification_ratio })
    }

    /// The covariance of each symbol with the whole that weights make.
    fn with_whole(&self, weights: &[f64]) -> Vec<f64> {
        let mut with: Vec<f64> =
            weights.iter().zip(&self.variances).map(|(weight, variance)| weight * variance).collect();
        for (row, column, covariance) in self.pairs.iter() {
            with[row] += weights[column] * covariance;
            with[column] += weights[row] * covariance;
        }
        with
    }
}
