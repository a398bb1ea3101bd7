//! Prices, splits, dividends, profiles and earnings, as Financial Modeling Prep writes them.

use model::{Date, InstrumentKind};
use serde_json::{Value, json};

use super::vendor_rows::{BAD_PRICE, plain_rows, with_bad_price};
use super::{BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format};

const PRICES: &str = "/historical-price-eod/non-split-adjusted";
/// The most rows of a list on the free plan.
const FREE_ROWS: usize = 5;
/// Days of history on the free plan.
const FREE_DAYS: i32 = 5 * 365;

/// How Financial Modeling Prep writes a market.
#[derive(Debug)]
pub struct FmpFormat {
    /// The key that is let in.
    pub key: String,
    /// Whether lists have five rows and prices five years.
    pub is_free: bool,
    /// The most bars of an answer; the oldest are left out.
    pub bars_max: usize,
}

impl FmpFormat {
    /// A server that lets in a key.
    pub fn new(key: &str) -> FmpFormat {
        FmpFormat { key: key.to_owned(), is_free: false, bars_max: 5_000 }
    }

    fn prices(&self, market: &FakeMarket, asked: &BarsAsked, fault: Option<Fault>) -> FakeAnswer {
        let free_since = market.now.utc_date().plus_days(-FREE_DAYS);
        let first = if self.is_free { asked.first.max(free_since) } else { asked.first };
        let mut bars = market.bars(&asked.symbol, first, asked.last);
        if fault == Some(Fault::NoRows) {
            bars.clear();
        }
        let name = if fault == Some(Fault::WrongSymbol) { "WRONG" } else { &asked.symbol };
        let mut rows: Vec<Value> = plain_rows(&bars, fault)
            .into_iter()
            .map(|row| {
                json!({
                    "symbol": name,
                    "date": row.bar.session.to_string(),
                    "adjOpen": row.open,
                    "adjHigh": row.high,
                    "adjLow": row.low,
                    "adjClose": if row.is_bad { json!(BAD_PRICE) } else { row.close },
                    "volume": row.volume,
                })
            })
            .collect();
        rows.reverse();
        rows.truncate(self.bars_max);
        with_bad_price(FakeAnswer::json(200, Value::Array(rows).to_string()), fault)
    }

    /// A list of one symbol, newest first.
    fn list(&self, mut rows: Vec<Value>) -> FakeAnswer {
        rows.reverse();
        rows.truncate(if self.is_free { FREE_ROWS } else { usize::MAX });
        FakeAnswer::json(200, Value::Array(rows).to_string())
    }
}

impl Format for FmpFormat {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        if request.headers.get("apikey") != Some(&self.key) {
            let words = "Invalid API KEY. Feel free to create a Free API Key or visit …";
            return FakeAnswer::json(401, json!({ "Error Message": words }).to_string());
        }
        let symbol = request.parameter("symbol");
        if symbol.is_empty() {
            return FakeAnswer::json(400, "Query Error: Invalid or missing query parameter - symbol");
        }
        if let Some(asked) = self.bars_asked(market, request) {
            return self.prices(market, &asked, fault);
        }
        // An unknown symbol is an empty list everywhere.
        let Some(what) = market.symbols.get(symbol) else { return FakeAnswer::json(200, "[]") };
        match request.path.as_str() {
            "/splits" => {
                let row = |split: &model::Split| {
                    json!({ "symbol": symbol, "date": split.ex_date.to_string(), "splitType": "stock-split",
                        "numerator": split.ratio.new_units(), "denominator": split.ratio.old_units() })
                };
                self.list(what.actions.splits.iter().map(row).collect())
            }
            "/dividends" => {
                let row = |paid: &model::Dividend| {
                    let adjusted = paid.amount.to_f64() / market.later_splits(symbol, paid.ex_date);
                    json!({ "symbol": symbol, "date": paid.ex_date.to_string(), "recordDate": "",
                        "paymentDate": "", "declarationDate": "", "adjDividend": adjusted,
                        "dividend": paid.amount.to_f64(), "yield": 0.4, "frequency": "Quarterly" })
                };
                self.list(what.actions.dividends.iter().map(row).collect())
            }
            "/profile" => FakeAnswer::json(200, json!([profile(market, symbol)]).to_string()),
            "/earnings" => {
                let told = |date: Date| {
                    json!({ "symbol": symbol, "date": date.to_string(), "epsActual": 1.5, "epsEstimated": 1.4,
                        "revenueActual": 1e9, "revenueEstimated": 9e8 })
                };
                let expected = |date: Date| {
                    json!({ "symbol": symbol, "date": date.to_string(), "epsActual": null, "epsEstimated": 1.6,
                        "revenueActual": null, "revenueEstimated": 1.1e9 })
                };
                let figures = &what.fundamentals;
                let past = figures.last_earnings.map(told).into_iter();
                self.list(past.chain(figures.next_earnings.map(expected)).collect())
            }
            _ => FakeAnswer::json(404, "[]"),
        }
    }

    fn bars_asked(&self, _: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        let is_prices = request.path == PRICES;
        let first = request.parameter("from").parse().ok().filter(|_| is_prices)?;
        let symbol = request.parameter("symbol").to_owned();
        Some(BarsAsked { symbol, first, last: request.parameter("to").parse().ok()? })
    }

    fn limit_text(&self) -> String {
        let words = "Limit Reach . Please upgrade your plan or visit our documentation for more details";
        json!({ "Error Message": words }).to_string()
    }
}

fn profile(market: &FakeMarket, symbol: &str) -> Value {
    let what = &market.symbols[symbol];
    let last = what.bars.sessions.last();
    let is_active = last.is_none_or(|last| market.now.utc_date().days_since(*last) <= 10);
    json!({
        "symbol": symbol,
        "marketCap": what.fundamentals.market_cap,
        "beta": what.fundamentals.provider_beta,
        "companyName": what.profile.name,
        "currency": what.profile.currency.map(|currency| currency.as_str().to_owned()),
        "exchangeFullName": what.profile.exchange,
        "exchange": what.profile.exchange,
        "industry": what.profile.industry,
        "sector": what.profile.sector.map(|sector| sector.as_str()),
        "ipoDate": what.listed.map(|date| date.to_string()),
        "isEtf": what.profile.kind == Some(InstrumentKind::Etf),
        "isFund": what.profile.kind == Some(InstrumentKind::Fund),
        "isAdr": false,
        "isActivelyTrading": is_active,
    })
}
