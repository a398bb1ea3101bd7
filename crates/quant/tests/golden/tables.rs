//! Reading the tables below `testdata`, and comparing figures with them.

use std::collections::BTreeMap;
use std::io::Read;

use model::Date;
use quant::{Figure, ReturnSeries, simple_returns};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata");

/// The rows of a table, each by column name.
pub fn rows(path: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(format!("{TESTDATA}/{path}")).unwrap();
    let mut text = String::new();
    match path.ends_with(".gz") {
        true => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => (&bytes[..]).read_to_string(&mut text).unwrap(),
    };
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

pub fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

pub fn date(row: &BTreeMap<String, String>, column: &str) -> Date {
    row[column].parse().unwrap()
}

/// Asserts agreement to 1e-9 relative or 1e-12 absolute.
pub fn agree(found: Figure, expect: f64, what: &str) {
    let found = found.unwrap_or_else(|reason| panic!("{what} is absent: {reason}"));
    let away = (found - expect).abs();
    assert!(away <= (1e-9 * expect.abs()).max(1e-12), "{what}: {found} is not {expect}");
}

/// The simple returns of the closes that the golden performance was made from, by symbol.
pub struct Market {
    series: BTreeMap<String, Vec<(Date, Option<f64>)>>,
}

impl Market {
    pub fn load() -> Market {
        let rows = rows("market/skfolio_adjclose_wide.csv.gz");
        let dates: Vec<Date> = rows.iter().map(|row| date(row, "date")).collect();
        let columns: Vec<String> = rows[0].keys().filter(|column| *column != "date").cloned().collect();
        let mut series = BTreeMap::new();
        for column in columns {
            let closes: Vec<(Date, Option<f64>)> =
                rows.iter().zip(&dates).map(|(row, date)| (*date, row[&column].parse().ok())).collect();
            let returns = simple_returns(&closes).into_iter();
            series.insert(column, returns.map(|(date, figure)| (date, figure.ok())).collect());
        }
        let mut market = Market { series };
        market.add_mixtures();
        market
    }

    /// EQW20 and 6040 as the header of the golden file defines them.
    fn add_mixtures(&mut self) {
        let others = ["MTUM", "QUAL", "SIZE", "USMV", "VLUE", "SP500"];
        let stocks: Vec<String> =
            self.series.keys().filter(|symbol| !others.contains(&symbol.as_str())).cloned().collect();
        assert_eq!(stocks.len(), 20);
        let equal: Vec<(String, f64)> = stocks.into_iter().map(|symbol| (symbol, 0.05)).collect();
        let mixed = vec![("SP500".to_owned(), 0.6), ("KO".to_owned(), 0.4)];
        for (name, weights) in [("EQW20", equal), ("6040", mixed)] {
            let series = self.mixture(&weights);
            self.series.insert(name.to_owned(), series);
        }
    }

    fn mixture(&self, weights: &[(String, f64)]) -> Vec<(Date, Option<f64>)> {
        let dates = self.series["SP500"].iter().map(|(date, _)| *date).enumerate();
        let at = |index: usize| {
            weights.iter().map(|(symbol, weight)| Some(weight * self.series[symbol][index].1?)).sum()
        };
        dates.map(|(index, date)| (date, at(index))).collect()
    }

    /// The returns of a symbol within two dates, both included.
    pub fn between(&self, symbol: &str, first: Date, last: Date) -> ReturnSeries {
        let entries = self.series[symbol].iter().copied();
        ReturnSeries::new(entries.filter(|(date, _)| (first..=last).contains(date))).unwrap()
    }
}
