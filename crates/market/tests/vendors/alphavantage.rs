//! Alpha Vantage.

use std::sync::Arc;

use market::{AlphaVantage, ProviderError, Source};
use model::{Date, Sector};
use testkit::provider_server::{
    AlphaVantageFormat, BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format, day_limit_text,
};

use crate::bed::{Bed, KEY, actions, closes, company, date, market, span};

fn bed(format: impl Format + 'static, market: FakeMarket) -> Bed {
    Bed::new(format, market, |settings, key, gate| Arc::new(AlphaVantage::new(settings, key, gate).unwrap()))
}

fn usual() -> Bed {
    bed(AlphaVantageFormat::new(KEY), market("BRK-B"))
}

#[tokio::test]
async fn bars_are_as_traded_and_all_actions_are_told() {
    let bed = usual();
    let history = bed.ask("BRK.B", "2024-02-01", "2024-02-06").await.unwrap();
    assert!(closes(&history).contains(&"2024-02-02 400.01".to_owned()), "before the split");
    assert!(closes(&history).contains(&"2024-02-05 100.01".to_owned()), "after it");
    assert_eq!(actions(&history), ["2024-02-05 split 4:1", "2024-01-12 paid 0.82", "2024-02-09 paid 0.24"]);
    assert_eq!(history.bars.len(), 100, "the short series is enough, and nothing of it is left out");
    assert_eq!(history.covers.map(|span| span.last), Some(date("2024-03-01")));
    assert_eq!(history.actions_cover, None, "without a bound");
    // This provider takes the key in the address alone.
    bed.check_calls(3, true);
}

#[tokio::test]
async fn a_long_range_takes_the_whole_series() {
    let bed = usual();
    let history = bed.ask("BRK.B", "2021-01-04", "2024-03-01").await.unwrap();
    assert_eq!(history.covers, span("2020-01-02", "2024-03-01"));
    assert_eq!(history.bars.sessions.first(), Some(&date("2020-01-02")));
    bed.check_calls(3, true);
}

#[tokio::test]
async fn a_free_plan_gives_the_newest_sessions_and_no_more_is_claimed() {
    let bed = bed(AlphaVantageFormat { is_free: true, ..AlphaVantageFormat::new(KEY) }, market("BRK-B"));
    let history = bed.ask("BRK.B", "2021-01-04", "2024-03-01").await.unwrap();
    assert_eq!(history.bars.len(), 100);
    let first = history.bars.sessions[0];
    assert_eq!(history.covers.map(|span| (span.first, span.last)), Some((first, date("2024-03-01"))));
    assert_eq!(bed.server.call_count(), 4, "the refusal, the series, splits, dividends");
    bed.ask("BRK.B", "2021-01-04", "2024-03-01").await.unwrap();
    assert_eq!(bed.server.call_count(), 7, "the plan is remembered for a day");
}

#[tokio::test]
async fn a_young_symbol_is_known_from_its_first_day() {
    let young = market("BRK-B").with("NEW", company("2024-02-01", "2024-03-01"));
    let bed = bed(AlphaVantageFormat { is_free: true, ..AlphaVantageFormat::new(KEY) }, young);
    let history = bed.ask("NEW", "2023-12-01", "2024-03-01").await.unwrap();
    assert_eq!(history.covers, span("2023-12-01", "2024-03-01"));
}

/// A server whose quota of the day is used up.
struct UsedUp;

impl Format for UsedUp {
    fn answer(&self, _: &FakeMarket, _: &FakeRequest, _: Option<Fault>) -> FakeAnswer {
        FakeAnswer::json(200, day_limit_text(KEY))
    }

    fn bars_asked(&self, _: &FakeMarket, _: &FakeRequest) -> Option<BarsAsked> {
        None
    }

    fn limit_text(&self) -> String {
        day_limit_text(KEY)
    }
}

#[tokio::test]
async fn the_quota_of_a_day_is_waited_for_until_the_next_one() {
    let bed = bed(UsedUp, market("BRK-B"));
    let told = bed.ask("BRK.B", "2024-02-01", "2024-02-06").await.unwrap_err();
    // It is 01:00 in universal time; the day of the quota ends at 05:00.
    let retry_at = "2024-03-02T05:00:00Z".parse().unwrap();
    assert_eq!(told, ProviderError::RateLimited { retry_at });
    assert_eq!(bed.gate.pause_of(Source::AlphaVantage), Some(retry_at));
    assert!(!format!("{:?}", bed.gate.ended()).contains(KEY), "the sentence repeats the key");
}

#[tokio::test]
async fn unknown_symbols_wrong_keys_and_what_is_no_ticker() {
    let bed = usual();
    assert_eq!(bed.ask("NONE", "2024-02-01", "2024-02-06").await, Err(ProviderError::NotFound));
    bed.check_calls(1, true);
    assert_eq!(bed.ask("^GSPC", "2024-02-01", "2024-02-06").await, Err(ProviderError::NoData));
    bed.check_calls(1, true);
    let strange = self::bed(AlphaVantageFormat::new("another key"), market("BRK-B"));
    assert_eq!(strange.ask("BRK.B", "2024-02-01", "2024-02-06").await, Err(ProviderError::Unauthorized));
}

#[tokio::test]
async fn when_a_later_call_fails_there_is_no_history() {
    let bed = bed(SecondFails(AlphaVantageFormat::new(KEY)), market("BRK-B"));
    let told = bed.ask("BRK.B", "2024-02-01", "2024-02-06").await.unwrap_err();
    assert_eq!(told.code(), "malformed");
    bed.check_calls(3, true);
}

/// A server that knows no dividends.
struct SecondFails(AlphaVantageFormat);

impl Format for SecondFails {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        match request.parameter("function") {
            "DIVIDENDS" => FakeAnswer::json(200, "{}"),
            _ => self.0.answer(market, request, fault),
        }
    }

    fn bars_asked(&self, market: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        self.0.bars_asked(market, request)
    }

    fn limit_text(&self) -> String {
        self.0.limit_text()
    }
}

#[tokio::test]
async fn an_overview_has_a_sector_and_figures() {
    let bed = usual();
    let answer = bed.profile("BRK.B").await.unwrap();
    assert_eq!(answer.profile.sector, Some(Sector::Technology));
    let known = answer.fundamentals.unwrap();
    assert_eq!((known.eps_trailing, known.provider_beta), (Some(6.5), Some(1.25)));
    assert_eq!((known.last_earnings, known.next_earnings), (None::<Date>, None));
    assert_eq!(bed.profile("NONE").await, Err(ProviderError::NoData));
}
