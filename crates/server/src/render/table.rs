//! Tables for people.

use std::io::IsTerminal;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// A line under the headings, and no other.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table that is built row by row.
///
/// Columns whose heading begins with `>` are aligned to the right. Those with `~` before that may be left out on a
/// terminal too narrow for all, the last of them first.
pub struct Sheet {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Clone)]
struct Column {
    heading: String,
    is_right: bool,
    may_go: bool,
}

impl Sheet {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Sheet {
        let column = |heading: &&str| {
            let (may_go, rest) = heading.strip_prefix('~').map_or((false, *heading), |rest| (true, rest));
            let (is_right, rest) = rest.strip_prefix('>').map_or((false, rest), |rest| (true, rest));
            Column { heading: rest.to_owned(), is_right, may_go }
        };
        Sheet { columns: headings.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, each line without blanks at its end, fitted to the terminal if there is one.
    pub fn text(&self) -> String {
        self.text_within(terminal_columns())
    }

    fn text_within(&self, columns_max: Option<usize>) -> String {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut left_out = Vec::new();
        let mut text = self.text_of(&shown);
        while let Some(max) = columns_max
            && text.lines().any(|line| line.chars().count() > max)
            && let Some(at) = shown.iter().rposition(|column| self.columns[*column].may_go)
        {
            left_out.push(self.columns[shown.remove(at)].heading.as_str());
            text = self.text_of(&shown);
        }
        if !left_out.is_empty() {
            left_out.reverse();
            text.push_str(&format!("(left out for want of width: {})\n", left_out.join(", ")));
        }
        text
    }

    fn text_of(&self, shown: &[usize]) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(shown.iter().map(|column| self.columns[*column].heading.as_str()));
        for (at, column) in shown.iter().enumerate() {
            if let Some(drawn) = table.column_mut(at) {
                drawn.set_padding((0, u16::from(at + 1 < shown.len())));
                if self.columns[*column].is_right {
                    drawn.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        for row in &self.rows {
            table.add_row(shown.iter().map(|column| row.get(*column).map_or("", String::as_str)));
        }
        table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// How many columns the terminal has that standard output goes to; `None` when it goes elsewhere.
fn terminal_columns() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["name", ">equity", "~state", "~>count"]);
        sheet.row(["Core".to_owned(), "1,000.00".to_owned(), "final".to_owned(), "12".to_owned()]);
        sheet.row(["Short row".to_owned(), "5.00".to_owned()]);
        sheet
    }

    #[test]
    fn columns_are_aligned_and_lines_end_with_their_last_character() {
        let text = sheet().text_within(None);
        let expected = "name         equity  state  count\n\
                        ─────────────────────────────────\n\
                        Core       1,000.00  final     12\n\
                        Short row      5.00\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_narrow_terminal_shows_fewer_columns_and_says_which_are_missing() {
        let wide = sheet().text_within(Some(33));
        assert_eq!(wide, sheet().text_within(None));
        let narrow = sheet().text_within(Some(32));
        assert!(narrow.starts_with("name         equity  state\n"), "{narrow}");
        assert!(narrow.ends_with("(left out for want of width: count)\n"), "{narrow}");
        let narrowest = sheet().text_within(Some(1));
        assert!(narrowest.starts_with("name         equity\n"), "{narrowest}");
        assert!(narrowest.ends_with("(left out for want of width: state, count)\n"), "{narrowest}");
    }
}
