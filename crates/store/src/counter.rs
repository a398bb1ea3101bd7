//! How many statements a piece of work cost, and how long each of them took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Counts the statements executed through one handle of a store: each query and each single write is one, a bulk
/// write is one for each started [`BULK_CHUNK_ROWS_MAX`](crate::BULK_CHUNK_ROWS_MAX) rows, on both engines alike.
/// The brackets of transactions do not count; what was rolled back or tried again does.
#[derive(Debug, Clone, Default)]
pub struct StatementCounter {
    count: Arc<AtomicU64>,
}

impl StatementCounter {
    /// The statements so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, statements: u64) {
        self.count.fetch_add(statements, Ordering::Relaxed);
    }
}

/// Times one statement, from when it is handed to the engine to the last row of its answer, however it ends.
pub(crate) struct TimedStatement {
    name: &'static str,
    began_at: Instant,
}

impl TimedStatement {
    pub(crate) fn begin(name: &'static str) -> TimedStatement {
        TimedStatement { name, began_at: Instant::now() }
    }
}

impl Drop for TimedStatement {
    fn drop(&mut self) {
        let seconds = self.began_at.elapsed().as_secs_f64();
        metrics::histogram!("daybook_statement_seconds", "statement" => self.name).record(seconds);
    }
}
