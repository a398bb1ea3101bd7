//! What is known of instruments beside their prices: profiles, why there is none, and figures of companies.

use std::collections::BTreeMap;

use model::{Fundamentals, Instrument, InstrumentId, PortfolioId, Profile, Sector, Symbol, Timestamp};

use crate::store::Store;
use crate::stored::{date, days, instant, parse};
use crate::{Column, Expect, Query, StoreError, Table, Transaction, instruments};

crate::statements! {
    /// The profiles of symbols.
    PROFILES_OF_SYMBOLS: "SELECT p.instrument_id, p.name, p.kind, p.sector, p.industry, p.exchange, p.currency, \
            p.is_whole_unit, p.source, p.fetched_at \
        FROM instrument_alias a JOIN profile p ON p.instrument_id = a.instrument_id \
        WHERE a.symbol IN {texts:$1} AND a.owner = '' AND a.last_date IS NULL ORDER BY p.instrument_id",
        params [text], columns [int, text?, text?, text?, text?, text?, text?, int?, int, int];
    /// Every profile.
    PROFILES_ALL: "SELECT instrument_id, name, kind, sector, industry, exchange, currency, is_whole_unit, source, \
            fetched_at \
        FROM profile ORDER BY instrument_id",
        params [], columns [int, text?, text?, text?, text?, text?, text?, int?, int, int];
    /// The sectors of instruments.
    PROFILE_SECTORS: "SELECT DISTINCT sector FROM profile \
        WHERE instrument_id IN {ids:$1} AND sector IS NOT NULL ORDER BY sector",
        params [int], columns [text];
    /// Why nothing, or not everything, is known of symbols.
    PROFILE_FAILURES: "SELECT symbol, code, message, failed_at, retry_at FROM profile_failure \
        WHERE symbol IN {texts:$1} ORDER BY symbol",
        params [text], columns [text, text, text, int, int];
    /// The newest figures of companies that were known at an instant.
    FUNDAMENTALS_OF_SYMBOLS: "SELECT f.instrument_id, f.known_at, f.source, f.last_earnings, f.next_earnings, \
            f.eps_trailing, f.revenue, f.gross_margin, f.operating_margin, f.profit_margin, f.provider_beta, \
            f.market_cap \
        FROM instrument_alias a JOIN fundamental f ON f.instrument_id = a.instrument_id AND f.known_at = \
            (SELECT MAX(n.known_at) FROM fundamental n \
                WHERE n.instrument_id = a.instrument_id AND n.known_at <= $2) \
        WHERE a.symbol IN {texts:$1} AND a.owner = '' AND a.last_date IS NULL ORDER BY f.instrument_id",
        params [text, int],
        columns [int, int, int, int?, int?, real?, real?, real?, real?, real?, real?, real?];
    /// The symbols that active events of portfolios name, and the underlyings of their options, which nobody was asked
    /// about yet or which are held now; nobody is asked about what owners hold in private.
    PROFILE_CANDIDATES: "SELECT a.symbol \
        FROM instrument i JOIN instrument_alias a ON a.instrument_id = i.id AND a.owner = '' AND a.last_date IS NULL \
        LEFT JOIN profile p ON p.instrument_id = i.id \
        WHERE i.id IN (SELECT e.instrument_id FROM event e \
                WHERE e.portfolio_id IN {ids:$1} AND e.voided_at IS NULL \
            UNION SELECT o.underlying_id FROM event e JOIN instrument o ON o.id = e.instrument_id \
                WHERE e.portfolio_id IN {ids:$2} AND e.voided_at IS NULL) \
            AND ((p.instrument_id IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM profile_failure f WHERE f.symbol = a.symbol)) \
                OR i.id IN (SELECT h.instrument_id FROM position h WHERE h.portfolio_id IN {ids:$3} \
            UNION SELECT o.underlying_id FROM position h JOIN instrument o ON o.id = h.instrument_id \
                WHERE h.portfolio_id IN {ids:$4})) ORDER BY a.symbol",
        params [int, int, int, int], columns [text];
    /// Writes profiles.
    PROFILE_UPSERT: "INSERT INTO profile (instrument_id, name, kind, sector, industry, exchange, currency, \
            is_whole_unit, source, fetched_at) \
        SELECT r.instrument_id, r.name, r.kind, r.sector, r.industry, r.exchange, r.currency, r.is_whole_unit, \
            r.source, r.fetched_at \
        FROM {rows: instrument_id, name, kind, sector, industry, exchange, currency, is_whole_unit, source, \
            fetched_at} r WHERE true \
        ON CONFLICT (instrument_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, \
            sector = excluded.sector, industry = excluded.industry, exchange = excluded.exchange, \
            currency = excluded.currency, is_whole_unit = excluded.is_whole_unit, source = excluded.source, \
            fetched_at = excluded.fetched_at",
        params [int, text?, text?, text?, text?, text?, text?, int?, int, int], columns [];
    /// Notes failures.
    PROFILE_FAILURE_UPSERT: "INSERT INTO profile_failure (symbol, code, message, failed_at, retry_at) \
        SELECT r.symbol, r.code, r.message, r.failed_at, r.retry_at \
        FROM {rows: symbol, code, message, failed_at, retry_at} r WHERE true \
        ON CONFLICT (symbol) DO UPDATE SET code = excluded.code, message = excluded.message, \
            failed_at = excluded.failed_at, retry_at = excluded.retry_at",
        params [text, text, text, int, int], columns [];
    /// Forgets the failures of symbols that are known now.
    PROFILE_FAILURE_DELETE: "DELETE FROM profile_failure WHERE symbol IN {texts:$1}",
        params [text], columns [];
    /// Forgets failures that were over long ago, so that symbols nobody asks for any more are not kept for ever.
    PROFILE_FAILURE_PURGE: "DELETE FROM profile_failure WHERE retry_at < $1",
        params [int], columns [];
    /// Adds figures of companies.
    FUNDAMENTAL_INSERT: "INSERT INTO fundamental (instrument_id, known_at, source, last_earnings, next_earnings, \
            eps_trailing, revenue, gross_margin, operating_margin, profit_margin, provider_beta, market_cap) \
        SELECT r.instrument_id, r.known_at, r.source, r.last_earnings, r.next_earnings, r.eps_trailing, r.revenue, \
            r.gross_margin, r.operating_margin, r.profit_margin, r.provider_beta, r.market_cap \
        FROM {rows: instrument_id, known_at, source, last_earnings, next_earnings, eps_trailing, revenue, \
            gross_margin, operating_margin, profit_margin, provider_beta, market_cap} r",
        params [int, int, int, int?, int?, real?, real?, real?, real?, real?, real?, real?], columns [];
}

/// How long a failure is kept after it is over, in microseconds.
const KEPT_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;

/// A profile and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProfile {
    /// Of what.
    pub instrument: InstrumentId,
    /// What is known.
    pub profile: Profile,
    /// Number of the provider that told the sector, or else answered first.
    pub source: i64,
    /// When it was last answered.
    pub fetched_at: Timestamp,
}

/// Why nothing, or not everything, is known of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFailure {
    /// Of what.
    pub symbol: Symbol,
    /// Its stable name.
    pub code: String,
    /// What each provider said.
    pub message: String,
    /// When.
    pub failed_at: Timestamp,
    /// When it may be asked again.
    pub retry_at: Timestamp,
}

/// Figures of a company and since when they are known.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFundamentals {
    /// Of what.
    pub instrument: InstrumentId,
    /// Since when they are known.
    pub known_at: Timestamp,
    /// Number of the provider.
    pub source: i64,
    /// The figures.
    pub figures: Fundamentals,
}

/// What is known of symbols beside their prices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileState {
    /// The instruments of the symbols that have one.
    pub instruments: BTreeMap<Symbol, Instrument>,
    /// Their profiles.
    pub profiles: BTreeMap<InstrumentId, StoredProfile>,
    /// Their newest figures.
    pub fundamentals: BTreeMap<InstrumentId, StoredFundamentals>,
    /// Why nothing, or not everything, is known.
    pub failures: BTreeMap<Symbol, ProfileFailure>,
}

/// What is known of symbols at an instant, from one snapshot of the database.
///
/// # Errors
/// [`StoreError`].
pub async fn state(
    store: &Store,
    symbols: &[Symbol],
    known_at: Timestamp,
) -> Result<ProfileState, StoreError> {
    let texts = texts(symbols.iter());
    let tables = store
        .load(vec![
            instruments::of_symbols(texts.clone()),
            Query::new(&PROFILES_OF_SYMBOLS, vec![texts.clone().into()]),
            Query::new(&FUNDAMENTALS_OF_SYMBOLS, vec![texts.clone().into(), known_at.epoch_micros().into()]),
            Query::new(&PROFILE_FAILURES, vec![texts.into()]),
        ])
        .await?;
    let instruments = instruments::read(&tables[0])?;
    Ok(ProfileState {
        instruments: instruments.into_iter().map(|found| (found.symbol.clone(), found)).collect(),
        profiles: read(&tables[1])?,
        fundamentals: read_fundamentals(&tables[2])?,
        failures: read_failures(&tables[3])?,
    })
}

/// Every profile.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<BTreeMap<InstrumentId, StoredProfile>, StoreError> {
    read(&store.load(vec![Query::new(&PROFILES_ALL, vec![])]).await?[0])
}

/// The symbols that active events of portfolios name, and the underlyings of their options, which nobody was asked about
/// yet or which are held at the newest snapshot; by symbol.
///
/// # Errors
/// [`StoreError`].
pub async fn candidates(store: &Store, portfolios: &[PortfolioId]) -> Result<Vec<Symbol>, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let values = vec![ids.clone().into(), ids.clone().into(), ids.clone().into(), ids.into()];
    let tables = store.load(vec![Query::new(&PROFILE_CANDIDATES, values)]).await?;
    tables[0].text(0).iter().map(|symbol| parse("symbol", symbol)).collect()
}

/// The sectors that instruments have, each once.
///
/// # Errors
/// [`StoreError`].
pub async fn sectors(store: &Store, instruments: &[InstrumentId]) -> Result<Vec<Sector>, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let tables = store.load(vec![Query::new(&PROFILE_SECTORS, vec![ids.into()])]).await?;
    tables[0].text(0).iter().map(|sector| parse("sector", sector)).collect()
}

fn texts<'a>(symbols: impl Iterator<Item = &'a Symbol>) -> Vec<String> {
    symbols.map(|symbol| symbol.as_str().to_owned()).collect()
}

fn read(table: &Table) -> Result<BTreeMap<InstrumentId, StoredProfile>, StoreError> {
    let profile = |row: usize| {
        let text = |column: usize| table.text_null(column)[row].as_deref();
        let instrument = InstrumentId(table.int(0)[row]);
        let profile = Profile {
            name: text(1).map(str::to_owned),
            kind: text(2).map(|kind| parse("instrument kind", kind)).transpose()?,
            sector: text(3).map(|sector| parse("sector", sector)).transpose()?,
            industry: text(4).map(str::to_owned),
            exchange: text(5).map(str::to_owned),
            currency: text(6).map(|currency| parse("currency", currency)).transpose()?,
            is_whole_unit: table.int_null(7)[row].map(|is_whole_unit| is_whole_unit != 0),
        };
        let (source, fetched_at) = (table.int(8)[row], instant(table.int(9)[row]));
        Ok((instrument, StoredProfile { instrument, profile, source, fetched_at }))
    };
    (0..table.len()).map(profile).collect()
}

fn read_fundamentals(table: &Table) -> Result<BTreeMap<InstrumentId, StoredFundamentals>, StoreError> {
    let figures = |row: usize| {
        let day = |column: usize| table.int_null(column)[row].map(date).transpose();
        let figure = |column: usize| table.real_null(column)[row];
        let instrument = InstrumentId(table.int(0)[row]);
        let stored = StoredFundamentals {
            instrument,
            known_at: instant(table.int(1)[row]),
            source: table.int(2)[row],
            figures: Fundamentals {
                last_earnings: day(3)?,
                next_earnings: day(4)?,
                eps_trailing: figure(5),
                revenue: figure(6),
                gross_margin: figure(7),
                operating_margin: figure(8),
                profit_margin: figure(9),
                provider_beta: figure(10),
                market_cap: figure(11),
            },
        };
        Ok((instrument, stored))
    };
    (0..table.len()).map(figures).collect()
}

fn read_failures(table: &Table) -> Result<BTreeMap<Symbol, ProfileFailure>, StoreError> {
    let failure = |row: usize| {
        let symbol: Symbol = parse("symbol", &table.text(0)[row])?;
        let failure = ProfileFailure {
            symbol: symbol.clone(),
            code: table.text(1)[row].clone(),
            message: table.text(2)[row].clone(),
            failed_at: instant(table.int(3)[row]),
            retry_at: instant(table.int(4)[row]),
        };
        Ok((symbol, failure))
    };
    (0..table.len()).map(failure).collect()
}

/// Writes profiles.
pub fn upsert(tx: &mut Transaction, profiles: &[StoredProfile]) {
    let text = |field: fn(&Profile) -> Option<String>| -> Column {
        profiles.iter().map(|stored| field(&stored.profile)).collect::<Vec<_>>().into()
    };
    let rows = Table::new(vec![
        profiles.iter().map(|stored| stored.instrument.0).collect::<Vec<_>>().into(),
        text(|profile| profile.name.clone()),
        text(|profile| profile.kind.map(|kind| kind.as_str().to_owned())),
        text(|profile| profile.sector.map(|sector| sector.as_str().to_owned())),
        text(|profile| profile.industry.clone()),
        text(|profile| profile.exchange.clone()),
        text(|profile| profile.currency.map(|currency| currency.as_str().to_owned())),
        profiles.iter().map(|stored| stored.profile.is_whole_unit.map(i64::from)).collect::<Vec<_>>().into(),
        profiles.iter().map(|stored| stored.source).collect::<Vec<_>>().into(),
        profiles.iter().map(|stored| stored.fetched_at.epoch_micros()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&PROFILE_UPSERT, rows, Expect::Exactly(profiles.len() as u64));
}

/// Adds figures of companies.
pub fn insert_fundamentals(tx: &mut Transaction, told: &[StoredFundamentals]) {
    let figure = |field: fn(&Fundamentals) -> Option<f64>| -> Column {
        told.iter().map(|stored| field(&stored.figures)).collect::<Vec<_>>().into()
    };
    let rows = Table::new(vec![
        told.iter().map(|stored| stored.instrument.0).collect::<Vec<_>>().into(),
        told.iter().map(|stored| stored.known_at.epoch_micros()).collect::<Vec<_>>().into(),
        told.iter().map(|stored| stored.source).collect::<Vec<_>>().into(),
        told.iter().map(|stored| stored.figures.last_earnings.map(days)).collect::<Vec<_>>().into(),
        told.iter().map(|stored| stored.figures.next_earnings.map(days)).collect::<Vec<_>>().into(),
        figure(|figures| figures.eps_trailing),
        figure(|figures| figures.revenue),
        figure(|figures| figures.gross_margin),
        figure(|figures| figures.operating_margin),
        figure(|figures| figures.profit_margin),
        figure(|figures| figures.provider_beta),
        figure(|figures| figures.market_cap),
    ]);
    tx.push_rows(&FUNDAMENTAL_INSERT, rows, Expect::Exactly(told.len() as u64));
}

/// Notes failures, and forgets those that were over long ago.
pub fn failed(tx: &mut Transaction, failures: &[ProfileFailure], now: Timestamp) {
    let rows = Table::new(vec![
        texts(failures.iter().map(|failure| &failure.symbol)).into(),
        failures.iter().map(|failure| failure.code.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.message.clone()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.failed_at.epoch_micros()).collect::<Vec<_>>().into(),
        failures.iter().map(|failure| failure.retry_at.epoch_micros()).collect::<Vec<_>>().into(),
    ]);
    tx.push_rows(&PROFILE_FAILURE_UPSERT, rows, Expect::Exactly(failures.len() as u64));
    tx.push(&PROFILE_FAILURE_PURGE, vec![(now.epoch_micros() - KEPT_MICROS).into()], Expect::Any);
}

/// Forgets the failures of symbols of which everything is known now.
pub fn recovered(tx: &mut Transaction, symbols: &[Symbol]) {
    tx.push(&PROFILE_FAILURE_DELETE, vec![texts(symbols.iter()).into()], Expect::Any);
}
