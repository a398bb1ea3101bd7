//! What a refresh reads: first the books of portfolios, then the market and the earlier results they need.

use std::collections::BTreeMap;

use model::{Date, Event, Instrument, InstrumentId, PortfolioId};

use crate::actions::{self, ActionsByInstrument};
use crate::change::{self, Change};
use crate::closes::{self, ClosesByInstrument};
use crate::portfolios::{self, StoredPortfolio};
use crate::sectors::{self, SectorExposures};
use crate::snapshots::{self, SnapshotsByPortfolio};
use crate::store::Store;
use crate::{Query, StoreError, Table, events, instruments};

/// The books of portfolios at one step of the change sequence.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// The step of the change sequence everything here has seen.
    pub seq: i64,
    /// The portfolios, by name.
    pub portfolios: Vec<StoredPortfolio>,
    /// Their active events, by date and order of entry.
    pub events: BTreeMap<PortfolioId, Vec<Event>>,
    /// Every instrument the events name, by symbol.
    pub instruments: Vec<Instrument>,
    /// First and last stored snapshot of each portfolio that has any.
    pub snapshot_ends: BTreeMap<PortfolioId, (Date, Date)>,
    /// Everything that changed since the portfolio least far on was computed.
    pub changes: Vec<Change>,
}

/// The market and the earlier results of a range of sessions.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Closes from the first session on, and the last final one before it.
    pub closes: ClosesByInstrument,
    /// All corporate actions.
    pub actions: ActionsByInstrument,
    /// Stored snapshots from the first session on.
    pub snapshots: SnapshotsByPortfolio,
}

/// Events of portfolios, kept by whoever loads the books of the same portfolios again. A portfolio's events are the same
/// while its revision is.
#[derive(Debug, Clone, Default)]
pub struct KnownEvents {
    revisions: BTreeMap<PortfolioId, i64>,
    events: BTreeMap<PortfolioId, Vec<Event>>,
}

impl KnownEvents {
    /// The events of portfolios, as both were loaded together.
    pub fn new(portfolios: &[StoredPortfolio], events: BTreeMap<PortfolioId, Vec<Event>>) -> KnownEvents {
        let revision = |stored: &StoredPortfolio| (stored.portfolio.id, stored.portfolio.revision);
        KnownEvents { revisions: portfolios.iter().map(revision).collect(), events }
    }

    fn are_those_of(&self, portfolios: &[StoredPortfolio]) -> bool {
        let is_known = |stored: &StoredPortfolio| {
            self.revisions.get(&stored.portfolio.id) == Some(&stored.portfolio.revision)
        };
        self.revisions.len() == portfolios.len() && portfolios.iter().all(is_known)
    }
}

/// Loads the books of portfolios from one snapshot of the database. `computed_seq` is the least of theirs.
///
/// # Errors
/// [`StoreError`].
pub async fn load(store: &Store, portfolios: &[PortfolioId], computed_seq: i64) -> Result<Books, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let mut queries = queries(&ids, computed_seq);
    queries.push(events::active(ids));
    let tables = store.load(queries).await?;
    let mut events = BTreeMap::<PortfolioId, Vec<Event>>::new();
    for (portfolio, event) in events::read(&tables[5])? {
        events.entry(portfolio).or_default().push(event);
    }
    Ok(Books { events, ..read(&tables)? })
}

/// Loads the books of portfolios again, whose events are read only when they are others than those known.
///
/// # Errors
/// [`StoreError`].
pub async fn load_again(
    store: &Store,
    portfolios: &[PortfolioId],
    computed_seq: i64,
    known: KnownEvents,
) -> Result<Books, StoreError> {
    if known.revisions.len() == portfolios.len() {
        let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
        let books = read(&store.load(queries(&ids, computed_seq)).await?)?;
        if known.are_those_of(&books.portfolios) {
            return Ok(Books { events: known.events, ..books });
        }
    }
    load(store, portfolios, computed_seq).await
}

/// Asks for everything of books but events.
fn queries(ids: &[i64], computed_seq: i64) -> Vec<Query> {
    vec![
        change::head(),
        portfolios::by_id(ids.to_vec()),
        instruments::of_portfolios(ids.to_vec()),
        snapshots::ends(ids.to_vec()),
        change::since(computed_seq),
    ]
}

fn read(tables: &[Table]) -> Result<Books, StoreError> {
    Ok(Books {
        seq: change::read_head(&tables[0]),
        portfolios: portfolios::read(&tables[1])?,
        events: BTreeMap::new(),
        instruments: instruments::read(&tables[2])?,
        snapshot_ends: snapshots::read_ends(&tables[3])?,
        changes: change::read_since(&tables[4]),
    })
}

/// Loads the market and the earlier results from `first` to `last` from one snapshot of the database.
///
/// # Errors
/// [`StoreError`].
pub async fn load_history(
    store: &Store,
    instruments: &[InstrumentId],
    portfolios: &[PortfolioId],
    first: Date,
    last: Date,
) -> Result<History, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let owners: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let [splits, dividends] = actions::queries(ids.clone());
    let tables = store
        .load(vec![
            closes::last_before(ids.clone(), first),
            closes::since(ids, first, last),
            splits,
            dividends,
            snapshots::query(owners, first, last),
        ])
        .await?;
    let mut history = History::default();
    closes::read_into(&tables[0], &mut history.closes)?;
    closes::read_into(&tables[1], &mut history.closes)?;
    history.actions = actions::read(&tables[2], &tables[3])?;
    history.snapshots = snapshots::read(&tables[4])?;
    Ok(history)
}

/// What is shown of portfolios in short.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Their active events, by date and order of entry.
    pub events: BTreeMap<PortfolioId, Vec<Event>>,
    /// The newest snapshot of each.
    pub newest: SnapshotsByPortfolio,
    /// What each holds by sector, where that was added up.
    pub sectors: BTreeMap<PortfolioId, SectorExposures>,
}

/// The active events of portfolios, the newest snapshot of each, and what it holds by sector.
///
/// # Errors
/// [`StoreError`].
pub async fn overview(store: &Store, portfolios: &[PortfolioId]) -> Result<Overview, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let queries = vec![events::active(ids.clone()), snapshots::newest(ids.clone()), sectors::query(ids)];
    let tables = store.load(queries).await?;
    let mut events = BTreeMap::<PortfolioId, Vec<Event>>::new();
    for (portfolio, event) in events::read(&tables[0])? {
        events.entry(portfolio).or_default().push(event);
    }
    Ok(Overview { events, newest: snapshots::read(&tables[1])?, sectors: sectors::read(&tables[2])? })
}

/// First and last snapshot of each portfolio that has any.
///
/// # Errors
/// [`StoreError`].
pub async fn snapshot_ends(
    store: &Store,
    portfolios: &[PortfolioId],
) -> Result<BTreeMap<PortfolioId, (Date, Date)>, StoreError> {
    let ids = portfolios.iter().map(|id| id.0).collect();
    snapshots::read_ends(&store.load(vec![snapshots::ends(ids)]).await?[0])
}
