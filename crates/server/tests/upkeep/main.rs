//! Upkeep of the books with the built binary: settings, deletion, backup, export, and the doctor.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

#[path = "../cli/desk.rs"]
mod desk;
mod portfolio;
