//! Reading an answer of the quote summary.

use model::{Currency, Date, Fundamentals, InstrumentKind, Profile, Sector, Timestamp, Zone};
use serde::{Deserialize, Deserializer};

use super::crumb::Crumbed;
use super::error::{self, ErrorBody};
use crate::{AnswerFault, Call, Figure, ProfileAnswer, ProviderError, Reply};

/// What is asked for; of those a symbol lacks, the answer is silent.
const MODULES: &str =
    "quoteType,price,summaryProfile,summaryDetail,calendarEvents,financialData,defaultKeyStatistics";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    quote_summary: Option<Body>,
    /// The gateway in front of the summary puts its errors here.
    finance: Option<Body>,
}

#[derive(Deserialize)]
struct Body {
    result: Option<Vec<Modules>>,
    error: Option<ErrorBody>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Modules {
    quote_type: OrNothing<Names>,
    price: OrNothing<Names>,
    summary_profile: OrNothing<Business>,
    asset_profile: OrNothing<Business>,
    summary_detail: OrNothing<Detail>,
    calendar_events: OrNothing<Events>,
    financial_data: OrNothing<Accounts>,
    default_key_statistics: OrNothing<Statistics>,
}

/// What both `quoteType` and `price` say.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Names {
    symbol: Option<String>,
    quote_type: Option<String>,
    long_name: Option<String>,
    short_name: Option<String>,
    exchange_name: Option<String>,
    exchange: Option<String>,
    currency: Option<String>,
    market_cap: Figure,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Business {
    sector: Option<String>,
    industry: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Detail {
    beta: Figure,
    market_cap: Figure,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Events {
    earnings: OrNothing<Earnings>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Earnings {
    earnings_date: OrNothing<Vec<Figure>>,
    earnings_call_date: OrNothing<Vec<Figure>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Accounts {
    total_revenue: Figure,
    gross_margins: Figure,
    operating_margins: Figure,
    profit_margins: Figure,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Statistics {
    beta: Figure,
    trailing_eps: Figure,
    profit_margins: Figure,
}

/// A part of the answer that may be left out or `null`, which is all one.
#[derive(Default)]
struct OrNothing<T>(T);

impl<'de, T: Default + Deserialize<'de>> Deserialize<'de> for OrNothing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OrNothing<T>, D::Error> {
        Ok(OrNothing(Option::<T>::deserialize(deserializer)?.unwrap_or_default()))
    }
}

impl<T> std::ops::Deref for OrNothing<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The question for a symbol, written as the source writes it; the crumb comes on top.
pub fn call(symbol: &str) -> Call {
    Call::to(["v10", "finance", "quoteSummary", symbol])
        .query("modules", MODULES)
        .query("formatted", "false")
        .accept(error::OWN_STATUSES)
}

/// Reads an answer for `symbol` on a day.
///
/// # Errors
/// [`AnswerFault`]: the source's own error, or what of the answer makes no sense.
pub fn read(reply: &Reply, symbol: &str, today: Date) -> Result<Crumbed<ProfileAnswer>, AnswerFault> {
    let envelope: Envelope = error::json(reply)?;
    let malformed = |what: String| AnswerFault::from(ProviderError::Malformed { what });
    let body = envelope.quote_summary.or(envelope.finance);
    let body = body.ok_or_else(|| malformed("there is no summary".to_owned()))?;
    if let Some(told) = body.error {
        let is_refused = matches!(reply.status(), 401 | 403);
        return if is_refused && told.is_stale_crumb() { Ok(Crumbed::Stale) } else { Err(told.fault()) };
    }
    let modules = body.result.unwrap_or_default().into_iter().next();
    let modules = modules.ok_or_else(|| malformed("the summary is empty".to_owned()))?;
    let answered =
        [&modules.quote_type, &modules.price].into_iter().find_map(|names| names.symbol.as_deref());
    match answered {
        Some(answered) if !answered.eq_ignore_ascii_case(symbol) => {
            return Err(malformed(format!("asked for {symbol}, the answer is for {answered:?}")));
        }
        _ => {}
    }
    let fundamentals = Some(fundamentals(&modules, today))
        .filter(|figures| is_company(&modules) && *figures != Fundamentals::default());
    let answer = ProfileAnswer { profile: profile(&modules), fundamentals };
    if answer == ProfileAnswer::default() {
        return Err(ProviderError::NoData.into());
    }
    Ok(Crumbed::Answer(answer))
}

/// Whether there can be a sector and figures of a company: funds, indices, coins and the like have none, whatever a
/// source may say.
fn is_company(modules: &Modules) -> bool {
    let kinds = [&modules.price.quote_type, &modules.quote_type.quote_type];
    kinds.into_iter().flatten().all(|kind| kind.eq_ignore_ascii_case("EQUITY"))
}

fn profile(modules: &Modules) -> Profile {
    let names: [&Names; 2] = [&modules.price, &modules.quote_type];
    let first = |field: fn(&Names) -> Option<&String>| {
        let texts = names.into_iter().filter_map(field).map(|text| text.trim());
        texts.filter(|text| !text.is_empty()).map(str::to_owned).next()
    };
    let kind = first(|names| names.quote_type.as_ref()).and_then(|text| kind(&text));
    let is_company = is_company(modules);
    let businesses: [&Business; 2] = [&modules.summary_profile, &modules.asset_profile];
    let business = |field: fn(&Business) -> Option<&String>| {
        let text = businesses.into_iter().find_map(field).map(|text| text.trim().to_owned());
        text.filter(|text| is_company && !text.is_empty())
    };
    Profile {
        name: first(|names| names.long_name.as_ref()).or_else(|| first(|names| names.short_name.as_ref())),
        kind,
        sector: business(|business| business.sector.as_ref()).and_then(|text| Sector::from_alias(&text)),
        industry: business(|business| business.industry.as_ref()),
        exchange: first(|names| names.exchange_name.as_ref())
            .or_else(|| first(|names| names.exchange.as_ref())),
        currency: first(|names| names.currency.as_ref()).and_then(|text| currency(&text)),
        is_whole_unit: None,
    }
}

fn kind(text: &str) -> Option<InstrumentKind> {
    match text.to_ascii_uppercase().as_str() {
        "EQUITY" => Some(InstrumentKind::Stock),
        "ETF" => Some(InstrumentKind::Etf),
        "MUTUALFUND" | "MONEYMARKET" => Some(InstrumentKind::Fund),
        "INDEX" => Some(InstrumentKind::Index),
        "OPTION" => Some(InstrumentKind::Option),
        // Currencies, coins and futures are none of our kinds.
        _ => None,
    }
}

/// The currency, where hundredths of one stand for the whole as they do in the bars.
fn currency(text: &str) -> Option<Currency> {
    let code = match text {
        "GBp" | "GBX" => "GBP",
        "ZAc" | "ZAC" => "ZAR",
        "ILA" => "ILS",
        other => other,
    };
    code.parse().ok()
}

fn fundamentals(modules: &Modules, today: Date) -> Fundamentals {
    let earnings = &modules.calendar_events.earnings;
    let zone = Zone::new_york();
    let date = |figure: &Figure| {
        let seconds = figure.finite().filter(|seconds| seconds.abs() < 1.0e11)?;
        zone.date_of(Timestamp::from_epoch_micros(seconds as i64 * 1_000_000))
    };
    let expected: Vec<Date> = earnings.earnings_date.iter().filter_map(date).collect();
    let told = earnings.earnings_call_date.iter().filter_map(date);
    let (accounts, statistics) = (&modules.financial_data, &modules.default_key_statistics);
    Fundamentals {
        last_earnings: told.chain(expected.iter().copied()).filter(|date| *date <= today).max(),
        next_earnings: expected.iter().copied().filter(|date| *date > today).min(),
        eps_trailing: statistics.trailing_eps.finite(),
        revenue: accounts.total_revenue.finite(),
        gross_margin: accounts.gross_margins.finite(),
        operating_margin: accounts.operating_margins.finite(),
        profit_margin: accounts.profit_margins.finite().or_else(|| statistics.profit_margins.finite()),
        provider_beta: statistics.beta.finite().or_else(|| modules.summary_detail.beta.finite()),
        market_cap: modules.price.market_cap.finite().or_else(|| modules.summary_detail.market_cap.finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> ProfileAnswer {
        let today = "2025-02-24".parse().unwrap();
        match read(&Reply::of(200, body), "ACME", today).unwrap() {
            Crumbed::Answer(answer) => answer,
            Crumbed::Stale => panic!("stale"),
        }
    }

    fn summary(modules: &str) -> String {
        format!(r#"{{"quoteSummary":{{"result":[{{{modules}}}],"error":null}}}}"#)
    }

    const PLAIN: &str = r#"
        "quoteType":{"symbol":"ACME","quoteType":"EQUITY","shortName":"Acme"},
        "price":{"symbol":"ACME","longName":" Acme Inc. ","exchangeName":"NasdaqGS","currency":"USD","marketCap":1000000},
        "summaryProfile":{"sector":"Consumer Cyclical","industry":"Anvils"},
        "calendarEvents":{"earnings":{"earningsDate":[1746010740,1746446400],"earningsCallDate":[1738274400]}},
        "financialData":{"totalRevenue":5000,"grossMargins":0.4,"operatingMargins":-0.1,"profitMargins":null},
        "defaultKeyStatistics":{"beta":1.25,"trailingEps":6.5,"profitMargins":0.05},
        "summaryDetail":{"beta":9}"#;
    const WRAPPED: &str = r#"
        "price":{"symbol":"ACME","quoteType":"EQUITY","longName":"Acme Inc.","exchangeName":"NasdaqGS","currency":"USD",
            "marketCap":{"raw":1000000,"fmt":"1M","longFmt":"1,000,000"}},
        "assetProfile":{"sector":"Consumer Cyclical","industry":"Anvils","companyOfficers":[{"age":{"raw":50}}]},
        "calendarEvents":{"earnings":{"earningsDate":[{"raw":1746010740,"fmt":"2025-04-30"}],
            "earningsCallDate":[{"raw":1738274400,"fmt":"2025-01-30"}]}},
        "financialData":{"totalRevenue":{"raw":5000,"fmt":"5k"},"grossMargins":{"raw":0.4,"fmt":"40%"},
            "operatingMargins":{"raw":-0.1,"fmt":"-10%"},"profitMargins":{}},
        "defaultKeyStatistics":{"beta":{"raw":1.25,"fmt":"1.25"},"trailingEps":{"raw":6.5},"profitMargins":{"raw":0.05}},
        "summaryDetail":null"#;

    #[test]
    fn plain_and_wrapped_numbers_say_the_same() {
        let plain = answer(&summary(PLAIN));
        assert_eq!(plain, answer(&summary(WRAPPED)));
        let date = |text: &str| Some(text.parse().unwrap());
        let profile = Profile {
            name: Some("Acme Inc.".into()),
            kind: Some(InstrumentKind::Stock),
            sector: Some(Sector::ConsumerDiscretionary),
            industry: Some("Anvils".into()),
            exchange: Some("NasdaqGS".into()),
            currency: Some(Currency::USD),
            is_whole_unit: None,
        };
        let fundamentals = Fundamentals {
            last_earnings: date("2025-01-30"),
            next_earnings: date("2025-04-30"),
            eps_trailing: Some(6.5),
            revenue: Some(5000.0),
            gross_margin: Some(0.4),
            operating_margin: Some(-0.1),
            profit_margin: Some(0.05),
            provider_beta: Some(1.25),
            market_cap: Some(1_000_000.0),
        };
        assert_eq!(plain, ProfileAnswer { profile, fundamentals: Some(fundamentals) });
    }

    #[test]
    fn only_companies_have_a_sector_and_fundamentals() {
        for (name, kind) in [
            ("ETF", Some(InstrumentKind::Etf)),
            ("MUTUALFUND", Some(InstrumentKind::Fund)),
            ("INDEX", Some(InstrumentKind::Index)),
            ("CRYPTOCURRENCY", None),
        ] {
            let told = answer(&summary(&PLAIN.replace("EQUITY", name)));
            assert_eq!(
                (told.profile.kind, told.profile.sector, told.profile.industry),
                (kind, None, None),
                "{name}"
            );
            assert_eq!(told.fundamentals, None, "{name}");
        }
    }

    #[test]
    fn a_sector_that_nobody_knows_is_absent() {
        let told = answer(&summary(&PLAIN.replace("Consumer Cyclical", "Shell Companies")));
        assert_eq!((told.profile.sector, told.profile.industry.as_deref()), (None, Some("Anvils")));
    }

    #[test]
    fn a_stale_crumb_and_another_symbol_are_told() {
        let today = "2025-02-24".parse().unwrap();
        let refused =
            r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
        assert!(matches!(read(&Reply::of(401, refused), "ACME", today), Ok(Crumbed::Stale)));
        let other = summary(PLAIN).replace("ACME", "OTHER");
        let told = read(&Reply::of(200, &other), "ACME", today).unwrap_err();
        let what = "asked for ACME, the answer is for \"OTHER\"".to_owned();
        assert_eq!(told, ProviderError::Malformed { what }.into());
        let told = read(&Reply::of(200, &summary("")), "ACME", today).unwrap_err();
        assert_eq!(told, ProviderError::NoData.into());
    }
}
