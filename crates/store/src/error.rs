//! What can go wrong in the store.

use std::error::Error;

use crate::transaction::Expect;

/// The driver's own error, kept as the source of ours.
pub type Cause = Box<dyn Error + Send + Sync + 'static>;

/// Which kind of constraint a write met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A primary key or a unique index.
    Unique,
    /// A reference to a row that is not there, or from a row that still is.
    ForeignKey,
    /// A column that must have a value.
    NotNull,
    /// A check, or in SQLite the type of a strict column.
    Check,
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Constraint::Unique => "unique",
            Constraint::ForeignKey => "foreign key",
            Constraint::NotNull => "not null",
            Constraint::Check => "check",
        })
    }
}

/// Every error of this crate. None of them carries a password or a parameter's value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The text does not name a database.
    #[error("the database url is not usable: {reason}")]
    BadUrl {
        /// What is wrong with it, without repeating it.
        reason: &'static str,
    },
    /// The database cannot be reached or opened, or the connection was lost. A transaction whose commit was under
    /// way may or may not have happened.
    #[error("{place} is unavailable")]
    Unavailable {
        /// Which database, without its password.
        place: String,
        /// What the driver said.
        source: Option<Cause>,
    },
    /// Others hold the database; trying again later may succeed. Nothing was written.
    #[error("the database is busy: {reason}")]
    Busy {
        /// Who holds what.
        reason: String,
        /// What the driver said.
        source: Option<Cause>,
    },
    /// A constraint refused a write; the transaction was rolled back.
    #[error("{statement} breaks the {which} constraint {name}")]
    Constraint {
        /// The statement that was refused.
        statement: &'static str,
        /// What kind of constraint.
        which: Constraint,
        /// Its name (PostgreSQL) or its columns (SQLite).
        name: String,
        /// What the driver said.
        source: Cause,
    },
    /// A write affected another number of rows than it must; the transaction was rolled back. This is how a lost
    /// race for a lease or a revision shows.
    #[error("write {index} ({statement}) affected {affected} rows instead of {expected}")]
    Guard {
        /// The statement of the write.
        statement: &'static str,
        /// The place of the write in its transaction, from zero.
        index: usize,
        /// What it expected.
        expected: Expect,
        /// What it affected.
        affected: u64,
    },
    /// The disk, or the database's own limit, is full; the transaction was rolled back.
    #[error("the database has no room left")]
    Full {
        /// What the driver said.
        source: Cause,
    },
    /// The file is damaged or is no database.
    #[error("{place} is damaged or is no database")]
    Corrupt {
        /// Which file.
        place: String,
        /// What the driver said.
        source: Cause,
    },
    /// A database without a file cannot be copied as one.
    #[error("this database is no file; its own tool for that is {tool}")]
    NoFile {
        /// The public tool of the engine.
        tool: &'static str,
    },
    /// A file is in the way; it is left as it is.
    #[error("{place} exists already and is not overwritten; give another name")]
    FileExists {
        /// Which file.
        place: String,
    },
    /// A file is a database of something else.
    #[error("{place} is no database of daybook; it is left as it is")]
    NotBooks {
        /// Which file.
        place: String,
    },
    /// A database has books that would be lost.
    #[error("{place} holds {portfolio_count} portfolios; back it up, and say --yes if they may go")]
    HasBooks {
        /// Which file.
        place: String,
        /// How many portfolios it has.
        portfolio_count: u64,
    },
    /// A later version of the program wrote this database.
    #[error("the schema has version {found} and this program knows it up to {known}")]
    Newer {
        /// The version of the database.
        found: u32,
        /// The last version this program knows.
        known: u32,
    },
    /// The database must be migrated before it is used.
    #[error("the schema has version {found} and must be migrated to {known}; `daybook migrate` does it")]
    NeedsMigration {
        /// The version of the database; zero when it is empty.
        found: u32,
        /// The version this program needs.
        known: u32,
    },
    /// A migration failed and was rolled back.
    #[error("migration {version} ({name}) failed")]
    Migration {
        /// Its number.
        version: u32,
        /// Its name.
        name: &'static str,
        /// What the driver said.
        source: Cause,
    },
    /// A call does not fit its statement, or the statement's text does not fit its declaration.
    #[error("statement {statement} is used wrongly: {reason}")]
    Statement {
        /// The statement.
        statement: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A result is not what the statement declares.
    #[error("column {column} of {statement} {reason}")]
    Decode {
        /// The statement.
        statement: &'static str,
        /// The column, from zero.
        column: usize,
        /// How it differs.
        reason: &'static str,
    },
    /// A stored value means nothing; something else than this program wrote it.
    #[error("the stored {what} {value:?} means nothing")]
    Invalid {
        /// What it should be.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The worker that ran the request panicked; what it wrote was rolled back.
    #[error("the database worker failed while it ran the request")]
    Worker,
    /// The engine refused a statement for a reason that has no variant of its own.
    #[error("statement {statement} failed")]
    Engine {
        /// The statement.
        statement: &'static str,
        /// What the driver said.
        source: Cause,
    },
}

impl StoreError {
    /// Whether a write lost a race: its guard did not hold.
    pub fn is_guard(&self) -> bool {
        matches!(self, StoreError::Guard { .. })
    }
}
