//! Where a session's return came from.

use std::collections::{BTreeMap, BTreeSet};

use crate::stress::MARKET;
use crate::{Absent, Figure, JointBasis, JointFit};

/// Parts are kept in steps of 2^-45, about 3e-14: sums of such numbers lose nothing, in whatever order they are added.
const STEPS: f64 = (1_u64 << 45) as f64;

/// Beyond this many times the equity, sums would lose digits.
const SIZE_MAX: f64 = 64.0;

/// One position of the session before, with what it did on the session.
#[derive(Clone, Debug)]
pub struct AttributedPosition<'a> {
    /// Its delta-adjusted dollars over equity, both at the close of the session before.
    pub weight: f64,
    /// Its gain on the session over that equity: for an asset its weight times its return.
    pub contribution: Figure,
    /// The joint model of its symbol as of the session before.
    pub model: Result<&'a JointFit, Absent>,
    /// The name of its sector, where it has one.
    pub sector: Option<&'a str>,
}

/// The series that stands for a sector.
#[derive(Clone, Debug)]
pub struct SectorMove<'a> {
    /// What it returned on the session.
    pub session_return: f64,
    /// Its joint model as of the session before.
    pub model: &'a JointFit,
}

/// What the yardsticks did on the session.
#[derive(Clone, Debug)]
pub struct SessionMoves<'a> {
    /// The benchmark's return.
    pub market: f64,
    /// The returns of the factors, in the order of [`JointBasis::factor_names`].
    pub factors: Vec<Figure>,
    /// The sectors by name; in place of one that nothing stands for, why.
    pub sectors: BTreeMap<&'a str, Result<SectorMove<'a>, Absent>>,
}

/// The parts of one position's contribution; they add up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct PositionAttribution {
    /// Its gain over the equity of the session before.
    pub contribution: f64,
    /// The part of the benchmark.
    pub market: f64,
    /// The part of each factor, in the order of [`JointBasis::factor_names`].
    pub factors: Vec<f64>,
    /// The part of its sector.
    pub sector: f64,
    /// What none of them explains.
    pub rest: f64,
    /// Why it has a rest alone, when its symbol has no model.
    pub unexplained: Option<Absent>,
}

/// The parts of a session's return; they add up to it to the last bit, in any order.
///
/// # Units
/// Fractions of the equity of the session before.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The return.
    pub total: f64,
    /// The part of the benchmark.
    pub market: f64,
    /// The part of each factor by name: the rate proxy, then the styles.
    pub factors: Vec<(String, f64)>,
    /// The part of each sector by name.
    pub sectors: Vec<(String, f64)>,
    /// What none of them explains.
    pub rest: f64,
    /// The part of the rest that is not of the positions held: trades, fees, interest, positions without a contribution.
    pub beyond_positions: f64,
    /// The parts of each position; absent for one without a contribution.
    pub positions: Vec<Result<PositionAttribution, Absent>>,
    /// Factors that have no return on the session, or take no part in the model; theirs is in the rest.
    pub missing_factors: Vec<(String, Absent)>,
    /// Sectors of positions with a model that nothing stands for; theirs is in the rest.
    pub missing_sectors: Vec<(String, Absent)>,
}

/// Where a session's return came from.
///
/// # Convention
/// Weights and models are those of the session before. A position's market part is weight times beta times the benchmark's
/// return; a factor's part is weight times coefficient times the factor's return less its slope times the benchmark's; its
/// sector's part is weight times what the sector's series returned beyond its own market and factor parts. The rest is
/// what is left of the return. Every part is kept in steps of 2^-45, so that the parts add up to the return exactly. A
/// position without a model has a rest alone.
///
/// # Errors
/// `invalid_input` for a return or a weight that is no number, `overflow` for parts beyond 64 times the equity.
///
/// # Example
/// A portfolio of the benchmark alone is all market.
/// ```
/// use model::Calendar;
/// use risk::{AttributedPosition, History, SessionMoves, Settings, Timeline, Yardsticks, attribute};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 91);
/// let returns = timeline.sessions().iter().enumerate().map(|(at, s)| (*s, ((at * 7) % 11) as f64 * 0.001));
/// let benchmark = History::of_returns(&timeline, returns.collect::<Vec<_>>());
/// let yardsticks =
///     Yardsticks::new(Settings::default(), &timeline, Some(benchmark.clone()), None, Vec::new());
/// let basis = yardsticks.joint().unwrap();
/// let model = basis.fit(&benchmark).value.unwrap();
/// let held = AttributedPosition { weight: 1.0, contribution: Ok(0.02), model: Ok(&model), sector: None };
/// let moves = SessionMoves { market: 0.02, factors: vec![Err(risk::Absent::NoFactor)], sectors: Default::default() };
/// let found = attribute(0.02, &[held], basis, &moves).unwrap();
/// assert_eq!((found.market, found.rest), (found.total, 0.0));
/// ```
///
/// # Source
/// Grinold and Kahn, 2000, Active Portfolio Management, chapter 17; Menchero, 2000, An Optimized Approach to Linking
/// Attribution Effects (a rest that is stated).
pub fn attribute(
    total_return: f64,
    positions: &[AttributedPosition<'_>],
    basis: &JointBasis,
    moves: &SessionMoves<'_>,
) -> Result<Attribution, Absent> {
    let names: Vec<&str> = basis.factor_names().collect();
    let own_moves: Vec<Figure> = basis
        .factors()
        .enumerate()
        .map(|(at, factor)| {
            let returned = moves.factors.get(at).copied().unwrap_or(Err(Absent::NoFactor));
            Ok(returned? - factor?.slope * moves.market)
        })
        .collect();
    let session = Session { moves, own_moves };
    let found: Vec<Result<PositionAttribution, Absent>> =
        positions.iter().map(|position| session.parts_of(position)).collect::<Result<_, _>>()?;
    let mut sums = Sums { market: 0.0, factors: vec![0.0; names.len()], sectors: BTreeMap::new(), held: 0.0 };
    let mut size = 0.0;
    for (position, parts) in positions.iter().zip(&found) {
        let Ok(parts) = parts else { continue };
        size += parts.size();
        sums.add(parts, position.sector.filter(|name| matches!(moves.sectors.get(name), Some(Ok(_)))));
    }
    let total = in_steps(total_return)?;
    // As long as sizes are in bounds, no sum below rounds.
    if size + total.abs() > SIZE_MAX {
        return Err(Absent::Numeric(quant::Absent::Overflow));
    }
    let explained = sums.market + sums.factors.iter().sum::<f64>() + sums.sectors.values().sum::<f64>();
    let missing = names
        .iter()
        .zip(&session.own_moves)
        .filter_map(|(name, own_move)| Some(((*name).to_owned(), own_move.err()?)));
    Ok(Attribution {
        total,
        market: sums.market,
        missing_factors: missing.collect(),
        missing_sectors: session.missing_sectors(positions),
        factors: names.iter().map(|name| (*name).to_owned()).zip(sums.factors).collect(),
        sectors: sums.sectors.into_iter().map(|(name, part)| (name.to_owned(), part)).collect(),
        rest: total - explained + 0.0,
        beyond_positions: total - sums.held + 0.0,
        positions: found,
    })
}

impl Attribution {
    /// Every part by name, the rest last: they add up to the total.
    pub fn parts(&self) -> Vec<(&str, f64)> {
        let factors = self.factors.iter().chain(&self.sectors).map(|(name, part)| (name.as_str(), *part));
        std::iter::once((MARKET, self.market)).chain(factors).chain([("rest", self.rest)]).collect()
    }
}

struct Session<'a> {
    moves: &'a SessionMoves<'a>,
    /// The factors' moves beyond the benchmark's.
    own_moves: Vec<Figure>,
}

impl Session<'_> {
    fn parts_of(
        &self,
        position: &AttributedPosition<'_>,
    ) -> Result<Result<PositionAttribution, Absent>, Absent> {
        let contribution = match position.contribution {
            Ok(contribution) => in_steps(contribution)?,
            Err(reason) => return Ok(Err(reason)),
        };
        let weight = position.weight;
        let (mut market, mut factors, mut sector) = (0.0, vec![0.0; self.own_moves.len()], 0.0);
        if let Ok(model) = position.model {
            market = in_steps(weight * (model.beta * self.moves.market))?;
            for (part, explained) in factors.iter_mut().zip(self.explained_by_factors(model)) {
                *part = in_steps(weight * explained)?;
            }
            if let Some(Ok(series)) = position.sector.and_then(|name| self.moves.sectors.get(name)) {
                let explained = series.model.beta * self.moves.market
                    + self.explained_by_factors(series.model).into_iter().sum::<f64>();
                sector = in_steps(weight * (series.session_return - explained))?;
            }
        }
        let rest = contribution - market - factors.iter().sum::<f64>() - sector + 0.0;
        let unexplained = position.model.err();
        Ok(Ok(PositionAttribution { contribution, market, factors, sector, rest, unexplained }))
    }

    /// The sectors of positions with a model that nothing stands for, each with the reason.
    fn missing_sectors(&self, positions: &[AttributedPosition<'_>]) -> Vec<(String, Absent)> {
        let named: BTreeSet<&str> =
            positions.iter().filter(|it| it.model.is_ok()).filter_map(|it| it.sector).collect();
        let missing = |name: &str| match self.moves.sectors.get(name) {
            Some(Ok(_)) => None,
            Some(Err(reason)) => Some((name.to_owned(), *reason)),
            None => Some((name.to_owned(), Absent::NoFactor)),
        };
        named.into_iter().filter_map(missing).collect()
    }

    /// What a model says each factor brought; nothing for one that is missing.
    fn explained_by_factors(&self, model: &JointFit) -> Vec<f64> {
        let pairs = self.own_moves.iter().zip(&model.coefficients);
        pairs
            .map(|(own_move, coefficient)| own_move.and_then(|own| Ok(own * (*coefficient)?)).unwrap_or(0.0))
            .collect()
    }
}

impl PositionAttribution {
    /// The sizes of everything in it.
    fn size(&self) -> f64 {
        let parts = [self.contribution, self.market, self.sector, self.rest]
            .into_iter()
            .chain(self.factors.iter().copied());
        parts.map(f64::abs).sum()
    }
}

/// Sums over positions, which do not round as long as their sizes are in bounds.
struct Sums<'a> {
    market: f64,
    factors: Vec<f64>,
    sectors: BTreeMap<&'a str, f64>,
    held: f64,
}

impl<'a> Sums<'a> {
    fn add(&mut self, parts: &PositionAttribution, sector: Option<&'a str>) {
        self.market += parts.market;
        self.held += parts.contribution;
        for (sum, part) in self.factors.iter_mut().zip(&parts.factors) {
            *sum += part;
        }
        if let Some(name) = sector {
            *self.sectors.entry(name).or_default() += parts.sector;
        }
    }
}

/// A number in steps of 2^-45.
fn in_steps(number: f64) -> Figure {
    match number.abs() {
        size if size <= SIZE_MAX => Ok((number * STEPS).round_ties_even() / STEPS + 0.0),
        size if size.is_nan() => Err(Absent::INVALID_INPUT),
        _ => Err(Absent::Numeric(quant::Absent::Overflow)),
    }
}
