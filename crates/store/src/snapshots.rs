//! Snapshots: what events and prices gave at each session's close.

use std::collections::BTreeMap;

use model::{Date, Gap, Money, PortfolioId, Snapshot, SnapshotState, Symbol, Timestamp};
use serde_json::{Value as Json, json};

use crate::store::Store;
use crate::stored::{date, days, instant, invalid, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// Snapshots of portfolios in a range of sessions.
    SNAPSHOTS: "SELECT portfolio_id, session, state, equity, cash, long_value, short_value, cost_total, \
            unrealized_change, realized, income, fees, flow, daily_pnl, daily_return, cumulative_pnl, \
            cumulative_return, unrealized_total, realized_total, long_count, short_count, coverage, gaps, \
            engine_version, computed_at, identity_checked \
        FROM snapshot WHERE portfolio_id IN {ids:$1} AND session >= $2 AND session <= $3 \
        ORDER BY portfolio_id, session",
        params [int, int, int],
        columns [int, int, text, int, int, int, int, int, int, int, int, int, int, int, real?, int, real, int, int,
            int, int, real, text?, text, int, int];
    /// The first snapshots of one portfolio in a range of sessions.
    SNAPSHOTS_PAGE: "SELECT portfolio_id, session, state, equity, cash, long_value, short_value, cost_total, \
            unrealized_change, realized, income, fees, flow, daily_pnl, daily_return, cumulative_pnl, \
            cumulative_return, unrealized_total, realized_total, long_count, short_count, coverage, gaps, \
            engine_version, computed_at, identity_checked \
        FROM snapshot WHERE portfolio_id = $1 AND session >= $2 AND session <= $3 ORDER BY session LIMIT $4",
        params [int, int, int, int],
        columns [int, int, text, int, int, int, int, int, int, int, int, int, int, int, real?, int, real, int, int,
            int, int, real, text?, text, int, int];
    /// The newest snapshot of each portfolio.
    SNAPSHOTS_NEWEST: "SELECT s.portfolio_id, s.session, s.state, s.equity, s.cash, s.long_value, s.short_value, \
            s.cost_total, s.unrealized_change, s.realized, s.income, s.fees, s.flow, s.daily_pnl, \
            s.daily_return, s.cumulative_pnl, s.cumulative_return, s.unrealized_total, s.realized_total, \
            s.long_count, s.short_count, s.coverage, s.gaps, s.engine_version, s.computed_at, \
            s.identity_checked \
        FROM portfolio p JOIN snapshot s ON s.portfolio_id = p.id AND s.session = \
            (SELECT MAX(l.session) FROM snapshot l WHERE l.portfolio_id = p.id) \
        WHERE p.id IN {ids:$1} ORDER BY s.portfolio_id",
        params [int],
        columns [int, int, text, int, int, int, int, int, int, int, int, int, int, int, real?, int, real, int, int,
            int, int, real, text?, text, int, int];
    /// First and last snapshot of each portfolio.
    SNAPSHOT_ENDS: "SELECT p.id, (SELECT MIN(s.session) FROM snapshot s WHERE s.portfolio_id = p.id), \
            (SELECT MAX(s.session) FROM snapshot s WHERE s.portfolio_id = p.id) \
        FROM portfolio p WHERE p.id IN {ids:$1} ORDER BY p.id",
        params [int], columns [int, int?, int?];
    /// Writes snapshots.
    SNAPSHOT_UPSERT: "INSERT INTO snapshot (portfolio_id, session, state, equity, cash, long_value, short_value, \
            cost_total, unrealized_change, realized, income, fees, flow, daily_pnl, daily_return, \
            cumulative_pnl, cumulative_return, unrealized_total, realized_total, long_count, short_count, \
            coverage, gaps, identity_checked, engine_version, computed_at) \
        SELECT r.portfolio_id, r.session, r.state, r.equity, r.cash, r.long_value, r.short_value, \
            r.cost_total, r.unrealized_change, r.realized, r.income, r.fees, r.flow, r.daily_pnl, \
            r.daily_return, r.cumulative_pnl, r.cumulative_return, r.unrealized_total, r.realized_total, \
            r.long_count, r.short_count, r.coverage, r.gaps, 1, r.engine_version, r.computed_at \
        FROM {rows: portfolio_id, session, state, equity, cash, long_value, short_value, cost_total, \
            unrealized_change, realized, income, fees, flow, daily_pnl, daily_return, cumulative_pnl, \
            cumulative_return, unrealized_total, realized_total, long_count, short_count, coverage, gaps, \
            engine_version, computed_at} r WHERE true \
        ON CONFLICT (portfolio_id, session) DO UPDATE SET state = excluded.state, equity = excluded.equity, \
            cash = excluded.cash, long_value = excluded.long_value, short_value = excluded.short_value, \
            cost_total = excluded.cost_total, unrealized_change = excluded.unrealized_change, \
            realized = excluded.realized, income = excluded.income, fees = excluded.fees, flow = excluded.flow, \
            daily_pnl = excluded.daily_pnl, daily_return = excluded.daily_return, \
            cumulative_pnl = excluded.cumulative_pnl, cumulative_return = excluded.cumulative_return, \
            unrealized_total = excluded.unrealized_total, realized_total = excluded.realized_total, \
            long_count = excluded.long_count, short_count = excluded.short_count, \
            coverage = excluded.coverage, gaps = excluded.gaps, engine_version = excluded.engine_version, \
            computed_at = excluded.computed_at",
        params [int, int, text, int, int, int, int, int, int, int, int, int, int, int, real?, int, real, int, int,
            int, int, real, text?, text, int],
        columns [];
    /// Drops the snapshots of one portfolio from a session on.
    SNAPSHOT_DELETE_FROM: "DELETE FROM snapshot WHERE portfolio_id = $1 AND session >= $2",
        params [int, int], columns [];
    /// Drops the snapshots of one portfolio.
    SNAPSHOT_DELETE_ALL: "DELETE FROM snapshot WHERE portfolio_id = $1",
        params [int], columns [];
    /// Drops single snapshots.
    SNAPSHOT_DELETE: "DELETE FROM snapshot WHERE (portfolio_id, session) IN \
        (SELECT r.portfolio_id, r.session FROM {rows: portfolio_id, session} r)",
        params [int, int], columns [];
}

/// A snapshot as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Version of the accounting rules that made it.
    pub engine_version: String,
    /// When it was computed.
    pub computed_at: Timestamp,
    /// Whether its identity was checked before it was written, as that of every snapshot is.
    pub is_identity_checked: bool,
}

/// Snapshots by portfolio, each list in session order.
pub type SnapshotsByPortfolio = BTreeMap<PortfolioId, Vec<StoredSnapshot>>;

/// Snapshots of one portfolio in a range, both ends included, in session order.
///
/// # Errors
/// [`StoreError`].
pub async fn in_range(
    store: &Store,
    portfolio: PortfolioId,
    first: Date,
    last: Date,
) -> Result<Vec<StoredSnapshot>, StoreError> {
    let tables = store.load(vec![query(vec![portfolio.0], first, last)]).await?;
    Ok(read(&tables[0])?.remove(&portfolio).unwrap_or_default())
}

/// The first `limit` snapshots of one portfolio in a range, both ends included, in session order.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    store: &Store,
    portfolio: PortfolioId,
    first: Date,
    last: Date,
    limit: i64,
) -> Result<Vec<StoredSnapshot>, StoreError> {
    let values = vec![portfolio.0.into(), days(first).into(), days(last).into(), limit.into()];
    let tables = store.load(vec![Query::new(&SNAPSHOTS_PAGE, values)]).await?;
    Ok(read(&tables[0])?.remove(&portfolio).unwrap_or_default())
}

/// Snapshots of several portfolios in a range, both ends included.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portfolios(
    store: &Store,
    portfolios: &[PortfolioId],
    first: Date,
    last: Date,
) -> Result<SnapshotsByPortfolio, StoreError> {
    let ids = portfolios.iter().map(|portfolio| portfolio.0).collect();
    read(&store.load(vec![query(ids, first, last)]).await?[0])
}

/// All snapshots of one portfolio in session order.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store, portfolio: PortfolioId) -> Result<Vec<StoredSnapshot>, StoreError> {
    in_range(store, portfolio, Date::from_epoch_days(i32::MIN), Date::from_epoch_days(i32::MAX)).await
}

pub(crate) fn query(portfolios: Vec<i64>, first: Date, last: Date) -> Query {
    Query::new(&SNAPSHOTS, vec![portfolios.into(), days(first).into(), days(last).into()])
}

pub(crate) fn newest(portfolios: Vec<i64>) -> Query {
    Query::new(&SNAPSHOTS_NEWEST, vec![portfolios.into()])
}

pub(crate) fn ends(portfolios: Vec<i64>) -> Query {
    Query::new(&SNAPSHOT_ENDS, vec![portfolios.into()])
}

pub(crate) fn read_ends(table: &Table) -> Result<BTreeMap<PortfolioId, (Date, Date)>, StoreError> {
    (0..table.len())
        .filter_map(|row| Some((row, table.int_null(1)[row]?, table.int_null(2)[row]?)))
        .map(|(row, first, last)| Ok((PortfolioId(table.int(0)[row]), (date(first)?, date(last)?))))
        .collect()
}

pub(crate) fn read(table: &Table) -> Result<SnapshotsByPortfolio, StoreError> {
    let mut snapshots = SnapshotsByPortfolio::new();
    for row in 0..table.len() {
        let money = |column: usize| Money::from_micros(table.int(column)[row]);
        let count = |column: usize| table.int(column)[row] as u32;
        let portfolio = PortfolioId(table.int(0)[row]);
        let snapshot = Snapshot {
            portfolio,
            session: date(table.int(1)[row])?,
            state: parse::<SnapshotState>("snapshot state", &table.text(2)[row])?,
            equity: money(3),
            cash: money(4),
            long_value: money(5),
            short_value: money(6),
            cost_total: money(7),
            unrealized_change: money(8),
            realized: money(9),
            income: money(10),
            fees: money(11),
            flow: money(12),
            daily_pnl: money(13),
            daily_return: table.real_null(14)[row],
            cumulative_pnl: money(15),
            cumulative_return: table.real(16)[row],
            unrealized_total: money(17),
            realized_total: money(18),
            position_count: count(19) + count(20),
            long_count: count(19),
            short_count: count(20),
            coverage: table.real(21)[row],
            gaps: table.text_null(22)[row].as_deref().map(parse_gaps).transpose()?.unwrap_or_default(),
        };
        snapshots.entry(portfolio).or_default().push(StoredSnapshot {
            snapshot,
            engine_version: table.text(23)[row].clone(),
            computed_at: instant(table.int(24)[row]),
            is_identity_checked: table.int(25)[row] != 0,
        });
    }
    Ok(snapshots)
}

/// Writes snapshots of any portfolios.
pub fn upsert(tx: &mut Transaction, snapshots: &[&Snapshot], engine_version: &'static str, now: Timestamp) {
    let money = |column: fn(&Snapshot) -> Money| -> crate::Column {
        snapshots.iter().map(|snapshot| column(snapshot).micros()).collect::<Vec<_>>().into()
    };
    let rows = Table::new(vec![
        snapshots.iter().map(|s| s.portfolio.0).collect::<Vec<_>>().into(),
        snapshots.iter().map(|s| days(s.session)).collect::<Vec<_>>().into(),
        snapshots.iter().map(|s| s.state.as_str()).collect::<Vec<_>>().into(),
        money(|s| s.equity),
        money(|s| s.cash),
        money(|s| s.long_value),
        money(|s| s.short_value),
        money(|s| s.cost_total),
        money(|s| s.unrealized_change),
        money(|s| s.realized),
        money(|s| s.income),
        money(|s| s.fees),
        money(|s| s.flow),
        money(|s| s.daily_pnl),
        snapshots.iter().map(|s| s.daily_return).collect::<Vec<_>>().into(),
        money(|s| s.cumulative_pnl),
        snapshots.iter().map(|s| s.cumulative_return).collect::<Vec<_>>().into(),
        money(|s| s.unrealized_total),
        money(|s| s.realized_total),
        snapshots.iter().map(|s| i64::from(s.long_count)).collect::<Vec<_>>().into(),
        snapshots.iter().map(|s| i64::from(s.short_count)).collect::<Vec<_>>().into(),
        snapshots.iter().map(|s| s.coverage).collect::<Vec<_>>().into(),
        snapshots.iter().map(|s| gaps_text(&s.gaps)).collect::<Vec<_>>().into(),
        vec![engine_version; snapshots.len()].into(),
        vec![now.epoch_micros(); snapshots.len()].into(),
    ]);
    tx.push_rows(&SNAPSHOT_UPSERT, rows, Expect::Exactly(snapshots.len() as u64));
}

/// Drops the snapshots of a portfolio from a session on.
pub fn delete_from(tx: &mut Transaction, portfolio: PortfolioId, first: Date) {
    tx.push(&SNAPSHOT_DELETE_FROM, vec![portfolio.0.into(), days(first).into()], Expect::Any);
}

/// Drops all snapshots of a portfolio.
pub(crate) fn delete_all(tx: &mut Transaction, portfolio: PortfolioId) {
    tx.push(&SNAPSHOT_DELETE_ALL, vec![portfolio.0.into()], Expect::Any);
}

/// Drops single snapshots.
pub fn delete(tx: &mut Transaction, sessions: &[(PortfolioId, Date)]) {
    let rows = Table::new(vec![
        sessions.iter().map(|(portfolio, _)| portfolio.0).collect::<Vec<_>>().into(),
        sessions.iter().map(|(_, session)| days(*session)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&SNAPSHOT_DELETE, rows, Expect::AtMost(sessions.len() as u64));
}

/// Gaps as they are stored: a JSON array, or nothing when there are none.
fn gaps_text(gaps: &[Gap]) -> Option<String> {
    let entry = |gap: &Gap| {
        json!({
            "symbol": gap.symbol.as_ref().map(Symbol::as_str),
            "status": gap.status.map(|status| status.as_str()),
            "reason": gap.reason.as_str(),
            "price_date": gap.price_date.map(|date| date.to_string()),
        })
    };
    (!gaps.is_empty()).then(|| Json::Array(gaps.iter().map(entry).collect()).to_string())
}

fn parse_gaps(text: &str) -> Result<Vec<Gap>, StoreError> {
    let wrong = || invalid("gaps", text);
    let entries: Vec<Json> = serde_json::from_str(text).map_err(|_| wrong())?;
    let gap = |entry: &Json| {
        let field = |name: &str| entry.get(name).and_then(Json::as_str);
        Ok(Gap {
            symbol: field("symbol").map(|text| parse("symbol", text)).transpose()?,
            status: field("status").map(|text| parse("price status", text)).transpose()?,
            reason: parse("gap reason", field("reason").ok_or_else(wrong)?)?,
            price_date: field("price_date").map(|text| parse("date", text)).transpose()?,
        })
    };
    entries.iter().map(gap).collect()
}
