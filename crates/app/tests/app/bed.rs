//! A migrated, empty database, a folder of prices and a clock for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::{Clock, Context, FetchRanges, Flights, Limits, ProfileFlights, Quiet};
use ledger::Rules;
use market::{Chain, Files};
use model::{Calendar, Date, OWNER_LOCAL, Timestamp};
use store::{Store, StoreLimits, StoreUrl};
use tempfile::TempDir;
use testkit::postgres::PostgresDatabase;

use crate::folder::Folder;

/// A clock that goes on by a microsecond at each look and otherwise as the test says.
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Late in the evening of a session, when its bars are final.
    pub fn after(session: Date) -> TestClock {
        TestClock(AtomicI64::new(evening(session)))
    }

    pub fn set_after(&self, session: Date) {
        self.0.store(evening(session), Ordering::SeqCst);
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.epoch_micros(), Ordering::SeqCst);
    }

    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms * 1_000, Ordering::SeqCst);
    }
}

fn evening(session: Date) -> i64 {
    (i64::from(session.epoch_days()) * 86_400 + 23 * 3_600) * 1_000_000
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A database, a folder of prices and a clock.
pub struct Bed {
    pub url: StoreUrl,
    pub store: Store,
    pub folder: Arc<Folder>,
    pub clock: Arc<TestClock>,
    _directory: Option<TempDir>,
    _database: Option<PostgresDatabase>,
}

impl Bed {
    pub async fn sqlite() -> Bed {
        let directory = tempfile::tempdir().unwrap();
        let url = StoreUrl::file(&directory.path().join("books.db"));
        Bed::over(url, Some(directory), None).await
    }

    pub async fn postgres() -> Option<Bed> {
        let database = tokio::task::spawn_blocking(testkit::postgres::database).await.unwrap()?;
        let url = StoreUrl::parse(database.url()).unwrap();
        Store::migrate(&url).await.unwrap();
        Some(Bed::over(url, None, Some(database)).await)
    }

    async fn over(url: StoreUrl, directory: Option<TempDir>, database: Option<PostgresDatabase>) -> Bed {
        let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
        let clock = Arc::new(TestClock::after("2024-12-30".parse().unwrap()));
        let folder = Arc::new(Folder::new());
        Bed { url, store, folder, clock, _directory: directory, _database: database }
    }

    /// An empty bed on the same engine, with a folder and a clock of its own.
    pub async fn another(&self) -> Bed {
        match self.url.is_postgres() {
            true => Bed::postgres().await.unwrap(),
            false => Bed::sqlite().await,
        }
    }

    /// An empty database on the same engine, over the same folder and clock.
    pub async fn beside(&self) -> Bed {
        let mut bed = self.another().await;
        (bed.folder, bed.clock) = (self.folder.clone(), self.clock.clone());
        bed
    }

    /// An empty SQLite database over the same folder, at the same time of day.
    pub async fn fresh(&self) -> Bed {
        let mut bed = Bed::sqlite().await;
        bed.folder = self.folder.clone();
        bed.clock.0.store(self.clock.0.load(Ordering::SeqCst), Ordering::SeqCst);
        bed
    }

    /// What a process is handed; two contexts share the database and nothing else.
    pub fn ctx(&self) -> Context {
        Context {
            store: Some(self.store.clone()),
            chain: Chain::new(vec![Arc::new(Files::new(self.folder.path()))]),
            clock: self.clock.clone(),
            calendar: Calendar::xnys(),
            limits: Limits::default(),
            rules: Rules::default(),
            risk: std::sync::Arc::default(),
            ranges: FetchRanges::default(),
            references: Vec::new(),
            owner: OWNER_LOCAL.to_owned(),
            observer: Arc::new(Quiet),
            flights: Flights::default(),
            budgets: app::Budgets::none(self.clock.clone()),
            is_offline: false,
            is_cache_only: false,
            profile_flights: ProfileFlights::default(),
            guard: None,
            job_watches: app::jobs::JobWatches::default(),
            revisions: app::Revisions::default(),
        }
    }

    /// The same with connections of its own, as another process has them.
    pub async fn ctx_of_another_process(&self) -> Context {
        let store = Store::open(&self.url, &StoreLimits::default()).await.unwrap();
        Context { store: Some(store), ..self.ctx() }
    }
}
