//! Splits of `/stable/splits` and dividends of `/stable/dividends`.

use model::Date;
use serde_json::Value;

use super::prices::list;
use crate::daily_rows::ActionRows;
use crate::{ProviderError, json, split_ratio};

/// Reads a list of one symbol into rows, and gives the date before which it may have been cut.
type ReadList = fn(&Value, &str, &mut ActionRows) -> Result<Option<Date>, ProviderError>;

/// The lists by the names they have in the path.
pub const LISTS: [(&str, ReadList); 2] = [("splits", read_splits), ("dividends", read_dividends)];

/// A list of so many rows may have been cut: the free plan gives the newest five and says nothing.
const ROWS_CUT: usize = 5;

/// Reads the splits of `symbol`; when the list may have been cut, the date of the oldest one, before which nothing is
/// known.
///
/// # Convention
/// A stock dividend changes the number of shares like a split and is one. A spin-off does not, whatever its row says
/// of its ratio, and is refused.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of splits or speaks of another symbol.
fn read_splits(answer: &Value, symbol: &str, rows: &mut ActionRows) -> Result<Option<Date>, ProviderError> {
    let splits = list(answer, "splits")?;
    let mut oldest = Oldest::default();
    for (number, split) in splits.iter().enumerate() {
        json::expect_symbol(json::text(split, "symbol"), symbol)?;
        let ex_date = oldest.of(json::date(split, "date"));
        let ratio = match json::text(split, "splitType") {
            Some("spin-off") => Err("a spin-off is no split".to_owned()),
            _ => json::decimal(split, "numerator")
                .and_then(|new| split_ratio::of_units(&new, &json::decimal(split, "denominator")?)),
        };
        rows.add_split(format!("splits row {}", number + 1), ex_date, ratio);
    }
    Ok(oldest.when_cut(splits.len()))
}

/// Reads the dividends of `symbol`; when the list may have been cut, the date of the oldest one.
///
/// # Convention
/// `dividend` is what was paid for one share as traded; `adjDividend` beside it is adjusted for later splits.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of dividends or speaks of another symbol.
fn read_dividends(
    answer: &Value,
    symbol: &str,
    rows: &mut ActionRows,
) -> Result<Option<Date>, ProviderError> {
    let dividends = list(answer, "dividends")?;
    let mut oldest = Oldest::default();
    for (number, paid) in dividends.iter().enumerate() {
        json::expect_symbol(json::text(paid, "symbol"), symbol)?;
        let ex_date = oldest.of(json::date(paid, "date"));
        let amount = json::price(paid, "dividend").map_err(|error| format!("dividend: {error}"));
        rows.add_dividend(format!("dividends row {}", number + 1), ex_date, amount);
    }
    Ok(oldest.when_cut(dividends.len()))
}

/// The oldest date of a list.
#[derive(Default)]
struct Oldest(Option<Date>);

impl Oldest {
    fn of(&mut self, date: Result<Date, String>) -> Result<Date, String> {
        self.0 = date.as_ref().ok().copied().into_iter().chain(self.0).min();
        date
    }

    fn when_cut(self, count: usize) -> Option<Date> {
        self.0.filter(|_| count == ROWS_CUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_are_read_and_spin_offs_refused() {
        let body = r#"[
            {"symbol":"A","date":"2024-06-10","numerator":10,"denominator":1,"splitType":"stock-split"},
            {"symbol":"A","date":"2024-04-01","numerator":2391,"denominator":2000,"splitType":"spin-off"},
            {"symbol":"A","date":"2021-01-05","numerator":21,"denominator":20,"splitType":"stock-dividend"},
            {"symbol":"A","date":"2019-01-04","numerator":1,"denominator":8,"splitType":null}]"#;
        let mut rows = ActionRows::default();
        assert_eq!(read_splits(&json::of(body), "A", &mut rows), Ok(None));
        let (actions, refusals) = rows.finish();
        let splits: Vec<String> =
            actions.splits.iter().map(|split| format!("{} {}", split.ex_date, split.ratio)).collect();
        assert_eq!(splits, ["2019-01-04 1:8", "2021-01-05 21:20", "2024-06-10 10:1"]);
        assert_eq!(refusals.rows[0].place, "splits row 2");
        assert_eq!((refusals.count, refusals.rows[0].reason.as_str()), (1, "a spin-off is no split"));
    }

    #[test]
    fn a_dividend_is_what_was_paid_and_five_of_them_may_be_all_that_is_told() {
        let row = |date: &str| {
            format!(
                r#"{{"symbol":"AAPL","date":"{date}","recordDate":"{date}","paymentDate":"","declarationDate":"",
                    "adjDividend":0.205,"dividend":0.82,"yield":0.34,"frequency":"Quarterly"}}"#
            )
        };
        let dates = ["2020-08-07", "2020-05-08", "2020-02-07", "2019-11-07", "2019-08-09", "2019-05-10"];
        let of = |count: usize| {
            let body =
                format!("[{}]", dates[..count].iter().map(|date| row(date)).collect::<Vec<_>>().join(","));
            let mut rows = ActionRows::default();
            let cut = read_dividends(&json::of(&body), "AAPL", &mut rows).unwrap();
            (rows.finish().0.dividends, cut)
        };
        let (dividends, cut) = of(5);
        assert_eq!(dividends[4].amount.to_string(), "0.82");
        assert_eq!(cut, Some("2019-08-09".parse().unwrap()), "nothing is known before");
        assert_eq!((of(4).1, of(6).1), (None, None));
    }

    #[test]
    fn what_is_no_list_of_this_symbol_is_malformed() {
        for body in ["{}", "null", r#"[{"symbol":"MSFT"}]"#] {
            assert!(read_splits(&json::of(body), "AAPL", &mut ActionRows::default()).is_err(), "{body}");
            assert!(read_dividends(&json::of(body), "AAPL", &mut ActionRows::default()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_documents_are_read_or_refused(body in crate::json::any_json()) {
            let _ = read_splits(&body, "A", &mut ActionRows::default());
            let _ = read_dividends(&body, "A", &mut ActionRows::default());
        }
    }
}
