//! Finding where a function crosses zero.

/// A bracket is halved at least every third step, so this is far beyond what any pair of floats needs.
const STEPS_MAX: usize = 300;

/// The place in a bracket where a continuous function changes sign, to the last digits.
///
/// `at_low` and `at_high` are its values at the ends and have different signs, or one is zero.
///
/// # Source
/// Brent, 1973, Algorithms for Minimization without Derivatives, chapter 4: inverse quadratic interpolation
/// where it is safe, bisection where it is not.
pub(crate) fn crossing(function: impl Fn(f64) -> f64, low: (f64, f64), high: (f64, f64)) -> f64 {
    // `best` is the nearest guess, `other` the end across the root, `before` the guess before.
    let (mut before, mut best) = (low, high);
    let mut other = before;
    let (mut step, mut step_before) = (best.0 - before.0, best.0 - before.0);
    for _ in 0..STEPS_MAX {
        if other.1.abs() < best.1.abs() {
            (before, best, other) = (best, other, best);
        }
        let tolerance = 2.0 * f64::EPSILON * best.0.abs() + f64::MIN_POSITIVE;
        let half = 0.5 * (other.0 - best.0);
        if half.abs() <= tolerance || best.1 == 0.0 {
            break;
        }
        let proposed = interpolated_step(before, best, other);
        let is_safe = step_before.abs() >= tolerance
            && before.1.abs() > best.1.abs()
            && proposed.is_finite()
            && proposed * half > 0.0
            && proposed.abs() < (1.5 * half.abs() - 0.5 * tolerance).min(0.5 * step_before.abs());
        (step_before, step) = if is_safe { (step, proposed) } else { (half, half) };
        before = best;
        let moved = if step.abs() > tolerance { step } else { tolerance.copysign(half) };
        best.0 += moved;
        best.1 = function(best.0);
        if (best.1 > 0.0) == (other.1 > 0.0) {
            other = before;
            (step, step_before) = (best.0 - before.0, best.0 - before.0);
        }
    }
    best.0
}

/// The step from `best` by inverse quadratic interpolation, or along the secant while only two points are known.
fn interpolated_step(before: (f64, f64), best: (f64, f64), other: (f64, f64)) -> f64 {
    let s = best.1 / before.1;
    let half = 0.5 * (other.0 - best.0);
    if before.0 == other.0 {
        return 2.0 * half * s / (s - 1.0);
    }
    let (q, r) = (before.1 / other.1, best.1 / other.1);
    let p = s * (2.0 * half * q * (q - r) - (best.0 - before.0) * (r - 1.0));
    -p / ((q - 1.0) * (r - 1.0) * (s - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(function: impl Fn(f64) -> f64, low: f64, high: f64, expect: f64) {
        let found = crossing(&function, (low, function(low)), (high, function(high)));
        assert!((found - expect).abs() <= 1e-14 * expect.abs().max(1e-300), "{found} is not {expect}");
    }

    #[test]
    fn crossings_are_found_to_the_last_digits() {
        check(|x| x * x - 2.0, 0.0, 2.0, std::f64::consts::SQRT_2);
        check(|x| 2.0 - x * x, 0.0, 1e9, std::f64::consts::SQRT_2);
        check(|x| libm::exp(x) - 1e-30, -700.0, 700.0, -30.0 * std::f64::consts::LN_10);
        check(|x| x - 3.0, 3.0, 5.0, 3.0);
        check(|x| if x < 0.1 { -1.0 } else { 1e-9 }, -1.0, 1.0, 0.1);
    }

    #[test]
    fn flat_and_steep_functions_do_not_stall() {
        check(|x| (x - 1.0) * (x - 1.0) * (x - 1.0), -5.0, 7.5, 1.0);
    }
}
