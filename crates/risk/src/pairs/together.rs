//! What is measured of the pairs whose two symbols have their returns in the same sessions: all pairs of symbols that
//! began together, above all.
//!
//! The returns less their mean are the same in each of a symbol's pairs, so they are worked out once, and the products of
//! one symbol with several others are added up side by side. Each sum takes its parts in the order in which
//! [`measured`](super::measured) takes them, so that the figures are the same to the last bit.

use std::collections::BTreeMap;

use super::{Column, Measure, figure_of};
use crate::{Figure, UpperTriangle};

/// Sums that are added up side by side.
const LANES: usize = 8;

/// The measure of each pair of columns that lie in the same sessions, `min` of them at least; `None` of the others, and
/// of those whose measure is not wanted.
pub(super) fn together(
    columns: &[Column<'_>],
    is_wanted: impl Fn(usize) -> bool,
    measure: Measure,
    min: usize,
) -> UpperTriangle<Option<Figure>> {
    let mut groups = BTreeMap::<Vec<bool>, Vec<usize>>::new();
    for (at, column) in
        columns.iter().enumerate().filter(|(at, column)| column.count >= min && is_wanted(*at))
    {
        let sessions = column.values.iter().map(Option::is_some).collect();
        groups.entry(sessions).or_default().push(at);
    }
    let mut figures = UpperTriangle::of(columns.len(), |_, _| None);
    for members in groups.values().filter(|members| members.len() > 1) {
        let group = Group::new(columns, members);
        for (row, one) in members.iter().enumerate() {
            for (column, product) in group.products(row) {
                let squares = (group.squares[row], group.squares[column]);
                let figure = figure_of(product, squares, columns[*one].count, measure);
                *figures.get_mut(*one, members[column]) = Some(figure);
            }
        }
    }
    figures
}

/// Columns that lie in the same sessions, less their means.
struct Group {
    centred: Vec<Vec<f64>>,
    /// The sum of the squares of each.
    squares: Vec<f64>,
    /// The same numbers session by session, in blocks of columns; behind the last column there are zeros.
    blocks: Vec<[f64; LANES]>,
    blocks_count: usize,
}

impl Group {
    fn new(columns: &[Column<'_>], members: &[usize]) -> Group {
        let centred: Vec<Vec<f64>> = members.iter().map(|at| centred(&columns[*at])).collect();
        let squares = centred.iter().map(|values| values.iter().fold(0.0, |sum, value| sum + value * value));
        let blocks_count = centred.len().div_ceil(LANES);
        let sessions_count = centred.first().map_or(0, Vec::len);
        let mut blocks = vec![[0.0; LANES]; blocks_count * sessions_count];
        for (column, values) in centred.iter().enumerate() {
            let own = blocks[column / LANES..].iter_mut().step_by(blocks_count);
            own.zip(values).for_each(|(block, value)| block[column % LANES] = *value);
        }
        Group { squares: squares.collect(), centred, blocks, blocks_count }
    }

    /// The sum of products of one column with each behind it.
    fn products(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let first = row + 1;
        let blocks = (first / LANES..self.blocks_count).flat_map(move |block| {
            let mut sums = [0.0; LANES];
            let others = self.blocks[block..].iter().step_by(self.blocks_count);
            for (own, others) in self.centred[row].iter().zip(others) {
                sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += own * other);
            }
            (block * LANES..).zip(sums)
        });
        blocks.filter(move |(column, _)| (first..self.centred.len()).contains(column))
    }
}

/// The returns that are there, less their mean.
fn centred(column: &Column<'_>) -> Vec<f64> {
    let mut there: Vec<f64> = column.values.iter().copied().flatten().collect();
    let mean = there.iter().fold(0.0, |sum, value| sum + value) / there.len() as f64;
    there.iter_mut().for_each(|value| *value -= mean);
    there
}

#[cfg(test)]
mod tests {
    use model::{Calendar, Symbol};

    use super::*;
    use crate::{History, Named, Timeline};

    /// So many symbols whose returns begin at the places given, in turn, each pair against the two alone.
    fn check(symbols_count: usize, sessions_count: usize, first: &[usize], min: usize) {
        let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), sessions_count);
        let symbols: Vec<Symbol> =
            (0..symbols_count).map(|at| format!("S{at:03}").parse().unwrap()).collect();
        let history = |at: usize| {
            let sessions = timeline.sessions().iter().enumerate().skip(first[at % first.len()]);
            let step = |row: usize| ((row * (7 + 2 * at) + row * row * at) % 41) as f64 * 0.0011 - 0.02;
            History::of_returns(
                &timeline,
                sessions.map(|(row, session)| (*session, step(row))).collect::<Vec<_>>(),
            )
        };
        let histories: Vec<History> = (0..symbols_count).map(history).collect();
        for measure in [Measure::Covariance, Measure::Correlation] {
            let named = symbols.iter().zip(&histories).map(|(symbol, history)| Named { symbol, history });
            let columns: Vec<Column<'_>> =
                named.map(|named| Column::new(&timeline, &named, measure, sessions_count)).collect();
            let found = together(&columns, |_| true, measure, min);
            for (row, column, figure) in found.iter() {
                let is_together = columns[row].count >= min && row % first.len() == column % first.len();
                assert_eq!(figure.is_some(), is_together, "{row} and {column}");
                let Some(figure) = figure else { continue };
                let (alone, count) = columns[row].with(&columns[column], measure, min);
                assert_eq!(count, columns[row].count);
                let bits = |figure: Figure| figure.map(f64::to_bits);
                assert_eq!(bits(*figure), bits(alone), "{row} and {column} of {symbols_count}");
            }
        }
    }

    #[test]
    fn pairs_of_the_same_sessions_are_measured_as_any_others_to_the_last_bit() {
        check(2, 30, &[1], 2);
        check(8, 252, &[1], 60);
        check(9, 90, &[0], 60);
        check(20, 252, &[1], 60);
        check(25, 120, &[1, 40, 100], 60);
        check(3, 60, &[59], 2);
    }

    #[test]
    fn returns_that_never_change_have_no_correlation_together_either() {
        let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 70);
        let still = |rate: f64| {
            History::of_returns(&timeline, timeline.sessions().iter().skip(1).map(|session| (*session, rate)))
        };
        let histories = [still(0.001), still(0.002)];
        let symbols: [Symbol; 2] = ["A", "B"].map(|text| text.parse().unwrap());
        let named = symbols.iter().zip(&histories).map(|(symbol, history)| Named { symbol, history });
        let columns: Vec<Column<'_>> =
            named.map(|named| Column::new(&timeline, &named, Measure::Correlation, 70)).collect();
        let found = together(&columns, |_| true, Measure::Correlation, 60);
        assert_eq!(*found.get(0, 1).unwrap(), Some(columns[0].with(&columns[1], Measure::Correlation, 60).0));
        assert!(found.get(0, 1).unwrap().unwrap().is_err());
    }
}
