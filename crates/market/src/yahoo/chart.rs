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
/// When `interval` is [`DAILY`] an answer with another step is refused, since a range that is too long may be answered
/// by the quarter without a word. With any other step only the events matter.
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
        Some(answered) if interval == DAILY && answered != DAILY => {
            Err(malformed(format!("asked for daily bars, the answer has bars of {answered:?}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = r#""currency":"USD","symbol":"ACME","firstTradeDate":1199284200,"gmtoffset":-18000,
        "exchangeTimezoneName":"America/New_York","dataGranularity":"1d""#;

    /// An answer with a meta part, and the rest of the chart.
    fn chart(meta: &str, rest: &str) -> String {
        format!(r#"{{"chart":{{"result":[{{"meta":{{{meta}}},{rest}}}],"error":null}}}}"#)
    }

    /// Three rows, on 2 to 4 January 2024 at the opening, with the closes as given.
    fn rows(closes: &str) -> String {
        format!(
            r#""timestamp":[1704205800,1704292200,1704378600],"indicators":{{"quote":[{{"open":[10,10.5,11],
            "high":[12,12.5,13],"low":[9,9.5,10],"close":[{closes}],"volume":[100,null,300]}}]}}"#
        )
    }

    fn read_body(body: &str) -> Result<Quoted, AnswerFault> {
        read(&Reply::of(200, body), "ACME", DAILY)
    }

    fn told(body: &str) -> String {
        match read_body(body).unwrap_err() {
            AnswerFault::Failed(error) => error.to_string(),
            AnswerFault::LimitReached { .. } => "limit".to_owned(),
        }
    }

    #[test]
    fn rows_events_and_the_listing_are_read() {
        let events = r#","events":{"dividends":{"1704292200":{"amount":0.24,"date":1704292200}},
            "splits":{"1704378600":{"date":1704378600,"numerator":3,"denominator":2,"splitRatio":"3:2"}}}"#;
        let quoted = read_body(&chart(META, &(rows("11,11.5,12") + events))).unwrap();
        let shown: Vec<String> =
            quoted.rows.iter().map(|row| format!("{} {} {:?}", row.session, row.close, row.volume)).collect();
        assert_eq!(shown, ["2024-01-02 11 Some(100)", "2024-01-03 11.5 None", "2024-01-04 12 Some(300)"]);
        assert_eq!(quoted.dividends, [("2024-01-03".parse().unwrap(), 0.24)]);
        assert_eq!(quoted.splits.len(), 1);
        assert_eq!(
            (quoted.splits[0].ex_date.to_string(), quoted.splits[0].ratio.to_string()),
            ("2024-01-04".into(), "3:2".into())
        );
        assert_eq!(quoted.first_trade.unwrap().to_string(), "2008-01-02");
        assert_eq!(quoted.refused, []);
    }

    #[test]
    fn a_row_without_a_price_that_makes_sense_is_refused_and_the_others_are_kept() {
        let check = |close: &str, reason: &str| {
            let quoted = read_body(&chart(META, &rows(&format!("11,{close},12")))).unwrap();
            assert_eq!(quoted.rows.len(), 2, "{close}");
            let refused = ("2024-01-03".parse().unwrap(), reason.to_owned());
            assert_eq!(quoted.refused, [refused], "{close}");
        };
        check("null", "close: there is no price");
        check("NaN", "close: \"NaN\" is no finite number");
        check("-Infinity", "close: \"-Infinity\" is no finite number");
        check("1e999", "close: \"1e999\" is no finite number");
        check("0", "close: 0 is not above zero");
        check("-3.5", "close: -3.5 is not above zero");
        check("\"eleven\"", "close: \"eleven\" is no finite number");
    }

    #[test]
    fn dates_are_those_of_the_exchange() {
        let check = |zone: &str, instant: i64, expected: &str| {
            let meta = format!(r#""symbol":"ACME","dataGranularity":"1d",{zone}"#);
            let rest = format!(
                r#""timestamp":[{instant}],"indicators":{{"quote":[{{"open":[1],"high":[1],"low":[1],"close":[1]}}]}}"#
            );
            assert_eq!(read_body(&chart(&meta, &rest)).unwrap().rows[0].session.to_string(), expected);
        };
        // Midnight of universal time is 09:00 in Tokyo and 19:00 of the day before in New York.
        check(r#""exchangeTimezoneName":"Asia/Tokyo""#, 1_704_240_000, "2024-01-03");
        check(r#""exchangeTimezoneName":"America/New_York""#, 1_704_240_000, "2024-01-02");
        check(r#""exchangeTimezoneName":"Mars/Olympus","gmtoffset":-18000"#, 1_704_240_000, "2024-01-02");
    }

    #[test]
    fn what_makes_no_sense_as_a_whole_is_malformed() {
        let check = |body: &str, what: &str| assert_eq!(told(body), format!("malformed answer: {what}"));
        let other = META.replace("ACME", "OTHER");
        check(&chart(&other, &rows("1,2,3")), "asked for ACME, the answer is for \"OTHER\"");
        let coarse = META.replace("\"1d\"", "\"3mo\"");
        check(&chart(&coarse, &rows("11,11,12")), "asked for daily bars, the answer has bars of \"3mo\"");
        let unnamed = META.replace(r#","dataGranularity":"1d""#, "");
        let apart = rows("11,11,12").replace("1704292200,1704378600", "1712064600,1719840600");
        check(&chart(&unnamed, &apart), "asked for daily bars, the answer has bars 90 days apart");
        check(&chart(META, &rows("11,12")), "3 dates and 2 values of close");
        check(&chart(META, &rows("11,11,12").replace("\"low\"", "\"flow\"")), "3 dates and no low");
        check(
            &chart(META, &rows("11,11,12").replace("1704205800", "1.5")),
            "status 200: invalid type: floating point `1.5`, expected i64 at line 2 column 90",
        );
        check(r#"{"chart":{"result":[],"error":null}}"#, "the chart is empty");
        check("{}", "there is no chart");
        let split = r#","events":{"splits":{"1":{"date":1704292200,"numerator":4,"denominator":0}}}"#;
        check(&chart(META, &(rows("11,11,12") + split)), "the split of 2024-01-03 has no ratio");
    }

    #[test]
    fn a_symbol_without_rows_is_read() {
        for quote in ["{}", r#"{"open":[],"high":[],"low":[],"close":[],"volume":[]}"#] {
            let quoted = read_body(&chart(META, &format!(r#""indicators":{{"quote":[{quote}]}}"#))).unwrap();
            assert_eq!(quoted.rows, []);
        }
    }

    #[test]
    fn pence_are_hundredths_of_pounds() {
        let quoted = read_body(&chart(&META.replace("USD", "GBp"), &rows("11,11,12"))).unwrap();
        assert_eq!(quoted.unit.0.to_string(), "1:100");
        assert_eq!(read_body(&chart(META, &rows("11,11,12"))).unwrap().unit, Unit::default());
    }
}
