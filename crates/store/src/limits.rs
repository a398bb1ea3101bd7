//! What the store may use and how long it waits.

/// Limits of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreLimits {
    /// SQLite: connections that read, each on its own thread, opened when first needed.
    pub reader_count_max: usize,
    /// SQLite: loads and transactions each that wait or run at once; further callers wait for room.
    pub queue_length_max: usize,
    /// SQLite: how long to wait for another process that holds the file.
    pub busy_wait_ms_max: u32,
    /// PostgreSQL: connections in the pool.
    pub pool_size_max: usize,
    /// PostgreSQL: how long to wait for a free connection of the pool.
    pub pool_wait_ms_max: u32,
    /// PostgreSQL: how long to wait for a new connection.
    pub connect_wait_ms_max: u32,
}

impl Default for StoreLimits {
    fn default() -> StoreLimits {
        StoreLimits {
            reader_count_max: 4,
            queue_length_max: 1_024,
            busy_wait_ms_max: 5_000,
            pool_size_max: 8,
            pool_wait_ms_max: 10_000,
            connect_wait_ms_max: 5_000,
        }
    }
}
