//! Daily series, splits, dividends and overviews, as Alpha Vantage writes them.

use model::{Date, InstrumentKind};
use serde_json::{Map, Value, json};

use super::vendor_rows::{BAD_PRICE, plain_rows, with_bad_price};
use super::{BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format};

/// Sessions of the short series.
const COMPACT: usize = 100;

/// How Alpha Vantage writes a market.
#[derive(Debug)]
pub struct AlphaVantageFormat {
    /// The key that is let in.
    pub key: String,
    /// Whether the plan gives the newest hundred sessions alone.
    pub is_free: bool,
}

impl AlphaVantageFormat {
    /// A server that lets in a key.
    pub fn new(key: &str) -> AlphaVantageFormat {
        AlphaVantageFormat { key: key.to_owned(), is_free: false }
    }

    fn series(
        &self,
        market: &FakeMarket,
        request: &FakeRequest,
        symbol: &str,
        fault: Option<Fault>,
    ) -> FakeAnswer {
        let is_full = request.parameter("outputsize") == "full";
        if is_full && self.is_free {
            return sentence(
                "Information",
                "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the \
                 TIME_SERIES_DAILY endpoint.",
            );
        }
        let mut bars = market.bars(symbol, Date::from_epoch_days(0), market.now.utc_date());
        if !is_full {
            bars.drain(..bars.len().saturating_sub(COMPACT));
        }
        if fault == Some(Fault::NoRows) {
            bars.clear();
        }
        // Everything is a text here.
        let text =
            |value: &Value| json!(value.as_f64().map_or(String::new(), |number| format!("{number:.4}")));
        let mut rows = Map::new();
        for row in plain_rows(&bars, fault).iter().rev() {
            let close = if row.is_bad { json!(BAD_PRICE) } else { text(&row.close) };
            let bar = json!({ "1. open": text(&row.open), "2. high": text(&row.high), "3. low": text(&row.low),
                "4. close": close, "5. volume": row.volume.to_string() });
            rows.insert(row.bar.session.to_string(), bar);
        }
        let name = if fault == Some(Fault::WrongSymbol) { "WRONG" } else { symbol };
        let meta = json!({ "1. Information": "Daily Prices (open, high, low, close) and Volumes",
            "2. Symbol": name, "4. Output Size": if is_full { "Full size" } else { "Compact" },
            "5. Time Zone": "US/Eastern" });
        let body = json!({ "Meta Data": meta, "Time Series (Daily)": rows });
        with_bad_price(FakeAnswer::json(200, body.to_string()), fault)
    }
}

impl Format for AlphaVantageFormat {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        if request.parameter("apikey") != self.key {
            return sentence(
                "Error Message",
                "the parameter apikey is invalid or missing. Please claim your key",
            );
        }
        let (function, symbol) = (request.parameter("function"), request.parameter("symbol"));
        let Some(what) = market.symbols.get(symbol) else {
            return match function {
                "OVERVIEW" => FakeAnswer::json(200, "{}"),
                _ => sentence("Error Message", "Invalid API call. Please retry or visit the documentation"),
            };
        };
        match function {
            "TIME_SERIES_DAILY" => self.series(market, request, symbol, fault),
            "SPLITS" => {
                let row = |split: &model::Split| {
                    let factor = split.ratio.new_units() as f64 / split.ratio.old_units() as f64;
                    json!({ "effective_date": split.ex_date.to_string(), "split_factor": format!("{factor:.4}") })
                };
                let data: Vec<Value> = what.actions.splits.iter().rev().map(row).collect();
                FakeAnswer::json(200, json!({ "symbol": symbol, "data": data }).to_string())
            }
            "DIVIDENDS" => {
                let row = |paid: &model::Dividend| {
                    json!({ "ex_dividend_date": paid.ex_date.to_string(), "declaration_date": "None",
                        "record_date": "None", "payment_date": "None", "amount": paid.amount.to_string() })
                };
                let data: Vec<Value> = what.actions.dividends.iter().rev().map(row).collect();
                FakeAnswer::json(200, json!({ "symbol": symbol, "data": data }).to_string())
            }
            "OVERVIEW" => FakeAnswer::json(200, overview(market, symbol).to_string()),
            _ => sentence("Error Message", "This API function does not exist."),
        }
    }

    fn bars_asked(&self, market: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        let symbol = request.parameter("symbol").to_owned();
        let is_series = request.parameter("function") == "TIME_SERIES_DAILY";
        let (first, last) = (Date::from_epoch_days(0), market.now.utc_date());
        is_series.then_some(BarsAsked { symbol, first, last })
    }

    fn limit_text(&self) -> String {
        json!({ "Information": "Thank you for using Alpha Vantage! Please consider spreading out your free API requests \
                more sparingly (1 request per second). You may subscribe to any of the premium plans to lift the free \
                key rate limit (25 requests per day)" })
        .to_string()
    }
}

/// The words at the end of a day's quota, which repeat the key.
pub fn day_limit_text(key: &str) -> String {
    let words = format!(
        "We have detected your API key as {key} and our standard API rate limit is 25 requests per day. Please \
         subscribe to any of the premium plans to instantly remove all daily rate limits."
    );
    json!({ "Information": words }).to_string()
}

fn sentence(name: &str, words: &str) -> FakeAnswer {
    FakeAnswer::json(200, json!({ name: words }).to_string())
}

/// What is known of a company, everything as text; funds have an empty document.
fn overview(market: &FakeMarket, symbol: &str) -> Value {
    let what = &market.symbols[symbol];
    if what.profile.kind != Some(InstrumentKind::Stock) {
        return json!({});
    }
    let number = |value: Option<f64>| value.map_or("None".to_owned(), |value| value.to_string());
    let figures = &what.fundamentals;
    json!({
        "Symbol": symbol,
        "AssetType": "Common Stock",
        "Name": what.profile.name,
        "Exchange": what.profile.exchange,
        "Currency": what.profile.currency.map(|currency| currency.as_str().to_owned()),
        "Sector": what.profile.sector.map(|sector| sector.as_str().to_uppercase()),
        "Industry": what.profile.industry.as_ref().map(|name| name.to_uppercase()),
        "MarketCapitalization": number(figures.market_cap),
        "EPS": number(figures.eps_trailing),
        "RevenueTTM": number(figures.revenue),
        "GrossProfitTTM": number(figures.gross_margin.zip(figures.revenue).map(|(margin, revenue)| margin * revenue)),
        "OperatingMarginTTM": number(figures.operating_margin),
        "ProfitMargin": number(figures.profit_margin),
        "Beta": number(figures.provider_beta),
    })
}
