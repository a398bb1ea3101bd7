//! Splits and dividends.

use std::collections::BTreeMap;

use model::{Actions, Dividend, InstrumentId, Price, Ratio, Split};

use crate::store::Store;
use crate::stored::{date, days, invalid};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Splits of instruments.
    SPLITS: "SELECT instrument_id, ex_date, new_units, old_units FROM split WHERE instrument_id IN {ids:$1} \
        ORDER BY instrument_id, ex_date, ordinal",
        params [int], columns [int, int, int, int];
    /// Dividends of instruments.
    DIVIDENDS: "SELECT instrument_id, ex_date, amount FROM dividend WHERE instrument_id IN {ids:$1} \
        ORDER BY instrument_id, ex_date, ordinal",
        params [int], columns [int, int, int];
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

pub(crate) fn read(splits: &Table, dividends: &Table) -> Result<ActionsByInstrument, StoreError> {
    let mut actions = ActionsByInstrument::new();
    for row in 0..splits.len() {
        let (new, old) = (splits.int(2)[row], splits.int(3)[row]);
        let ratio = Ratio::new(new, old).ok_or_else(|| invalid("split ratio", format!("{new}:{old}")))?;
        let split = Split { ex_date: date(splits.int(1)[row])?, ratio };
        actions.entry(InstrumentId(splits.int(0)[row])).or_default().splits.push(split);
    }
    for row in 0..dividends.len() {
        let amount = Price::from_micros(dividends.int(2)[row]);
        let dividend = Dividend { ex_date: date(dividends.int(1)[row])?, amount };
        actions.entry(InstrumentId(dividends.int(0)[row])).or_default().dividends.push(dividend);
    }
    Ok(actions)
}

/// Replaces all corporate actions of instruments. The lists are in order of ex-date.
pub fn replace(tx: &mut Transaction, actions: &[(InstrumentId, Actions)], source: i64) {
    let ids: Vec<i64> = actions.iter().map(|(id, _)| id.0).collect();
    tx.push(&SPLIT_DELETE, vec![ids.clone().into()], Expect::Any);
    tx.push(&DIVIDEND_DELETE, vec![ids.into()], Expect::Any);
    // Several actions of one ex-date keep their order by number.
    let splits: Vec<(i64, i64, &Split)> = actions
        .iter()
        .flat_map(|(id, actions)| {
            (0_i64..).zip(&actions.splits).map(|(ordinal, split)| (id.0, ordinal, split))
        })
        .collect();
    let dividends: Vec<(i64, i64, &Dividend)> = actions
        .iter()
        .flat_map(|(id, actions)| {
            (0_i64..).zip(&actions.dividends).map(|(ordinal, paid)| (id.0, ordinal, paid))
        })
        .collect();
    let split_rows = Table::new(vec![
        splits.iter().map(|(id, _, _)| *id).collect::<Vec<_>>().into(),
        splits.iter().map(|(_, _, split)| days(split.ex_date)).collect::<Vec<_>>().into(),
        splits.iter().map(|(_, ordinal, _)| *ordinal).collect::<Vec<_>>().into(),
        splits.iter().map(|(_, _, split)| split.ratio.new_units()).collect::<Vec<_>>().into(),
        splits.iter().map(|(_, _, split)| split.ratio.old_units()).collect::<Vec<_>>().into(),
        vec![source; splits.len()].into(),
    ]);
    let dividend_rows = Table::new(vec![
        dividends.iter().map(|(id, _, _)| *id).collect::<Vec<_>>().into(),
        dividends.iter().map(|(_, _, paid)| days(paid.ex_date)).collect::<Vec<_>>().into(),
        dividends.iter().map(|(_, ordinal, _)| *ordinal).collect::<Vec<_>>().into(),
        dividends.iter().map(|(_, _, paid)| paid.amount.micros()).collect::<Vec<_>>().into(),
        vec![source; dividends.len()].into(),
    ]);
    tx.push_rows(&SPLIT_INSERT, split_rows, Expect::Exactly(splits.len() as u64));
    tx.push_rows(&DIVIDEND_INSERT, dividend_rows, Expect::Exactly(dividends.len() as u64));
}
