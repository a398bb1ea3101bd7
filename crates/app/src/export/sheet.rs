//! Pages as CSV that a spreadsheet cannot take for a program.

use std::borrow::Cow;
use std::io::Write;

use super::{Cells, Page};

/// A CSV file that is being written: headings once, then pages.
pub struct CsvSheet<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvSheet<W> {
    /// Begins a file with the headings of its pages.
    ///
    /// # Errors
    /// What writing can give.
    pub fn new(out: W, headings: &Page) -> std::io::Result<CsvSheet<W>> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(headings.columns.iter().map(|column| column.name))?;
        Ok(CsvSheet { writer })
    }

    /// Adds the rows of a page.
    ///
    /// # Errors
    /// What writing can give.
    pub fn add(&mut self, page: &Page) -> std::io::Result<()> {
        for row in 0..page.row_count() {
            for column in &page.columns {
                self.writer.write_field(cell(&column.cells, row).as_bytes())?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// What writing can give.
    pub fn end(self) -> std::io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

fn cell(cells: &Cells, row: usize) -> Cow<'_, str> {
    fn shown<T: ToString>(value: Option<T>) -> Cow<'static, str> {
        value.map_or(Cow::Borrowed(""), |value| value.to_string().into())
    }
    match cells {
        Cells::Text(cells) => cells[row].as_deref().map_or(Cow::Borrowed(""), safe_text),
        Cells::Date(cells) => shown(Some(cells[row])),
        Cells::Money(cells) => shown(cells[row]),
        Cells::Price(cells) => shown(cells[row]),
        Cells::Quantity(cells) => shown(cells[row]),
        Cells::Whole(cells) => shown(cells[row]),
        Cells::Real(cells) => shown(cells[row]),
        Cells::Flag(cells) => shown(Some(cells[row])),
    }
}

/// A text that a spreadsheet does not take for a formula: one that begins like a formula gets an apostrophe before
/// it, which spreadsheets hide.
///
/// # Example
/// ```
/// assert_eq!(app::safe_text("=1+1"), "'=1+1");
/// assert_eq!(app::safe_text("AAPL"), "AAPL");
/// ```
pub fn safe_text(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text_and_numbers_stay_numbers() {
        let texts = ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "a=b", "it's, \"so\"\nand so"];
        let page = Page {
            columns: vec![
                Column {
                    name: "note",
                    cells: Cells::Text(texts.iter().map(|text| Some((*text).to_owned())).collect()),
                },
                Column {
                    name: "amount",
                    cells: Cells::Money(vec![Some(model::Money::from_micros(-1_500_000)); texts.len()]),
                },
            ],
        };
        let mut sheet = CsvSheet::new(Vec::new(), &page).unwrap();
        sheet.add(&page).unwrap();
        let written = String::from_utf8(sheet.end().unwrap()).unwrap();
        let expected = "note,amount\n'=cmd(),-1.5\n'+1,-1.5\n'-1,-1.5\n'@x,-1.5\n'\tx,-1.5\n\"'\rx\",-1.5\na=b,-1.5\n\
            \"it's, \"\"so\"\"\nand so\",-1.5\n";
        assert_eq!(written, expected);
    }
}
