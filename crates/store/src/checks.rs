//! What a look through the whole database reads: terms of snapshots and positions page by page, events of instruments
//! that nothing names, and leases that have run out. Of all owners.

use std::collections::BTreeMap;

use model::{Date, EventId, Money, PortfolioId, Quantity, Timestamp};

use crate::leases::Lease;
use crate::store::Store;
use crate::stored::{date, days, instant};
use crate::{Query, StoreError};

crate::statements! {
    /// The terms of snapshots behind one of them, in order.
    SNAPSHOT_TERMS: "SELECT portfolio_id, session, equity, cash, long_value, short_value, unrealized_change, \
            realized, income, fees, flow, daily_pnl, cost_total, long_count, short_count, identity_checked \
        FROM snapshot WHERE (portfolio_id, session) > ($1, $2) ORDER BY portfolio_id, session LIMIT $3",
        params [int, int, int],
        columns [int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int];
    /// The terms of positions behind one of them, in order.
    POSITION_TERMS: "SELECT portfolio_id, instrument_id, session, quantity, cost, market_value FROM position \
        WHERE (portfolio_id, instrument_id) > ($1, $2) ORDER BY portfolio_id, instrument_id LIMIT $3",
        params [int, int, int], columns [int, int, int, int, int, int];
    /// Events of instruments that have no symbol.
    EVENTS_WITHOUT_SYMBOL: "SELECT e.id, e.portfolio_id FROM event e LEFT JOIN instrument_alias a \
            ON a.instrument_id = e.instrument_id AND a.last_date IS NULL \
        WHERE e.instrument_id IS NOT NULL AND a.symbol IS NULL ORDER BY e.id LIMIT $1",
        params [int], columns [int, int];
    /// Leases that ended without being given back.
    LEASES_EXPIRED: "SELECT name, owner, expires_at FROM lease WHERE expires_at <= $1 ORDER BY name LIMIT $2",
        params [int, int], columns [text, text, int];
    /// The names of all portfolios.
    PORTFOLIO_NAMES: "SELECT id, name FROM portfolio ORDER BY id",
        params [], columns [int, text];
}

/// What the identity of a snapshot is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotTerms {
    /// Whose it is.
    pub portfolio: PortfolioId,
    /// Its session.
    pub session: Date,
    /// Equity at the close.
    pub equity: Money,
    /// Cash at the close.
    pub cash: Money,
    /// Market value of long holdings.
    pub long_value: Money,
    /// Market value of short holdings, negative.
    pub short_value: Money,
    /// Change of unrealized profit.
    pub unrealized_change: Money,
    /// Profit of what was closed.
    pub realized: Money,
    /// Dividends and interest.
    pub income: Money,
    /// Commissions and other costs.
    pub fees: Money,
    /// Deposits less withdrawals.
    pub flow: Money,
    /// The profit as stored.
    pub daily_pnl: Money,
    /// Cost of all lots.
    pub cost_total: Money,
    /// Holdings above and below zero.
    pub position_count: i64,
    /// Whether the identity was checked when it was written.
    pub is_checked: bool,
}

/// What a position adds to the snapshot it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionTerms {
    /// Whose it is.
    pub portfolio: PortfolioId,
    /// The instrument held.
    pub instrument: i64,
    /// The session it is of.
    pub session: Date,
    /// Signed units.
    pub quantity: Quantity,
    /// Cost of its lots.
    pub cost: Money,
    /// Its market value.
    pub market_value: Money,
}

/// The names of all portfolios, of all owners.
///
/// # Errors
/// [`StoreError`].
pub async fn portfolio_names(store: &Store) -> Result<BTreeMap<PortfolioId, String>, StoreError> {
    let tables = store.load(vec![Query::new(&PORTFOLIO_NAMES, vec![])]).await?;
    let ids = tables[0].int(0).iter().map(|id| PortfolioId(*id));
    Ok(ids.zip(tables[0].text(1).iter().cloned()).collect())
}

/// Up to `limit` snapshots behind the one given, by portfolio and session; from the first when none is given.
///
/// # Errors
/// [`StoreError`].
pub async fn snapshot_terms(
    store: &Store,
    after: Option<(PortfolioId, Date)>,
    limit: usize,
) -> Result<Vec<SnapshotTerms>, StoreError> {
    let (portfolio, session) = after.map_or((i64::MIN, i64::MIN), |(id, session)| (id.0, days(session)));
    let values = vec![portfolio.into(), session.into(), (limit as i64).into()];
    let tables = store.load(vec![Query::new(&SNAPSHOT_TERMS, values)]).await?;
    let table = &tables[0];
    let terms = |row: usize| {
        let money = |column: usize| Money::from_micros(table.int(column)[row]);
        Ok(SnapshotTerms {
            portfolio: PortfolioId(table.int(0)[row]),
            session: date(table.int(1)[row])?,
            equity: money(2),
            cash: money(3),
            long_value: money(4),
            short_value: money(5),
            unrealized_change: money(6),
            realized: money(7),
            income: money(8),
            fees: money(9),
            flow: money(10),
            daily_pnl: money(11),
            cost_total: money(12),
            position_count: table.int(13)[row].saturating_add(table.int(14)[row]),
            is_checked: table.int(15)[row] != 0,
        })
    };
    (0..table.len()).map(terms).collect()
}

/// Up to `limit` positions behind the one given, by portfolio and instrument; from the first when none is given.
///
/// # Errors
/// [`StoreError`].
pub async fn position_terms(
    store: &Store,
    after: Option<(PortfolioId, i64)>,
    limit: usize,
) -> Result<Vec<PositionTerms>, StoreError> {
    let (portfolio, instrument) = after.map_or((i64::MIN, i64::MIN), |(id, instrument)| (id.0, instrument));
    let values = vec![portfolio.into(), instrument.into(), (limit as i64).into()];
    let tables = store.load(vec![Query::new(&POSITION_TERMS, values)]).await?;
    let table = &tables[0];
    let terms = |row: usize| {
        Ok(PositionTerms {
            portfolio: PortfolioId(table.int(0)[row]),
            instrument: table.int(1)[row],
            session: date(table.int(2)[row])?,
            quantity: Quantity::from_hundred_millionths(table.int(3)[row]),
            cost: Money::from_micros(table.int(4)[row]),
            market_value: Money::from_micros(table.int(5)[row]),
        })
    };
    (0..table.len()).map(terms).collect()
}

/// Up to `limit` events of instruments that have no symbol, with their portfolios.
///
/// # Errors
/// [`StoreError`].
pub async fn events_without_symbol(
    store: &Store,
    limit: usize,
) -> Result<Vec<(EventId, PortfolioId)>, StoreError> {
    let tables = store.load(vec![Query::new(&EVENTS_WITHOUT_SYMBOL, vec![(limit as i64).into()])]).await?;
    let ids = tables[0].int(0).iter().map(|id| EventId(*id));
    Ok(ids.zip(tables[0].int(1).iter().map(|id| PortfolioId(*id))).collect())
}

/// Up to `limit` leases that ended at `now` or before without being given back.
///
/// # Errors
/// [`StoreError`].
pub async fn expired_leases(store: &Store, now: Timestamp, limit: usize) -> Result<Vec<Lease>, StoreError> {
    let values = vec![now.epoch_micros().into(), (limit as i64).into()];
    let tables = store.load(vec![Query::new(&LEASES_EXPIRED, values)]).await?;
    let table = &tables[0];
    let lease = |row: usize| Lease {
        name: table.text(0)[row].clone(),
        owner: table.text(1)[row].clone(),
        expires_at: instant(table.int(2)[row]),
    };
    Ok((0..table.len()).map(lease).collect())
}
