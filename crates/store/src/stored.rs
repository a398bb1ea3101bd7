//! Turning stored numbers and texts back into nouns.

use model::{Date, Timestamp};

use crate::error::StoreError;

/// Reads a stored text as the noun it was written from.
///
/// # Errors
/// [`StoreError::Invalid`] when another program wrote something that is none.
pub(crate) fn parse<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| invalid(what, text))
}

/// A stored value that means nothing.
pub(crate) fn invalid(what: &'static str, value: impl std::fmt::Display) -> StoreError {
    StoreError::Invalid { what, value: value.to_string() }
}

/// A stored epoch day.
pub(crate) fn date(days: i64) -> Result<Date, StoreError> {
    i32::try_from(days).map(Date::from_epoch_days).map_err(|_| invalid("date", days))
}

/// A date as it is stored.
pub(crate) fn days(date: Date) -> i64 {
    i64::from(date.epoch_days())
}

/// A stored instant.
pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_epoch_micros(micros)
}
