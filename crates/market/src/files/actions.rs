//! Reading `splits.csv` and `dividends.csv`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use model::{Actions, Date, Dividend, Price, Ratio, Split, Symbol};

use super::stamp::FileState;
use crate::{ProviderError, RefusedRow};

/// Splits and dividends of all symbols, as the two files had them.
#[derive(Debug)]
pub struct ActionFiles {
    /// State of `splits.csv` and `dividends.csv` when they were read.
    pub states: [Option<FileState>; 2],
    by_symbol: BTreeMap<Symbol, (Actions, Vec<RefusedRow>)>,
    /// Refused rows that name no symbol, until they are told.
    stray: Mutex<Vec<RefusedRow>>,
}

impl ActionFiles {
    /// The states of both files.
    pub fn states(folder: &Path) -> Result<[Option<FileState>; 2], ProviderError> {
        Ok([FileState::of(&folder.join("splits.csv"))?, FileState::of(&folder.join("dividends.csv"))?])
    }

    /// Reads both files; one that is absent says nothing.
    pub fn read(folder: &Path, states: [Option<FileState>; 2]) -> Result<ActionFiles, ProviderError> {
        let mut files = ActionFiles { states, by_symbol: BTreeMap::new(), stray: Mutex::default() };
        if states[0].is_some() {
            files.read_rows(folder, "splits.csv", "ratio", |actions, ex_date, text| {
                let ratio: Ratio = text.parse().map_err(|error| format!("ratio: {error}"))?;
                actions.splits.push(Split { ex_date, ratio });
                Ok(())
            })?;
        }
        if states[1].is_some() {
            files.read_rows(folder, "dividends.csv", "amount", |actions, ex_date, text| {
                let amount = Price::parse_rounded(text).map_err(|error| format!("amount: {error}"))?;
                if amount.signum() <= 0 {
                    return Err("amount: a dividend is above zero".to_owned());
                }
                actions.dividends.push(Dividend { ex_date, amount });
                Ok(())
            })?;
        }
        for (actions, _) in files.by_symbol.values_mut() {
            actions.splits.sort_by_key(|split| split.ex_date);
            actions.dividends.sort_by_key(|paid| paid.ex_date);
        }
        Ok(files)
    }

    /// What is known of one symbol, and the refused rows that name it.
    pub fn of(&self, symbol: &Symbol) -> (Actions, Vec<RefusedRow>) {
        self.by_symbol.get(symbol).cloned().unwrap_or_default()
    }

    /// The refused rows that name no symbol, once.
    pub fn take_stray(&self) -> Vec<RefusedRow> {
        std::mem::take(&mut self.stray.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read_rows(
        &mut self,
        folder: &Path,
        file: &str,
        value: &str,
        add: impl Fn(&mut Actions, Date, &str) -> Result<(), String>,
    ) -> Result<(), ProviderError> {
        let malformed = |what: String| ProviderError::Malformed { what: format!("{file}: {what}") };
        let content = super::read_limited(&folder.join(file))?;
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(content);
        let header = reader.headers().map_err(|error| malformed(error.to_string()))?.clone();
        let find = |name: &str| {
            let at = header.iter().position(|column| column.eq_ignore_ascii_case(name));
            at.ok_or_else(|| malformed(format!("the header has no column {name}")))
        };
        let (symbol_at, date_at, value_at) = (find("symbol")?, find("ex_date")?, find(value)?);
        for row in reader.records() {
            let row = row.map_err(|error| malformed(error.to_string()))?;
            let line = row.position().map_or(0, |at| crate::row_line(content, at.byte(), at.line()));
            let place = format!("{file} line {line}");
            let symbol: Symbol = match row.get(symbol_at).unwrap_or("").parse() {
                Ok(symbol) => symbol,
                Err(error) => {
                    let reason = model::SymbolError::to_string(&error);
                    self.stray
                        .get_mut()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(RefusedRow { place, reason });
                    continue;
                }
            };
            let (actions, refused) = self.by_symbol.entry(symbol).or_default();
            let ex_date = row.get(date_at).unwrap_or("").parse().map_err(|error| format!("ex_date: {error}"));
            let added = ex_date.and_then(|ex_date| add(actions, ex_date, row.get(value_at).unwrap_or("")));
            if let Err(reason) = added {
                refused.push(RefusedRow { place, reason });
            }
        }
        Ok(())
    }
}
