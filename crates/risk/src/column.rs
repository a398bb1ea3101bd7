//! Numbers along a timeline, of which some may be missing.

use std::borrow::Cow;

/// Numbers along a timeline. A missing one is kept as NaN, which nothing outside of this file ever sees; so the
/// numbers that are there lie side by side for the arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    numbers: Vec<f64>,
    /// From here on nothing is missing.
    whole_from: usize,
}

impl Column {
    /// The entries that are finite numbers; the others are missing.
    pub(crate) fn new(mut numbers: Vec<f64>) -> Column {
        for number in numbers.iter_mut().filter(|number| !number.is_finite()) {
            *number = f64::NAN;
        }
        let whole_from = numbers.iter().rposition(|number| number.is_nan()).map_or(0, |at| at + 1);
        Column { numbers, whole_from }
    }

    /// A column of which nothing is there.
    pub(crate) fn missing(len: usize) -> Column {
        Column { numbers: vec![f64::NAN; len], whole_from: len }
    }

    /// What stands for a missing number in what [`Column::new`] takes.
    pub(crate) const MISSING: f64 = f64::NAN;

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number at a place, unless it is missing.
    pub(crate) fn get(&self, at: usize) -> Option<f64> {
        self.numbers.get(at).copied().filter(|number| !number.is_nan())
    }

    /// Each number, or none.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Option<f64>> + ExactSizeIterator + '_ {
        self.numbers.iter().map(|number| (!number.is_nan()).then_some(*number))
    }

    /// How many of the entries from a place on are there.
    pub(crate) fn count_from(&self, first: usize) -> usize {
        match self.whole_from <= first {
            true => self.len().saturating_sub(first),
            false => self.numbers[first..].iter().filter(|number| !number.is_nan()).count(),
        }
    }

    /// A number for each place where both columns have one.
    pub(crate) fn combined(&self, other: &Column, with: impl Fn(f64, f64) -> f64) -> Column {
        let pairs = self.numbers.iter().zip(&other.numbers);
        // Whatever meets a missing number must be missing, also where the combination would not care.
        let combined = |(own, theirs): (&f64, &f64)| match own.is_nan() || theirs.is_nan() {
            true => Column::MISSING,
            false => with(*own, *theirs),
        };
        Column::new(pairs.map(combined).collect())
    }
}

/// The places of the last observations that several columns share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Places next to each other, from the first up to the second, which is not one of them.
    Run(usize, usize),
    /// Places with others in between.
    Picked(Vec<usize>),
}

impl Rows {
    /// The last places at which every column has a number, at most `window`.
    ///
    /// The columns are of one length.
    pub(crate) fn last_common(columns: &[&Column], window: usize) -> Rows {
        let Some(len) = columns.first().map(|column| column.len()) else { return Rows::Run(0, 0) };
        let whole_from = columns.iter().map(|column| column.whole_from).max().unwrap_or(len);
        if window <= len && whole_from <= len - window {
            return Rows::Run(len - window, len);
        }
        let is_there = |at: &usize| columns.iter().all(|column| !column.numbers[*at].is_nan());
        let mut picked: Vec<usize> = (0..len).rev().filter(is_there).take(window).collect();
        picked.reverse();
        match (picked.first(), picked.last()) {
            (Some(first), Some(last)) if last - first + 1 == picked.len() => Rows::Run(*first, last + 1),
            _ => Rows::Picked(picked),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Rows::Run(first, end) => end - first,
            Rows::Picked(picked) => picked.len(),
        }
    }

    pub(crate) fn first(&self) -> Option<usize> {
        match self {
            Rows::Run(first, end) => (first < end).then_some(*first),
            Rows::Picked(picked) => picked.first().copied(),
        }
    }

    pub(crate) fn last(&self) -> Option<usize> {
        match self {
            Rows::Run(first, end) => (first < end).then(|| end - 1),
            Rows::Picked(picked) => picked.last().copied(),
        }
    }

    /// The numbers of a column at these places, which it must have.
    pub(crate) fn of<'a>(&self, column: &'a Column) -> Cow<'a, [f64]> {
        match self {
            Rows::Run(first, end) => Cow::Borrowed(&column.numbers[*first..*end]),
            Rows::Picked(picked) => Cow::Owned(picked.iter().map(|at| column.numbers[*at]).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = Column::MISSING;

    fn check(columns: &[&[f64]], window: usize, expect: Rows) {
        let columns: Vec<Column> = columns.iter().map(|numbers| Column::new(numbers.to_vec())).collect();
        let found = Rows::last_common(&columns.iter().collect::<Vec<_>>(), window);
        assert_eq!(found, expect);
        for column in &columns {
            assert_eq!(found.of(column).len(), found.len());
            assert!(found.of(column).iter().all(|number| number.is_finite()));
        }
    }

    #[test]
    fn the_last_rows_are_those_that_every_column_has() {
        let whole: &[f64] = &[1.0, 2.0, 3.0, 4.0];
        check(&[whole], 2, Rows::Run(2, 4));
        check(&[whole], 9, Rows::Run(0, 4));
        check(&[whole, &[NONE, 1.0, NONE, 1.0]], 3, Rows::Picked(vec![1, 3]));
        check(&[whole, &[1.0, 1.0, NONE, 1.0]], 2, Rows::Picked(vec![1, 3]));
        check(&[whole, &[1.0, 1.0, 1.0, NONE]], 2, Rows::Run(1, 3));
        check(&[&[NONE, 1.0], &[1.0, NONE]], 2, Rows::Picked(vec![]));
        check(&[], 2, Rows::Run(0, 0));
        check(&[whole], 0, Rows::Run(4, 4));
    }

    #[test]
    fn what_is_not_finite_is_missing() {
        let column = Column::new(vec![1.0, f64::INFINITY, 2.0]);
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some(1.0), None, Some(2.0)]);
        assert_eq!((column.count_from(0), column.count_from(1), column.count_from(9)), (2, 1, 0));
        assert_eq!(column.get(1), None);
        assert_eq!(Column::missing(2).count_from(0), 0);
    }
}
