//! Cost grows linearly with sessions and positions: each at three sizes, told as the processor time of one
//! position-session, since a ratio of wall times is the first to suffer from a busy machine.

use std::time::Instant;

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::expected::{Books, position_sessions};
use crate::report::{Bar, Line};
use crate::scenarios::{compute, history};
use crate::timing::{Taken, cpu_s};
use crate::world::{Shape, World};

const ACCOUNT_COUNT: usize = 100;
/// How much dearer a position-session may be at four times the size.
const GROWTH_MAX: f64 = 1.25;

const BASE: Shape = Shape {
    account_count: ACCOUNT_COUNT,
    position_count: 20 * ACCOUNT_COUNT,
    session_count: 252,
    symbol_count: 500,
};

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for what in ["sessions", "positions"] {
        let sizes: Vec<Shape> = [1, 2, 4].into_iter().map(|times| grown(what, times)).collect();
        let computed = sizes.iter().map(|size| compute_ns(*size, repeats)).collect::<Result<Vec<_>>>()?;
        lines.push(line(&format!("growth: compute, {what}"), &computed));
        let mut refreshed = Vec::new();
        for size in sizes {
            // The base size is cheap, so that fewer runs than elsewhere suffice.
            refreshed.push(runtime.block_on(async move { tokio::spawn(refresh_ns(size, 5)).await? })?);
        }
        lines.push(line(&format!("growth: refresh, {what}"), &refreshed));
    }
    Ok(lines)
}

fn grown(what: &str, times: usize) -> Shape {
    match what {
        "sessions" => Shape { session_count: BASE.session_count * times, ..BASE },
        _ => Shape { position_count: BASE.position_count * times, ..BASE },
    }
}

fn line(scenario: &str, costs_ns: &[f64]) -> Line {
    let shown: Vec<String> = costs_ns.iter().map(|cost| format!("{cost:.0}")).collect();
    let note = format!("ns a position-session at x1, x2, x4: {}", shown.join(", "));
    let growth = costs_ns.last().zip(costs_ns.first()).map_or(0.0, |(last, first)| last / first);
    Line::new(scenario, growth, "x", Bar::AtMost(GROWTH_MAX)).note(note)
}

fn compute_ns(shape: Shape, repeats: Repeats) -> Result<f64> {
    let (books, pool) = (Books::new(&World::new(shape)?)?, compute::pool()?);
    let count = position_sessions(&books.compute(&pool)?);
    let mut taken = Taken::default();
    for _ in 0..repeats.runs * 2 {
        taken.run(|| books.compute(&pool).map(drop))?;
    }
    Ok(taken.cpu_s(0.5) * 1e9 / count as f64)
}

/// The whole of a refresh in process: prices read from the cache, snapshots recorded.
async fn refresh_ns(shape: Shape, runs: usize) -> Result<f64> {
    let world = World::new(shape)?;
    let desk = Desk::new(&world)?;
    desk.import("base", &world).await?;
    desk.fetch("base", &world).await?;
    let mut taken = Taken::default();
    for _ in 0..runs {
        desk.copy("base", "run")?;
        let ctx = desk.context("run").await?;
        let (started, cpu_before) = (Instant::now(), cpu_s());
        history::refresh(&ctx).await?;
        taken.push(started, cpu_before);
        close(ctx).await?;
    }
    let count = shape.position_count * shape.session_count;
    Ok(taken.cpu_s(0.5) * 1e9 / count as f64)
}
