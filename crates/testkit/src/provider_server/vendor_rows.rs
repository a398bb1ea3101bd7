//! Bars as traded, with what shall be wrong with them.

use model::{Bar, Price};
use serde_json::{Value, json};

use super::{FakeAnswer, Fault};

/// Stands in the text of an answer for a price that JSON cannot write.
pub const BAD_PRICE: &str = "@bad-price@";

/// One bar as numbers.
#[derive(Debug)]
pub struct PlainRow {
    pub bar: Bar,
    pub open: Value,
    pub high: Value,
    pub low: Value,
    pub close: Value,
    pub volume: Value,
    /// Whether a bad price takes the place of the close.
    pub is_bad: bool,
}

/// The bars as numbers; the one in the middle is made wrong.
pub fn plain_rows(bars: &[Bar], fault: Option<Fault>) -> Vec<PlainRow> {
    let number = |price: Option<Price>| json!(price.map(Price::to_f64));
    let row = |(at, bar): (usize, &Bar)| {
        let is_middle = at == bars.len() / 2;
        let is_crossed = is_middle && fault == Some(Fault::CrossedPrices);
        let (high, low) = if is_crossed { (bar.low, bar.high) } else { (bar.high, bar.low) };
        PlainRow {
            bar: *bar,
            open: number(bar.open),
            high: number(high),
            low: number(low),
            close: number(Some(bar.close)),
            volume: json!(bar.volume),
            is_bad: is_middle && fault.is_some_and(|fault| fault.bad_price().is_some()),
        }
    };
    bars.iter().enumerate().map(row).collect()
}

/// The answer with the bad price of a fault in the place that was kept for it.
pub fn with_bad_price(mut answer: FakeAnswer, fault: Option<Fault>) -> FakeAnswer {
    if let Some(price) = fault.and_then(Fault::bad_price) {
        let text = String::from_utf8(answer.body).expect("a text");
        answer.body = text.replace(&format!("\"{BAD_PRICE}\""), price).into_bytes();
    }
    answer
}
