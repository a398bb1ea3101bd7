//! Splits of `/v3/reference/splits` and dividends of `/v3/reference/dividends`.

use serde_json::Value;

use crate::daily_rows::ActionRows;
use crate::{ProviderError, json, split_ratio};

/// The most pages of one list that are read: a thousand rows each, ten thousand ex-dates.
pub const PAGES_MAX: usize = 10;

/// Reads one page into rows, and gives the cursor of the next page.
type ReadPage = fn(&Value, &str, &mut ActionRows) -> Result<Option<String>, ProviderError>;

/// A list of corporate actions and how it is asked for.
#[derive(Debug)]
pub struct List {
    /// Its name in the path.
    pub name: &'static str,
    /// The field of the ex-date.
    pub date: &'static str,
    /// The parameter for the first ex-date wanted.
    pub from: &'static str,
    pub read: ReadPage,
}

pub const SPLITS: List =
    List { name: "splits", date: "execution_date", from: "execution_date.gte", read: read_splits };

pub const DIVIDENDS: List =
    List { name: "dividends", date: "ex_dividend_date", from: "ex_dividend_date.gte", read: read_dividends };

/// The longest cursor that is sent back.
const CURSOR_BYTES_MAX: usize = 4_096;

/// Reads one page of splits of `ticker` and gives the cursor of the next one.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no page of splits or speaks of another ticker.
fn read_splits(page: &Value, ticker: &str, rows: &mut ActionRows) -> Result<Option<String>, ProviderError> {
    for (number, split) in results(page, "splits")?.iter().enumerate() {
        json::expect_symbol(json::text(split, "ticker"), ticker)?;
        let ex_date = json::date(split, "execution_date");
        let ratio = json::decimal(split, "split_to")
            .and_then(|new| split_ratio::of_units(&new, &json::decimal(split, "split_from")?));
        rows.add_split(format!("splits row {}", number + 1), ex_date, ratio);
    }
    cursor(page)
}

/// Reads one page of dividends of `ticker` and gives the cursor of the next one.
///
/// # Convention
/// Regular and special cash dividends and distributions of long and short-term gains (types `CD`, `SC`, `LT`, `ST`) are
/// all cash that leaves the price on the ex-date, so all of them are taken. The amount is for one share as traded.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no page of dividends or speaks of another ticker.
fn read_dividends(
    page: &Value,
    ticker: &str,
    rows: &mut ActionRows,
) -> Result<Option<String>, ProviderError> {
    for (number, paid) in results(page, "dividends")?.iter().enumerate() {
        json::expect_symbol(json::text(paid, "ticker"), ticker)?;
        let place = format!("dividends row {}", number + 1);
        let ex_date = json::date(paid, "ex_dividend_date");
        let amount = match json::text(paid, "currency") {
            // Prices are in dollars, and there is no rate here to change other money at.
            Some(currency) if !currency.eq_ignore_ascii_case("USD") => {
                Err(format!("paid in {:?}, not in dollars", json::shown(currency)))
            }
            _ => json::price(paid, "cash_amount").map_err(|error| format!("cash_amount: {error}")),
        };
        rows.add_dividend(place, ex_date, amount);
    }
    cursor(page)
}

/// The rows of a page; one without rows may leave the field out.
pub fn results<'a>(page: &'a Value, what: &str) -> Result<&'a [Value], ProviderError> {
    match page.get("results") {
        Some(Value::Array(rows)) => Ok(rows),
        Some(Value::Null) | None if page.get("status").is_some() => Ok(&[]),
        _ => Err(ProviderError::Malformed { what: format!("{what}: there are no results") }),
    }
}

/// The cursor in the address of the next page. The address itself is never called: only the configured one is.
fn cursor(page: &Value) -> Result<Option<String>, ProviderError> {
    let Some(address) = json::text(page, "next_url") else { return Ok(None) };
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=%.~+/".contains(&byte);
    match cursor {
        Some(cursor)
            if !cursor.is_empty() && cursor.len() <= CURSOR_BYTES_MAX && cursor.bytes().all(is_plain) =>
        {
            Ok(Some(decoded(cursor)))
        }
        _ => Err(ProviderError::Malformed { what: "the address of the next page has no cursor".to_owned() }),
    }
}

/// A cursor without its percent signs, so that it is encoded once when it is sent.
fn decoded(cursor: &str) -> String {
    let mut text = String::with_capacity(cursor.len());
    let mut rest = cursor;
    while let Some((before, behind)) = rest.split_once('%') {
        text.push_str(before);
        let byte = behind.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii);
        match byte {
            Some(byte) => {
                text.push(char::from(byte));
                rest = &behind[2..];
            }
            None => {
                text.push('%');
                rest = behind;
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(results: &str) -> String {
        format!(r#"{{"results":{results},"status":"OK","request_id":"6a7e"}}"#)
    }

    fn check(rows: ActionRows, splits: &[&str], dividends: &[&str], refused: &[&str]) {
        let (actions, refusals) = rows.finish();
        let shown: Vec<String> =
            actions.splits.iter().map(|split| format!("{} {}", split.ex_date, split.ratio)).collect();
        assert_eq!(shown, splits);
        let shown: Vec<String> =
            actions.dividends.iter().map(|paid| format!("{} {}", paid.ex_date, paid.amount)).collect();
        assert_eq!(shown, dividends);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(told, refused);
    }

    #[test]
    fn splits_are_new_units_for_old_ones() {
        let mut rows = ActionRows::default();
        let body = page(
            r#"[{"execution_date":"2020-08-31","id":"E36416","split_from":1,"split_to":4,"ticker":"AAPL"},
                {"execution_date":"2005-02-28","id":"E90a77","split_from":1,"split_to":2,"ticker":"AAPL"},
                {"execution_date":"2022-05-05","split_from":20,"split_to":1,"ticker":"AAPL"},
                {"execution_date":"2022-05-06","split_from":1.5,"split_to":1,"ticker":"AAPL"},
                {"execution_date":"soon","split_from":1,"split_to":2,"ticker":"AAPL"},
                {"execution_date":"2022-05-06","split_from":0,"split_to":2,"ticker":"AAPL"}]"#,
        );
        assert_eq!(read_splits(&json::of(&body), "AAPL", &mut rows), Ok(None));
        let kept = ["2005-02-28 2:1", "2020-08-31 4:1", "2022-05-05 1:20", "2022-05-06 2:3"];
        let refused = [
            "splits row 5: execution_date: \"soon\" is not a date; write it as YYYY-MM-DD",
            "splits row 6: \"2:0\" is not a plain decimal number",
        ];
        check(rows, &kept, &[], &refused);
    }

    #[test]
    fn all_kinds_of_cash_are_taken_and_other_money_is_refused() {
        let mut rows = ActionRows::default();
        let body = page(
            r#"[{"cash_amount":0.24,"currency":"USD","dividend_type":"CD","ex_dividend_date":"2023-11-10",
                 "frequency":4,"id":"E8e3","pay_date":"2023-11-16","record_date":"2023-11-13","ticker":"AAPL"},
                {"cash_amount":15,"dividend_type":"SC","ex_dividend_date":"2023-12-27","ticker":"AAPL"},
                {"cash_amount":1.05,"dividend_type":"LT","ex_dividend_date":"2023-12-27","ticker":"AAPL"},
                {"cash_amount":0.1,"currency":"CAD","dividend_type":"CD","ex_dividend_date":"2023-12-28","ticker":"AAPL"},
                {"cash_amount":0,"dividend_type":"CD","ex_dividend_date":"2023-12-29","ticker":"AAPL"},
                {"dividend_type":"CD","ex_dividend_date":"2023-12-29","ticker":"AAPL"}]"#,
        );
        assert_eq!(read_dividends(&json::of(&body), "AAPL", &mut rows), Ok(None));
        let refused = [
            "dividends row 4: paid in \"CAD\", not in dollars",
            "dividends row 5: a dividend is above zero",
            "dividends row 6: cash_amount: absent",
        ];
        check(rows, &[], &["2023-11-10 0.24", "2023-12-27 15", "2023-12-27 1.05"], &refused);
    }

    #[test]
    fn of_the_next_address_only_the_cursor_is_used() {
        let check = |address: &str, expect: Result<Option<&str>, &str>| {
            let body = format!(r#"{{"status":"OK","results":[],"next_url":"{address}"}}"#);
            let cursor = read_splits(&json::of(&body), "AAPL", &mut ActionRows::default());
            let expect = expect.map(|cursor| cursor.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(cursor.map_err(|error| error.to_string()), expect, "{address}");
        };
        check("https://api.polygon.io/v3/reference/splits?cursor=YWN0aXZl", Ok(Some("YWN0aXZl")));
        check("http://10.0.0.1/?x=1&cursor=a%3D%3d&apiKey=y", Ok(Some("a==")));
        check("", Ok(None));
        let none = "malformed answer: the address of the next page has no cursor";
        for address in [
            "https://api.polygon.io/v3/reference/splits",
            "x?cursor=",
            "x?cursor=a b",
            "x?cursor=%C3%A9\\u00e9",
        ] {
            check(address, Err(none));
        }
    }

    #[test]
    fn what_is_no_page_or_another_tickers_is_malformed() {
        for body in
            ["{}", "[]", r#"{"status":"OK","results":3}"#, r#"{"status":"OK","results":[{"ticker":"X"}]}"#]
        {
            assert!(read_splits(&json::of(body), "AAPL", &mut ActionRows::default()).is_err(), "{body}");
            assert!(read_dividends(&json::of(body), "AAPL", &mut ActionRows::default()).is_err(), "{body}");
        }
        let mut rows = ActionRows::default();
        assert_eq!(
            read_dividends(&json::of(r#"{"status":"OK","request_id":"x"}"#), "AAPL", &mut rows),
            Ok(None)
        );
    }

    proptest! {
        #[test]
        fn damaged_pages_are_read_or_refused(
            body in json::damaged(&page(
                r#"[{"execution_date":"2020-08-31","ex_dividend_date":"2020-08-31","split_from":1,"split_to":4,
                    "cash_amount":0.24,"ticker":"AAPL"}],"next_url":"https://x/?cursor=YWN%3D""#,
            )),
        ) {
            if let Some(page) = json::still_read(&body) {
                let _ = read_splits(&page, "AAPL", &mut ActionRows::default());
                let _ = read_dividends(&page, "AAPL", &mut ActionRows::default());
            }
        }

        #[test]
        fn arbitrary_pages_are_read_or_refused(results in crate::json::any_json(), address in "\\PC{0,40}") {
            let body = serde_json::json!({"status": "OK", "results": results, "next_url": address});
            let _ = read_splits(&body, "AAPL", &mut ActionRows::default());
            let _ = read_dividends(&body, "AAPL", &mut ActionRows::default());
        }
    }
}
