//! Daily bars of `/stable/historical-price-eod/non-split-adjusted`.

use model::Date;
use serde_json::Value;

use crate::daily_rows::{Cells, DailyRows};
use crate::{ProviderError, json};

/// The most rows of one answer; of a longer range the provider leaves the oldest out without a word.
const ROWS_MAX: usize = 5_000;

/// What one answer says beside its bars.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The oldest session, when there may be older ones that were left out.
    pub cut_at: Option<Date>,
    /// How many rows there were.
    pub count: usize,
}

/// Reads one answer with bars of `symbol` as traded.
///
/// # Convention
/// The fields are called `adjOpen` to `adjClose`, and are not adjusted: that is what this address is for.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of bars or speaks of another symbol.
pub fn read(answer: &Value, symbol: &str, rows: &mut DailyRows) -> Result<Page, ProviderError> {
    let bars = list(answer, "prices")?;
    let mut oldest: Option<Date> = None;
    for bar in bars {
        json::expect_symbol(json::text(bar, "symbol"), symbol)?;
        let session = json::date(bar, "date");
        oldest = session.as_ref().ok().copied().into_iter().chain(oldest).min();
        let price = |name: &str| json::price(bar, name);
        rows.add(
            session,
            Cells {
                open: price("adjOpen"),
                high: price("adjHigh"),
                low: price("adjLow"),
                close: price("adjClose"),
                volume: json::volume(bar, "volume"),
            },
        );
    }
    Ok(Page { cut_at: oldest.filter(|_| bars.len() >= ROWS_MAX), count: bars.len() })
}

/// The rows of an answer.
pub fn list<'a>(answer: &'a Value, what: &str) -> Result<&'a [Value], ProviderError> {
    let rows = answer.as_array().map(Vec::as_slice);
    rows.ok_or_else(|| ProviderError::Malformed { what: format!("{what}: no list of rows") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPLIT: &str = r#"[
        {"symbol":"AAPL","date":"2020-08-31","adjOpen":127.58,"adjHigh":131,"adjLow":126,"adjClose":129.04,"volume":225702700},
        {"symbol":"AAPL","date":"2020-08-28","adjOpen":504.04,"adjHigh":505.76,"adjLow":498.32,"adjClose":499.24,"volume":46907500},
        {"symbol":"AAPL","date":"2020-08-27","adjOpen":508.56,"adjHigh":509.96,"adjLow":495.32,"adjClose":500.04,"volume":38888100}]"#;

    fn rows() -> DailyRows {
        DailyRows::new("2024-06-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn bars_are_as_traded_and_come_newest_first() {
        let mut rows = rows();
        assert_eq!(read(&json::of(SPLIT), "AAPL", &mut rows), Ok(Page { cut_at: None, count: 3 }));
        let (bars, refusals) = rows.finish();
        let shown: Vec<String> =
            bars.iter().map(|bar| format!("{} {} {}", bar.session, bar.close, bar.volume.unwrap())).collect();
        assert_eq!(
            shown,
            ["2020-08-27 500.04 38888100", "2020-08-28 499.24 46907500", "2020-08-31 129.04 225702700"]
        );
        assert_eq!(refusals.count, 0);
    }

    #[test]
    fn bad_bars_are_refused_and_the_others_kept() {
        let mut rows = rows();
        let body =
            SPLIT.replace("126,", "\"NaN\",").replace("499.24", "0").replace("2020-08-27", "2020-08-26");
        read(&json::of(&body), "AAPL", &mut rows).unwrap();
        let (bars, refusals) = rows.finish();
        assert_eq!(bars.sessions, ["2020-08-26".parse().unwrap()]);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(
            told,
            [
                "session 2020-08-31: low: \"NaN\" is not a plain decimal number",
                "session 2020-08-28: a price is not above zero",
            ]
        );
    }

    #[test]
    fn an_answer_as_long_as_it_may_be_says_where_it_was_cut() {
        let row = r#"{"symbol":"A","date":"2020-08-27","adjOpen":1,"adjHigh":1,"adjLow":1,"adjClose":1}"#;
        let of = |count: usize| {
            let body = format!("[{}]", vec![row; count].join(","));
            read(&json::of(&body), "A", &mut rows()).unwrap().cut_at
        };
        assert_eq!(of(ROWS_MAX - 1), None);
        assert_eq!(of(ROWS_MAX), Some("2020-08-27".parse().unwrap()));
    }

    #[test]
    fn what_is_no_list_of_this_symbol_is_malformed() {
        for body in ["{}", "null", "3", r#"[{"symbol":"MSFT"}]"#] {
            assert!(read(&json::of(body), "AAPL", &mut rows()).is_err(), "{body}");
        }
        assert_eq!(read(&json::of("[]"), "AAPL", &mut rows()), Ok(Page { cut_at: None, count: 0 }));
    }

    proptest! {
        #[test]
        fn damaged_documents_are_read_or_refused(body in json::damaged(SPLIT)) {
            if let Some(document) = json::still_read(&body) {
                let mut rows = rows();
                let _ = read(&document, "AAPL", &mut rows);
                rows.finish();
            }
        }

        #[test]
        fn arbitrary_documents_are_read_or_refused(body in crate::json::any_json()) {
            let mut rows = rows();
            let _ = read(&body, "A", &mut rows);
            rows.finish();
        }
    }
}
