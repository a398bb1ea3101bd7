//! The tables of other libraries' answers, and coming close to them.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata");

/// The rows of a table, each by column name.
pub fn rows(path: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(format!("{TESTDATA}/{path}")).unwrap();
    let mut text = String::new();
    if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        (&bytes[..]).read_to_string(&mut text).unwrap();
    }
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |row: csv::StringRecord| {
        header.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|row| named(row.unwrap())).collect()
}

/// Asserts agreement of a number in an answer to 1e-9 relative or 1e-12 absolute.
pub fn agree(found: &Value, expect: &str, what: &str) {
    let (found, expect) =
        (found.as_f64().unwrap_or_else(|| panic!("{what}: {found}")), expect.parse::<f64>());
    let expect = expect.unwrap();
    assert!((found - expect).abs() <= (1e-9 * expect.abs()).max(1e-12), "{what}: {found} is not {expect}");
}
