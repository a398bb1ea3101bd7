//! What scenarios and stretches of the past do to a portfolio.

use std::collections::BTreeMap;

use app::{StressedReplay, StressedScenario};
use risk::{Absent as Reason, FactorMoves, Figure, PositionStress, Stress};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Book, Scaled};
use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::{DateText, SymbolText};

/// What a scenario does to a portfolio.
#[derive(Serialize, ToSchema)]
pub struct ScenarioOutcome {
    name: String,
    /// What is supposed to happen.
    shocks: Shocks,
    /// Where the sizes come from.
    source: String,
    /// What is not named has no move of its own.
    direct: Outcome,
    /// What is not named moves by its expectation, given what is.
    correlated: Outcome,
}

/// Moves that are supposed to happen at once; null for what is not named.
#[derive(Serialize, ToSchema)]
pub struct Shocks {
    /// The benchmark's return, a fraction.
    market: Option<f64>,
    /// The change of yields: 0.01 is 100 basis points.
    r#yield: Option<f64>,
    /// The move of each style named beyond the benchmark's, a fraction.
    styles: BTreeMap<String, f64>,
    /// The change of every option's yearly volatility: 0.2 takes 20 % to 40 %.
    volatility: f64,
}

/// The gain of a portfolio, a loss below zero.
#[derive(Serialize, ToSchema)]
pub struct Outcome {
    #[serde(flatten)]
    gain: Gain,
    /// How the factors move.
    #[serde(skip_serializing_if = "Option::is_none")]
    moves: Option<Moves>,
    /// For each factor that moves the dollar exposure times the move, the market first.
    by_factor: BTreeMap<String, Option<f64>>,
    /// What options add beyond their delta, in dollars.
    beyond_delta: Option<f64>,
}

/// The gain of a portfolio and of each of its positions.
#[derive(Serialize, ToSchema)]
pub struct Gain {
    #[serde(flatten)]
    total: Scaled,
    /// Share of the gross exposure that is covered, from 0 to 1.
    covered_share: Option<f64>,
    /// What each position adds.
    positions: Vec<PositionGain>,
}

/// Moves of all factors.
#[derive(Serialize, ToSchema)]
pub struct Moves {
    /// The benchmark's return.
    market: f64,
    /// The change of yields.
    r#yield: f64,
    /// The move of each factor beyond what the benchmark brings along; null for one that takes no part.
    factors: BTreeMap<String, Option<f64>>,
}

/// What one position adds.
#[derive(Serialize, ToSchema)]
pub struct PositionGain {
    symbol: SymbolText,
    /// The return of the symbol that moves it.
    symbol_return: Option<f64>,
    /// Its gain in dollars.
    dollars: Option<f64>,
    /// Whether a price or a volatility of an option fell below zero and zero was taken.
    is_floored: bool,
    /// Why it is not covered; the stable name of the reason.
    #[schema(value_type = Option<String>)]
    reason: Option<&'static str>,
}

/// What a stretch of the past does to a portfolio of today.
#[derive(Serialize, ToSchema)]
pub struct ReplayOutcome {
    name: String,
    /// The close it begins with.
    from: DateText,
    /// The close it ends with.
    to: DateText,
    /// What happened.
    source: String,
    #[serde(flatten)]
    gain: Gain,
}

impl ScenarioOutcome {
    /// Of a scenario.
    pub fn of(mut notes: Notes<'_>, book: Book<'_>, found: &StressedScenario) -> ScenarioOutcome {
        let scenario = &found.scenario;
        ScenarioOutcome {
            name: scenario.name.clone(),
            shocks: Shocks {
                market: scenario.market,
                r#yield: scenario.yield_change,
                styles: scenario.styles.iter().cloned().collect(),
                volatility: scenario.volatility_change,
            },
            source: scenario.source.clone(),
            direct: Outcome::of(notes.below("direct"), book, &found.direct),
            correlated: Outcome::of(notes.below("correlated"), book, &found.correlated),
        }
    }
}

impl Outcome {
    fn of(mut notes: Notes<'_>, book: Book<'_>, found: &Result<Stress, Reason>) -> Outcome {
        let beyond_delta = match found {
            Ok(stress) => stress.beyond_delta.unwrap_or(Err(Reason::NothingCovered)),
            Err(reason) => Err(*reason),
        };
        let by_factor = found.iter().flat_map(|stress| &stress.by_factor);
        let mut below = notes.below("by_factor");
        let by_factor =
            by_factor.map(|(name, dollars)| (name.clone(), below.figure(name, *dollars))).collect();
        let moves = found.as_ref().ok().and_then(|stress| stress.moves.as_ref());
        Outcome {
            by_factor,
            beyond_delta: notes.figure("beyond_delta", beyond_delta),
            moves: moves.map(|moves| Moves::of(notes.below("moves"), moves)),
            gain: Gain::of(notes, book, found.as_ref().map_err(|reason| *reason)),
        }
    }
}

impl Gain {
    fn of(mut notes: Notes<'_>, book: Book<'_>, found: Result<&Stress, Reason>) -> Gain {
        let positions = found.iter().flat_map(|stress| stress.positions.iter().enumerate());
        Gain {
            covered_share: notes.figure("covered_share", found.and_then(|stress| stress.covered_share)),
            positions: positions.map(|(at, position)| PositionGain::of(book, at, position)).collect(),
            total: Scaled::of_result(notes, found.map(|stress| stress.total)),
        }
    }
}

impl Moves {
    fn of(mut notes: Notes<'_>, moves: &FactorMoves) -> Moves {
        let mut below = notes.below("factors");
        let of = |(name, own): &(String, Figure)| (name.clone(), below.figure(name, *own));
        Moves {
            market: moves.market,
            r#yield: moves.yield_change,
            factors: moves.factors.iter().map(of).collect(),
        }
    }
}

impl PositionGain {
    fn of(book: Book<'_>, at: usize, position: &Result<PositionStress, Reason>) -> PositionGain {
        let found = position.as_ref().ok();
        PositionGain {
            symbol: Text(book.symbol(at).clone()),
            symbol_return: found.map(|found| found.symbol_return),
            dollars: found.map(|found| found.dollars),
            is_floored: found.is_some_and(|found| found.is_floored),
            reason: position.as_ref().err().map(|reason| reason.as_str()),
        }
    }
}

impl ReplayOutcome {
    /// Of a replay.
    pub fn of(notes: Notes<'_>, book: Book<'_>, found: &StressedReplay) -> ReplayOutcome {
        let replay = &found.replay;
        ReplayOutcome {
            name: replay.name.clone(),
            from: Text(replay.from),
            to: Text(replay.to),
            source: replay.source.clone(),
            gain: Gain::of(notes, book, Ok(&found.stress)),
        }
    }
}
