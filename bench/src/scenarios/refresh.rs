//! `daybook refresh` as a whole process, after the import and with every snapshot on disk when it ends.

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::expected::{Books, compare};
use crate::process::Daybook;
use crate::report::{Bar, Line};
use crate::scenarios::compute::pool;
use crate::timing::median;
use crate::world::{LARGE, SMALL, Shape, World};

/// Seconds of whole processes and the most memory of one.
struct Measured {
    /// Prices are still in the provider's folder.
    cold_s: Vec<f64>,
    /// Prices are in the cache.
    warm_s: Vec<f64>,
    peak_mb: f64,
    /// Processor time of the same run.
    cpu_s: f64,
}

pub fn small(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let measured = runtime.block_on(measure(SMALL, repeats))?;
    let (cold, warm) = (median(&measured.cold_s), median(&measured.warm_s));
    let note =
        format!("whole process; processor time {:.2} s, peak {:.0} MB", measured.cpu_s, measured.peak_mb);
    Ok(vec![
        Line::new("small: refresh, prices in the folder", cold, "s", Bar::AtMost(0.15), note),
        Line::new("small: refresh, prices cached", warm, "s", Bar::AtMost(0.15), ""),
    ])
}

pub fn large(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let measured = runtime.block_on(measure(LARGE, repeats))?;
    let (cold, warm) = (median(&measured.cold_s), median(&measured.warm_s));
    let note = format!("whole process; processor time {:.2} s", measured.cpu_s);
    Ok(vec![
        Line::new("large: refresh, prices in the folder", cold, "s", Bar::AtMost(2.0), note),
        Line::new("large: refresh, prices cached", warm, "s", Bar::AtMost(2.0), ""),
        Line::new("large: peak memory", measured.peak_mb, "MB", Bar::AtMost(500.0), "prices in the folder"),
    ])
}

async fn measure(shape: Shape, repeats: Repeats) -> Result<Measured> {
    let daybook = Daybook::build()?;
    let world = World::new(shape)?;
    let desk = Desk::new(&world)?;
    desk.import("cold", &world).await?;
    desk.copy("cold", "warm")?;
    desk.fetch("warm", &world).await?;
    let books = Books::new(&world)?;
    let expected = books.compute(&pool()?)?;
    let mut measured = Measured { cold_s: Vec::new(), warm_s: Vec::new(), peak_mb: 0.0, cpu_s: 0.0 };
    for run in 0..repeats.runs {
        for (name, taken) in [("cold", &mut measured.cold_s), ("warm", &mut measured.warm_s)] {
            let database = desk.copy(name, "run")?;
            taken.push(daybook.refresh(&database, desk.folder())?);
            if run == 0 {
                let ctx = desk.context("run").await?;
                compare(&ctx, &books, &expected).await?;
                close(ctx).await?;
            }
        }
    }
    measured.cold_s.sort_by(f64::total_cmp);
    measured.warm_s.sort_by(f64::total_cmp);
    let database = desk.copy("cold", "run")?;
    (measured.peak_mb, measured.cpu_s) = daybook.refresh_usage(&database, desk.folder())?;
    Ok(measured)
}
