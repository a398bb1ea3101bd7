//! The upper triangle of a symmetric matrix, stored once.

/// The entries above the diagonal of a symmetric matrix, row by row.
///
/// # Example
/// Of three things there are three pairs, in the order 0-1, 0-2, 1-2.
/// ```
/// use risk::UpperTriangle;
/// let triangle = UpperTriangle::from_entries(3, vec!["01", "02", "12"]).unwrap();
/// assert_eq!((triangle.get(2, 1), triangle.get(1, 1)), (Some(&"12"), None));
/// assert!(UpperTriangle::from_entries(3, vec!["01"]).is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UpperTriangle<T> {
    size: usize,
    entries: Vec<T>,
}

impl<T> UpperTriangle<T> {
    /// The triangle of a matrix with `size` rows; `None` unless there are `size * (size - 1) / 2` entries.
    pub fn from_entries(size: usize, entries: Vec<T>) -> Option<UpperTriangle<T>> {
        (entries.len() == pairs_count(size)).then_some(UpperTriangle { size, entries })
    }

    /// The triangle whose entries a function gives for row and column, row by row.
    pub(crate) fn of(size: usize, mut entry: impl FnMut(usize, usize) -> T) -> UpperTriangle<T> {
        let mut entries = Vec::with_capacity(pairs_count(size));
        for row in 0..size {
            entries.extend((row + 1..size).map(|column| entry(row, column)));
        }
        UpperTriangle { size, entries }
    }

    /// Rows of the matrix.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The entries row by row.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// The entry of two different places, in either order.
    pub fn get(&self, one: usize, other: usize) -> Option<&T> {
        let (row, column) = (one.min(other), one.max(other));
        (row < column && column < self.size).then(|| &self.entries[self.index(row, column)])
    }

    /// Row, column and entry of each pair.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, &T)> + '_ {
        let places = (0..self.size).flat_map(|row| (row + 1..self.size).map(move |column| (row, column)));
        places.zip(&self.entries).map(|((row, column), entry)| (row, column, entry))
    }

    pub(crate) fn get_mut(&mut self, row: usize, column: usize) -> &mut T {
        let index = self.index(row, column);
        &mut self.entries[index]
    }

    fn index(&self, row: usize, column: usize) -> usize {
        row * self.size - row * (row + 1) / 2 + column - row - 1
    }
}

/// How many pairs so many things make.
fn pairs_count(size: usize) -> usize {
    size * size.saturating_sub(1) / 2
}
