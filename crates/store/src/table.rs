//! Columnar tables: what a query returns and what a bulk write takes.

use crate::error::StoreError;
use crate::statement::{Kind, Slot, Statement};
use crate::value::{misfit_real, misfit_text};

/// One typed column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Integers.
    Int(Vec<i64>),
    /// Integers or NULL.
    IntNull(Vec<Option<i64>>),
    /// Finite doubles.
    Real(Vec<f64>),
    /// Finite doubles or NULL.
    RealNull(Vec<Option<f64>>),
    /// Text.
    Text(Vec<String>),
    /// Text out of a list that the code knows, to be written; what is read comes as [`Column::Text`].
    Words(Vec<&'static str>),
    /// Text or NULL.
    TextNull(Vec<Option<String>>),
    /// Bytes.
    Blob(Vec<Vec<u8>>),
    /// Bytes or NULL.
    BlobNull(Vec<Option<Vec<u8>>>),
}

macro_rules! each {
    ($column:expr, $values:ident => $result:expr) => {
        match $column {
            Column::Int($values) => $result,
            Column::IntNull($values) => $result,
            Column::Real($values) => $result,
            Column::RealNull($values) => $result,
            Column::Text($values) => $result,
            Column::Words($values) => $result,
            Column::TextNull($values) => $result,
            Column::Blob($values) => $result,
            Column::BlobNull($values) => $result,
        }
    };
}

impl Column {
    /// An empty column for what a slot declares.
    pub fn of(slot: Slot) -> Column {
        match (slot.kind, slot.null) {
            (Kind::Int, false) => Column::Int(Vec::new()),
            (Kind::Int, true) => Column::IntNull(Vec::new()),
            (Kind::Real, false) => Column::Real(Vec::new()),
            (Kind::Real, true) => Column::RealNull(Vec::new()),
            (Kind::Text, false) => Column::Text(Vec::new()),
            (Kind::Text, true) => Column::TextNull(Vec::new()),
            (Kind::Blob, false) => Column::Blob(Vec::new()),
            (Kind::Blob, true) => Column::BlobNull(Vec::new()),
        }
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        each!(self, values => values.len())
    }

    /// Whether it has no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What slot this column would be declared as.
    pub fn slot(&self) -> Slot {
        let (kind, null) = match self {
            Column::Int(_) => (Kind::Int, false),
            Column::IntNull(_) => (Kind::Int, true),
            Column::Real(_) => (Kind::Real, false),
            Column::RealNull(_) => (Kind::Real, true),
            Column::Text(_) | Column::Words(_) => (Kind::Text, false),
            Column::TextNull(_) => (Kind::Text, true),
            Column::Blob(_) => (Kind::Blob, false),
            Column::BlobNull(_) => (Kind::Blob, true),
        };
        Slot { kind, null }
    }

    fn misfit(&self, slot: Slot) -> Option<&'static str> {
        let own = self.slot();
        if own.kind != slot.kind {
            return Some("has another type than declared");
        }
        if own.null && !slot.null {
            return Some("must not let nulls in");
        }
        match self {
            Column::Real(values) => values.iter().find_map(|value| misfit_real(*value)),
            Column::RealNull(values) => values.iter().flatten().find_map(|value| misfit_real(*value)),
            Column::Text(values) => values.iter().find_map(|value| misfit_text(value)),
            Column::Words(values) => values.iter().find_map(|value| misfit_text(value)),
            Column::TextNull(values) => values.iter().flatten().find_map(|value| misfit_text(value)),
            Column::Int(_) | Column::IntNull(_) | Column::Blob(_) | Column::BlobNull(_) => None,
        }
    }
}

/// Columns of one length.
///
/// The accessors take the number of a column, from zero. They panic when the column has another type, which is a
/// mismatch between a registered statement and the code beside it, found by the first test that runs it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
}

macro_rules! table_columns {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($element:ty);)*) => {
        impl Table {$(
            $(#[$doc])*
            pub fn $name(&self, index: usize) -> &[$element] {
                match &self.columns[index] {
                    Column::$variant(values) => values,
                    other => panic!("invariant: column {index} is {:?}", other.slot()),
                }
            }
        )*}
        $(impl From<Vec<$element>> for Column {
            fn from(values: Vec<$element>) -> Column {
                Column::$variant(values)
            }
        })*
    };
}

table_columns! {
    /// A column declared `int`.
    int: Int(i64);
    /// A column declared `int?`.
    int_null: IntNull(Option<i64>);
    /// A column declared `real`.
    real: Real(f64);
    /// A column declared `real?`.
    real_null: RealNull(Option<f64>);
    /// A column declared `text`.
    text: Text(String);
    /// A column declared `text?`.
    text_null: TextNull(Option<String>);
    /// A column declared `blob`.
    blob: Blob(Vec<u8>);
    /// A column declared `blob?`.
    blob_null: BlobNull(Option<Vec<u8>>);
}

impl From<Vec<&'static str>> for Column {
    fn from(words: Vec<&'static str>) -> Column {
        Column::Words(words)
    }
}

impl Table {
    /// A table of these columns.
    ///
    /// # Panics
    /// When the columns differ in length.
    ///
    /// # Example
    /// ```
    /// let table = store::Table::new(vec![vec![1_i64, 2].into(), vec![None, Some(0.5)].into()]);
    /// assert_eq!(table.len(), 2);
    /// assert_eq!(table.real_null(1), [None, Some(0.5)]);
    /// ```
    pub fn new(columns: Vec<Column>) -> Table {
        let ragged = columns.windows(2).any(|pair| pair[0].len() != pair[1].len());
        assert!(!ragged, "invariant: the columns of a table have one length");
        Table { columns }
    }

    /// An empty table for what a statement returns.
    pub(crate) fn of(slots: &[Slot]) -> Table {
        Table { columns: slots.iter().map(|slot| Column::of(*slot)).collect() }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, given away.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    pub(crate) fn columns_mut(&mut self) -> &mut [Column] {
        &mut self.columns
    }

    /// Holds the rows of a bulk write against the columns its statement declares.
    ///
    /// # Errors
    /// [`StoreError::Statement`] naming the first column that does not fit.
    pub(crate) fn check_rows(&self, statement: &Statement) -> Result<(), StoreError> {
        let wrong = |reason| Err(StoreError::Statement { statement: statement.name, reason });
        if self.columns.len() != statement.params.len() {
            let reason = format!("takes {} columns, not {}", statement.params.len(), self.columns.len());
            return wrong(reason);
        }
        for (at, (column, slot)) in self.columns.iter().zip(statement.params).enumerate() {
            if let Some(reason) = column.misfit(*slot) {
                return wrong(format!("column {} {reason}", at + 1));
            }
        }
        Ok(())
    }
}
