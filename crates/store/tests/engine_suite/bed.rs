//! A migrated, empty database for one test.

use store::{Store, StoreLimits, StoreUrl};
use tempfile::TempDir;
use testkit::postgres::PostgresDatabase;

pub struct Bed {
    pub url: StoreUrl,
    pub store: Store,
    _directory: Option<TempDir>,
    _database: Option<PostgresDatabase>,
}

impl Bed {
    pub async fn sqlite() -> Bed {
        let directory = tempfile::tempdir().unwrap();
        let url = StoreUrl::file(&directory.path().join("books.db"));
        Bed { store: open(&url).await, url, _directory: Some(directory), _database: None }
    }

    pub async fn postgres() -> Option<Bed> {
        let database = tokio::task::spawn_blocking(testkit::postgres::database).await.unwrap()?;
        let url = StoreUrl::parse(database.url()).unwrap();
        Store::migrate(&url).await.unwrap();
        Some(Bed { store: open(&url).await, url, _directory: None, _database: Some(database) })
    }

    /// Where an empty database is that nobody has migrated.
    pub async fn empty(&self) -> (StoreUrl, Option<PostgresDatabase>) {
        if let Some(directory) = &self._directory {
            return (StoreUrl::file(&directory.path().join("empty.db")), None);
        }
        let database = tokio::task::spawn_blocking(testkit::postgres::database).await.unwrap().unwrap();
        (StoreUrl::parse(database.url()).unwrap(), Some(database))
    }

    /// Creates tables, with the type names of the engine: `{int}`, `{real}`, `{text}`, `{blob}`, and `{strict}`
    /// behind the last bracket.
    pub async fn create(&self, ddl: &str) {
        let names = if self.url.is_postgres() {
            ["BIGINT", "DOUBLE PRECISION", "TEXT COLLATE \"C\"", "BYTEA", ""]
        } else {
            ["INTEGER", "REAL", "TEXT", "BLOB", "STRICT"]
        };
        let words = ["{int}", "{real}", "{text}", "{blob}", "{strict}"];
        let ddl = words.iter().zip(names).fold(ddl.to_string(), |ddl, (word, name)| ddl.replace(word, name));
        self.store.execute_batch(&ddl).await.unwrap();
    }
}

pub async fn open(url: &StoreUrl) -> Store {
    Store::open(url, &StoreLimits::default()).await.unwrap()
}
