//! Reading an answer of the chart.

use std::collections::BTreeMap;

use model::{Date, Ratio, Split, Timestamp, Zone};
use serde::Deserialize;

use super::error::{self, ErrorBody};
use crate::{AnswerFault, Figure, ProviderError, Reply};

/// The step between bars that is asked for and has to be answered.
pub const DAILY: &str = "1d";
/// Days between the nearest two of at least three bars from which on they are not daily, whatever the answer says.
const DAILY_GAP_DAYS_MAX: i32 = 5;

/// What an answer says, on the source's own basis of splits.
#[derive(Debug, Default, PartialEq)]
pub struct Quoted {
    /// Rows with all prices, in the order of the answer.
    pub rows: Vec<QuotedRow>,
    /// Rows that make no sense, by date, each with the reason.
    pub refused: Vec<(Date, String)>,
    /// Splits, by ex-date.
    pub splits: Vec<Split>,
    /// Dividends by ex-date, each on the basis of the prices.
    pub dividends: Vec<(Date, f64)>,
    /// The first date on which the symbol traded.
    pub first_trade: Option<Date>,
    /// What prices are multiplied with to be in the main unit of their currency: 1, or 1:100 for pence.
    pub unit: Unit,
}

/// What prices are multiplied with to be in the main unit of their currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit(pub Ratio);

impl Default for Unit {
    fn default() -> Unit {
        Unit(Ratio::ONE)
    }
}

/// One row of the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotedRow {
    /// The date in the exchange's zone.
    pub session: Date,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: Option<i64>,
}

#[derive(Deserialize)]
struct Envelope {
    chart: Option<Body>,
    /// The gateway in front of the chart puts its errors here.
    finance: Option<Body>,
}

#[derive(Deserialize)]
struct Body {
    result: Option<Vec<Chart>>,
    error: Option<ErrorBody>,
}

#[derive(Deserialize)]
struct Chart {
    meta: Meta,
    timestamp: Option<Vec<i64>>,
    events: Option<Events>,
    indicators: Indicators,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    symbol: Option<String>,
    currency: Option<String>,
    exchange_timezone_name: Option<String>,
    gmtoffset: Option<i32>,
    first_trade_date: Option<i64>,
    data_granularity: Option<String>,
}

#[derive(Default, Deserialize)]
struct Events {
    dividends: Option<BTreeMap<String, DividendEvent>>,
    splits: Option<BTreeMap<String, SplitEvent>>,
}

#[derive(Deserialize)]
struct DividendEvent {
    amount: Figure,
    date: i64,
}

#[derive(Deserialize)]
struct SplitEvent {
    date: i64,
    numerator: Figure,
    denominator: Figure,
}

#[derive(Deserialize)]
struct Indicators {
    quote: Vec<Columns>,
}

#[derive(Default, Deserialize)]
struct Columns {
    open: Option<Vec<Figure>>,
    high: Option<Vec<Figure>>,
    low: Option<Vec<Figure>>,
    close: Option<Vec<Figure>>,
    volume: Option<Vec<Figure>>,
}

/// Reads an answer for `symbol`, which is written as the source writes it.
///
/// `interval` is the step between bars that was asked for: an answer with another one is refused, since a range that
/// is too long may be answered by the quarter without a word.
///
/// # Errors
/// [`AnswerFault`]: the source's own error, or what of the answer makes no sense as a whole.
pub fn read(reply: &Reply, symbol: &str, interval: &str) -> Result<Quoted, AnswerFault> {
    let envelope: Envelope = error::json(reply)?;
    let body = envelope.chart.or(envelope.finance).ok_or_else(|| malformed("there is no chart"))?;
    if let Some(told) = body.error {
        return Err(told.fault());
    }
    let mut charts = body.result.unwrap_or_default().into_iter();
    let chart = charts.next().ok_or_else(|| malformed("the chart is empty"))?;
    check_meta(&chart.meta, symbol, interval)?;
    Ok(quoted(chart, interval)?)
}

fn check_meta(meta: &Meta, symbol: &str, interval: &str) -> Result<(), ProviderError> {
    let answered = meta.symbol.as_deref().unwrap_or_default();
    if !answered.eq_ignore_ascii_case(symbol) {
        return Err(malformed(format!("asked for {symbol}, the answer is for {answered:?}")));
    }
    match meta.data_granularity.as_deref() {
        Some(answered) if answered != interval => {
            Err(malformed(format!("asked for bars of {interval}, the answer has bars of {answered:?}")))
        }
        _ => Ok(()),
    }
}

fn quoted(chart: Chart, interval: &str) -> Result<Quoted, ProviderError> {
    let zone = zone(&chart.meta)?;
    let date_of = |seconds: i64| {
        let instant = seconds.checked_mul(1_000_000).map(Timestamp::from_epoch_micros);
        instant
            .and_then(|instant| zone.date_of(instant))
            .ok_or_else(|| malformed(format!("no instant: {seconds}")))
    };
    let dates: Vec<Date> =
        chart.timestamp.unwrap_or_default().into_iter().map(date_of).collect::<Result<_, _>>()?;
    let columns = chart.indicators.quote.into_iter().next().unwrap_or_default();
    let mut quoted = Quoted {
        first_trade: chart.meta.first_trade_date.and_then(|seconds| date_of(seconds).ok()),
        unit: unit(chart.meta.currency.as_deref()),
        ..Quoted::default()
    };
    read_rows(&mut quoted, &dates, columns)?;
    if interval == DAILY {
        check_daily(&quoted.rows)?;
    }
    let events = chart.events.unwrap_or_default();
    for event in events.splits.unwrap_or_default().into_values() {
        let ex_date = date_of(event.date)?;
        let ratio = ratio(&event).ok_or_else(|| malformed(format!("the split of {ex_date} has no ratio")))?;
        quoted.splits.push(Split { ex_date, ratio });
    }
    for event in events.dividends.unwrap_or_default().into_values() {
        let ex_date = date_of(event.date)?;
        match event.amount.number() {
            Ok(Some(amount)) if amount > 0.0 => quoted.dividends.push((ex_date, amount)),
            Ok(_) => quoted.refuse(ex_date, "a dividend that is not above zero".to_owned()),
            Err(error) => quoted.refuse(ex_date, format!("dividend: {error}")),
        }
    }
    quoted.splits.sort_by_key(|split| split.ex_date);
    quoted.dividends.sort_by_key(|(ex_date, _)| *ex_date);
    Ok(quoted)
}

impl Quoted {
    /// Leaves a row out, and says so.
    pub fn refuse(&mut self, session: Date, reason: String) {
        self.refused.push((session, reason));
    }
}

fn read_rows(quoted: &mut Quoted, dates: &[Date], columns: Columns) -> Result<(), ProviderError> {
    let column = |name: &str, cells: Option<Vec<Figure>>| match cells {
        Some(cells) if cells.len() == dates.len() => Ok(cells),
        // Without a single row the columns are left out.
        None if dates.is_empty() => Ok(Vec::new()),
        Some(cells) => Err(malformed(format!("{} dates and {} values of {name}", dates.len(), cells.len()))),
        None => Err(malformed(format!("{} dates and no {name}", dates.len()))),
    };
    let (open, high) = (column("open", columns.open)?, column("high", columns.high)?);
    let (low, close) = (column("low", columns.low)?, column("close", columns.close)?);
    let volume = columns.volume.map(|cells| column("volume", Some(cells))).transpose()?;
    for (at, session) in dates.iter().enumerate() {
        let volume = volume.as_ref().map(|cells| &cells[at]);
        match row(*session, [&open[at], &high[at], &low[at], &close[at]], volume) {
            Ok(row) => quoted.rows.push(row),
            Err(reason) => quoted.refuse(*session, reason),
        }
    }
    Ok(())
}

fn row(session: Date, prices: [&Figure; 4], volume: Option<&Figure>) -> Result<QuotedRow, String> {
    let price = |at: usize, name: &str| match prices[at].number() {
        Ok(Some(price)) if price > 0.0 => Ok(price),
        Ok(Some(price)) => Err(format!("{name}: {price} is not above zero")),
        Ok(None) => Err(format!("{name}: there is no price")),
        Err(error) => Err(format!("{name}: {error}")),
    };
    let volume = match volume.map_or(Ok(None), Figure::number) {
        Ok(None) => None,
        // Up to 2^53 a float tells whole numbers apart; no session trades more.
        Ok(Some(volume)) if (0.0..9.0e15).contains(&volume) => Some(volume.round() as i64),
        Ok(Some(volume)) => return Err(format!("volume: {volume} is out of bounds")),
        Err(error) => return Err(format!("volume: {error}")),
    };
    let (open, high) = (price(0, "open")?, price(1, "high")?);
    Ok(QuotedRow { session, open, high, low: price(2, "low")?, close: price(3, "close")?, volume })
}

/// Says when bars stand too far apart to be daily: some answers do not name their step.
fn check_daily(rows: &[QuotedRow]) -> Result<(), ProviderError> {
    let gaps = rows.windows(2).map(|pair| pair[1].session.days_since(pair[0].session));
    match gaps.min() {
        Some(days) if rows.len() >= 3 && days > DAILY_GAP_DAYS_MAX => {
            Err(malformed(format!("asked for daily bars, the answer has bars {days} days apart")))
        }
        _ => Ok(()),
    }
}

fn zone(meta: &Meta) -> Result<Zone, ProviderError> {
    let named = meta.exchange_timezone_name.as_deref().and_then(Zone::named);
    let zone = named.or_else(|| meta.gmtoffset.and_then(Zone::ahead_by_seconds));
    zone.ok_or_else(|| malformed("the exchange's time zone is not known"))
}

/// London, Johannesburg and Tel Aviv quote in hundredths of their currencies.
fn unit(currency: Option<&str>) -> Unit {
    match currency {
        Some("GBp" | "GBX" | "ZAc" | "ZAC" | "ILA") => Unit(Ratio::new(1, 100).unwrap_or(Ratio::ONE)),
        _ => Unit(Ratio::ONE),
    }
}

fn ratio(event: &SplitEvent) -> Option<Ratio> {
    format!("{}:{}", event.numerator.text()?, event.denominator.text()?).parse().ok()
}

fn malformed(what: impl Into<String>) -> ProviderError {
    ProviderError::Malformed { what: what.into() }
}
