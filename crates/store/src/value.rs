//! Single parameters.

use crate::error::StoreError;
use crate::statement::{Kind, Slot, Statement};

/// The value of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL, for a parameter that lets it in.
    Null,
    /// A signed 64-bit integer.
    Int(i64),
    /// A finite double; negative zero is stored as zero.
    Real(f64),
    /// Text without NUL characters.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// The list behind `IN {ids:$n}`.
    Ints(Vec<i64>),
    /// The list behind `IN {texts:$n}`.
    Texts(Vec<String>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Value {
                Value::$variant(value.into())
            }
        }
    )*};
}

value_from! {
    i64 => Int,
    f64 => Real,
    &str => Text,
    &String => Text,
    String => Text,
    &[u8] => Blob,
    Vec<u8> => Blob,
    &[i64] => Ints,
    Vec<i64> => Ints,
    &[String] => Texts,
    Vec<String> => Texts,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Holds the values of a call against the parameters its statement declares, so that both engines refuse alike.
///
/// # Errors
/// [`StoreError::Statement`] naming the first parameter that does not fit.
pub(crate) fn check_values(
    statement: &Statement,
    lists: &[bool],
    values: &[Value],
) -> Result<(), StoreError> {
    let wrong = |reason| Err(StoreError::Statement { statement: statement.name, reason });
    if values.len() != statement.params.len() {
        return wrong(format!("takes {} parameters, not {}", statement.params.len(), values.len()));
    }
    for (at, ((value, slot), list)) in values.iter().zip(statement.params).zip(lists).enumerate() {
        if let Some(reason) = misfit(value, *slot, *list) {
            return wrong(format!("parameter {} {reason}", at + 1));
        }
    }
    Ok(())
}

fn misfit(value: &Value, slot: Slot, list: bool) -> Option<&'static str> {
    match (value, slot.kind, list) {
        (Value::Null, _, false) if slot.null => None,
        (Value::Null, _, _) => Some("must not be null"),
        (Value::Int(_), Kind::Int, false) | (Value::Blob(_), Kind::Blob, false) => None,
        (Value::Ints(_), Kind::Int, true) => None,
        (Value::Real(number), Kind::Real, false) => misfit_real(*number),
        (Value::Text(text), Kind::Text, false) => misfit_text(text),
        (Value::Texts(texts), Kind::Text, true) => texts.iter().find_map(|text| misfit_text(text)),
        _ => Some("has another type than declared"),
    }
}

/// SQLite would store a NaN as NULL, so neither engine gets one.
pub(crate) fn misfit_real(number: f64) -> Option<&'static str> {
    if number.is_finite() { None } else { Some("is not a finite number") }
}

/// PostgreSQL cannot store NUL in text, so neither engine gets one.
pub(crate) fn misfit_text(text: &str) -> Option<&'static str> {
    if text.as_bytes().contains(&0) { Some("has a NUL character") } else { None }
}

/// SQLite would store a negative zero as zero and PostgreSQL as it is, so both get zero.
pub(crate) fn unsigned_zero(number: f64) -> f64 {
    number + 0.0
}
