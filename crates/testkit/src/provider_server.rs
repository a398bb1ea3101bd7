//! A provider of market data on this machine: real sockets, a small market in memory, and bad manners on demand.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`FakeMarket`] | symbols with bars as traded, corporate actions and profiles |
//! | [`Format`] | how one vendor writes them; one file for each vendor, [`YahooFormat`] the first |
//! | [`Fault`] | what can go wrong, on the way or in the content |
//! | [`ProviderServer`] | the server, which counts what it is asked |

mod alphavantage_format;
mod fake_market;
mod fault;
mod fmp_format;
mod http;
mod polygon_format;
mod stooq_format;
mod vendor_rows;
mod yahoo_format;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use model::{Calendar, Date};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

pub use alphavantage_format::{AlphaVantageFormat, day_limit_text};
pub use fake_market::{FakeMarket, FakeSymbol};
pub use fault::Fault;
pub use fmp_format::FmpFormat;
pub use http::{FakeAnswer, FakeRequest};
pub use polygon_format::PolygonFormat;
pub use stooq_format::StooqFormat;
pub use yahoo_format::YahooFormat;

/// How one vendor writes a market.
pub trait Format: Send + Sync {
    /// The answer to a request; `fault` is what shall be wrong with it, where that is of the content.
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer;

    /// Which bars a request asks for; absent when it asks for something else.
    fn bars_asked(&self, market: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked>;

    /// What the vendor writes into an answer of status 200 when a limit is reached.
    fn limit_text(&self) -> String;
}

impl<F: Format + ?Sized> Format for Box<F> {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        (**self).answer(market, request, fault)
    }

    fn bars_asked(&self, market: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        (**self).bars_asked(market, request)
    }

    fn limit_text(&self) -> String {
        (**self).limit_text()
    }
}

/// The bars that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsAsked {
    /// The symbol as the vendor writes it.
    pub symbol: String,
    /// The first date.
    pub first: Date,
    /// The last date.
    pub last: Date,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct FakeCall {
    /// What was asked.
    pub request: FakeRequest,
    /// The bars among it.
    pub bars: Option<BarsAsked>,
    /// When it came.
    pub at: Instant,
}

/// A provider of market data on this machine; it ends when it is dropped.
pub struct ProviderServer {
    address: SocketAddr,
    inside: Arc<Inside>,
    /// A runtime of its own, so that it serves async and blocking tests and other processes alike.
    runtime: Option<Runtime>,
}

struct Inside {
    format: Box<dyn Format>,
    state: Mutex<State>,
    released: Notify,
    address: SocketAddr,
}

struct State {
    market: FakeMarket,
    faults: Vec<FaultRule>,
    calls: Vec<FakeCall>,
    under_way: usize,
    under_way_max: usize,
}

/// A fault, where it strikes and how often.
struct FaultRule {
    path_start: String,
    fault: Fault,
    times_left: usize,
}

impl ProviderServer {
    /// A server on a port of its own.
    pub fn start(format: impl Format + 'static, market: FakeMarket) -> ProviderServer {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime for the provider server");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port of the loopback");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("the address of the port");
        let state = State { market, faults: Vec::new(), calls: Vec::new(), under_way: 0, under_way_max: 0 };
        let (format, state) = (Box::new(format), Mutex::new(state));
        let inside = Arc::new(Inside { format, state, released: Notify::new(), address });
        runtime.spawn(http::serve(listener, inside.clone()));
        ProviderServer { address, inside, runtime: Some(runtime) }
    }

    /// The address to be configured.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes every answer wrong from now on.
    pub fn misbehave(&self, fault: Fault) {
        self.misbehave_on("", fault, usize::MAX);
    }

    /// Makes so many answers to paths that begin like this wrong. What was ordered first strikes first.
    pub fn misbehave_on(&self, path_start: &str, fault: Fault, times: usize) {
        let path_start = path_start.to_owned();
        self.inside.state().faults.push(FaultRule { path_start, fault, times_left: times });
    }

    /// Ends all misbehaviour, and lets go of the answers held.
    pub fn behave(&self) {
        self.inside.state().faults.clear();
        self.release();
    }

    /// Lets go of the answers held by [`Fault::Hold`].
    pub fn release(&self) {
        self.inside.released.notify_waiters();
    }

    /// Changes the market.
    pub fn change(&self, change: impl FnOnce(&mut FakeMarket)) {
        change(&mut self.inside.state().market);
    }

    /// All requests so far, in order.
    pub fn calls(&self) -> Vec<FakeCall> {
        self.inside.state().calls.clone()
    }

    /// How many requests there were.
    pub fn call_count(&self) -> usize {
        self.inside.state().calls.len()
    }

    /// How many requests there were to paths that begin like this.
    pub fn call_count_on(&self, path_start: &str) -> usize {
        let state = self.inside.state();
        state.calls.iter().filter(|call| call.request.path.starts_with(path_start)).count()
    }

    /// How many requests asked for bars of a symbol, written as the vendor writes it.
    pub fn call_count_for(&self, symbol: &str) -> usize {
        self.bars_asked(symbol).len()
    }

    /// The bars of a symbol that were asked for, in order.
    pub fn bars_asked(&self, symbol: &str) -> Vec<BarsAsked> {
        let state = self.inside.state();
        let bars = state.calls.iter().filter_map(|call| call.bars.clone());
        bars.filter(|asked| asked.symbol == symbol).collect()
    }

    /// How many sessions of a symbol were asked for, one asked for twice counted twice.
    pub fn session_count_asked(&self, symbol: &str) -> usize {
        let asked = self.bars_asked(symbol);
        asked.iter().map(|bars| Calendar::xnys().between(bars.first, bars.last).len()).sum()
    }

    /// The most requests that were under way at one time.
    pub fn under_way_max(&self) -> usize {
        self.inside.state().under_way_max
    }

    /// How many requests are under way.
    pub fn under_way(&self) -> usize {
        self.inside.state().under_way
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Inside {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request, and says what shall go wrong with it.
    fn begin(&self, request: &FakeRequest) -> Option<Fault> {
        let mut state = self.state();
        let bars = self.format.bars_asked(&state.market, request);
        state.calls.push(FakeCall { request: request.clone(), bars, at: Instant::now() });
        state.under_way += 1;
        state.under_way_max = state.under_way_max.max(state.under_way);
        let strikes =
            |rule: &&mut FaultRule| rule.times_left > 0 && request.path.starts_with(&rule.path_start);
        let rule = state.faults.iter_mut().find(strikes)?;
        rule.times_left = rule.times_left.saturating_sub(usize::from(rule.times_left != usize::MAX));
        Some(rule.fault)
    }

    fn end(&self) {
        self.state().under_way -= 1;
    }

    fn answer(&self, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        self.format.answer(&self.state().market, request, fault)
    }
}
