//! Moments and quantiles of returns.

use crate::absent::finite;
use crate::{Absent, Figure};

/// Deviations of returns up to this size are rounding: `1 + r` itself is only kept to 2e-16.
pub(crate) const DEVIATION_OF_ROUNDING: f64 = 1e-14;

/// The arithmetic mean.
///
/// # Errors
/// [`Absent::NoReturns`], [`Absent::Overflow`].
///
/// # Example
/// ```
/// assert_eq!(quant::mean(&[0.01, 0.03]), Ok(0.02));
/// ```
pub fn mean(values: &[f64]) -> Figure {
    if values.is_empty() {
        return Err(Absent::NoReturns);
    }
    let count = values.len() as f64;
    let first = values.iter().sum::<f64>() / count;
    // The second pass takes out the rounding of the first, which grows with the number of values.
    finite(first + values.iter().map(|value| value - first).sum::<f64>() / count)
}

/// The sample standard deviation, with `n - 1` as the divisor.
///
/// # Units
/// Those of the values: of daily returns, a fraction for one day.
///
/// # Convention
/// A deviation of at most 1e-14 is rounding of the returns and counts as zero, so that a constant series has
/// none.
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than two, [`Absent::Overflow`].
///
/// # Example
/// Of 1 % and 3 % the mean is 2 %, the squares are 1e-4 each, and sqrt(2e-4 / 1) = 1.4142 %.
/// ```
/// assert!((quant::deviation(&[0.01, 0.03]).unwrap() - 0.0141421356).abs() < 1e-10);
/// assert_eq!(quant::deviation(&[0.01, 0.01, 0.01]), Ok(0.0));
/// ```
pub fn deviation(values: &[f64]) -> Figure {
    if values.len() < 2 {
        return Err(Absent::TooFewReturns);
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = finite((squares / (values.len() - 1) as f64).sqrt())?;
    Ok(if deviation <= DEVIATION_OF_ROUNDING { 0.0 } else { deviation })
}

/// The value below which so many percent of the sorted values lie, interpolated linearly.
///
/// # Convention
/// Type 7: the position is `(n - 1) * percent / 100`, counted from 0; `percent` is held at 100.
///
/// # Errors
/// [`Absent::NoReturns`].
///
/// # Example
/// Of four values, 50 % lies half-way between the second and the third.
/// ```
/// assert_eq!(quant::quantile(&[1.0, 2.0, 4.0, 9.0], 50), Ok(3.0));
/// ```
///
/// # Source
/// Hyndman and Fan, 1996, Sample Quantiles in Statistical Packages.
pub fn quantile(sorted: &[f64], percent: usize) -> Figure {
    let Some(last) = sorted.len().checked_sub(1) else { return Err(Absent::NoReturns) };
    let hundredths = last * percent.min(100);
    let (below, part) = (hundredths / 100, (hundredths % 100) as f64 / 100.0);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    finite(low + (high - low) * part)
}

/// The skewness, corrected for the bias of a sample.
///
/// # Units
/// None; above zero when the long tail is that of gains.
///
/// # Convention
/// `G1 = sqrt(n (n - 1)) / (n - 2) * m3 / m2^1.5` with the population moments `m2` and `m3`.
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than three, [`Absent::ZeroDeviation`], [`Absent::Overflow`].
///
/// # Example
/// For 0, 0 and 3: m2 = 2, m3 = 2, so sqrt(6) * 2 / 2^1.5 = 1.7321.
/// ```
/// assert!((quant::skewness(&[0.0, 0.0, 3.0]).unwrap() - 1.7320508).abs() < 1e-7);
/// ```
///
/// # Source
/// Joanes and Gill, 1998, Comparing Measures of Sample Skewness and Kurtosis.
pub fn skewness(values: &[f64]) -> Figure {
    if values.len() < 3 {
        return Err(Absent::TooFewReturns);
    }
    let count = values.len() as f64;
    let [m2, m3, _] = moments(values)?;
    finite((count * (count - 1.0)).sqrt() / (count - 2.0) * m3 / (m2 * m2.sqrt()))
}

/// The kurtosis beyond that of a normal distribution, corrected for the bias of a sample.
///
/// # Units
/// None; above zero when extremes are more frequent than a normal distribution has them.
///
/// # Convention
/// `G2 = (n - 1) / ((n - 2) (n - 3)) * ((n + 1) g2 + 6)` with `g2 = m4 / m2^2 - 3`.
///
/// # Errors
/// [`Absent::TooFewReturns`] for fewer than four, [`Absent::ZeroDeviation`], [`Absent::Overflow`].
///
/// # Example
/// For -1, -1, 1 and 1: m2 = m4 = 1, g2 = -2, so 3 / 2 * (5 * -2 + 6) = -6.
/// ```
/// assert_eq!(quant::excess_kurtosis(&[-1.0, -1.0, 1.0, 1.0]), Ok(-6.0));
/// ```
///
/// # Source
/// Joanes and Gill, 1998, Comparing Measures of Sample Skewness and Kurtosis.
pub fn excess_kurtosis(values: &[f64]) -> Figure {
    if values.len() < 4 {
        return Err(Absent::TooFewReturns);
    }
    let count = values.len() as f64;
    let [m2, _, m4] = moments(values)?;
    let g2 = m4 / (m2 * m2) - 3.0;
    finite((count - 1.0) / ((count - 2.0) * (count - 3.0)) * ((count + 1.0) * g2 + 6.0))
}

/// The second, third and fourth population moments about the mean of values that vary.
fn moments(values: &[f64]) -> Result<[f64; 3], Absent> {
    if deviation(values)? == 0.0 {
        return Err(Absent::ZeroDeviation);
    }
    let (mean, count) = (mean(values)?, values.len() as f64);
    let mut sums = [0.0; 3];
    for value in values {
        let away = value - mean;
        let square = away * away;
        sums[0] += square;
        sums[1] += square * away;
        sums[2] += square * square;
    }
    Ok(sums.map(|sum| sum / count))
}
