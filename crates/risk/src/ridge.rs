//! Regressions on several series at once, with a penalty on the size of the coefficients.

use std::borrow::Cow;

use quant::{deviation, mean};

use crate::absent::finite;
use crate::cholesky::Cholesky;
use crate::{Absent, Figure};

/// Regressors made ready for any number of fits: their products do not depend on what is fitted.
#[derive(Clone, Debug)]
pub(crate) struct Ridge {
    rows: usize,
    /// For each regressor its mean and scale, or why it takes no part.
    scales: Vec<Result<(f64, f64), Absent>>,
    /// The z-scores of those that take part, column after column.
    scores: Vec<f64>,
    factor: Cholesky,
    inflation: Vec<Figure>,
}

/// Coefficients in units of the regressors as they came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RidgeFit {
    /// For each regressor its coefficient, or why it took no part.
    pub coefficients: Vec<Figure>,
    pub intercept: f64,
    pub r_squared: Figure,
}

impl Ridge {
    /// Minimises `|y - a - Z b|² + penalty |b|²`, `Z` being the regressors less their means over their population
    /// deviations. A regressor that does not vary takes no part.
    ///
    /// # Errors
    /// [`Absent::NoFactor`] when none takes part, [`Absent::Collinear`] without a penalty, `too_few_returns`.
    pub(crate) fn prepare(regressors: &[Cow<'_, [f64]>], penalty: f64) -> Result<Ridge, Absent> {
        let rows = regressors.first().map_or(0, |regressor| regressor.len());
        if rows < 2 {
            return Err(Absent::TOO_FEW_RETURNS);
        }
        let scales: Vec<_> = regressors.iter().map(|regressor| scale(regressor)).collect();
        let mut scores = Vec::with_capacity(rows * regressors.len());
        for (regressor, scale) in regressors.iter().zip(&scales) {
            if let Ok((mean, scale)) = scale {
                scores.extend(regressor.iter().map(|value| (value - mean) / scale));
            }
        }
        let products = products(&scores, rows);
        let size = scores.len() / rows;
        if size == 0 {
            return Err(scales.first().and_then(|scale| scale.err()).unwrap_or(Absent::NoFactor));
        }
        let mut penalized = products.clone();
        for place in 0..size {
            penalized[place * size + place] += penalty / rows as f64;
        }
        let factor = Cholesky::factor(&penalized, size).ok_or(Absent::Collinear)?;
        let inflation = inflation(&products, size, &scales);
        Ok(Ridge { rows, scales, scores, factor, inflation })
    }

    /// The variance inflation of each regressor: the diagonal of the inverse of their correlations.
    pub(crate) fn inflation(&self) -> &[Figure] {
        &self.inflation
    }

    /// The fit of `y`, which has the length of the regressors.
    pub(crate) fn fit(&self, y: &[f64]) -> Result<RidgeFit, Absent> {
        let mean_y = mean(y)?;
        let columns = self.scores.chunks_exact(self.rows);
        let product =
            |scores: &[f64]| scores.iter().zip(y).map(|(score, y)| score * (y - mean_y)).sum::<f64>();
        let mut scaled: Vec<f64> = columns.map(|scores| product(scores) / self.rows as f64).collect();
        self.factor.solve(&mut scaled);
        let r_squared = self.r_squared(y, mean_y, &scaled);
        let mut intercept = mean_y;
        let mut coefficients = Vec::with_capacity(self.scales.len());
        let mut of_scores = scaled.iter();
        for scale in &self.scales {
            let coefficient = scale.and_then(|(mean, scale)| {
                let score = of_scores.next().expect("invariant: a coefficient for each that takes part");
                let coefficient = finite(score / scale)?;
                intercept -= coefficient * mean;
                Ok(coefficient)
            });
            coefficients.push(coefficient);
        }
        if let Some(reason) =
            coefficients.iter().zip(&self.scales).find_map(|(c, s)| c.err().filter(|_| s.is_ok()))
        {
            return Err(reason);
        }
        Ok(RidgeFit { coefficients, intercept: finite(intercept)?, r_squared })
    }

    fn r_squared(&self, y: &[f64], mean_y: f64, scaled: &[f64]) -> Figure {
        if deviation(y)? == 0.0 {
            return Err(Absent::NO_DEVIATION);
        }
        let mut residuals: Vec<f64> = y.iter().map(|y| y - mean_y).collect();
        let total: f64 = residuals.iter().map(|value| value * value).sum();
        for (scores, coefficient) in self.scores.chunks_exact(self.rows).zip(scaled) {
            for (residual, score) in residuals.iter_mut().zip(scores) {
                *residual -= coefficient * score;
            }
        }
        let left: f64 = residuals.iter().map(|value| value * value).sum();
        finite(1.0 - left / total)
    }
}

/// Mean and population deviation of a regressor that varies.
fn scale(regressor: &[f64]) -> Result<(f64, f64), Absent> {
    let sample_deviation = deviation(regressor)?;
    if sample_deviation == 0.0 {
        return Err(Absent::NO_DEVIATION);
    }
    let count = regressor.len() as f64;
    Ok((mean(regressor)?, finite(sample_deviation * ((count - 1.0) / count).sqrt())?))
}

/// The mean products of columns with each other, in full.
fn products(columns: &[f64], rows: usize) -> Vec<f64> {
    let size = columns.len() / rows;
    let mut products = vec![0.0; size * size];
    for (row, own) in columns.chunks_exact(rows).enumerate() {
        for (column, theirs) in columns.chunks_exact(rows).enumerate().take(row + 1) {
            let product = own.iter().zip(theirs).map(|(own, theirs)| own * theirs).sum::<f64>() / rows as f64;
            products[row * size + column] = product;
            products[column * size + row] = product;
        }
    }
    products
}

fn inflation(products: &[f64], size: usize, scales: &[Result<(f64, f64), Absent>]) -> Vec<Figure> {
    let diagonal = Cholesky::factor(products, size).map(|factor| factor.inverse_diagonal());
    let mut found = diagonal.iter().flatten();
    let of = |scale: &Result<(f64, f64), Absent>| {
        scale.and_then(|_| found.next().copied().ok_or(Absent::Collinear)).and_then(finite)
    };
    scales.iter().map(of).collect()
}
