//! Covariances that forget.

use crate::absent::finite;
use crate::column::{Column, Rows};
use crate::{Absent, Estimate, History, Sample};

/// Covariances of series about zero, weighted towards the latest returns.
///
/// # Units
/// Products of daily returns.
#[derive(Clone, Debug, PartialEq)]
pub struct EwmaCovariance {
    size: usize,
    /// The matrix by rows, in full.
    entries: Vec<f64>,
}

impl EwmaCovariance {
    /// The covariance of two of the series, by their places; `None` beyond them.
    pub fn get(&self, one: usize, other: usize) -> Option<f64> {
        (one < self.size && other < self.size).then(|| self.entries[one * self.size + other])
    }

    /// Number of series.
    pub fn size(&self) -> usize {
        self.size
    }

    fn of(columns: &[&Column], rows: &Rows, lambda: f64) -> Result<EwmaCovariance, Absent> {
        if !(0.0..1.0).contains(&lambda) {
            return Err(Absent::INVALID_INPUT);
        }
        let size = columns.len();
        let series: Vec<_> = columns.iter().map(|column| rows.of(column)).collect();
        let mut entries = vec![0.0; size * size];
        for at in 0..rows.len() {
            let returned: Vec<f64> = series.iter().map(|series| series[at]).collect();
            // The first product is the seed, whole.
            let (kept, added) = if at == 0 { (0.0, 1.0) } else { (lambda, 1.0 - lambda) };
            for row in 0..size {
                for column in 0..=row {
                    let entry = &mut entries[row * size + column];
                    *entry = kept * *entry + added * (returned[row] * returned[column]);
                }
            }
        }
        for row in 0..size {
            for column in 0..row {
                entries[column * size + row] = entries[row * size + column];
            }
        }
        let entries = entries.into_iter().map(finite).collect::<Result<_, _>>()?;
        Ok(EwmaCovariance { size, entries })
    }
}

/// The exponentially weighted covariances of series, over every return that all of them have.
///
/// # Convention
/// `S = lambda * S + (1 - lambda) * r r'` from the first return on, which is the seed with its own product; the mean of
/// returns is taken to be zero.
///
/// # Errors
/// `no_returns`, `timelines_differ`, `overflow`; `invalid_input` for a lambda that is not from 0 up to 1.
///
/// # Example
/// With a lambda of 0.5, 2 % and then -4 %: 0.5 * 4e-4 + 0.5 * 16e-4 = 10e-4.
/// ```
/// use model::Calendar;
/// use risk::{History, Timeline, ewma_covariance};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 2);
/// let series = History::of_returns(&timeline, timeline.sessions().iter().copied().zip([0.02, -0.04]));
/// let found = ewma_covariance(&[&series], 0.5).value.unwrap();
/// assert!((found.get(0, 0).unwrap() - 10e-4).abs() < 1e-15);
/// ```
///
/// # Source
/// J.P. Morgan and Reuters, 1996, RiskMetrics Technical Document, chapter 5.
pub fn ewma_covariance(series: &[&History], lambda: f64) -> Estimate<EwmaCovariance> {
    let Some(first) = series.first() else {
        return Estimate::absent(Sample::empty(0), Absent::Numeric(quant::Absent::NoReturns));
    };
    if series.iter().any(|other| other.timeline() != first.timeline()) {
        return Estimate::absent(Sample::empty(first.timeline().len()), Absent::TimelinesDiffer);
    }
    let columns: Vec<&Column> = series.iter().map(|history| history.simple()).collect();
    of_columns(first, &columns, lambda)
}

/// The same of columns along the timeline of a history.
pub(crate) fn of_columns(along: &History, columns: &[&Column], lambda: f64) -> Estimate<EwmaCovariance> {
    let window = along.timeline().len();
    let rows = Rows::last_common(columns, window);
    let sample = along.sample(window, &rows);
    let value = match rows.len() {
        0 => Err(Absent::Numeric(quant::Absent::NoReturns)),
        _ => EwmaCovariance::of(columns, &rows, lambda),
    };
    Estimate { sample, value }
}
