//! The binary `daybook`: command line and settings. It does no arithmetic.

mod cli;
mod commands;
mod config;
mod draft_file;
mod failure;
mod progress;
mod providers;
mod references;
mod render;

use std::process::ExitCode;

fn main() -> ExitCode {
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
