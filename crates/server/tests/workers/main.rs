//! Jobs, workers and schedules of the built binary, which is killed at any moment.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod api;
mod commands;
mod desk;
mod kills;
mod onboarding;
mod uploads;
