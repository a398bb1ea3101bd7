//! One portfolio with 2,000 events over eight years: a late fill, and a rebuild of everything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use app::{Context, NewEvent, Observer, RefreshReport, RefreshRequest, RunState, Step};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{EventKind, Quantity};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::expected::{Books, compare};
use crate::peers::bare_driver::Snapshots;
use crate::peers::hledger::{Every, Hledger};
use crate::peers::plain_loop::PlainLoop;
use crate::peers::{agree, equities};
use crate::random::Random;
use crate::report::{Bar, Line};
use crate::scenarios::compute::pool;
use crate::timing::{Taken, cpu_s, median};
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
    let computed = books.compute(&pool()?)?;
    compare(&ctx, &books, &computed).await?;
    let peers = Peers::measure(&world, &desk, &equities(&computed), repeats)?;
    let rebuilt = rebuild(&ctx, &world, repeats.runs).await?;
    let late = late_fills(&ctx, &world, repeats.late_fills).await?;
    // What a hundred late fills left is what one computation of all of it gives.
    let after = app::snapshots(&ctx, "History", None, None).await?;
    app::reset(&ctx, world.sessions[0], None).await?;
    refresh(&ctx).await?;
    ensure!(app::snapshots(&ctx, "History", None, None).await? == after, "a rebuild gives something else");
    close(ctx).await?;
    let line = |name: &str, taken: &Taken, share: f64, bar: f64| {
        let line = Line::new(name, taken.wall_s(share) * 1e3, "ms", Bar::AtMost(bar));
        peers.beside(line)
    };
    let late_note = format!(
        "to the commit of the snapshots; p50 {:.1} ms; processor time p50 {:.1} ms, p95 {:.1} ms; entering it p50 {:.1} \
         ms before; to the end of the refresh, risk figures and all, p95 {:.1} ms",
        late.recorded.wall_s(0.5) * 1e3,
        late.recorded.cpu_s(0.5) * 1e3,
        late.recorded.cpu_s(0.95) * 1e3,
        late.accepted.wall_s(0.5) * 1e3,
        late.refreshed.wall_s(0.95) * 1e3
    );
    let rebuilt_note = format!(
        "{} snapshots; fastest {:.1} ms; processor time {:.1} ms",
        world.sessions.len(),
        rebuilt.wall_s(0.0) * 1e3,
        rebuilt.cpu_s(0.5) * 1e3
    );
    Ok(vec![
        line("history: late fill, p95", &late.recorded, 0.95, 50.0).note(late_note),
        line("history: full rebuild", &rebuilt, 0.5, 100.0).note(rebuilt_note),
    ])
}

/// Milliseconds of the same results by other means, all of them anew.
struct Peers {
    /// Equity alone, and the snapshots as they are written by the bare driver.
    loop_and_driver_ms: f64,
    hledger_ms: Option<f64>,
}

impl Peers {
    fn measure(world: &World, desk: &Desk, expected: &[f64], repeats: Repeats) -> Result<Peers> {
        let plain_loop = PlainLoop::new(world);
        agree("the plain loop", expected, &plain_loop.equities())?;
        let snapshots = Snapshots::read(&desk.database("history"))?;
        let mut taken_s = Vec::new();
        for _ in 0..repeats.runs {
            let started = Instant::now();
            std::hint::black_box(plain_loop.equities());
            let computed_s = started.elapsed().as_secs_f64();
            taken_s.push(computed_s + snapshots.write(&desk.cleared("bare")?)?);
        }
        // Month ends alone, and once, because it takes its time.
        let hledger = Hledger::find(world, desk.folder(), Every::Month)?;
        let hledger_ms =
            hledger.map(|hledger| hledger.run(expected)).transpose()?.map(|taken_s| taken_s * 1e3);
        Ok(Peers { loop_and_driver_ms: median(&taken_s) * 1e3, hledger_ms })
    }

    fn beside(&self, line: Line) -> Line {
        let line = line.beside("plain loop and rusqlite", self.loop_and_driver_ms);
        match self.hledger_ms {
            Some(hledger_ms) => line.beside("hledger at month ends", hledger_ms),
            None => line,
        }
    }
}

/// What late fills took.
#[derive(Default)]
struct LateFills {
    /// To enter them.
    accepted: Taken,
    /// From there to the commit of the new snapshots.
    recorded: Taken,
    /// From there to the end of the refresh, with the risk figures of the last session.
    refreshed: Taken,
}

/// Notes when the newest snapshots were committed, and how much processor time was used by then.
#[derive(Default)]
struct Committed(Mutex<Option<(Instant, Option<f64>)>>);

impl Observer for Committed {
    fn reached(&self, step: Step) -> BoxFuture<'_, ()> {
        if let Step::Recorded { .. } = step {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), cpu_s()));
        }
        std::future::ready(()).boxed()
    }
}

impl Committed {
    fn take(&self) -> Option<(Instant, Option<f64>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Enters fills on random past sessions and refreshes after each.
async fn late_fills(ctx: &Context, world: &World, count: usize) -> Result<LateFills> {
    let mut random = Random::new(7);
    let mut late = LateFills::default();
    let committed = Arc::new(Committed::default());
    let ctx = &Context { observer: committed.clone(), ..ctx.clone() };
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
        let (started, cpu_before) = (Instant::now(), cpu_s());
        app::add_event(ctx, "History", &event).await?;
        late.accepted.push(started, cpu_before);
        let (started, cpu_before) = (Instant::now(), cpu_s());
        let report = refresh(ctx).await?;
        late.refreshed.push(started, cpu_before);
        let (at, cpu_then) = committed.take().context("no snapshot was committed")?;
        let cpu_taken = cpu_before.zip(cpu_then).map(|(before, then)| then - before);
        late.recorded.note((at - started).as_secs_f64(), cpu_taken);
        let written: u64 = report.portfolios.iter().map(|portfolio| portfolio.written).sum();
        let due = (world.sessions.len() - session) as u64;
        ensure!(written > 0 && written <= due, "{written} snapshots written of at most {due}");
    }
    Ok(late)
}

/// Drops all snapshots and refreshes, so many times; what the refreshes took.
async fn rebuild(ctx: &Context, world: &World, runs: usize) -> Result<Taken> {
    let mut taken = Taken::default();
    for _ in 0..runs {
        app::reset(ctx, world.sessions[0], None).await?;
        let (started, cpu_before) = (Instant::now(), cpu_s());
        let report = refresh(ctx).await?;
        taken.push(started, cpu_before);
        let written = report.portfolios.first().context("there is one portfolio")?.written;
        ensure!(written == world.sessions.len() as u64, "{written} snapshots written");
    }
    Ok(taken)
}

/// Refreshes in process; anything but success is an error.
pub async fn refresh(ctx: &Context) -> Result<RefreshReport> {
    let report = app::refresh(ctx, &RefreshRequest::default()).await?;
    ensure!(report.state == RunState::Ok, "the refresh ended with {report:?}");
    Ok(report)
}
