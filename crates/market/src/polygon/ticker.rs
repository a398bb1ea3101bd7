//! What `/v3/reference/tickers` says of one ticker.

use model::{Date, Fundamentals, InstrumentKind, Profile};
use serde_json::Value;

use super::actions::results;
use crate::{Listing, ProfileAnswer, ProviderError, json};

/// Reads `/v3/reference/tickers/{ticker}`: what is known of a ticker that is traded today, and since when it is.
///
/// # Convention
/// The sector is absent: Polygon knows industries of the SIC alone, which are no sectors of the GICS.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no description of a ticker or speaks of another one.
pub fn read_details(answer: &Value, ticker: &str) -> Result<(ProfileAnswer, Listing), ProviderError> {
    let details = answer
        .get("results")
        .filter(|results| results.is_object())
        .ok_or_else(|| ProviderError::Malformed { what: "ticker: there are no results".to_owned() })?;
    json::expect_symbol(json::text(details, "ticker"), ticker)?;
    Ok((description(details), listing(details)))
}

/// Reads `/v3/reference/tickers?ticker={ticker}&active=false`: what is known of a ticker that is traded no more, or
/// `None` when it is not among those.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of tickers or speaks of another one.
pub fn read_delisted(
    answer: &Value,
    ticker: &str,
) -> Result<Option<(ProfileAnswer, Listing)>, ProviderError> {
    let mut newest: Option<(ProfileAnswer, Listing)> = None;
    for row in results(answer, "tickers")? {
        json::expect_symbol(json::text(row, "ticker"), ticker)?;
        // A ticker may have been given to several companies; the newest is meant.
        let listing = listing(row);
        if newest.as_ref().is_none_or(|(_, earlier)| earlier.last < listing.last) {
            newest = Some((description(row), listing));
        }
    }
    Ok(newest)
}

fn description(details: &Value) -> ProfileAnswer {
    let text = |name| json::text(details, name).map(str::to_owned);
    let profile = Profile {
        name: text("name"),
        kind: kind(details),
        sector: None,
        industry: text("sic_description"),
        exchange: text("primary_exchange"),
        currency: json::text(details, "currency_name").and_then(|name| name.parse().ok()),
        is_whole_unit: None,
    };
    let market_cap = json::figure(details, "market_cap").filter(|value| *value > 0.0);
    let fundamentals =
        market_cap.map(|value| Fundamentals { market_cap: Some(value), ..Fundamentals::default() });
    ProfileAnswer { profile, fundamentals }
}

fn listing(row: &Value) -> Listing {
    let date = |name: &str| json::date(row, name).ok();
    let is_delisted = row.get("active").and_then(Value::as_bool) == Some(false);
    Listing { first: date("list_date"), last: date("delisted_utc").filter(|_| is_delisted) }
}

/// What the provider calls a ticker's type.
fn kind(details: &Value) -> Option<InstrumentKind> {
    if json::text(details, "market") == Some("indices") {
        return Some(InstrumentKind::Index);
    }
    match json::text(details, "type")? {
        // A closed-end fund is traded on an exchange like the others.
        "ETF" | "ETN" | "ETV" | "ETS" | "FUND" => Some(InstrumentKind::Etf),
        "INDEX" => Some(InstrumentKind::Index),
        _ => Some(InstrumentKind::Stock),
    }
}

/// A listing that does not contradict the bars: the provider's dates of listing are at times those of another
/// company that had the ticker.
pub fn plausible(listing: Listing, first_bar: Option<Date>, last_bar: Option<Date>) -> Listing {
    Listing {
        first: listing.first.filter(|first| first_bar.is_none_or(|bar| *first <= bar)),
        last: listing.last.map(|last| last_bar.map_or(last, |bar| last.max(bar))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const APPLE: &str = r#"{"results":{"ticker":"AAPL","name":"Apple Inc.","market":"stocks","locale":"us",
        "primary_exchange":"XNAS","type":"CS","active":true,"currency_name":"usd","cik":"0000320193",
        "market_cap":2488795282370,"sic_code":"3571","sic_description":"ELECTRONIC COMPUTERS",
        "total_employees":154000,"list_date":"1980-12-12","weighted_shares_outstanding":16185181000},
        "status":"OK","request_id":"ce8688b5f3a571351376ebd77acd146e"}"#;

    fn date(text: &str) -> Option<Date> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_company_has_an_industry_and_no_sector() {
        let (answer, listing) = read_details(&json::of(APPLE), "AAPL").unwrap();
        let Profile { name, kind, sector, industry, exchange, currency, is_whole_unit } = answer.profile;
        assert_eq!(name.as_deref(), Some("Apple Inc."));
        assert_eq!((kind, sector, is_whole_unit), (Some(InstrumentKind::Stock), None, None));
        assert_eq!(industry.as_deref(), Some("ELECTRONIC COMPUTERS"));
        assert_eq!(exchange.as_deref(), Some("XNAS"));
        assert_eq!(currency, Some(model::Currency::USD));
        assert_eq!(answer.fundamentals.unwrap().market_cap, Some(2_488_795_282_370.0));
        assert_eq!(listing, Listing { first: date("1980-12-12"), last: None });
    }

    #[test]
    fn types_of_the_provider_are_kinds_of_ours() {
        for (kind, market, expect) in [
            ("CS", "stocks", Some(InstrumentKind::Stock)),
            ("ADRC", "stocks", Some(InstrumentKind::Stock)),
            ("ETF", "stocks", Some(InstrumentKind::Etf)),
            ("FUND", "stocks", Some(InstrumentKind::Etf)),
            ("", "indices", Some(InstrumentKind::Index)),
            ("", "stocks", None),
        ] {
            let body = format!(
                r#"{{"status":"OK","results":{{"ticker":"X","type":"{kind}","market":"{market}"}}}}"#
            );
            let (answer, _) = read_details(&json::of(&body), "X").unwrap();
            assert_eq!((answer.profile.kind, answer.fundamentals), (expect, None), "{kind} {market}");
        }
    }

    #[test]
    fn of_several_companies_with_a_ticker_the_newest_is_meant() {
        let list = r#"{"status":"OK","count":2,"results":[
            {"ticker":"RMG","active":false,"delisted_utc":"2020-12-30T05:00:00Z","name":"one"},
            {"ticker":"RMG","active":false,"delisted_utc":"2024-06-28T00:00:00Z","name":"two"}]}"#;
        let (answer, listing) = read_delisted(&json::of(list), "RMG").unwrap().unwrap();
        assert_eq!(listing, Listing { first: None, last: date("2024-06-28") });
        assert_eq!(answer.profile.name.as_deref(), Some("two"));
        assert_eq!(read_delisted(&json::of(r#"{"status":"OK","results":[]}"#), "RMG"), Ok(None));
        assert!(read_delisted(&json::of(list), "RMO").is_err());
    }

    #[test]
    fn a_listing_that_contradicts_the_bars_is_not_believed() {
        let check = |first: &str, last: &str, bars: (&str, &str), expect: (Option<&str>, &str)| {
            let listing = Listing { first: date(first), last: date(last) };
            let listing = plausible(listing, date(bars.0), date(bars.1));
            let expect = Listing { first: expect.0.and_then(date), last: date(expect.1) };
            assert_eq!(listing, expect);
        };
        let bars = ("2020-01-02", "2024-01-02");
        check("2019-01-01", "2024-01-05", bars, (Some("2019-01-01"), "2024-01-05"));
        check("2020-06-01", "2023-01-05", bars, (None, "2024-01-02"));
    }

    #[test]
    fn what_describes_no_ticker_is_malformed() {
        for body in ["{}", "[]", r#"{"results":[]}"#, r#"{"results":{"ticker":"MSFT"}}"#] {
            assert!(read_details(&json::of(body), "AAPL").is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn damaged_documents_are_read_or_refused(body in json::damaged(APPLE)) {
            if let Some(document) = json::still_read(&body) {
                let _ = read_details(&document, "AAPL");
            }
        }

        #[test]
        fn arbitrary_documents_are_read_or_refused(results in crate::json::any_json()) {
            let body = serde_json::json!({"status": "OK", "results": results});
            let _ = read_details(&body, "AAPL");
            let _ = read_delisted(&body, "AAPL");
        }
    }
}
