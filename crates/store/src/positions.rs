//! Positions: what portfolios hold at their newest snapshots.

use std::collections::BTreeMap;

use model::{Date, InstrumentId, Money, PortfolioId, Position, Price, Quantity, Quote};

use crate::store::Store;
use crate::stored::{date, days, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Positions of one portfolio.
    POSITIONS: "SELECT p.instrument_id, a.symbol, p.session, p.quantity, p.cost, p.price, p.price_date, \
            p.price_status, p.price_age_sessions, p.market_value, p.unrealized, p.daily_pnl, p.daily_return, \
            p.weight \
        FROM position p \
        JOIN instrument_alias a ON a.instrument_id = p.instrument_id AND a.last_date IS NULL \
        WHERE p.portfolio_id = $1 ORDER BY a.symbol",
        params [int],
        columns [int, text, int, int, int, int?, int?, text, int, int, int, int, real?, real?];
    /// Positions of several portfolios.
    POSITIONS_OF_PORTFOLIOS: "SELECT p.instrument_id, a.symbol, p.session, p.quantity, p.cost, p.price, \
            p.price_date, p.price_status, p.price_age_sessions, p.market_value, p.unrealized, p.daily_pnl, \
            p.daily_return, p.weight, p.portfolio_id \
        FROM position p \
        JOIN instrument_alias a ON a.instrument_id = p.instrument_id AND a.last_date IS NULL \
        WHERE p.portfolio_id IN {ids:$1} ORDER BY p.portfolio_id, a.symbol",
        params [int],
        columns [int, text, int, int, int, int?, int?, text, int, int, int, int, real?, real?, int];
    /// Drops the positions of portfolios.
    POSITION_DELETE: "DELETE FROM position WHERE portfolio_id IN {ids:$1}",
        params [int], columns [];
    /// Writes positions.
    POSITION_INSERT: "INSERT INTO position (portfolio_id, instrument_id, session, quantity, cost, price, \
            price_date, price_status, price_age_sessions, market_value, unrealized, daily_pnl, daily_return, \
            weight) \
        SELECT r.portfolio_id, r.instrument_id, r.session, r.quantity, r.cost, r.price, r.price_date, \
            r.price_status, r.price_age_sessions, r.market_value, r.unrealized, r.daily_pnl, r.daily_return, \
            r.weight \
        FROM {rows: portfolio_id, instrument_id, session, quantity, cost, price, price_date, price_status, \
            price_age_sessions, market_value, unrealized, daily_pnl, daily_return, weight} r",
        params [int, int, int, int, int, int?, int?, text, int, int, int, int, real?, real?], columns [];
}

/// Positions of one portfolio by symbol, and the session they are of; `None` when there are none.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portfolio(
    store: &Store,
    portfolio: PortfolioId,
) -> Result<Option<(Date, Vec<Position>)>, StoreError> {
    let tables = store.load(vec![Query::new(&POSITIONS, vec![portfolio.0.into()])]).await?;
    let table = &tables[0];
    let positions = read(table)?;
    let Some(session) = table.int(2).first() else { return Ok(None) };
    Ok(Some((date(*session)?, positions)))
}

/// Positions of several portfolios, each list by symbol.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portfolios(
    store: &Store,
    portfolios: &[PortfolioId],
) -> Result<BTreeMap<PortfolioId, Vec<Position>>, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|portfolio| portfolio.0).collect();
    let tables = store.load(vec![Query::new(&POSITIONS_OF_PORTFOLIOS, vec![ids.into()])]).await?;
    let mut held: BTreeMap<PortfolioId, Vec<Position>> = BTreeMap::new();
    for (position, portfolio) in read(&tables[0])?.into_iter().zip(tables[0].int(14)) {
        held.entry(PortfolioId(*portfolio)).or_default().push(position);
    }
    Ok(held)
}

fn read(table: &Table) -> Result<Vec<Position>, StoreError> {
    let position = |row: usize| {
        let quote = Quote {
            price: table.int_null(5)[row].map(Price::from_micros),
            price_date: table.int_null(6)[row].map(date).transpose()?,
            status: parse("price status", &table.text(7)[row])?,
            age_sessions: table.int(8)[row] as u32,
        };
        Ok(Position {
            instrument: InstrumentId(table.int(0)[row]),
            symbol: parse("symbol", &table.text(1)[row])?,
            quantity: Quantity::from_hundred_millionths(table.int(3)[row]),
            cost: Money::from_micros(table.int(4)[row]),
            quote,
            market_value: Money::from_micros(table.int(9)[row]),
            unrealized: Money::from_micros(table.int(10)[row]),
            daily_pnl: Money::from_micros(table.int(11)[row]),
            daily_return: table.real_null(12)[row],
            weight: table.real_null(13)[row],
        })
    };
    (0..table.len()).map(position).collect()
}

/// Drops the positions of portfolios.
pub fn delete(tx: &mut Transaction, portfolios: &[PortfolioId]) {
    let ids: Vec<i64> = portfolios.iter().map(|portfolio| portfolio.0).collect();
    tx.push(&POSITION_DELETE, vec![ids.into()], Expect::Any);
}

/// Writes positions with the portfolio and the session they are of. Those of their portfolios were dropped before
/// in the same transaction.
pub fn insert(tx: &mut Transaction, positions: &[(PortfolioId, Date, &Position)]) {
    let rows = Table::new(vec![
        positions.iter().map(|(portfolio, _, _)| portfolio.0).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.instrument.0).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, session, _)| days(*session)).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.quantity.hundred_millionths()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.cost.micros()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.quote.price.map(Price::micros)).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.quote.price_date.map(days)).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.quote.status.as_str()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| i64::from(p.quote.age_sessions)).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.market_value.micros()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.unrealized.micros()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.daily_pnl.micros()).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.daily_return).collect::<Vec<_>>().into(),
        positions.iter().map(|(_, _, p)| p.weight).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&POSITION_INSERT, rows, Expect::Exactly(positions.len() as u64));
}
