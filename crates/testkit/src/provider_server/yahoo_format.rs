//! The chart, the crumb and the quote summary, as Yahoo writes them.

use std::sync::atomic::{AtomicU32, Ordering};

use model::{Bar, Calendar, Currency, Date, Fundamentals, InstrumentKind, Profile, Sector, Timestamp};
use serde_json::{Map, Value, json};

use super::{BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format};

const CHART: &str = "/v8/finance/chart/";
const SUMMARY: &str = "/v10/finance/quoteSummary/";
const CRUMB: &str = "/v1/test/getcrumb";
/// The cookie of every caller.
const COOKIE: &str = "A3=d=fake&S=cookie";
/// Stands in the text of JSON for a price that JSON cannot write.
const BAD_PRICE: &str = "@bad-price@";

/// How Yahoo writes a market.
#[derive(Debug, Default)]
pub struct YahooFormat {
    /// Counts the crumbs handed out; only the last one is good.
    crumb: AtomicU32,
    wraps_numbers: bool,
}

impl YahooFormat {
    /// With numbers of the summary wrapped, as they are when nobody asks for plain ones.
    pub fn wrapping_numbers() -> YahooFormat {
        YahooFormat { wraps_numbers: true, ..YahooFormat::default() }
    }

    fn current_crumb(&self) -> String {
        format!("crumb.{}", self.crumb.load(Ordering::SeqCst))
    }

    fn summary(
        &self,
        market: &FakeMarket,
        request: &FakeRequest,
        symbol: &str,
        fault: Option<Fault>,
    ) -> FakeAnswer {
        if fault == Some(Fault::StaleCrumb) {
            self.crumb.fetch_add(1, Ordering::SeqCst);
        }
        let has_cookie = request.headers.get("cookie").is_some_and(|cookie| cookie.contains(COOKIE));
        if !has_cookie || request.parameter("crumb") != self.current_crumb() {
            return failure("finance", 401, "Unauthorized", "Invalid Crumb");
        }
        let Some(what) = market.symbols.get(symbol) else {
            return failure(
                "quoteSummary",
                404,
                "Not Found",
                &format!("Quote not found for symbol: {symbol}"),
            );
        };
        if fault == Some(Fault::NoRows) {
            return failure(
                "quoteSummary",
                404,
                "Not Found",
                "No fundamentals data found for any of the summaryTypes",
            );
        }
        let shown = if fault == Some(Fault::WrongSymbol) { "WRONG" } else { symbol };
        let mut modules = modules(shown, &what.profile, &what.fundamentals);
        let asked: Vec<&str> = request.parameter("modules").split(',').collect();
        modules.retain(|name, _| asked.contains(&name.as_str()));
        let mut result = Value::Object(modules);
        if self.wraps_numbers {
            wrap_numbers(&mut result);
        }
        FakeAnswer::json(200, json!({ "quoteSummary": { "result": [result], "error": null } }).to_string())
    }
}

impl Format for YahooFormat {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        if let Some(symbol) = request.path.strip_prefix(CHART) {
            return chart(market, request, symbol, fault);
        }
        if let Some(symbol) = request.path.strip_prefix(SUMMARY) {
            return self.summary(market, request, symbol, fault);
        }
        match request.path.as_str() {
            // The page of the cookie has nothing else to say.
            "/" => FakeAnswer::text(404, "").with_header("set-cookie", format!("{COOKIE}; Path=/; Secure")),
            CRUMB if fault == Some(Fault::CrumbLimited) => FakeAnswer::text(200, self.limit_text()),
            CRUMB if request.headers.get("cookie").is_some_and(|cookie| cookie.contains(COOKIE)) => {
                FakeAnswer::text(200, self.current_crumb())
            }
            CRUMB => failure("finance", 401, "Unauthorized", "Invalid Cookie"),
            _ => FakeAnswer::text(404, "<!doctype html><title>Not here</title>"),
        }
    }

    fn bars_asked(&self, _: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        let symbol = request.path.strip_prefix(CHART)?.to_owned();
        let (first, last) = window(request)?;
        (request.parameter("interval") == "1d").then_some(BarsAsked { symbol, first, last })
    }

    fn limit_text(&self) -> String {
        "Too Many Requests\r\n".to_owned()
    }
}

fn failure(envelope: &str, status: u16, code: &str, description: &str) -> FakeAnswer {
    let error = json!({ "code": code, "description": description });
    FakeAnswer::json(status, json!({ envelope: { "result": null, "error": error } }).to_string())
}

/// The dates asked for; the end of the window is not part of it.
fn window(request: &FakeRequest) -> Option<(Date, Date)> {
    let instant = |name: &str| {
        let seconds: i64 = request.parameter(name).parse().ok()?;
        Some(Timestamp::from_epoch_micros(seconds * 1_000_000))
    };
    Some((instant("period1")?.utc_date(), instant("period2")?.plus_seconds(-1).utc_date()))
}

fn chart(market: &FakeMarket, request: &FakeRequest, symbol: &str, fault: Option<Fault>) -> FakeAnswer {
    let Some(what) = market.symbols.get(symbol) else {
        return failure("chart", 404, "Not Found", "No data found, symbol may be delisted");
    };
    let Some((first, last)) = window(request) else {
        return failure("chart", 400, "Bad Request", "Invalid input - period1 and period2 must be numbers");
    };
    let mut bars = market.bars(symbol, first, last);
    let mut granularity = request.parameter("interval");
    if fault == Some(Fault::QuarterlyBars) || granularity == "3mo" {
        granularity = "3mo";
        bars = bars.into_iter().step_by(63).collect();
    }
    if fault == Some(Fault::NoRows) {
        bars.clear();
    }
    let name = if fault == Some(Fault::WrongSymbol) { "WRONG" } else { symbol };
    let currency = what.profile.currency.unwrap_or(Currency::USD);
    let meta = json!({
        "currency": if what.is_in_hundredths { "GBp" } else { currency.as_str() },
        "symbol": name,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": what.listed.map(|date| seconds(opening(date))),
        "gmtoffset": -18000,
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": granularity,
        "range": "",
    });
    let mut result =
        json!({ "meta": meta, "indicators": { "quote": [columns(market, symbol, &bars, fault)] } });
    if !bars.is_empty() {
        result["timestamp"] = bars.iter().map(|bar| seconds(opening(bar.session))).collect();
        if let Some(events) = events(market, symbol, request, first, last) {
            result["events"] = events;
        }
    }
    let text = json!({ "chart": { "result": [result], "error": null } }).to_string();
    let bad_price = fault.and_then(Fault::bad_price).unwrap_or("null");
    FakeAnswer::json(200, text.replace(&format!("\"{BAD_PRICE}\""), bad_price))
}

/// The columns of an answer, divided by later splits and written as the floats they are there.
fn columns(market: &FakeMarket, symbol: &str, bars: &[Bar], fault: Option<Fault>) -> Value {
    if bars.is_empty() {
        return json!({});
    }
    let middle = bars.len() / 2;
    let is_in_hundredths = market.symbols.get(symbol).is_some_and(|what| what.is_in_hundredths);
    let unit = if is_in_hundredths { 100.0 } else { 1.0 };
    let price = |bar: &Bar, traded: Option<model::Price>| {
        let divided = traded.map(|price| price.to_f64() * unit / market.later_splits(symbol, bar.session));
        json!(divided.map(|price| f64::from(price as f32)))
    };
    let mut high: Vec<Value> = bars.iter().map(|bar| price(bar, bar.high)).collect();
    let mut low: Vec<Value> = bars.iter().map(|bar| price(bar, bar.low)).collect();
    let mut close: Vec<Value> = bars.iter().map(|bar| price(bar, Some(bar.close))).collect();
    if fault.is_some_and(|fault| fault.bad_price().is_some()) {
        close[middle] = json!(BAD_PRICE);
    }
    if fault == Some(Fault::CrossedPrices) {
        std::mem::swap(&mut high[middle], &mut low[middle]);
    }
    let volume = |bar: &Bar| {
        let factor = market.later_splits(symbol, bar.session);
        bar.volume.map(|volume| (volume as f64 * factor).round() as i64)
    };
    json!({
        "open": bars.iter().map(|bar| price(bar, bar.open)).collect::<Vec<_>>(),
        "high": high,
        "low": low,
        "close": close,
        "volume": bars.iter().map(volume).collect::<Vec<_>>(),
    })
}

fn events(
    market: &FakeMarket,
    symbol: &str,
    request: &FakeRequest,
    first: Date,
    last: Date,
) -> Option<Value> {
    let what = market.symbols.get(symbol)?;
    let (actions, unit) = (&what.actions, if what.is_in_hundredths { 100.0 } else { 1.0 });
    let is_asked =
        |kind: &str| request.parameter("events").split([',', '|']).any(|asked| asked.starts_with(kind));
    let is_there = |date: Date| (first..=last).contains(&date) && market.has_happened(date);
    let mut events = Map::new();
    let (mut splits, mut dividends) = (Map::new(), Map::new());
    for split in actions.splits.iter().filter(|split| is_asked("split") && is_there(split.ex_date)) {
        let at = seconds(opening(split.ex_date));
        let (new, old) = (split.ratio.new_units(), split.ratio.old_units());
        let ratio = format!("{new}:{old}");
        let event = json!({ "date": at, "numerator": new, "denominator": old, "splitRatio": ratio });
        splits.insert(at.to_string(), event);
    }
    for paid in actions.dividends.iter().filter(|paid| is_asked("div") && is_there(paid.ex_date)) {
        let at = seconds(opening(paid.ex_date));
        let amount = paid.amount.to_f64() * unit / market.later_splits(symbol, paid.ex_date);
        let amount = (amount * 1e6).round() / 1e6;
        dividends.insert(at.to_string(), json!({ "amount": amount, "date": at }));
    }
    for (name, of_kind) in [("dividends", dividends), ("splits", splits)] {
        if !of_kind.is_empty() {
            events.insert(name.to_owned(), Value::Object(of_kind));
        }
    }
    (!events.is_empty()).then_some(Value::Object(events))
}

fn opening(date: Date) -> Timestamp {
    let midnight = Timestamp::from_epoch_micros(i64::from(date.epoch_days()) * 86_400_000_000);
    Calendar::xnys().hours(date).map_or(midnight.plus_seconds(14 * 3_600 + 1_800), |hours| hours.open)
}

fn seconds(instant: Timestamp) -> i64 {
    instant.epoch_micros() / 1_000_000
}

/// All modules of a symbol; what is absent is left out, as Yahoo does.
fn modules(symbol: &str, profile: &Profile, figures: &Fundamentals) -> Map<String, Value> {
    let day = |date: Option<Date>| date.map(|date| seconds(opening(date)));
    let days = |date: Option<Date>| day(date).into_iter().collect::<Vec<_>>();
    let kind = match profile.kind {
        Some(InstrumentKind::Etf) => "ETF",
        Some(InstrumentKind::Fund) => "MUTUALFUND",
        Some(InstrumentKind::Index) => "INDEX",
        Some(InstrumentKind::Option) => "OPTION",
        Some(InstrumentKind::Stock | InstrumentKind::Private) | None => "EQUITY",
    };
    let names = json!({
        "symbol": symbol,
        "quoteType": kind,
        "longName": profile.name,
        "exchangeName": profile.exchange,
        "currency": profile.currency.map(|currency| currency.as_str().to_owned()),
        "marketCap": figures.market_cap,
    });
    let sector = profile.sector.map(own_name);
    let earnings = json!({ "earningsDate": days(figures.next_earnings), "earningsCallDate": days(figures.last_earnings) });
    let accounts = json!({
        "totalRevenue": figures.revenue,
        "grossMargins": figures.gross_margin,
        "operatingMargins": figures.operating_margin,
        "profitMargins": figures.profit_margin,
    });
    let modules = json!({
        "quoteType": { "symbol": symbol, "quoteType": kind, "longName": profile.name },
        "price": names,
        "summaryProfile": { "sector": sector, "industry": profile.industry },
        "summaryDetail": { "beta": figures.provider_beta },
        "calendarEvents": { "maxAge": 1, "earnings": earnings },
        "financialData": accounts,
        "defaultKeyStatistics": { "beta": figures.provider_beta, "trailingEps": figures.eps_trailing },
    });
    let Value::Object(modules) = modules else { unreachable!("an object was written above") };
    modules
}

/// The name that Yahoo has for a sector.
fn own_name(sector: Sector) -> &'static str {
    match sector {
        Sector::Financials => "Financial Services",
        Sector::HealthCare => "Healthcare",
        Sector::ConsumerDiscretionary => "Consumer Cyclical",
        Sector::ConsumerStaples => "Consumer Defensive",
        Sector::Materials => "Basic Materials",
        other => other.as_str(),
    }
}

/// Writes each number as an object that also says how people read it.
fn wrap_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!({ "raw": number, "fmt": number.to_string() }),
        Value::Array(items) => items.iter_mut().for_each(wrap_numbers),
        Value::Object(fields) => fields.values_mut().for_each(wrap_numbers),
        _ => {}
    }
}
