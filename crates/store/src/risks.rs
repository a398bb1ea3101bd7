//! Risk figures by session: those of symbols, those of portfolios, and forecasts that are kept.

use std::collections::BTreeMap;

use model::{Date, InstrumentId, PortfolioId, Timestamp};

use crate::store::Store;
use crate::stored::{date, days, instant};
use crate::{Column, Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The figures of symbols at sessions.
    SYMBOL_RISKS: "SELECT session, instrument_id, seq, settings, market_beta, rate_beta, realized_21, realized_63, \
            forecast, figures \
        FROM symbol_risk WHERE session IN {ids:$1} AND instrument_id IN {ids:$2} ORDER BY session, instrument_id",
        params [int, int], columns [int, int, int, text, real?, real?, real?, real?, real?, blob];
    /// Writes the figures of symbols.
    SYMBOL_RISK_UPSERT: "INSERT INTO symbol_risk (session, instrument_id, seq, settings, market_beta, rate_beta, \
            realized_21, realized_63, forecast, figures) \
        SELECT r.session, r.instrument_id, r.seq, r.settings, r.market_beta, r.rate_beta, r.realized_21, r.realized_63, \
            r.forecast, r.figures \
        FROM {rows: session, instrument_id, seq, settings, market_beta, rate_beta, realized_21, realized_63, forecast, \
            figures} r WHERE true \
        ON CONFLICT (session, instrument_id) DO UPDATE SET seq = excluded.seq, settings = excluded.settings, \
            market_beta = excluded.market_beta, rate_beta = excluded.rate_beta, realized_21 = excluded.realized_21, \
            realized_63 = excluded.realized_63, forecast = excluded.forecast, figures = excluded.figures",
        params [int, int, int, text, real?, real?, real?, real?, real?, blob], columns [];
    /// Drops the figures of symbols in a range of sessions.
    SYMBOL_RISK_DELETE: "DELETE FROM symbol_risk WHERE session >= $1 AND session <= $2",
        params [int, int], columns [];
    /// The figures of portfolios in a range of sessions.
    PORTFOLIO_RISKS: "SELECT portfolio_id, session, seq, settings, gross, net, covered_share, uncovered, market_beta, \
            rate_beta, realized_21, realized_63, forecast, ex_ante, var_95, shortfall_95, hhi, average_correlation, \
            effective_bets, diversification_ratio, worst_scenario, worst_gain \
        FROM portfolio_risk WHERE portfolio_id IN {ids:$1} AND session >= $2 AND session <= $3 \
        ORDER BY portfolio_id, session",
        params [int, int, int],
        columns [int, int, int, text, real, real, real?, text?, real?, real?, real?, real?, real?, real?, real?, real?,
            real?, real?, real?, real?, text?, real?];
    /// The newest session of which a portfolio has figures.
    PORTFOLIO_RISK_NEWEST: "SELECT p.id, (SELECT MAX(r.session) FROM portfolio_risk r WHERE r.portfolio_id = p.id) \
        FROM portfolio p WHERE p.id IN {ids:$1} ORDER BY p.id",
        params [int], columns [int, int?];
    /// Writes the figures of portfolios, where these are still the ones that were loaded.
    PORTFOLIO_RISK_UPSERT: "INSERT INTO portfolio_risk (portfolio_id, session, seq, settings, gross, net, covered_share, \
            uncovered, market_beta, rate_beta, realized_21, realized_63, forecast, ex_ante, var_95, shortfall_95, hhi, \
            average_correlation, effective_bets, diversification_ratio, worst_scenario, worst_gain) \
        SELECT r.portfolio_id, r.session, r.seq, r.settings, r.gross, r.net, r.covered_share, r.uncovered, r.market_beta, \
            r.rate_beta, r.realized_21, r.realized_63, r.forecast, r.ex_ante, r.var_95, r.shortfall_95, r.hhi, \
            r.average_correlation, r.effective_bets, r.diversification_ratio, r.worst_scenario, r.worst_gain \
        FROM {rows: portfolio_id, revision, computed_no, session, seq, settings, gross, net, covered_share, uncovered, \
            market_beta, rate_beta, realized_21, realized_63, forecast, ex_ante, var_95, shortfall_95, hhi, \
            average_correlation, effective_bets, diversification_ratio, worst_scenario, worst_gain} r \
        JOIN portfolio p ON p.id = r.portfolio_id AND p.revision = r.revision AND p.computed_no = r.computed_no \
        WHERE true \
        ON CONFLICT (portfolio_id, session) DO UPDATE SET seq = excluded.seq, settings = excluded.settings, \
            gross = excluded.gross, net = excluded.net, covered_share = excluded.covered_share, \
            uncovered = excluded.uncovered, market_beta = excluded.market_beta, rate_beta = excluded.rate_beta, \
            realized_21 = excluded.realized_21, realized_63 = excluded.realized_63, forecast = excluded.forecast, \
            ex_ante = excluded.ex_ante, var_95 = excluded.var_95, shortfall_95 = excluded.shortfall_95, \
            hhi = excluded.hhi, average_correlation = excluded.average_correlation, \
            effective_bets = excluded.effective_bets, diversification_ratio = excluded.diversification_ratio, \
            worst_scenario = excluded.worst_scenario, worst_gain = excluded.worst_gain",
        params [int, int, int, int, int, text, real, real, real?, text?, real?, real?, real?, real?, real?, real?, real?,
            real?, real?, real?, real?, real?, text?, real?],
        columns [];
    /// Drops the figures of a portfolio from a session on.
    PORTFOLIO_RISK_DELETE: "DELETE FROM portfolio_risk WHERE portfolio_id = $1 AND session >= $2",
        params [int, int], columns [];
    /// Drops the figures of portfolios at sessions.
    PORTFOLIO_RISK_DELETE_ROWS: "DELETE FROM portfolio_risk WHERE (portfolio_id, session) IN \
        (SELECT r.portfolio_id, r.session FROM {rows: portfolio_id, session} r)",
        params [int, int], columns [];
    /// The forecasts that were kept of portfolios.
    FORECASTS: "SELECT session, horizon, forecast, settings, made_at FROM forecast \
        WHERE portfolio_id = $1 AND session >= $2 AND session <= $3 ORDER BY session, horizon",
        params [int, int, int], columns [int, int, real, text, int];
    /// Keeps the forecasts of portfolios at sessions; the first one for a session stands.
    FORECAST_KEEP: "INSERT INTO forecast (portfolio_id, session, horizon, forecast, settings, made_at) \
        SELECT r.portfolio_id, r.session, CAST($3 AS BIGINT), r.forecast, r.settings, CAST($4 AS BIGINT) \
        FROM portfolio_risk r \
        WHERE r.portfolio_id IN {ids:$1} AND r.session IN {ids:$2} AND r.forecast IS NOT NULL \
        ON CONFLICT (portfolio_id, session, horizon) DO NOTHING",
        params [int, int, int, int], columns [];
    /// Drops the forecasts of a portfolio.
    FORECAST_DELETE: "DELETE FROM forecast WHERE portfolio_id = $1",
        params [int], columns [];
}

/// What stored figures were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The step of the change sequence.
    pub seq: i64,
    /// A hash of the settings.
    pub settings: String,
}

/// The figures of a symbol at a session.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSymbolRisk {
    /// The session.
    pub session: Date,
    /// The symbol's instrument.
    pub instrument: InstrumentId,
    /// What they were computed from.
    pub origin: Origin,
    /// Market beta, rate beta, realised volatility of 21 and 63 sessions and its forecast, for people.
    pub shown: [Option<f64>; 5],
    /// All figures, in a form of the caller's own.
    pub figures: Vec<u8>,
}

/// The figures of a portfolio at a session: dollars, ratios to equity, volatilities a year.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPortfolioRisk {
    /// The portfolio.
    pub portfolio: PortfolioId,
    /// The session.
    pub session: Date,
    /// What they were computed from.
    pub origin: Origin,
    /// The figures.
    pub figures: PortfolioFigures,
}

/// The figures of a portfolio that are kept by session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PortfolioFigures {
    /// Gross and net exposure, in dollars.
    pub gross: f64,
    /// Net exposure, in dollars.
    pub net: f64,
    /// Share of the gross exposure that has a market beta.
    pub covered_share: Option<f64>,
    /// The symbols that have none, with commas between them.
    pub uncovered: Option<String>,
    /// Market beta.
    pub market_beta: Option<f64>,
    /// Rate beta.
    pub rate_beta: Option<f64>,
    /// Realised volatility over 21 sessions.
    pub realized_21: Option<f64>,
    /// Realised volatility over 63 sessions.
    pub realized_63: Option<f64>,
    /// Its forecast.
    pub forecast: Option<f64>,
    /// Volatility from covariances.
    pub ex_ante: Option<f64>,
    /// Historical value at risk of 95 %.
    pub var_95: Option<f64>,
    /// Historical expected shortfall of 95 %.
    pub shortfall_95: Option<f64>,
    /// Index of concentration.
    pub hhi: Option<f64>,
    /// Mean correlation.
    pub average_correlation: Option<f64>,
    /// Effective number of bets.
    pub effective_bets: Option<f64>,
    /// Diversification ratio.
    pub diversification_ratio: Option<f64>,
    /// The scenario that costs most.
    pub worst_scenario: Option<String>,
    /// What it gains.
    pub worst_gain: Option<f64>,
}

/// A portfolio's figures with what the portfolio was when they were computed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPortfolioRisk {
    /// The figures.
    pub risk: StoredPortfolioRisk,
    /// The revision of the portfolio.
    pub revision: i64,
    /// The number of its result.
    pub computed_no: i64,
}

/// A forecast that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The session it was made for.
    pub session: Date,
    /// Sessions it looks ahead.
    pub horizon: i64,
    /// The volatility a year, over equity.
    pub forecast: f64,
    /// A hash of the settings.
    pub settings: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// The figures of instruments at sessions, by session and instrument.
///
/// # Errors
/// [`StoreError`].
pub async fn of_symbols(
    store: &Store,
    sessions: &[Date],
    instruments: &[InstrumentId],
) -> Result<BTreeMap<(Date, InstrumentId), StoredSymbolRisk>, StoreError> {
    let sessions: Vec<i64> = sessions.iter().map(|session| days(*session)).collect();
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(vec![Query::new(&SYMBOL_RISKS, vec![sessions.into(), ids.into()])]).await?;
    let table = &tables[0];
    let risk = |row: usize| {
        let (session, instrument) = (date(table.int(0)[row])?, InstrumentId(table.int(1)[row]));
        let origin = Origin { seq: table.int(2)[row], settings: table.text(3)[row].clone() };
        let shown = std::array::from_fn(|at| table.real_null(4 + at)[row]);
        let figures = table.blob(9)[row].clone();
        Ok(((session, instrument), StoredSymbolRisk { session, instrument, origin, shown, figures }))
    };
    (0..table.len()).map(risk).collect()
}

/// The figures of portfolios in a range of sessions, in order, and the newest session of which each has any.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portfolios(
    store: &Store,
    portfolios: &[PortfolioId],
    first: Date,
    last: Date,
) -> Result<(Vec<StoredPortfolioRisk>, BTreeMap<PortfolioId, Date>), StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let range = vec![ids.clone().into(), days(first).into(), days(last).into()];
    let newest = Query::new(&PORTFOLIO_RISK_NEWEST, vec![ids.into()]);
    let tables = store.load(vec![Query::new(&PORTFOLIO_RISKS, range), newest]).await?;
    let rows = tables[1].int(0).iter().zip(tables[1].int_null(1));
    let newest = rows.filter_map(|(id, session)| Some((PortfolioId(*id), (*session)?)));
    let newest = newest.map(|(id, session)| Ok((id, date(session)?))).collect::<Result<_, StoreError>>()?;
    Ok((read_portfolios(&tables[0])?, newest))
}

fn read_portfolios(table: &Table) -> Result<Vec<StoredPortfolioRisk>, StoreError> {
    let risk = |row: usize| {
        let figure = |column: usize| table.real_null(column)[row];
        Ok(StoredPortfolioRisk {
            portfolio: PortfolioId(table.int(0)[row]),
            session: date(table.int(1)[row])?,
            origin: Origin { seq: table.int(2)[row], settings: table.text(3)[row].clone() },
            figures: PortfolioFigures {
                gross: table.real(4)[row],
                net: table.real(5)[row],
                covered_share: figure(6),
                uncovered: table.text_null(7)[row].clone(),
                market_beta: figure(8),
                rate_beta: figure(9),
                realized_21: figure(10),
                realized_63: figure(11),
                forecast: figure(12),
                ex_ante: figure(13),
                var_95: figure(14),
                shortfall_95: figure(15),
                hhi: figure(16),
                average_correlation: figure(17),
                effective_bets: figure(18),
                diversification_ratio: figure(19),
                worst_scenario: table.text_null(20)[row].clone(),
                worst_gain: figure(21),
            },
        })
    };
    (0..table.len()).map(risk).collect()
}

/// The forecasts of a portfolio for a range of sessions, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn forecasts(
    store: &Store,
    portfolio: PortfolioId,
    first: Date,
    last: Date,
) -> Result<Vec<Forecast>, StoreError> {
    let values = vec![portfolio.0.into(), days(first).into(), days(last).into()];
    let tables = store.load(vec![Query::new(&FORECASTS, values)]).await?;
    let table = &tables[0];
    let forecast = |row: usize| {
        Ok(Forecast {
            session: date(table.int(0)[row])?,
            horizon: table.int(1)[row],
            forecast: table.real(2)[row],
            settings: table.text(3)[row].clone(),
            made_at: instant(table.int(4)[row]),
        })
    };
    (0..table.len()).map(forecast).collect()
}

/// Writes the figures of symbols; each session and instrument stands at most once.
pub fn upsert_symbols(tx: &mut Transaction, risks: &[StoredSymbolRisk]) {
    let mut columns: Vec<Column> = vec![
        risks.iter().map(|risk| days(risk.session)).collect::<Vec<_>>().into(),
        risks.iter().map(|risk| risk.instrument.0).collect::<Vec<_>>().into(),
        risks.iter().map(|risk| risk.origin.seq).collect::<Vec<_>>().into(),
        risks.iter().map(|risk| risk.origin.settings.clone()).collect::<Vec<_>>().into(),
    ];
    columns.extend((0..5).map(|at| Column::from(risks.iter().map(|r| r.shown[at]).collect::<Vec<_>>())));
    columns.push(risks.iter().map(|risk| risk.figures.clone()).collect::<Vec<_>>().into());
    tx.push_rows(&SYMBOL_RISK_UPSERT, Table::new(columns), Expect::Exactly(risks.len() as u64));
}

/// Drops the figures of symbols in a range of sessions, both ends included; they are computed again when they are due.
pub fn delete_symbols(tx: &mut Transaction, first: Date, last: Date) {
    tx.push(&SYMBOL_RISK_DELETE, vec![days(first).into(), days(last).into()], Expect::Any);
}

/// Writes the figures of portfolios. The transaction fails with [`StoreError::Guard`] when one of them changed, or another
/// result of it was recorded, since it was loaded.
pub fn upsert_portfolios(tx: &mut Transaction, risks: &[NewPortfolioRisk]) {
    type Of<T> = fn(&PortfolioFigures) -> T;
    let int = |of: fn(&NewPortfolioRisk) -> i64| Column::from(risks.iter().map(of).collect::<Vec<_>>());
    let real = |of: Of<f64>| Column::from(risks.iter().map(|r| of(&r.risk.figures)).collect::<Vec<_>>());
    let null =
        |of: Of<Option<f64>>| Column::from(risks.iter().map(|r| of(&r.risk.figures)).collect::<Vec<_>>());
    let text =
        |of: Of<Option<String>>| Column::from(risks.iter().map(|r| of(&r.risk.figures)).collect::<Vec<_>>());
    let settings = risks.iter().map(|new| new.risk.origin.settings.clone()).collect::<Vec<_>>();
    let rows = Table::new(vec![
        int(|new| new.risk.portfolio.0),
        int(|new| new.revision),
        int(|new| new.computed_no),
        int(|new| days(new.risk.session)),
        int(|new| new.risk.origin.seq),
        settings.into(),
        real(|figures| figures.gross),
        real(|figures| figures.net),
        null(|figures| figures.covered_share),
        text(|figures| figures.uncovered.clone()),
        null(|figures| figures.market_beta),
        null(|figures| figures.rate_beta),
        null(|figures| figures.realized_21),
        null(|figures| figures.realized_63),
        null(|figures| figures.forecast),
        null(|figures| figures.ex_ante),
        null(|figures| figures.var_95),
        null(|figures| figures.shortfall_95),
        null(|figures| figures.hhi),
        null(|figures| figures.average_correlation),
        null(|figures| figures.effective_bets),
        null(|figures| figures.diversification_ratio),
        text(|figures| figures.worst_scenario.clone()),
        null(|figures| figures.worst_gain),
    ]);
    tx.push_rows(&PORTFOLIO_RISK_UPSERT, rows, Expect::Exactly(risks.len() as u64));
}

/// Keeps the forecasts among the figures of portfolios at sessions; where there is one already, that one stands.
pub fn keep_forecasts(
    tx: &mut Transaction,
    portfolios: &[PortfolioId],
    sessions: &[Date],
    horizon: i64,
    now: Timestamp,
) {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let sessions: Vec<i64> = sessions.iter().map(|session| days(*session)).collect();
    let values = vec![ids.into(), sessions.into(), horizon.into(), now.epoch_micros().into()];
    tx.push(&FORECAST_KEEP, values, Expect::Any);
}

/// Drops the figures of portfolios at sessions whose snapshots go.
pub fn delete(tx: &mut Transaction, sessions: &[(PortfolioId, Date)]) {
    let rows = Table::new(vec![
        sessions.iter().map(|(portfolio, _)| portfolio.0).collect::<Vec<_>>().into(),
        sessions.iter().map(|(_, session)| days(*session)).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&PORTFOLIO_RISK_DELETE_ROWS, rows, Expect::AtMost(sessions.len() as u64));
}

/// Drops the figures of a portfolio from a session on. Forecasts stay: they are what was thought then.
pub fn delete_from(tx: &mut Transaction, portfolio: PortfolioId, from: Date) {
    tx.push(&PORTFOLIO_RISK_DELETE, vec![portfolio.0.into(), days(from).into()], Expect::Any);
}

/// Drops everything of a portfolio that goes itself.
pub fn delete_all(tx: &mut Transaction, portfolio: PortfolioId) {
    delete_from(tx, portfolio, Date::from_epoch_days(i32::MIN));
    tx.push(&FORECAST_DELETE, vec![portfolio.0.into()], Expect::Any);
}
