//! An empty cache before a provider that misbehaves, and a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::{
    BudgetWaits, Budgets, Clock, Context, FetchOutcome, FetchRanges, FetchRequest, Flights, Limits, Quiet,
};
use ledger::Rules;
use market::{BudgetLimits, CallLimits, Chain, Source};
use model::{Bars, Calendar, OWNER_LOCAL, Symbol, Timestamp};
use store::coverage::Sessions;
use store::failures::Failure;
use store::{Store, StoreLimits, StoreUrl};
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer};

use crate::subject::Subject;

/// A Friday at 13:00 in New York.
pub const NOW: &str = "2024-03-01T18:00:00Z";
/// What is asked for: complete sessions, few enough for the short answer of Alpha Vantage.
pub const FIRST: &str = "2023-11-01";
pub const LAST: &str = "2024-02-29";
/// The symbol as it is asked for.
const SYMBOL: &str = "BRK.B";

/// A clock that goes when the test says so.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A database of its own, a server, and a process that asks it.
pub struct Bed<'a> {
    subject: &'a Subject,
    clock: Arc<Hands>,
    store: Store,
    pub server: ProviderServer,
    ctx: Context,
}

/// What is stored of the symbol.
pub struct Kept {
    pub bars: Bars,
    pub sessions: Sessions,
    pub failure: Option<Failure>,
}

impl<'a> Bed<'a> {
    /// An empty cache, and a server that misbehaves from the first call on.
    pub async fn new(subject: &'a Subject, fault: Option<Fault>) -> Bed<'a> {
        let now: Timestamp = NOW.parse().unwrap();
        let what = FakeSymbol::around(35_000, "2023-01-03".parse().unwrap(), "2024-06-28".parse().unwrap());
        let market = FakeMarket::new(now).with(subject.symbol, what);
        let server = ProviderServer::start((subject.format)(), market);
        fault.into_iter().for_each(|fault| server.misbehave(fault));
        let url = StoreUrl::parse("sqlite::memory:").unwrap();
        let store = Store::open(&url, &StoreLimits::default()).await.unwrap();
        let clock = Arc::new(Hands(AtomicI64::new(now.epoch_micros())));
        // Machines are slow at times, but nobody waits long for a server that never answers.
        let is_held = matches!(fault, Some(Fault::Hold { .. }));
        let ctx = process(subject, &store, &clock, &server, if is_held { 200 } else { 20_000 });
        Bed { subject, clock, store, server, ctx }
    }

    /// The same database in a process that begins anew and is patient.
    pub fn restart(&mut self) {
        self.ctx = process(self.subject, &self.store, &self.clock, &self.server, 20_000);
    }

    /// Who is asked.
    pub fn source(&self) -> Source {
        self.subject.source
    }

    /// Moves the clock, and the market with it.
    pub fn set_now(&self, now: Timestamp) {
        self.clock.0.store(now.epoch_micros(), Ordering::SeqCst);
        self.server.change(|market| market.now = now);
    }

    pub async fn fetch(&self) -> FetchOutcome {
        let (first, last) = (FIRST.parse().unwrap(), LAST.parse().unwrap());
        let request = FetchRequest::new(symbol(), first, last);
        let outcome = app::fetch(&self.ctx, vec![request]).await.unwrap().remove(0);
        assert!(self.ctx.flights.is_empty());
        let lease = store::leases::holders(&self.store, &[format!("fetch:{SYMBOL}")]).await.unwrap();
        assert!(lease.is_empty(), "the lease is given back: {lease:?}");
        outcome
    }

    /// Until when the provider wants not to be asked about anything.
    pub async fn cooldown_until(&self) -> Option<Timestamp> {
        app::providers(&self.ctx).await.unwrap().remove(0).cooldown_until
    }

    pub async fn kept(&self) -> Kept {
        let instrument = store::instruments::by_symbol(&self.store, &[symbol()]).await.unwrap().pop();
        let ids: Vec<_> = instrument.iter().map(|instrument| instrument.id).collect();
        let (first, last) = (Calendar::xnys().first(), Calendar::xnys().last());
        let known = store::coverage::load(&self.store, &ids, &[symbol()], first, last).await.unwrap();
        let (mut sessions, mut failures) = known;
        let mut bars = store::bars::of_instruments(&self.store, &ids).await.unwrap();
        Kept {
            bars: ids.first().and_then(|id| bars.remove(id)).unwrap_or_default(),
            sessions: ids.first().and_then(|id| sessions.remove(id)).unwrap_or_default(),
            failure: failures.remove(&symbol()).and_then(|mut failures| failures.pop()),
        }
    }

    /// The bars that the market has.
    pub fn market_bars(&self) -> Bars {
        let mut bars = Bars::default();
        self.server.change(|market| bars = market.symbols[self.subject.symbol].bars.clone());
        bars
    }
}

fn symbol() -> Symbol {
    SYMBOL.parse().unwrap()
}

fn process(
    subject: &Subject,
    store: &Store,
    clock: &Arc<Hands>,
    server: &ProviderServer,
    total_timeout_ms: u64,
) -> Context {
    let generous =
        BudgetLimits { calls_max: 1_000, per_ms: 1_000, burst: 1_000, concurrency_max: 8, daily_max: None };
    let budgets = Budgets::new(
        Some(store.clone()),
        clock.clone(),
        BTreeMap::from([(subject.source, generous)]),
        BudgetWaits::default(),
    );
    let calls = CallLimits {
        total_timeout_ms,
        body_bytes_max: 1024 * 1024,
        retry_delay_ms_first: 1,
        ..CallLimits::default()
    };
    let provider = (subject.provider)(&server.url(), Arc::new(budgets.clone()), calls);
    Context {
        store: Some(store.clone()),
        chain: Chain::new(vec![provider]),
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
        budgets,
        is_offline: false,
        is_cache_only: false,
    }
}
