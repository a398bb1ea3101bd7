//! What tests share: throw-away PostgreSQL databases, a provider of market data that misbehaves on demand, and waiting
//! with a deadline. A dev-dependency only.

pub mod damage;
mod open_gate;
pub mod postgres;
pub mod provider_server;
mod wait;

pub use open_gate::OpenGate;
pub use wait::{wait_until, wait_until_blocking};
