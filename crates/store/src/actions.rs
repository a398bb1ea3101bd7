//! Splits and dividends.

use std::collections::BTreeMap;

use model::{Actions, Dividend, InstrumentId, Price, Ratio, Split};

use crate::store::Store;
use crate::stored::{date, days, invalid};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Splits of instruments.
    SPLITS: "SELECT instrument_id, ex_date, new_units, old_units, source FROM split \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id, ex_date, ordinal",
        params [int], columns [int, int, int, int, int];
    /// Dividends of instruments.
    DIVIDENDS: "SELECT instrument_id, ex_date, amount, source FROM dividend \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id, ex_date, ordinal",
        params [int], columns [int, int, int, int];
    /// Takes away all splits of instruments.
    SPLIT_DELETE: "DELETE FROM split WHERE instrument_id IN {ids:$1}",
        params [int], columns [];
    /// Takes away all dividends of instruments.
    DIVIDEND_DELETE: "DELETE FROM dividend WHERE instrument_id IN {ids:$1}",
        params [int], columns [];
    /// Adds splits.
    SPLIT_INSERT: "INSERT INTO split (instrument_id, ex_date, ordinal, new_units, old_units, source) \
        SELECT r.instrument_id, r.ex_date, r.ordinal, r.new_units, r.old_units, r.source \
        FROM {rows: instrument_id, ex_date, ordinal, new_units, old_units, source} r",
        params [int, int, int, int, int, int], columns [];
    /// Adds dividends.
    DIVIDEND_INSERT: "INSERT INTO dividend (instrument_id, ex_date, ordinal, amount, source) \
        SELECT r.instrument_id, r.ex_date, r.ordinal, r.amount, r.source \
        FROM {rows: instrument_id, ex_date, ordinal, amount, source} r",
        params [int, int, int, int, int], columns [];
}

/// Corporate actions by instrument.
pub type ActionsByInstrument = BTreeMap<InstrumentId, Actions>;

/// Corporate actions of instruments; those without any are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn of_instruments(
    store: &Store,
    instruments: &[InstrumentId],
) -> Result<ActionsByInstrument, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(queries(ids).into()).await?;
    read(&tables[0], &tables[1])
}

pub(crate) fn queries(ids: Vec<i64>) -> [Query; 2] {
    [Query::new(&SPLITS, vec![ids.clone().into()]), Query::new(&DIVIDENDS, vec![ids.into()])]
}

/// Corporate actions by instrument and number of the provider that told them.
pub type ActionsBySource = BTreeMap<InstrumentId, BTreeMap<i64, Actions>>;

/// Corporate actions of instruments, by who told them; those without any are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn by_source(store: &Store, instruments: &[InstrumentId]) -> Result<ActionsBySource, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(queries(ids).into()).await?;
    let mut actions = ActionsBySource::new();
    let mut told = |id: i64, source: i64, add: &dyn Fn(&mut Actions)| {
        add(actions.entry(InstrumentId(id)).or_default().entry(source).or_default());
    };
    for row in 0..tables[0].len() {
        let split = split(&tables[0], row)?;
        told(tables[0].int(0)[row], tables[0].int(4)[row], &|actions| actions.splits.push(split));
    }
    for row in 0..tables[1].len() {
        let dividend = dividend(&tables[1], row)?;
        told(tables[1].int(0)[row], tables[1].int(3)[row], &|actions| actions.dividends.push(dividend));
    }
    Ok(actions)
}

pub(crate) fn read(splits: &Table, dividends: &Table) -> Result<ActionsByInstrument, StoreError> {
    let mut actions = ActionsByInstrument::new();
    for row in 0..splits.len() {
        actions.entry(InstrumentId(splits.int(0)[row])).or_default().splits.push(split(splits, row)?);
    }
    for row in 0..dividends.len() {
        let paid = dividend(dividends, row)?;
        actions.entry(InstrumentId(dividends.int(0)[row])).or_default().dividends.push(paid);
    }
    Ok(actions)
}

fn split(table: &Table, row: usize) -> Result<Split, StoreError> {
    let (new, old) = (table.int(2)[row], table.int(3)[row]);
    let ratio = Ratio::new(new, old).ok_or_else(|| invalid("split ratio", format!("{new}:{old}")))?;
    Ok(Split { ex_date: date(table.int(1)[row])?, ratio })
}

fn dividend(table: &Table, row: usize) -> Result<Dividend, StoreError> {
    Ok(Dividend { ex_date: date(table.int(1)[row])?, amount: Price::from_micros(table.int(2)[row]) })
}

/// Replaces all corporate actions of instruments. The lists are in order of ex-date.
pub fn replace(tx: &mut Transaction, actions: &[(InstrumentId, BTreeMap<i64, Actions>)]) {
    let ids: Vec<i64> = actions.iter().map(|(id, _)| id.0).collect();
    tx.push(&SPLIT_DELETE, vec![ids.clone().into()], Expect::Any);
    tx.push(&DIVIDEND_DELETE, vec![ids.into()], Expect::Any);
    // Several actions of one ex-date keep their order by number, and those of one source stay together.
    let (mut splits, mut dividends) = (Vec::new(), Vec::new());
    for (id, by_source) in actions {
        let own =
            || by_source.iter().flat_map(|(source, told)| told.splits.iter().map(|split| (*source, *split)));
        splits.extend((0_i64..).zip(own()).map(|(ordinal, (source, split))| (id.0, ordinal, source, split)));
        let own =
            || by_source.iter().flat_map(|(source, told)| told.dividends.iter().map(|paid| (*source, *paid)));
        dividends.extend((0_i64..).zip(own()).map(|(ordinal, (source, paid))| (id.0, ordinal, source, paid)));
    }
    let split_rows = Table::new(vec![
        splits.iter().map(|row| row.0).collect::<Vec<_>>().into(),
        splits.iter().map(|row| days(row.3.ex_date)).collect::<Vec<_>>().into(),
        splits.iter().map(|row| row.1).collect::<Vec<_>>().into(),
        splits.iter().map(|row| row.3.ratio.new_units()).collect::<Vec<_>>().into(),
        splits.iter().map(|row| row.3.ratio.old_units()).collect::<Vec<_>>().into(),
        splits.iter().map(|row| row.2).collect::<Vec<_>>().into(),
    ]);
    let dividend_rows = Table::new(vec![
        dividends.iter().map(|row| row.0).collect::<Vec<_>>().into(),
        dividends.iter().map(|row| days(row.3.ex_date)).collect::<Vec<_>>().into(),
        dividends.iter().map(|row| row.1).collect::<Vec<_>>().into(),
        dividends.iter().map(|row| row.3.amount.micros()).collect::<Vec<_>>().into(),
        dividends.iter().map(|row| row.2).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&SPLIT_INSERT, split_rows, Expect::Exactly(splits.len() as u64));
    tx.push_rows(&DIVIDEND_INSERT, dividend_rows, Expect::Exactly(dividends.len() as u64));
}
