//! The handle callers hold.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::Instrument;

use crate::counter::StatementCounter;
use crate::engine::Engine;
use crate::engine::postgres::PostgresEngine;
use crate::engine::sqlite::SqliteEngine;
use crate::error::StoreError;
use crate::limits::StoreLimits;
use crate::migrate::Migrated;
use crate::statement::Statement;
use crate::table::Table;
use crate::transaction::{Query, Recorded, Transaction};
use crate::url::{Place, StoreUrl};

/// The name of the span that every use of the database stands in, so that it can be seen what happens meanwhile.
pub const DATABASE_SPAN: &str = "database";

/// One database. A clone is another handle on the same one.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    counter: StatementCounter,
    place: Arc<str>,
    /// Turns of all background work together; they are one fewer than there are connections.
    background: Arc<Semaphore>,
    is_background: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.place)
    }
}

impl Store {
    /// Opens a database. A SQLite file is created when it is missing and migrated when it is behind.
    ///
    /// # Errors
    /// [`StoreError::NeedsMigration`] for a PostgreSQL database that is behind, [`StoreError::Newer`] for one that
    /// is ahead, and what reaching it can give.
    pub async fn open(url: &StoreUrl, limits: &StoreLimits) -> Result<Store, StoreError> {
        let connection_count = match url.place() {
            Place::File(_) | Place::Memory => limits.reader_count_max,
            Place::Postgres(_) => limits.pool_size_max,
        };
        let engine = match url.place() {
            Place::File(path) => Engine::Sqlite(SqliteEngine::open(path.clone(), limits).await?.0),
            Place::Memory => Engine::Sqlite(SqliteEngine::open_memory(limits).await?.0),
            Place::Postgres(server) => {
                let engine = PostgresEngine::new(server, url.to_string(), limits)?;
                engine.check_version().await?;
                Engine::Postgres(engine)
            }
        };
        let counter = StatementCounter::default();
        Ok(Store {
            engine: Arc::new(engine),
            counter,
            place: url.to_string().into(),
            background: Arc::new(Semaphore::new(connection_count.saturating_sub(1).max(1))),
            is_background: false,
        })
    }

    /// Brings the schema of a database up to what this program knows. Processes may do so at the same time.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Migration`], and what reaching the database can give.
    pub async fn migrate(url: &StoreUrl) -> Result<Migrated, StoreError> {
        let limits = StoreLimits { pool_size_max: 1, ..StoreLimits::default() };
        match url.place() {
            Place::File(path) => {
                let (engine, migrated) = SqliteEngine::open(path.clone(), &limits).await?;
                engine.close().await;
                Ok(migrated)
            }
            Place::Memory => Ok(SqliteEngine::open_memory(&limits).await?.1),
            Place::Postgres(server) => PostgresEngine::new(server, url.to_string(), &limits)?.migrate().await,
        }
    }

    /// Answers the queries in order, all from one consistent snapshot.
    ///
    /// # Errors
    /// [`StoreError::Statement`] or [`StoreError::Decode`] when call, statement and database do not fit each other,
    /// [`StoreError::Busy`] or [`StoreError::Unavailable`] when the database cannot answer.
    pub async fn load(&self, queries: Vec<Query>) -> Result<Vec<Table>, StoreError> {
        let statement = queries.first().map_or("none", |query| query.statement.name);
        let began_at = Instant::now();
        let turn = self.turn().await;
        let span = tracing::trace_span!(DATABASE_SPAN);
        let loaded = self.engine.load(queries, self.counter.clone()).instrument(span).await;
        drop(turn);
        measure("load", statement, began_at);
        loaded
    }

    /// Runs the writes in order, whole or not at all. Once polled, the transaction belongs to the process: it runs
    /// to its end even if the caller goes away.
    ///
    /// # Errors
    /// [`StoreError::Guard`] when a write affected another number of rows than expected,
    /// [`StoreError::Constraint`], [`StoreError::Full`], and those of [`load`](Store::load). After any of them
    /// nothing was written, except that with [`StoreError::Unavailable`] the commit may have got through.
    pub async fn record(&self, tx: Transaction) -> Result<Recorded, StoreError> {
        let statement = tx.first_statement().map_or("none", |statement| statement.name);
        let began_at = Instant::now();
        let store = self.clone();
        let recording = async move {
            let turn = store.turn().await;
            let span = tracing::trace_span!(DATABASE_SPAN);
            let recorded = store.engine.record(tx, store.counter.clone()).instrument(span).await;
            drop(turn);
            recorded
        };
        let recorded = tokio::spawn(recording.in_current_span()).await;
        measure("record", statement, began_at);
        recorded.unwrap_or(Err(StoreError::Worker))
    }

    /// Another handle on this database, with a count of its own that starts at zero. Statements through the new
    /// handle do not count on this one.
    pub fn counted(&self) -> (Store, StatementCounter) {
        let counter = StatementCounter::default();
        let store = Store { counter: counter.clone(), ..self.clone() };
        (store, counter)
    }

    /// Another handle on this database, for work that nobody waits for: all such work together leaves a connection free, and
    /// where there is but one, whoever else comes waits for one statement or transaction of it at most.
    pub fn in_background(&self) -> Store {
        Store { is_background: true, ..self.clone() }
    }

    /// The turn that background work waits for before it takes a place at the database.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match self.is_background {
            true => Some(self.background.acquire().await.expect("invariant: turns are never closed")),
            false => None,
        }
    }

    /// Finishes what is queued and closes the connections, which folds SQLite's log back into its file. Every
    /// handle is unusable afterwards.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// What the engine's own checks of pages, indexes and references say against the database; nothing when it is
    /// whole. Absent for PostgreSQL, which keeps references itself and has tools of its own for the rest.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the database cannot even be read, and those of [`load`](Store::load).
    pub async fn integrity_faults(&self) -> Result<Option<Vec<String>>, StoreError> {
        self.engine.integrity_faults().await
    }

    /// Executes raw statements, for the tables of tests.
    #[doc(hidden)]
    pub async fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        self.engine.execute_batch(sql.to_string()).await
    }

    /// Prepares a statement and holds its columns against the declaration, for the test of the registry.
    #[doc(hidden)]
    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        self.engine.prepare(statement).await
    }

    /// How the engine would answer a statement, in its own words: steps of SQLite, one JSON text of PostgreSQL. For the
    /// test of the registry.
    #[doc(hidden)]
    pub async fn plan(&self, statement: &'static Statement) -> Result<Vec<String>, StoreError> {
        self.engine.plan(statement).await
    }
}

/// Times a use of the database, waiting for its turn included, under the first of its statements.
fn measure(operation: &'static str, statement: &'static str, began_at: Instant) {
    let labels = [("operation", operation), ("statement", statement)];
    metrics::histogram!("daybook_database_seconds", &labels).record(began_at.elapsed().as_secs_f64());
}
