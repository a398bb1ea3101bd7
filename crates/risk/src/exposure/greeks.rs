//! What options add: Greeks by position, by underlying, and of everything.

use model::Symbol;

use super::{Exposure, Exposures, Missing, Stake};
use crate::absent::finite;
use crate::{Absent, Figure};

/// Greeks beyond this are not those of any position.
const GREEK_MAX: f64 = 1e30;

/// The Greeks of a position, or of all positions on one underlying.
///
/// # Units
/// For the position as a whole, multiplier and sign included: `delta` in units of the underlying, `gamma` in those for one
/// dollar of its price, `vega` in dollars for 1.00 of volatility, `theta` in dollars for a year gone by, `rho` in dollars for
/// 1.00 of rate. `delta_dollars` are dollars that move with the underlying; `gamma_dollars` is how many more there are
/// for 1.00 of its return, by gamma alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Greeks {
    /// Units of the underlying that it moves like.
    pub delta: f64,
    /// Change of delta for one dollar of the underlying's price.
    pub gamma: f64,
    /// Delta times the underlying's price.
    pub delta_dollars: f64,
    /// Gamma times the square of the underlying's price.
    pub gamma_dollars: f64,
    /// Change of value for 1.00 of volatility.
    pub vega: f64,
    /// Change of value for a year gone by.
    pub theta: f64,
    /// Change of value for 1.00 of rate.
    pub rho: f64,
}

/// The Greeks that can be added up across underlyings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GreeksTotal {
    /// Dollars that move with the underlyings.
    pub delta_dollars: Figure,
    /// Change of that for 1.00 of every underlying's return.
    pub gamma_dollars: Figure,
    /// Change of value for 1.00 of volatility.
    pub vega: Figure,
    /// Change of value for a year gone by.
    pub theta: Figure,
    /// Change of value for 1.00 of rate.
    pub rho: Figure,
}

/// The Greeks of positions.
#[derive(Clone, Debug, PartialEq)]
pub struct GreeksReport {
    /// Of each position, in the order of the exposures.
    pub positions: Vec<Result<Greeks, Absent>>,
    /// Of each underlying, in order of the alphabet; positions without Greeks are not in it.
    pub underlyings: Vec<(Symbol, Greeks)>,
    /// Of everything; positions without Greeks are not in it.
    pub total: GreeksTotal,
    /// The positions without Greeks.
    pub missing: Vec<Missing>,
}

/// The Greeks of positions by Black, Scholes and Merton.
///
/// # Convention
/// See [`quant::BlackScholes::value`]; an asset has a delta of one for each unit and no other Greek. A sum takes in what
/// is known and lists what is not; deltas and gammas in units are added up for one underlying alone.
///
/// # Errors
/// Of a position: [`Absent::PrivateHolding`], those of [`quant::BlackScholes::value`], `overflow`.
///
/// # Example
/// Ten contracts of 100 calls with spot and strike at 100, a year, 20 % and no rate: 1,000 units with a delta of
/// 0.5398278 each, so 539.83 units and 53,982.78 dollars; vega is 1,000 * 39.69525.
/// ```
/// use quant::{BlackScholes, OptionType};
/// use risk::{Exposure, Exposures, Stake, greeks};
/// let terms = BlackScholes {
///     option_type: OptionType::Call,
///     spot: 100.0,
///     strike: 100.0,
///     years: 1.0,
///     rate_annual: 0.0,
///     dividend_yield_annual: 0.0,
///     volatility_annual: 0.2,
/// };
/// let held = Exposure { symbol: "A".parse().unwrap(), stake: Stake::Option { units: 1_000.0, terms } };
/// let found = greeks(&Exposures::new(vec![held], 1e6));
/// assert!((found.underlyings[0].1.delta - 539.8278).abs() < 1e-4);
/// assert!((found.total.delta_dollars.unwrap() - 53_982.78).abs() < 1e-2);
/// assert!((found.total.vega.unwrap() - 39_695.25).abs() < 1e-2);
/// ```
///
/// # Source
/// Hull, 2018, Options, Futures, and Other Derivatives, chapter 19.
pub fn greeks(exposures: &Exposures) -> GreeksReport {
    let positions: Vec<Result<Greeks, Absent>> = exposures.entries().iter().map(greeks_of).collect();
    let mut underlyings: Vec<(Symbol, Greeks)> = Vec::new();
    let mut missing = Vec::new();
    for (at, entry, _) in exposures.ordered() {
        match &positions[at] {
            Ok(found) => match underlyings.last_mut().filter(|(symbol, _)| *symbol == entry.symbol) {
                Some((_, sum)) => sum.add(found),
                None => underlyings.push((entry.symbol.clone(), *found)),
            },
            Err(reason) => missing.push(Missing { exposure: at, reason: *reason }),
        }
    }
    missing.sort_by_key(|missing| missing.exposure);
    let sum = |of: fn(&Greeks) -> f64| match underlyings.is_empty() {
        true => Err(Absent::NothingCovered),
        false => finite(underlyings.iter().map(|(_, greeks)| of(greeks)).sum()),
    };
    let total = GreeksTotal {
        delta_dollars: sum(|greeks| greeks.delta_dollars),
        gamma_dollars: sum(|greeks| greeks.gamma_dollars),
        vega: sum(|greeks| greeks.vega),
        theta: sum(|greeks| greeks.theta),
        rho: sum(|greeks| greeks.rho),
    };
    GreeksReport { positions, underlyings, total, missing }
}

fn greeks_of(exposure: &Exposure) -> Result<Greeks, Absent> {
    let found = match &exposure.stake {
        Stake::Asset { units, .. } => {
            Greeks { delta: *units, delta_dollars: exposure.dollars()?, ..Greeks::default() }
        }
        Stake::Option { units, terms } => {
            let value = terms.value();
            let (delta, gamma) = (value.delta? * units, value.gamma? * units);
            Greeks {
                delta,
                gamma,
                delta_dollars: delta * terms.spot,
                gamma_dollars: gamma * terms.spot * terms.spot,
                vega: value.vega? * units,
                theta: value.theta? * units,
                rho: value.rho? * units,
            }
        }
        Stake::Unknown { reason } => return Err(*reason),
        Stake::Private { .. } => return Err(Absent::PrivateHolding),
    };
    if found.is_bounded() { Ok(found) } else { Err(Absent::Numeric(quant::Absent::Overflow)) }
}

impl Greeks {
    fn add(&mut self, other: &Greeks) {
        self.delta += other.delta;
        self.gamma += other.gamma;
        self.delta_dollars += other.delta_dollars;
        self.gamma_dollars += other.gamma_dollars;
        self.vega += other.vega;
        self.theta += other.theta;
        self.rho += other.rho;
    }

    /// Whether any number of them can be added up.
    fn is_bounded(&self) -> bool {
        let all =
            [self.delta, self.gamma, self.delta_dollars, self.gamma_dollars, self.vega, self.theta, self.rho];
        all.iter().all(|number| number.abs() <= GREEK_MAX)
    }
}
