//! Flex queries of Interactive Brokers, XML or CSV: executions, cash transactions and corporate actions.

mod cash;
mod sections;
mod trade;
mod xml;

use model::Date;

use super::amounts;
use super::asset::{Asset, Class};
use super::cells::{Cells, Column, Fault, plain};
use super::row::{Parsed, unreadable};
use crate::AppError;

const SYMBOL: Column = Column(0);
const DATE_TIME: Column = Column(1);
const TRADE_DATE: Column = Column(2);
const SETTLE_DATE: Column = Column(3);
const QUANTITY: Column = Column(4);
const PRICE: Column = Column(5);
const COMMISSION: Column = Column(6);
const COMMISSION_CURRENCY: Column = Column(7);
const TAXES: Column = Column(8);
const CURRENCY: Column = Column(9);
const BUY_SELL: Column = Column(10);
const CATEGORY: Column = Column(11);
const PUT_CALL: Column = Column(12);
const STRIKE: Column = Column(13);
const EXPIRY: Column = Column(14);
const MULTIPLIER: Column = Column(15);
const UNDERLYING: Column = Column(16);
const LEVEL: Column = Column(17);
const TYPE: Column = Column(18);
const AMOUNT: Column = Column(19);
const DESCRIPTION: Column = Column(20);
const TRANSACTION_ID: Column = Column(21);
const TRADE_ID: Column = Column(22);

/// Names of XML attributes, and of the headers of the CSV where they differ.
const COLUMNS: [&[&str]; 23] = [
    &["symbol"],
    &["dateTime"],
    &["tradeDate"],
    &["settleDate", "reportDate"],
    &["quantity"],
    &["tradePrice", "price"],
    &["ibCommission", "commission"],
    &["ibCommissionCurrency", "commissionCurrency"],
    &["taxes"],
    &["currency", "CurrencyPrimary"],
    &["buySell"],
    &["assetCategory", "AssetClass"],
    &["putCall"],
    &["strike"],
    &["expiry"],
    &["multiplier"],
    &["underlyingSymbol"],
    &["levelOfDetail"],
    &["type"],
    &["amount"],
    &["description"],
    &["transactionID"],
    &["tradeID"],
];

/// What a record of a Flex query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Record {
    /// One execution, or an order where a query has no executions.
    Trade,
    /// Money that came or went.
    Cash,
    /// Something that happened to a holding.
    CorporateAction,
}

/// Reads a Flex query. Records that make no sense are reported, not returned.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Parsed, AppError> {
    let is_xml = content.trim_ascii_start().first() == Some(&b'<');
    let reading = if is_xml { xml::parse(content)? } else { sections::parse(content)? };
    reading.finish()
}

/// Records while they are taken, and what is left out of them.
struct Reading {
    parsed: Parsed,
    has_executions: bool,
    summary_count: usize,
    split_count: usize,
    /// Names of records nobody reads, as many as are shown.
    unread: Vec<(String, usize)>,
}

impl Reading {
    /// How many names of unread records are told.
    const UNREAD_SHOWN_MAX: usize = 10;

    fn new(parsed: Parsed, has_executions: bool) -> Reading {
        Reading { parsed, has_executions, summary_count: 0, split_count: 0, unread: Vec::new() }
    }

    /// Takes one record. `usual_level` is the level of detail of records that state none.
    fn take(
        &mut self,
        number: u64,
        record: Record,
        usual_level: &str,
        mut cells: Cells<'_>,
        fault: Option<Fault>,
    ) -> Result<(), AppError> {
        let level = plain(&String::from_utf8_lossy(cells.raw(LEVEL)));
        let level = if level.is_empty() { usual_level } else { level.as_str() };
        let is_summary = match record {
            Record::Trade if self.has_executions => level != "execution",
            Record::Trade => level != "order" && level != "execution",
            Record::Cash | Record::CorporateAction => level == "summary",
        };
        if is_summary && fault.is_none() {
            self.summary_count += 1;
            return Ok(());
        }
        let kind = plain(&String::from_utf8_lossy(cells.raw(TYPE)));
        if record == Record::CorporateAction && ["fs", "rs", "forwardsplit", "reversesplit"].contains(&&*kind)
        {
            self.split_count += 1;
            return Ok(());
        }
        let read = fault.map_or_else(
            || match record {
                Record::Trade => trade::read(&mut cells),
                Record::Cash => cash::read(&mut cells),
                Record::CorporateAction => Err(cash::corporate_action(&cells)),
            },
            Err,
        );
        self.parsed.take(number, SYMBOL, cells, read)
    }

    /// Counts a record that nobody reads.
    fn leave_out(&mut self, name: &str) {
        if let Some((_, count)) = self.unread.iter_mut().find(|(found, _)| found == name) {
            *count += 1;
        } else if self.unread.len() < Reading::UNREAD_SHOWN_MAX {
            self.unread.push((name.chars().take(40).collect(), 1));
        }
    }

    fn finish(mut self) -> Result<Parsed, AppError> {
        if self.parsed.reports.is_empty() {
            let message =
                "the file has no trades and no cash transactions; add these sections to the Flex query";
            return Err(unreadable(message));
        }
        if self.summary_count > 0 {
            let told = format!("{} summaries of orders, lots and symbols are left out", self.summary_count);
            self.parsed.notes.push(told);
        }
        if self.split_count > 0 {
            let told = "splits come with the market data; those of the file are left out";
            self.parsed.notes.push(format!("{told} ({})", self.split_count));
        }
        if !self.unread.is_empty() {
            let names: Vec<String> =
                self.unread.iter().map(|(name, count)| format!("{name} ({count})")).collect();
            self.parsed.notes.push(format!("not read: {}", names.join(", ")));
        }
        Ok(self.parsed)
    }
}

/// The first of the columns in which a date stands, read.
fn date(cells: &Cells<'_>, columns: [Column; 2]) -> Result<(Date, Column), Fault> {
    let column = columns.into_iter().find(|column| !cells.is_empty(*column)).unwrap_or(columns[0]);
    Ok((cells.date(column)?, column))
}

/// The id the broker gave, which names a record in every query it stands in.
fn id(cells: &Cells<'_>) -> Result<Option<String>, Fault> {
    match cells.id(TRANSACTION_ID)? {
        Some(id) => Ok(Some(id)),
        None => Ok(cells.id(TRADE_ID)?.map(|id| format!("trade-{id}"))),
    }
}

/// What a record is about, by its category; options bring their terms.
fn asset(cells: &mut Cells<'_>) -> Result<Asset, Fault> {
    let category = cells.text(CATEGORY)?.to_ascii_uppercase();
    match category.as_str() {
        "" | "STK" | "ETF" | "FUND" | "CRYPTO" => {
            let asset = Asset::quoted(cells, SYMBOL, true)?;
            Ok(if category.is_empty() { asset } else { Asset { class: Class::Public, ..asset } })
        }
        "OPT" => Ok(Asset { symbol: cells.symbol(SYMBOL)?, class: Class::Option(trade::contract(cells)?) }),
        "CASH" => {
            let message =
                "currency conversions are not taken; a portfolio has one currency, take the row out";
            Err(Fault::new(CATEGORY, "class", message))
        }
        _ => {
            let message = format!(
                "holdings of category {:?} are not kept; take the row out (STK, FUND, CRYPTO and OPT are known)",
                cells.shown(CATEGORY)
            );
            Err(Fault::new(CATEGORY, "class", message))
        }
    }
}

#[cfg(test)]
mod tests;
