//! Reading `profiles.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use model::{InstrumentKind, Profile, Sector, Symbol};

use super::stamp::FileState;
use crate::ProviderError;

/// The most characters of a name, an industry or an exchange.
const TEXT_CHARS_MAX: usize = 200;

/// The profiles of all symbols, as the file had them.
#[derive(Debug)]
pub struct ProfileFile {
    /// State of the file when it was read; absent when there was none.
    pub state: Option<FileState>,
    by_symbol: BTreeMap<Symbol, Result<Profile, String>>,
    /// The first row that names no symbol, so that nobody can tell whose it is.
    stray: Option<String>,
}

/// Positions of the columns in a row; all but the symbol may be absent.
struct Columns {
    symbol: usize,
    name: Option<usize>,
    kind: Option<usize>,
    sector: Option<usize>,
    industry: Option<usize>,
    exchange: Option<usize>,
    currency: Option<usize>,
    whole_unit: Option<usize>,
}

impl ProfileFile {
    /// The state of the file, or `None` when there is none.
    pub fn state(folder: &Path) -> Result<Option<FileState>, ProviderError> {
        FileState::of(&folder.join("profiles.csv"))
    }

    /// Reads the file; an absent one says nothing.
    pub fn read(folder: &Path, state: Option<FileState>) -> Result<ProfileFile, ProviderError> {
        match state {
            Some(_) => {
                let content = super::read_limited(&folder.join("profiles.csv"))?;
                ProfileFile::parse(&content, state)
            }
            None => Ok(ProfileFile { state, by_symbol: BTreeMap::new(), stray: None }),
        }
    }

    /// What the file says of one symbol.
    ///
    /// # Errors
    /// [`ProviderError::NoData`] when no row names it; [`ProviderError::Malformed`] with file and line when its row, or
    /// a row that could be its own, makes no sense.
    pub fn of(&self, symbol: &Symbol) -> Result<Profile, ProviderError> {
        let malformed = |what: &String| ProviderError::Malformed { what: what.clone() };
        match self.by_symbol.get(symbol) {
            Some(row) => row.clone().map_err(|what| malformed(&what)),
            None => Err(self.stray.as_ref().map_or(ProviderError::NoData, malformed)),
        }
    }

    /// Reads the content of the file. A symbol whose row makes no sense has no profile; the others keep theirs.
    ///
    /// # Errors
    /// [`ProviderError::Malformed`] when the header lacks `symbol`, or the file is no CSV at all.
    pub fn parse(content: &[u8], state: Option<FileState>) -> Result<ProfileFile, ProviderError> {
        let malformed = |what: String| ProviderError::Malformed { what: format!("profiles.csv: {what}") };
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(content);
        let header = reader.headers().map_err(|error| malformed(error.to_string()))?;
        let columns = Columns::of(header).map_err(malformed)?;
        let mut file = ProfileFile { state, by_symbol: BTreeMap::new(), stray: None };
        for row in reader.records() {
            let row = row.map_err(|error| malformed(error.to_string()))?;
            let line = row.position().map_or(0, |at| crate::row_line(content, at.byte(), at.line()));
            file.add(&row, &columns, line);
        }
        Ok(file)
    }

    fn add(&mut self, row: &csv::StringRecord, columns: &Columns, line: u64) {
        let place = |reason: String| format!("profiles.csv line {line}: {reason}");
        match row.get(columns.symbol).unwrap_or("").parse::<Symbol>() {
            Ok(symbol) => {
                let profile = profile(row, columns).map_err(place);
                let twice = format!("{symbol} stands twice and differs");
                match self.by_symbol.get(&symbol) {
                    Some(earlier) if *earlier == profile => {}
                    Some(_) => _ = self.by_symbol.insert(symbol, Err(place(twice))),
                    None => _ = self.by_symbol.insert(symbol, profile),
                }
            }
            Err(error) => _ = self.stray.get_or_insert_with(|| place(error.to_string())),
        }
    }
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Columns, String> {
        let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        Ok(Columns {
            symbol: find("symbol").ok_or("the header has no column symbol")?,
            name: find("name"),
            kind: find("type"),
            sector: find("sector"),
            industry: find("industry"),
            exchange: find("exchange"),
            currency: find("currency"),
            whole_unit: find("whole_unit"),
        })
    }
}

/// As much of a text as a message repeats.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn profile(row: &csv::StringRecord, columns: &Columns) -> Result<Profile, String> {
    let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|text| !text.is_empty());
    let text = |name: &str, at: Option<usize>| match cell(at) {
        Some(text) if text.chars().count() > TEXT_CHARS_MAX => {
            Err(format!("{name}: at most {TEXT_CHARS_MAX} characters"))
        }
        other => Ok(other.map(str::to_owned)),
    };
    let kind: Option<InstrumentKind> = cell(columns.kind)
        .map(|text| text.to_lowercase().parse().map_err(|error| format!("type: {error}")))
        .transpose()?;
    let sector = cell(columns.sector)
        .map(|text| {
            let refuse = || format!("sector: {:?} is none of the eleven sectors", shown(text));
            Sector::from_alias(text).ok_or_else(refuse)
        })
        .transpose()?;
    let currency = cell(columns.currency)
        .map(|text| text.parse().map_err(|error| format!("currency: {error}")))
        .transpose()?;
    let is_whole_unit = cell(columns.whole_unit)
        .map(|text| match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("whole_unit: {:?} is neither true nor false", shown(text))),
        })
        .transpose()?;
    Ok(Profile {
        name: text("name", columns.name)?,
        kind,
        // Only a company is in a sector, whatever a fund of that sector is called.
        sector: sector.filter(|_| kind.is_none_or(|kind| kind == InstrumentKind::Stock)),
        industry: text("industry", columns.industry)?,
        exchange: text("exchange", columns.exchange)?,
        currency,
        is_whole_unit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Currency;
    use proptest::prelude::*;

    fn of(content: &str, symbol: &str) -> Result<Profile, ProviderError> {
        ProfileFile::parse(content.as_bytes(), None)?.of(&symbol.parse().unwrap())
    }

    /// What asking for `symbol` says.
    fn check(content: &str, symbol: &str, expect: &str) {
        assert_eq!(of(content, symbol).unwrap_err().to_string(), expect, "{content}");
    }

    #[test]
    fn every_column_is_read_and_all_but_the_symbol_may_be_absent() {
        let whole = "\u{feff}Symbol,Name,Type,Sector,Industry,Exchange,Currency,Whole_Unit\r\n\
                     # a comment\r\naapl,\"Apple, Inc.\",Stock,technology,Consumer Electronics,NASDAQ,usd,yes\r\n";
        let expect = Profile {
            name: Some("Apple, Inc.".into()),
            kind: Some(InstrumentKind::Stock),
            sector: Some(Sector::Technology),
            industry: Some("Consumer Electronics".into()),
            exchange: Some("NASDAQ".into()),
            currency: Some(Currency::USD),
            is_whole_unit: Some(true),
        };
        assert_eq!(of(whole, "AAPL"), Ok(expect));
        let names = of("name,symbol\nApple,AAPL\n,MSFT\n", "AAPL");
        assert_eq!(names, Ok(Profile { name: Some("Apple".into()), ..Profile::default() }));
        assert_eq!(of("symbol\nMSFT\n", "MSFT"), Ok(Profile::default()));
    }

    #[test]
    fn aliases_of_sectors_are_understood_and_a_fund_has_none() {
        let text = "symbol,type,sector\nJPM,stock,Financial Services\nXLF,etf,Financials\nX,,energy\n";
        assert_eq!(of(text, "JPM").unwrap().sector, Some(Sector::Financials));
        assert_eq!(of(text, "XLF").unwrap().sector, None);
        assert_eq!(of(text, "X").unwrap().sector, Some(Sector::Energy));
    }

    #[test]
    fn a_bad_row_is_told_with_its_place_to_whoever_asks_for_its_symbol() {
        let text = "symbol,type,sector,currency,whole_unit\n\nA,share,,,\nB,,Shell Companies,,\nC,,,dollar,\n\
                    D,,,,maybe\nE,,,,0\n";
        check(
            text,
            "A",
            "malformed answer: profiles.csv line 3: type: \"share\" is not one of stock, etf, fund, index, option, private",
        );
        check(
            text,
            "B",
            "malformed answer: profiles.csv line 4: sector: \"Shell Companies\" is none of the eleven sectors",
        );
        check(
            text,
            "C",
            "malformed answer: profiles.csv line 5: currency: \"dollar\" is not one of the three-letter currency codes, such as USD",
        );
        check(
            text,
            "D",
            "malformed answer: profiles.csv line 6: whole_unit: \"maybe\" is neither true nor false",
        );
        assert_eq!(of(text, "E").unwrap().is_whole_unit, Some(false));
        let long = format!("symbol,name\nA,{}\n", "x".repeat(TEXT_CHARS_MAX + 1));
        check(&long, "A", "malformed answer: profiles.csv line 2: name: at most 200 characters");
    }

    #[test]
    fn a_row_without_a_symbol_is_told_to_those_who_find_no_other() {
        let text = "symbol,name\nA,one\n../x,two\n";
        assert!(of(text, "A").is_ok());
        check(
            text,
            "B",
            "malformed answer: profiles.csv line 3: \"../x\" is not a symbol; use up to 32 letters, digits and . - _ ^ =",
        );
        check("symbol,name\nA,one\n", "B", "no data in the range asked");
    }

    #[test]
    fn a_symbol_that_stands_twice_has_a_profile_only_when_both_rows_agree() {
        assert!(of("symbol,name\nA,one\na,one\n", "A").is_ok());
        check(
            "symbol,name\nA,one\nA,two\n",
            "A",
            "malformed answer: profiles.csv line 3: A stands twice and differs",
        );
    }

    #[test]
    fn a_file_without_symbols_is_malformed() {
        check("ticker,name\nA,one\n", "A", "malformed answer: profiles.csv: the header has no column symbol");
        assert!(ProfileFile::parse(b"symbol,name\nA,\xff\xfe\n", None).is_err());
        assert!(ProfileFile::parse(b"", None).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ProfileFile::parse(&body, None);
            let with_header = [&b"symbol,name,type,sector,currency,whole_unit\n"[..], &body].concat();
            if let Ok(file) = ProfileFile::parse(&with_header, None) {
                let _ = file.of(&"A".parse().unwrap());
            }
        }
    }
}
