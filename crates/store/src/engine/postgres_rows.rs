//! Values and columns to PostgreSQL's binary form and back.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::expand::Expanded;
use crate::statement::{Kind, Statement};
use crate::table::Column;
use crate::value::{Value, unsigned_zero};

pub(super) type Parameter<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The types a statement is prepared with, so that no parameter is left for the server to guess.
pub(super) fn parameter_types(statement: &Statement, expanded: &Expanded) -> Vec<Type> {
    let slots = statement.params.iter().zip(&expanded.lists);
    slots
        .map(|(slot, list)| if expanded.bulk || *list { array(slot.kind) } else { single(slot.kind) })
        .collect()
}

fn single(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Real => Type::FLOAT8,
        Kind::Text => Type::TEXT,
        Kind::Blob => Type::BYTEA,
    }
}

fn array(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8_ARRAY,
        Kind::Real => Type::FLOAT8_ARRAY,
        Kind::Text => Type::TEXT_ARRAY,
        Kind::Blob => Type::BYTEA_ARRAY,
    }
}

/// Holds the columns the server will send against the declared ones.
pub(super) fn check_columns(
    statement: &Statement,
    prepared: &tokio_postgres::Statement,
) -> Result<(), String> {
    let columns = prepared.columns();
    if columns.len() != statement.columns.len() {
        return Err(format!("it returns {} columns", columns.len()));
    }
    for (column, slot) in columns.iter().zip(statement.columns) {
        if *column.type_() != single(slot.kind) {
            return Err(format!("column {} is {}, not {:?}", column.name(), column.type_(), slot.kind));
        }
    }
    Ok(())
}

/// The values of one execution.
pub(super) fn parameters<'a>(statement: &Statement, values: &'a [Value]) -> Vec<Parameter<'a>> {
    values.iter().zip(statement.params).map(|(value, slot)| parameter(value, slot.kind)).collect()
}

fn parameter(value: &Value, kind: Kind) -> Parameter<'_> {
    match value {
        Value::Null => match kind {
            Kind::Int => Box::new(None::<i64>),
            Kind::Real => Box::new(None::<f64>),
            Kind::Text => Box::new(None::<&str>),
            Kind::Blob => Box::new(None::<&[u8]>),
        },
        Value::Int(value) => Box::new(value),
        Value::Real(value) => Box::new(unsigned_zero(*value)),
        Value::Text(value) => Box::new(value),
        Value::Blob(value) => Box::new(value),
        Value::Ints(values) => Box::new(values),
        Value::Texts(values) => Box::new(values),
    }
}

/// Rows `from..to` of a column as one array parameter.
pub(super) fn array_parameter(column: &Column, from: usize, to: usize) -> Parameter<'_> {
    match column {
        Column::Int(values) => Box::new(&values[from..to]),
        Column::IntNull(values) => Box::new(&values[from..to]),
        Column::Real(values) => {
            Box::new(values[from..to].iter().map(|v| unsigned_zero(*v)).collect::<Vec<_>>())
        }
        Column::RealNull(values) => {
            Box::new(values[from..to].iter().map(|v| v.map(unsigned_zero)).collect::<Vec<_>>())
        }
        Column::Text(values) => Box::new(&values[from..to]),
        Column::Words(values) => Box::new(&values[from..to]),
        Column::TextNull(values) => Box::new(&values[from..to]),
        Column::Blob(values) => Box::new(&values[from..to]),
        Column::BlobNull(values) => Box::new(&values[from..to]),
    }
}

/// Adds one cell of a row to its column. The types were checked when the statement was prepared, so all that can
/// go wrong is a NULL.
pub(super) fn push(column: &mut Column, row: &Row, index: usize) -> Result<(), tokio_postgres::Error> {
    match column {
        Column::Int(values) => values.push(row.try_get(index)?),
        Column::IntNull(values) => values.push(row.try_get(index)?),
        Column::Real(values) => values.push(row.try_get(index)?),
        Column::RealNull(values) => values.push(row.try_get(index)?),
        Column::Text(values) => values.push(row.try_get(index)?),
        Column::Words(_) => unreachable!("invariant: what is read comes as text"),
        Column::TextNull(values) => values.push(row.try_get(index)?),
        Column::Blob(values) => values.push(row.try_get(index)?),
        Column::BlobNull(values) => values.push(row.try_get(index)?),
    }
    Ok(())
}
