//! One row of any format while it is read: its cells by column, as text, numbers and dates.

use std::borrow::Cow;
use std::sync::Arc;

use model::{Currency, Date, Money, NumberError, Price, Quantity, Symbol};

use super::{date, number};

/// The longest cell that is read, in bytes.
const CELL_BYTES_MAX: usize = 4_096;
/// The longest note that is kept with an event, in bytes.
const NOTE_BYTES_MAX: usize = 512;

/// A column of a format, by its place in the format's list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub usize);

/// The columns of a format: for each the names it goes by, the template's own first.
pub type ColumnNames = [&'static [&'static str]];

/// A fault of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cell at fault.
    pub column: Column,
    /// A stable name of the fault.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Fault {
    /// A fault of a cell.
    pub fn new(column: Column, code: &'static str, message: impl Into<String>) -> Fault {
        Fault { column, code, message: message.into() }
    }
}

/// A column's name reduced to what counts: its letters and digits, in lower case.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The cells of one row by column.
pub struct Cells<'a> {
    /// The columns as the file calls them.
    pub names: Arc<[String]>,
    /// What stands in them; empty where there is none.
    pub values: Vec<Cow<'a, [u8]>>,
    /// Whether `1,234` may be a decimal comma.
    pub has_decimal_commas: bool,
    /// Things to know about the row.
    pub notes: Vec<String>,
}

impl Cells<'_> {
    /// The bytes of a cell.
    pub fn raw(&self, column: Column) -> &[u8] {
        self.values.get(column.0).map_or(b"", |value| value.trim_ascii())
    }

    /// Whether nothing stands in a cell.
    pub fn is_empty(&self, column: Column) -> bool {
        self.raw(column).is_empty()
    }

    /// The name of a column as the file has it.
    pub fn name(&self, column: Column) -> &str {
        self.names.get(column.0).map_or("", String::as_str)
    }

    /// A symbol for the report, whatever stands there.
    pub fn shown(&self, column: Column) -> String {
        let text = String::from_utf8_lossy(self.raw(column));
        text.trim().chars().filter(|c| !c.is_control()).take(40).collect()
    }

    /// The text of a cell.
    pub fn text(&self, column: Column) -> Result<&str, Fault> {
        let raw = self.raw(column);
        if raw.len() > CELL_BYTES_MAX {
            let message =
                format!("the cell has {} bytes, at most {CELL_BYTES_MAX} are read; shorten it", raw.len());
            return Err(Fault::new(column, "cell_too_long", message));
        }
        let fault = |message: &str| Fault::new(column, "encoding", message);
        let text = std::str::from_utf8(raw)
            .map_err(|_| fault("the cell is not UTF-8 text; save the file as UTF-8"))?;
        if text.contains('\0') {
            return Err(fault("the cell has a NUL byte; take it out"));
        }
        Ok(text.trim())
    }

    /// The symbol of a cell.
    pub fn symbol(&self, column: Column) -> Result<Symbol, Fault> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Err(Fault::new(column, "symbol", "the cell is empty; write the symbol"));
        }
        text.parse().map_err(|error: model::SymbolError| Fault::new(column, "symbol", error.to_string()))
    }

    /// The date of a cell.
    pub fn date(&self, column: Column) -> Result<Date, Fault> {
        date::parse_date(self.text(column)?).map_err(|message| Fault::new(column, "date", message))
    }

    /// The currency of a cell, if one stands there.
    pub fn currency(&self, column: Column) -> Result<Option<Currency>, Fault> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = text.parse::<Currency>();
        parsed.map(Some).map_err(|error| Fault::new(column, "currency", error.to_string()))
    }

    /// The comment of a cell as a note of an event, shortened to what is kept.
    pub fn note(&mut self, column: Column) -> Result<Option<String>, Fault> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() <= NOTE_BYTES_MAX {
            return Ok(Some(text.to_owned()));
        }
        let kept = text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= NOTE_BYTES_MAX);
        let kept: String = kept.map(|(_, c)| c).collect();
        self.notes.push(format!("{} was shortened to {NOTE_BYTES_MAX} bytes", self.name(column)));
        Ok(Some(kept))
    }

    /// The broker's own name for the row, if it gives one.
    pub fn id(&self, column: Column) -> Result<Option<String>, Fault> {
        let text = self.text(column)?;
        if text.len() > 100 {
            let message = "an id has at most 100 bytes; shorten it or leave the column out";
            return Err(Fault::new(column, "id", message));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// The units of a cell, of either sign, never zero.
    pub fn quantity(&mut self, column: Column) -> Result<Quantity, Fault> {
        let quantity = self.number(column, Quantity::parse_rounded, str::parse::<Quantity>)?;
        if quantity.is_zero() {
            return Err(Fault::new(column, "quantity", "the quantity is zero; write how many units"));
        }
        if quantity.negated().is_err() {
            return Err(Fault::new(column, "number", mended(&NumberError::Overflow)));
        }
        Ok(quantity)
    }

    /// The price of a cell; zero is possible, as for shares received as a gift.
    pub fn price(&mut self, column: Column) -> Result<Price, Fault> {
        let price = self.number(column, Price::parse_rounded, str::parse::<Price>)?;
        if price.signum() < 0 {
            let message = "a price is not negative; the quantity is negative for a short";
            return Err(Fault::new(column, "price", message));
        }
        Ok(price)
    }

    /// The money of a cell, of either sign.
    pub fn money(&mut self, column: Column) -> Result<Money, Fault> {
        let money = self.number(column, Money::parse_rounded, str::parse::<Money>)?;
        if money.negated().is_err() {
            return Err(Fault::new(column, "number", mended(&NumberError::Overflow)));
        }
        Ok(money)
    }

    /// The money of a cell, zero when it is empty.
    pub fn money_or_zero(&mut self, column: Column) -> Result<Money, Fault> {
        if self.is_empty(column) { Ok(Money::ZERO) } else { self.money(column) }
    }

    /// Reads a number, rounding decimals beyond what its type holds, with a note that says so.
    pub fn number<T: std::fmt::Display>(
        &mut self,
        column: Column,
        rounded: impl Fn(&str) -> Result<T, NumberError>,
        exact: impl Fn(&str) -> Result<T, NumberError>,
    ) -> Result<T, Fault> {
        let fault = |message: String| Fault::new(column, "number", message);
        let text = self.text(column)?;
        if text.is_empty() {
            return Err(fault("the cell is empty; write a number".to_owned()));
        }
        let clean = number::clean(text, self.has_decimal_commas).map_err(fault)?;
        match exact(&clean) {
            Err(NumberError::TooPrecise { .. }) => {
                let value = rounded(&clean).map_err(|error| fault(mended(&error)))?;
                let shown: String = text.chars().take(40).collect();
                self.notes.push(format!("{} {shown} was rounded to {value}", self.name(column)));
                Ok(value)
            }
            other => other.map_err(|error| fault(mended(&error))),
        }
    }
}

/// What is wrong with a number, and how to mend it.
fn mended(error: &NumberError) -> String {
    match error {
        NumberError::Overflow => format!("{error}; correct it"),
        NumberError::Syntax { .. } | NumberError::TooPrecise { .. } => {
            format!("{error}; write plain digits, such as 1234.5")
        }
    }
}
