//! Daily bars.

use std::collections::BTreeMap;

use model::{Actions, Bar, Bars, Date, InstrumentId, Price};

use crate::actions::{self, ActionsByInstrument};
use crate::store::Store;
use crate::stored::{date, days};
use crate::{Column, Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Bars of instruments in a range of sessions.
    BARS_SINCE: "SELECT instrument_id, session, open, high, low, close, volume, is_final FROM bar \
        WHERE instrument_id IN {ids:$1} AND session >= $2 AND session <= $3 ORDER BY instrument_id, session",
        params [int, int, int], columns [int, int, int?, int?, int?, int, int?, int];
    /// All bars of instruments, with who told them.
    BARS_WITH_SOURCES: "SELECT instrument_id, session, open, high, low, close, volume, is_final, source FROM bar \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id, session",
        params [int], columns [int, int, int?, int?, int?, int, int?, int, int];
    /// What is held of each instrument: first and last session, and how many.
    BARS_HELD: "SELECT instrument_id, MIN(session), MAX(session), COUNT(*), MIN(source) FROM bar \
        WHERE is_final = 1 GROUP BY instrument_id ORDER BY instrument_id",
        params [], columns [int, int, int, int, int];
    /// Writes bars.
    BAR_UPSERT: "INSERT INTO bar (instrument_id, session, open, high, low, close, volume, is_final, source) \
        SELECT r.instrument_id, r.session, r.open, r.high, r.low, r.close, r.volume, r.is_final, r.source \
        FROM {rows: instrument_id, session, open, high, low, close, volume, is_final, source} r WHERE true \
        ON CONFLICT (instrument_id, session) DO UPDATE SET open = excluded.open, high = excluded.high, \
            low = excluded.low, close = excluded.close, volume = excluded.volume, \
            is_final = excluded.is_final, source = excluded.source",
        params [int, int, int?, int?, int?, int, int?, int, int], columns [];
    /// Takes bars away that their source has no more.
    BAR_DELETE: "DELETE FROM bar WHERE (instrument_id, session) IN \
        (SELECT r.instrument_id, r.session FROM {rows: instrument_id, session} r)",
        params [int, int], columns [];
}

/// Bars by instrument.
pub type BarsByInstrument = BTreeMap<InstrumentId, Bars>;

/// What is held of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Whose bars.
    pub instrument: InstrumentId,
    /// First session held.
    pub first: Date,
    /// Last session held.
    pub last: Date,
    /// Sessions held.
    pub session_count: i64,
    /// Number of the provider they came from.
    pub source: i64,
}

/// Bars of one instrument, with the number of the provider that told each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcedBars {
    /// The bars.
    pub bars: Bars,
    /// For each bar the number of its provider.
    pub sources: Vec<i64>,
}

impl SourcedBars {
    /// Lays new bars of one provider over these, and takes others away.
    pub fn lay_over(&mut self, written: &Bars, removed: &[Date], source: i64) {
        if written.is_empty() && removed.is_empty() {
            return;
        }
        let old = std::mem::take(self);
        let mut by_session: BTreeMap<Date, (Bar, i64)> =
            old.bars.iter().zip(old.sources).map(|(bar, source)| (bar.session, (bar, source))).collect();
        for session in removed {
            by_session.remove(session);
        }
        by_session.extend(written.iter().map(|bar| (bar.session, (bar, source))));
        for (bar, source) in by_session.into_values() {
            self.bars.push(bar);
            self.sources.push(source);
        }
    }
}

/// All bars of instruments with who told them, for comparing them with a new answer.
///
/// # Errors
/// [`StoreError`].
pub async fn with_sources(
    store: &Store,
    instruments: &[InstrumentId],
) -> Result<BTreeMap<InstrumentId, SourcedBars>, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(vec![Query::new(&BARS_WITH_SOURCES, vec![ids.into()])]).await?;
    let mut bars = BarsByInstrument::new();
    read_into(&tables[0], &mut bars)?;
    let mut sources = tables[0].int(8).iter().copied();
    Ok(bars
        .into_iter()
        .map(|(id, bars)| {
            let sources = sources.by_ref().take(bars.len()).collect();
            (id, SourcedBars { bars, sources })
        })
        .collect())
}

/// Bars of one instrument in a range, both ends included, and all its corporate actions, from one snapshot of the
/// database.
///
/// # Errors
/// [`StoreError`].
pub async fn in_range_with_actions(
    store: &Store,
    instrument: InstrumentId,
    first: Date,
    last: Date,
) -> Result<(Bars, Actions), StoreError> {
    let (mut bars, mut actions) = all_in_range_with_actions(store, &[instrument], first, last).await?;
    Ok((bars.remove(&instrument).unwrap_or_default(), actions.remove(&instrument).unwrap_or_default()))
}

/// Bars of instruments in a range, both ends included, and all their corporate actions, from one snapshot of the
/// database.
///
/// # Errors
/// [`StoreError`].
pub async fn all_in_range_with_actions(
    store: &Store,
    instruments: &[InstrumentId],
    first: Date,
    last: Date,
) -> Result<(BarsByInstrument, ActionsByInstrument), StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let [splits, dividends] = actions::queries(ids.clone());
    let tables = store.load(vec![since(ids, first, last), splits, dividends]).await?;
    let mut bars = BTreeMap::new();
    read_into(&tables[0], &mut bars)?;
    Ok((bars, actions::read(&tables[1], &tables[2])?))
}

/// All bars of instruments.
///
/// # Errors
/// [`StoreError`].
pub async fn of_instruments(
    store: &Store,
    instruments: &[InstrumentId],
) -> Result<BarsByInstrument, StoreError> {
    let ids = instruments.iter().map(|id| id.0).collect();
    let (first, last) = (Date::from_epoch_days(i32::MIN), Date::from_epoch_days(i32::MAX));
    let mut bars = BTreeMap::new();
    read_into(&store.load(vec![since(ids, first, last)]).await?[0], &mut bars)?;
    Ok(bars)
}

/// What is held of every instrument that has a final bar.
///
/// # Errors
/// [`StoreError`].
pub async fn held(store: &Store) -> Result<Vec<Held>, StoreError> {
    let tables = store.load(vec![Query::new(&BARS_HELD, vec![])]).await?;
    let table = &tables[0];
    (0..table.len())
        .map(|row| {
            Ok(Held {
                instrument: InstrumentId(table.int(0)[row]),
                first: date(table.int(1)[row])?,
                last: date(table.int(2)[row])?,
                session_count: table.int(3)[row],
                source: table.int(4)[row],
            })
        })
        .collect()
}

fn since(ids: Vec<i64>, first: Date, last: Date) -> Query {
    Query::new(&BARS_SINCE, vec![ids.into(), days(first).into(), days(last).into()])
}

/// Adds the rows of a table, which is in order of instrument and session, behind what is there already.
fn read_into(table: &Table, bars: &mut BarsByInstrument) -> Result<(), StoreError> {
    let ids = table.int(0);
    let price = |column: usize, row: usize| table.int_null(column)[row].map(Price::from_micros);
    let mut first = 0;
    while first < ids.len() {
        let end = first + ids[first..].partition_point(|id| *id == ids[first]);
        let columns = bars.entry(InstrumentId(ids[first])).or_default();
        let sessions = table.int(1)[first..end].iter().map(|session| date(*session));
        columns.sessions.extend(sessions.collect::<Result<Vec<_>, _>>()?);
        columns.open.extend((first..end).map(|row| price(2, row)));
        columns.high.extend((first..end).map(|row| price(3, row)));
        columns.low.extend((first..end).map(|row| price(4, row)));
        columns.close.extend(table.int(5)[first..end].iter().map(|close| Price::from_micros(*close)));
        columns.volume.extend_from_slice(&table.int_null(6)[first..end]);
        columns.is_final.extend(table.int(7)[first..end].iter().map(|is_final| *is_final != 0));
        first = end;
    }
    Ok(())
}

/// So many values. Several lists behind each other do not tell their number, and a column that grows is copied.
fn column<T>(count: usize, values: impl Iterator<Item = T>) -> Vec<T> {
    let mut column = Vec::with_capacity(count);
    column.extend(values);
    column
}

/// Writes bars of several instruments, all from one source.
pub fn upsert(tx: &mut Transaction, bars: &[(InstrumentId, Bars)], source: i64) {
    let count = bars.iter().map(|(_, bars)| bars.len()).sum::<usize>();
    let price = |of: fn(&Bars) -> &[Option<Price>]| -> Column {
        column(count, bars.iter().flat_map(|(_, bars)| of(bars).iter().map(|p| p.map(Price::micros)))).into()
    };
    let each = || bars.iter().map(|(_, bars)| bars);
    let rows = Table::new(vec![
        column(count, bars.iter().flat_map(|(id, bars)| std::iter::repeat_n(id.0, bars.len()))).into(),
        column(count, each().flat_map(|bars| bars.sessions.iter().map(|session| days(*session)))).into(),
        price(|bars| &bars.open),
        price(|bars| &bars.high),
        price(|bars| &bars.low),
        column(count, each().flat_map(|bars| bars.close.iter().map(|close| close.micros()))).into(),
        column(count, each().flat_map(|bars| bars.volume.iter().copied())).into(),
        column(count, each().flat_map(|bars| bars.is_final.iter().map(|is_final| i64::from(*is_final))))
            .into(),
        vec![source; count].into(),
    ]);
    tx.push_rows(&BAR_UPSERT, rows, Expect::Exactly(count as u64));
}

/// Takes bars away that their source has no more.
pub fn delete(tx: &mut Transaction, sessions: &[(InstrumentId, Date)]) {
    let rows = Table::new(vec![
        sessions.iter().map(|(id, _)| id.0).collect::<Vec<_>>().into(),
        sessions.iter().map(|(_, session)| days(*session)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&BAR_DELETE, rows, Expect::AtMost(sessions.len() as u64));
}
