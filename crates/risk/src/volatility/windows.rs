//! Sums and deviations of every window of a series.
//!
//! All windows are added up side by side, step by step: the additions of one window stay in one order, and those of
//! different windows do not wait for each other.

/// The sum of each run of `width` values, found by doubling: only additions, so nothing cancels.
pub(super) fn sums(values: &[f64], width: usize) -> Vec<f64> {
    let count = (values.len() + 1).saturating_sub(width);
    if width == 0 || count == 0 {
        return Vec::new();
    }
    let mut sums = vec![0.0; count];
    // `runs` holds the sums of runs of `length`; those of the lengths that make up `width` are laid end to end.
    let (mut runs, mut length, mut covered) = (values.to_vec(), 1, 0);
    loop {
        if width & length != 0 {
            for (sum, run) in sums.iter_mut().zip(&runs[covered..]) {
                *sum += run;
            }
            covered += length;
        }
        if covered == width {
            return sums;
        }
        let doubled = runs.len() - length;
        for at in 0..doubled {
            runs[at] += runs[at + length];
        }
        runs.truncate(doubled);
        length *= 2;
    }
}

/// The sample deviation of each run of `width` values, the same bits as [`quant::deviation`] of each.
///
/// What that function refuses for its size comes out as what is no finite number.
pub(super) fn deviations(values: &[f64], width: usize) -> Vec<f64> {
    let count = (values.len() + 1).saturating_sub(width);
    if width < 2 || count == 0 {
        return Vec::new();
    }
    let divisor = width as f64;
    let mut first = vec![0.0; count];
    for step in 0..width {
        for (sum, value) in first.iter_mut().zip(&values[step..]) {
            *sum += value;
        }
    }
    first.iter_mut().for_each(|sum| *sum /= divisor);
    let mut means = vec![0.0; count];
    for step in 0..width {
        for ((sum, first), value) in means.iter_mut().zip(&first).zip(&values[step..]) {
            *sum += value - first;
        }
    }
    means.iter_mut().zip(&first).for_each(|(rest, first)| *rest = first + *rest / divisor);
    let mut squares = vec![0.0; count];
    for step in 0..width {
        for ((sum, mean), value) in squares.iter_mut().zip(&means).zip(&values[step..]) {
            *sum += (value - mean) * (value - mean);
        }
    }
    let deviation = |squares: f64| (squares / (divisor - 1.0)).sqrt();
    squares.iter_mut().for_each(|sum| *sum = without_rounding(deviation(*sum)));
    squares
}

fn without_rounding(deviation: f64) -> f64 {
    if deviation <= crate::regression::DEVIATION_OF_ROUNDING { 0.0 } else { deviation }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<f64> {
        (0..60).map(|at| 0.01 * f64::from((at * 37) % 23) - 0.1).collect()
    }

    #[test]
    fn each_sum_is_that_of_its_window() {
        let values = values();
        for width in 1..=60 {
            let found = sums(&values, width);
            assert_eq!(found.len(), 61 - width);
            for (at, sum) in found.iter().enumerate() {
                let expect: f64 = values[at..at + width].iter().sum();
                assert!((sum - expect).abs() < 1e-14, "{width} from {at}");
            }
        }
        assert_eq!((sums(&values, 61).len(), sums(&values, 0).len(), sums(&[], 3).len()), (0, 0, 0));
    }

    #[test]
    fn each_deviation_has_the_bits_of_that_of_its_window() {
        let mut values = values();
        values.extend([0.0; 25]);
        for width in [2, 5, 21] {
            let found = deviations(&values, width);
            assert_eq!(found.len(), values.len() + 1 - width);
            for (at, deviation) in found.iter().enumerate() {
                assert_eq!(Ok(*deviation), quant::deviation(&values[at..at + width]), "{width} from {at}");
            }
        }
        assert_eq!((deviations(&values, 1).len(), deviations(&[0.1], 2).len()), (0, 0));
    }
}
