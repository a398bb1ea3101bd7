//! The built binary, driven as a user would.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod access;
mod answers;
mod demo;
mod desk;
mod errors;
mod golden;
mod imports;
mod indicator;
mod option;
mod performance;
mod picture;
mod portfolio_risk;
mod prices;
mod risk;
mod sectors;
mod walk;
