//! Eigenvalues of symmetric matrices, found in one order whatever the machine's threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, Par};

use crate::Absent;

/// The eigenvalues in ascending order; of the matrix the lower triangle counts.
///
/// # Errors
/// [`Absent::NoEigenvalues`].
pub(crate) fn eigenvalues(matrix: &Mat<f64>) -> Result<Vec<f64>, Absent> {
    decomposed(matrix, None)
}

/// The eigenvalues in ascending order and, by column, their vectors.
///
/// # Errors
/// [`Absent::NoEigenvalues`].
pub(crate) fn eigenvectors(matrix: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>), Absent> {
    let mut vectors = Mat::zeros(matrix.nrows(), matrix.nrows());
    let values = decomposed(matrix, Some(&mut vectors))?;
    Ok((values, vectors))
}

fn decomposed(matrix: &Mat<f64>, vectors: Option<&mut Mat<f64>>) -> Result<Vec<f64>, Absent> {
    let size = matrix.nrows();
    let wanted = if vectors.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let scratch = self_adjoint_evd_scratch::<f64>(size, wanted, Par::Seq, Default::default());
    let mut scratch = MemBuffer::new(scratch);
    let mut values = Diag::<f64>::zeros(size);
    let found = self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        vectors.map(Mat::as_mut),
        Par::Seq,
        MemStack::new(&mut scratch),
        Default::default(),
    );
    let values: Vec<f64> = values.column_vector().iter().copied().collect();
    match found {
        Ok(()) if values.iter().all(|value| value.is_finite()) => Ok(values),
        _ => Err(Absent::NoEigenvalues),
    }
}
