//! Splitting delimited text into rows of cells, each with the line it begins on.

use std::borrow::Cow;

/// The most cells of a row; more are no table.
const ROW_CELLS_MAX: usize = 1_000;

/// One row of delimited text.
#[derive(Debug, PartialEq, Eq)]
pub struct CsvRow<'a> {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells, quotes taken off.
    pub cells: Vec<Cow<'a, [u8]>>,
    /// The cell after whose closing quote more text stands.
    pub broken_cell: Option<usize>,
}

impl CsvRow<'_> {
    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim_ascii().is_empty())
    }
}

/// The rows of delimited text. Comment lines and blank lines are left out; a line may end with LF, CR LF or CR.
pub struct CsvRows<'a> {
    content: &'a [u8],
    at: usize,
    line: u64,
    delimiter: u8,
}

impl<'a> CsvRows<'a> {
    /// Text without its byte-order mark, with the delimiter of which its first row has most.
    pub fn new(content: &'a [u8]) -> CsvRows<'a> {
        CsvRows { content, at: 0, line: 1, delimiter: delimiter(content) }
    }

    /// Whether the cells are divided as places with decimal commas do.
    pub fn has_decimal_commas(&self) -> bool {
        self.delimiter == b';'
    }

    /// The next row that is not blank, or what makes the rest unreadable.
    pub fn next_row(&mut self) -> Result<Option<CsvRow<'a>>, String> {
        loop {
            match self.peek() {
                None => return Ok(None),
                Some(b'\r' | b'\n') => self.end_line(),
                Some(b'#') => {
                    while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                        self.at += 1;
                    }
                }
                Some(_) => {
                    let row = self.row()?;
                    if !row.is_blank() {
                        return Ok(Some(row));
                    }
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.content.get(self.at).copied()
    }

    /// Steps over one end of a line, whichever way it is written.
    fn end_line(&mut self) {
        let is_pair = self.content[self.at..].starts_with(b"\r\n");
        self.at += if is_pair { 2 } else { 1 };
        self.line += 1;
    }

    fn row(&mut self) -> Result<CsvRow<'a>, String> {
        let mut row = CsvRow { line: self.line, cells: Vec::new(), broken_cell: None };
        loop {
            let (cell, is_broken) = self.cell()?;
            if is_broken && row.broken_cell.is_none() {
                row.broken_cell = Some(row.cells.len());
            }
            row.cells.push(cell);
            if row.cells.len() > ROW_CELLS_MAX {
                return Err(format!(
                    "line {} has more than {ROW_CELLS_MAX} cells; is this a table?",
                    row.line
                ));
            }
            match self.peek() {
                None => return Ok(row),
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(_) => {
                    self.end_line();
                    return Ok(row);
                }
            }
        }
    }

    /// One cell, and whether text follows its closing quote.
    fn cell(&mut self) -> Result<(Cow<'a, [u8]>, bool), String> {
        if self.peek() != Some(b'"') {
            return Ok((Cow::Borrowed(self.plain()), false));
        }
        let first_line = self.line;
        self.at += 1;
        let begin = self.at;
        let mut owned: Option<Vec<u8>> = None;
        let mut copied = begin;
        loop {
            match self.peek() {
                None => {
                    return Err(format!(
                        "a quote opens on line {first_line} and is never closed; close it or take it out"
                    ));
                }
                Some(b'"') if self.content.get(self.at + 1) == Some(&b'"') => {
                    owned.get_or_insert_default().extend_from_slice(&self.content[copied..=self.at]);
                    self.at += 2;
                    copied = self.at;
                }
                Some(b'"') => break,
                Some(b'\r' | b'\n') => self.end_line(),
                Some(_) => self.at += 1,
            }
        }
        let rest = &self.content[copied..self.at];
        let cell = match owned {
            None => Cow::Borrowed(rest),
            Some(mut owned) => {
                owned.extend_from_slice(rest);
                Cow::Owned(owned)
            }
        };
        self.at += 1;
        let is_broken = !self.plain().trim_ascii().is_empty();
        Ok((cell, is_broken))
    }

    /// What stands before the next delimiter or end of a line.
    fn plain(&mut self) -> &'a [u8] {
        let begin = self.at;
        let is_end = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        let length = self.content[begin..].iter().position(is_end);
        self.at = length.map_or(self.content.len(), |length| begin + length);
        &self.content[begin..self.at]
    }
}

/// The delimiter of the first row: comma, semicolon or tab, whichever it has most of.
fn delimiter(content: &[u8]) -> u8 {
    let header = content.split(|byte| *byte == b'\n' || *byte == b'\r').find(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    });
    let count = |byte: u8| header.map_or(0, |line| line.iter().filter(|found| **found == byte).count());
    // The last of equals wins, so the comma stands last.
    [b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits text and shows each row as its line and its cells in brackets, a broken row with a mark.
    fn check(text: &str, expected: &[&str]) {
        let mut rows = CsvRows::new(text.as_bytes());
        let mut shown = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            let cells: String =
                row.cells.iter().map(|cell| format!("[{}]", String::from_utf8_lossy(cell))).collect();
            let mark = if row.broken_cell.is_some() { " broken" } else { "" };
            shown.push(format!("{} {cells}{mark}", row.line));
        }
        assert_eq!(shown, expected, "{text:?}");
    }

    #[test]
    fn rows_are_told_by_the_line_they_begin_on() {
        check("a,b\n1,2\n", &["1 [a][b]", "2 [1][2]"]);
        check("a,b\r\n\r\n# note\r\n1,2", &["1 [a][b]", "4 [1][2]"]);
        check("a,b\r1,2\r3,4", &["1 [a][b]", "2 [1][2]", "3 [3][4]"]);
        check("# x\n\na;b;c,d\n;;\n,,\n1;2", &["3 [a][b][c,d]", "5 [,,]", "6 [1][2]"]);
    }

    #[test]
    fn quotes_hold_delimiters_line_breaks_and_quotes() {
        check("a,b\n\"1,\"\"x\"\"\n2\",3\n4,5", &["1 [a][b]", "2 [1,\"x\"\n2][3]", "4 [4][5]"]);
        check("a,\"\"\n\"\" , 5\"\n", &["1 [a][]", "2 [][ 5\"]"]);
        check("a,b\n\"x\"y,2\n", &["1 [a][b]", "2 [x][2] broken"]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let told = |text: &str| {
            let mut rows = CsvRows::new(text.as_bytes());
            loop {
                match rows.next_row() {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(message) => return Some(message),
                }
            }
        };
        assert!(told("a,b\n1,\"2\n3,4\n").unwrap().contains("line 2"));
        assert!(told(&",".repeat(2_000)).unwrap().contains("cells"));
        assert_eq!(told("a\n1\n"), None);
    }
}
