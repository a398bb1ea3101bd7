//! What PostgreSQL says, in the words of the store.

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::error::{Constraint, StoreError};
use crate::limits::StoreLimits;

pub(super) fn postgres_error(
    place: &str,
    statement: &'static str,
    error: tokio_postgres::Error,
) -> StoreError {
    let unavailable =
        |source| StoreError::Unavailable { place: place.to_string(), source: Some(Box::new(source)) };
    let Some(db) = error.as_db_error() else {
        let io = std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>());
        if io || error.is_closed() {
            return unavailable(error);
        }
        return StoreError::Engine { statement, source: error.into() };
    };
    let code = db.code().clone();
    if let Some(which) = constraint(&code) {
        let name = db.constraint().or(db.column()).unwrap_or_default().to_string();
        return StoreError::Constraint { statement, which, name, source: error.into() };
    }
    if code == SqlState::DISK_FULL {
        return StoreError::Full { source: error.into() };
    }
    if is_conflict(&code) {
        let reason = "another transaction holds the same rows".to_string();
        return StoreError::Busy { reason, source: Some(error.into()) };
    }
    if code == SqlState::TOO_MANY_CONNECTIONS {
        let reason = "the server takes no more connections".to_string();
        return StoreError::Busy { reason, source: Some(error.into()) };
    }
    if code == SqlState::DATA_CORRUPTED || code == SqlState::INDEX_CORRUPTED {
        return StoreError::Corrupt { place: place.to_string(), source: error.into() };
    }
    // Connection exceptions, refused logins, missing databases, operator intervention (shutdown).
    let class = &code.code()[..2];
    if matches!(class, "08" | "28" | "3D") || (class == "57" && code != SqlState::QUERY_CANCELED) {
        return unavailable(error);
    }
    StoreError::Engine { statement, source: error.into() }
}

pub(super) fn pool_error(place: &str, limits: &StoreLimits, error: PoolError) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy {
            reason: format!("no connection became free within {} ms", limits.pool_wait_ms_max),
            source: Some(error.into()),
        },
        PoolError::Backend(error) => match postgres_error(place, "CONNECT", error) {
            StoreError::Engine { source, .. } => {
                StoreError::Unavailable { place: place.to_string(), source: Some(source) }
            }
            other => other,
        },
        error => StoreError::Unavailable { place: place.to_string(), source: Some(error.into()) },
    }
}

/// Whether the server gave this transaction up in favour of another one, so that running it again is right.
fn is_conflict(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || *code == SqlState::LOCK_NOT_AVAILABLE
}

fn constraint(code: &SqlState) -> Option<Constraint> {
    if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::EXCLUSION_VIOLATION {
        Some(Constraint::Unique)
    } else if *code == SqlState::FOREIGN_KEY_VIOLATION || *code == SqlState::RESTRICT_VIOLATION {
        Some(Constraint::ForeignKey)
    } else if *code == SqlState::NOT_NULL_VIOLATION {
        Some(Constraint::NotNull)
    } else if *code == SqlState::CHECK_VIOLATION {
        Some(Constraint::Check)
    } else {
        None
    }
}
