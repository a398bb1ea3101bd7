//! Aggregates, splits, dividends and tickers, as Polygon writes them.

use model::{Bar, Calendar, Date, InstrumentKind, Zone};
use serde_json::{Value, json};

use super::vendor_rows::{BAD_PRICE, PlainRow, plain_rows, with_bad_price};
use super::{BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format};

const AGGREGATES: &str = "/v2/aggs/ticker/";
const REFERENCE: &str = "/v3/reference/";
/// Days of history on the free plan.
const FREE_DAYS: i32 = 730;

/// How Polygon writes a market.
#[derive(Debug)]
pub struct PolygonFormat {
    /// The key that is let in.
    pub key: String,
    /// Whether the plan knows two years of finished sessions alone.
    pub is_free: bool,
    /// Rows of one page.
    pub page_rows: usize,
}

impl PolygonFormat {
    /// A server that lets in a key.
    pub fn new(key: &str) -> PolygonFormat {
        PolygonFormat { key: key.to_owned(), is_free: false, page_rows: 1_000 }
    }

    fn aggregates(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        let Some(BarsAsked { symbol, first, last }) = self.bars_asked(market, request) else {
            return failure(400, "ERROR", "error", "The parameter is invalid");
        };
        let today = Zone::new_york().date_of(market.now).expect("a date");
        if self.is_free && first < today.plus_days(-FREE_DAYS) {
            return refusal("Your plan doesn't include this data timeframe. Please upgrade your plan at …");
        }
        if self.is_free && last >= today {
            return refusal(
                "Attempted to request today's data before end of day. Please upgrade your plan at …",
            );
        }
        let mut bars = market.bars(&symbol, first, last);
        if fault == Some(Fault::NoRows) {
            bars.clear();
        }
        let is_cut = bars.len() > self.page_rows;
        bars.truncate(self.page_rows);
        let name = if fault == Some(Fault::WrongSymbol) { "WRONG" } else { &symbol };
        let mut page = json!({
            "ticker": name,
            "queryCount": bars.len(),
            "resultsCount": bars.len(),
            "adjusted": request.parameter("adjusted") != "false",
            "status": if self.is_free { "DELAYED" } else { "OK" },
            "request_id": "6a7e466379af0a71039d60cc78e72282",
            "count": bars.len(),
        });
        if !bars.is_empty() {
            page["results"] = plain_rows(&bars, fault).iter().map(aggregate).collect();
        }
        if is_cut {
            let address = "https://elsewhere.example/v2/aggs/ticker/X/range/1/day/0/1?cursor=bGltaXQ9Mg";
            page["next_url"] = json!(address);
        }
        with_bad_price(FakeAnswer::json(200, page.to_string()), fault)
    }

    fn actions(&self, market: &FakeMarket, request: &FakeRequest, list: &str) -> FakeAnswer {
        let date_name = if list == "splits" { "execution_date" } else { "ex_dividend_date" };
        let (symbol, from, offset) = match request.query.get("cursor").and_then(|text| cursor_parts(text)) {
            Some(parts) => parts,
            None => {
                let from = request.parameter(&format!("{date_name}.gte")).to_owned();
                (request.parameter("ticker").to_owned(), from, 0)
            }
        };
        let first = from.parse().unwrap_or(Date::from_epoch_days(0));
        let actions = market.symbols.get(&symbol).map(|what| what.actions.clone()).unwrap_or_default();
        let rows: Vec<Value> = if list == "splits" {
            let wanted = actions.splits.iter().filter(|split| split.ex_date >= first);
            wanted
                .map(|split| {
                    let (to, from) = (split.ratio.new_units(), split.ratio.old_units());
                    json!({ "id": "E36416", "execution_date": split.ex_date.to_string(), "split_from": from,
                        "split_to": to, "ticker": symbol })
                })
                .collect()
        } else {
            let wanted = actions.dividends.iter().filter(|paid| paid.ex_date >= first);
            wanted
                .map(|paid| {
                    json!({ "id": "E8e3c4", "cash_amount": paid.amount.to_f64(), "currency": "USD",
                        "dividend_type": "CD", "ex_dividend_date": paid.ex_date.to_string(), "frequency": 4,
                        "ticker": symbol })
                })
                .collect()
        };
        let end = (offset + self.page_rows).min(rows.len());
        let mut page = json!({ "results": rows[offset..end], "status": "OK", "request_id": "1a2b" });
        if end < rows.len() {
            let cursor = format!("{symbol}~{from}~{end}");
            page["next_url"] =
                json!(format!("https://elsewhere.example/v3/reference/{list}?cursor={cursor}"));
        }
        FakeAnswer::json(200, page.to_string())
    }
}

impl Format for PolygonFormat {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        let key = request.headers.get("authorization").map_or("", String::as_str);
        if key != format!("Bearer {}", self.key) {
            return failure(401, "ERROR", "error", "Unknown API Key");
        }
        if request.path.starts_with(AGGREGATES) {
            return self.aggregates(market, request, fault);
        }
        match request.path.strip_prefix(REFERENCE) {
            Some(list @ ("splits" | "dividends")) => self.actions(market, request, list),
            Some("tickers") => delisted(market, request.parameter("ticker")),
            Some(rest) => match rest.strip_prefix("tickers/") {
                Some(symbol) => details(market, symbol),
                None => not_found(),
            },
            None => not_found(),
        }
    }

    fn bars_asked(&self, _: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        let (symbol, range) = request.path.strip_prefix(AGGREGATES)?.split_once("/range/1/day/")?;
        let (first, last) = range.split_once('/')?;
        Some(BarsAsked { symbol: symbol.to_owned(), first: first.parse().ok()?, last: last.parse().ok()? })
    }

    fn limit_text(&self) -> String {
        let words =
            "You've exceeded the maximum requests per minute, please wait or upgrade your subscription";
        json!({ "status": "ERROR", "request_id": "req-429", "error": words }).to_string()
    }
}

fn aggregate(row: &PlainRow) -> Value {
    json!({
        "v": row.volume,
        "vw": row.open,
        "o": row.open,
        "c": if row.is_bad { json!(BAD_PRICE) } else { row.close.clone() },
        "h": row.high,
        "l": row.low,
        "t": midnight_ms(&row.bar),
        "n": 1,
    })
}

/// Midnight in New York at the beginning of a session, in milliseconds.
fn midnight_ms(bar: &Bar) -> i64 {
    let hours = Calendar::xnys().hours(bar.session).expect("a bar of a session");
    hours.open.epoch_micros() / 1_000 - i64::from(hours.open_minute_ny) * 60_000
}

fn cursor_parts(cursor: &str) -> Option<(String, String, usize)> {
    let mut parts = cursor.split('~').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?.parse().ok()?))
}

/// Whether a symbol has had no bar for so long that it is traded no more.
fn is_delisted(market: &FakeMarket, symbol: &str) -> bool {
    let last = market.symbols.get(symbol).and_then(|what| what.bars.sessions.last().copied());
    last.is_some_and(|last| market.now.utc_date().days_since(last) > 10)
}

fn description(market: &FakeMarket, symbol: &str) -> Option<Value> {
    let what = market.symbols.get(symbol)?;
    let kind = match what.profile.kind {
        Some(InstrumentKind::Etf) => "ETF",
        Some(InstrumentKind::Fund) => "FUND",
        _ => "CS",
    };
    let is_delisted = is_delisted(market, symbol);
    let mut row = json!({
        "ticker": symbol,
        "name": what.profile.name,
        "market": "stocks",
        "locale": "us",
        "primary_exchange": what.profile.exchange,
        "type": kind,
        "active": !is_delisted,
        "currency_name": what.profile.currency.map(|currency| currency.as_str().to_lowercase()),
        "sic_description": what.profile.industry.as_ref().map(|name| name.to_uppercase()),
        "market_cap": what.fundamentals.market_cap,
        "list_date": what.listed.map(|date| date.to_string()),
    });
    if is_delisted {
        let last = what.bars.sessions.last().map(|last| format!("{last}T00:00:00Z"));
        row["delisted_utc"] = json!(last);
    }
    Some(row)
}

/// The details of a ticker, which are given of those traded today alone.
fn details(market: &FakeMarket, symbol: &str) -> FakeAnswer {
    match description(market, symbol).filter(|_| !is_delisted(market, symbol)) {
        Some(results) => FakeAnswer::json(
            200,
            json!({ "request_id": "31d59d", "results": results, "status": "OK" }).to_string(),
        ),
        None => failure(404, "NOT_FOUND", "message", "Ticker not found."),
    }
}

fn delisted(market: &FakeMarket, symbol: &str) -> FakeAnswer {
    let rows: Vec<Value> =
        description(market, symbol).filter(|_| is_delisted(market, symbol)).into_iter().collect();
    let page = json!({ "results": rows, "status": "OK", "request_id": "e70013", "count": rows.len() });
    FakeAnswer::json(200, page.to_string())
}

fn not_found() -> FakeAnswer {
    FakeAnswer::text(404, "404 page not found")
}

fn refusal(words: &str) -> FakeAnswer {
    failure(403, "NOT_AUTHORIZED", "message", words)
}

fn failure(status: u16, name: &str, field: &str, words: &str) -> FakeAnswer {
    FakeAnswer::json(status, json!({ "status": name, "request_id": "834a28", field: words }).to_string())
}
