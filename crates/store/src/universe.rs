//! The instruments whose prices are kept up to date.

use std::collections::BTreeMap;

use model::{InstrumentId, Symbol, Timestamp};

use crate::store::Store;
use crate::stored::{instant, invalid};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Every instrument of the universe.
    UNIVERSE_ALL: "SELECT instrument_id, entered_at, is_active, reasons FROM universe ORDER BY instrument_id",
        params [], columns [int, int, int, text];
    /// Those of some instruments that are in the universe.
    UNIVERSE_OF_INSTRUMENTS: "SELECT instrument_id, entered_at, is_active, reasons FROM universe \
        WHERE instrument_id IN {ids:$1} ORDER BY instrument_id",
        params [int], columns [int, int, int, text];
    /// Takes instruments in whose bars came, or makes them active again.
    UNIVERSE_ENTER: "INSERT INTO universe (instrument_id, entered_at, is_active, reasons) \
        SELECT r.instrument_id, r.entered_at, 1, '' FROM {rows: instrument_id, entered_at} r WHERE true \
        ON CONFLICT (instrument_id) DO UPDATE SET is_active = 1 WHERE universe.is_active = 0",
        params [int, int], columns [];
    /// Takes those of some instruments in that have bars.
    UNIVERSE_ENTER_PRICED: "INSERT INTO universe (instrument_id, entered_at, is_active, reasons) \
        SELECT i.id, $2, 1, '' FROM instrument i WHERE i.id IN {ids:$1} \
            AND EXISTS (SELECT 1 FROM bar b WHERE b.instrument_id = i.id) \
        ON CONFLICT (instrument_id) DO NOTHING",
        params [int, int], columns [];
    /// Takes an instrument in whose figures were computed, with those that are absent.
    UNIVERSE_ENTER_MEASURED: "INSERT INTO universe (instrument_id, entered_at, is_active, reasons) \
        VALUES ($1, $2, 1, $3) \
        ON CONFLICT (instrument_id) DO UPDATE SET is_active = 1, reasons = excluded.reasons",
        params [int, int, text], columns [];
    /// Makes the instruments of symbols inactive that the providers do not know any more.
    UNIVERSE_LEAVE: "UPDATE universe SET is_active = 0 WHERE is_active = 1 AND instrument_id IN \
        (SELECT instrument_id FROM instrument_alias WHERE symbol IN {texts:$1} AND owner = '' AND last_date IS NULL)",
        params [text], columns [];
}

/// An instrument's place in the universe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Since when.
    pub entered_at: Timestamp,
    /// Whether the providers still know it.
    pub is_active: bool,
    /// The risk figures that were absent when it entered, each with the stable name of the reason.
    pub absent: Vec<(String, String)>,
}

/// Places in the universe by instrument.
pub type Members = BTreeMap<InstrumentId, Member>;

/// Everything in the universe.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<Members, StoreError> {
    read(&store.load(vec![Query::new(&UNIVERSE_ALL, vec![])]).await?[0])
}

/// Those of some instruments that are in the universe.
///
/// # Errors
/// [`StoreError`].
pub async fn of_instruments(store: &Store, instruments: &[InstrumentId]) -> Result<Members, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    read(&store.load(vec![Query::new(&UNIVERSE_OF_INSTRUMENTS, vec![ids.into()])]).await?[0])
}

fn read(table: &Table) -> Result<Members, StoreError> {
    (0..table.len())
        .map(|row| {
            let instrument = InstrumentId(table.int(0)[row]);
            let member = Member {
                instrument,
                entered_at: instant(table.int(1)[row]),
                is_active: table.int(2)[row] != 0,
                absent: parse_absent(&table.text(3)[row])?,
            };
            Ok((instrument, member))
        })
        .collect()
}

/// Takes instruments in whose bars came; those that are in already stay as they are, but for being active again.
pub fn enter(tx: &mut Transaction, instruments: &[InstrumentId], now: Timestamp) {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let rows = Table::new(vec![ids.into(), vec![now.epoch_micros(); instruments.len()].into()]);
    tx.push_rows(&UNIVERSE_ENTER, rows, Expect::AtMost(instruments.len() as u64));
}

/// Takes those of some instruments in that have bars and are not in yet.
pub fn enter_priced(tx: &mut Transaction, instruments: &[InstrumentId], now: Timestamp) {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    tx.push(&UNIVERSE_ENTER_PRICED, vec![ids.into(), now.epoch_micros().into()], Expect::Any);
}

/// Takes an instrument in whose figures were computed.
pub fn enter_measured(
    tx: &mut Transaction,
    instrument: InstrumentId,
    absent: &[(String, String)],
    now: Timestamp,
) {
    let values = vec![instrument.0.into(), now.epoch_micros().into(), absent_text(absent).into()];
    tx.push(&UNIVERSE_ENTER_MEASURED, values, Expect::Exactly(1));
}

/// Makes the instruments of symbols inactive; those that are not in the universe stay out.
pub fn leave(tx: &mut Transaction, symbols: &[Symbol]) {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    tx.push(&UNIVERSE_LEAVE, vec![symbols.into()], Expect::Any);
}

fn absent_text(absent: &[(String, String)]) -> String {
    absent.iter().map(|(figure, reason)| format!("{figure}={reason}")).collect::<Vec<_>>().join(",")
}

fn parse_absent(text: &str) -> Result<Vec<(String, String)>, StoreError> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    let pair =
        |part: &str| part.split_once('=').map(|(figure, reason)| (figure.to_owned(), reason.to_owned()));
    parts.map(|part| pair(part).ok_or_else(|| invalid("absent figure", part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_figures_are_read_as_they_were_written() {
        let pairs =
            [("market_beta".to_owned(), "too_few_returns".to_owned()), ("har".to_owned(), "x".to_owned())];
        for absent in [&pairs[..], &[]] {
            assert_eq!(parse_absent(&absent_text(absent)).unwrap(), absent);
        }
        assert!(parse_absent("nonsense").is_err());
    }
}
