//! A provider, the server it asks, and the gate in between.

use std::sync::Arc;

use market::{
    Admission, CallLimits, History, HistoryAnswer, HistoryRequest, Key, ProfileAnswer, ProfileRequest,
    Provider, ProviderError, Span, Urgency, WireSettings,
};
use model::{Currency, Date, Fundamentals, InstrumentKind, Profile, Sector, Timestamp};
use testkit::OpenGate;
use testkit::provider_server::{FakeMarket, FakeSymbol, Format, ProviderServer};

/// The key that servers let in.
pub const KEY: &str = "key-of-tests-0815";

/// A Friday at 20:00 in New York.
pub const NOW: &str = "2024-03-02T01:00:00Z";

/// How a provider is made from an address, a key and a gate.
type Make = fn(WireSettings, &Key, Arc<dyn Admission>) -> Arc<dyn Provider>;

pub struct Bed {
    pub server: ProviderServer,
    pub gate: Arc<OpenGate>,
    pub provider: Arc<dyn Provider>,
}

impl Bed {
    pub fn new(format: impl Format + 'static, market: FakeMarket, make: Make) -> Bed {
        let gate = Arc::new(OpenGate::new(market.now));
        let server = ProviderServer::start(format, market);
        let limits = CallLimits { retry_delay_ms_first: 1, ..CallLimits::default() };
        let settings = WireSettings { limits, ..WireSettings::new(server.url()) };
        let provider = make(settings, &Key::new(KEY), gate.clone());
        Bed { server, gate, provider }
    }

    pub async fn ask(&self, symbol: &str, first: &str, last: &str) -> Result<History, ProviderError> {
        let request = HistoryRequest {
            symbol: symbol.parse().unwrap(),
            first: date(first),
            last: date(last),
            as_of: self.gate.now(),
            urgency: Urgency::Background,
            known_stamp: None,
        };
        match self.provider.fetch_history(&request).await? {
            HistoryAnswer::History(history) => Ok(*history),
            HistoryAnswer::Unchanged => panic!("a provider over the network has no stamps"),
        }
    }

    pub async fn profile(&self, symbol: &str) -> Result<ProfileAnswer, ProviderError> {
        let (symbol, as_of) = (symbol.parse().unwrap(), self.gate.now());
        self.provider.fetch_profile(&ProfileRequest { symbol, as_of, urgency: Urgency::Background }).await
    }

    /// Each call asked for leave, told its end, and named no key in its address unless the vendor wants it there.
    pub fn check_calls(&self, count: usize, has_key_in_address: bool) {
        assert_eq!(self.server.call_count(), count);
        assert_eq!((self.gate.admitted().len(), self.gate.ended().len()), (count, count));
        assert!(self.gate.admitted().iter().all(|(_, urgency)| *urgency == Urgency::Background));
        for call in self.server.calls() {
            assert_eq!(call.request.target.contains(KEY), has_key_in_address, "{}", call.request.target);
        }
    }
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn span(first: &str, last: &str) -> Option<Span> {
    Some(Span { first: date(first), last: date(last) })
}

/// The market of a company that was split four for one on 2024-02-05, and paid dividends before and after.
pub fn market(symbol: &str) -> FakeMarket {
    let now: Timestamp = NOW.parse().unwrap();
    FakeMarket::new(now).with(symbol, company("2020-01-02", "2024-03-01"))
}

/// A company that traded from one date to another.
pub fn company(first: &str, last: &str) -> FakeSymbol {
    let profile = Profile {
        name: Some("Example Corporation".into()),
        kind: Some(InstrumentKind::Stock),
        sector: Some(Sector::Technology),
        industry: Some("Software".into()),
        exchange: Some("XNAS".into()),
        currency: Some(Currency::USD),
        is_whole_unit: None,
    };
    let fundamentals = Fundamentals {
        last_earnings: Some(date("2024-01-25")),
        next_earnings: Some(date("2024-04-25")),
        eps_trailing: Some(6.5),
        revenue: Some(4e9),
        gross_margin: Some(0.45),
        operating_margin: Some(0.3),
        profit_margin: Some(0.25),
        provider_beta: Some(1.25),
        market_cap: Some(9e10),
    };
    FakeSymbol::around(40_000, date(first), date(last))
        .with_split(date("2024-02-05"), "4:1")
        .with_dividend(date("2024-01-12"), "0.82")
        .with_dividend(date("2024-02-09"), "0.24")
        .with_profile(profile, fundamentals)
}

/// The bars of a market as traded, by session and close.
pub fn closes(history: &History) -> Vec<String> {
    history.bars.iter().map(|bar| format!("{} {}", bar.session, bar.close)).collect()
}

/// The splits and dividends of a history.
pub fn actions(history: &History) -> Vec<String> {
    let splits = history.actions.splits.iter();
    let splits = splits.map(|split| format!("{} split {}", split.ex_date, split.ratio));
    let dividends = history.actions.dividends.iter();
    splits.chain(dividends.map(|paid| format!("{} paid {}", paid.ex_date, paid.amount))).collect()
}

/// The closes around the split, as traded.
pub const AROUND_SPLIT: [&str; 4] =
    ["2024-02-01 400", "2024-02-02 400.01", "2024-02-05 100.01", "2024-02-06 100.0125"];
