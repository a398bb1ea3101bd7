//! What became of a file and of each of its rows.

use model::{BatchId, Date, EventKind, Symbol};

use super::FileFormat;

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// It was taken, or would be.
    Ok,
    /// Its events are in the books already.
    Duplicate,
    /// It was taken, and nothing is known of its symbol yet.
    UnknownSymbol,
    /// It was refused.
    Error {
        /// The column at fault, as the file calls it.
        column: String,
        /// A stable name of the fault.
        code: &'static str,
        /// What is wrong and how to mend it.
        message: String,
    },
}

/// What became of one row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// Where it stands, as [`ImportReport::counted_by`] says.
    pub line: u64,
    /// Its symbol as written.
    pub symbol: String,
    /// What became of it.
    pub state: RowState,
    /// Things to know about a row that was taken.
    pub notes: Vec<String>,
}

/// What the numbers of rows count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountedBy {
    /// Lines of the file, the first being 1; a row is told by the line it begins on.
    #[default]
    Line,
    /// Entries of a JSON or XML file, the first being 1, wherever its line breaks are.
    Entry,
}

impl CountedBy {
    /// The word that goes before the number.
    pub const fn as_str(self) -> &'static str {
        match self {
            CountedBy::Line => "line",
            CountedBy::Entry => "entry",
        }
    }
}

/// An automatic dividend or split that an imported one takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacedAction {
    /// Whose.
    pub symbol: Symbol,
    /// Dividend or split.
    pub kind: EventKind,
    /// The ex-date of the automatic one.
    pub ex_date: Date,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The file.
    pub file_name: Option<String>,
    /// The format it was read as.
    pub format: FileFormat,
    /// Whether the format was told from the content.
    pub is_format_guessed: bool,
    /// What the numbers of its rows count.
    pub counted_by: CountedBy,
    /// Its rows, in order.
    pub rows: Vec<RowReport>,
    /// Things to know about the file as a whole.
    pub notes: Vec<String>,
    /// Automatic dividends and splits that its own take the place of.
    pub replaced: Vec<ReplacedAction>,
    /// Symbols the providers were asked about, and that are taken though they are not in the universe yet.
    pub pending: Vec<Symbol>,
    /// Events that are new.
    pub event_count: usize,
    /// The batch its events belong to, when there are any.
    pub batch: Option<BatchId>,
}

impl ImportReport {
    /// How many rows were refused.
    pub fn error_count(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.state, RowState::Error { .. })).count()
    }
}
