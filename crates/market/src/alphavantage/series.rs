//! Daily bars of `TIME_SERIES_DAILY`.

use serde_json::Value;

use crate::daily_rows::{Cells, DailyRows};
use crate::{ProviderError, json};

/// Reads the bars of `symbol` as traded.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no daily series or speaks of another symbol.
pub fn read(body: &Value, symbol: &str, rows: &mut DailyRows) -> Result<(), ProviderError> {
    let malformed = |what: &str| ProviderError::Malformed { what: format!("series: {what}") };
    let said = body.get("Meta Data").and_then(|meta| json::text(meta, "2. Symbol"));
    json::expect_symbol(said, symbol)?;
    let series = body.get("Time Series (Daily)").and_then(Value::as_object);
    for (day, bar) in series.ok_or_else(|| malformed("there is no daily series"))? {
        let price = |name: &str| json::price(bar, name);
        rows.add(
            day.parse().map_err(|error| format!("date: {error}")),
            Cells {
                open: price("1. open"),
                high: price("2. high"),
                low: price("3. low"),
                close: price("4. close"),
                volume: json::volume(bar, "5. volume"),
            },
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SERIES: &str = r#"{
        "Meta Data": {"1. Information": "Daily Prices (open, high, low, close) and Volumes", "2. Symbol": "IBM",
            "3. Last Refreshed": "2024-05-31", "4. Output Size": "Compact", "5. Time Zone": "US/Eastern"},
        "Time Series (Daily)": {
            "2024-05-31": {"1. open": "165.7000", "2. high": "166.9700", "3. low": "163.8400", "4. close": "166.8500",
                "5. volume": "4905002"},
            "2024-05-30": {"1. open": "165.5600", "2. high": "166.7300", "3. low": "164.2300", "4. close": "165.6300",
                "5. volume": "3852963"}}}"#;

    fn rows() -> DailyRows {
        DailyRows::new("2024-06-03T12:00:00Z".parse().unwrap())
    }

    fn read_text(body: &str, rows: &mut DailyRows) -> Result<(), ProviderError> {
        read(&json::of(body), "IBM", rows)
    }

    #[test]
    fn bars_come_newest_first_and_are_put_in_order() {
        let mut rows = rows();
        read_text(SERIES, &mut rows).unwrap();
        let (bars, refusals) = rows.finish();
        let shown: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.session, bar.close)).collect();
        assert_eq!(
            (shown.as_slice(), refusals.count),
            (&["2024-05-30 165.63".into(), "2024-05-31 166.85".into()][..], 0)
        );
        assert_eq!(bars.volume, [Some(3_852_963), Some(4_905_002)]);
    }

    #[test]
    fn bad_bars_are_refused_and_the_others_kept() {
        let mut rows = rows();
        read_text(&SERIES.replace("166.9700", "166.0000").replace("2024-05-30", "2024-05-27"), &mut rows)
            .unwrap();
        let (bars, refusals) = rows.finish();
        assert!(bars.is_empty());
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(
            told,
            [
                "session 2024-05-31: the high is below the open or the close",
                "session 2024-05-27: 2024-05-27 is no session of XNYS",
            ]
        );
    }

    #[test]
    fn what_is_no_series_of_this_symbol_is_malformed() {
        for body in ["{}", "[]", "null", &SERIES.replace("IBM", "AAPL"), &SERIES.replace("(Daily)", "(5min)")]
        {
            assert!(read_text(body, &mut rows()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn damaged_documents_are_read_or_refused(body in json::damaged(SERIES)) {
            if let Some(document) = json::still_read(&body) {
                let mut rows = rows();
                let _ = read(&document, "IBM", &mut rows);
                rows.finish();
            }
        }

        #[test]
        fn arbitrary_documents_are_read_or_refused(series in crate::json::any_json()) {
            let body = serde_json::json!({"Meta Data": {"2. Symbol": "IBM"}, "Time Series (Daily)": series});
            let mut rows = rows();
            let _ = read(&body, "IBM", &mut rows);
            rows.finish();
        }
    }
}
