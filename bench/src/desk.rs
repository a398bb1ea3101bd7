//! A database on disk beside a folder of prices, and what a process is handed to work on both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use app::{
    Budgets, Context, FetchRanges, FetchRequest, FixedClock, Flights, Limits, NewEvent, NewPortfolio,
    PositionFile, Quiet,
};
use ledger::Rules;
use market::{Chain, Files};
use model::{Calendar, Currency, LotMethod, OWNER_LOCAL, Timestamp};
use store::{Store, StoreLimits, StoreUrl};
use tempfile::TempDir;

use crate::folder;
use crate::world::{LAST_SESSION, World};

/// The instant, after the last session, at which its bars are final and no other has begun.
pub fn morning() -> Result<Timestamp> {
    let day = LAST_SESSION.parse::<model::Date>()?.plus_days(1);
    Ok(Timestamp::from_epoch_micros(i64::from(day.epoch_days()) * 86_400_000_000))
}

/// A folder with a set of data and the databases made from it.
pub struct Desk {
    path: PathBuf,
    /// Removed with this value, unless the folder was given.
    _directory: Option<TempDir>,
}

impl Desk {
    /// Writes the set's prices into a folder of its own.
    pub fn new(world: &World) -> Result<Desk> {
        let directory = tempfile::tempdir()?;
        folder::write_prices(world, directory.path())?;
        Ok(Desk { path: directory.path().to_owned(), _directory: Some(directory) })
    }

    /// Writes the set's prices into a folder that stays.
    pub fn lasting(world: &World, path: PathBuf) -> Result<Desk> {
        folder::write_prices(world, &path)?;
        Ok(Desk { path, _directory: None })
    }

    pub fn folder(&self) -> &Path {
        &self.path
    }

    pub fn database(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.db"))
    }

    /// The path of a database that is not there, any more at least.
    pub fn cleared(&self, name: &str) -> Result<PathBuf> {
        for ending in ["", "-wal", "-shm"] {
            let left = self.path.join(format!("{name}.db{ending}"));
            if left.exists() {
                std::fs::remove_file(left)?;
            }
        }
        Ok(self.database(name))
    }

    /// A copy of a closed database.
    pub fn copy(&self, from: &str, to: &str) -> Result<PathBuf> {
        let target = self.cleared(to)?;
        std::fs::copy(self.database(from), &target)?;
        Ok(target)
    }

    /// What a process is handed to work on one of the databases.
    pub async fn context(&self, name: &str) -> Result<Context> {
        let url = StoreUrl::file(&self.database(name));
        let clock = Arc::new(FixedClock(morning()?));
        Ok(Context {
            store: Some(Store::open(&url, &StoreLimits::default()).await?),
            chain: Chain::new(vec![Arc::new(Files::new(self.folder()))]),
            clock: clock.clone(),
            calendar: Calendar::xnys(),
            limits: Limits::default(),
            rules: Rules::default(),
            risk: std::sync::Arc::default(),
            ranges: FetchRanges::default(),
            references: Vec::new(),
            owner: OWNER_LOCAL.to_owned(),
            observer: Arc::new(Quiet),
            flights: Flights::default(),
            profile_flights: app::ProfileFlights::default(),
            guard: None,
            job_watches: app::jobs::JobWatches::default(),
            revisions: app::Revisions::default(),
            budgets: Budgets::none(clock),
            is_offline: false,
            is_cache_only: false,
        })
    }

    /// Imports every account into a database; nothing is fetched or computed yet.
    pub async fn import(&self, name: &str, world: &World) -> Result<()> {
        let ctx = self.context(name).await?;
        for account in &world.accounts {
            let content = folder::positions_csv(world, account)?;
            let new = NewPortfolio {
                name: account.name.clone(),
                opening_equity: account.opening_equity,
                start: None,
                lot_method: LotMethod::Fifo,
                currency: Currency::USD,
            };
            let file =
                PositionFile { name: "positions.csv", content: content.as_bytes(), skip_bad_rows: false };
            app::create_portfolio(&ctx, &new, Some(&file), false).await?;
            for cash in &account.cash {
                let event = NewEvent {
                    kind: cash.kind,
                    date: world.sessions[cash.session],
                    symbol: None,
                    quantity: None,
                    price: None,
                    amount: Some(cash.amount),
                    fee: None,
                    ratio: None,
                    key: None,
                    note: None,
                };
                app::add_event(&ctx, &account.name, &event).await?;
            }
        }
        close(ctx).await
    }

    /// Brings the prices of a set into a database's cache.
    pub async fn fetch(&self, name: &str, world: &World) -> Result<()> {
        let ctx = self.context(name).await?;
        let (first, last) = (world.sessions[0], *world.sessions.last().context("a set has sessions")?);
        let requests =
            world.series.iter().map(|series| FetchRequest::new(series.symbol.clone(), first, last));
        for outcome in app::fetch(&ctx, requests.collect()).await? {
            if let Err(failure) = outcome.result {
                bail!("{}: {failure}", outcome.symbol);
            }
        }
        close(ctx).await
    }
}

/// Closes a context's database, which folds its log into the file.
pub async fn close(ctx: Context) -> Result<()> {
    ctx.store()?.close().await;
    Ok(())
}
