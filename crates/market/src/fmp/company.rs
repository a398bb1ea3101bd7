//! What `/stable/profile` and `/stable/earnings` say of a company.

use model::{Date, Fundamentals, InstrumentKind, Profile, Sector};
use serde_json::Value;

use super::prices::list;
use crate::{Listing, ProviderError, json};

/// Quarters of the last twelve months.
const QUARTERS: usize = 4;

/// The dates of four quarters' reports lie within so many days; those of a company that reports twice a year do not.
const QUARTERS_DAYS_MAX: i32 = 330;

/// A company's profile, its market value and beta, and when it was listed.
#[derive(Debug, PartialEq)]
pub struct Company {
    pub profile: Profile,
    pub fundamentals: Fundamentals,
    pub listing: Listing,
    /// Whether it is traded no more; since when is not told.
    pub is_delisted: bool,
}

/// Reads a profile, or `None` when the provider knows no such symbol: it answers an empty list then.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no profile or speaks of another symbol.
pub fn read_profile(answer: &Value, symbol: &str) -> Result<Option<Company>, ProviderError> {
    let Some(row) = list(answer, "profile")?.first() else { return Ok(None) };
    json::expect_symbol(json::text(row, "symbol"), symbol)?;
    let text = |name| json::text(row, name).map(str::to_owned);
    let is = |name: &str| row.get(name).and_then(Value::as_bool);
    let kind = match (is("isEtf"), is("isFund")) {
        _ if symbol.starts_with('^') => Some(InstrumentKind::Index),
        (Some(true), _) => Some(InstrumentKind::Etf),
        (_, Some(true)) => Some(InstrumentKind::Fund),
        (Some(false), Some(false)) => Some(InstrumentKind::Stock),
        _ => None,
    };
    let is_company = kind == Some(InstrumentKind::Stock);
    let positive = |name| json::figure(row, name).filter(|value| *value > 0.0);
    Ok(Some(Company {
        profile: Profile {
            name: text("companyName"),
            kind,
            sector: text("sector").filter(|_| is_company).and_then(|name| Sector::from_alias(&name)),
            industry: text("industry").filter(|_| is_company),
            exchange: text("exchange"),
            currency: json::text(row, "currency").and_then(|name| name.parse().ok()),
            is_whole_unit: None,
        },
        fundamentals: Fundamentals {
            // A beta of exactly nothing stands where there is none.
            provider_beta: json::figure(row, "beta").filter(|beta| *beta != 0.0 && is_company),
            market_cap: positive("marketCap"),
            ..Fundamentals::default()
        },
        listing: Listing { first: json::date(row, "ipoDate").ok(), last: None },
        is_delisted: is("isActivelyTrading") == Some(false),
    }))
}

/// Reads dates and figures of earnings as known on a day into `fundamentals`.
///
/// # Convention
/// A report counts as told when its date is not after `day` and a figure stands in it. Earnings for one share and
/// revenue over twelve months are the sums of the last four reports, when these lie within a year.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of reports or speaks of another symbol.
pub fn read_earnings(
    answer: &Value,
    symbol: &str,
    day: Date,
    fundamentals: &mut Fundamentals,
) -> Result<(), ProviderError> {
    let mut told: Vec<(Date, Option<f64>, Option<f64>)> = Vec::new();
    let mut next: Option<Date> = None;
    for report in list(answer, "earnings")? {
        json::expect_symbol(json::text(report, "symbol"), symbol)?;
        let Ok(date) = json::date(report, "date") else { continue };
        let (eps, revenue) = (json::figure(report, "epsActual"), json::figure(report, "revenueActual"));
        if date <= day && (eps.is_some() || revenue.is_some()) {
            told.push((date, eps, revenue));
        } else if date >= day {
            next = next.into_iter().chain([date]).min();
        }
    }
    told.sort_by_key(|(date, ..)| std::cmp::Reverse(*date));
    told.dedup_by_key(|(date, ..)| *date);
    fundamentals.last_earnings = told.first().map(|(date, ..)| *date);
    fundamentals.next_earnings = next;
    let year =
        told.get(..QUARTERS).filter(|year| year[0].0.days_since(year[QUARTERS - 1].0) <= QUARTERS_DAYS_MAX);
    fundamentals.eps_trailing = year.and_then(|year| year.iter().map(|(_, eps, _)| *eps).sum());
    fundamentals.revenue = year.and_then(|year| year.iter().map(|(_, _, revenue)| *revenue).sum());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const APPLE: &str = r#"[{"symbol":"AAPL","price":232.8,"marketCap":3500823120000,"beta":1.24,"lastDividend":0.99,
        "range":"164.08-260.1","companyName":"Apple Inc.","currency":"USD","cik":"0000320193","isin":"US0378331005",
        "exchangeFullName":"NASDAQ Global Select","exchange":"NASDAQ","industry":"Consumer Electronics",
        "sector":"Technology","country":"US","fullTimeEmployees":"164000","ipoDate":"1980-12-12","isEtf":false,
        "isActivelyTrading":true,"isAdr":false,"isFund":false}]"#;

    const EARNINGS: &str = r#"[
        {"symbol":"AAPL","date":"2026-10-29","epsActual":null,"epsEstimated":1.98,"revenueActual":null},
        {"symbol":"AAPL","date":"2026-07-30","epsActual":2.02,"epsEstimated":1.89,"revenueActual":109417000000},
        {"symbol":"AAPL","date":"2026-04-30","epsActual":2.01,"revenueActual":111184000000},
        {"symbol":"AAPL","date":"2026-01-29","epsActual":2.85,"revenueActual":143756000000},
        {"symbol":"AAPL","date":"2025-10-30","epsActual":1.85,"revenueActual":102466000000},
        {"symbol":"AAPL","date":"2025-07-31","epsActual":1.57,"revenueActual":94036000000}]"#;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_company_has_a_sector_a_beta_and_a_date_of_listing() {
        let company = read_profile(&json::of(APPLE), "AAPL").unwrap().unwrap();
        assert_eq!(company.profile.name.as_deref(), Some("Apple Inc."));
        assert_eq!(company.profile.kind, Some(InstrumentKind::Stock));
        assert_eq!(company.profile.sector, Some(Sector::Technology));
        assert_eq!(company.profile.industry.as_deref(), Some("Consumer Electronics"));
        assert_eq!(company.profile.exchange.as_deref(), Some("NASDAQ"));
        assert_eq!(company.fundamentals.provider_beta, Some(1.24));
        assert_eq!(company.fundamentals.market_cap, Some(3_500_823_120_000.0));
        assert_eq!(company.listing, Listing { first: Some(date("1980-12-12")), last: None });
        assert!(!company.is_delisted);
    }

    #[test]
    fn a_fund_has_neither_sector_nor_beta() {
        let fund = APPLE
            .replace(r#""isEtf":false"#, r#""isEtf":true"#)
            .replace(r#""isActivelyTrading":true"#, r#""isActivelyTrading":false"#);
        let fund = read_profile(&json::of(&fund), "AAPL").unwrap().unwrap();
        assert_eq!((fund.profile.kind, fund.profile.sector), (Some(InstrumentKind::Etf), None));
        assert_eq!((fund.fundamentals.provider_beta, fund.is_delisted), (None, true));
        assert_eq!(read_profile(&json::of("[]"), "AAPL"), Ok(None), "an unknown symbol");
    }

    #[test]
    fn reports_are_told_or_expected_by_the_day_of_the_answer() {
        let check = |day: &str, last: &str, next: Option<&str>, eps: Option<f64>| {
            let mut known = Fundamentals { market_cap: Some(1.0), ..Fundamentals::default() };
            read_earnings(&json::of(EARNINGS), "AAPL", date(day), &mut known).unwrap();
            assert_eq!((known.last_earnings, known.next_earnings), (Some(date(last)), next.map(date)));
            assert_eq!(known.eps_trailing.map(|eps| (eps * 100.0).round() / 100.0), eps, "{day}");
            assert_eq!(known.market_cap, Some(1.0), "what was known stays");
        };
        // 2.02 + 2.01 + 2.85 + 1.85.
        check("2026-08-26", "2026-07-30", Some("2026-10-29"), Some(8.73));
        check("2026-07-30", "2026-07-30", Some("2026-10-29"), Some(8.73));
        check("2026-10-29", "2026-07-30", Some("2026-10-29"), Some(8.73));
        check("2026-10-30", "2026-07-30", None, Some(8.73));
        check("2026-01-31", "2026-01-29", Some("2026-04-30"), None);
    }

    #[test]
    fn reports_twice_a_year_make_no_twelve_months_of_four() {
        let rare = EARNINGS
            .replace("2026-01-29", "2025-10-29")
            .replace("2025-10-30", "2025-04-30")
            .replace("2026-04-30", "2026-01-30");
        let mut known = Fundamentals::default();
        read_earnings(&json::of(&rare), "AAPL", date("2026-08-26"), &mut known).unwrap();
        assert_eq!((known.eps_trailing, known.revenue), (None, None));
        assert_eq!(known.last_earnings, Some(date("2026-07-30")));
    }

    proptest! {
        #[test]
        fn damaged_documents_are_read_or_refused(
            profile in json::damaged(APPLE),
            earnings in json::damaged(EARNINGS),
        ) {
            if let Some(document) = json::still_read(&profile) {
                let _ = read_profile(&document, "AAPL");
            }
            if let Some(document) = json::still_read(&earnings) {
                let _ = read_earnings(&document, "AAPL", date("2026-08-01"), &mut Fundamentals::default());
            }
        }

        #[test]
        fn arbitrary_documents_are_read_or_refused(body in crate::json::any_json()) {
            let _ = read_profile(&body, "A");
            let _ = read_earnings(&body, "A", date("2026-01-01"), &mut Fundamentals::default());
        }
    }
}
