//! The built binary against a provider of market data on this machine.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod addresses;
mod desk;
mod keys;
mod memory;
mod modes;
mod processes;
mod refresh;
mod splits;
mod uploads;
