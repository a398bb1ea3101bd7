//! Instruments and the symbols they go by.

use model::{Currency, Instrument, InstrumentId, InstrumentKind, OptionTerms, Price, Symbol, Timestamp};

use crate::private_symbols::owner_of;
use crate::store::Store;
use crate::stored::{date, days, parse};
use crate::{Column, Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Instruments by the symbols that everybody goes by now.
    INSTRUMENTS_BY_SYMBOL: "SELECT i.id, a.symbol, i.kind, i.currency, i.multiplier, i.is_whole_unit, \
            i.underlying_id, i.option_right, i.strike, i.expiration \
        FROM instrument_alias a JOIN instrument i ON i.id = a.instrument_id \
        WHERE a.symbol IN {texts:$1} AND a.owner = '' AND a.last_date IS NULL ORDER BY a.symbol",
        params [text], columns [int, text, text, text?, int, int, int?, text?, int?, int?];
    /// Instruments that the active events of portfolios name, and the underlyings of their options.
    INSTRUMENTS_OF_PORTFOLIOS: "WITH named AS (SELECT DISTINCT e.instrument_id AS id FROM event e \
            WHERE e.portfolio_id IN {ids:$1} AND e.voided_at IS NULL) \
        SELECT i.id, a.symbol, i.kind, i.currency, i.multiplier, i.is_whole_unit, \
            i.underlying_id, i.option_right, i.strike, i.expiration \
        FROM instrument i JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL \
        WHERE i.id IN (SELECT n.id FROM named n \
            UNION SELECT o.underlying_id FROM named n JOIN instrument o ON o.id = n.id) ORDER BY a.symbol",
        params [int], columns [int, text, text, text?, int, int, int?, text?, int?, int?];
    /// Instruments by their ids.
    INSTRUMENTS_BY_ID: "SELECT i.id, a.symbol, i.kind, i.currency, i.multiplier, i.is_whole_unit, \
            i.underlying_id, i.option_right, i.strike, i.expiration \
        FROM instrument i JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL \
        WHERE i.id IN {ids:$1} ORDER BY a.symbol",
        params [int], columns [int, text, text, text?, int, int, int?, text?, int?, int?];
    /// Every instrument that everybody knows, and those of an owner that events name.
    INSTRUMENTS_ALL: "SELECT i.id, a.symbol, i.kind, i.currency, i.multiplier, i.is_whole_unit, \
            i.underlying_id, i.option_right, i.strike, i.expiration \
        FROM instrument i JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL \
        WHERE a.owner = '' OR (a.owner = $1 \
            AND (SELECT e.id FROM event e WHERE e.instrument_id = i.id LIMIT 1) IS NOT NULL) \
        ORDER BY a.symbol, a.owner",
        params [text], columns [int, text, text, text?, int, int, int?, text?, int?, int?];
    /// Adds instruments.
    INSTRUMENT_INSERT: "INSERT INTO instrument (id, kind, currency, multiplier, is_whole_unit, underlying_id, \
            option_right, strike, expiration, created_at) \
        SELECT r.id, r.kind, r.currency, r.multiplier, r.is_whole_unit, r.underlying_id, r.option_right, \
            r.strike, r.expiration, r.created_at \
        FROM {rows: id, kind, currency, multiplier, is_whole_unit, underlying_id, option_right, strike, \
            expiration, created_at} r",
        params [int, text, text?, int, int, int?, text?, int?, int?, int], columns [];
    /// Notes what was learned of instruments; what is absent stays as it is.
    INSTRUMENT_LEARN: "UPDATE instrument SET kind = COALESCE(r.kind, instrument.kind), \
            currency = COALESCE(r.currency, instrument.currency), \
            is_whole_unit = COALESCE(r.is_whole_unit, instrument.is_whole_unit) \
        FROM {rows: id, kind, currency, is_whole_unit} r WHERE instrument.id = r.id",
        params [int, text?, text?, int?], columns [];
    /// Gives instruments the symbols they go by.
    ALIAS_INSERT: "INSERT INTO instrument_alias (symbol, owner, first_date, last_date, instrument_id) \
        SELECT r.symbol, r.owner, r.first_date, r.last_date, r.instrument_id \
        FROM {rows: symbol, owner, first_date, last_date, instrument_id} r",
        params [text, text, int, int?, int], columns [];
}

/// The first date of a symbol nobody has renamed.
const ALIAS_FIRST_DATE: i64 = i32::MIN as i64;

/// Instruments by the symbols that everybody goes by, in order of symbol; unknown symbols are left out, and so is what owners
/// hold in private.
///
/// # Errors
/// [`StoreError`].
pub async fn by_symbol(store: &Store, symbols: &[Symbol]) -> Result<Vec<Instrument>, StoreError> {
    let symbols: Vec<String> = symbols.iter().map(|symbol| symbol.as_str().to_owned()).collect();
    read(&store.load(vec![of_symbols(symbols)]).await?[0])
}

pub(crate) fn of_symbols(symbols: Vec<String>) -> Query {
    Query::new(&INSTRUMENTS_BY_SYMBOL, vec![symbols.into()])
}

/// Instruments by their ids, in order of symbol.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, ids: &[InstrumentId]) -> Result<Vec<Instrument>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    read(&store.load(vec![Query::new(&INSTRUMENTS_BY_ID, vec![ids.into()])]).await?[0])
}

/// Every instrument that everybody knows, and what an owner holds in private, in order of symbol.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store, owner: &str) -> Result<Vec<Instrument>, StoreError> {
    read(&store.load(vec![Query::new(&INSTRUMENTS_ALL, vec![owner.into()])]).await?[0])
}

pub(crate) fn of_portfolios(portfolios: Vec<i64>) -> Query {
    Query::new(&INSTRUMENTS_OF_PORTFOLIOS, vec![portfolios.into()])
}

pub(crate) fn read(table: &Table) -> Result<Vec<Instrument>, StoreError> {
    (0..table.len())
        .map(|row| {
            let currency = table.text_null(3)[row].as_deref();
            Ok(Instrument {
                id: InstrumentId(table.int(0)[row]),
                symbol: parse("symbol", &table.text(1)[row])?,
                kind: parse("instrument kind", &table.text(2)[row])?,
                currency: currency.map(|text| parse("currency", text)).transpose()?,
                multiplier: table.int(4)[row],
                is_whole_unit: table.int(5)[row] != 0,
                option: option(table, row)?,
            })
        })
        .collect()
}

fn option(table: &Table, row: usize) -> Result<Option<OptionTerms>, StoreError> {
    let (underlying, right) = (table.int_null(6)[row], table.text_null(7)[row].as_deref());
    let (Some(underlying), Some(right), Some(strike), Some(expiration)) =
        (underlying, right, table.int_null(8)[row], table.int_null(9)[row])
    else {
        return Ok(None);
    };
    Ok(Some(OptionTerms {
        underlying: InstrumentId(underlying),
        right: parse("option right", right)?,
        strike: Price::from_micros(strike),
        expiration: date(expiration)?,
    }))
}

/// Adds new instruments under their symbols, an underlying before its options; private holdings under symbols of their owner.
/// When somebody else adds one of the symbols first, the transaction fails with [`StoreError::Constraint`], and its maker
/// looks the symbols up again.
pub fn insert(tx: &mut Transaction, owner: &str, instruments: &[Instrument], now: Timestamp) {
    let count = instruments.len();
    let currency = |i: &Instrument| i.currency.map(|currency| currency.as_str().to_owned());
    let option = |figure: fn(&OptionTerms) -> i64| -> Column {
        instruments.iter().map(|i| i.option.as_ref().map(figure)).collect::<Vec<_>>().into()
    };
    let rows = Table::new(vec![
        instruments.iter().map(|i| i.id.0).collect::<Vec<_>>().into(),
        instruments.iter().map(|i| i.kind.as_str().to_owned()).collect::<Vec<_>>().into(),
        instruments.iter().map(currency).collect::<Vec<_>>().into(),
        instruments.iter().map(|i| i.multiplier).collect::<Vec<_>>().into(),
        instruments.iter().map(|i| i64::from(i.is_whole_unit)).collect::<Vec<_>>().into(),
        option(|terms| terms.underlying.0),
        instruments.iter().map(|i| i.option.map(|o| o.right.as_str().to_owned())).collect::<Vec<_>>().into(),
        option(|terms| terms.strike.micros()),
        option(|terms| days(terms.expiration)),
        vec![now.epoch_micros(); count].into(),
    ]);
    let aliases = Table::new(vec![
        instruments.iter().map(|i| i.symbol.as_str().to_owned()).collect::<Vec<_>>().into(),
        instruments.iter().map(|i| owner_of(i, owner).to_owned()).collect::<Vec<_>>().into(),
        vec![ALIAS_FIRST_DATE; count].into(),
        vec![None::<i64>; count].into(),
        instruments.iter().map(|i| i.id.0).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&INSTRUMENT_INSERT, rows, Expect::Exactly(count as u64));
    tx.push_rows(&ALIAS_INSERT, aliases, Expect::Exactly(count as u64));
}

/// What was learned of an instrument; what is absent stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// Of what.
    pub instrument: InstrumentId,
    /// What it is.
    pub kind: Option<InstrumentKind>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Whether only whole units can be held.
    pub is_whole_unit: Option<bool>,
}

/// Notes what was learned of instruments.
pub fn learn(tx: &mut Transaction, learned: &[Learned]) {
    let text = |value: fn(&Learned) -> Option<String>| -> Column {
        learned.iter().map(value).collect::<Vec<_>>().into()
    };
    let rows = Table::new(vec![
        learned.iter().map(|learned| learned.instrument.0).collect::<Vec<_>>().into(),
        text(|learned| learned.kind.map(|kind| kind.as_str().to_owned())),
        text(|learned| learned.currency.map(|currency| currency.as_str().to_owned())),
        learned.iter().map(|learned| learned.is_whole_unit.map(i64::from)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&INSTRUMENT_LEARN, rows, Expect::Exactly(learned.len() as u64));
}
