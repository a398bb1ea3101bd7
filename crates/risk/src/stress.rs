//! What scenarios do to exposures.

mod moves;
mod revaluation;

use model::Symbol;

use crate::absent::finite;
use crate::exposure::Scaled;
use crate::{Absent, Exposures, Figure, JointBasis, JointFit, Missing, Named, Replay, Scenario};

pub use moves::{FactorMoves, StressMode, factor_moves};
pub use revaluation::PositionStress;

use revaluation::{Conditions, revalued};

/// What a scenario does to exposures.
///
/// # Units
/// Gains in dollars, losses below zero; ratios to equity.
#[derive(Clone, Debug, PartialEq)]
pub struct Stress {
    /// The name of the scenario or of the replay.
    pub name: String,
    /// The moves of the factors, named and following; none for a replay, in which symbols move by themselves.
    pub moves: Option<FactorMoves>,
    /// The gain of everything that is covered.
    pub total: Scaled,
    /// The gain of each position, in the order of the exposures.
    pub positions: Vec<Result<PositionStress, Absent>>,
    /// For each factor that moves the dollar exposure times the move, the market first. Empty for a replay.
    pub by_factor: Vec<(String, Figure)>,
    /// What options add beyond their delta: the total less the sum over factors. None for a replay.
    pub beyond_delta: Option<Figure>,
    /// The share of the gross exposure on markets that is covered; absent when the exposure of a position is not known.
    pub covered_share: Figure,
    /// The positions that are not covered.
    pub missing: Vec<Missing>,
}

/// The name of the benchmark among the factors of a stress and of an attribution.
pub const MARKET: &str = "market";

/// What a scenario does to exposures by the joint model.
///
/// # Convention
/// - Each symbol returns its beta times the benchmark's move, plus its coefficient of each factor times that factor's move
///   beyond the benchmark's. Direct: what the scenario does not name does not move. Correlated: it moves by its conditional
///   expectation; see [`factor_moves`].
/// - Assets gain dollars times return, so without options all is linear. Options are valued anew by Black, Scholes and
///   Merton at the moved price, rate and volatility. A price that falls to zero or below, and a volatility that falls below
///   zero, count as zero for the option, and the position says so.
/// - A symbol without a joint model, and a private holding, adds nothing and is listed.
///
/// # Errors
/// As a whole: [`Absent::NoFactor`] when the scenario names a factor that the model does not have, and those of
/// [`factor_moves`]. The total: [`Absent::NoExposure`], [`Absent::NothingCovered`].
///
/// # Source
/// Kupiec, 1998, Stress Testing in a Value at Risk Framework (correlated moves); Meucci, 2005, Risk and Asset Allocation,
/// chapter 3 (full revaluation).
pub fn stress<'a>(
    exposures: &Exposures,
    basis: &JointBasis,
    model_of: impl Fn(&Symbol) -> Result<&'a JointFit, Absent>,
    scenario: &Scenario,
    mode: StressMode,
) -> Result<Stress, Absent> {
    let moves = factor_moves(basis, scenario, mode)?;
    let conditions =
        Conditions { rate_change: moves.yield_change, volatility_change: scenario.volatility_change };
    let move_of = |symbol: &Symbol| moves.return_of(model_of(symbol)?);
    let mut found = Stress::of(exposures, &scenario.name, conditions, move_of);
    found.by_factor = by_factor(exposures, &moves, |symbol| model_of(symbol), &found.positions);
    let linear: Figure = found.by_factor.iter().map(|(_, dollars)| *dollars).sum();
    found.beyond_delta = Some(found.total.dollars.and_then(|total| finite(total - linear?)));
    found.moves = Some(moves);
    Ok(found)
}

/// What a stretch of the past would do to today's exposures.
///
/// # Convention
/// Each symbol returns what it did from the first close to the last. Options are valued anew at the moved price, with
/// today's rate and volatility. A symbol whose history does not reach both closes adds nothing and is listed.
///
/// # Errors
/// Of a position: [`Absent::OutsideHistory`], [`Absent::NoFactor`] without a history, [`Absent::PrivateHolding`].
pub fn replay(exposures: &Exposures, named: &[Named<'_>], replay: &Replay) -> Stress {
    let move_of = |symbol: &Symbol| {
        let named = named.iter().find(|named| named.symbol == symbol).ok_or(Absent::NoFactor)?;
        named.history.return_between(replay.from, replay.to).ok_or(Absent::OutsideHistory)
    };
    let unchanged = Conditions { rate_change: 0.0, volatility_change: 0.0 };
    Stress::of(exposures, &replay.name, unchanged, move_of)
}

impl Stress {
    fn of(
        exposures: &Exposures,
        name: &str,
        conditions: Conditions,
        move_of: impl Fn(&Symbol) -> Figure,
    ) -> Stress {
        let positions: Vec<Result<PositionStress, Absent>> =
            exposures.entries().iter().map(|entry| revalued(entry, &move_of, conditions)).collect();
        let (mut total, mut covered, mut gross, mut any) = (0.0, 0.0, 0.0, false);
        let mut missing = Vec::new();
        for (at, entry, dollars) in exposures.ordered() {
            let size = if entry.is_private() { 0.0 } else { dollars.map_or(0.0, f64::abs) };
            gross += size;
            match &positions[at] {
                Ok(position) => {
                    total += position.dollars;
                    covered += size;
                    any = true;
                }
                Err(reason) => missing.push(Missing { exposure: at, reason: *reason }),
            }
        }
        missing.sort_by_key(|missing| missing.exposure);
        let dollars = match (any, gross > 0.0) {
            (true, _) => finite(total),
            (false, true) => Err(Absent::NothingCovered),
            (false, false) => Err(exposures.nothing()),
        };
        Stress {
            name: name.to_owned(),
            moves: None,
            total: exposures.scaled(dollars),
            positions,
            by_factor: Vec::new(),
            beyond_delta: None,
            covered_share: exposures.covered_share(covered, gross),
            missing,
        }
    }
}

/// The dollars of covered positions times their coefficients and the factors' moves.
fn by_factor<'a>(
    exposures: &Exposures,
    moves: &FactorMoves,
    model_of: impl Fn(&Symbol) -> Result<&'a JointFit, Absent>,
    positions: &[Result<PositionStress, Absent>],
) -> Vec<(String, Figure)> {
    let mut sums = vec![0.0; moves.factors.len() + 1];
    for (at, symbol, dollars) in exposures.on_markets() {
        let (Ok(_), Ok(model)) = (&positions[at], model_of(symbol)) else { continue };
        sums[0] += dollars * model.beta * moves.market;
        for ((sum, (_, own_move)), coefficient) in
            sums[1..].iter_mut().zip(&moves.factors).zip(&model.coefficients)
        {
            if let (Ok(own_move), Ok(coefficient)) = (own_move, coefficient) {
                *sum += dollars * coefficient * own_move;
            }
        }
    }
    let names = std::iter::once(MARKET).chain(moves.factors.iter().map(|(name, _)| name.as_str()));
    names.map(str::to_owned).zip(sums.into_iter().map(finite)).collect()
}
