//! Upkeep of the books with the built binary: settings, deletion, backup, export, and the doctor.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod backup;
#[path = "../cli/desk.rs"]
mod desk;
mod doctor;
mod export;
mod portfolio;

use desk::Desk;

/// Runs a command that must fail with this exit code, stable code and place, and a message with these words.
#[track_caller]
fn refused(desk: &Desk, arguments: &[&str], code: i32, name: &str, place: &str, told: &str) {
    let (found, error) = desk.error(arguments);
    assert_eq!(
        (found, error["code"].as_str(), error["where"].as_str().unwrap_or("")),
        (code, Some(name), place),
        "{arguments:?}: {error}"
    );
    assert!(error["message"].as_str().unwrap().contains(told), "{told:?} is missing in {error}");
}
