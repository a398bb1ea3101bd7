//! Measures Daybook's bars for speed and size on generated data and prints one table.
//!
//! `cargo run --release -p bench`; `-- --quick` repeats less, `-- --only WORD` takes the scenarios with that word in
//! their names.

mod desk;
mod expected;
mod folder;
mod peer;
mod process;
mod random;
mod report;
mod scenarios;
mod series;
mod timing;
mod world;

use std::process::ExitCode;

use anyhow::{Result, bail};

use report::Line;
use scenarios::{bulk_load, compute, growth, history, refresh};

/// The reference machine has so many cores.
pub const THREAD_COUNT: usize = 2;

/// What the command line asks for.
struct Options {
    is_quick: bool,
    only: Option<String>,
}

/// How often things are repeated.
#[derive(Clone, Copy)]
pub struct Repeats {
    /// Runs of a whole process or of a bulk load; the median is told.
    pub runs: usize,
    /// Late fills, one after the other.
    pub late_fills: usize,
}

fn main() -> Result<ExitCode> {
    let options = options()?;
    let repeats = match options.is_quick {
        true => Repeats { runs: 3, late_fills: 20 },
        false => Repeats { runs: 9, late_fills: 150 },
    };
    rayon::ThreadPoolBuilder::new().num_threads(THREAD_COUNT).build_global()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREAD_COUNT).enable_all().build()?;
    type Scenario = fn(&tokio::runtime::Runtime, Repeats) -> Result<Vec<Line>>;
    let scenarios: [(&str, Scenario); 6] = [
        ("refresh-small", refresh::small),
        ("compute", compute::measure),
        ("refresh-large", refresh::large),
        ("history", history::measure),
        ("bulk-load", bulk_load::measure),
        ("growth", growth::measure),
    ];
    let mut lines = Vec::new();
    for (name, scenario) in scenarios {
        if options.only.as_ref().is_none_or(|word| name.contains(word.as_str())) {
            eprintln!("{name} …");
            lines.extend(scenario(&runtime, repeats)?);
        }
    }
    Ok(if report::print(&lines) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn options() -> Result<Options> {
    let mut options = Options { is_quick: false, only: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => options.is_quick = true,
            "--only" => options.only = arguments.next(),
            other => bail!("{other} is not known; there are --quick and --only WORD"),
        }
    }
    Ok(options)
}
