//! What comes of each fault at each provider: one table, which the test prints.

use std::sync::Arc;

use market::{
    CallLimits, HistoryAnswer, HistoryRequest, Provider, ProviderError, Source, Urgency, Yahoo, YahooSettings,
};
use model::{Date, Timestamp};
use testkit::OpenGate;
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, Format, ProviderServer, YahooFormat};

/// A Friday at 13:00 in New York.
const NOW: &str = "2024-03-01T18:00:00Z";
/// Sessions from the first asked to the last, which is today and under way.
const FIRST: &str = "2024-01-02";
const SESSION_COUNT: usize = 42;

/// One provider of the table.
struct Subject {
    source: Source,
    /// The symbol as the vendor writes it.
    symbol: &'static str,
    format: fn() -> Box<dyn Format>,
    provider: fn(&str, Arc<OpenGate>, CallLimits) -> Arc<dyn Provider>,
    /// What differs from what is usual.
    differs: fn(Fault) -> Option<&'static str>,
}

fn subjects() -> Vec<Subject> {
    vec![Subject {
        source: Source::Yahoo,
        symbol: "BRK-B",
        format: || Box::new(YahooFormat::default()),
        provider: |url, gate, limits| {
            let (base_url, cookie_url) = (url.to_owned(), url.to_owned());
            let settings = YahooSettings { base_url, cookie_url, limits, ..YahooSettings::default() };
            Arc::new(Yahoo::new(settings, gate).expect("a fixture"))
        },
        differs: |fault| match fault {
            // Its guard turns callers away with a page when they ask too much.
            Fault::Forbidden => Some("rate_limited until 2024-03-01T18:01:00Z, 1 call"),
            _ => None,
        },
    }]
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

/// What usually comes of a fault.
fn usually(fault: Fault) -> &'static str {
    match fault {
        Fault::Hold { .. } | Fault::Reset | Fault::ServerError => "unavailable, 4 calls",
        Fault::Truncated | Fault::HalfBody | Fault::EmptyBody => "unavailable, 4 calls",
        Fault::Limited | Fault::LimitInBody => "rate_limited until 2024-03-01T18:01:00Z, 1 call",
        Fault::LimitedForSeconds(_) => "rate_limited until 2024-03-01T18:02:00Z, 1 call",
        Fault::LimitedUntil(_) => "rate_limited until 2024-03-01T18:30:00Z, 1 call",
        Fault::Unauthorized | Fault::Forbidden => "unauthorized, 1 call",
        Fault::Html | Fault::Redirect | Fault::HugeBody | Fault::HugeBodyPacked => "malformed, 1 call",
        Fault::NanPrice | Fault::NullPrice | Fault::InfinitePrice => "41 bars and 1 refused, 1 call",
        Fault::ZeroPrice | Fault::NegativePrice | Fault::CrossedPrices => "41 bars and 1 refused, 1 call",
        Fault::NoRows => "no_data, 1 call",
        Fault::WrongSymbol | Fault::QuarterlyBars => "malformed, 1 call",
        // Only profiles need a crumb.
        Fault::CrumbLimited | Fault::StaleCrumb => "42 bars and 0 refused, 1 call",
    }
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
            assert!(history.refused.iter().all(|row| row.place.starts_with("session 2024-")), "{history:?}");
            format!("{} bars and {} refused", history.bars.len(), history.refused_count)
        }
        Ok(HistoryAnswer::Unchanged) => "unchanged".to_owned(),
        Err(ProviderError::RateLimited { retry_at }) => {
            assert_eq!(gate.pause_of(subject.source), Some(retry_at), "{fault:?}: the pause is told");
            format!("rate_limited until {retry_at}")
        }
        Err(error) => error.code().to_owned(),
    };
    format!("{told}, {calls} call{}", if calls == 1 { "" } else { "s" })
}

#[tokio::test]
async fn each_fault_has_its_outcome_at_each_provider() {
    let mut wrong = Vec::new();
    for subject in subjects() {
        let well = outcome(&subject, None).await;
        println!("{:<13} {:<60} {well}", subject.source.as_str(), "no fault");
        assert_eq!(well, format!("{SESSION_COUNT} bars and 0 refused, 1 call"));
        for fault in Fault::ALL {
            let (told, expected) =
                (outcome(&subject, Some(fault)).await, (subject.differs)(fault).unwrap_or(usually(fault)));
            println!("{:<13} {:<60} {told}", subject.source.as_str(), format!("{fault:?}"));
            if told != expected {
                wrong.push(format!("{} {fault:?}: {told}, expected {expected}", subject.source));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
