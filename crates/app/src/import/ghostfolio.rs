//! The export of Ghostfolio: JSON with a list of activities, or its CSV form.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::{Money, Payment};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::amounts::{self, Figures};
use super::asset::{Asset, Class};
use super::cells::{Cells, Column, Fault, plain};
use super::report::CountedBy;
use super::row::{Action, Parsed, Row, unreadable};
use super::sheet::{Layout, parse_sheet};
use crate::AppError;

const DATE: Column = Column(0);
const SYMBOL: Column = Column(1);
const KIND: Column = Column(2);
const QUANTITY: Column = Column(3);
const PRICE: Column = Column(4);
const CURRENCY: Column = Column(5);
const FEE: Column = Column(6);
const SOURCE: Column = Column(7);
const COMMENT: Column = Column(8);
const ID: Column = Column(9);
const AMOUNT: Column = Column(10);

const COLUMNS: [&[&str]; 11] = [
    &["date"],
    &["symbol", "code", "ticker"],
    &["type", "action"],
    &["quantity", "qty", "shares", "units"],
    &["unitPrice", "price"],
    &["currency", "ccy"],
    &["fee"],
    &["dataSource"],
    &["comment", "note"],
    &["id"],
    // No export has it: money is quantity times price throughout.
    &["amount (none)"],
];

const FIGURES: Figures = Figures { quantity: QUANTITY, price: PRICE, amount: AMOUNT };

/// Reads an export. Activities that make no sense are reported, not returned.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Parsed, AppError> {
    if matches!(content.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return parse_json(content);
    }
    let needed = &[DATE, SYMBOL, KIND, QUANTITY, PRICE];
    parse_sheet(content, &Layout { columns: &COLUMNS, needed, symbol: SYMBOL }, |cells| read(cells).map(Some))
}

fn read(cells: &mut Cells<'_>) -> Result<Row, Fault> {
    let kind = plain(cells.text(KIND)?);
    let fee = cells.money_or_zero(FEE)?;
    let date = cells.date(DATE)?;
    let one = |action| Row::of_one(date, DATE, action);
    let mut row = match kind.as_str() {
        "buy" | "sell" => {
            let asset = asset(cells)?;
            let quantity = amounts::directed(cells.quantity(QUANTITY)?, kind == "sell", QUANTITY)?;
            let price = cells.price(PRICE)?;
            amounts::product(quantity, price, QUANTITY)?;
            one(Action::Fill(asset, quantity, price, fee))
        }
        "dividend" => {
            let paid = Payment::Total(amounts::money(cells, FIGURES)?);
            one(Action::Dividend(asset(cells)?, paid)).with_fee(fee)
        }
        "interest" => one(Action::Interest(amounts::money(cells, FIGURES)?)).with_fee(fee),
        "fee" => {
            // Older exports have the cost in the price, newer ones in the fee.
            let priced = if cells.is_empty(PRICE) { Money::ZERO } else { amounts::money(cells, FIGURES)? };
            let cost = priced.plus(fee).map_err(|error| Fault::new(FEE, "number", error.to_string()))?;
            if cost.is_zero() {
                return Err(Fault::new(
                    FEE,
                    "amount",
                    "the fee is zero; write how much, or take the row out",
                ));
            }
            one(Action::Fee(cost))
        }
        "item" => {
            let quantity = cells.quantity(QUANTITY)?;
            let asset = Asset { symbol: cells.symbol(SYMBOL)?, class: Class::Private };
            one(Action::Fill(asset, quantity, cells.price(PRICE)?, fee))
        }
        _ => {
            let shown: String = cells.text(KIND)?.chars().take(40).collect();
            let message = format!(
                "activities of type {shown:?} are not taken; enter it by hand, or take the row out (buy, sell, \
                 dividend, interest, fee and item are understood)"
            );
            return Err(Fault::new(KIND, "activity", message));
        }
    };
    row.currency = cells.currency(CURRENCY)?;
    row.id = cells.id(ID)?;
    row.note = cells.note(COMMENT)?;
    Ok(Row { currency_column: CURRENCY, class_column: SOURCE, ..row })
}

/// What an activity trades: what was entered by hand is quoted by nobody.
fn asset(cells: &mut Cells<'_>) -> Result<Asset, Fault> {
    let source = plain(cells.text(SOURCE)?);
    if source == "manual" {
        return Ok(Asset { symbol: cells.symbol(SYMBOL)?, class: Class::Private });
    }
    Asset::quoted(cells, SYMBOL, matches!(source.as_str(), "yahoo" | ""))
}

/// The one list of an export that matters here.
#[derive(Deserialize)]
struct Export<'a> {
    #[serde(borrow)]
    activities: Vec<&'a RawValue>,
}

/// The fields of one activity, each as its text in the file.
struct Activity<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Activity<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = BTreeMap<String, &'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an activity with its fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if fields.insert(name.clone(), value).is_some() {
                        return Err(A::Error::custom(format!("the field {name:?} stands twice")));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Fields).map(Activity)
    }
}

fn parse_json(content: &[u8]) -> Result<Parsed, AppError> {
    let text = std::str::from_utf8(content)
        .map_err(|_| unreadable("the file is not UTF-8 text; save it as UTF-8"))?;
    let export: Export<'_> = serde_json::from_str(text).map_err(|error| {
        unreadable(format!("the file is no export of Ghostfolio: {error}; export the activities again"))
    })?;
    let names: Arc<[String]> = COLUMNS.iter().map(|names| names[0].to_owned()).collect();
    let mut parsed = Parsed { counted_by: CountedBy::Entry, ..Parsed::default() };
    for (entry, raw) in (1..).zip(&export.activities) {
        let mut cells = Cells {
            names: names.clone(),
            values: Vec::new(),
            // A comma in a number of JSON is never a separator of thousands.
            has_decimal_commas: true,
            notes: Vec::new(),
        };
        let result = fill(&mut cells, raw.get()).and_then(|()| read(&mut cells));
        parsed.take(entry, SYMBOL, cells, result)?;
    }
    if parsed.reports.is_empty() {
        return Err(unreadable("the export has no activities; export them again"));
    }
    Ok(parsed)
}

/// Lays the fields of an activity out by column.
fn fill<'a>(cells: &mut Cells<'a>, raw: &'a str) -> Result<(), Fault> {
    let activity: Activity<'a> = serde_json::from_str(raw)
        .map_err(|error| Fault::new(DATE, "json", format!("{error}; write the activity as an object")))?;
    let mut nested = None;
    for (at, names) in COLUMNS.iter().enumerate() {
        let value = names.iter().find_map(|name| activity.0.get(*name));
        let text = value.map_or(Some(Cow::Borrowed(b"" as &[u8])), |raw| scalar(raw.get()));
        if text.is_none() {
            nested = Some(Column(at));
        }
        cells.values.push(text.unwrap_or(Cow::Borrowed(b"")));
    }
    match nested {
        None => Ok(()),
        Some(column) => {
            Err(Fault::new(column, "json", "a text or a number belongs here, and no list or object"))
        }
    }
}

/// The text of a value that is no list and no object: of a string its content, of a number its plain digits.
fn scalar(raw: &str) -> Option<Cow<'_, [u8]>> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok().map(|text| Cow::Owned(text.into_bytes())),
        b'{' | b'[' => None,
        b'n' => Some(Cow::Borrowed(b"")),
        _ => Some(
            plain_digits(raw).map_or(Cow::Borrowed(raw.as_bytes()), |text| Cow::Owned(text.into_bytes())),
        ),
    }
}

/// A number with an exponent, as programs write small ones, in plain digits; `None` when it has none or is beyond
/// everything that is kept.
fn plain_digits(raw: &str) -> Option<String> {
    const SHIFT_MAX: i32 = 40;
    let (digits, exponent) = raw.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    if exponent.abs() > SHIFT_MAX {
        return None;
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = whole.len() as i32 + exponent;
    let all = format!("{whole}{fraction}");
    let text = if point <= 0 {
        format!("0.{}{all}", "0".repeat(point.unsigned_abs() as usize))
    } else if point as usize >= all.len() {
        format!("{all}{}", "0".repeat(point as usize - all.len()))
    } else {
        format!("{}.{}", &all[..point as usize], &all[point as usize..])
    };
    Some(format!("{sign}{text}"))
}

#[cfg(test)]
mod tests {
    use super::super::report::RowState;
    use super::*;

    /// Reads a file and compares each row's events, or its fault, in one line.
    #[track_caller]
    fn check(content: &str, expected: &[&str]) {
        let parsed = parse(content.as_bytes()).unwrap();
        let mut shown: Vec<String> = parsed
            .reports
            .iter()
            .map(|report| match &report.state {
                RowState::Error { column, code, .. } => format!("{} {column}: {code}", report.line),
                _ => String::new(),
            })
            .collect();
        for (at, row) in &parsed.rows {
            shown[*at] = row.canonical();
        }
        assert_eq!(shown, expected, "{content}");
    }

    /// An activity of Apple with some fields written otherwise.
    fn activity(changes: &str) -> String {
        let usual = [
            ("accountId", "\"a\""),
            ("comment", "null"),
            ("fee", "1.5"),
            ("quantity", "10"),
            ("type", "\"BUY\""),
            ("unitPrice", "100.5"),
            ("currency", "\"USD\""),
            ("dataSource", "\"YAHOO\""),
            ("date", "\"2024-01-02T00:00:00.000Z\""),
            ("symbol", "\"AAPL\""),
        ];
        let changed: BTreeMap<&str, &str> =
            changes.split(", ").filter_map(|change| change.split_once(": ")).collect();
        let field = |(name, value): (&str, &str)| {
            format!("\"{name}\": {}", changed.get(name).copied().unwrap_or(value))
        };
        format!("{{{}}}", usual.map(field).join(", "))
    }

    fn check_activity(changes: &str, expected: &str) {
        check(&format!("{{\"meta\": {{}}, \"activities\": [{}]}}", activity(changes)), &[expected]);
    }

    #[test]
    fn activities_of_every_type_are_read() {
        check_activity("", "|2024-01-02|fill|AAPL|10|100.5|1.5");
        check_activity("type: \"SELL\"", "|2024-01-02|fill|AAPL|-10|100.5|1.5");
        check_activity("symbol: \"BRK-B\"", "|2024-01-02|fill|BRK.B|10|100.5|1.5");
        check_activity(
            "symbol: \"BTC-USD\", quantity: 1.5e-7",
            "|2024-01-02|fill|BTC-USD|0.00000015|100.5|1.5",
        );
        check_activity("type: \"DIVIDEND\", unitPrice: 0.24, fee: 0", "|2024-01-02|dividend|AAPL|2.4");
        check_activity(
            "type: \"FEE\", quantity: 0, unitPrice: 0, fee: 49, dataSource: \"MANUAL\"",
            "|2024-01-02|fee|49",
        );
        check_activity("type: \"INTEREST\", quantity: 1, unitPrice: 7, fee: 0", "|2024-01-02|interest|7");
    }

    #[test]
    fn activities_that_make_no_sense_name_their_field() {
        check_activity("type: \"LIABILITY\"", "1 type: activity");
        check_activity("date: \"yesterday\"", "1 date: date");
        check_activity("quantity: 0", "1 quantity: quantity");
        check_activity("quantity: 1e400", "1 quantity: number");
        check_activity("quantity: \"1,5\"", "1 quantity: number");
        check_activity("quantity: {}", "1 quantity: json");
        check_activity("unitPrice: -1", "1 unitPrice: price");
        check_activity("symbol: \"A\\u0000B\"", "1 symbol: encoding");
        check_activity("currency: \"dollar\"", "1 currency: currency");
        check("{\"activities\": [7, {\"date\": 1, \"date\": 2}]}", &["1 date: json", "2 date: json"]);
    }

    #[test]
    fn the_csv_form_is_read() {
        check(
            "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n\
             16-09-2021,MSFT,YAHOO,USD,298.580,5,buy,19.00,My first order\n\
             17/11/2021,MSFT,YAHOO,USD,0.62,5,dividend,0.00,\n\
             01-09-2021,Opening,MANUAL,USD,0,0,fee,49,\n",
            &["|2021-09-16|fill|MSFT|5|298.58|19", "|2021-11-17|dividend|MSFT|3.1", "4 Date: date"],
        );
    }

    #[test]
    fn what_is_no_export_is_refused_as_a_file() {
        for content in
            ["{", "{}", "[]", "{\"activities\": {}}", "{\"activities\": []}", "{\"activities\": [{]}"]
        {
            assert_eq!(parse(content.as_bytes()).unwrap_err().code(), "invalid_input", "{content}");
        }
        let deep = format!("{{\"activities\": [{}", "[".repeat(100_000));
        assert!(parse(deep.as_bytes()).is_err());
    }
}
