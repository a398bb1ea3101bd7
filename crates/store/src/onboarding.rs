//! The queue of symbols that are being made known, and who waits for them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Date, InstrumentId, PortfolioId, Symbol, Timestamp};

use crate::store::Store;
use crate::stored::{date, instant, parse};
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// Has whoever else adds to the queue wait for the end of this transaction, so that what is counted behind it stays
    /// true.
    ONBOARDING_LOCK: "UPDATE onboarding_gate SET revision = revision + 1 WHERE id = 1",
        params [], columns [];
    /// Lets a transaction through while at most so many symbols are in the queue.
    ONBOARDING_ADMIT: "UPDATE onboarding_gate SET revision = revision + 1 WHERE id = 1 AND \
        (SELECT COUNT(*) FROM job WHERE kind = 'onboard_symbol' \
            AND state IN ('pending', 'downloading_data', 'running')) <= $1",
        params [int], columns [];
    /// The symbols in the queue.
    ONBOARDING_QUEUE: "SELECT subject FROM job WHERE kind = 'onboard_symbol' \
        AND state IN ('pending', 'downloading_data', 'running') AND subject IS NOT NULL ORDER BY subject",
        params [], columns [text];
    /// How many symbols stand in the queue before a job.
    ONBOARDING_AHEAD: "SELECT COUNT(*) FROM job WHERE kind = 'onboard_symbol' \
        AND state IN ('pending', 'downloading_data', 'running') AND id < $1",
        params [text], columns [int];
    /// How long the newest symbols took that were made known after an instant.
    ONBOARDING_TIMES: "SELECT started_at, finished_at FROM job WHERE kind = 'onboard_symbol' AND state = 'completed' \
        AND started_at IS NOT NULL AND finished_at > $1 ORDER BY finished_at DESC LIMIT $2",
        params [int, int], columns [int, int];
    /// What everybody calls by symbols, and the options on it.
    ONBOARDING_NAMED: "SELECT a.instrument_id FROM instrument_alias a \
            WHERE a.symbol IN {texts:$1} AND a.owner = '' AND a.last_date IS NULL \
        UNION SELECT o.id FROM instrument o JOIN instrument_alias u ON u.instrument_id = o.underlying_id \
            WHERE u.symbol IN {texts:$2} AND u.owner = '' AND u.last_date IS NULL",
        params [text, text], columns [int];
    /// The portfolios that name instruments, with the date of the first event that does.
    ONBOARDING_HOLDERS: "SELECT p.id, p.owner, MIN(e.event_date) FROM event e \
        JOIN portfolio p ON p.id = e.portfolio_id \
        WHERE e.voided_at IS NULL AND e.instrument_id IN {ids:$1} \
        GROUP BY p.id, p.owner ORDER BY p.id",
        params [int], columns [int, text, int];
    /// Those of some portfolios whose active events name an instrument, or an option on it.
    ONBOARDING_BOOKS: "SELECT DISTINCT e.portfolio_id FROM event e JOIN instrument i ON i.id = e.instrument_id \
        WHERE e.portfolio_id IN {ids:$1} AND e.voided_at IS NULL AND (i.id = $2 OR i.underlying_id = $3) \
        ORDER BY e.portfolio_id",
        params [int, int, int], columns [int];
    /// Those of some portfolios that wait for another symbol of the queue which was not tried in vain yet.
    ONBOARDING_AWAITED: "SELECT DISTINCT e.portfolio_id FROM event e JOIN instrument i ON i.id = e.instrument_id \
        WHERE e.portfolio_id IN {ids:$1} AND e.voided_at IS NULL AND COALESCE(i.underlying_id, i.id) IN \
            (SELECT a.instrument_id FROM job j \
                JOIN instrument_alias a ON a.symbol = j.subject AND a.owner = '' AND a.last_date IS NULL \
            WHERE j.kind = 'onboard_symbol' AND j.state IN ('pending', 'downloading_data', 'running') \
                AND j.attempt = 0 AND j.subject <> $2) \
        ORDER BY e.portfolio_id",
        params [int, text], columns [int];
    /// Refreshes of single portfolios that nobody works on yet.
    REFRESHES_WAITING: "SELECT id, subject, run_after FROM job WHERE kind = 'refresh' AND state = 'pending' \
        AND lease_owner IS NULL AND subject IN {texts:$1} ORDER BY id",
        params [text], columns [text, text, int];
    /// Says what a refresh that was just made is about, and when it may begin.
    REFRESH_DEFER: "UPDATE job SET subject = $2, run_after = $3 WHERE id = $1",
        params [text, text, int], columns [];
    /// Lets refreshes begin at once that nobody works on yet.
    REFRESH_HASTEN: "UPDATE job SET run_after = 0, revision = revision + 1 \
        WHERE id IN {texts:$1} AND state = 'pending' AND lease_owner IS NULL",
        params [text], columns [];
}

/// A portfolio that names a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The portfolio.
    pub portfolio: PortfolioId,
    /// Whose.
    pub owner: String,
    /// The date of the first event that names the symbol.
    pub first: Date,
}

/// A refresh of one portfolio that nobody works on yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRefresh {
    /// The job.
    pub job: String,
    /// The portfolio.
    pub portfolio: PortfolioId,
    /// It does not begin before.
    pub run_after: Timestamp,
}

/// Adds the room that an upload needs to a transaction: it goes through only while at most so many symbols are in the
/// queue, whoever adds to it at the same time.
pub fn admit(tx: &mut Transaction, open_max: usize) {
    tx.push(&ONBOARDING_LOCK, vec![], Expect::Exactly(1));
    tx.push(&ONBOARDING_ADMIT, vec![(open_max as i64).into()], Expect::Exactly(1));
}

/// The symbols in the queue.
///
/// # Errors
/// [`StoreError`].
pub async fn queue(store: &Store) -> Result<BTreeSet<Symbol>, StoreError> {
    let tables = store.load(vec![Query::new(&ONBOARDING_QUEUE, vec![])]).await?;
    tables[0].text(0).iter().map(|text| parse("symbol", text)).collect()
}

/// How many symbols stand in the queue before a job, and how long the newest took that were made known after an instant, in
/// seconds.
///
/// # Errors
/// [`StoreError`].
pub async fn pace(
    store: &Store,
    job: &str,
    after: Timestamp,
    count: i64,
) -> Result<(i64, Vec<f64>), StoreError> {
    let queries = vec![
        Query::new(&ONBOARDING_AHEAD, vec![job.into()]),
        Query::new(&ONBOARDING_TIMES, vec![after.epoch_micros().into(), count.into()]),
    ];
    let tables = store.load(queries).await?;
    let times = tables[1].int(0).iter().zip(tables[1].int(1));
    Ok((tables[0].int(0)[0], times.map(|(from, to)| (to - from) as f64 / 1e6).collect()))
}

/// The portfolios that name symbols or options on them.
///
/// # Errors
/// [`StoreError`].
pub async fn holders(store: &Store, symbols: &[Symbol]) -> Result<Vec<Holder>, StoreError> {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    let values = vec![symbols.clone().into(), symbols.into()];
    let named = store.load(vec![Query::new(&ONBOARDING_NAMED, values)]).await?;
    let ids = named[0].int(0).to_vec();
    let tables = store.load(vec![Query::new(&ONBOARDING_HOLDERS, vec![ids.into()])]).await?;
    let table = &tables[0];
    let holder = |row: usize| {
        Ok(Holder {
            portfolio: PortfolioId(table.int(0)[row]),
            owner: table.text(1)[row].clone(),
            first: date(table.int(2)[row])?,
        })
    };
    (0..table.len()).map(holder).collect()
}

/// Those of some portfolios that name an instrument or an option on it.
///
/// # Errors
/// [`StoreError`].
pub async fn books_naming(
    store: &Store,
    portfolios: &[PortfolioId],
    instrument: InstrumentId,
) -> Result<Vec<PortfolioId>, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let query = Query::new(&ONBOARDING_BOOKS, vec![ids.into(), instrument.0.into(), instrument.0.into()]);
    Ok(store.load(vec![query]).await?[0].int(0).iter().map(|id| PortfolioId(*id)).collect())
}

/// Those of some portfolios that wait for another symbol of the queue, and the refreshes of theirs that have not begun.
///
/// # Errors
/// [`StoreError`].
pub async fn waiting(
    store: &Store,
    portfolios: &[PortfolioId],
    symbol: &str,
) -> Result<(BTreeSet<PortfolioId>, BTreeMap<PortfolioId, WaitingRefresh>), StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let subjects: Vec<String> = portfolios.iter().map(ToString::to_string).collect();
    let queries = vec![
        Query::new(&ONBOARDING_AWAITED, vec![ids.into(), symbol.into()]),
        Query::new(&REFRESHES_WAITING, vec![subjects.into()]),
    ];
    let tables = store.load(queries).await?;
    let awaited = tables[0].int(0).iter().map(|id| PortfolioId(*id)).collect();
    let mut refreshes = BTreeMap::new();
    for row in 0..tables[1].len() {
        let portfolio = PortfolioId(parse("portfolio", &tables[1].text(1)[row])?);
        let (job, run_after) = (tables[1].text(0)[row].clone(), instant(tables[1].int(2)[row]));
        refreshes.insert(portfolio, WaitingRefresh { job, portfolio, run_after });
    }
    Ok((awaited, refreshes))
}

/// Says what a refresh is about that the same transaction makes, and when it may begin.
pub fn defer_refresh(tx: &mut Transaction, job: &str, portfolio: PortfolioId, run_after: Timestamp) {
    let values = vec![job.into(), portfolio.to_string().into(), run_after.epoch_micros().into()];
    tx.push(&REFRESH_DEFER, values, Expect::Exactly(1));
}

/// Lets refreshes begin at once; those that began meanwhile go on.
pub fn hasten_refreshes(tx: &mut Transaction, jobs: &[String]) {
    tx.push(&REFRESH_HASTEN, vec![jobs.into()], Expect::Any);
}
