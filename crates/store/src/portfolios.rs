//! Portfolios, and how far their snapshots have come.

use model::{Money, Portfolio, PortfolioId};

use crate::store::Store;
use crate::stored::{date, days, instant, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// All portfolios of an owner.
    PORTFOLIOS_OF_OWNER: "SELECT id, owner, name, currency, lot_method, opening_equity, start_date, revision, \
            last_entry_no, computed_seq, computed_no, computed_rules, created_at \
        FROM portfolio WHERE owner = $1 ORDER BY name",
        params [text],
        columns [int, text, text, text, text, int, int?, int, int, int, int, text, int];
    /// One portfolio of an owner.
    PORTFOLIO_BY_NAME: "SELECT id, owner, name, currency, lot_method, opening_equity, start_date, revision, \
            last_entry_no, computed_seq, computed_no, computed_rules, created_at \
        FROM portfolio WHERE owner = $1 AND name = $2",
        params [text, text],
        columns [int, text, text, text, text, int, int?, int, int, int, int, text, int];
    /// Portfolios by identity.
    PORTFOLIOS_BY_ID: "SELECT id, owner, name, currency, lot_method, opening_equity, start_date, revision, \
            last_entry_no, computed_seq, computed_no, computed_rules, created_at \
        FROM portfolio WHERE id IN {ids:$1} ORDER BY name",
        params [int],
        columns [int, text, text, text, text, int, int?, int, int, int, int, text, int];
    /// How far the portfolio least far on has come.
    PORTFOLIO_LEAST_SEQ: "SELECT COALESCE(MIN(computed_seq), 0) FROM portfolio WHERE id IN {ids:$1}",
        params [int], columns [int];
    /// How many portfolios there are, of all owners.
    PORTFOLIO_COUNT: "SELECT COUNT(*) FROM portfolio",
        params [], columns [int];
    /// Adds a portfolio.
    PORTFOLIO_INSERT: "INSERT INTO portfolio (id, owner, name, currency, lot_method, opening_equity, \
            start_date, revision, last_entry_no, computed_seq, computed_no, computed_rules, created_at) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, seq, 0, '', $10 FROM change_head WHERE id = 1",
        params [int, text, text, text, text, int, int?, int, int, int], columns [];
    /// Counts a change of a portfolio's events, if nobody else changed them meanwhile.
    PORTFOLIO_TOUCH: "UPDATE portfolio SET revision = revision + 1, last_entry_no = $3 \
        WHERE id = $1 AND revision = $2",
        params [int, int, int], columns [];
    /// Changes the settings of a portfolio, if nobody else changed it meanwhile.
    PORTFOLIO_SET: "UPDATE portfolio SET name = $3, currency = $4, lot_method = $5, opening_equity = $6, \
            start_date = $7, revision = revision + 1 \
        WHERE id = $1 AND revision = $2",
        params [int, int, text, text, text, int, int?], columns [];
    /// Drops a portfolio that nothing belongs to any more, if nobody else changed it meanwhile.
    PORTFOLIO_DELETE: "DELETE FROM portfolio WHERE id = $1 AND revision = $2",
        params [int, int], columns [];
    /// Notes what snapshots were computed from, if nobody changed the events or recorded a result since the load.
    PORTFOLIO_COMPUTED: "UPDATE portfolio SET computed_seq = r.seq, computed_no = r.computed_no + 1, \
            computed_rules = r.rules \
        FROM {rows: id, revision, computed_no, seq, rules} r \
        WHERE portfolio.id = r.id AND portfolio.revision = r.revision \
            AND portfolio.computed_no = r.computed_no",
        params [int, int, int, int, text], columns [];
}

/// A portfolio and what its snapshots were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPortfolio {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The step of the change sequence its snapshots have seen; before the first refresh that of its creation.
    pub computed_seq: i64,
    /// How often a result was recorded.
    pub computed_no: i64,
    /// The settings its snapshots were computed with, as text; empty before the first refresh.
    pub computed_rules: String,
}

/// All portfolios of an owner, by name.
///
/// # Errors
/// [`StoreError`].
pub async fn of_owner(store: &Store, owner: &str) -> Result<Vec<StoredPortfolio>, StoreError> {
    read(&store.load(vec![Query::new(&PORTFOLIOS_OF_OWNER, vec![owner.into()])]).await?[0])
}

/// One portfolio of an owner.
///
/// # Errors
/// [`StoreError`].
pub async fn by_name(store: &Store, owner: &str, name: &str) -> Result<Option<StoredPortfolio>, StoreError> {
    let query = Query::new(&PORTFOLIO_BY_NAME, vec![owner.into(), name.into()]);
    Ok(read(&store.load(vec![query]).await?[0])?.pop())
}

/// The step of the change sequence that the portfolio least far on has seen.
///
/// # Errors
/// [`StoreError`].
pub async fn least_computed_seq(store: &Store, portfolios: &[PortfolioId]) -> Result<i64, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    Ok(store.load(vec![Query::new(&PORTFOLIO_LEAST_SEQ, vec![ids.into()])]).await?[0].int(0)[0])
}

/// Portfolios by identity, as they are now.
///
/// # Errors
/// [`StoreError`].
pub async fn reload(store: &Store, portfolios: &[PortfolioId]) -> Result<Vec<StoredPortfolio>, StoreError> {
    let ids = portfolios.iter().map(|id| id.0).collect();
    read(&store.load(vec![by_id(ids)]).await?[0])
}

pub(crate) fn by_id(ids: Vec<i64>) -> Query {
    Query::new(&PORTFOLIOS_BY_ID, vec![ids.into()])
}

pub(crate) fn read(table: &Table) -> Result<Vec<StoredPortfolio>, StoreError> {
    (0..table.len())
        .map(|row| {
            Ok(StoredPortfolio {
                portfolio: Portfolio {
                    id: PortfolioId(table.int(0)[row]),
                    owner: table.text(1)[row].clone(),
                    name: table.text(2)[row].clone(),
                    currency: parse("currency", &table.text(3)[row])?,
                    lot_method: parse("lot method", &table.text(4)[row])?,
                    opening_equity: Money::from_micros(table.int(5)[row]),
                    start: table.int_null(6)[row].map(date).transpose()?,
                    revision: table.int(7)[row],
                    last_entry_no: table.int(8)[row],
                    created_at: instant(table.int(12)[row]),
                },
                computed_seq: table.int(9)[row],
                computed_no: table.int(10)[row],
                computed_rules: table.text(11)[row].clone(),
            })
        })
        .collect()
}

/// Adds a portfolio.
pub fn insert(tx: &mut Transaction, portfolio: &Portfolio) {
    let values = vec![
        portfolio.id.0.into(),
        portfolio.owner.as_str().into(),
        portfolio.name.as_str().into(),
        portfolio.currency.as_str().into(),
        portfolio.lot_method.as_str().into(),
        portfolio.opening_equity.micros().into(),
        portfolio.start.map(days).into(),
        portfolio.revision.into(),
        portfolio.last_entry_no.into(),
        portfolio.created_at.epoch_micros().into(),
    ];
    tx.push(&PORTFOLIO_INSERT, values, Expect::Exactly(1));
}

/// Counts a change of a portfolio's events. The transaction fails with [`StoreError::Guard`] when the portfolio is
/// no longer at the revision that was loaded.
pub fn touch(tx: &mut Transaction, loaded: &Portfolio, last_entry_no: i64) {
    let values = vec![loaded.id.0.into(), loaded.revision.into(), last_entry_no.into()];
    tx.push(&PORTFOLIO_TOUCH, values, Expect::Exactly(1));
}

/// Gives a portfolio other settings: name, currency, lot method, opening equity and start. The transaction fails with
/// [`StoreError::Guard`] when the portfolio is no longer at the revision that was loaded, and with
/// [`StoreError::Constraint`] when another portfolio of the owner has the name.
pub fn set(tx: &mut Transaction, loaded: &Portfolio, changed: &Portfolio) {
    let values = vec![
        loaded.id.0.into(),
        loaded.revision.into(),
        changed.name.as_str().into(),
        changed.currency.as_str().into(),
        changed.lot_method.as_str().into(),
        changed.opening_equity.micros().into(),
        changed.start.map(days).into(),
    ];
    tx.push(&PORTFOLIO_SET, values, Expect::Exactly(1));
}

/// Drops a portfolio with everything that belongs to it: positions, sectors, snapshots, events, batches, and leases of these
/// names. Instruments and bars stay. The transaction fails with [`StoreError::Guard`] when the portfolio is no longer
/// at the revision that was loaded.
pub fn delete(tx: &mut Transaction, loaded: &Portfolio, leases: &[String]) {
    crate::positions::delete(tx, &[loaded.id]);
    crate::sectors::delete(tx, &[loaded.id]);
    crate::risks::delete_all(tx, loaded.id);
    crate::snapshots::delete_all(tx, loaded.id);
    crate::events::delete_all(tx, loaded.id);
    crate::leases::drop_all(tx, leases);
    tx.push(&PORTFOLIO_DELETE, vec![loaded.id.0.into(), loaded.revision.into()], Expect::Exactly(1));
}

/// Notes that snapshots were computed from the portfolios as loaded, having seen the change sequence up to `seq`.
/// The transaction fails with [`StoreError::Guard`] when one of them changed since, or somebody else recorded a result.
pub fn computed(tx: &mut Transaction, loaded: &[&StoredPortfolio], seq: i64, rules: &str) {
    let rows = Table::new(vec![
        loaded.iter().map(|stored| stored.portfolio.id.0).collect::<Vec<_>>().into(),
        loaded.iter().map(|stored| stored.portfolio.revision).collect::<Vec<_>>().into(),
        loaded.iter().map(|stored| stored.computed_no).collect::<Vec<_>>().into(),
        vec![seq; loaded.len()].into(),
        vec![rules.to_owned(); loaded.len()].into(),
    ]);
    tx.push_rows(&PORTFOLIO_COMPUTED, rows, Expect::Exactly(loaded.len() as u64));
}
