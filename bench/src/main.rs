//! Measures Daybook's bars for speed and size on generated data and prints one table.
//!
//! `cargo run --release -p bench`; `-- --quick` repeats less, `-- --only WORD` takes the scenarios with that word in
//! their names, `-- --write DIR` measures nothing and leaves the sets and their databases in a folder.

mod desk;
mod expected;
mod folder;
mod peers;
mod postings;
mod process;
mod random;
mod report;
mod scenarios;
mod series;
mod serving;
mod slow_market;
mod timing;
mod world;
mod wrk;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use desk::Desk;
use report::Line;
use scenarios::{
    bulk_load, cached_reads, compute, growth, history, http_load, portfolio_risk, refresh, risk,
};
use world::{HISTORY, LARGE, SMALL, World};

/// The reference machine has so many cores.
pub const THREAD_COUNT: usize = 2;

/// What the command line asks for.
struct Options {
    is_quick: bool,
    only: Option<String>,
    write: Option<PathBuf>,
}

/// How often things are repeated.
#[derive(Clone, Copy)]
pub struct Repeats {
    /// Runs of a whole process or of a bulk load; the median is told.
    pub runs: usize,
    /// Late fills, one after the other.
    pub late_fills: usize,
    /// Rounds of readers alone and beside fetches.
    pub rounds: usize,
}

fn main() -> Result<ExitCode> {
    let options = options()?;
    let repeats = match options.is_quick {
        true => Repeats { runs: 3, late_fills: 20, rounds: 2 },
        false => Repeats { runs: 9, late_fills: 150, rounds: 5 },
    };
    rayon::ThreadPoolBuilder::new().num_threads(THREAD_COUNT).build_global()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREAD_COUNT).enable_all().build()?;
    if let Some(folder) = options.write {
        runtime.block_on(write_sets(&folder))?;
        return Ok(ExitCode::SUCCESS);
    }
    type Scenario = fn(&tokio::runtime::Runtime, Repeats) -> Result<Vec<Line>>;
    let scenarios: [(&str, Scenario); 10] = [
        ("refresh-small", refresh::small),
        ("compute", compute::measure),
        ("refresh-large", refresh::large),
        ("history", history::measure),
        ("bulk-load", bulk_load::measure),
        ("growth", growth::measure),
        ("cached-reads", cached_reads::measure),
        ("http-load", http_load::measure),
        ("risk-figures", risk::measure),
        ("risk-portfolio", portfolio_risk::measure),
    ];
    let (load_before, mut lines) = (timing::load(), Vec::new());
    for (name, scenario) in scenarios {
        if options.only.as_ref().is_none_or(|word| name.contains(word.as_str())) {
            eprintln!("{name} …");
            lines.extend(scenario(&runtime, repeats)?);
        }
    }
    let is_met = report::print(&lines);
    if let Some((before, after)) = load_before.zip(timing::load()) {
        println!("\nLoad of the machine: {before} before, {after} behind; {THREAD_COUNT} threads were used.");
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Leaves each set with a database that has its positions (`cold`) and one that has its prices too (`warm`), for
/// profiling by hand.
async fn write_sets(folder: &Path) -> Result<()> {
    for (name, shape) in [("small", SMALL), ("large", LARGE), ("history", HISTORY)] {
        let world = World::new(shape)?;
        let desk = Desk::lasting(&world, folder.join(name))?;
        desk.import("cold", &world).await?;
        desk.copy("cold", "warm")?;
        desk.fetch("warm", &world).await?;
    }
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options { is_quick: false, only: None, write: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => options.is_quick = true,
            "--only" => options.only = arguments.next(),
            "--write" => options.write = arguments.next().map(PathBuf::from),
            other => bail!("{other} is not known; there are --quick, --only WORD and --write DIR"),
        }
    }
    Ok(options)
}
