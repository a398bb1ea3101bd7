//! Wilder's smoothing, in its two forms.

use super::ema::averages;

/// Wilder's averages: each value moves them by `1 / period` of the distance, from the mean of the first `period`
/// values on. They begin with the value of index `period - 1`.
pub(super) fn wilder_averages(values: &[f64], period: usize) -> Vec<f64> {
    averages(values, period, 1.0 / period as f64)
}

/// Wilder's sums: each value replaces a share of `1 / period`, beginning with the sum of the first `period - 1`
/// values. The first one, with the value of index `period - 1`, has lost its share already, as in TA-Lib.
pub(super) fn wilder_sums(values: &[f64], period: usize) -> Vec<f64> {
    let Some((head, tail)) = values.split_at_checked(period - 1) else { return Vec::new() };
    let mut sum: f64 = head.iter().sum();
    let later = tail.iter().map(|value| {
        sum += value - sum / period as f64;
        sum
    });
    later.collect()
}
