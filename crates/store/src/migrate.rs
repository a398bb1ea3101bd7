//! The schema, as numbered files that only go forward. Each migration runs in a transaction of its own.

use crate::error::StoreError;

pub(crate) struct Migration {
    pub version: u32,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }
    };
}

/// Every migration, in order, numbered from one without a hole.
pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!(1, "books", "0001_books.sql"),
    migration!(2, "coverage", "0002_coverage.sql"),
    migration!(3, "profiles", "0003_profiles.sql"),
    migration!(4, "universe", "0004_universe.sql"),
    migration!(5, "jobs", "0005_jobs.sql"),
    migration!(6, "access", "0006_access.sql"),
    migration!(7, "onboarding", "0007_onboarding.sql"),
    migration!(8, "risk", "0008_risk.sql"),
    migration!(9, "failures", "0009_failures.sql"),
    migration!(10, "private", "0010_private.sql"),
    migration!(11, "plans", "0011_plans.sql"),
];

/// The last version this program knows.
pub const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Reads the version where the table is.
pub(crate) const VERSION_READ: &str = "SELECT coalesce(max(version), 0) FROM schema_version";

pub(crate) const SQLITE_VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

pub(crate) const SQLITE_VERSION_NOTE: &str = "INSERT INTO schema_version (version, name, applied_at) \
    VALUES (?1, ?2, CAST(unixepoch('subsec') * 1000000 AS INTEGER))";

pub(crate) const POSTGRES_VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (version BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, applied_at BIGINT NOT NULL)";

pub(crate) const POSTGRES_VERSION_NOTE: &str = "INSERT INTO schema_version (version, name, applied_at) \
    VALUES ($1, $2, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT))";

/// What a migration did: equal versions mean that there was nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version found; zero for an empty database.
    pub from: u32,
    /// The version reached.
    pub to: u32,
}

/// The migrations a database of version `found` lacks.
///
/// # Errors
/// [`StoreError::Newer`] when a later program made it.
pub(crate) fn pending(found: u32) -> Result<&'static [Migration], StoreError> {
    MIGRATIONS.get(found as usize..).ok_or(StoreError::Newer { found, known: KNOWN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbered_from_one_without_a_hole() {
        for (at, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version as usize, at + 1, "{}", migration.name);
        }
    }

    #[test]
    fn a_newer_schema_is_refused() {
        assert_eq!(pending(0).unwrap().len(), MIGRATIONS.len());
        assert!(pending(KNOWN).unwrap().is_empty());
        assert!(matches!(pending(KNOWN + 1), Err(StoreError::Newer { .. })));
    }
}
