//! Daily bars of `/q/d/l/`, as CSV.

use model::{Date, Price};

use crate::daily_rows::{Cells, DailyRows};
use crate::{ProviderError, json};

/// What the provider writes instead of bars.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Bars, which were added to the rows.
    Bars,
    /// That it has none: for an unknown symbol and for an empty range alike.
    NoData,
    /// That no more may be asked today.
    LimitReached,
    /// That a key is needed, or another one.
    KeyWanted,
    /// A page for a browser, which has to prove itself there before it is served.
    Page,
}

/// Reads an answer with bars as traded.
///
/// # Convention
/// Of prices that are adjusted for dividends the volumes are adjusted too and have fractions. Prices as traded are asked
/// for; an answer that has such volumes all the same is refused as a whole.
///
/// # Errors
/// [`ProviderError::Unavailable`] when its last line breaks off; [`ProviderError::Malformed`] when it is no CSV with the
/// columns of bars, or is adjusted.
pub fn read(body: &[u8], rows: &mut DailyRows) -> Result<Answer, ProviderError> {
    let malformed = |what: String| ProviderError::Malformed { what: format!("bars: {what}") };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    if let Some(answer) = instead(body) {
        return Ok(answer);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(body);
    if body.is_empty() {
        return Err(breaks_off());
    }
    let header = reader.headers().map_err(|error| malformed(error.to_string()))?.clone();
    let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let need = |name: &str| find(name).ok_or_else(|| malformed(format!("the header has no column {name}")));
    let (date, close) = (need("date")?, need("close")?);
    let (open, high, low) = (need("open")?, need("high")?, need("low")?);
    let volume = find("volume");
    if !body.ends_with(b"\n") {
        // A price that lacks its last digits would look like any other.
        return Err(breaks_off());
    }
    for row in reader.records() {
        let row = row.map_err(|error| malformed(error.to_string()))?;
        let cell = |at: usize| row.get(at).unwrap_or("");
        let price = |at: usize| match cell(at) {
            "" => Err("absent".to_owned()),
            text => Price::parse_rounded(text).map_err(|error| error.to_string()),
        };
        let units = volume.map(cell).filter(|text| !text.is_empty());
        if units.is_some_and(has_fraction) {
            return Err(malformed("volumes with fractions: these are adjusted prices".to_owned()));
        }
        rows.add(
            cell(date).parse().map_err(|error| format!("date: {error}")),
            Cells {
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
                volume: units
                    .map(|text| text.split('.').next().unwrap_or(text))
                    .map(|text| {
                        text.parse::<i64>()
                            .map_err(|_| format!("{:?} is no number of units", json::shown(text)))
                    })
                    .transpose(),
            },
        );
    }
    Ok(Answer::Bars)
}

/// What stands in the place of bars, by the words it begins with.
fn instead(body: &[u8]) -> Option<Answer> {
    let head = String::from_utf8_lossy(&body[..body.len().min(400)]).to_lowercase();
    if head.starts_with("no data") {
        return Some(Answer::NoData);
    }
    if head.contains("daily hits limit") {
        return Some(Answer::LimitReached);
    }
    if head.contains("apikey") {
        return Some(Answer::KeyWanted);
    }
    (head.starts_with('<') || head.contains("<html")).then_some(Answer::Page)
}

fn breaks_off() -> ProviderError {
    ProviderError::Unavailable { reason: "the answer breaks off".to_owned() }
}

fn has_fraction(units: &str) -> bool {
    let fraction = units.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.bytes().any(|digit| (b'1'..=b'9').contains(&digit))
}

/// A date as the provider writes it in a question: `20240102`.
pub fn compact(date: Date) -> String {
    date.to_string().replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BARS: &str = "Date,Open,High,Low,Close,Volume\r\n2024-05-30,190.76,192.18,190.63,191.29,49947900\r\n\
                        2024-05-31,191.44,192.57,189.91,192.25,75158300\r\n";

    fn rows() -> DailyRows {
        DailyRows::new("2024-06-03T12:00:00Z".parse().unwrap())
    }

    fn check(body: &str, kept: &[&str], refused: &[&str]) {
        let mut rows = rows();
        assert_eq!(read(body.as_bytes(), &mut rows), Ok(Answer::Bars));
        let (bars, refusals) = rows.finish();
        let shown: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.session, bar.close)).collect();
        assert_eq!(shown, kept);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(told, refused);
    }

    #[test]
    fn bars_are_read_with_and_without_volumes() {
        check(BARS, &["2024-05-30 191.29", "2024-05-31 192.25"], &[]);
        check("Date,Open,High,Low,Close\n2024-05-31,1,2,1,2\n", &["2024-05-31 2"], &[]);
        check("\u{feff}Date,Open,High,Low,Close,Volume\n", &[], &[]);
    }

    #[test]
    fn bad_bars_are_refused_and_the_others_kept() {
        check(
            "Date,Open,High,Low,Close,Volume\n2024-05-28,0,1,1,1,1\n2024-05-29,1,1,1,,1\n2024-05-30,1,2,1,2,5\n\
             2024-05-31,1,2,1,2,-5\n2024-06-01,1,2,1,2,5\nx,1,1,1,1,1\n2024-05-24,1,1,1,1,many\n",
            &["2024-05-30 2"],
            &[
                "session 2024-05-28: a price is not above zero",
                "session 2024-05-29: close: absent",
                "session 2024-05-31: the volume is negative",
                "session 2024-06-01: 2024-06-01 is no session of XNYS",
                "row 6: date: \"x\" is not a date; write it as YYYY-MM-DD",
                "session 2024-05-24: volume: \"many\" is no number of units",
            ],
        );
    }

    #[test]
    fn what_stands_instead_of_bars_is_told_apart() {
        for (body, expect) in [
            ("No data", Answer::NoData),
            ("Exceeded the daily hits limit", Answer::LimitReached),
            ("Get your apikey:\n\n1. Open https://stooq.com/q/d/?s=aapl.us&get_apikey", Answer::KeyWanted),
            ("<!DOCTYPE html><html><script>verify</script></html>", Answer::Page),
            ("\r\n<html>", Answer::Page),
        ] {
            assert_eq!(read(body.as_bytes(), &mut rows()), Ok(expect), "{body}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_unavailable() {
        for cut in [BARS.len() - 2, BARS.len() - 20, 45, 0] {
            assert_eq!(
                read(&BARS.as_bytes()[..cut], &mut rows()).unwrap_err().code(),
                "unavailable",
                "{cut}"
            );
        }
        assert_eq!(read(&BARS.as_bytes()[..12], &mut rows()).unwrap_err().code(), "malformed");
    }

    #[test]
    fn adjusted_prices_and_other_tables_are_malformed() {
        let adjusted = BARS.replace("49947900", "50123456.789");
        let told = read(adjusted.as_bytes(), &mut rows()).unwrap_err().to_string();
        assert_eq!(told, "malformed answer: bars: volumes with fractions: these are adjusted prices");
        check(&BARS.replace("49947900", "49947900.000"), &["2024-05-30 191.29", "2024-05-31 192.25"], &[]);
        for body in ["Data,Otwarcie,Zamkniecie\n2024-05-31,1,1\n", "warning: division by zero", "{\"a\":1}"] {
            assert!(read(body.as_bytes(), &mut rows()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn damaged_tables_are_read_or_refused(body in json::damaged(BARS)) {
            let mut rows = rows();
            let _ = read(&body, &mut rows);
            rows.finish();
        }

        #[test]
        fn arbitrary_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body, &mut rows());
            let with_header = [&b"Date,Open,High,Low,Close,Volume\n"[..], &body].concat();
            let mut rows = rows();
            let _ = read(&with_header, &mut rows);
            rows.finish();
        }
    }
}
