//! The distribution of Student's t.

use crate::absent::finite;
use crate::{Absent, Figure};

/// The probability of a t at least so far from zero, on both sides, when there is nothing to find.
///
/// # Convention
/// With `d` degrees of freedom it is the regularised incomplete beta function at `d / (d + t²)` with `d / 2` and
/// `1 / 2`, which keeps its digits however small it is.
///
/// # Errors
/// [`Absent::Numeric`] for a `t` that is no number or no degree of freedom.
///
/// # Source
/// Student, 1908, The Probable Error of a Mean; Abramowitz and Stegun, 1964, 26.7.1.
pub(crate) fn two_sided_p(t: f64, degrees: usize) -> Figure {
    if degrees == 0 || !t.is_finite() {
        return Err(Absent::INVALID_INPUT);
    }
    let degrees = degrees as f64;
    let share = degrees / (degrees + t * t);
    let p = statrs::function::beta::checked_beta_reg(0.5 * degrees, 0.5, share);
    p.map_err(|_| Absent::INVALID_INPUT).and_then(finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(t: f64, degrees: usize, expect: f64) {
        for t in [t, -t] {
            let found = two_sided_p(t, degrees).unwrap();
            assert!((found - expect).abs() <= 1e-12 * expect, "{found} is not {expect}");
        }
    }

    #[test]
    fn with_one_and_two_degrees_the_probability_is_elementary() {
        check(0.0, 1, 1.0);
        check(1.0, 1, 0.5);
        // One degree: 1 - 2 atan(t) / pi, far out 2 / (pi t); two: 1 - t / sqrt(2 + t²).
        check(1e9, 1, 2.0 / (std::f64::consts::PI * 1e9));
        check(2.0, 2, 1.0 - 2.0 / 6.0_f64.sqrt());
    }

    #[test]
    fn nothing_but_numbers_has_a_probability() {
        assert_eq!(two_sided_p(f64::NAN, 3), Err(Absent::INVALID_INPUT));
        assert_eq!(two_sided_p(1.0, 0), Err(Absent::INVALID_INPUT));
        assert_eq!(two_sided_p(1e300, 3), Ok(0.0));
    }
}
