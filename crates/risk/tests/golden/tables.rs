//! Reading the tables below `testdata`, and comparing figures with them.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;

use model::{Calendar, Date};
use risk::{Figure, History, Timeline};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata");

/// A row of a table by column name.
pub type Row = BTreeMap<String, String>;

/// The twenty stocks of the market data, in order.
pub const STOCKS: [&str; 20] = [
    "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "LLY", "MRK", "MSFT", "PEP", "PFE",
    "PG", "RRC", "UNH", "WMT", "XOM",
];

/// The text of a file below `testdata`, unpacked.
pub fn text(path: &str) -> String {
    let bytes = std::fs::read(format!("{TESTDATA}/{path}")).unwrap();
    let mut text = String::new();
    match path.ends_with(".gz") {
        true => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => (&bytes[..]).read_to_string(&mut text).unwrap(),
    };
    text
}

/// The rows of a table.
pub fn rows(path: &str) -> Vec<Row> {
    let text = text(path);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

pub fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

pub fn date(row: &Row, column: &str) -> Date {
    row[column].parse().unwrap()
}

/// Asserts agreement to 1e-9 relative or 1e-12 absolute.
pub fn agree(found: Figure, expect: f64, what: &str) {
    agree_to(found, expect, 1e-9, 1e-12, what);
}

pub fn agree_to(found: Figure, expect: f64, relative: f64, absolute: f64, what: &str) {
    let found = found.unwrap_or_else(|reason| panic!("{what} is absent: {reason}"));
    let away = (found - expect).abs();
    assert!(away <= (relative * expect.abs()).max(absolute), "{what}: {found} is not {expect}");
}

/// The closes that the golden figures were made from, by symbol.
pub struct Market {
    closes: BTreeMap<String, Vec<(Date, f64)>>,
}

impl Market {
    /// The market, read once.
    pub fn load() -> &'static Market {
        static MARKET: LazyLock<Market> = LazyLock::new(Market::read);
        &MARKET
    }

    fn read() -> Market {
        let rows = rows("market/skfolio_adjclose_wide.csv.gz");
        let symbols: Vec<String> = rows[0].keys().filter(|column| *column != "date").cloned().collect();
        let of = |symbol: &String| {
            let closes = rows.iter().filter_map(|row| Some((date(row, "date"), row[symbol].parse().ok()?)));
            closes.collect()
        };
        Market { closes: symbols.iter().map(|symbol| (symbol.clone(), of(symbol))).collect() }
    }

    pub fn history(&self, timeline: &Timeline, symbol: &str) -> History {
        let closes = &self.closes[symbol];
        let first = timeline.sessions()[0];
        let from = closes.partition_point(|(date, _)| *date < first);
        History::of_closes(timeline, closes[from..].iter().copied())
    }

    /// The close of a session.
    pub fn close(&self, symbol: &str, session: Date) -> f64 {
        let closes = &self.closes[symbol];
        closes[closes.binary_search_by_key(&session, |(date, _)| *date).unwrap()].1
    }
}

/// The sessions up to a date that any of the figures could ask for.
pub fn up_to(at: Date) -> Timeline {
    Timeline::ending(Calendar::xnys(), at, 1_100)
}

/// A history whose simple returns are the logarithmic ones of another.
pub fn of_log_returns(history: &History) -> History {
    let sessions = history.timeline().sessions().iter().copied();
    let returns = sessions.zip(history.log_returns()).filter_map(|(date, value)| Some((date, value?)));
    History::of_returns(history.timeline(), returns.collect::<Vec<_>>())
}
