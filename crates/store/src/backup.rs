//! Whole copies of a SQLite database: taking one while the database is in use, and putting one back.
//!
//! PostgreSQL has tools of its own for this, which know its roles and tablespaces; errors name them.

use std::path::Path;

use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite_copy;
use crate::error::StoreError;
use crate::limits::StoreLimits;
use crate::store::Store;
use crate::url::{Place, StoreUrl};

/// A copy that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub size_bytes: u64,
    /// The version of its schema.
    pub schema_version: u32,
    /// The portfolios in it, of all owners.
    pub portfolio_count: u64,
}

/// A copy that was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// The version of its schema; opening the database brings it up to date.
    pub schema_version: u32,
    /// The portfolios in it, of all owners.
    pub portfolio_count: u64,
    /// Whether it took the place of a database that was there.
    pub has_replaced: bool,
}

impl Store {
    /// Writes a consistent copy of a SQLite database to a file that does not exist yet, while others read and write
    /// the database. The file appears whole or not at all. The database is not migrated before.
    ///
    /// # Errors
    /// [`StoreError::NoFile`] for PostgreSQL, [`StoreError::FileExists`], [`StoreError::NotBooks`],
    /// [`StoreError::Newer`], [`StoreError::Full`], and what reaching database and file can give.
    pub async fn backup(url: &StoreUrl, to: &Path) -> Result<Backup, StoreError> {
        let path = file(url, "pg_dump --format=custom")?;
        sqlite_copy::check_there(path)?;
        let (engine, to) = (SqliteEngine::unmigrated(path.to_path_buf(), &limits()), to.to_path_buf());
        let result = engine.write(move |session| session.back_up(&to)).await;
        engine.close().await;
        result
    }

    /// Puts a copy in the place of a SQLite database, whole or not at all. One that has portfolios is replaced only
    /// when `may_replace` says so; processes that have it open see the copy from their next read on.
    ///
    /// # Errors
    /// [`StoreError::HasBooks`], [`StoreError::NotBooks`] or [`StoreError::Corrupt`] naming the copy or the place,
    /// [`StoreError::Newer`], [`StoreError::Busy`], [`StoreError::NoFile`] for PostgreSQL.
    pub async fn restore(url: &StoreUrl, from: &Path, may_replace: bool) -> Result<Restored, StoreError> {
        let path = file(url, "pg_restore")?.to_path_buf();
        sqlite_copy::check_there(from)?;
        let from = from.to_path_buf();
        if !path.exists() {
            let copying = tokio::task::spawn_blocking(move || sqlite_copy::put_new(&from, &path));
            return copying.await.unwrap_or(Err(StoreError::Worker));
        }
        if from.canonicalize().is_ok_and(|from| path.canonicalize().is_ok_and(|path| path == from)) {
            return Err(StoreError::BadUrl { reason: "the copy is the database itself" });
        }
        let engine = SqliteEngine::unmigrated(path, &limits());
        let result = engine.write(move |session| session.replace_by(&from, may_replace)).await;
        engine.close().await;
        result
    }
}

fn limits() -> StoreLimits {
    StoreLimits { pool_size_max: 1, ..StoreLimits::default() }
}

/// The file of a database that is one.
fn file<'u>(url: &'u StoreUrl, tool: &'static str) -> Result<&'u Path, StoreError> {
    match url.place() {
        Place::File(path) => Ok(path),
        Place::Memory => Err(StoreError::BadUrl { reason: "a database in memory has no file" }),
        Place::Postgres(_) => Err(StoreError::NoFile { tool }),
    }
}
