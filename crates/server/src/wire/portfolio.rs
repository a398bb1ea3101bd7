//! Portfolios: as they are listed, created, changed and deleted.

use app::{ChangedPortfolio, CreatedPortfolio, DeletedPortfolio, PortfolioSummary};
use model::SectorExposure;
use serde::Serialize;
use utoipa::ToSchema;

use super::import::ImportReport;
use super::snapshot::Figures;
use super::symbol_status::readiness;
use super::words::{
    CurrencyText, DateText, LotMethodText, MoneyText, PortfolioIdText, SectorBucketText, SymbolText,
    TimestampText,
};
use super::{Absent, Text};

/// A portfolio with its newest figures.
#[derive(Serialize, ToSchema)]
pub struct Portfolio {
    id: PortfolioIdText,
    /// Unique for its owner.
    name: String,
    owner: String,
    currency: CurrencyText,
    /// Which lot a closing fill takes first.
    lots: LotMethodText,
    opening_equity: MoneyText,
    /// The first date of its books, when it is fixed.
    start: Option<DateText>,
    /// Its first session, fixed or by its first event.
    inception: Option<DateText>,
    /// How many events are in its books.
    events: usize,
    created_at: TimestampText,
    /// The figures of its newest snapshot; null until a refresh has computed one.
    latest: Option<Figures>,
    /// What it holds of each sector; null until a refresh has added it up.
    sectors: Option<Vec<SectorShare>>,
}

/// What a portfolio holds of one sector.
#[derive(Serialize, ToSchema)]
pub struct SectorShare {
    sector: SectorBucketText,
    long_value: MoneyText,
    short_value: MoneyText,
    net_value: Option<MoneyText>,
    /// Positions held long.
    long: u32,
    short: u32,
    /// Net value over equity.
    net_weight: Option<f64>,
    absent: Absent,
}

impl Portfolio {
    /// Of a summary.
    pub fn of(summary: &PortfolioSummary) -> Portfolio {
        let portfolio = &summary.portfolio;
        let latest = summary.latest.as_ref().map(|latest| &latest.snapshot);
        let held = summary.sectors.as_deref().zip(latest);
        Portfolio {
            id: Text(portfolio.id),
            name: portfolio.name.clone(),
            owner: portfolio.owner.clone(),
            currency: Text(portfolio.currency),
            lots: Text(portfolio.lot_method),
            opening_equity: Text(portfolio.opening_equity),
            start: portfolio.start.map(Text),
            inception: summary.inception.map(Text),
            events: summary.event_count,
            created_at: Text(portfolio.created_at),
            latest: latest.map(Figures::of),
            sectors: held.map(|(held, latest)| SectorShare::all(held, latest)),
        }
    }
}

impl SectorShare {
    /// What a portfolio holds of each sector.
    pub fn all(exposures: &[SectorExposure], latest: &model::Snapshot) -> Vec<SectorShare> {
        let share = |exposure: &SectorExposure| {
            let net_weight = exposure.net_weight(latest.equity);
            let mut absent = Absent::default();
            absent.note_if(net_weight.is_none(), "net_weight", "equity_not_positive");
            SectorShare {
                sector: Text(exposure.bucket),
                long_value: Text(exposure.long_value),
                short_value: Text(exposure.short_value),
                net_value: exposure.net().ok().map(Text),
                long: exposure.long_count,
                short: exposure.short_count,
                net_weight,
                absent,
            }
        };
        exposures.iter().map(share).collect()
    }
}

/// What became of a portfolio to be created.
#[derive(Serialize, ToSchema)]
pub struct Created {
    id: PortfolioIdText,
    name: String,
    /// `pending` while symbols of its file are being made known, else `ready`.
    status: &'static str,
    /// These symbols.
    pending: Vec<SymbolText>,
    /// Symbols nothing was known of before.
    new_symbols: Vec<SymbolText>,
    /// What became of the file; null without one.
    import: Option<ImportReport>,
    /// Whether everything was checked and nothing written.
    dry_run: bool,
}

impl Created {
    /// Of what the use case did.
    pub fn of(created: &CreatedPortfolio, dry_run: bool) -> Created {
        let pending: Vec<SymbolText> =
            created.import.iter().flat_map(|report| &report.pending).cloned().map(Text).collect();
        Created {
            id: Text(created.portfolio.id),
            name: created.portfolio.name.clone(),
            status: readiness(!pending.is_empty()),
            pending,
            new_symbols: created.new_symbols.iter().cloned().map(Text).collect(),
            import: created.import.as_ref().map(ImportReport::of),
            dry_run,
        }
    }
}

/// What changed of a portfolio.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    id: PortfolioIdText,
    name: String,
    /// The settings that are others now.
    changed: Vec<&'static str>,
    /// The first date whose figures are computed again.
    dirty_from: Option<DateText>,
}

impl Changed {
    /// Of what the use case did.
    pub fn of(done: &ChangedPortfolio) -> Changed {
        Changed {
            id: Text(done.portfolio.id),
            name: done.portfolio.name.clone(),
            changed: done.changed.clone(),
            dirty_from: done.dirty_from.map(Text),
        }
    }
}

/// A portfolio that is no more.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    id: PortfolioIdText,
    name: String,
    /// How many events went with it.
    events: usize,
}

impl Deleted {
    /// Of what the use case did.
    pub fn of(deleted: &DeletedPortfolio) -> Deleted {
        Deleted {
            id: Text(deleted.portfolio.id),
            name: deleted.portfolio.name.clone(),
            events: deleted.event_count,
        }
    }
}
