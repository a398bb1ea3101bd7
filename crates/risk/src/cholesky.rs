//! Small symmetric positive definite systems.

/// A pivot up to this, of a matrix whose diagonal is about one, is rounding.
const PIVOT_OF_ROUNDING: f64 = 1e-12;

/// The lower triangle `L` of `L L' = A`, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// The factor of a symmetric matrix given in full by rows, with a diagonal of about one; `None` when it is not
    /// positive definite by more than rounding.
    ///
    /// # Source
    /// Golub and Van Loan, 2013, Matrix Computations, algorithm 4.2.1.
    pub(crate) fn factor(matrix: &[f64], size: usize) -> Option<Cholesky> {
        let mut lower = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let before = (0..column).map(|at| lower[row * size + at] * lower[column * size + at]);
                let rest = matrix[row * size + column] - before.sum::<f64>();
                lower[row * size + column] = match row == column {
                    // Written so that NaN is refused as well.
                    true if rest > PIVOT_OF_ROUNDING => rest.sqrt(),
                    true => return None,
                    false => rest / lower[column * size + column],
                };
            }
        }
        Some(Cholesky { size, lower })
    }

    /// Puts the solution of `A x = b` in the place of `b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        let at = |row: usize, column: usize| self.lower[row * self.size + column];
        for row in 0..self.size {
            let before: f64 = (0..row).map(|column| at(row, column) * b[column]).sum();
            b[row] = (b[row] - before) / at(row, row);
        }
        for row in (0..self.size).rev() {
            let after: f64 = (row + 1..self.size).map(|column| at(column, row) * b[column]).sum();
            b[row] = (b[row] - after) / at(row, row);
        }
    }

    /// The diagonal of the inverse of `A`.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        let of = |place: usize| {
            let mut unit = vec![0.0; self.size];
            unit[place] = 1.0;
            self.solve(&mut unit);
            unit[place]
        };
        (0..self.size).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_of_two_is_solved() {
        let factor = Cholesky::factor(&[1.0, 0.5, 0.5, 1.0], 2).unwrap();
        let mut solution = [2.0, 2.5];
        factor.solve(&mut solution);
        assert!((solution[0] - 1.0).abs() < 1e-15 && (solution[1] - 2.0).abs() < 1e-15);
        // The inverse of it has 1 / (1 - 0.25) on the diagonal.
        assert!(factor.inverse_diagonal().iter().all(|entry| (entry - 4.0 / 3.0).abs() < 1e-15));
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        for off in [1.0, -1.0, 2.0, f64::NAN, f64::INFINITY] {
            assert!(Cholesky::factor(&[1.0, off, off, 1.0], 2).is_none(), "{off}");
        }
    }
}
