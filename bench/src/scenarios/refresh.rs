//! `daybook refresh` as a whole process, after the import and with every snapshot on disk when it ends.

use anyhow::{Context as _, Result};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::expected::{Books, compare};
use crate::peers::bare_driver::Snapshots;
use crate::peers::equities;
use crate::peers::hledger::{Every, Hledger};
use crate::process::Daybook;
use crate::report::{Bar, Line};
use crate::scenarios::compute::pool;
use crate::timing::{Taken, children_cpu_s, median};
use crate::world::{LARGE, SMALL, Shape, World};

/// What whole processes took.
#[derive(Default)]
struct Measured {
    /// Prices are still in the provider's folder.
    cold: Taken,
    /// Prices are in the cache.
    warm: Taken,
    /// Processor time of one process, the mean of all.
    cold_cpu_s: f64,
    warm_cpu_s: f64,
    peak_mb: f64,
    /// The same equities by another tool, as a whole process.
    hledger: Taken,
    /// The same snapshots written by the bare driver, without computing them.
    written_s: Vec<f64>,
}

pub fn small(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let measured = runtime.block_on(measure(SMALL, repeats, true))?;
    let line = |what: &str, taken: &Taken, cpu_s: f64| {
        let line =
            Line::new(format!("small: refresh, prices {what}"), taken.wall_s(0.5), "s", Bar::AtMost(0.15));
        line.note(told(taken, cpu_s))
    };
    let mut cold = line("in the folder", &measured.cold, measured.cold_cpu_s);
    if !measured.hledger.is_empty() {
        cold = cold.beside("hledger", measured.hledger.wall_s(0.5));
    }
    Ok(vec![cold, line("cached", &measured.warm, measured.warm_cpu_s)])
}

pub fn large(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let measured = runtime.block_on(measure(LARGE, repeats, false))?;
    let line = |what: &str, taken: &Taken, cpu_s: f64| {
        Line::new(format!("large: refresh, prices {what}"), taken.wall_s(0.5), "s", Bar::AtMost(2.0))
            .beside("rusqlite, writing alone", median(&measured.written_s))
            .note(told(taken, cpu_s))
    };
    Ok(vec![
        line("in the folder", &measured.cold, measured.cold_cpu_s),
        line("cached", &measured.warm, measured.warm_cpu_s),
        Line::new("large: peak memory", measured.peak_mb, "MB", Bar::AtMost(500.0))
            .note("prices in the folder"),
    ])
}

fn told(taken: &Taken, cpu_s: f64) -> String {
    format!("fastest {:.3} s; processor time {cpu_s:.3} s, the mean", taken.wall_s(0.0))
}

async fn measure(shape: Shape, repeats: Repeats, has_hledger: bool) -> Result<Measured> {
    let daybook = Daybook::build()?;
    let world = World::new(shape)?;
    let desk = Desk::new(&world)?;
    desk.import("cold", &world).await?;
    desk.copy("cold", "warm")?;
    desk.fetch("warm", &world).await?;
    let books = Books::new(&world)?;
    let computed = books.compute(&pool()?)?;
    let mut measured = Measured::default();
    for name in ["cold", "warm"] {
        let database = desk.copy(name, "run")?;
        daybook.refresh(&database, desk.folder())?;
        let ctx = desk.context("run").await?;
        compare(&ctx, &books, &computed).await?;
        close(ctx).await?;
    }
    let snapshots = Snapshots::read(&desk.database("run"))?;
    let expected = equities(&computed);
    drop((books, computed));
    let hledger = if has_hledger { Hledger::find(&world, desk.folder(), Every::Day)? } else { None };
    if let Some(hledger) = &hledger {
        hledger.run(&expected)?;
    }
    for _ in 0..repeats.runs {
        let cold = desk.copy("cold", "run")?;
        let (taken_s, cpu_s) = with_cpu(|| daybook.refresh(&cold, desk.folder()))?;
        measured.cold.note(taken_s, None);
        measured.cold_cpu_s += cpu_s / repeats.runs as f64;
        let warm = desk.copy("warm", "run")?;
        let (taken_s, cpu_s) = with_cpu(|| daybook.refresh(&warm, desk.folder()))?;
        measured.warm.note(taken_s, None);
        measured.warm_cpu_s += cpu_s / repeats.runs as f64;
        if let Some(hledger) = &hledger {
            measured.hledger.note(hledger.run(&expected)?, None);
        }
        measured.written_s.push(snapshots.write(&desk.cleared("bare")?)?);
    }
    measured.peak_mb = daybook.refresh_peak_mb(&desk.copy("cold", "run")?, desk.folder())?;
    Ok(measured)
}

/// Runs a child to its end; what it took by the wall and by the processor.
fn with_cpu(run: impl FnOnce() -> Result<f64>) -> Result<(f64, f64)> {
    let told = "the system tells the processor time of children";
    let before = children_cpu_s().context(told)?;
    let taken_s = run()?;
    Ok((taken_s, children_cpu_s().context(told)? - before))
}
