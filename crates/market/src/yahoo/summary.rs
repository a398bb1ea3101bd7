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
    let profile = profile(&modules);
    let is_company = matches!(profile.kind, None | Some(InstrumentKind::Stock));
    let fundamentals =
        Some(fundamentals(&modules, today)).filter(|figures| *figures != Fundamentals::default());
    let answer = ProfileAnswer { profile, fundamentals: fundamentals.filter(|_| is_company) };
    if answer == ProfileAnswer::default() {
        return Err(ProviderError::NoData.into());
    }
    Ok(Crumbed::Answer(answer))
}

fn profile(modules: &Modules) -> Profile {
    let names: [&Names; 2] = [&modules.price, &modules.quote_type];
    let first = |field: fn(&Names) -> Option<&String>| {
        let texts = names.into_iter().filter_map(field).map(|text| text.trim());
        texts.filter(|text| !text.is_empty()).map(str::to_owned).next()
    };
    let kind = first(|names| names.quote_type.as_ref()).and_then(|text| kind(&text));
    // Funds, indices and options have no sector, whatever a source may say.
    let is_company = matches!(kind, None | Some(InstrumentKind::Stock));
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
