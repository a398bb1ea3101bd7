//! Splits of `SPLITS` and dividends of `DIVIDENDS`.

use serde_json::Value;

use crate::daily_rows::ActionRows;
use crate::{ProviderError, json, split_ratio};

/// Reads the splits of `symbol`.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of splits or speaks of another symbol.
pub fn read_splits(body: &Value, symbol: &str, rows: &mut ActionRows) -> Result<(), ProviderError> {
    for (number, split) in data(body, symbol, "splits")?.iter().enumerate() {
        let ratio = json::decimal(split, "split_factor").and_then(|text| split_ratio::of_decimal(&text));
        rows.add_split(format!("splits row {}", number + 1), json::date(split, "effective_date"), ratio);
    }
    Ok(())
}

/// Reads the dividends of `symbol`, for one share as traded.
///
/// # Errors
/// [`ProviderError::Malformed`] when it is no list of dividends or speaks of another symbol.
pub fn read_dividends(body: &Value, symbol: &str, rows: &mut ActionRows) -> Result<(), ProviderError> {
    for (number, paid) in data(body, symbol, "dividends")?.iter().enumerate() {
        let place = format!("dividends row {}", number + 1);
        let amount = json::price(paid, "amount").map_err(|error| format!("amount: {error}"));
        rows.add_dividend(place, json::date(paid, "ex_dividend_date"), amount);
    }
    Ok(())
}

fn data<'a>(body: &'a Value, symbol: &str, what: &str) -> Result<&'a [Value], ProviderError> {
    json::expect_symbol(json::text(body, "symbol"), symbol)?;
    let rows = body.get("data").and_then(Value::as_array).map(Vec::as_slice);
    rows.ok_or_else(|| ProviderError::Malformed { what: format!("{what}: there is no data") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_and_dividends_are_read_and_bad_rows_told() {
        let mut rows = ActionRows::default();
        let splits = r#"{"symbol":"NVDA","data":[{"effective_date":"2024-06-10","split_factor":"10.0000"},
            {"effective_date":"2007-09-11","split_factor":"1.5000"},{"effective_date":"None","split_factor":"2.0000"}]}"#;
        read_splits(&serde_json::from_str(splits).unwrap(), "NVDA", &mut rows).unwrap();
        let dividends = r#"{"symbol":"NVDA","data":[
            {"ex_dividend_date":"2024-06-11","declaration_date":"2024-05-22","record_date":"2024-06-11",
             "payment_date":"2024-06-28","amount":"0.01"},
            {"ex_dividend_date":"2024-05-29","declaration_date":"None","amount":"0"},
            {"ex_dividend_date":"2024-03-05","amount":"0.04"}]}"#;
        read_dividends(&serde_json::from_str(dividends).unwrap(), "NVDA", &mut rows).unwrap();
        let (actions, refusals) = rows.finish();
        let shown: Vec<String> =
            actions.splits.iter().map(|split| format!("{} {}", split.ex_date, split.ratio)).collect();
        assert_eq!(shown, ["2007-09-11 3:2", "2024-06-10 10:1"]);
        let shown: Vec<String> =
            actions.dividends.iter().map(|paid| format!("{} {}", paid.ex_date, paid.amount)).collect();
        assert_eq!(shown, ["2024-03-05 0.04", "2024-06-11 0.01"]);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(
            told,
            [
                "splits row 3: effective_date: \"None\" is not a date; write it as YYYY-MM-DD",
                "dividends row 2: a dividend is above zero",
            ]
        );
    }

    #[test]
    fn what_is_no_list_of_this_symbol_is_malformed() {
        for body in ["{}", r#"{"symbol":"IBM"}"#, r#"{"symbol":"X","data":[]}"#, r#"{"data":{}}"#] {
            let body: Value = serde_json::from_str(body).unwrap();
            assert!(read_splits(&body, "IBM", &mut ActionRows::default()).is_err(), "{body}");
            assert!(read_dividends(&body, "IBM", &mut ActionRows::default()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_documents_are_read_or_refused(data in crate::json::any_json()) {
            let body = serde_json::json!({"symbol": "IBM", "data": data});
            let _ = read_splits(&body, "IBM", &mut ActionRows::default());
            let _ = read_dividends(&body, "IBM", &mut ActionRows::default());
        }
    }
}
