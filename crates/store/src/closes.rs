//! Closes of daily bars: what values and returns follow from, without the columns that nothing there looks at.

use std::collections::BTreeMap;

use model::{Closes, Date, InstrumentId, Price};

use crate::store::Store;
use crate::stored::{date, days};
use crate::{Query, StoreError, Table};

crate::statements! {
    /// Closes of instruments in a range of sessions.
    CLOSES_SINCE: "SELECT instrument_id, session, close, is_final FROM bar \
        WHERE instrument_id IN {ids:$1} AND session >= $2 AND session <= $3 ORDER BY instrument_id, session",
        params [int, int, int], columns [int, int, int, int];
    /// The last final close of each instrument before a session.
    CLOSES_LAST_BEFORE: "SELECT b.instrument_id, b.session, b.close, b.is_final \
        FROM instrument i JOIN bar b ON b.instrument_id = i.id AND b.session = (SELECT MAX(p.session) FROM bar p \
            WHERE p.instrument_id = i.id AND p.session < $2 AND p.is_final = 1) \
        WHERE i.id IN {ids:$1} ORDER BY b.instrument_id",
        params [int, int], columns [int, int, int, int];
    /// The session of the newest final close of each instrument that has any.
    CLOSES_NEWEST: "SELECT i.id, (SELECT MAX(b.session) FROM bar b \
            WHERE b.instrument_id = i.id AND b.is_final = 1) \
        FROM instrument i WHERE i.id IN {ids:$1} ORDER BY i.id",
        params [int], columns [int, int?];
}

/// Closes by instrument.
pub type ClosesByInstrument = BTreeMap<InstrumentId, Closes>;

/// The newest session before a date on which one of the instruments has a final close.
///
/// # Errors
/// [`StoreError`].
pub async fn newest_before(
    store: &Store,
    instruments: &[InstrumentId],
    date: Date,
) -> Result<Option<Date>, StoreError> {
    let ids = instruments.iter().map(|id| id.0).collect();
    let mut closes = BTreeMap::new();
    read_into(&store.load(vec![last_before(ids, date)]).await?[0], &mut closes)?;
    Ok(closes.values().filter_map(|closes: &Closes| closes.sessions.last().copied()).max())
}

/// The session of the newest final close of each instrument that has any.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(
    store: &Store,
    instruments: &[InstrumentId],
) -> Result<BTreeMap<InstrumentId, Date>, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(vec![Query::new(&CLOSES_NEWEST, vec![ids.into()])]).await?;
    let rows = tables[0].int(0).iter().zip(tables[0].int_null(1));
    rows.filter_map(|(id, session)| Some((InstrumentId(*id), (*session)?)))
        .map(|(id, session)| Ok((id, date(session)?)))
        .collect()
}

pub(crate) fn since(ids: Vec<i64>, first: Date, last: Date) -> Query {
    Query::new(&CLOSES_SINCE, vec![ids.into(), days(first).into(), days(last).into()])
}

pub(crate) fn last_before(ids: Vec<i64>, first: Date) -> Query {
    Query::new(&CLOSES_LAST_BEFORE, vec![ids.into(), days(first).into()])
}

/// Adds the rows of a table, which is in order of instrument and session, behind what is there already.
pub(crate) fn read_into(table: &Table, closes: &mut ClosesByInstrument) -> Result<(), StoreError> {
    let ids = table.int(0);
    let mut first = 0;
    while first < ids.len() {
        let end = first + ids[first..].partition_point(|id| *id == ids[first]);
        let columns = closes.entry(InstrumentId(ids[first])).or_default();
        columns.sessions.reserve_exact(end - first);
        for session in &table.int(1)[first..end] {
            columns.sessions.push(date(*session)?);
        }
        columns.close.extend(table.int(2)[first..end].iter().map(|close| Price::from_micros(*close)));
        columns.is_final.extend(table.int(3)[first..end].iter().map(|is_final| *is_final != 0));
        first = end;
    }
    Ok(())
}
