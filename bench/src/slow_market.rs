//! A provider on this machine that takes its time, and a process with one connection that reads through its cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use app::{
    Budgets, Clock, Context, FetchOutcome, FetchRanges, FetchRequest, Flights, Limits, PricesRequest, Quiet,
};
use ledger::Rules;
use market::{Chain, Freshness, Yahoo, YahooSettings};
use model::{Calendar, Date, OWNER_LOCAL, Timestamp};
use quant::Adjustment;
use store::{Store, StoreLimits, StoreUrl};
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};

use crate::desk::morning;
use crate::series::Series;
use crate::world::World;

/// Where the provider has its bars.
const CHART: &str = "/v8/finance/chart/";
/// An answer that nobody releases comes all the same, before its call is given up.
const HELD_MS_MAX: u64 = 25_000;
/// Calls that are wanted at once must have come by then.
const HELD_WITHIN: Duration = Duration::from_secs(20);

/// What is read of one symbol.
#[derive(Clone, Copy)]
pub enum Read {
    /// The bars of the whole range.
    Prices,
    /// Whether any of them is missing.
    Fetch,
}

/// A provider, its symbols, and what a process is handed to ask about them.
pub struct SlowMarket {
    server: ProviderServer,
    ctx: Context,
    series: Vec<Series>,
    first: Date,
    last: Date,
}

/// Time that goes by from the morning after the last session.
struct Going {
    from: Timestamp,
    since: Instant,
}

impl Clock for Going {
    fn now(&self) -> Timestamp {
        let micros = self.since.elapsed().as_micros() as i64;
        Timestamp::from_epoch_micros(self.from.epoch_micros() + micros)
    }
}

impl SlowMarket {
    /// A provider with the series of a set, over an empty database. It is quick until it is slowed down.
    pub async fn over(url: &StoreUrl, world: World) -> Result<SlowMarket> {
        let (first, last) = (world.sessions[0], *world.sessions.last().context("a set has sessions")?);
        let now = morning()?;
        let mut market = FakeMarket::new(now);
        for series in &world.series {
            let (bars, actions, listed) = (series.bars.clone(), series.actions.clone(), Some(first));
            let symbol = FakeSymbol { bars, actions, listed, ..FakeSymbol::default() };
            market.symbols.insert(series.symbol.to_string(), symbol);
        }
        let server = ProviderServer::start(YahooFormat::default(), market);
        let limits = StoreLimits { reader_count_max: 1, pool_size_max: 1, ..StoreLimits::default() };
        let store = Store::open(url, &limits).await?;
        let clock = Arc::new(Going { from: now, since: Instant::now() });
        // No budget, so that as many calls are under way as somebody wants.
        let budgets = Budgets::none(clock.clone());
        let settings =
            YahooSettings { base_url: server.url(), cookie_url: server.url(), ..YahooSettings::default() };
        let ctx = Context {
            store: Some(store),
            chain: Chain::new(vec![Arc::new(Yahoo::new(settings, Arc::new(budgets.clone()))?)]),
            clock,
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
            budgets,
            is_offline: false,
            is_cache_only: false,
        };
        Ok(SlowMarket { server, ctx, series: world.series, first, last })
    }

    /// From now on the provider holds every answer back until it is released.
    pub fn hold(&self) {
        self.server.misbehave_on(CHART, Fault::Hold { at_most_ms: HELD_MS_MAX }, usize::MAX);
    }

    /// Waits until the provider holds back so many answers.
    pub async fn is_holding(&self, count: usize) -> Result<()> {
        let held = testkit::wait_until(HELD_WITHIN, || std::future::ready(self.server.under_way() == count));
        ensure!(held.await, "the provider was not asked {count} times within {HELD_WITHIN:?}");
        Ok(())
    }

    /// Lets the provider give the answers that it holds back.
    pub fn release(&self) {
        self.server.release();
    }

    fn question(&self, number: usize) -> FetchRequest {
        FetchRequest::new(self.series[number].symbol.clone(), self.first, self.last)
    }

    /// Fetches a symbol.
    ///
    /// # Errors
    /// Also when the provider was not asked.
    pub async fn fetch(&self, number: usize) -> Result<()> {
        for FetchOutcome { symbol, provider_calls, result } in
            app::fetch(&self.ctx, vec![self.question(number)]).await?
        {
            if let Err(failure) = result {
                bail!("{symbol}: {failure}");
            }
            ensure!(provider_calls > 0, "{symbol} was there already");
        }
        Ok(())
    }

    /// Reads a symbol.
    ///
    /// # Errors
    /// Also when the cache did not serve it alone, or with other bars than the provider has.
    pub async fn read(&self, read: Read, number: usize) -> Result<()> {
        let series = &self.series[number];
        let is_served = match read {
            Read::Prices => {
                let request = PricesRequest {
                    symbol: series.symbol.clone(),
                    from: Some(self.first),
                    to: Some(self.last),
                    adjustment: Adjustment::None,
                    is_forced: false,
                };
                let answer = app::prices(&self.ctx, &request).await?;
                answer.is_cached && answer.reason == Freshness::Covered && answer.bars == series.bars
            }
            Read::Fetch => {
                let outcomes = app::fetch(&self.ctx, vec![self.question(number)]).await?;
                outcomes.iter().all(|outcome| {
                    outcome.provider_calls == 0
                        && outcome.result.as_ref().is_ok_and(|summary| summary.is_cached)
                })
            }
        };
        ensure!(is_served, "the cache does not serve {} alone", series.symbol);
        Ok(())
    }

    /// Closes the database.
    pub async fn close(&self) -> Result<()> {
        self.ctx.store()?.close().await;
        Ok(())
    }
}
