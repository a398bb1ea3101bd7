//! Prices of a symbol, and sessions without one.

use app::{Absence, PricesAnswer};
use model::Price;
use quant::Adjustment;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::words::{DateText, PriceText, SymbolText, TimestampText};

/// Prices of a symbol, and where they came from.
#[derive(Serialize, ToSchema)]
pub struct Prices {
    symbol: SymbolText,
    from: DateText,
    to: DateText,
    /// `none`, `splits` or `total_return`.
    adjust: &'static str,
    /// The date as of which prices are adjusted.
    as_of: DateText,
    /// Who the bars came from; null when there are none.
    source: Option<&'static str>,
    /// Whether they were in the cache already.
    cached: bool,
    /// Why the cache did or did not serve.
    reason: &'static str,
    market_state: &'static str,
    bars: Vec<Bar>,
    /// Complete sessions without a bar, and why.
    missing: Vec<Missing>,
    /// Rows of the source that make no sense.
    refused: Vec<RefusedRow>,
}

/// A session's prices.
#[derive(Serialize, ToSchema)]
pub struct Bar {
    session: DateText,
    open: Option<BarPrice>,
    high: Option<BarPrice>,
    low: Option<BarPrice>,
    close: BarPrice,
    volume: Option<Volume>,
    /// Whether the bar changes no more.
    #[serde(rename = "final")]
    is_final: bool,
}

/// A price: exact as traded, a number when adjusted.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum BarPrice {
    Exact(PriceText),
    Adjusted(f64),
}

/// Units traded: whole as traded, a number when adjusted.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Volume {
    Whole(i64),
    Adjusted(f64),
}

/// Sessions without a bar.
#[derive(Serialize, ToSchema)]
pub struct Missing {
    first: DateText,
    last: DateText,
    reason: &'static str,
    /// When the providers will be asked again; null where nothing keeps them from being asked, or nothing will.
    retry_at: Option<TimestampText>,
}

/// A row of a source that makes no sense.
#[derive(Serialize, ToSchema)]
pub struct RefusedRow {
    #[serde(rename = "where")]
    place: String,
    message: String,
}

impl Prices {
    /// Of what the use case tells.
    pub fn of(answer: &PricesAnswer) -> Prices {
        let refused = answer.fetched.iter().flat_map(|fetched| &fetched.refused);
        Prices {
            symbol: Text(answer.symbol.clone()),
            from: Text(answer.from),
            to: Text(answer.to),
            adjust: answer.adjustment.as_str(),
            as_of: Text(answer.to),
            source: answer.source.map(|source| source.as_str()),
            cached: answer.is_cached,
            reason: answer.reason.code(),
            market_state: answer.market_state.as_str(),
            bars: bars(answer),
            missing: answer.absences.iter().map(Missing::of).collect(),
            refused: refused
                .map(|row| RefusedRow { place: row.place.clone(), message: row.reason.clone() })
                .collect(),
        }
    }
}

/// Bars as traded with exact decimals, adjusted ones with numbers.
fn bars(answer: &PricesAnswer) -> Vec<Bar> {
    if answer.adjustment != Adjustment::None {
        let bars = &answer.adjusted;
        let bar = |at: usize| Bar {
            session: Text(bars.sessions[at]),
            open: bars.open[at].map(BarPrice::Adjusted),
            high: bars.high[at].map(BarPrice::Adjusted),
            low: bars.low[at].map(BarPrice::Adjusted),
            close: BarPrice::Adjusted(bars.close[at]),
            volume: bars.volume[at].map(Volume::Adjusted),
            is_final: bars.is_final[at],
        };
        return (0..bars.len()).map(bar).collect();
    }
    let exact = |price: Price| BarPrice::Exact(Text(price));
    let bars = answer.bars.iter().map(|bar| Bar {
        session: Text(bar.session),
        open: bar.open.map(exact),
        high: bar.high.map(exact),
        low: bar.low.map(exact),
        close: exact(bar.close),
        volume: bar.volume.map(Volume::Whole),
        is_final: bar.is_final,
    });
    bars.collect()
}

impl Missing {
    /// Of an absence.
    pub fn of(absence: &Absence) -> Missing {
        Missing {
            first: Text(absence.first),
            last: Text(absence.last),
            reason: absence.reason,
            retry_at: absence.retry_at.map(Text),
        }
    }
}
