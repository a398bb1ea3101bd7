//! Tables for people.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// A line under the headings, and no other.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table that is built row by row. Columns whose heading begins with `>` are aligned to the right.
pub struct Sheet {
    table: Table,
}

impl Sheet {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Sheet {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(headings.iter().map(|heading| heading.trim_start_matches('>')));
        for (at, heading) in headings.iter().enumerate() {
            if let Some(column) = table.column_mut(at) {
                column.set_padding((0, 2));
                if heading.starts_with('>') {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        Sheet { table }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().collect::<Vec<_>>());
    }

    /// The table as text, each line without blanks at its end.
    pub fn text(&self) -> String {
        self.table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}
