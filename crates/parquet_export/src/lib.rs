//! Typed columns as a Parquet file, for export only. It knows nothing of portfolios, and no other crate knows Parquet.
//!
//! Exact numbers are decimals of 18 digits, so that every reader takes them for what they are; a number of more
//! digits is refused. The file is not compressed: its dictionaries and the reader's own compression do the most.

use std::io::Write;
use std::sync::Arc;

use parquet::column::writer::ColumnWriter;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

/// Digits of a decimal that fit 64 bits whatever they are.
const DECIMAL_DIGITS_MAX: u32 = 18;
/// The first number with more digits.
const DECIMAL_END: i64 = 1_000_000_000_000_000_000;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A number has more digits than a decimal of the file.
    #[error("a value of {column} has more than 18 digits, which the file cannot hold; export it as csv")]
    TooLarge {
        /// The column.
        column: String,
    },
    /// Columns do not have the types that the file was begun with.
    #[error("the columns are not those the file was begun with")]
    OtherColumns,
    /// Writing failed.
    #[error("the file could not be written")]
    Write(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<ParquetError> for ExportError {
    fn from(error: ParquetError) -> ExportError {
        ExportError::Write(error.into())
    }
}

/// The type of a column. Any value may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Dates.
    Date,
    /// Exact numbers with so many decimals.
    Decimal(u32),
    /// Whole numbers.
    Whole,
    /// Floating numbers.
    Real,
    /// Yes or no.
    Flag,
}

/// A column's name and type. Names are letters, digits and underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name.
    pub name: &'a str,
    /// The type.
    pub kind: Kind,
}

/// The values of a column; decimals in units of their last digit, dates in days since 1970-01-01.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<Option<String>>),
    /// Dates.
    Date(Vec<Option<i32>>),
    /// Exact numbers.
    Decimal(Vec<Option<i64>>),
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Floating numbers.
    Real(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

/// A Parquet file that is being written, one group of rows after the other.
pub struct ParquetFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    names: Vec<String>,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`ExportError::Write`], also for a name that is none.
    pub fn new(out: W, fields: &[Field<'_>]) -> Result<ParquetFile<W>, ExportError> {
        let line = |field: &Field<'_>| {
            let (physical, logical) = match field.kind {
                Kind::Text => ("BYTE_ARRAY", " (STRING)".to_owned()),
                Kind::Date => ("INT32", " (DATE)".to_owned()),
                Kind::Decimal(scale) => ("INT64", format!(" (DECIMAL({DECIMAL_DIGITS_MAX},{scale}))")),
                Kind::Whole => ("INT64", String::new()),
                Kind::Real => ("DOUBLE", String::new()),
                Kind::Flag => ("BOOLEAN", String::new()),
            };
            format!("OPTIONAL {physical} {}{logical};\n", field.name)
        };
        let lines: String = fields.iter().map(line).collect();
        let schema = parse_message_type(&format!("message daybook {{\n{lines}}}"))?;
        let properties = WriterProperties::builder().set_created_by("daybook".to_owned()).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(ParquetFile { writer, names: fields.iter().map(|field| field.name.to_owned()).collect() })
    }

    /// Adds a group of rows: a column of values for each field, all of one length.
    ///
    /// # Errors
    /// [`ExportError`]; the file cannot be gone on with after any of them.
    pub fn add(&mut self, columns: &[Values]) -> Result<(), ExportError> {
        if columns.len() != self.names.len() {
            return Err(ExportError::OtherColumns);
        }
        let mut group = self.writer.next_row_group()?;
        for (name, values) in self.names.iter().zip(columns) {
            let mut column = group.next_column()?.ok_or(ExportError::OtherColumns)?;
            write(&mut column, name, values)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// [`ExportError::Write`].
    pub fn end(self) -> Result<W, ExportError> {
        Ok(self.writer.into_inner()?)
    }
}

fn write(column: &mut SerializedColumnWriter<'_>, name: &str, values: &Values) -> Result<(), ExportError> {
    match (column.untyped(), values) {
        (ColumnWriter::ByteArrayColumnWriter(_), Values::Text(cells)) => {
            put::<ByteArrayType, _>(column, cells, |text| ByteArray::from(text.as_str()))
        }
        (ColumnWriter::Int32ColumnWriter(_), Values::Date(cells)) => {
            put::<Int32Type, _>(column, cells, |days| *days)
        }
        (ColumnWriter::Int64ColumnWriter(_), Values::Decimal(cells)) => {
            let fits = |number: &i64| number.unsigned_abs() < DECIMAL_END.unsigned_abs();
            if !cells.iter().flatten().all(fits) {
                return Err(ExportError::TooLarge { column: name.to_owned() });
            }
            put::<Int64Type, _>(column, cells, |number| *number)
        }
        (ColumnWriter::Int64ColumnWriter(_), Values::Whole(cells)) => {
            put::<Int64Type, _>(column, cells, |number| *number)
        }
        (ColumnWriter::DoubleColumnWriter(_), Values::Real(cells)) => {
            put::<DoubleType, _>(column, cells, |number| *number)
        }
        (ColumnWriter::BoolColumnWriter(_), Values::Flag(cells)) => {
            put::<BoolType, _>(column, cells, |flag| *flag)
        }
        _ => Err(ExportError::OtherColumns),
    }
}

/// Writes the values that are there, and for each row whether there is one.
fn put<T: DataType, V>(
    column: &mut SerializedColumnWriter<'_>,
    cells: &[Option<V>],
    of: impl Fn(&V) -> T::T,
) -> Result<(), ExportError> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(of).collect();
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    const FIELDS: [Field<'static>; 6] = [
        Field { name: "symbol", kind: Kind::Text },
        Field { name: "session", kind: Kind::Date },
        Field { name: "equity", kind: Kind::Decimal(6) },
        Field { name: "volume", kind: Kind::Whole },
        Field { name: "daily_return", kind: Kind::Real },
        Field { name: "is_final", kind: Kind::Flag },
    ];

    fn rows() -> Vec<Values> {
        vec![
            Values::Text(vec![Some("AAA".to_owned()), None]),
            Values::Date(vec![Some(19_724), Some(-1)]),
            Values::Decimal(vec![Some(-1_500_000), Some(DECIMAL_END - 1)]),
            Values::Whole(vec![None, Some(i64::MIN)]),
            Values::Real(vec![Some(0.1), None]),
            Values::Flag(vec![Some(true), Some(false)]),
        ]
    }

    #[test]
    fn what_is_written_is_read_back_with_its_types() {
        let mut file = ParquetFile::new(tempfile(), &FIELDS).unwrap();
        file.add(&rows()).unwrap();
        file.add(&rows()).unwrap();
        let reader = SerializedFileReader::new(file.end().unwrap()).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let read: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), 4);
        let told: Vec<String> = read[..2].iter().map(ToString::to_string).collect();
        assert_eq!(
            told[0],
            "{symbol: \"AAA\", session: 2024-01-02, equity: -1.500000, volume: null, daily_return: 0.1, is_final: true}"
        );
        assert!(told[1].starts_with("{symbol: null, session: 1969-12-31, equity: 999999999999.999999,"));
        assert_eq!(read[3].get_long(3).unwrap(), i64::MIN);
    }

    #[test]
    fn a_file_without_rows_has_its_columns() {
        let file = ParquetFile::new(tempfile(), &FIELDS).unwrap();
        let reader = SerializedFileReader::new(file.end().unwrap()).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr();
        let names: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
        assert_eq!(names, FIELDS.map(|field| field.name));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let check = |columns: &[Values], told: &str| {
            let mut file = ParquetFile::new(tempfile(), &FIELDS).unwrap();
            let error = file.add(columns).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        };
        let mut columns = rows();
        columns[2] = Values::Decimal(vec![None, Some(DECIMAL_END)]);
        check(&columns, "equity");
        columns[2] = Values::Whole(vec![None]);
        columns[0] = Values::Whole(vec![None]);
        check(&columns, "not those");
        check(&rows()[..5], "not those");
    }

    fn tempfile() -> std::fs::File {
        tempfile::tempfile().unwrap()
    }
}
