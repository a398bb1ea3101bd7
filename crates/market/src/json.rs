//! Fields of JSON answers, which may be absent, of another type, or no number at all.

use std::collections::BTreeMap;

use model::{Date, Price};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::ProviderError;

/// As much of a foreign text as a message repeats.
const SHOWN_CHARS: usize = 40;

/// How deep an answer may nest before it is refused.
const DEPTH_MAX: usize = 64;

/// A whole answer. A number beyond all floats is kept as a text, so that it costs its own row alone.
#[derive(Debug)]
pub struct Document(pub Value);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let value = serde_json::from_str(raw).or_else(|_| loose(raw, DEPTH_MAX)).map_err(D::Error::custom)?;
        Ok(Document(value))
    }
}

/// Reads a value part by part; what is no number of ours stays a text.
fn loose(raw: &str, depth_left: usize) -> Result<Value, serde_json::Error> {
    let deeper = depth_left.checked_sub(1).ok_or_else(|| serde_json::Error::custom("it nests too deep"))?;
    match raw.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw)?;
            let fields = fields.into_iter().map(|(name, value)| Ok((name, loose(value.get(), deeper)?)));
            Ok(Value::Object(fields.collect::<Result<Map<String, Value>, serde_json::Error>>()?))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw)?;
            items.into_iter().map(|item| loose(item.get(), deeper)).collect()
        }
        Some(b'"') => serde_json::from_str(raw),
        _ => Ok(serde_json::from_str(raw).unwrap_or_else(|_| Value::String(raw.to_owned()))),
    }
}

/// A field that is a text with something in it.
pub fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// A date in the first ten characters of a field, the time behind it left out.
pub fn date(row: &Value, name: &str) -> Result<Date, String> {
    let text = text(row, name).ok_or_else(|| format!("{name} is absent"))?;
    text.get(..10).unwrap_or(text).parse().map_err(|error| format!("{name}: {error}"))
}

/// A price in a number or a text, rounded half to even to the sixth decimal.
pub fn price(row: &Value, name: &str) -> Result<Price, String> {
    Price::parse_rounded(&decimal(row, name)?).map_err(|error| error.to_string())
}

/// The units of a volume in a number or a text, a fraction cut off; absent where the row has none.
pub fn volume(row: &Value, name: &str) -> Result<Option<i64>, String> {
    if row.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    let text = decimal(row, name)?;
    let units = text.split_once('.').map_or(text.as_str(), |(units, _)| units);
    units.parse().map(Some).map_err(|_| format!("{:?} is no number of units", shown(&text)))
}

/// A figure that is finite, in a number or a text; anything else is no figure.
pub fn figure(row: &Value, name: &str) -> Option<f64> {
    let value = row.get(name)?;
    let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))?;
    number.is_finite().then_some(number)
}

/// The plain decimal of a number or a text.
///
/// A number was read as a float of 64 bits, which prints as the shortest decimal that gives the same float: up to 15
/// digits these are the ones that stood in the answer.
pub fn decimal(row: &Value, name: &str) -> Result<String, String> {
    match row.get(name) {
        None => Err("absent".to_owned()),
        Some(Value::Null) => Err("no number".to_owned()),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(whole.to_string()),
            (None, Some(float)) => Ok(float.to_string()),
            (None, None) => Err("no number".to_owned()),
        },
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(_) => Err("neither a number nor a text".to_owned()),
    }
}

/// As much of a foreign text as a message repeats.
pub fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

/// Whether an answer speaks of the symbol that was asked for.
///
/// # Errors
/// [`ProviderError::Malformed`] when it names another one; an answer that names none is believed.
pub fn expect_symbol(said: Option<&str>, asked: &str) -> Result<(), ProviderError> {
    match said {
        Some(said) if !said.eq_ignore_ascii_case(asked) => Err(ProviderError::Malformed {
            what: format!("asked for {asked}, answered with {:?}", shown(said)),
        }),
        _ => Ok(()),
    }
}

/// A document of a test.
#[cfg(test)]
pub fn of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A text with a few of its bytes changed, added, left out or said twice, for tests that no damage makes a reader panic.
#[cfg(test)]
pub fn damaged(text: &str) -> impl proptest::strategy::Strategy<Value = Vec<u8>> + use<> {
    use proptest::prelude::*;
    const SIGNS: &[u8] = b"0123456789-.eE\"{}[],:";
    let whole = text.as_bytes().to_vec();
    let edit = (any::<proptest::sample::Index>(), 0..5_u8, any::<u8>(), 0..20_usize);
    proptest::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut body = whole.clone();
        for (place, kind, byte, length) in edits {
            let at = place.index(body.len() + 1);
            let end = (at + length).min(body.len());
            match kind {
                0 => body.insert(at, byte),
                1 => body.truncate(at),
                2 => _ = body.drain(at..end),
                3 => {
                    let part = body[at..end].to_vec();
                    _ = body.splice(at..at, part);
                }
                _ => {
                    let sign = SIGNS[usize::from(byte) % SIGNS.len()];
                    body[at..end].iter_mut().take(1).for_each(|old| *old = sign);
                }
            }
        }
        body
    })
}

/// The document of a damaged text, where it is still one.
#[cfg(test)]
pub fn still_read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Document>(body).ok().map(|document| document.0)
}

/// Any small document, for tests that no answer makes a reader panic.
#[cfg(test)]
pub fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let names = prop_oneof![
        "[a-z]{1}",
        Just("ticker".to_owned()),
        Just("symbol".to_owned()),
        Just("date".to_owned()),
        Just("adjClose".to_owned()),
        Just("data".to_owned()),
        Just("results".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        (1_990..2_040_i32, 1..13_u32, 1..32_u32)
            .prop_map(|(year, month, day)| Value::from(format!("{year}-{month:02}-{day:02}"))),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_beyond_all_floats_are_kept_as_texts() {
        let read = |text: &str| serde_json::from_str::<Document>(text).map(|document| document.0);
        let expect = json!({"a": [1.5, "1e999", {"b": "-1e999"}], "c": "x", "d": null});
        assert_eq!(read(r#"{"a": [1.5, 1e999, {"b": -1e999}], "c": "x", "d": null}"#).unwrap(), expect);
        assert_eq!(read("[1, 2]").unwrap(), json!([1, 2]));
        assert!(read("[1e999, 2").unwrap_err().is_eof(), "an answer that breaks off is told from others");
        for depth in [60, 1_000, 100_000] {
            let text = format!("{}1e999{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(read(&text).is_ok(), depth < DEPTH_MAX, "{depth}");
        }
    }

    #[test]
    fn numbers_and_texts_become_exact_prices() {
        let row = json!({
            "a": 504.04, "b": "499.2400", "c": 127, "d": 0.1234567, "e": 1e-7, "f": 1e300, "g": null, "h": true,
            "i": "1,000", "j": "-", "k": 9_007_199_254_740_993_i64, "l": -3.5,
        });
        let show = |name| price(&row, name).map(|price| price.to_string());
        for (name, expect) in
            [("a", "504.04"), ("b", "499.24"), ("c", "127"), ("d", "0.123457"), ("e", "0"), ("l", "-3.5")]
        {
            assert_eq!(show(name), Ok(expect.to_owned()), "{name}");
        }
        for name in ["f", "g", "h", "i", "j", "k", "absent"] {
            assert!(show(name).is_err(), "{name}");
        }
    }

    #[test]
    fn volumes_are_whole_and_may_be_absent() {
        let row =
            json!({"a": 46907500, "b": 1.5e8, "c": "12.75", "d": null, "e": "many", "f": 1e30, "g": -2.5});
        for (name, expect) in [
            ("a", Ok(Some(46_907_500))),
            ("b", Ok(Some(150_000_000))),
            ("c", Ok(Some(12))),
            ("d", Ok(None)),
            ("absent", Ok(None)),
            ("g", Ok(Some(-2))),
        ] {
            assert_eq!(volume(&row, name), expect, "{name}");
        }
        assert!(volume(&row, "e").is_err() && volume(&row, "f").is_err());
    }

    #[test]
    fn an_answer_about_another_symbol_is_malformed() {
        assert!(expect_symbol(Some("brk-b"), "BRK-B").is_ok() && expect_symbol(None, "A").is_ok());
        let told = expect_symbol(Some("MSFT"), "AAPL").unwrap_err().to_string();
        assert_eq!(told, "malformed answer: asked for AAPL, answered with \"MSFT\"");
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_read_or_refused(text in "[\\[\\]{}\":,0-9e+.a-]{0,80}", bytes in "\\PC{0,60}") {
            let _ = serde_json::from_str::<Document>(&text);
            let _ = serde_json::from_str::<Document>(&bytes);
        }

        #[test]
        fn a_price_of_fifteen_digits_keeps_them(micros in 1_i64..1_000_000_000_000_000) {
            let price_of = Price::from_micros(micros);
            let row: Value = serde_json::from_str(&format!("{{\"p\": {price_of}}}")).unwrap();
            prop_assert_eq!(price(&row, "p"), Ok(price_of));
        }
    }
}
