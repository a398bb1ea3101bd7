//! The bare driver of SQLite: the same rows read, or written again, with nothing around them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use model::{Bars, Date, InstrumentId, Price};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use store::bars::BarsByInstrument;

/// What the store sets on its connections as well, so that a ratio tells of our code and not of the settings.
const SETTINGS: &str = "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; \
    PRAGMA mmap_size = 1073741824;";
const BARS_READ: &str = "SELECT instrument_id, session, open, high, low, close, volume, is_final FROM bar \
    ORDER BY instrument_id, session";
const TABLE_READ: &str = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'snapshot'";
const SNAPSHOTS_READ: &str = "SELECT * FROM snapshot ORDER BY portfolio_id, session";

/// A connection that reads.
pub fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

/// All bars in the columns that the store gives.
pub fn bars(connection: &Connection) -> Result<BarsByInstrument> {
    let mut bars = BTreeMap::<InstrumentId, Bars>::new();
    let mut statement = connection.prepare_cached(BARS_READ)?;
    let mut rows = statement.query([])?;
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

/// The rows of a database's snapshots, and how to write them into an empty one.
pub struct Snapshots {
    table: String,
    rows: Vec<Vec<Value>>,
}

impl Snapshots {
    /// Reads them all.
    pub fn read(path: &Path) -> Result<Snapshots> {
        let connection = open(path)?;
        let table = connection.query_row(TABLE_READ, [], |row| row.get(0))?;
        Ok(Snapshots { table, rows: snapshot_rows(&connection)? })
    }

    /// Seconds in which one prepared statement in one transaction writes them into a file.
    pub fn write(&self, path: &Path) -> Result<f64> {
        let mut connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA journal_mode = WAL;")?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch(&self.table)?;
        let column_count = self.rows.first().map_or(0, Vec::len);
        let places = vec!["?"; column_count].join(", ");
        let started = Instant::now();
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare(&format!("INSERT INTO snapshot VALUES ({places})"))?;
            for row in &self.rows {
                insert.execute(params_from_iter(row))?;
            }
        }
        transaction.commit()?;
        let taken_s = started.elapsed().as_secs_f64();
        ensure!(snapshot_rows(&connection)? == self.rows, "the bare driver wrote something else");
        Ok(taken_s)
    }
}

fn snapshot_rows(connection: &Connection) -> Result<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(SNAPSHOTS_READ)?;
    let column_count = statement.column_count();
    let rows = statement.query_map([], |row| (0..column_count).map(|column| row.get(column)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}
