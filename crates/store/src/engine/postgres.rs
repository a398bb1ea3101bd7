//! PostgreSQL: a pool of connections, prepared statements, arrays for bulk.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::future::join_all;
use futures_util::{StreamExt, pin_mut};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::types::{ToSql, Type};

use super::postgres_error::{pool_error, postgres_error};
use super::postgres_rows::{Parameter, array_parameter, check_columns, parameter_types, parameters, push};
use super::postgres_tls::connector;
use super::{BULK_CHUNK_ROWS_MAX, check_expectation, check_query, check_write};
use crate::counter::{StatementCounter, TimedStatement};
use crate::error::StoreError;
use crate::expand::{Dialect, Expanded, Expansions};
use crate::limits::StoreLimits;
use crate::migrate::{self, Migrated};
use crate::statement::Statement;
use crate::table::Table;
use crate::transaction::{Input, Query, Recorded, Transaction, Write};
use crate::url::Server;

/// How often a transaction is run when the server gives it up in favour of another one.
const TRANSACTION_ATTEMPT_COUNT_MAX: u32 = 5;

/// Only one process migrates at a time; the number is that of this program among the locks of a database.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7233173838382854000)";

pub(crate) struct PostgresEngine {
    pool: Pool,
    place: String,
    limits: StoreLimits,
    expansions: Expansions,
}

/// A connection out of the pool. Unless it is given back it is closed, so that a caller who goes away in the middle
/// of a transaction never leaves it to the next one.
struct Connection {
    object: Option<Object>,
}

impl Connection {
    fn client(&self) -> &Object {
        self.object.as_ref().expect("invariant: a connection is there until it is given back")
    }

    fn give_back(mut self) {
        self.object = None;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}

impl PostgresEngine {
    /// Prepares the pool; the first use connects.
    pub fn new(server: &Server, place: String, limits: &StoreLimits) -> Result<PostgresEngine, StoreError> {
        let connect_wait = Duration::from_millis(limits.connect_wait_ms_max.into());
        let unavailable = |source| StoreError::Unavailable { place: place.clone(), source: Some(source) };
        let tls = connector(&server.tls).map_err(unavailable)?;
        let mut config = server.config.clone();
        config.application_name("daybook").connect_timeout(connect_wait);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(limits.pool_size_max.max(1))
            .wait_timeout(Some(Duration::from_millis(limits.pool_wait_ms_max.into())))
            .create_timeout(Some(connect_wait))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| unavailable(error.into()))?;
        Ok(PostgresEngine {
            pool,
            place,
            limits: limits.clone(),
            expansions: Expansions::new(Dialect::Postgres),
        })
    }

    pub async fn load(
        &self,
        queries: Vec<Query>,
        counter: StatementCounter,
    ) -> Result<Vec<Table>, StoreError> {
        let connection = self.connect().await?;
        let result = self.answer(connection.client(), &queries, &counter).await;
        self.settle(connection, result).await
    }

    pub async fn record(&self, tx: Transaction, counter: StatementCounter) -> Result<Recorded, StoreError> {
        let mut attempt = 1;
        loop {
            let connection = self.connect().await?;
            let result = self.run(connection.client(), &tx, &counter).await;
            match self.settle(connection, result).await {
                // The server rolled all of it back, so nothing is done twice.
                Err(StoreError::Busy { .. }) if attempt < TRANSACTION_ATTEMPT_COUNT_MAX => attempt += 1,
                result => return result,
            }
        }
    }

    pub async fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        let connection = self.connect().await?;
        let result = self.batch(connection.client(), "BATCH", sql).await;
        self.settle(connection, result).await
    }

    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        let connection = self.connect().await?;
        let result = self.prepared(connection.client(), statement).await.map(drop);
        self.settle(connection, result).await
    }

    pub async fn plan(&self, statement: &'static Statement) -> Result<Vec<String>, StoreError> {
        let connection = self.connect().await?;
        let result = self.planned(connection.client(), statement).await;
        self.settle(connection, result).await
    }

    pub fn close(&self) {
        self.pool.close();
    }

    /// Refuses a schema that is not the one this program knows.
    pub async fn check_version(&self) -> Result<(), StoreError> {
        let connection = self.connect().await?;
        let result = self.version(connection.client()).await;
        let found = self.settle(connection, result).await?;
        if migrate::pending(found)?.is_empty() {
            return Ok(());
        }
        Err(StoreError::NeedsMigration { found, known: migrate::KNOWN })
    }

    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        let connection = self.connect().await?;
        let result = self.migrate_on(connection.client()).await;
        self.settle(connection, result).await
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let object = self.pool.get().await.map_err(|error| pool_error(&self.place, &self.limits, error))?;
        Ok(Connection { object: Some(object) })
    }

    /// Leaves no transaction open behind an error, and keeps the connection only when that worked.
    async fn settle<T>(
        &self,
        connection: Connection,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if result.is_ok() || connection.client().batch_execute("ROLLBACK").await.is_ok() {
            connection.give_back();
        }
        result
    }

    async fn batch(&self, client: &Object, name: &'static str, sql: &str) -> Result<(), StoreError> {
        client.batch_execute(sql).await.map_err(|error| postgres_error(&self.place, name, error))
    }

    async fn prepared(
        &self,
        client: &Object,
        statement: &'static Statement,
    ) -> Result<(Arc<Expanded>, tokio_postgres::Statement), StoreError> {
        let expanded = self.expansions.of(statement)?;
        let types = parameter_types(statement, &expanded);
        let prepared = client
            .prepare_typed_cached(&expanded.sql, &types)
            .await
            .map_err(|error| postgres_error(&self.place, statement.name, error))?;
        check_columns(statement, &prepared)
            .map_err(|reason| StoreError::Statement { statement: statement.name, reason })?;
        Ok((expanded, prepared))
    }

    /// The plan for parameters of any value, as JSON: a plan for values given would tell of those values alone.
    async fn planned(
        &self,
        client: &Object,
        statement: &'static Statement,
    ) -> Result<Vec<String>, StoreError> {
        let expanded = self.expansions.of(statement)?;
        let types = parameter_types(statement, &expanded);
        let (names, nulls) = match types.iter().map(Type::name).collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => (String::new(), String::new()),
            names => (format!("({names})"), format!("({})", vec!["NULL"; types.len()].join(", "))),
        };
        let begin =
            format!("SET plan_cache_mode = force_generic_plan; PREPARE planned {names} AS {}", expanded.sql);
        self.batch(client, statement.name, &begin).await?;
        let explain = format!("EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE planned {nulls}");
        let answer = client.simple_query(&explain).await;
        self.batch(client, statement.name, "DEALLOCATE planned; RESET plan_cache_mode").await?;
        let answer = answer.map_err(|error| postgres_error(&self.place, statement.name, error))?;
        let plans = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(plans.collect())
    }

    async fn answer(
        &self,
        client: &Object,
        queries: &[Query],
        counter: &StatementCounter,
    ) -> Result<Vec<Table>, StoreError> {
        let mut prepared = Vec::with_capacity(queries.len());
        for query in queries {
            let (expanded, statement) = self.prepared(client, query.statement).await?;
            check_query(&expanded, query)?;
            prepared.push(statement);
        }
        // One statement is a snapshot by itself and is spared the two round trips.
        let bracket = queries.len() > 1;
        if bracket {
            self.batch(client, "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        }
        counter.add(queries.len() as u64);
        let answers =
            queries.iter().zip(&prepared).map(|(query, prepared)| self.ask(client, query, prepared));
        let tables = join_all(answers).await.into_iter().collect::<Result<Vec<Table>, StoreError>>()?;
        if bracket {
            self.batch(client, "COMMIT", "COMMIT").await?;
        }
        Ok(tables)
    }

    async fn ask(
        &self,
        client: &Object,
        query: &Query,
        prepared: &tokio_postgres::Statement,
    ) -> Result<Table, StoreError> {
        let statement = query.statement.name;
        let _timed = TimedStatement::begin(statement);
        let failed = |error| postgres_error(&self.place, statement, error);
        let mut table = Table::of(query.statement.columns);
        let rows =
            client.query_raw(prepared, parameters(query.statement, &query.values)).await.map_err(failed)?;
        pin_mut!(rows);
        while let Some(row) = rows.next().await {
            let row = row.map_err(failed)?;
            for (index, column) in table.columns_mut().iter_mut().enumerate() {
                push(column, &row, index).map_err(|_| StoreError::Decode {
                    statement,
                    column: index,
                    reason: "is null, which it must not be",
                })?;
            }
        }
        Ok(table)
    }

    async fn run(
        &self,
        client: &Object,
        tx: &Transaction,
        counter: &StatementCounter,
    ) -> Result<Recorded, StoreError> {
        self.batch(client, "BEGIN", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
        let mut recorded = Recorded::default();
        for (index, write) in tx.writes().iter().enumerate() {
            let (expanded, prepared) = self.prepared(client, write.statement).await?;
            check_write(&expanded, write)?;
            let affected = self.execute(client, write, &prepared, counter).await?;
            check_expectation(index, write, affected)?;
            recorded.affected.push(affected);
        }
        self.batch(client, "COMMIT", "COMMIT").await?;
        Ok(recorded)
    }

    async fn execute(
        &self,
        client: &Object,
        write: &Write,
        prepared: &tokio_postgres::Statement,
        counter: &StatementCounter,
    ) -> Result<u64, StoreError> {
        let _timed = TimedStatement::begin(write.statement.name);
        let failed = |error| postgres_error(&self.place, write.statement.name, error);
        let rows = match &write.input {
            Input::Values(values) => {
                counter.add(1);
                let values = parameters(write.statement, values);
                return client.execute_raw(prepared, values).await.map_err(failed);
            }
            Input::Rows(rows) => rows,
        };
        let mut affected = 0;
        for from in (0..rows.len()).step_by(BULK_CHUNK_ROWS_MAX) {
            let to = rows.len().min(from + BULK_CHUNK_ROWS_MAX);
            counter.add(1);
            let arrays: Vec<Parameter<'_>> =
                rows.columns().iter().map(|column| array_parameter(column, from, to)).collect();
            affected += client.execute_raw(prepared, arrays).await.map_err(failed)?;
        }
        Ok(affected)
    }

    async fn version(&self, client: &Object) -> Result<u32, StoreError> {
        let failed = |error| postgres_error(&self.place, "SCHEMA_VERSION", error);
        let there = "SELECT to_regclass('schema_version') IS NOT NULL";
        if !client.query_one(there, &[]).await.map_err(failed)?.get::<_, bool>(0) {
            return Ok(0);
        }
        self.version_noted(client).await
    }

    async fn version_noted(&self, client: &Object) -> Result<u32, StoreError> {
        let row = client.query_one(migrate::VERSION_READ, &[]).await;
        let row = row.map_err(|error| postgres_error(&self.place, "SCHEMA_VERSION", error))?;
        // A version beyond the range is newer than any that this program knows.
        Ok(u32::try_from(row.get::<_, i64>(0)).unwrap_or(u32::MAX))
    }

    async fn migrate_on(&self, client: &Object) -> Result<Migrated, StoreError> {
        let from = self.version(client).await?;
        for migration in migrate::pending(from)? {
            self.batch(client, "BEGIN", "BEGIN").await?;
            self.batch(client, "MIGRATION_LOCK", MIGRATION_LOCK).await?;
            self.batch(client, "SCHEMA_VERSION", migrate::POSTGRES_VERSION_TABLE).await?;
            // Read again behind the lock, because another process may have been faster.
            if self.version_noted(client).await? < migration.version {
                self.apply(client, migration).await?;
            }
            self.batch(client, "COMMIT", "COMMIT").await?;
        }
        Ok(Migrated { from, to: migrate::KNOWN })
    }

    async fn apply(&self, client: &Object, migration: &'static migrate::Migration) -> Result<(), StoreError> {
        let noted: [&(dyn ToSql + Sync); 2] = [&i64::from(migration.version), &migration.name];
        let steps = async {
            client.batch_execute(migration.postgres).await?;
            client.execute(migrate::POSTGRES_VERSION_NOTE, &noted).await
        };
        steps.await.map(drop).map_err(|error| match postgres_error(&self.place, "MIGRATION", error) {
            StoreError::Engine { source, .. } | StoreError::Constraint { source, .. } => {
                StoreError::Migration { version: migration.version, name: migration.name, source }
            }
            other => other,
        })
    }
}
