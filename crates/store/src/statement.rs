//! Statements are data: a name, one SQL text both engines understand, and the types that go in and come out.
//!
//! | in the text | SQLite | PostgreSQL |
//! | --- | --- | --- |
//! | `$1` | `?1` | `$1`, typed by its slot |
//! | `x IN {ids:$1}`, `x IN {texts:$1}` | `x IN (SELECT value FROM json_each(?1))` | `x = ANY($1)` |
//! | `x NOT IN {ids:$1}` | `x NOT IN (SELECT value FROM json_each(?1))` | `x <> ALL($1)` |
//! | `FROM {rows: a, b} r` | `FROM (SELECT ?1 AS a, ?2 AS b) r`, run once for each row | `FROM UNNEST($1::bigint[], $2::text[]) AS r(a, b)` |
//! | `{lock:skip}` at the end of a selection | nothing | `FOR UPDATE SKIP LOCKED` |
//!
//! A statement with `{rows: …}` is *bulk*: its parameters are the named columns, in that order, and nothing else.
//! The rows of one bulk write must not touch the same target row twice: PostgreSQL refuses that in an upsert.
//! `INSERT … SELECT … FROM {rows: …} r WHERE true ON CONFLICT …` needs its `WHERE true`, or SQLite reads the
//! `ON` as a join. Bulk deletes read `WHERE (a, b) IN (SELECT a, b FROM {rows: a, b} r)`, which both engines
//! answer from an index.

/// The type of a parameter or of a result column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A signed 64-bit integer (`INTEGER`, `BIGINT`).
    Int,
    /// A finite double (`REAL`, `DOUBLE PRECISION`).
    Real,
    /// Unicode text without NUL characters (`TEXT`).
    Text,
    /// Bytes (`BLOB`, `BYTEA`).
    Blob,
}

/// One parameter or one result column of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Its type; for a list parameter the type of one element.
    pub kind: Kind,
    /// Whether NULL may stand here.
    pub null: bool,
}

/// A registered statement. Declare them with [`statements!`](crate::statements), never by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The name errors speak of; unique among all registered statements.
    pub name: &'static str,
    /// The text, as the module documentation describes it.
    pub sql: &'static str,
    /// Parameters in order of their numbers; for a bulk statement the columns of its rows.
    pub params: &'static [Slot],
    /// Result columns; empty for a write.
    pub columns: &'static [Slot],
}

/// Declares the statements of one noun as constants, and `ALL`, the list of them.
///
/// Kinds are `int`, `real`, `text` and `blob`; a question mark lets NULL in.
///
/// # Example
/// ```
/// store::statements! {
///     /// The newest number of a counter.
///     COUNTER_READ: "SELECT value FROM counter WHERE name = $1",
///         params [text], columns [int];
///     /// Sets a counter, or clears it.
///     COUNTER_SET: "UPDATE counter SET value = $2 WHERE name = $1",
///         params [text, int?], columns [];
/// }
/// assert_eq!(ALL.len(), 2);
/// assert_eq!(COUNTER_READ.name, "COUNTER_READ");
/// assert!(COUNTER_SET.params[1].null);
/// ```
#[macro_export]
macro_rules! statements {
    ($(
        $(#[$doc:meta])*
        $name:ident: $sql:expr, params [$($params:tt)*], columns [$($columns:tt)*];
    )*) => {
        $(
            $(#[$doc])*
            pub(crate) const $name: $crate::Statement = $crate::Statement {
                name: stringify!($name),
                sql: $sql,
                params: $crate::slots!([] $($params)*),
                columns: $crate::slots!([] $($columns)*),
            };
        )*
        /// Every statement of this module.
        pub(crate) const ALL: &[&$crate::Statement] = &[$(&$name),*];
    };
}

/// The slots inside one pair of brackets of [`statements!`](crate::statements).
#[doc(hidden)]
#[macro_export]
macro_rules! slots {
    ([$($slot:expr,)*]) => { &[$($slot),*] };
    ([$($slot:expr,)*] $kind:ident ? $(, $($rest:tt)*)?) => {
        $crate::slots!(
            [$($slot,)* $crate::Slot { kind: $crate::slot_kind!($kind), null: true },] $($($rest)*)?
        )
    };
    ([$($slot:expr,)*] $kind:ident $(, $($rest:tt)*)?) => {
        $crate::slots!(
            [$($slot,)* $crate::Slot { kind: $crate::slot_kind!($kind), null: false },] $($($rest)*)?
        )
    };
}

/// The kind a word of [`statements!`](crate::statements) names.
#[doc(hidden)]
#[macro_export]
macro_rules! slot_kind {
    (int) => {
        $crate::Kind::Int
    };
    (real) => {
        $crate::Kind::Real
    };
    (text) => {
        $crate::Kind::Text
    };
    (blob) => {
        $crate::Kind::Blob
    };
}
