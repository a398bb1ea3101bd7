//! What comes of each fault at each provider: one table, which the test prints.

use std::sync::Arc;

use market::{
    AlphaVantage, CallLimits, Fmp, HistoryAnswer, HistoryRequest, Key, Polygon, Provider, ProviderError,
    Source, Stooq, Urgency, WireSettings, Yahoo, YahooSettings,
};
use model::{Date, Timestamp};
use testkit::OpenGate;
use testkit::provider_server::{
    AlphaVantageFormat, FakeMarket, FakeSymbol, Fault, FmpFormat, Format, PolygonFormat, ProviderServer,
    StooqFormat, YahooFormat,
};

/// A Friday at 13:00 in New York.
const NOW: &str = "2024-03-01T18:00:00Z";
/// Sessions from the first asked to the last, which is today and under way.
const FIRST: &str = "2024-01-02";
const SESSION_COUNT: usize = 42;
/// The key of those who need one, which no text may hold.
const KEY: &str = "key-of-tests-0815";

/// One provider of the table.
struct Subject {
    source: Source,
    /// The symbol as the vendor writes it.
    symbol: &'static str,
    format: fn() -> Box<dyn Format>,
    provider: fn(&str, Arc<OpenGate>, CallLimits) -> Arc<dyn Provider>,
    /// Bars that it gives when it behaves.
    bar_count: usize,
    /// Calls that a history takes when it behaves.
    call_count: usize,
    /// What differs from what is usual.
    differs: fn(Fault) -> Option<&'static str>,
}

fn subjects() -> Vec<Subject> {
    vec![yahoo(), polygon(), fmp(), alphavantage(), stooq()]
}

fn yahoo() -> Subject {
    Subject {
        source: Source::Yahoo,
        symbol: "BRK-B",
        format: || Box::new(YahooFormat::default()),
        provider: |url, gate, limits| {
            let (base_url, cookie_url) = (url.to_owned(), url.to_owned());
            let settings = YahooSettings { base_url, cookie_url, limits, ..YahooSettings::default() };
            Arc::new(Yahoo::new(settings, gate).expect("a fixture"))
        },
        bar_count: SESSION_COUNT,
        call_count: 1,
        differs: |fault| match fault {
            // Its guard turns callers away with a page when they ask too much.
            Fault::Forbidden => Some("rate_limited until 2024-03-01T18:01:00Z, 1 call"),
            Fault::QuarterlyBars => Some("malformed, 1 call"),
            _ => None,
        },
    }
}

fn polygon() -> Subject {
    Subject {
        source: Source::Polygon,
        symbol: "BRK.B",
        format: || Box::new(PolygonFormat::new(KEY)),
        provider: |url, gate, limits| {
            Arc::new(Polygon::new(settings(url, limits), &Key::new(KEY), gate).expect("a fixture"))
        },
        bar_count: SESSION_COUNT,
        call_count: 3,
        differs: |fault| match fault {
            // The ticker is asked about as well.
            Fault::NoRows => Some("no_data, 4 calls"),
            _ => None,
        },
    }
}

fn fmp() -> Subject {
    Subject {
        source: Source::Fmp,
        symbol: "BRK-B",
        format: || Box::new(FmpFormat::new(KEY)),
        provider: |url, gate, limits| {
            Arc::new(Fmp::new(settings(url, limits), &Key::new(KEY), gate).expect("a fixture"))
        },
        bar_count: SESSION_COUNT,
        call_count: 3,
        differs: |fault| match fault {
            // The profile tells an empty range from an unknown symbol.
            Fault::NoRows => Some("no_data, 4 calls"),
            _ => None,
        },
    }
}

fn alphavantage() -> Subject {
    Subject {
        source: Source::AlphaVantage,
        symbol: "BRK-B",
        format: || Box::new(AlphaVantageFormat::new(KEY)),
        provider: |url, gate, limits| {
            Arc::new(AlphaVantage::new(settings(url, limits), &Key::new(KEY), gate).expect("a fixture"))
        },
        // The short series is longer than what was asked for.
        bar_count: 100,
        call_count: 3,
        differs: |_| None,
    }
}

fn stooq() -> Subject {
    Subject {
        source: Source::Stooq,
        symbol: "brk-b.us",
        format: || Box::new(StooqFormat::default()),
        provider: |url, gate, limits| {
            Arc::new(Stooq::new(settings(url, limits), &Key::new(""), gate).expect("a fixture"))
        },
        bar_count: SESSION_COUNT,
        call_count: 1,
        differs: |fault| match fault {
            Fault::LimitInBody => Some("rate_limited until 2024-03-02T00:00:00Z, 1 call"),
            // The table names no symbol.
            Fault::WrongSymbol => Some("42 bars and 0 refused, 1 call"),
            _ => None,
        },
    }
}

fn settings(url: &str, limits: CallLimits) -> WireSettings {
    WireSettings { limits, ..WireSettings::new(url) }
}

/// Patience: much, since machines are slow at times, but little with a server that never answers.
fn limits(fault: Option<Fault>) -> CallLimits {
    let total_timeout_ms = if matches!(fault, Some(Fault::Hold { .. })) { 200 } else { 20_000 };
    CallLimits {
        total_timeout_ms,
        body_bytes_max: 1024 * 1024,
        retry_delay_ms_first: 1,
        ..CallLimits::default()
    }
}

/// What usually comes of a fault at a provider.
fn usually(fault: Fault, subject: &Subject) -> String {
    let bars = |count: usize, refused: usize| {
        format!("{count} bars and {refused} refused, {}", calls(subject.call_count))
    };
    match fault {
        Fault::Hold { .. } | Fault::Reset | Fault::ServerError => "unavailable, 4 calls".into(),
        Fault::Truncated | Fault::HalfBody | Fault::EmptyBody => "unavailable, 4 calls".into(),
        Fault::Limited | Fault::LimitInBody => "rate_limited until 2024-03-01T18:01:00Z, 1 call".into(),
        Fault::LimitedForSeconds(_) => "rate_limited until 2024-03-01T18:02:00Z, 1 call".into(),
        Fault::LimitedUntil(_) => "rate_limited until 2024-03-01T18:30:00Z, 1 call".into(),
        Fault::Unauthorized | Fault::Forbidden => "unauthorized, 1 call".into(),
        Fault::Html | Fault::Redirect | Fault::HugeBody | Fault::HugeBodyPacked => "malformed, 1 call".into(),
        Fault::NanPrice | Fault::NullPrice | Fault::InfinitePrice => bars(subject.bar_count - 1, 1),
        Fault::ZeroPrice | Fault::NegativePrice | Fault::CrossedPrices => bars(subject.bar_count - 1, 1),
        Fault::NoRows => format!("no_data, {}", calls(subject.call_count)),
        Fault::WrongSymbol => "malformed, 1 call".into(),
        // Yahoo alone answers with other bars than were asked for, and hands out crumbs, for profiles only.
        Fault::QuarterlyBars | Fault::CrumbLimited | Fault::StaleCrumb => bars(subject.bar_count, 0),
    }
}

fn calls(count: usize) -> String {
    format!("{count} call{}", if count == 1 { "" } else { "s" })
}

fn request() -> HistoryRequest {
    let as_of: Timestamp = NOW.parse().expect("a fixture");
    HistoryRequest {
        symbol: "BRK.B".parse().expect("a fixture"),
        first: FIRST.parse().expect("a fixture"),
        last: as_of.utc_date(),
        as_of,
        urgency: Urgency::Interactive,
        known_stamp: None,
    }
}

/// Asks a server that misbehaves, and says what came of it.
async fn outcome(subject: &Subject, fault: Option<Fault>) -> String {
    let (request, listed): (_, Date) = (request(), "2023-01-03".parse().expect("a fixture"));
    let what = FakeSymbol::around(35_000, listed, request.last);
    let market = FakeMarket::new(request.as_of).with(subject.symbol, what);
    let server = ProviderServer::start((subject.format)(), market);
    fault.into_iter().for_each(|fault| server.misbehave(fault));
    let gate = Arc::new(OpenGate::new(request.as_of));
    let provider = (subject.provider)(&server.url(), gate.clone(), limits(fault));
    assert_eq!(provider.source(), subject.source);

    let answer = provider.fetch_history(&request).await;
    assert_eq!(server.call_count_on("/elsewhere"), 0, "{fault:?}: a redirect was followed");
    let calls = server.call_count();
    assert_eq!(gate.admitted().len(), calls, "{fault:?}: each call asks for leave");
    assert_eq!(gate.ended().len(), calls, "{fault:?}: each call tells its end");
    let told = match answer {
        Ok(HistoryAnswer::History(history)) => {
            assert_eq!(history.refused.len(), history.refused_count);
            assert!(history.refused.iter().all(|row| row.place.starts_with("session 20")), "{history:?}");
            format!("{} bars and {} refused", history.bars.len(), history.refused_count)
        }
        Ok(HistoryAnswer::Unchanged) => "unchanged".to_owned(),
        Err(ProviderError::RateLimited { retry_at }) => {
            assert_eq!(gate.pause_of(subject.source), Some(retry_at), "{fault:?}: the pause is told");
            format!("rate_limited until {retry_at}")
        }
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains(KEY), "{fault:?}: {error}");
            error.code().to_owned()
        }
    };
    format!("{told}, {}", self::calls(calls))
}

/// All outcomes of one provider, each with what was expected.
async fn outcomes(subject: Subject) -> Vec<(String, String, String)> {
    let well = outcome(&subject, None).await;
    let Subject { bar_count, call_count, .. } = subject;
    let expected = format!("{bar_count} bars and 0 refused, {}", calls(call_count));
    let mut all = vec![(format!("{:<13} no fault", subject.source), well, expected)];
    for fault in Fault::ALL {
        let told = outcome(&subject, Some(fault)).await;
        let expected = (subject.differs)(fault).map_or_else(|| usually(fault, &subject), str::to_owned);
        all.push((format!("{:<13} {fault:?}", subject.source), told, expected));
    }
    all
}

#[tokio::test]
async fn each_fault_has_its_outcome_at_each_provider() {
    let all = futures_util::future::join_all(subjects().into_iter().map(outcomes)).await;
    let mut wrong = Vec::new();
    for (what, told, expected) in all.into_iter().flatten() {
        println!("{what:<74} {told}");
        if told != expected {
            wrong.push(format!("{what}: {told}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
