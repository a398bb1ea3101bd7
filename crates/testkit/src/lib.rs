//! What tests share: throw-away PostgreSQL databases and waiting with a deadline. A dev-dependency only.

pub mod damage;
pub mod postgres;
mod wait;

pub use wait::{wait_until, wait_until_blocking};
