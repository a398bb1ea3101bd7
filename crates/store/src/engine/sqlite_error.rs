//! What SQLite says, in the words of the store.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::error::{Constraint, StoreError};

pub(super) fn sqlite_error(place: &str, statement: &'static str, error: rusqlite::Error) -> StoreError {
    let error = match error {
        // The driver would repeat the whole text, which for a migration is pages.
        rusqlite::Error::SqlInputError { error, msg, .. } => rusqlite::Error::SqliteFailure(error, Some(msg)),
        other => other,
    };
    let Some(failure) = error.sqlite_error().copied() else {
        return StoreError::Engine { statement, source: error.into() };
    };
    let place = place.to_string();
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy {
            reason: format!("another process has locked the file {place}"),
            source: Some(error.into()),
        },
        ErrorCode::DiskFull => StoreError::Full { source: error.into() },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Corrupt { place, source: error.into() }
        }
        ErrorCode::CannotOpen
        | ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed => {
            StoreError::Unavailable { place, source: Some(error.into()) }
        }
        ErrorCode::ConstraintViolation => match constraint(failure.extended_code) {
            Some(which) => {
                StoreError::Constraint { statement, which, name: name(&error), source: error.into() }
            }
            None => StoreError::Engine { statement, source: error.into() },
        },
        _ => StoreError::Engine { statement, source: error.into() },
    }
}

fn constraint(extended_code: i32) -> Option<Constraint> {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            Some(Constraint::Unique)
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER => Some(Constraint::ForeignKey),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(Constraint::NotNull),
        ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_DATATYPE => Some(Constraint::Check),
        _ => None,
    }
}

/// SQLite has the columns behind a colon, as in "UNIQUE constraint failed: bar.session", and no name at all for a
/// foreign key.
fn name(error: &rusqlite::Error) -> String {
    let rusqlite::Error::SqliteFailure(_, Some(message)) = error else { return String::new() };
    message.split_once(": ").map(|(_, name)| name.to_string()).unwrap_or_default()
}
