//! The two engines behind one set of calls. What differs between SQLite and PostgreSQL stays below this file.

pub(crate) mod postgres;
mod postgres_error;
mod postgres_rows;
pub(crate) mod postgres_tls;
pub(crate) mod sqlite;
pub(crate) mod sqlite_copy;
mod sqlite_error;
mod sqlite_session;
mod workers;

use crate::counter::StatementCounter;
use crate::error::StoreError;
use crate::expand::Expanded;
use crate::statement::Statement;
use crate::table::Table;
use crate::transaction::{Input, Query, Recorded, Transaction, Write};
use crate::value::check_values;

/// Rows of one bulk execution: PostgreSQL gets them as arrays, so this bounds one message; SQLite runs them one by
/// one and counts the same number of statements.
pub const BULK_CHUNK_ROWS_MAX: usize = 65_536;

pub(crate) enum Engine {
    Sqlite(sqlite::SqliteEngine),
    Postgres(postgres::PostgresEngine),
}

impl Engine {
    pub async fn load(
        &self,
        queries: Vec<Query>,
        counter: StatementCounter,
    ) -> Result<Vec<Table>, StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.load(queries, counter).await,
            Engine::Postgres(engine) => engine.load(queries, counter).await,
        }
    }

    pub async fn record(&self, tx: Transaction, counter: StatementCounter) -> Result<Recorded, StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.record(tx, counter).await,
            Engine::Postgres(engine) => engine.record(tx, counter).await,
        }
    }

    pub async fn execute_batch(&self, sql: String) -> Result<(), StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.execute_batch(sql).await,
            Engine::Postgres(engine) => engine.execute_batch(&sql).await,
        }
    }

    /// What the engine's own checks say against the database; absent where there are none to ask for.
    pub async fn integrity_faults(&self) -> Result<Option<Vec<String>>, StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.integrity_faults().await.map(Some),
            Engine::Postgres(_) => Ok(None),
        }
    }

    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.prepare(statement).await,
            Engine::Postgres(engine) => engine.prepare(statement).await,
        }
    }

    pub async fn plan(&self, statement: &'static Statement) -> Result<Vec<String>, StoreError> {
        match self {
            Engine::Sqlite(engine) => engine.plan(statement).await,
            Engine::Postgres(engine) => engine.plan(statement).await,
        }
    }

    pub async fn close(&self) {
        match self {
            Engine::Sqlite(engine) => engine.close().await,
            Engine::Postgres(engine) => engine.close(),
        }
    }
}

/// What a load may ask: statements that return columns and take no rows.
fn check_query(expanded: &Expanded, query: &Query) -> Result<(), StoreError> {
    let wrong = |reason: &str| {
        Err(StoreError::Statement { statement: query.statement.name, reason: reason.to_string() })
    };
    if expanded.bulk {
        return wrong("it takes rows and cannot be asked");
    }
    if query.statement.columns.is_empty() {
        return wrong("it returns no columns and cannot be asked");
    }
    check_values(query.statement, &expanded.lists, &query.values)
}

/// What a transaction may write: statements that return no columns, with the input their text takes.
fn check_write(expanded: &Expanded, write: &Write) -> Result<(), StoreError> {
    let wrong = |reason: &str| {
        Err(StoreError::Statement { statement: write.statement.name, reason: reason.to_string() })
    };
    if !write.statement.columns.is_empty() {
        return wrong("it returns columns and cannot be written");
    }
    match &write.input {
        Input::Values(_) if expanded.bulk => wrong("it takes rows"),
        Input::Values(values) => check_values(write.statement, &expanded.lists, values),
        Input::Rows(_) if !expanded.bulk => wrong("it takes no rows"),
        Input::Rows(rows) => rows.check_rows(write.statement),
    }
}

fn check_expectation(index: usize, write: &Write, affected: u64) -> Result<(), StoreError> {
    if write.expect.admits(affected) {
        return Ok(());
    }
    Err(StoreError::Guard { statement: write.statement.name, index, expected: write.expect, affected })
}
