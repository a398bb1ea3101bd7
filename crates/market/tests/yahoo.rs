//! Yahoo over real sockets: what is asked, how prices come back to what was traded, and how far an answer reaches.

use std::sync::Arc;

use market::{
    CallLimits, History, HistoryAnswer, HistoryRequest, ProfileRequest, Provider, ProviderError, Source,
    Span, Urgency, Yahoo, YahooSettings,
};
use model::{Currency, Date, Fundamentals, InstrumentKind, Price, Profile, Sector, Timestamp};
use testkit::OpenGate;
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};

/// A Friday at 13:00 in New York.
const NOW: &str = "2024-03-01T18:00:00Z";

struct Scene {
    server: ProviderServer,
    gate: Arc<OpenGate>,
    yahoo: Yahoo,
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn scene_at(now: &str, format: YahooFormat, symbols: Vec<(&str, FakeSymbol)>) -> Scene {
    scene_with_patience(20_000, now, format, symbols)
}

fn scene_with_patience(
    total_timeout_ms: u64,
    now: &str,
    format: YahooFormat,
    symbols: Vec<(&str, FakeSymbol)>,
) -> Scene {
    let now: Timestamp = now.parse().expect("an instant");
    let market =
        symbols.into_iter().fold(FakeMarket::new(now), |market, (name, what)| market.with(name, what));
    let server = ProviderServer::start(format, market);
    let gate = Arc::new(OpenGate::new(now));
    let limits = CallLimits { total_timeout_ms, retry_delay_ms_first: 1, ..CallLimits::default() };
    let (base_url, cookie_url) = (server.url(), server.url());
    let settings = YahooSettings { base_url, cookie_url, limits, ..YahooSettings::default() };
    let yahoo = Yahoo::new(settings, gate.clone()).expect("settings");
    Scene { server, gate, yahoo }
}

fn scene(symbols: Vec<(&str, FakeSymbol)>) -> Scene {
    scene_at(NOW, YahooFormat::default(), symbols)
}

impl Scene {
    async fn history(&self, symbol: &str, first: &str, last: &str) -> Result<History, ProviderError> {
        let request = HistoryRequest {
            symbol: symbol.parse().expect("a symbol"),
            first: date(first),
            last: date(last),
            as_of: market::Admission::now(&*self.gate),
            urgency: Urgency::Interactive,
            known_stamp: None,
        };
        match self.yahoo.fetch_history(&request).await? {
            HistoryAnswer::History(history) => Ok(*history),
            HistoryAnswer::Unchanged => panic!("there was no stamp"),
        }
    }

    async fn profile(&self, symbol: &str) -> Result<market::ProfileAnswer, ProviderError> {
        let as_of = market::Admission::now(&*self.gate);
        let symbol = symbol.parse().expect("a symbol");
        self.yahoo.fetch_profile(&ProfileRequest { symbol, as_of, urgency: Urgency::Background }).await
    }
}

fn span(first: &str, last: &str) -> Option<Span> {
    Some(Span { first: date(first), last: date(last) })
}

/// A company that split twice and paid before, between and after.
fn splitter() -> FakeSymbol {
    FakeSymbol::around(75_119, date("2021-01-04"), date("2024-03-01"))
        .with_split(date("2021-07-20"), "4")
        .with_split(date("2023-06-12"), "1:3")
        .with_dividend(date("2021-03-09"), "0.16")
        .with_dividend(date("2021-07-20"), "0.04")
        .with_dividend(date("2023-09-06"), "2.655")
}

#[tokio::test]
async fn bars_and_dividends_are_as_they_were_traded() {
    let scene = scene(vec![("SPLT", splitter())]);
    let history = scene.history("SPLT", "2021-01-04", "2024-03-01").await.expect("a history");
    let traded = splitter();
    assert_eq!(history.bars.close, traded.bars.close);
    assert_eq!((&history.bars.open, &history.bars.high), (&traded.bars.open, &traded.bars.high));
    assert_eq!(history.bars.low, traded.bars.low);
    assert_eq!(history.actions, traded.actions);
    let volume =
        |at: usize| (history.bars.volume[at].unwrap_or(0) - traded.bars.volume[at].unwrap_or(0)).abs();
    assert!((0..history.bars.len()).all(|at| volume(at) <= 1), "volumes lose what the source rounds away");
    assert_eq!(history.refused_count, 0);
}

#[tokio::test]
async fn a_question_about_the_past_takes_a_second_one_for_the_splits_since() {
    let scene = scene(vec![("SPLT", splitter())]);
    let history = scene.history("SPLT", "2021-02-01", "2021-09-30").await.expect("a history");
    let traded = splitter();
    let from = traded.bars.position(date("2021-02-01")).expect("a session");
    assert_eq!(history.bars.close, traded.bars.close[from..from + history.bars.len()]);
    assert_eq!(history.bars.sessions.last(), Some(&date("2021-09-30")));
    // The later split is told, since those who read the bars need it.
    assert_eq!(history.actions.splits, traded.actions.splits);
    assert_eq!(history.covers, span("2021-02-01", "2021-09-30"));
    assert_eq!(history.actions_cover, span("2021-02-01", "2021-09-30"));
    assert_eq!(scene.server.call_count(), 2);
    let only_past = scene.server.bars_asked("SPLT");
    assert_eq!(
        (only_past.len(), only_past[0].first, only_past[0].last),
        (1, date("2021-02-01"), date("2021-09-30"))
    );
}

#[tokio::test]
async fn a_recent_question_reaches_up_to_now_in_one_call() {
    let scene = scene(vec![("SPLT", splitter())]);
    let history = scene.history("SPLT", "2023-05-01", "2023-05-31").await.expect("a history");
    assert_eq!(scene.server.call_count(), 1);
    let request = &scene.server.calls()[0].request;
    assert_eq!(
        request.target,
        "/v8/finance/chart/SPLT?period1=1682899200&period2=1709424000&interval=1d&events=div%2Csplits\
         &includePrePost=false"
    );
    assert_eq!(history.bars.sessions[0], date("2023-05-01"));
    assert_eq!(history.bars.sessions.last(), Some(&date("2024-03-01")));
    assert_eq!(history.bars.close[0], splitter().bars.close[history_position("2023-05-01")]);
}

fn history_position(session: &str) -> usize {
    splitter().bars.position(date(session)).expect("a session")
}

#[tokio::test]
async fn the_bar_of_today_is_not_final_before_the_close_has_settled() {
    let acme = || FakeSymbol::around(5_000, date("2024-02-01"), date("2024-03-01"));
    let check = async |now: &str, is_final: bool, covered: &str| {
        let scene = scene_at(now, YahooFormat::default(), vec![("ACME", acme())]);
        let history = scene.history("ACME", "2024-02-01", "2024-03-01").await.expect("a history");
        let last = history.bars.get(history.bars.len() - 1).expect("a bar");
        assert_eq!((last.session, last.is_final), (date("2024-03-01"), is_final), "{now}");
        assert_eq!(history.covers, span("2024-02-01", covered), "{now}");
    };
    check("2024-03-01T18:00:00Z", false, "2024-02-29").await;
    check("2024-03-01T21:29:59Z", false, "2024-02-29").await;
    check("2024-03-01T21:30:00Z", true, "2024-03-01").await;
}

#[tokio::test]
async fn the_newest_sessions_without_bars_are_late_rather_than_empty() {
    // The source has nothing since the 20th; five sessions before the newest complete one it would have something.
    let late = FakeSymbol::around(5_000, date("2024-02-01"), date("2024-02-20"));
    let scene = scene(vec![("LATE", late)]);
    let history = scene.history("LATE", "2024-02-01", "2024-03-01").await.expect("a history");
    assert_eq!(history.covers, span("2024-02-01", "2024-02-22"));
    assert_eq!(history.actions_cover, span("2024-02-01", "2024-03-01"));
}

#[tokio::test]
async fn what_was_not_listed_yet_is_covered_and_says_since_when_it_is() {
    let young = FakeSymbol::around(5_000, date("2023-11-01"), date("2024-03-01"));
    let scene = scene(vec![("YOUNG", young)]);
    let history = scene.history("YOUNG", "2020-01-02", "2020-12-31").await.expect("a history");
    assert!(history.bars.is_empty());
    assert_eq!(history.listing.first, Some(date("2023-11-01")));
    assert_eq!(history.covers, span("2020-01-02", "2020-12-31"));
    let history = scene.history("YOUNG", "2023-10-02", "2024-03-01").await.expect("a history");
    assert_eq!(history.bars.sessions[0], date("2023-11-01"));
}

#[tokio::test]
async fn nothing_is_asked_about_the_future() {
    let scene = scene(vec![("ACME", FakeSymbol::around(5_000, date("2024-02-01"), date("2024-03-01")))]);
    assert_eq!(scene.history("ACME", "2024-03-04", "2024-03-08").await, Err(ProviderError::NoData));
    assert_eq!(scene.server.call_count(), 0);
}

#[tokio::test]
async fn a_symbol_that_nobody_knows_is_not_found() {
    let scene = scene(vec![]);
    assert_eq!(scene.history("NOPE", "2024-01-02", "2024-03-01").await, Err(ProviderError::NotFound));
    assert_eq!(scene.profile("NOPE").await, Err(ProviderError::NotFound));
}

#[tokio::test]
async fn rows_that_all_make_no_sense_are_an_error_so_that_others_are_asked() {
    let scene = scene(vec![("ACME", FakeSymbol::around(5_000, date("2024-03-01"), date("2024-03-01")))]);
    scene.server.misbehave(Fault::ZeroPrice);
    let told = scene.history("ACME", "2024-03-01", "2024-03-01").await.expect_err("no bar");
    let what = "none of 1 rows makes sense; session 2024-03-01: close: 0 is not above zero".to_owned();
    assert_eq!(told, ProviderError::Malformed { what });
}

#[tokio::test]
async fn pence_become_pounds() {
    let traded = FakeSymbol::around(1_234, date("2024-02-01"), date("2024-03-01"))
        .with_dividend(date("2024-02-15"), "0.11");
    let scene = scene(vec![("PNCE.L", FakeSymbol { is_in_hundredths: true, ..traded.clone() })]);
    let history = scene.history("PNCE.L", "2024-02-01", "2024-03-01").await.expect("a history");
    assert_eq!(history.bars.close, traded.bars.close);
    assert_eq!(history.actions, traded.actions);
}

fn company() -> (Profile, Fundamentals) {
    let profile = Profile {
        name: Some("Berkshire Hathaway Inc.".into()),
        kind: Some(InstrumentKind::Stock),
        sector: Some(Sector::Financials),
        industry: Some("Insurance".into()),
        exchange: Some("NYSE".into()),
        currency: Some(Currency::USD),
        is_whole_unit: None,
    };
    let fundamentals = Fundamentals {
        last_earnings: Some(date("2024-02-26")),
        next_earnings: Some(date("2024-05-06")),
        eps_trailing: Some(44.27),
        revenue: Some(364_482_000_000.0),
        gross_margin: Some(0.2),
        operating_margin: Some(0.32),
        profit_margin: Some(0.264),
        provider_beta: Some(0.88),
        market_cap: Some(884_000_000_000.0),
    };
    (profile, fundamentals)
}

fn berkshire() -> FakeSymbol {
    let (profile, fundamentals) = company();
    FakeSymbol::around(40_000, date("2024-02-01"), date("2024-03-01")).with_profile(profile, fundamentals)
}

#[tokio::test]
async fn a_profile_needs_one_cookie_and_one_crumb_for_all() {
    let scene = scene(vec![("BRK-B", berkshire())]);
    let (profile, fundamentals) = company();
    let all = futures_util::future::join_all((0..8).map(|_| scene.profile("BRK.B"))).await;
    for answer in all {
        let answer = answer.expect("a profile");
        assert_eq!((&answer.profile, answer.fundamentals.as_ref()), (&profile, Some(&fundamentals)));
    }
    assert_eq!((scene.server.call_count_on("/v1/test/getcrumb"), scene.server.call_count()), (1, 10));
    assert_eq!(scene.gate.admitted().len(), 10);
}

#[tokio::test]
async fn a_crumb_that_is_not_good_any_more_is_renewed_once() {
    let scene = scene(vec![("BRK-B", berkshire())]);
    assert!(scene.profile("BRK.B").await.is_ok());
    scene.server.misbehave_on("/v10", Fault::StaleCrumb, 1);
    assert!(scene.profile("BRK.B").await.is_ok());
    assert_eq!(scene.server.call_count_on("/v1/test/getcrumb"), 2);
    scene.server.misbehave_on("/v10", Fault::StaleCrumb, usize::MAX);
    assert_eq!(scene.profile("BRK.B").await, Err(ProviderError::Unauthorized));
    assert_eq!(scene.server.call_count_on("/v1/test/getcrumb"), 3);
}

#[tokio::test]
async fn numbers_may_come_wrapped() {
    let scene = scene_at(NOW, YahooFormat::wrapping_numbers(), vec![("BRK-B", berkshire())]);
    assert_eq!(scene.profile("BRK.B").await.expect("a profile").fundamentals, Some(company().1));
}

/// What comes of each fault when a profile is asked for; the table that the test prints.
fn profile_outcome(fault: Fault) -> &'static str {
    match fault {
        Fault::Hold { .. } | Fault::Reset | Fault::ServerError => "unavailable",
        Fault::Truncated | Fault::HalfBody | Fault::EmptyBody => "unavailable",
        Fault::Limited | Fault::LimitedForSeconds(_) | Fault::LimitedUntil(_) => "rate_limited",
        Fault::LimitInBody | Fault::Forbidden => "rate_limited",
        // In place of a summary a 401 with a page says nothing of the crumb.
        Fault::Unauthorized => "unauthorized",
        Fault::Html | Fault::Redirect | Fault::HugeBody | Fault::HugeBodyPacked => "malformed",
        Fault::WrongSymbol => "malformed",
        Fault::NoRows => "no_data",
        Fault::StaleCrumb => "unauthorized",
        Fault::NanPrice | Fault::NullPrice | Fault::InfinitePrice | Fault::ZeroPrice => "ok",
        Fault::NegativePrice | Fault::CrossedPrices | Fault::QuarterlyBars | Fault::CrumbLimited => "ok",
    }
}

#[tokio::test]
async fn each_fault_of_a_profile_has_its_outcome() {
    for fault in Fault::ALL {
        let patience_ms = if matches!(fault, Fault::Hold { .. }) { 200 } else { 20_000 };
        let symbols = vec![("BRK-B", berkshire())];
        let scene = scene_with_patience(patience_ms, NOW, YahooFormat::default(), symbols);
        scene.server.misbehave_on("/v10", fault, usize::MAX);
        let told = scene.profile("BRK.B").await;
        let code = told.as_ref().err().map_or("ok", ProviderError::code);
        println!("{:<60} {code}", format!("{fault:?}"));
        assert_eq!(code, profile_outcome(fault), "{fault:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_limit_in_place_of_a_crumb_opens_a_pause_for_everything() {
    for (path, fault) in [("/v1", Fault::CrumbLimited), ("/v1", Fault::Limited), ("/", Fault::LimitInBody)] {
        let scene = scene(vec![("BRK-B", berkshire())]);
        scene.server.misbehave_on(path, fault, 1);
        let Err(ProviderError::RateLimited { retry_at }) = scene.profile("BRK.B").await else {
            panic!("{fault:?}")
        };
        assert_eq!(scene.gate.pause_of(Source::Yahoo), Some(retry_at));
        assert!(
            scene.history("BRK.B", "2024-02-01", "2024-03-01").await.is_err(),
            "the pause is for all calls"
        );
    }
}

#[tokio::test]
async fn a_price_of_a_split_today_is_known_before_the_opening() {
    let symbol = FakeSymbol::around(80_000, date("2024-02-01"), date("2024-03-01"))
        .with_split(date("2024-03-01"), "10");
    let scene = scene_at("2024-03-01T14:30:00Z", YahooFormat::default(), vec![("SPLT", symbol)]);
    let history = scene.history("SPLT", "2024-02-01", "2024-03-01").await.expect("a history");
    assert!(history.bars.close[0] >= Price::from_micros(800_000_000), "{}", history.bars.close[0]);
    assert_eq!(history.actions.splits.len(), 1);
}
