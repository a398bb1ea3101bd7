//! The formats of files, and telling them from the content.

use std::fmt;
use std::str::FromStr;

use super::cells::plain;
use super::csv_rows::CsvRows;
use super::row::{Parsed, checked_content};
use super::{activity, ghostfolio, ibkr_flex, positions, yahoo};
use crate::AppError;

/// A format of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileFormat {
    /// One row a holding, with its entry and exit.
    #[default]
    Positions,
    /// One row an event.
    Activity,
    /// The export of Ghostfolio, JSON or CSV.
    Ghostfolio,
    /// The portfolio CSV of Yahoo.
    Yahoo,
    /// A Flex query of Interactive Brokers, XML or CSV.
    IbkrFlex,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [FileFormat; 5] = [
        FileFormat::Positions,
        FileFormat::Activity,
        FileFormat::Ghostfolio,
        FileFormat::Yahoo,
        FileFormat::IbkrFlex,
    ];

    /// The name used on the command line, in answers and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            FileFormat::Positions => "positions",
            FileFormat::Activity => "activity",
            FileFormat::Ghostfolio => "ghostfolio",
            FileFormat::Yahoo => "yahoo",
            FileFormat::IbkrFlex => "ibkr-flex",
        }
    }

    /// The format a content looks like. What looks like none is taken for positions, whose reader says what it lacks.
    pub fn guess(content: &[u8]) -> FileFormat {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        match content.trim_ascii_start().first() {
            Some(b'{' | b'[') => return FileFormat::Ghostfolio,
            Some(b'<') => return FileFormat::IbkrFlex,
            _ => {}
        }
        let Ok(Some(header)) = CsvRows::new(content).next_row() else { return FileFormat::Positions };
        let names: Vec<String> =
            header.cells.iter().map(|cell| plain(&String::from_utf8_lossy(cell))).collect();
        let has = |name: &str| names.iter().any(|found| found == name);
        let is_flex = ["clientaccountid", "currencyprimary", "assetclass", "assetcategory", "ibcommission"];
        if names.first().is_some_and(|first| first == "bof") || is_flex.iter().any(|name| has(name)) {
            FileFormat::IbkrFlex
        } else if has("currentprice") && has("purchaseprice") {
            FileFormat::Yahoo
        } else if has("activitytype") {
            FileFormat::Activity
        } else if has("action") && (has("datasource") || has("code")) {
            FileFormat::Ghostfolio
        } else {
            FileFormat::Positions
        }
    }

    /// Reads a file of this format.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a file that cannot be read at all: too large, no text, without the needed columns.
    pub(crate) fn parse(self, content: &[u8]) -> Result<Parsed, AppError> {
        let content = checked_content(content)?;
        match self {
            FileFormat::Positions => positions::parse(content),
            FileFormat::Activity => activity::parse(content),
            FileFormat::Ghostfolio => ghostfolio::parse(content),
            FileFormat::Yahoo => yahoo::parse(content),
            FileFormat::IbkrFlex => ibkr_flex::parse(content),
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for FileFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<FileFormat, String> {
        FileFormat::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = FileFormat::ALL.iter().map(|format| format.as_str()).collect();
            let shown: String = text.chars().take(40).collect();
            format!("{shown:?} is not one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_from_their_content() {
        for (content, expected) in [
            ("Symbol,Quantity,Entry Price Per Share,Entry Date\n", FileFormat::Positions),
            ("", FileFormat::Positions),
            ("\u{feff}# mine\ndate;symbol;activityType;amount\n", FileFormat::Activity),
            ("\n {\"activities\":[]}", FileFormat::Ghostfolio),
            ("Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n", FileFormat::Ghostfolio),
            (
                "Symbol,Current Price,Date,Time,Change,Open,High,Low,Volume,Trade Date,Purchase Price,Quantity,\
                 Commission,High Limit,Low Limit,Comment\n",
                FileFormat::Yahoo,
            ),
            ("\u{feff}<?xml version=\"1.0\"?><FlexQueryResponse/>", FileFormat::IbkrFlex),
            ("\"ClientAccountID\",\"CurrencyPrimary\",\"Symbol\"\n", FileFormat::IbkrFlex),
            ("\"BOF\",\"U1\"\n", FileFormat::IbkrFlex),
        ] {
            assert_eq!(FileFormat::guess(content.as_bytes()), expected, "{content}");
        }
    }
}
