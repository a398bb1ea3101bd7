//! How factors move in a scenario.

use crate::absent::finite;
use crate::cholesky::Cholesky;
use crate::{Absent, EwmaCovariance, Figure, JointBasis, JointFactor, JointFit, Scenario};

/// What becomes of the factors that a scenario does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StressMode {
    /// They stay where they are.
    Direct,
    /// They move as they are expected to, given those named.
    Correlated,
}

impl StressMode {
    /// The name used in answers: `direct` or `correlated`.
    pub const fn as_str(self) -> &'static str {
        match self {
            StressMode::Direct => "direct",
            StressMode::Correlated => "correlated",
        }
    }
}

/// The moves of the benchmark and of each factor beyond it.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorMoves {
    /// The benchmark's return.
    pub market: f64,
    /// For each factor of the joint model by name its move beyond the benchmark's; absent for one that takes no part.
    pub factors: Vec<(String, Figure)>,
    /// The change of yields that goes with it.
    pub yield_change: f64,
}

impl FactorMoves {
    /// What a symbol returns by its joint model, without its alpha.
    pub(super) fn return_of(&self, model: &JointFit) -> Figure {
        let mut sum = model.beta * self.market;
        for ((_, own_move), coefficient) in self.factors.iter().zip(&model.coefficients) {
            match own_move {
                Ok(own_move) if *own_move != 0.0 => sum += (*coefficient)? * own_move,
                // What stands still moves nothing, and what takes no part is in no model.
                _ => {}
            }
        }
        finite(sum)
    }
}

/// The moves of all factors in a scenario.
///
/// # Convention
/// A change of yields `dy` makes the rate proxy return `-duration * dy`; its own move is what of that the benchmark's move
/// does not bring along. A style's move is beyond the benchmark's as it is stated. Direct: what is not named has no move of
/// its own. Correlated: with `S` the weighted covariances of the benchmark's return, the rate proxy's return and the
/// styles' moves beyond the benchmark's (see [`JointBasis::ewma`]), what is not named moves by `S_us S_ss^-1 s`, `s` being
/// the moves stated.
///
/// # Errors
/// [`Absent::NoFactor`] for a factor that the model does not know, or why it takes no part in it; `invalid_input` for moves
/// that are no numbers. Correlated: [`Absent::Collinear`] when the factors named do not vary apart, `zero_deviation` when
/// one does not vary, and those of [`crate::ewma_covariance`].
///
/// # Source
/// Kupiec, 1998, Stress Testing in a Value at Risk Framework.
pub fn factor_moves(
    basis: &JointBasis,
    scenario: &Scenario,
    mode: StressMode,
) -> Result<FactorMoves, Absent> {
    let duration = basis.rate_proxy_duration();
    let used: Vec<&JointFactor> = basis.factors().filter_map(Result::ok).collect();
    // By place: the benchmark, then the factors that take part.
    let mut stated: Vec<Option<f64>> = vec![None; used.len() + 1];
    stated[0] = scenario.market;
    let rate = scenario.yield_change.map(|change| (crate::RATE, -duration * change));
    let styles = scenario.styles.iter().map(|(name, own_move)| (name.as_str(), *own_move));
    for (name, own_move) in rate.into_iter().chain(styles) {
        let place = used.iter().position(|factor| factor.name == name);
        stated[place.ok_or_else(|| reason_for(basis, name))? + 1] = Some(own_move);
    }
    if stated.iter().flatten().any(|own_move| !own_move.is_finite()) {
        return Err(Absent::INVALID_INPUT);
    }
    let expected = match mode {
        StressMode::Direct => None,
        StressMode::Correlated => Some(expected(&basis.ewma().value?, &stated)?),
    };
    let move_at = |place: usize| stated[place].or(expected.as_ref().map(|expected| expected[place]));
    let market = move_at(0).unwrap_or(0.0);
    let mut yield_change = scenario.yield_change.unwrap_or(0.0);
    let mut place = 0;
    let mut factors = Vec::new();
    for (name, factor) in basis.factor_names().zip(basis.factors()) {
        let own_move = match factor {
            Ok(factor) => {
                place += 1;
                let found = move_at(place);
                if let (true, Some(whole), true) = (factor.is_rate(), found, duration != 0.0) {
                    yield_change = finite(-whole / duration)?;
                }
                // The rate proxy's whole return is stated; of it the benchmark brings its part along.
                let beyond =
                    |whole: f64| if factor.is_rate() { whole - factor.slope * market } else { whole };
                Ok(finite(found.map_or(0.0, beyond))?)
            }
            Err(reason) => Err(reason),
        };
        factors.push((name.to_owned(), own_move));
    }
    Ok(FactorMoves { market, factors, yield_change })
}

fn reason_for(basis: &JointBasis, name: &str) -> Absent {
    let known = basis.factor_names().zip(basis.factors()).find(|(known, _)| *known == name);
    known.and_then(|(_, factor)| factor.err()).unwrap_or(Absent::NoFactor)
}

/// The moves of all factors that are expected when some are stated.
fn expected(covariance: &EwmaCovariance, stated: &[Option<f64>]) -> Result<Vec<f64>, Absent> {
    let at = |row: usize, column: usize| covariance.get(row, column).unwrap_or(0.0);
    let named: Vec<(usize, f64)> =
        stated.iter().enumerate().filter_map(|(place, own_move)| Some((place, (*own_move)?))).collect();
    let roots: Vec<f64> = named.iter().map(|(place, _)| at(*place, *place).sqrt()).collect();
    if !roots.iter().all(|root| *root > 0.0) {
        return Err(Absent::NO_DEVIATION);
    }
    let size = named.len();
    let mut correlations = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..size {
            correlations[row * size + column] =
                at(named[row].0, named[column].0) / (roots[row] * roots[column]);
        }
    }
    let factor = Cholesky::factor(&correlations, size).ok_or(Absent::Collinear)?;
    let mut scaled: Vec<f64> =
        named.iter().zip(&roots).map(|((_, own_move), root)| own_move / root).collect();
    factor.solve(&mut scaled);
    let of = |place: usize| {
        let parts = named.iter().zip(&roots).zip(&scaled);
        finite(parts.map(|(((named, _), root), scaled)| at(place, *named) / root * scaled).sum())
    };
    (0..stated.len()).map(of).collect()
}
