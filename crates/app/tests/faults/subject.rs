//! The providers of the table, each over a server that writes as its vendor does.

use std::sync::Arc;

use app::Budgets;
use market::{
    AlphaVantage, CallLimits, Fmp, Key, Polygon, Provider, Source, Stooq, WireSettings, Yahoo, YahooSettings,
};
use testkit::provider_server::{
    AlphaVantageFormat, FmpFormat, Format, PolygonFormat, StooqFormat, YahooFormat,
};

/// The key of those who need one.
const KEY: &str = "key-of-tests-0815";

/// One provider of the table.
pub struct Subject {
    pub source: Source,
    /// The symbol as the vendor writes it.
    pub symbol: &'static str,
    pub format: fn() -> Box<dyn Format>,
    pub provider: fn(&str, Arc<Budgets>, CallLimits) -> Arc<dyn Provider>,
    /// Calls that a history takes when the provider behaves.
    pub call_count: usize,
}

pub fn subjects() -> Vec<Subject> {
    vec![yahoo(), polygon(), fmp(), alphavantage(), stooq()]
}

fn yahoo() -> Subject {
    Subject {
        source: Source::Yahoo,
        symbol: "BRK-B",
        format: || Box::new(YahooFormat::default()),
        provider: |url, budgets, limits| {
            let (base_url, cookie_url) = (url.to_owned(), url.to_owned());
            let settings = YahooSettings { base_url, cookie_url, limits, ..YahooSettings::default() };
            Arc::new(Yahoo::new(settings, budgets).unwrap())
        },
        call_count: 1,
    }
}

fn polygon() -> Subject {
    Subject {
        source: Source::Polygon,
        symbol: "BRK.B",
        format: || Box::new(PolygonFormat::new(KEY)),
        provider: |url, budgets, limits| {
            Arc::new(Polygon::new(settings(url, limits), &Key::new(KEY), budgets).unwrap())
        },
        call_count: 3,
    }
}

fn fmp() -> Subject {
    Subject {
        source: Source::Fmp,
        symbol: "BRK-B",
        format: || Box::new(FmpFormat::new(KEY)),
        provider: |url, budgets, limits| {
            Arc::new(Fmp::new(settings(url, limits), &Key::new(KEY), budgets).unwrap())
        },
        call_count: 3,
    }
}

fn alphavantage() -> Subject {
    Subject {
        source: Source::AlphaVantage,
        symbol: "BRK-B",
        format: || Box::new(AlphaVantageFormat::new(KEY)),
        provider: |url, budgets, limits| {
            Arc::new(AlphaVantage::new(settings(url, limits), &Key::new(KEY), budgets).unwrap())
        },
        call_count: 3,
    }
}

fn stooq() -> Subject {
    Subject {
        source: Source::Stooq,
        symbol: "brk-b.us",
        format: || Box::new(StooqFormat::default()),
        provider: |url, budgets, limits| {
            Arc::new(Stooq::new(settings(url, limits), &Key::new(""), budgets).unwrap())
        },
        call_count: 1,
    }
}

fn settings(url: &str, limits: CallLimits) -> WireSettings {
    WireSettings { limits, ..WireSettings::new(url) }
}
