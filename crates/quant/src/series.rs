//! A series of dated returns.

use model::Date;

use crate::QuantError;

/// Simple returns in order of date, with those left out counted.
///
/// # Example
/// ```
/// use model::Date;
/// use quant::ReturnSeries;
/// let day = Date::from_epoch_days;
/// let series = ReturnSeries::new([(day(1), Some(0.01)), (day(2), None), (day(3), Some(-0.02))]).unwrap();
/// assert_eq!((series.len(), series.left_out_count()), (2, 1));
/// assert!(ReturnSeries::new([(day(2), Some(0.01)), (day(2), Some(0.02))]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReturnSeries {
    dates: Vec<Date>,
    returns: Vec<f64>,
    left_out_count: usize,
}

impl ReturnSeries {
    /// A series of the entries that have a return; the others, and returns that are no finite number, are left
    /// out and counted.
    ///
    /// # Units
    /// Fractions: 0.01 is one percent.
    ///
    /// # Errors
    /// [`QuantError::NotAscending`] when a date is not after the one before it.
    pub fn new(entries: impl IntoIterator<Item = (Date, Option<f64>)>) -> Result<ReturnSeries, QuantError> {
        let mut series = ReturnSeries::default();
        let mut before = None;
        for (date, entry) in entries {
            if before.is_some_and(|before| date <= before) {
                return Err(QuantError::NotAscending { date });
            }
            before = Some(date);
            match entry.filter(|entry| entry.is_finite()) {
                Some(entry) => {
                    series.dates.push(date);
                    series.returns.push(entry);
                }
                None => series.left_out_count += 1,
            }
        }
        Ok(series)
    }

    /// Number of returns.
    pub fn len(&self) -> usize {
        self.returns.len()
    }

    /// Whether there is no return.
    pub fn is_empty(&self) -> bool {
        self.returns.is_empty()
    }

    /// Entries that had no return.
    pub fn left_out_count(&self) -> usize {
        self.left_out_count
    }

    /// The dates of the returns.
    pub fn dates(&self) -> &[Date] {
        &self.dates
    }

    /// The returns, as fractions.
    pub fn returns(&self) -> &[f64] {
        &self.returns
    }

    /// The returns of both series on the dates that both have: this one's, and the other's.
    pub fn common_with(&self, other: &ReturnSeries) -> (Vec<f64>, Vec<f64>) {
        let (mut own, mut theirs) = (Vec::with_capacity(self.len()), Vec::with_capacity(self.len()));
        let mut at = 0;
        for (date, value) in self.dates.iter().zip(&self.returns) {
            at += other.dates[at..].partition_point(|theirs| theirs < date);
            if other.dates.get(at) == Some(date) {
                own.push(*value);
                theirs.push(other.returns[at]);
            }
        }
        (own, theirs)
    }
}
