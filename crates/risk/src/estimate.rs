//! A figure with what it was computed from.

use model::Date;

use crate::Absent;

/// What a figure was computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Observations asked for: returns of a window, rows of a regression.
    pub window: usize,
    /// Observations there were.
    pub observations: usize,
    /// Session of the first observation.
    pub first: Option<Date>,
    /// Session of the last observation.
    pub last: Option<Date>,
}

impl Sample {
    /// A sample without any observation.
    pub const fn empty(window: usize) -> Sample {
        Sample { window, observations: 0, first: None, last: None }
    }

    /// The sample of the observations of some dates, in order.
    pub fn of(window: usize, dates: &[Date]) -> Sample {
        Sample {
            window,
            observations: dates.len(),
            first: dates.first().copied(),
            last: dates.last().copied(),
        }
    }
}

/// A figure, or the reason why it does not exist, with the sample it was computed from.
///
/// # Example
/// ```
/// use risk::{Absent, Estimate, Sample};
/// let absent: Estimate<f64> = Estimate::absent(Sample::empty(90), Absent::NoFactor);
/// assert_eq!((absent.sample.window, absent.value), (90, Err(Absent::NoFactor)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate<T> {
    /// What it was computed from; when it is absent, what there was.
    pub sample: Sample,
    /// The figure.
    pub value: Result<T, Absent>,
}

impl<T> Estimate<T> {
    /// No figure, for a reason.
    pub const fn absent(sample: Sample, reason: Absent) -> Estimate<T> {
        Estimate { sample, value: Err(reason) }
    }

    /// One number of the figure; absent when the figure is.
    pub fn number(&self, of: impl FnOnce(&T) -> f64) -> Result<f64, Absent> {
        self.value.as_ref().map(of).map_err(|reason| *reason)
    }
}
