//! Daily bars of `/v2/aggs/ticker/{ticker}/range/1/day/{from}/{to}?adjusted=false`.

use model::{Calendar, Date, Timestamp};
use serde_json::Value;

use crate::daily_rows::{Cells, DailyRows};
use crate::{ProviderError, json};

/// What one page says beside its bars.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Whether the provider has more bars behind the last one of the page.
    pub has_more: bool,
    /// The newest session of the page, whether its bar was taken or refused.
    pub newest: Option<Date>,
}

/// Reads one page of bars of `ticker` as traded.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no page of bars, speaks of another ticker, or is adjusted.
pub fn read(page: &Value, ticker: &str, rows: &mut DailyRows) -> Result<Page, ProviderError> {
    let malformed = |what: &str| ProviderError::Malformed { what: format!("aggregates: {what}") };
    json::expect_symbol(json::text(page, "ticker"), ticker)?;
    // Prices adjusted for splits look like any others, and would be taken for those of another day.
    if page.get("adjusted").and_then(Value::as_bool) == Some(true) {
        return Err(malformed("adjusted prices, although those as traded were asked for"));
    }
    let bars = match page.get("results") {
        Some(Value::Array(bars)) => bars.as_slice(),
        // A page without bars has no field at all.
        Some(Value::Null) | None if page.get("status").is_some() => &[],
        _ => return Err(malformed("there are no results")),
    };
    let mut newest = None;
    for bar in bars {
        let session = session(bar);
        newest = newest.max(session.as_ref().ok().copied());
        let price = |name: &str| json::price(bar, name);
        rows.add(
            session,
            Cells {
                open: price("o"),
                high: price("h"),
                low: price("l"),
                close: price("c"),
                volume: json::volume(bar, "v"),
            },
        );
    }
    Ok(Page { has_more: json::text(page, "next_url").is_some(), newest })
}

/// The session of a bar: the New York date of its stamp, which is the midnight that begins it.
///
/// # Example
/// 1704258000000 is 2024-01-03T05:00Z, midnight in New York in winter: the session of 2024-01-03.
fn session(bar: &Value) -> Result<Date, String> {
    let stamp = bar.get("t").and_then(Value::as_i64).ok_or("t: no number of milliseconds")?;
    let micros = stamp.checked_mul(1_000).ok_or("t: out of range")?;
    let instant = Timestamp::from_epoch_micros(micros);
    let date = instant.utc_date();
    // Midnight in New York is 04:00 or 05:00 UTC. An instant before that belongs to the day before, which no daily bar
    // is stamped with, so anything but the midnight of a session is refused instead of guessed at.
    let midnight = Calendar::xnys().hours(date).map(|hours| {
        let open = hours.open.epoch_micros() - i64::from(hours.open_minute_ny) * 60_000_000;
        Timestamp::from_epoch_micros(open)
    });
    match midnight {
        Some(midnight) if midnight == instant => Ok(date),
        Some(_) => Err(format!("t: {instant} is no midnight in New York")),
        None => Err(format!("t: {instant} is on no session")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AS_OF: &str = "2024-06-01T00:00:00Z";

    fn page(results: &str) -> String {
        format!(
            r#"{{"ticker":"AAPL","queryCount":2,"resultsCount":2,"adjusted":false,"results":{results},
                "status":"OK","request_id":"6a7e466379af0a71039d60cc78e72282","count":2}}"#
        )
    }

    /// The sessions and closes of a page, and what was refused.
    fn check(body: &str, kept: &[&str], refused: &[&str]) {
        let mut rows = DailyRows::new(AS_OF.parse().unwrap());
        read(&json::of(body), "AAPL", &mut rows).unwrap();
        let (bars, refusals) = rows.finish();
        let bars: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.session, bar.close)).collect();
        assert_eq!(bars, kept);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(told, refused);
    }

    fn told(body: &str) -> String {
        let mut rows = DailyRows::new(AS_OF.parse().unwrap());
        read(&json::of(body), "AAPL", &mut rows).unwrap_err().to_string()
    }

    #[test]
    fn stamps_are_midnights_in_new_york_in_winter_and_in_summer() {
        let winter = r#"{"v":70790813,"vw":131.6292,"o":184.22,"c":184.25,"h":185.88,"l":183.43,"t":1704258000000,"n":1}"#;
        let summer = r#"{"v":70790813.5,"vw":131.6292,"o":169.58,"c":169.3,"h":172.71,"l":169.11,"t":1714449600000,"n":1}"#;
        check(&page(&format!("[{winter},{summer}]")), &["2024-01-03 184.25", "2024-04-30 169.3"], &[]);
    }

    #[test]
    fn bad_bars_are_refused_and_the_others_kept() {
        let bar =
            |stamp: &str, close: &str| format!(r#"{{"o":10,"h":12,"l":9,"c":{close},"t":{stamp},"v":1}}"#);
        let bars = [
            bar("1704258000000", "\"NaN\""),
            bar("1704344400000", "0"),
            bar("1704430800000", "11"),
            bar("1704690000000", "13"),
            bar("1704776400000", "-1"),
            bar("1704862801000", "11"),
            bar("1704600000000", "11"),
            bar("9223372036854775807", "11"),
            bar("\"soon\"", "11"),
            r#"{"o":10,"h":12,"c":11,"t":1704949200000}"#.to_owned(),
        ];
        check(
            &page(&format!("[{}]", bars.join(","))),
            &["2024-01-05 11"],
            &[
                "session 2024-01-03: close: \"NaN\" is not a plain decimal number",
                "session 2024-01-04: a price is not above zero",
                "session 2024-01-08: the high is below the open or the close",
                "session 2024-01-09: a price is not above zero",
                "row 6: t: 2024-01-10T05:00:01Z is no midnight in New York",
                "row 7: t: 2024-01-07T04:00:00Z is on no session",
                "row 8: t: out of range",
                "row 9: t: no number of milliseconds",
                "session 2024-01-11: low: absent",
            ],
        );
    }

    #[test]
    fn an_answer_without_bars_has_no_results() {
        check(
            r#"{"ticker":"AAPL","queryCount":0,"resultsCount":0,"adjusted":false,"status":"OK"}"#,
            &[],
            &[],
        );
        check(r#"{"ticker":"AAPL","status":"DELAYED","results":null}"#, &[], &[]);
    }

    #[test]
    fn more_pages_are_told_and_their_address_is_not_used() {
        let mut rows = DailyRows::new(AS_OF.parse().unwrap());
        let body = r#"{"ticker":"AAPL","status":"OK","next_url":"http://elsewhere.example/?cursor=x",
            "results":[{"o":1,"h":1,"l":1,"c":1,"t":1704258000000},{"o":1,"h":1,"l":1,"c":-1,"t":1704344400000}]}"#;
        let read = read(&json::of(body), "AAPL", &mut rows).unwrap();
        assert_eq!(read, Page { has_more: true, newest: Some("2024-01-04".parse().unwrap()) });
    }

    #[test]
    fn what_is_no_page_of_bars_as_traded_is_malformed() {
        for (body, expect) in [
            ("{}", "malformed answer: aggregates: there are no results"),
            ("[]", "malformed answer: aggregates: there are no results"),
            (r#"{"status":"OK","results":{}}"#, "malformed answer: aggregates: there are no results"),
            (
                r#"{"ticker":"MSFT","status":"OK"}"#,
                "malformed answer: asked for AAPL, answered with \"MSFT\"",
            ),
            (
                r#"{"ticker":"AAPL","adjusted":true,"status":"OK"}"#,
                "malformed answer: aggregates: adjusted prices, although those as traded were asked for",
            ),
        ] {
            assert_eq!(told(body), expect);
        }
    }

    proptest! {
        #[test]
        fn damaged_pages_are_read_or_refused(
            body in json::damaged(&page(r#"[{"o":10,"h":12,"l":9,"c":11,"t":1704258000000,"v":1}]"#)),
        ) {
            if let Some(page) = json::still_read(&body) {
                let _ = read(&page, "AAPL", &mut DailyRows::new(AS_OF.parse().unwrap()));
            }
        }

        #[test]
        fn arbitrary_results_are_read_or_refused(results in crate::json::any_json()) {
            let mut rows = DailyRows::new(AS_OF.parse().unwrap());
            let page = serde_json::json!({"ticker": "AAPL", "status": "OK", "results": results});
            let _ = read(&page, "AAPL", &mut rows);
            rows.finish();
        }
    }
}
