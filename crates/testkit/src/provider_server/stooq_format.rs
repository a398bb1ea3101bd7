//! Daily bars as CSV, as Stooq writes them.

use model::{Date, Price};

use super::{BarsAsked, FakeAnswer, FakeMarket, FakeRequest, Fault, Format};

const BARS: &str = "/q/d/l/";
/// Asks for prices without any adjustment.
const AS_TRADED: &str = "1111111";

/// How Stooq writes a market.
#[derive(Debug, Default)]
pub struct StooqFormat {
    /// The key without which nobody is let in, when there is one.
    pub key: Option<String>,
}

impl Format for StooqFormat {
    fn answer(&self, market: &FakeMarket, request: &FakeRequest, fault: Option<Fault>) -> FakeAnswer {
        if request.path == BARS.trim_end_matches('/') {
            return FakeAnswer::text(301, "").with_header("location", format!("{BARS}?moved"));
        }
        if request.path != BARS {
            return FakeAnswer::text(404, "<html>404</html>");
        }
        if self.key.as_ref().is_some_and(|key| request.parameter("apikey") != key) {
            return FakeAnswer::text(
                200,
                "Get your apikey:\n\n1. Open https://stooq.com/q/d/?s=aapl.us&get_apikey\n",
            );
        }
        let Some(asked) = self.bars_asked(market, request) else { return FakeAnswer::text(200, "No data") };
        let bars = market.bars(&asked.symbol, asked.first, asked.last);
        if bars.is_empty() || fault == Some(Fault::NoRows) {
            return FakeAnswer::text(200, "No data");
        }
        let is_adjusted = request.parameter("o") != AS_TRADED;
        let bad_price = fault.and_then(Fault::bad_price).map(|text| if text == "null" { "" } else { text });
        let mut text = "Date,Open,High,Low,Close,Volume\r\n".to_owned();
        for (at, bar) in bars.iter().enumerate() {
            let is_middle = at == bars.len() / 2;
            let (mut high, mut low) = (bar.high, bar.low);
            if is_middle && fault == Some(Fault::CrossedPrices) {
                std::mem::swap(&mut high, &mut low);
            }
            let show = |price: Option<Price>| price.map_or(String::new(), |price| price.to_string());
            let close = bad_price.filter(|_| is_middle).map_or(bar.close.to_string(), str::to_owned);
            let volume = bar.volume.unwrap_or(0);
            let volume = if is_adjusted { format!("{volume}.382716") } else { volume.to_string() };
            let (session, open, high, low) = (bar.session, show(bar.open), show(high), show(low));
            text.push_str(&format!("{session},{open},{high},{low},{close},{volume}\r\n"));
        }
        FakeAnswer::text(200, text)
    }

    fn bars_asked(&self, _: &FakeMarket, request: &FakeRequest) -> Option<BarsAsked> {
        let date = |name: &str| -> Option<Date> {
            let text = request.parameter(name);
            let parts = [text.get(..4)?, text.get(4..6)?, text.get(6..)?];
            parts.join("-").parse().ok()
        };
        let symbol = request.parameter("s").to_owned();
        Some(BarsAsked { symbol, first: date("d1")?, last: date("d2")? })
    }

    fn limit_text(&self) -> String {
        "Exceeded the daily hits limit".to_owned()
    }
}
