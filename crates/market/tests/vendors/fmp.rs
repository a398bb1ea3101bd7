//! Financial Modeling Prep.

use std::sync::Arc;

use market::{Fmp, Listing, ProviderError};
use model::{InstrumentKind, Sector};
use testkit::provider_server::{FakeMarket, Fault, FmpFormat};

use crate::bed::{AROUND_SPLIT, Bed, KEY, actions, closes, company, date, market, span};

fn bed(format: FmpFormat, market: FakeMarket) -> Bed {
    Bed::new(format, market, |settings, key, gate| Arc::new(Fmp::new(settings, key, gate).unwrap()))
}

fn usual() -> Bed {
    bed(FmpFormat::new(KEY), market("AAPL"))
}

#[tokio::test]
async fn bars_are_as_traded_and_dividends_as_paid() {
    let bed = usual();
    let history = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap();
    assert_eq!(closes(&history), AROUND_SPLIT);
    assert_eq!(actions(&history), ["2024-02-05 split 4:1", "2024-01-12 paid 0.82", "2024-02-09 paid 0.24"]);
    assert_eq!(history.covers, span("2024-02-01", "2024-02-06"));
    assert_eq!(history.actions_cover, None, "without a bound");
    bed.check_calls(3, false);
}

#[tokio::test]
async fn a_long_range_takes_several_answers() {
    let format = FmpFormat { bars_max: 5_000, ..FmpFormat::new(KEY) };
    let long = market("AAPL").with("AAPL", company("1995-01-03", "2024-03-01"));
    let bed = bed(format, long);
    let history = bed.ask("AAPL", "1995-01-03", "2024-03-01").await.unwrap();
    assert_eq!(history.bars.sessions.first(), Some(&date("1995-01-03")));
    assert!(history.bars.len() > 7_000 && history.refused_count == 0, "{}", history.bars.len());
    assert_eq!(history.covers, span("1995-01-03", "2024-03-01"));
    bed.check_calls(4, false);
}

#[tokio::test]
async fn a_short_plan_claims_no_more_than_it_gives() {
    let mut what = company("2010-01-04", "2024-03-01");
    for month in 1..=12 {
        what = what.with_dividend(date(&format!("2023-{month:02}-15")), "0.2");
    }
    let bed = bed(FmpFormat { is_free: true, ..FmpFormat::new(KEY) }, market("AAPL").with("AAPL", what));
    let history = bed.ask("AAPL", "2015-01-02", "2024-03-01").await.unwrap();
    // Five times 365 days before 2024-03-02.
    assert_eq!(history.bars.sessions.first(), Some(&date("2019-03-04")));
    assert_eq!(history.covers, span("2019-03-04", "2024-03-01"), "what is older was kept from us");
    assert_eq!(history.actions.dividends.len(), 5);
    assert_eq!(history.actions_cover, span("2023-10-15", "2024-03-02"), "older ones were left out");
    assert_eq!(history.listing, Listing { first: Some(date("2010-01-04")), last: None });
}

#[tokio::test]
async fn a_young_company_is_explained_by_its_listing() {
    let bed = usual();
    let history = bed.ask("AAPL", "2019-06-03", "2020-01-10").await.unwrap();
    assert_eq!(history.bars.len(), 7);
    assert_eq!(history.listing, Listing { first: Some(date("2020-01-02")), last: None });
    assert_eq!(history.covers, span("2019-06-03", "2020-01-10"), "there is nothing before the listing");
    bed.check_calls(4, false);
}

#[tokio::test]
async fn an_unknown_symbol_is_told_from_an_empty_range() {
    let bed = usual();
    assert_eq!(bed.ask("NONE", "2024-02-01", "2024-02-06").await, Err(ProviderError::NotFound));
    bed.check_calls(2, false);
    // A date of listing without a bar beside it may be that of a later listing: nothing is concluded from it.
    assert_eq!(bed.ask("AAPL", "2019-01-02", "2019-02-06").await, Err(ProviderError::NoData));
    assert_eq!(bed.profile("NONE").await, Err(ProviderError::NotFound));
}

#[tokio::test]
async fn a_company_traded_no_more_ends_with_its_last_bar() {
    let bed = bed(FmpFormat::new(KEY), market("AAPL").with("GONE", company("2020-01-02", "2023-06-30")));
    let early = bed.ask("GONE", "2023-06-29", "2023-08-01").await.unwrap();
    assert_eq!(early.listing.last, None, "what came after the range asked for is not known");
    let history = bed.ask("GONE", "2023-06-29", "2024-03-01").await.unwrap();
    assert_eq!(history.listing, Listing { first: Some(date("2020-01-02")), last: Some(date("2023-06-30")) });
}

#[tokio::test]
async fn when_a_later_call_fails_there_is_no_history() {
    for list in ["/splits", "/dividends"] {
        let bed = usual();
        bed.server.misbehave_on(list, Fault::Html, 1);
        let told = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap_err();
        assert_eq!(told.code(), "malformed", "{list}");
    }
}

#[tokio::test]
async fn a_profile_has_a_sector_and_dates_of_earnings() {
    let bed = usual();
    let answer = bed.profile("AAPL").await.unwrap();
    assert_eq!(answer.profile.sector, Some(Sector::Technology));
    assert_eq!(answer.profile.kind, Some(InstrumentKind::Stock));
    let known = answer.fundamentals.unwrap();
    assert_eq!(known.last_earnings, Some(date("2024-01-25")));
    assert_eq!(known.next_earnings, Some(date("2024-04-25")));
    assert_eq!((known.provider_beta, known.market_cap), (Some(1.25), Some(9e10)));
    assert_eq!(known.eps_trailing, None, "one report is no year");
    bed.check_calls(2, false);
}

#[tokio::test]
async fn a_plan_without_reports_still_has_profiles() {
    let bed = usual();
    bed.server.misbehave_on("/earnings", Fault::Forbidden, 1);
    let answer = bed.profile("AAPL").await.unwrap();
    let known = answer.fundamentals.unwrap();
    assert_eq!((known.market_cap, known.next_earnings), (Some(9e10), None));
    bed.server.misbehave_on("/earnings", Fault::Limited, 1);
    assert_eq!(bed.profile("AAPL").await.unwrap_err().code(), "rate_limited", "it is asked again later");
}
