//! A migrated, empty database, a folder of prices and a clock for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::{
    AppError, Clock, Context, FetchRanges, FileFormat, Flights, ImportFile, ImportReport, Limits,
    NewPortfolio, ProfileFlights, Quiet, RefreshRequest, RowState, RunState,
};
use ledger::Rules;
use market::{Chain, Files};
use model::{Calendar, Currency, LotMethod, OWNER_LOCAL, Snapshot, Timestamp};
use store::{Store, StoreLimits, StoreUrl};
use tempfile::TempDir;
use testkit::postgres::PostgresDatabase;

/// The evening of 2024-03-28, a microsecond later at each look.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A database, a folder of prices and a context over both, with an empty portfolio called Book.
pub struct Bed {
    pub ctx: Context,
    _folder: TempDir,
    _database: Option<PostgresDatabase>,
}

impl Bed {
    pub async fn sqlite() -> Bed {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::file(&folder.path().join("books.db"));
        Bed::over(url, folder, None).await
    }

    pub async fn postgres() -> Option<Bed> {
        let database = tokio::task::spawn_blocking(testkit::postgres::database).await.unwrap()?;
        let url = StoreUrl::parse(database.url()).unwrap();
        Store::migrate(&url).await.unwrap();
        Some(Bed::over(url, tempfile::tempdir().unwrap(), Some(database)).await)
    }

    async fn over(url: StoreUrl, folder: TempDir, database: Option<PostgresDatabase>) -> Bed {
        let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
        let evening: Timestamp = "2024-03-28T23:00:00Z".parse().unwrap();
        write_prices(&folder);
        let ctx = Context {
            store: Some(store),
            chain: Chain::new(vec![Arc::new(Files::new(folder.path()))]),
            clock: Arc::new(TestClock(AtomicI64::new(evening.epoch_micros()))),
            calendar: Calendar::xnys(),
            limits: Limits::default(),
            rules: Rules::default(),
            risk: std::sync::Arc::default(),
            ranges: FetchRanges::default(),
            references: Vec::new(),
            owner: OWNER_LOCAL.to_owned(),
            observer: Arc::new(Quiet),
            flights: Flights::default(),
            budgets: app::Budgets::none(Arc::new(TestClock(AtomicI64::new(evening.epoch_micros())))),
            is_offline: false,
            is_cache_only: false,
            profile_flights: ProfileFlights::default(),
            guard: None,
            job_watches: app::jobs::JobWatches::default(),
            revisions: app::Revisions::default(),
        };
        let bed = Bed { ctx, _folder: folder, _database: database };
        bed.create("Book").await;
        bed
    }

    pub async fn create(&self, name: &str) {
        let new = NewPortfolio {
            name: name.to_owned(),
            opening_equity: "100000".parse().unwrap(),
            start: Some("2024-03-01".parse().unwrap()),
            lot_method: LotMethod::Fifo,
            currency: Currency::USD,
        };
        app::create_portfolio(&self.ctx, &new, None, false).await.unwrap();
    }

    pub async fn try_import(
        &self,
        content: &[u8],
        format: Option<FileFormat>,
    ) -> Result<ImportReport, AppError> {
        let file = ImportFile { name: "file.csv", content, format, skip_bad_rows: false };
        app::import_file(&self.ctx, "Book", &file, false).await
    }

    pub async fn import(&self, content: &str) -> ImportReport {
        self.try_import(content.as_bytes(), None).await.unwrap()
    }

    /// Runs all portfolios to their end, of which nothing may fail.
    pub async fn refresh(&self) {
        let report = app::refresh(&self.ctx, &RefreshRequest::default()).await.unwrap();
        assert_eq!(report.state, RunState::Ok, "{report:?}");
    }

    /// The snapshots of a portfolio.
    pub async fn snapshots(&self, name: &str) -> Vec<Snapshot> {
        let stored = app::snapshots(&self.ctx, name, None, None).await.unwrap();
        stored.into_iter().map(|stored| stored.snapshot).collect()
    }

    /// How many events of a portfolio count.
    pub async fn active_count(&self, name: &str) -> usize {
        let listed = app::list_events(&self.ctx, name).await.unwrap();
        listed.iter().filter(|listed| listed.event.is_active()).count()
    }
}

/// Prices of AAPL and MSFT through March 2024, and a dividend of AAPL on its 15th.
fn write_prices(folder: &TempDir) {
    let (first, last) = ("2024-02-01".parse().unwrap(), "2024-03-28".parse().unwrap());
    let sessions = Calendar::xnys().between(first, last);
    std::fs::create_dir(folder.path().join("prices")).unwrap();
    for (symbol, begin) in [("AAPL", 100), ("MSFT", 200)] {
        let row = |(at, session): (i64, &model::Date)| format!("{session},{}.25\n", begin + at % 7);
        let rows: String = (0..).zip(sessions).map(row).collect();
        let text = format!("date,close\n{rows}");
        std::fs::write(folder.path().join(format!("prices/{symbol}.csv")), text).unwrap();
    }
    let dividends = "symbol,ex_date,amount\nAAPL,2024-03-15,0.25\n";
    std::fs::write(folder.path().join("dividends.csv"), dividends).unwrap();
}

/// What became of each row: its state, or the code of its fault.
pub fn states(report: &ImportReport) -> Vec<&'static str> {
    let state = |state: &RowState| match state {
        RowState::Ok => "ok",
        RowState::Duplicate => "duplicate",
        RowState::UnknownSymbol => "unknown",
        RowState::Error { code, .. } => code,
    };
    report.rows.iter().map(|row| state(&row.state)).collect()
}
