//! 1.26 million bars from SQLite into columns, beside the bare driver.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use market::Source;
use model::{Bars, Date, InstrumentId, Price};
use rusqlite::{Connection, OpenFlags};
use store::bars::BarsByInstrument;
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::desk::{Desk, close};
use crate::report::{Bar, Line};
use crate::timing::median;
use crate::world::{BARS, World};

/// What the store sets on its connections as well, so that the ratio tells of our code and not of the settings.
const SETTINGS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA mmap_size = 1073741824;";
const BARS_READ: &str = "SELECT instrument_id, session, open, high, low, close, volume, is_final FROM bar \
    WHERE source = ?1 ORDER BY instrument_id, session";

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    runtime.block_on(run(repeats))
}

async fn run(repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(BARS)?;
    let desk = Desk::new(&world)?;
    desk.fetch("bars", &world).await?;
    let source = Source::Files.code();
    let ctx = desk.context("bars").await?;
    let store = ctx.store()?;
    let instruments = store::instruments::all(store).await?;
    let ids: Vec<InstrumentId> = instruments.into_iter().map(|instrument| instrument.id).collect();
    let own = store::bars::of_source(store, &ids, source).await?;
    let database = desk.database("bars");
    let connection = open(&database)?;
    let bare = read(&connection, source)?;
    ensure!(own == bare, "the store and the bare driver read different bars");
    let bar_count: usize = own.values().map(Bars::len).sum();
    drop((own, bare));
    let (mut own_s, mut bare_s) = (Vec::new(), Vec::new());
    for _ in 0..repeats.runs {
        let started = Instant::now();
        drop(store::bars::of_source(store, &ids, source).await?);
        own_s.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        drop(read(&connection, source)?);
        bare_s.push(started.elapsed().as_secs_f64());
    }
    own_s.sort_by(f64::total_cmp);
    bare_s.sort_by(f64::total_cmp);
    close(ctx).await?;
    let (own, bare) = (median(&own_s), median(&bare_s));
    let note = format!("{bar_count} bars: {own:.3} s, bare rusqlite {bare:.3} s");
    Ok(vec![Line::new("bulk load", own / bare, "x", Bar::AtMost(1.3), note)])
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

/// The same bars in the same columns with nothing but the driver.
fn read(connection: &Connection, source: i64) -> Result<BarsByInstrument> {
    let mut bars = BTreeMap::<InstrumentId, Bars>::new();
    let mut statement = connection.prepare_cached(BARS_READ)?;
    let mut rows = statement.query([source])?;
    let (mut instrument, mut columns) = (InstrumentId(0), Bars::default());
    while let Some(row) = rows.next()? {
        let id = InstrumentId(row.get(0)?);
        if id != instrument {
            let done = std::mem::take(&mut columns);
            if !done.is_empty() {
                bars.insert(instrument, done);
            }
            instrument = id;
        }
        let price = |column: usize| {
            Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Price::from_micros))
        };
        columns.sessions.push(Date::from_epoch_days(row.get(1)?));
        columns.open.push(price(2)?);
        columns.high.push(price(3)?);
        columns.low.push(price(4)?);
        columns.close.push(Price::from_micros(row.get(5)?));
        columns.volume.push(row.get(6)?);
        columns.is_final.push(row.get::<_, i64>(7)? != 0);
    }
    if !columns.is_empty() {
        bars.insert(instrument, columns);
    }
    Ok(bars)
}
