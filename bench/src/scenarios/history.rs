//! One portfolio with 2,000 events over eight years: a late fill, and a rebuild of everything.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use app::{Context, NewEvent, RefreshReport, RefreshRequest, RunState};
use model::{EventKind, Quantity};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::expected::{Books, compare};
use crate::random::Random;
use crate::report::{Bar, Line};
use crate::scenarios::compute::pool;
use crate::timing::{cpu_s, median, quantile};
use crate::world::{HISTORY, World};

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    // Spawned, so that the work runs on the threads of the runtime as it does in a server.
    runtime.block_on(async move { tokio::spawn(run(repeats)).await? })
}

async fn run(repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(HISTORY)?;
    let desk = Desk::new(&world)?;
    desk.import("history", &world).await?;
    desk.fetch("history", &world).await?;
    let ctx = desk.context("history").await?;
    refresh(&ctx).await?;
    let books = Books::new(&world)?;
    compare(&ctx, &books, &books.compute(&pool()?)?).await?;
    let rebuilt_ms = rebuild(&ctx, &world, repeats.runs).await?;
    let late = late_fills(&ctx, &world, repeats.late_fills).await?;
    // What a hundred late fills left is what one computation of all of it gives.
    let after = app::snapshots(&ctx, "History", None, None).await?;
    app::reset(&ctx, world.sessions[0], None).await?;
    refresh(&ctx).await?;
    ensure!(app::snapshots(&ctx, "History", None, None).await? == after, "a rebuild gives something else");
    close(ctx).await?;
    let note = format!(
        "p50 {:.1} ms; processor time p50 {:.1} ms, p95 {:.1} ms; entering it p50 {:.1} ms more",
        median(&late.recorded_ms),
        median(&late.cpu_ms),
        quantile(&late.cpu_ms, 0.95),
        median(&late.accepted_ms)
    );
    Ok(vec![
        Line::new(
            "history: late fill, p95",
            quantile(&late.recorded_ms, 0.95),
            "ms",
            Bar::AtMost(50.0),
            note,
        ),
        Line::new("history: full rebuild", median(&rebuilt_ms), "ms", Bar::AtMost(100.0), "2,014 snapshots"),
    ])
}

/// Milliseconds of late fills, ascending.
#[derive(Default)]
struct LateFills {
    /// To enter it.
    accepted_ms: Vec<f64>,
    /// From there to the commit of the new snapshots.
    recorded_ms: Vec<f64>,
    /// Processor time of the latter over all threads.
    cpu_ms: Vec<f64>,
}

/// Enters fills on random past sessions and refreshes after each.
async fn late_fills(ctx: &Context, world: &World, count: usize) -> Result<LateFills> {
    let mut random = Random::new(7);
    let mut late = LateFills::default();
    for _ in 0..count {
        let (series, session) = (random.index(world.series.len()), random.index(world.sessions.len()));
        let series = &world.series[series];
        let event = NewEvent {
            kind: if random.one_in(3) { EventKind::Sell } else { EventKind::Buy },
            date: world.sessions[session],
            symbol: Some(series.symbol.clone()),
            quantity: Some(Quantity::from_hundred_millionths(random.between(1, 50) * model::QUANTITY_SCALE)),
            price: Some(series.bars.close[session]),
            amount: None,
            fee: None,
            ratio: None,
            key: None,
            note: None,
        };
        let started = Instant::now();
        app::add_event(ctx, "History", &event).await?;
        late.accepted_ms.push(started.elapsed().as_secs_f64() * 1e3);
        let (started, cpu_before) = (Instant::now(), cpu_s());
        let report = refresh(ctx).await?;
        late.recorded_ms.push(started.elapsed().as_secs_f64() * 1e3);
        late.cpu_ms.extend(cpu_before.zip(cpu_s()).map(|(before, after)| (after - before) * 1e3));
        let written: u64 = report.portfolios.iter().map(|portfolio| portfolio.written).sum();
        let due = (world.sessions.len() - session) as u64;
        ensure!(written > 0 && written <= due, "{written} snapshots written of at most {due}");
    }
    for taken_ms in [&mut late.accepted_ms, &mut late.recorded_ms, &mut late.cpu_ms] {
        taken_ms.sort_by(f64::total_cmp);
    }
    Ok(late)
}

/// Drops all snapshots and refreshes; milliseconds of the refresh.
async fn rebuild(ctx: &Context, world: &World, runs: usize) -> Result<Vec<f64>> {
    let mut taken = Vec::with_capacity(runs);
    for _ in 0..runs {
        app::reset(ctx, world.sessions[0], None).await?;
        let started = Instant::now();
        let report = refresh(ctx).await?;
        taken.push(started.elapsed().as_secs_f64() * 1e3);
        let written = report.portfolios.first().context("there is one portfolio")?.written;
        ensure!(written == world.sessions.len() as u64, "{written} snapshots written");
    }
    taken.sort_by(f64::total_cmp);
    Ok(taken)
}

/// Refreshes in process; anything but success is an error.
pub async fn refresh(ctx: &Context) -> Result<RefreshReport> {
    let report = app::refresh(ctx, &RefreshRequest::default()).await?;
    ensure!(report.state == RunState::Ok, "the refresh ended with {report:?}");
    Ok(report)
}
