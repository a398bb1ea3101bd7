//! The nearest matrix that series can have, by clipping eigenvalues.

use faer::Mat;

use super::full;
use crate::pairs::gram;
use crate::spectrum::{eigenvalues, eigenvectors};
use crate::{Absent, UpperTriangle};

/// The coefficients with negative eigenvalues set to zero and the diagonal brought back to one, and the eigenvalues
/// after that.
///
/// # Errors
/// [`Absent::NoEigenvalues`].
pub(super) fn clipped(measured: &UpperTriangle<f64>) -> Result<(UpperTriangle<f64>, Vec<f64>), Absent> {
    let (values, vectors) = eigenvectors(&full(measured))?;
    let size = values.len();
    let first = values.iter().position(|value| *value > 0.0).unwrap_or(size);
    // Row by row the vectors scaled by the roots of their eigenvalues: products of two rows are the new entries.
    let scaled = Mat::from_fn(size - first, size, |value, row| {
        vectors[(row, first + value)] * values[first + value].sqrt()
    });
    let products = gram(&scaled);
    let roots: Vec<f64> = (0..size).map(|at| products[(at, at)].sqrt()).collect();
    if !roots.iter().all(|root| *root > 0.0) {
        return Err(Absent::NoEigenvalues);
    }
    let coefficients = UpperTriangle::of(size, |row, column| {
        (products[(column, row)] / (roots[row] * roots[column])).clamp(-1.0, 1.0)
    });
    let values = eigenvalues(&full(&coefficients))?;
    Ok((coefficients, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_that_no_series_has_is_brought_to_one_that_some_have() {
        // Two that move with a third cannot move against each other.
        let measured = UpperTriangle::from_entries(3, vec![0.9, 0.9, -0.9]).unwrap();
        assert!(eigenvalues(&full(&measured)).unwrap()[0] < -0.5);
        let (coefficients, values) = clipped(&measured).unwrap();
        assert!(values[0] > -1e-12, "{values:?}");
        assert!((values.iter().sum::<f64>() - 3.0).abs() < 1e-12);
        let [one, two, three] = coefficients.entries() else { panic!("three pairs") };
        assert!((one - two).abs() < 1e-12 && *one > 0.0 && *three < 0.0);
        // By hand: the eigenvalues are 1.9, 1.9 and -0.8, and without the last the matrix is 1.9 (1 - v v') with
        // v = (-1, 1, 1) / sqrt(3): all entries off the diagonal are 1.9 / 3 beside a diagonal of 3.8 / 3.
        assert!((one - 0.5).abs() < 1e-12 && (three + 0.5).abs() < 1e-12);
    }
}
