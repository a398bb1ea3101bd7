//! SQLite: one thread that writes, a few that read, all on one file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::sqlite_session::{Access, Session};
use super::workers::Workers;
use crate::counter::StatementCounter;
use crate::error::StoreError;
use crate::expand::{Dialect, Expansions};
use crate::limits::StoreLimits;
use crate::migrate::Migrated;
use crate::statement::Statement;
use crate::table::Table;
use crate::transaction::{Query, Recorded, Transaction};

pub(crate) struct SqliteEngine {
    writer: Workers<Session>,
    readers: Workers<Session>,
    // Removed with the engine.
    _directory: Option<TempDir>,
}

impl SqliteEngine {
    /// Opens and migrates the file, creating it when it is missing.
    pub async fn open(path: PathBuf, limits: &StoreLimits) -> Result<(SqliteEngine, Migrated), StoreError> {
        let engine = SqliteEngine::new(path, limits, None);
        let migrated = engine.writer.run(Session::migrate).await?;
        Ok((engine, migrated))
    }

    /// Opens a database that ends with its engine. It is a file in a temporary directory, because a shared memory
    /// database locks whole tables instead of giving readers their own snapshot.
    pub async fn open_memory(limits: &StoreLimits) -> Result<(SqliteEngine, Migrated), StoreError> {
        let unavailable = |error: std::io::Error| StoreError::Unavailable {
            place: "sqlite::memory:".into(),
            source: Some(error.into()),
        };
        let directory = tempfile::tempdir().map_err(unavailable)?;
        let engine = SqliteEngine::new(directory.path().join("memory.db"), limits, Some(directory));
        let migrated = engine.writer.run(Session::migrate).await?;
        Ok((engine, migrated))
    }

    /// The file as it is, without a look at its schema.
    pub fn unmigrated(path: PathBuf, limits: &StoreLimits) -> SqliteEngine {
        SqliteEngine::new(path, limits, None)
    }

    fn new(path: PathBuf, limits: &StoreLimits, directory: Option<TempDir>) -> SqliteEngine {
        let expansions = Arc::new(Expansions::new(Dialect::Sqlite));
        let busy_wait = Duration::from_millis(limits.busy_wait_ms_max.into());
        let workers = |name, access, threads_max| {
            let (path, expansions) = (path.clone(), Arc::clone(&expansions));
            let place = path.display().to_string();
            let open = move || Session::open(&path, access, busy_wait, Arc::clone(&expansions));
            Workers::new(name, threads_max, limits.queue_length_max, place, Box::new(open))
        };
        SqliteEngine {
            writer: workers("store-writer", Access::Write, 1),
            readers: workers("store-reader", Access::Read, limits.reader_count_max),
            _directory: directory,
        }
    }

    pub async fn load(
        &self,
        queries: Vec<Query>,
        counter: StatementCounter,
    ) -> Result<Vec<Table>, StoreError> {
        self.readers.run(move |session| session.load(&queries, &counter)).await
    }

    pub async fn record(&self, tx: Transaction, counter: StatementCounter) -> Result<Recorded, StoreError> {
        self.writer.run(move |session| session.record(&tx, &counter)).await
    }

    /// Runs work that is no transaction of statements on the thread that writes.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await
    }

    /// What SQLite's own checks say against the file.
    pub async fn integrity_faults(&self) -> Result<Vec<String>, StoreError> {
        self.readers.run(Session::integrity_faults).await
    }

    pub async fn execute_batch(&self, sql: String) -> Result<(), StoreError> {
        self.writer.run(move |session| session.execute_batch(&sql)).await
    }

    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        self.writer.run(move |session| session.prepare(statement)).await
    }

    pub async fn plan(&self, statement: &'static Statement) -> Result<Vec<String>, StoreError> {
        self.writer.run(move |session| session.plan(statement)).await
    }

    /// Ends the readers first, so that the writer is the last connection and folds the log back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
