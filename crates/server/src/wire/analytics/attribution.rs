//! Where a session's return came from.

use std::collections::BTreeMap;

use app::SessionAttribution;
use model::Symbol;
use risk::{Absent as Reason, PositionAttribution};
use serde::Serialize;
use utoipa::ToSchema;

use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::{DateText, SymbolText};

/// The parts of a session's return, as fractions of the equity before: market, factors, sectors and rest add up to the
/// total to the last bit.
#[derive(Serialize, ToSchema)]
pub struct ReturnParts {
    /// The session at whose close weights and models are taken.
    before: Option<DateText>,
    /// What the benchmark returned.
    benchmark_return: Option<f64>,
    /// The return.
    total: Option<f64>,
    /// The part of the benchmark.
    market: Option<f64>,
    /// The part of each factor by name: the rate proxy and the styles, beyond the benchmark.
    factors: BTreeMap<String, f64>,
    /// The part of each sector, as known today, by name: what its fund returned beyond market and factors.
    sectors: BTreeMap<String, f64>,
    /// What none of them explains.
    rest: Option<f64>,
    /// The part of the rest that is not of the positions held: trades, fees, interest.
    beyond_positions: Option<f64>,
    /// Factors whose part is in the rest, each with the stable name of the reason.
    missing_factors: BTreeMap<String, String>,
    /// Sectors whose part is in the rest, each with the stable name of the reason.
    missing_sectors: BTreeMap<String, String>,
    /// The parts of each position held before.
    positions: Vec<PositionReturn>,
}

/// What one position added to a session's return; the parts add up to it.
#[derive(Serialize, ToSchema)]
pub struct PositionReturn {
    symbol: SymbolText,
    /// Its gain over the equity before.
    contribution: Option<f64>,
    market: Option<f64>,
    /// The part of each factor by name.
    factors: BTreeMap<String, f64>,
    sector: Option<f64>,
    rest: Option<f64>,
    /// Why it has a rest alone, or no contribution; the stable name of the reason.
    #[schema(value_type = Option<String>)]
    reason: Option<&'static str>,
}

/// Figures that are there when an attribution is.
const FIGURES: [&str; 6] = ["before", "benchmark_return", "total", "market", "rest", "beyond_positions"];

impl ReturnParts {
    /// Of an attribution, or why there is none.
    pub fn of(mut notes: Notes<'_>, found: &Result<SessionAttribution, Reason>) -> ReturnParts {
        if let Err(reason) = found {
            FIGURES.iter().for_each(|field| notes.note(field, *reason));
        }
        let parts = found.as_ref().ok().map(|found| &found.attribution);
        let of = |figure: fn(&risk::Attribution) -> f64| parts.map(figure);
        let names: Vec<&str> =
            parts.iter().flat_map(|it| &it.factors).map(|(name, _)| name.as_str()).collect();
        let positions = found.iter().flat_map(|it| it.symbols.iter().zip(&it.attribution.positions));
        let reasons = |missing: fn(&risk::Attribution) -> &[(String, Reason)]| {
            let missing = parts.iter().flat_map(|it| missing(it));
            missing.map(|(name, reason)| (name.clone(), reason.as_str().to_owned())).collect()
        };
        ReturnParts {
            before: found.as_ref().ok().map(|found| Text(found.before)),
            benchmark_return: found.as_ref().ok().map(|found| found.benchmark_return),
            total: of(|it| it.total),
            market: of(|it| it.market),
            factors: parts.iter().flat_map(|it| it.factors.iter().cloned()).collect(),
            sectors: parts.iter().flat_map(|it| it.sectors.iter().cloned()).collect(),
            rest: of(|it| it.rest),
            beyond_positions: of(|it| it.beyond_positions),
            missing_factors: reasons(|it| &it.missing_factors),
            missing_sectors: reasons(|it| &it.missing_sectors),
            positions: positions.map(|(symbol, it)| PositionReturn::of(symbol, it, &names)).collect(),
        }
    }
}

impl PositionReturn {
    fn of(symbol: &Symbol, found: &Result<PositionAttribution, Reason>, factors: &[&str]) -> PositionReturn {
        let of = |part: fn(&PositionAttribution) -> f64| -> Option<f64> { found.as_ref().ok().map(part) };
        let parts = found.iter().flat_map(|it| it.factors.iter().copied());
        let reason = found.as_ref().map_or_else(|reason| Some(*reason), |it| it.unexplained);
        PositionReturn {
            symbol: Text(symbol.clone()),
            contribution: of(|it| it.contribution),
            market: of(|it| it.market),
            factors: factors.iter().map(|name| (*name).to_owned()).zip(parts).collect(),
            sector: of(|it| it.sector),
            rest: of(|it| it.rest),
            reason: reason.map(Reason::as_str),
        }
    }
}
