//! Where the books live: registered statements, consistent loads and guarded transactions over two engines, SQLite
//! and PostgreSQL. It computes nothing.
//!
//! Reads and writes are data. A *load* is a list of [`Query`]s answered from one snapshot; a [`Transaction`] is a
//! list of writes, each with the row count it must affect, that runs whole or not at all. Both name statements that
//! a noun module declares with [`statements!`] in a text both engines understand. Nothing blocks the async executor.

pub mod actions;
mod backup;
pub mod bars;
pub mod batches;
pub mod books;
pub mod budgets;
pub mod change;
pub mod checks;
pub mod closes;
mod counter;
pub mod coverage;
mod engine;
mod error;
pub mod events;
mod expand;
pub mod failures;
pub mod fetches;
pub mod instruments;
pub mod jobs;
pub mod leases;
mod limits;
pub mod logins;
pub mod mappings;
mod migrate;
pub mod onboarding;
pub mod portfolios;
pub mod positions;
pub mod private_symbols;
pub mod profiles;
pub mod registry;
pub mod risks;
pub mod schedules;
pub mod sectors;
pub mod sessions;
pub mod snapshots;
mod statement;
mod store;
mod stored;
mod table;
pub mod tokens;
mod transaction;
pub mod universe;
mod url;
pub mod users;
mod value;

pub use backup::{Backup, Restored};
pub use counter::StatementCounter;
pub use engine::BULK_CHUNK_ROWS_MAX;
pub use error::{Cause, Constraint, StoreError};
pub use limits::StoreLimits;
pub use migrate::{KNOWN as SCHEMA_VERSION_KNOWN, Migrated};
pub use statement::{Kind, Slot, Statement};
pub use store::{DATABASE_SPAN, Store};
pub use table::{Column, Table};
pub use transaction::{Expect, Input, Query, Recorded, Transaction, Write};
pub use url::StoreUrl;
pub use value::Value;
