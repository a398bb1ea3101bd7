//! Polygon.

use std::sync::Arc;

use market::{Listing, Polygon, ProviderError, WireSettings};
use model::InstrumentKind;
use testkit::provider_server::{FakeMarket, Fault, PolygonFormat};

use crate::bed::{AROUND_SPLIT, Bed, KEY, NOW, actions, closes, company, date, market, span};

fn bed(format: PolygonFormat, market: FakeMarket) -> Bed {
    Bed::new(format, market, |settings, key, gate| Arc::new(Polygon::new(settings, key, gate).unwrap()))
}

fn usual() -> Bed {
    bed(PolygonFormat::new(KEY), market("AAPL"))
}

#[tokio::test]
async fn bars_are_as_traded_and_actions_come_with_them() {
    let bed = usual();
    let history = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap();
    assert_eq!(closes(&history), AROUND_SPLIT);
    assert!(history.bars.is_final.iter().all(|is_final| *is_final));
    assert_eq!(actions(&history), ["2024-02-05 split 4:1", "2024-02-09 paid 0.24"]);
    assert_eq!(history.covers, span("2024-02-01", "2024-02-06"));
    assert_eq!(history.actions_cover, span("2024-02-01", "2024-03-02"));
    assert_eq!((history.stamp, history.is_whole), (None, false));
    bed.check_calls(3, false);
    let asked = &bed.server.bars_asked("AAPL")[0];
    assert_eq!((asked.first, asked.last), (date("2024-02-01"), date("2024-02-06")));
}

#[tokio::test]
async fn classes_of_shares_and_indices_have_other_names() {
    let market = FakeMarket::new(NOW.parse().unwrap())
        .with("BRK.B", company("2020-01-02", "2024-03-01"))
        .with("I:SPX", company("2020-01-02", "2024-03-01"));
    let bed = bed(PolygonFormat::new(KEY), market);
    for symbol in ["BRK-B", "BRK.B", "^GSPC"] {
        assert_eq!(bed.ask(symbol, "2024-02-29", "2024-03-01").await.unwrap().bars.len(), 2, "{symbol}");
    }
    let before = bed.server.call_count();
    assert_eq!(bed.ask("EURUSD=X", "2024-02-29", "2024-03-01").await, Err(ProviderError::NoData));
    assert_eq!(
        bed.server.call_count(),
        before,
        "it is not asked about what is no ticker, and does not deny it"
    );
}

#[tokio::test]
async fn further_pages_are_asked_at_the_configured_address() {
    let format = PolygonFormat { page_rows: 2, ..PolygonFormat::new(KEY) };
    let market = market("AAPL").with(
        "AAPL",
        company("2020-01-02", "2024-03-01")
            .with_dividend(date("2024-02-20"), "0.1")
            .with_dividend(date("2024-02-21"), "0.2")
            .with_dividend(date("2024-02-22"), "0.3"),
    );
    let bed = bed(format, market);
    let history = bed.ask("AAPL", "2024-02-01", "2024-02-09").await.unwrap();
    assert_eq!(history.bars.len(), 7);
    assert_eq!(history.actions.dividends.len(), 4);
    // Four pages of bars, one of splits, two of dividends.
    bed.check_calls(7, false);
    let calls = bed.server.calls();
    let second = calls.iter().find(|call| call.request.query.contains_key("cursor")).unwrap();
    assert_eq!(second.request.query.len(), 1, "the cursor holds the whole question");
}

#[tokio::test]
async fn a_short_plan_is_asked_for_what_it_has_and_no_more_is_claimed() {
    let format = PolygonFormat { is_free: true, ..PolygonFormat::new(KEY) };
    let bed = bed(format, market("AAPL"));
    let history = bed.ask("AAPL", "2020-01-02", "2024-03-02").await.unwrap();
    // 729 days before 2024-03-02. In New York it is the evening of the 1st, of which the plan has nothing yet.
    assert_eq!(history.bars.sessions.first(), Some(&date("2022-03-04")));
    assert_eq!(history.bars.sessions.last(), Some(&date("2024-02-29")));
    assert_eq!(history.covers, span("2022-03-04", "2024-02-29"));
    assert_eq!(history.actions_cover, span("2022-03-04", "2024-03-02"));
    // Refused for its first years and for its last day; then the bars, splits, dividends.
    bed.check_calls(5, false);
    bed.ask("AAPL", "2020-01-02", "2024-03-01").await.unwrap();
    bed.check_calls(8, false);
    assert_eq!(bed.ask("AAPL", "2020-01-02", "2020-02-01").await, Err(ProviderError::Unauthorized));
    assert_eq!(bed.ask("AAPL", "2024-03-01", "2024-03-01").await.unwrap_err().code(), "unavailable");
    bed.check_calls(8, false);
}

#[tokio::test]
async fn when_a_later_call_fails_there_is_no_history() {
    for list in ["/v3/reference/splits", "/v3/reference/dividends"] {
        let bed = usual();
        bed.server.misbehave_on(list, Fault::Limited, 1);
        let told = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap_err();
        assert_eq!(told.code(), "rate_limited", "{list}");
        let told = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap_err();
        assert_eq!(told.code(), "rate_limited", "nobody asks during a pause");
    }
}

#[tokio::test]
async fn a_wrong_address_says_nothing_of_a_ticker() {
    let bed = Bed::new(PolygonFormat::new(KEY), market("AAPL"), |settings, key, gate| {
        let base_url = format!("{}/elsewhere", settings.base_url);
        Arc::new(Polygon::new(WireSettings { base_url, ..settings }, key, gate).unwrap())
    });
    assert_eq!(bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap_err().code(), "malformed");
    assert_eq!(bed.profile("AAPL").await.unwrap_err().code(), "malformed");
}

#[tokio::test]
async fn an_unknown_ticker_is_told_from_an_empty_range() {
    let bed = usual();
    assert_eq!(bed.ask("NONE", "2024-02-01", "2024-02-06").await, Err(ProviderError::NotFound));
    // Bars, splits, dividends, details, the list of those traded no more.
    bed.check_calls(5, false);
    let history = bed.ask("AAPL", "2019-01-02", "2019-02-06").await.unwrap();
    assert_eq!(history.listing, Listing { first: Some(date("2020-01-02")), last: None });
    assert_eq!((history.bars.len(), history.covers), (0, span("2019-01-02", "2019-02-06")));
}

#[tokio::test]
async fn a_ticker_traded_no_more_is_known_with_its_last_day() {
    let market = market("AAPL").with("GONE", company("2020-01-02", "2023-06-30"));
    let bed = bed(PolygonFormat::new(KEY), market);
    let history = bed.ask("GONE", "2023-06-29", "2023-08-01").await.unwrap();
    assert_eq!(history.bars.len(), 2);
    assert_eq!(history.listing, Listing { first: Some(date("2020-01-02")), last: Some(date("2023-06-30")) });
    assert_eq!(history.covers, span("2023-06-29", "2023-08-01"));
    let profile = bed.profile("GONE").await.unwrap().profile;
    assert_eq!(profile.name.as_deref(), Some("Example Corporation"));
}

#[tokio::test]
async fn a_listing_that_cannot_be_learned_costs_no_bars() {
    let bed = usual();
    bed.server.misbehave_on("/v3/reference/tickers", Fault::Limited, 1);
    let history = bed.ask("AAPL", "2019-12-30", "2020-01-03").await.unwrap();
    assert_eq!((history.bars.len(), history.listing), (2, Listing::default()));
}

#[tokio::test]
async fn a_session_that_is_not_published_yet_is_unavailable() {
    let bed = usual();
    bed.server.change(|market| {
        market.symbols.insert("LATE".into(), company("2020-01-02", "2024-02-29"));
    });
    let told = bed.ask("LATE", "2024-03-01", "2024-03-01").await.unwrap_err();
    assert_eq!(told.code(), "unavailable");
}

#[tokio::test]
async fn a_profile_has_no_sector_and_a_wrong_key_none_at_all() {
    let bed = usual();
    let answer = bed.profile("AAPL").await.unwrap();
    assert_eq!((answer.profile.kind, answer.profile.sector), (Some(InstrumentKind::Stock), None));
    assert_eq!(answer.profile.industry.as_deref(), Some("SOFTWARE"));
    assert_eq!(answer.fundamentals.unwrap().market_cap, Some(9e10));
    assert_eq!(bed.profile("NONE").await, Err(ProviderError::NotFound));
    let strange = self::bed(PolygonFormat::new("another key"), market("AAPL"));
    assert_eq!(strange.profile("AAPL").await, Err(ProviderError::Unauthorized));
    assert_eq!(strange.ask("AAPL", "2024-02-01", "2024-02-06").await, Err(ProviderError::Unauthorized));
}
