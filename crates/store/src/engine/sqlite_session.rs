//! One SQLite connection: reads into columns, transactions, binding of values.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, TransactionBehavior};

use super::sqlite_copy;
use super::sqlite_error::sqlite_error;
use super::{BULK_CHUNK_ROWS_MAX, check_expectation, check_query, check_write};
use crate::counter::{StatementCounter, TimedStatement};
use crate::error::StoreError;
use crate::expand::{Expanded, Expansions};
use crate::migrate::{self, Migrated};
use crate::statement::Statement;
use crate::table::{Column, Table};
use crate::transaction::{Input, Query, Recorded, Transaction, Write};
use crate::value::{Value, unsigned_zero};

/// Prepared statements that a connection keeps; above the number of registered ones none is prepared twice.
const STATEMENT_CACHE_COUNT_MAX: usize = 512;

/// Pages are read in place from the mapped file; what is not mapped goes through this cache. The log is folded back into
/// the file when it is as long as the cache, so that few transactions wait for that, and what a refresh writes over and
/// over goes to the file once.
const SETTINGS: &str = "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA cache_size = -16384; PRAGMA mmap_size = 1073741824; PRAGMA journal_size_limit = 67108864; \
    PRAGMA wal_autocheckpoint = 4096;";

/// The pause before a file is opened again that others hold.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    Read,
}

pub(crate) struct Session {
    pub(super) connection: Connection,
    expansions: Arc<Expansions>,
    pub(super) place: String,
}

impl Session {
    pub fn open(
        path: &Path,
        access: Access,
        busy_wait: Duration,
        expansions: Arc<Expansions>,
    ) -> Result<Session, StoreError> {
        let place = path.display().to_string();
        let open = || -> rusqlite::Result<Connection> {
            let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            if access == Access::Write {
                flags |= OpenFlags::SQLITE_OPEN_CREATE;
            }
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(busy_wait)?;
            connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_COUNT_MAX);
            match access {
                Access::Write => connection.execute_batch("PRAGMA journal_mode = WAL")?,
                Access::Read => connection.execute_batch("PRAGMA query_only = ON")?,
            }
            connection.execute_batch(SETTINGS)?;
            Ok(connection)
        };
        let connection = retry_while_busy(busy_wait, open);
        let connection = connection.map_err(|error| sqlite_error(&place, "OPEN", error))?;
        Ok(Session { connection, expansions, place })
    }

    /// Answers the queries from one snapshot.
    pub fn load(&mut self, queries: &[Query], counter: &StatementCounter) -> Result<Vec<Table>, StoreError> {
        let place = &self.place;
        let snapshot = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(|error| sqlite_error(place, "BEGIN", error))?;
        let mut tables = Vec::with_capacity(queries.len());
        for query in queries {
            let expanded = self.expansions.of(query.statement)?;
            check_query(&expanded, query)?;
            let mut prepared = prepare(&snapshot, place, query.statement, &expanded)?;
            counter.add(1);
            let _timed = TimedStatement::begin(query.statement.name);
            let failed = |error| sqlite_error(place, query.statement.name, error);
            bind_values(&mut prepared, &query.values).map_err(failed)?;
            let table = read(&mut prepared, query.statement, failed)?;
            tables.push(table);
        }
        Ok(tables)
    }

    /// Runs the writes whole or not at all: dropping the transaction on any error rolls it back.
    pub fn record(&mut self, tx: &Transaction, counter: &StatementCounter) -> Result<Recorded, StoreError> {
        let place = &self.place;
        let running = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| sqlite_error(place, "BEGIN", error))?;
        let mut recorded = Recorded::default();
        for (index, write) in tx.writes().iter().enumerate() {
            let expanded = self.expansions.of(write.statement)?;
            check_write(&expanded, write)?;
            let mut prepared = prepare(&running, place, write.statement, &expanded)?;
            let _timed = TimedStatement::begin(write.statement.name);
            let affected = run(&mut prepared, write, counter)
                .map_err(|error| sqlite_error(place, write.statement.name, error))?;
            check_expectation(index, write, affected)?;
            recorded.affected.push(affected);
        }
        running.commit().map_err(|error| sqlite_error(place, "COMMIT", error))?;
        Ok(recorded)
    }

    pub fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(|error| {
            if !self.connection.is_autocommit() {
                // A transaction the batch opened must not swallow the writes that follow.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            sqlite_error(&self.place, "BATCH", error)
        })
    }

    /// What SQLite's own checks say against the file; nothing when it is whole.
    pub fn integrity_faults(&mut self) -> Result<Vec<String>, StoreError> {
        sqlite_copy::integrity_faults(&self.connection, &self.place)
    }

    /// The steps in which a statement would be answered.
    pub fn plan(&mut self, statement: &'static Statement) -> Result<Vec<String>, StoreError> {
        let expanded = self.expansions.of(statement)?;
        let steps = || -> Result<Vec<String>, rusqlite::Error> {
            let text = format!("EXPLAIN QUERY PLAN {}", expanded.sql);
            let mut explained = self.connection.prepare(&text)?;
            // A plan follows from the text alone, so that nothing is bound.
            explained.raw_query().mapped(|row| row.get("detail")).collect()
        };
        steps().map_err(|error| sqlite_error(&self.place, statement.name, error))
    }

    pub fn prepare(&mut self, statement: &'static Statement) -> Result<(), StoreError> {
        let expanded = self.expansions.of(statement)?;
        prepare(&self.connection, &self.place, statement, &expanded).map(drop)
    }

    pub fn migrate(&mut self) -> Result<Migrated, StoreError> {
        let from = self.version()?;
        for migration in migrate::pending(from)? {
            self.apply(migration)?;
        }
        Ok(Migrated { from, to: migrate::KNOWN })
    }

    fn version(&self) -> Result<u32, StoreError> {
        let read = || -> rusqlite::Result<u32> {
            let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'";
            if self.connection.query_row(there, [], |row| row.get::<_, i64>(0))? == 0 {
                return Ok(0);
            }
            self.connection.query_row(migrate::VERSION_READ, [], |row| row.get(0))
        };
        read().map_err(|error| sqlite_error(&self.place, "SCHEMA_VERSION", error))
    }

    fn apply(&self, migration: &'static migrate::Migration) -> Result<(), StoreError> {
        // The lock comes first and the version is read again behind it, because another process may be migrating
        // the same new file.
        let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
        begun.map_err(|error| sqlite_error(&self.place, "BEGIN", error))?;
        let steps = || -> rusqlite::Result<()> {
            self.connection.execute_batch(migrate::SQLITE_VERSION_TABLE)?;
            let found: u32 = self.connection.query_row(migrate::VERSION_READ, [], |row| row.get(0))?;
            if found < migration.version {
                self.connection.execute_batch(migration.sqlite)?;
                let noted = (migration.version, migration.name);
                self.connection.execute(migrate::SQLITE_VERSION_NOTE, noted)?;
            }
            self.connection.execute_batch("COMMIT")
        };
        steps().map_err(|error| {
            // When even the rollback fails the connection is given up with the error below.
            let _ = self.connection.execute_batch("ROLLBACK");
            match sqlite_error(&self.place, "MIGRATION", error) {
                StoreError::Engine { source, .. } | StoreError::Constraint { source, .. } => {
                    StoreError::Migration { version: migration.version, name: migration.name, source }
                }
                other => other,
            }
        })
    }
}

/// Opens a connection, again and again while others hold the file. SQLite itself does not wait when two processes turn a
/// file into one with a log at once.
fn retry_while_busy<T>(longest: Duration, open: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let start = Instant::now();
    loop {
        match open() {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && start.elapsed() < longest =>
            {
                std::thread::sleep(BUSY_PAUSE);
            }
            opened => return opened,
        }
    }
}

fn prepare<'c>(
    connection: &'c Connection,
    place: &str,
    statement: &'static Statement,
    expanded: &Expanded,
) -> Result<CachedStatement<'c>, StoreError> {
    let prepared = connection
        .prepare_cached(&expanded.sql)
        .map_err(|error| sqlite_error(place, statement.name, error))?;
    if prepared.column_count() != statement.columns.len() {
        let reason = format!("it returns {} columns", prepared.column_count());
        return Err(StoreError::Statement { statement: statement.name, reason });
    }
    Ok(prepared)
}

fn read(
    prepared: &mut CachedStatement<'_>,
    statement: &'static Statement,
    failed: impl Fn(rusqlite::Error) -> StoreError,
) -> Result<Table, StoreError> {
    let mut table = Table::of(statement.columns);
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().map_err(&failed)? {
        for (index, column) in table.columns_mut().iter_mut().enumerate() {
            let value = row.get_ref(index).map_err(&failed)?;
            push(column, value).map_err(|reason| StoreError::Decode {
                statement: statement.name,
                column: index,
                reason,
            })?;
        }
    }
    Ok(table)
}

#[inline]
fn push(column: &mut Column, value: ValueRef<'_>) -> Result<(), &'static str> {
    match (column, value) {
        (Column::Int(values), ValueRef::Integer(value)) => values.push(value),
        (Column::IntNull(values), ValueRef::Integer(value)) => values.push(Some(value)),
        (Column::IntNull(values), ValueRef::Null) => values.push(None),
        (Column::Real(values), ValueRef::Real(value)) => values.push(value),
        (Column::RealNull(values), ValueRef::Real(value)) => values.push(Some(value)),
        (Column::RealNull(values), ValueRef::Null) => values.push(None),
        (Column::Text(values), ValueRef::Text(value)) => values.push(text(value)?),
        (Column::TextNull(values), ValueRef::Text(value)) => values.push(Some(text(value)?)),
        (Column::TextNull(values), ValueRef::Null) => values.push(None),
        (Column::Blob(values), ValueRef::Blob(value)) => values.push(value.to_vec()),
        (Column::BlobNull(values), ValueRef::Blob(value)) => values.push(Some(value.to_vec())),
        (Column::BlobNull(values), ValueRef::Null) => values.push(None),
        (_, ValueRef::Null) => return Err("is null, which it must not be"),
        _ => return Err("has another type than declared"),
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<String, &'static str> {
    std::str::from_utf8(bytes).map(str::to_string).map_err(|_| "is not unicode text")
}

fn run(
    prepared: &mut CachedStatement<'_>,
    write: &Write,
    counter: &StatementCounter,
) -> rusqlite::Result<u64> {
    let rows = match &write.input {
        Input::Values(values) => {
            counter.add(1);
            bind_values(prepared, values)?;
            return Ok(prepared.raw_execute()? as u64);
        }
        Input::Rows(rows) => rows,
    };
    let mut affected = 0;
    for row in 0..rows.len() {
        if row % BULK_CHUNK_ROWS_MAX == 0 {
            counter.add(1);
        }
        for (index, column) in rows.columns().iter().enumerate() {
            prepared.raw_bind_parameter(index + 1, cell(column, row))?;
        }
        affected += prepared.raw_execute()? as u64;
    }
    Ok(affected)
}

fn bind_values(prepared: &mut CachedStatement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (index, value) in values.iter().enumerate() {
        let bound = match value {
            Value::Null => borrowed(ValueRef::Null),
            Value::Int(value) => borrowed(ValueRef::Integer(*value)),
            Value::Real(value) => borrowed(ValueRef::Real(unsigned_zero(*value))),
            Value::Text(value) => borrowed(ValueRef::Text(value.as_bytes())),
            Value::Blob(value) => borrowed(ValueRef::Blob(value)),
            Value::Ints(values) => list(values),
            Value::Texts(values) => list(values),
        };
        prepared.raw_bind_parameter(index + 1, bound)?;
    }
    Ok(())
}

/// Lists travel as JSON, which `json_each` takes apart.
fn list<T: Into<serde_json::Value> + Clone>(values: &[T]) -> ToSqlOutput<'static> {
    let json = serde_json::Value::from(values);
    ToSqlOutput::Owned(rusqlite::types::Value::Text(json.to_string()))
}

fn borrowed(value: ValueRef<'_>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(value)
}

#[inline]
fn cell(column: &Column, row: usize) -> ToSqlOutput<'_> {
    let value = match column {
        Column::Int(values) => ValueRef::Integer(values[row]),
        Column::IntNull(values) => values[row].map_or(ValueRef::Null, ValueRef::Integer),
        Column::Real(values) => ValueRef::Real(unsigned_zero(values[row])),
        Column::RealNull(values) => {
            values[row].map_or(ValueRef::Null, |value| ValueRef::Real(unsigned_zero(value)))
        }
        Column::Text(values) => ValueRef::Text(values[row].as_bytes()),
        Column::Words(values) => ValueRef::Text(values[row].as_bytes()),
        Column::TextNull(values) => {
            values[row].as_ref().map_or(ValueRef::Null, |value| ValueRef::Text(value.as_bytes()))
        }
        Column::Blob(values) => ValueRef::Blob(&values[row]),
        Column::BlobNull(values) => {
            values[row].as_ref().map_or(ValueRef::Null, |value| ValueRef::Blob(value))
        }
    };
    ToSqlOutput::Borrowed(value)
}
