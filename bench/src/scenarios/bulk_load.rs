//! 1.26 million bars from SQLite into columns, beside the bare driver.

use anyhow::{Result, ensure};
use model::{Bars, InstrumentId};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::peers::bare_driver;
use crate::report::{Bar, Line};
use crate::timing::{Taken, cpu_s, median_ratio};
use crate::world::{BARS, World};

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    // Spawned, so that the work runs on the threads of the runtime as it does in a server.
    runtime.block_on(async move { tokio::spawn(run(repeats)).await? })
}

async fn run(repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(BARS)?;
    let desk = Desk::new(&world)?;
    desk.fetch("bars", &world).await?;
    let ctx = desk.context("bars").await?;
    let store = ctx.store()?;
    let instruments = store::instruments::all(store, store::private_symbols::EVERYBODY).await?;
    let ids: Vec<InstrumentId> = instruments.into_iter().map(|instrument| instrument.id).collect();
    let database = desk.database("bars");
    let own = store::bars::of_instruments(store, &ids).await?;
    let bare = bare_driver::bars(&bare_driver::open(&database)?)?;
    ensure!(own == bare, "the store and the bare driver read different bars");
    let bar_count: usize = own.values().map(Bars::len).sum();
    drop((own, bare));
    let (mut own, mut bare) = (Taken::default(), Taken::default());
    for _ in 0..repeats.runs {
        let (started, cpu_before) = (std::time::Instant::now(), cpu_s());
        let read = store::bars::of_instruments(store, &ids).await?;
        own.push(started, cpu_before);
        drop(read);
        // The store keeps its connection open, so that the peer may as well.
        let connection = bare_driver::open(&database)?;
        let read = bare.run(|| bare_driver::bars(&connection))?;
        drop(read);
    }
    close(ctx).await?;
    let note = format!("{bar_count} bars; the figure is the median of the ratios of runs that took turns");
    let by_cpu = own.cpu_s(0.5) / bare.cpu_s(0.5);
    Ok(vec![
        Line::new("bulk load against the bare driver", median_ratio(&own, &bare), "x", Bar::AtMost(1.3))
            .beside("rusqlite", 1.0)
            .note(note),
        Line::new("bulk load, by processor time", by_cpu, "x", Bar::AtMost(1.3)).beside("rusqlite", 1.0),
        Line::new("bulk load", own.wall_s(0.5), "s", Bar::None).beside("rusqlite", bare.wall_s(0.5)),
    ])
}
