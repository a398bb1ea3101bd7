//! Loads and transactions as data.

use crate::statement::Statement;
use crate::table::Table;
use crate::value::Value;

/// One query of a load.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub(crate) statement: &'static Statement,
    pub(crate) values: Vec<Value>,
}

impl Query {
    /// Asks `statement` with these parameters.
    pub fn new(statement: &'static Statement, values: Vec<Value>) -> Query {
        Query { statement, values }
    }

    /// The statement it asks.
    pub fn statement(&self) -> &'static Statement {
        self.statement
    }
}

/// How many rows a write must affect; anything else rolls the whole transaction back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// This many rows: the guard of leases and revisions.
    Exactly(u64),
    /// This many rows or fewer.
    AtMost(u64),
    /// Any number of rows.
    Any,
}

impl Expect {
    /// Whether `affected` rows are as expected.
    pub fn admits(self, affected: u64) -> bool {
        match self {
            Expect::Exactly(count) => affected == count,
            Expect::AtMost(count) => affected <= count,
            Expect::Any => true,
        }
    }
}

impl std::fmt::Display for Expect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expect::Exactly(count) => write!(f, "exactly {count}"),
            Expect::AtMost(count) => write!(f, "at most {count}"),
            Expect::Any => f.write_str("any number of"),
        }
    }
}

/// What a write takes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The parameters of one execution.
    Values(Vec<Value>),
    /// The rows of a bulk statement.
    Rows(Table),
}

/// One write of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The statement to execute.
    pub statement: &'static Statement,
    /// Its parameters or rows.
    pub input: Input,
    /// How many rows it must affect.
    pub expect: Expect,
}

/// An ordered list of writes that runs whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transaction {
    writes: Vec<Write>,
}

impl Transaction {
    /// A transaction without writes.
    pub fn new() -> Transaction {
        Transaction::default()
    }

    /// Adds one execution of `statement`.
    pub fn push(&mut self, statement: &'static Statement, values: Vec<Value>, expect: Expect) -> &mut Self {
        self.writes.push(Write { statement, input: Input::Values(values), expect });
        self
    }

    /// The statement it begins with.
    pub(crate) fn first_statement(&self) -> Option<&'static Statement> {
        self.writes.first().map(|write| write.statement)
    }

    /// Adds a bulk write. A table without rows is written as such: nothing happens and zero rows count.
    pub fn push_rows(&mut self, statement: &'static Statement, rows: Table, expect: Expect) -> &mut Self {
        self.writes.push(Write { statement, input: Input::Rows(rows), expect });
        self
    }

    /// Adds the writes of another transaction behind those of this one.
    pub fn append(&mut self, other: Transaction) -> &mut Self {
        self.writes.extend(other.writes);
        self
    }

    /// The writes, in order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

/// What a committed transaction did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The rows that each write affected, in the order of the writes.
    pub affected: Vec<u64>,
}

impl Recorded {
    /// The rows that all writes together affected.
    pub fn total(&self) -> u64 {
        self.affected.iter().sum()
    }
}
