//! What a portfolio is made of: sectors, sizes, and what its options add.

use risk::{GreeksReport, SectorExposure};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Book, PositionLeftOut, Scaled};
use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::SymbolText;

/// Exposures by sector, private holdings included; a position counts whole.
#[derive(Serialize, ToSchema)]
pub struct SectorsHeld {
    /// When sectors are known as told: `today`.
    #[schema(value_type = String)]
    as_known: &'static str,
    /// The sum of the squared shares of the gross exposure, from 0 to 1.
    hhi: Option<f64>,
    /// The sectors held, and those that the benchmark has a weight for.
    sectors: Vec<SectorHeld>,
    /// Positions whose exposure is not known.
    missing: Vec<PositionLeftOut>,
}

/// The exposure to one sector.
#[derive(Serialize, ToSchema)]
pub struct SectorHeld {
    /// The sector's name, or `unknown`, `fund`, `option`, `private`.
    sector: String,
    /// Sizes of long and short together.
    gross: Scaled,
    /// Long and short added up.
    net: Scaled,
    long: Scaled,
    /// Zero or below.
    short: Scaled,
    /// Share of the gross exposure of all sectors, from 0 to 1.
    gross_share: Option<f64>,
    /// The benchmark's weight of the sector, from 0 to 1; null when it is not known.
    benchmark_weight: Option<f64>,
    /// Net exposure over equity, less the benchmark's weight; null without one.
    active: Option<f64>,
}

/// How concentrated positions are, as shares of the gross exposure, private holdings included.
#[derive(Serialize, ToSchema)]
pub struct SizeConcentration {
    /// Positions with an exposure.
    positions: usize,
    /// The Herfindahl-Hirschman index: the sum of squared shares, from 0 to 1.
    hhi: Option<f64>,
    /// As many positions of one size have the same index.
    effective_positions: Option<f64>,
    /// Share of the three largest, from 0 to 1.
    top_3: Option<f64>,
    /// Share of the ten largest, from 0 to 1.
    top_10: Option<f64>,
}

/// Greeks by Black, Scholes and Merton, of whole positions: multiplier and sign included.
#[derive(Serialize, ToSchema)]
pub struct GreeksOfPositions {
    /// What the numbers are for.
    units: GreeksUnits,
    /// Of each position that has any.
    positions: Vec<GreeksOf>,
    /// Of everything on one underlying.
    underlyings: Vec<GreeksOf>,
    /// Of everything that has any.
    total: GreeksTotal,
    /// Positions without Greeks.
    missing: Vec<PositionLeftOut>,
}

/// What the numbers are for.
#[derive(Serialize, ToSchema)]
pub struct GreeksUnits {
    #[schema(value_type = String)]
    vega: &'static str,
    #[schema(value_type = String)]
    theta: &'static str,
    #[schema(value_type = String)]
    rho: &'static str,
}

/// The Greeks of a position, or of everything on an underlying.
#[derive(Serialize, ToSchema)]
pub struct GreeksOf {
    symbol: SymbolText,
    /// Units of the underlying that it moves like.
    delta: f64,
    /// Change of delta for one dollar of the underlying's price.
    gamma: f64,
    /// Delta times the underlying's price, in dollars.
    delta_dollars: f64,
    /// Gamma times the square of the underlying's price, in dollars: change of `delta_dollars` for 1.00 of its return.
    gamma_dollars: f64,
    /// Change of value in dollars for 1.00 of volatility.
    vega: f64,
    /// Change of value in dollars for a year gone by.
    theta: f64,
    /// Change of value in dollars for 1.00 of rate.
    rho: f64,
}

/// The Greeks that can be added up across underlyings.
#[derive(Serialize, ToSchema)]
pub struct GreeksTotal {
    /// Dollars that move with the underlyings.
    delta_dollars: Option<f64>,
    /// Change of that, in dollars, for 1.00 of every underlying's return.
    gamma_dollars: Option<f64>,
    /// Change of value in dollars for 1.00 of volatility.
    vega: Option<f64>,
    /// Change of value in dollars for a year gone by.
    theta: Option<f64>,
    /// Change of value in dollars for 1.00 of rate.
    rho: Option<f64>,
}

impl SectorsHeld {
    /// Of the figures.
    pub fn of(mut notes: Notes<'_>, book: Book<'_>, found: &risk::SectorExposures) -> SectorsHeld {
        let hhi = notes.figure("hhi", found.hhi);
        let mut below = notes.below("sectors");
        let sector =
            |exposure: &SectorExposure| SectorHeld::of(below.below(exposure.sector.as_str()), exposure);
        SectorsHeld {
            as_known: "today",
            hhi,
            sectors: found.sectors.iter().map(sector).collect(),
            missing: book.left_out(&found.missing),
        }
    }
}

impl SectorHeld {
    fn of(mut notes: Notes<'_>, exposure: &SectorExposure) -> SectorHeld {
        SectorHeld {
            sector: exposure.sector.as_str().to_owned(),
            gross: Scaled::of(notes.below("gross"), exposure.gross),
            net: Scaled::of(notes.below("net"), exposure.net),
            long: Scaled::of(notes.below("long"), exposure.long),
            short: Scaled::of(notes.below("short"), exposure.short),
            gross_share: notes.figure("gross_share", exposure.gross_share),
            benchmark_weight: exposure.benchmark_weight,
            active: exposure.active.and_then(|active| notes.figure("active", active)),
        }
    }
}

impl SizeConcentration {
    /// Of the figures.
    pub fn of(mut notes: Notes<'_>, found: &risk::Concentration) -> SizeConcentration {
        SizeConcentration {
            positions: found.positions_count,
            hhi: notes.figure("hhi", found.hhi),
            effective_positions: notes.figure("effective_positions", found.effective_count),
            top_3: notes.figure("top_3", found.top_3),
            top_10: notes.figure("top_10", found.top_10),
        }
    }
}

impl GreeksOfPositions {
    /// Of the figures.
    pub fn of(mut notes: Notes<'_>, book: Book<'_>, found: &GreeksReport) -> GreeksOfPositions {
        let positions = found.positions.iter().enumerate();
        let positions =
            positions.filter_map(|(at, greeks)| Some(GreeksOf::of(book.symbol(at), greeks.as_ref().ok()?)));
        GreeksOfPositions {
            units: GreeksUnits {
                vega: "for 1.00 of volatility",
                theta: "for a year",
                rho: "for 1.00 of rate",
            },
            positions: positions.collect(),
            underlyings: found.underlyings.iter().map(|(symbol, it)| GreeksOf::of(symbol, it)).collect(),
            total: GreeksTotal::of(notes.below("total"), &found.total),
            missing: book.left_out(&found.missing),
        }
    }
}

impl GreeksOf {
    fn of(symbol: &model::Symbol, greeks: &risk::Greeks) -> GreeksOf {
        let risk::Greeks { delta, gamma, delta_dollars, gamma_dollars, vega, theta, rho } = *greeks;
        let symbol = Text(symbol.clone());
        GreeksOf { symbol, delta, gamma, delta_dollars, gamma_dollars, vega, theta, rho }
    }
}

impl GreeksTotal {
    fn of(mut notes: Notes<'_>, total: &risk::GreeksTotal) -> GreeksTotal {
        GreeksTotal {
            delta_dollars: notes.figure("delta_dollars", total.delta_dollars),
            gamma_dollars: notes.figure("gamma_dollars", total.gamma_dollars),
            vega: notes.figure("vega", total.vega),
            theta: notes.figure("theta", total.theta),
            rho: notes.figure("rho", total.rho),
        }
    }
}
