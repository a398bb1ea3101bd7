//! The binary `daybook` as a library, so that tests can drive its HTTP router in process: command line, settings, HTTP.
//! It does no arithmetic.

mod cli;
mod commands;
#[doc(hidden)]
pub mod config;
mod draft_file;
#[doc(hidden)]
pub mod failure;
pub mod http;
mod progress;
mod providers;
mod references;
mod render;
mod routes;
mod wire;

use std::process::ExitCode;

/// Reads the arguments of the process, runs the command they name, and gives the code to end with.
pub fn run() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let command = match cli::parse(&arguments) {
        Ok(command) => command,
        Err(code) => return code,
    };
    let wants_json = command.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::from(anyhow::Error::from(error)).report(wants_json),
    };
    match runtime.block_on(commands::run(command)) {
        Ok(code) => code,
        Err(failure) => failure.report(wants_json),
    }
}
