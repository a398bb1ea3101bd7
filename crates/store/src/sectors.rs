//! Positions with their sectors, and what portfolios hold of each sector at their newest snapshots.

use std::collections::BTreeMap;

use model::{
    Date, InstrumentId, InstrumentKind, Money, PortfolioId, Quantity, Sector, SectorBucket, SectorExposure,
    Symbol,
};

use crate::store::Store;
use crate::stored::{date, days, parse};
use crate::{Expect, Query, StoreError, Table, Transaction};

crate::statements! {
    /// The positions of portfolios with what their sectors are told by.
    SECTORS_OF_POSITIONS: "SELECT h.portfolio_id, h.session, h.instrument_id, a.symbol, i.kind, p.sector, \
            p.industry, h.quantity, h.market_value, o.computed_no \
        FROM position h JOIN portfolio o ON o.id = h.portfolio_id JOIN instrument i ON i.id = h.instrument_id \
        JOIN instrument_alias a ON a.instrument_id = h.instrument_id AND a.last_date IS NULL \
        LEFT JOIN profile p ON p.instrument_id = h.instrument_id \
        WHERE h.portfolio_id IN {ids:$1} ORDER BY h.portfolio_id, a.symbol",
        params [int], columns [int, int, int, text, text, text?, text?, int, int, int];
    /// What portfolios hold of each sector.
    SECTOR_EXPOSURES: "SELECT portfolio_id, session, bucket, long_value, short_value, long_count, short_count \
        FROM sector_exposure WHERE portfolio_id IN {ids:$1} ORDER BY portfolio_id, bucket",
        params [int], columns [int, int, text, int, int, int, int];
    /// Drops what portfolios hold of each sector.
    SECTOR_EXPOSURE_DELETE: "DELETE FROM sector_exposure WHERE portfolio_id IN {ids:$1}",
        params [int], columns [];
    /// Writes what portfolios hold of each sector, where the positions are still the ones it was added up from.
    SECTOR_EXPOSURE_INSERT: "INSERT INTO sector_exposure (portfolio_id, session, bucket, long_value, short_value, \
            long_count, short_count) \
        SELECT r.portfolio_id, r.session, r.bucket, r.long_value, r.short_value, r.long_count, r.short_count \
        FROM {rows: portfolio_id, session, computed_no, bucket, long_value, short_value, long_count, short_count} r \
        JOIN portfolio p ON p.id = r.portfolio_id AND p.computed_no = r.computed_no \
        WHERE EXISTS (SELECT 1 FROM position h WHERE h.portfolio_id = r.portfolio_id AND h.session = r.session)",
        params [int, int, int, text, int, int, int, int], columns [];
}

/// The positions of a portfolio with their sectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectoredPositions {
    /// The session they are of.
    pub session: Date,
    /// The number of the result they were recorded with.
    pub computed_no: i64,
    /// The positions, by symbol.
    pub positions: Vec<SectoredPosition>,
}

/// A position with its sector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectoredPosition {
    /// What is held.
    pub instrument: InstrumentId,
    /// The symbol it goes by.
    pub symbol: Symbol,
    /// Where it counts.
    pub bucket: SectorBucket,
    /// Its industry, in the words of the source.
    pub industry: Option<String>,
    /// Signed units.
    pub quantity: Quantity,
    /// Its market value.
    pub market_value: Money,
}

/// What a portfolio holds of each sector at the close of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectorExposures {
    /// The session.
    pub session: Date,
    /// By name of the bucket.
    pub exposures: Vec<SectorExposure>,
}

/// The positions of portfolios with their sectors, and what is stored of them by sector, from one snapshot of the
/// database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sectors {
    /// The positions of those that have any.
    pub positions: BTreeMap<PortfolioId, SectoredPositions>,
    /// What is stored by sector.
    pub exposures: BTreeMap<PortfolioId, SectorExposures>,
}

/// The positions of portfolios with their sectors, and what is stored of them by sector.
///
/// # Errors
/// [`StoreError`].
pub async fn load(store: &Store, portfolios: &[PortfolioId]) -> Result<Sectors, StoreError> {
    let ids: Vec<i64> = portfolios.iter().map(|id| id.0).collect();
    let positions = Query::new(&SECTORS_OF_POSITIONS, vec![ids.clone().into()]);
    let tables = store.load(vec![positions, query(ids)]).await?;
    Ok(Sectors { positions: read_positions(&tables[0])?, exposures: read(&tables[1])? })
}

pub(crate) fn query(portfolios: Vec<i64>) -> Query {
    Query::new(&SECTOR_EXPOSURES, vec![portfolios.into()])
}

fn read_positions(table: &Table) -> Result<BTreeMap<PortfolioId, SectoredPositions>, StoreError> {
    let mut positions = BTreeMap::new();
    for row in 0..table.len() {
        let kind: InstrumentKind = parse("instrument kind", &table.text(4)[row])?;
        let sector = table.text_null(5)[row].as_deref();
        let sector: Option<Sector> = sector.map(|text| parse("sector", text)).transpose()?;
        let (session, computed_no) = (date(table.int(1)[row])?, table.int(9)[row]);
        let of = positions.entry(PortfolioId(table.int(0)[row])).or_insert_with(|| SectoredPositions {
            session,
            computed_no,
            positions: Vec::new(),
        });
        of.positions.push(SectoredPosition {
            instrument: InstrumentId(table.int(2)[row]),
            symbol: parse("symbol", &table.text(3)[row])?,
            bucket: SectorBucket::of(kind, sector),
            industry: table.text_null(6)[row].clone(),
            quantity: Quantity::from_hundred_millionths(table.int(7)[row]),
            market_value: Money::from_micros(table.int(8)[row]),
        });
    }
    Ok(positions)
}

pub(crate) fn read(table: &Table) -> Result<BTreeMap<PortfolioId, SectorExposures>, StoreError> {
    let mut exposures = BTreeMap::new();
    for row in 0..table.len() {
        let session = date(table.int(1)[row])?;
        let of = exposures
            .entry(PortfolioId(table.int(0)[row]))
            .or_insert_with(|| SectorExposures { session, exposures: Vec::new() });
        of.exposures.push(SectorExposure {
            bucket: parse("sector bucket", &table.text(2)[row])?,
            long_value: Money::from_micros(table.int(3)[row]),
            short_value: Money::from_micros(table.int(4)[row]),
            long_count: table.int(5)[row] as u32,
            short_count: table.int(6)[row] as u32,
        });
    }
    Ok(exposures)
}

/// Drops what portfolios hold of each sector.
pub fn delete(tx: &mut Transaction, portfolios: &[PortfolioId]) {
    let ids: Vec<i64> = portfolios.iter().map(|portfolio| portfolio.0).collect();
    tx.push(&SECTOR_EXPOSURE_DELETE, vec![ids.into()], Expect::Any);
}

/// Replaces what portfolios hold of each sector. Each stands with the number of the result that its positions were
/// recorded with. The transaction fails with [`StoreError::Guard`] when a later result was recorded since, or the
/// positions were dropped.
pub fn replace(tx: &mut Transaction, portfolios: &[(PortfolioId, i64, SectorExposures)]) {
    let ids: Vec<PortfolioId> = portfolios.iter().map(|(portfolio, _, _)| *portfolio).collect();
    delete(tx, &ids);
    let all = || {
        portfolios.iter().flat_map(|(id, computed_no, of)| {
            of.exposures.iter().map(move |exposure| (id.0, *computed_no, of.session, exposure))
        })
    };
    let rows = Table::new(vec![
        all().map(|(id, ..)| id).collect::<Vec<_>>().into(),
        all().map(|(_, _, session, _)| days(session)).collect::<Vec<_>>().into(),
        all().map(|(_, computed_no, ..)| computed_no).collect::<Vec<_>>().into(),
        all().map(|(.., exposure)| exposure.bucket.as_str().to_owned()).collect::<Vec<_>>().into(),
        all().map(|(.., exposure)| exposure.long_value.micros()).collect::<Vec<_>>().into(),
        all().map(|(.., exposure)| exposure.short_value.micros()).collect::<Vec<_>>().into(),
        all().map(|(.., exposure)| i64::from(exposure.long_count)).collect::<Vec<_>>().into(),
        all().map(|(.., exposure)| i64::from(exposure.short_count)).collect::<Vec<_>>().into(),
    ]);
    let count = rows.len() as u64;
    tx.push_rows(&SECTOR_EXPOSURE_INSERT, rows, Expect::Exactly(count));
}
