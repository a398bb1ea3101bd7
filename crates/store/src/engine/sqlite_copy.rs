//! Copying whole SQLite databases.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::backup::{Backup as PageCopy, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::sqlite_error::sqlite_error;
use super::sqlite_session::Session;
use crate::backup::{Backup, Restored};
use crate::error::StoreError;
use crate::migrate::{self, MIGRATIONS};
use crate::portfolios::PORTFOLIO_COUNT;

const TABLE_COUNT: &str = "SELECT count(*) FROM sqlite_schema";
const VERSION_TABLE_COUNT: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'";
const VERSIONS: &str = "SELECT version, name FROM schema_version ORDER BY version";
/// All pages in one step, so that nobody sees a half.
const ALL_PAGES: i32 = -1;

impl Session {
    /// Writes a copy of the database to a new file.
    pub fn back_up(&mut self, to: &Path) -> Result<Backup, StoreError> {
        let schema_version = check_books(&self.connection, &self.place)?;
        let portfolio_count = count(&self.connection, &self.place, PORTFOLIO_COUNT.sql)?;
        let size_bytes = copy_to_new(&self.connection, &self.place, to)?;
        Ok(Backup { size_bytes, schema_version, portfolio_count })
    }

    /// Overwrites the database with a copy in one transaction.
    pub fn replace_by(&mut self, from: &Path, may_replace: bool) -> Result<Restored, StoreError> {
        let source = Source::open(from)?;
        let has_tables = count(&self.connection, &self.place, TABLE_COUNT)? > 0;
        if has_tables {
            // What is no database of ours is never overwritten, whoever says so.
            check_books(&self.connection, &self.place)?;
            let portfolio_count = count(&self.connection, &self.place, PORTFOLIO_COUNT.sql)?;
            if portfolio_count > 0 && !may_replace {
                return Err(StoreError::HasBooks { place: self.place.clone(), portfolio_count });
            }
        }
        let place = self.place.clone();
        let failed = |error| sqlite_error(&place, "RESTORE", error);
        let copying = PageCopy::new(&source.connection, &mut self.connection).map_err(failed)?;
        match copying.step(ALL_PAGES).map_err(failed)? {
            StepResult::Done => {}
            _ => {
                let reason = format!("another process has locked the file {place}");
                return Err(StoreError::Busy { reason, source: None });
            }
        }
        drop(copying);
        Ok(source.restored(has_tables))
    }
}

/// A copy that was looked through.
struct Source {
    connection: Connection,
    schema_version: u32,
    portfolio_count: u64,
}

impl Source {
    /// Opens a copy and looks it through: it is a database of ours, of a schema we know, and whole.
    fn open(from: &Path) -> Result<Source, StoreError> {
        let place = from.display().to_string();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(from, flags).map_err(|error| sqlite_error(&place, "OPEN", error))?;
        let schema_version = check_books(&connection, &place)?;
        if let Some(fault) = integrity_faults(&connection, &place)?.into_iter().next() {
            return Err(StoreError::Corrupt { place, source: fault.into() });
        }
        let portfolio_count = count(&connection, &place, PORTFOLIO_COUNT.sql)?;
        Ok(Source { connection, schema_version, portfolio_count })
    }

    fn restored(&self, has_replaced: bool) -> Restored {
        Restored { schema_version: self.schema_version, portfolio_count: self.portfolio_count, has_replaced }
    }
}

/// Puts a copy where no database is.
pub(crate) fn put_new(from: &Path, path: &Path) -> Result<Restored, StoreError> {
    let source = Source::open(from)?;
    copy_to_new(&source.connection, &from.display().to_string(), path)?;
    Ok(source.restored(false))
}

/// Refuses a file that is not there, since opening it would make an empty one.
pub(crate) fn check_there(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(unavailable(path, error)),
    }
}

/// Writes what a connection sees to a new file: first under another name beside it, then renamed. Gives its size.
fn copy_to_new(connection: &Connection, place: &str, to: &Path) -> Result<u64, StoreError> {
    let exists = || StoreError::FileExists { place: to.display().to_string() };
    if to.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = tempfile::Builder::new().prefix(".daybook-").suffix(".tmp").tempfile_in(folder);
    let draft = draft.map_err(|error| unavailable(to, error))?;
    let name = draft.path().to_str().ok_or_else(|| {
        unavailable(to, std::io::Error::new(ErrorKind::InvalidInput, "its name is not unicode text"))
    })?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| sqlite_error(place, "BACKUP", error))?;
    draft.as_file().sync_all().map_err(|error| unavailable(to, error))?;
    let size_bytes = draft.as_file().metadata().map_err(|error| unavailable(to, error))?.len();
    draft.persist_noclobber(to).map_err(|failed| match failed.error.kind() {
        ErrorKind::AlreadyExists => exists(),
        _ => unavailable(to, failed.error),
    })?;
    Ok(size_bytes)
}

/// Refuses a database that is none of ours or has a schema this program does not know. Gives its version.
fn check_books(connection: &Connection, place: &str) -> Result<u32, StoreError> {
    let failed = |error| sqlite_error(place, "SCHEMA_VERSION", error);
    let not_books = || StoreError::NotBooks { place: place.to_owned() };
    if count(connection, place, VERSION_TABLE_COUNT)? == 0 {
        return Err(not_books());
    }
    let mut statement = connection.prepare(VERSIONS).map_err(|_| not_books())?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)));
    let versions = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    let newest = versions.last().ok_or_else(not_books)?.0;
    migrate::pending(newest)?;
    let known = MIGRATIONS.iter().map(|migration| (migration.version, migration.name));
    let is_ours = known.zip(&versions).all(|(known, (version, name))| known == (*version, name.as_str()));
    if is_ours { Ok(newest) } else { Err(not_books()) }
}

/// What SQLite's own checks say against a database; nothing when it is whole.
pub(super) fn integrity_faults(connection: &Connection, place: &str) -> Result<Vec<String>, StoreError> {
    let failed = |error| sqlite_error(place, "INTEGRITY", error);
    let mut statement = connection.prepare("PRAGMA integrity_check(20)").map_err(failed)?;
    let told = statement.query_map([], |row| row.get::<_, String>(0));
    let mut faults = told.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    faults.retain(|fault| fault != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check").map_err(failed)?;
    let told = statement.query_map([], |row| {
        let (table, parent) = (row.get::<_, String>(0)?, row.get::<_, String>(2)?);
        Ok(format!("a row of {table} names a row of {parent} that is not there"))
    });
    let orphans = told.and_then(|rows| rows.take(20).collect::<Result<Vec<_>, _>>()).map_err(failed)?;
    faults.extend(orphans);
    Ok(faults)
}

fn count(connection: &Connection, place: &str, statement: &str) -> Result<u64, StoreError> {
    let counted = connection.query_row(statement, [], |row| row.get::<_, i64>(0));
    let counted = counted.map_err(|error| sqlite_error(place, "COUNT", error))?;
    Ok(counted.unsigned_abs())
}

fn unavailable(path: &Path, error: std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull => StoreError::Full { source: error.into() },
        _ => StoreError::Unavailable { place: path.display().to_string(), source: Some(error.into()) },
    }
}
