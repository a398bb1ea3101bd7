//! The fifth phase: what portfolios hold of each sector at their newest snapshots.

use std::collections::BTreeSet;

use ledger::LedgerError;
use model::{PortfolioId, SectorBucket};
use store::sectors::{SectorExposures, Sectors};
use store::{StoreError, Transaction};

use super::{Meter, Phase, PhaseReport, PhaseState, Warning, named};
use crate::context::pause;
use crate::{AppError, Context, sectors};

/// Adds up the positions of portfolios by sector, and records what differs from what is stored. The sectors of the
/// positions themselves are those of the profiles, which is where every reader takes them from.
pub async fn record_exposures(ctx: &Context, portfolios: &[PortfolioId]) -> PhaseReport {
    let (mut meter, ctx) = match Meter::start(ctx, Phase::Sectors) {
        Ok(started) => started,
        Err(error) => return PhaseReport::failed(Phase::Sectors, &error),
    };
    let state = run(&ctx, portfolios, &mut meter).await;
    let is_empty = matches!(state, Ok(PhaseState::Skipped));
    let mut report = meter.report(state);
    if is_empty {
        report.reason = Some("nothing_held".to_owned());
    }
    report
}

async fn run(ctx: &Context, portfolios: &[PortfolioId], meter: &mut Meter) -> Result<PhaseState, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        meter.check(ctx)?;
        let stored = store::sectors::load(ctx.store()?, portfolios).await?;
        let mut tx = Transaction::new();
        prepare(&stored, &mut tx)?;
        let recorded = if tx.is_empty() { Ok(()) } else { ctx.record(tx).await.map(|_| ()) };
        match recorded {
            Ok(()) => return Ok(count(&stored, meter)),
            // Positions were recorded or dropped meanwhile.
            Err(AppError::Store(StoreError::Guard { .. } | StoreError::Constraint { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AppError::Conflict { what: "the positions of a portfolio".to_owned() })
}

fn prepare(stored: &Sectors, tx: &mut Transaction) -> Result<(), AppError> {
    let mut different = Vec::new();
    for (portfolio, of) in &stored.positions {
        let exposures = sectors::exposures(&of.positions).map_err(|source| AppError::Ledger {
            name: portfolio.to_string(),
            source: LedgerError::Overflow { session: of.session, source },
        })?;
        let exposures = SectorExposures { session: of.session, exposures };
        if stored.exposures.get(portfolio) != Some(&exposures) {
            different.push((*portfolio, of.computed_no, exposures));
        }
    }
    let is_gone = |portfolio: &&PortfolioId| !stored.positions.contains_key(portfolio);
    let gone: Vec<PortfolioId> = stored.exposures.keys().filter(is_gone).copied().collect();
    if !gone.is_empty() {
        store::sectors::delete(tx, &gone);
    }
    if !different.is_empty() {
        store::sectors::replace(tx, &different);
    }
    Ok(())
}

/// Counts positions with and without a place, and tells the symbols whose sector is unknown.
fn count(stored: &Sectors, meter: &mut Meter) -> PhaseState {
    let (mut companies, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for position in stored.positions.values().flat_map(|of| &of.positions) {
        let symbol = position.symbol.as_str();
        match position.bucket {
            SectorBucket::Unknown => {
                meter.items_skipped += 1;
                companies.insert(symbol);
                unknown.insert(symbol);
            }
            SectorBucket::Sector(_) => {
                meter.items_done += 1;
                companies.insert(symbol);
            }
            SectorBucket::Fund | SectorBucket::Index | SectorBucket::Option | SectorBucket::Private => {
                meter.items_done += 1;
            }
        }
    }
    if !unknown.is_empty() {
        let symbols: Vec<&str> = unknown.iter().copied().collect();
        let told = format!(
            "the sector of {} of {} held companies is unknown: {}",
            unknown.len(),
            companies.len(),
            named(&symbols)
        );
        meter.warnings.push(Warning::new("unknown_sectors", told));
    }
    if stored.positions.is_empty() { PhaseState::Skipped } else { PhaseState::Ok }
}
