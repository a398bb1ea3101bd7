//! Exposures: what is held, as dollars that move with a symbol.
//!
//! | question | answered by |
//! | --- | --- |
//! | how much moves with what? | [`Exposures::new`], [`Exposures::totals`] |
//! | how much of a factor is in it? | [`factor_exposure`] |
//! | how much does it vary? | [`exposure_returns`], [`ExposureReturns::volatility`], [`ex_ante`] |
//! | how bad can a session be? | [`ExposureReturns::tails`] |
//! | how concentrated is it, and in which sectors? | [`concentration`], [`sector_exposures`] |
//! | what do its options add? | [`greeks`] |

mod concentration;
mod ex_ante;
mod factor;
mod greeks;
mod returns;
mod sectors;
mod tails;

use model::Symbol;
use quant::BlackScholes;

use crate::absent::finite;
use crate::{Absent, Figure};

pub use concentration::{Concentration, concentration};
pub use ex_ante::{Contribution, ExAnte, ex_ante};
pub use factor::{FactorExposure, factor_exposure};
pub use greeks::{Greeks, GreeksReport, GreeksTotal, greeks};
pub use returns::{ExposureReturns, ExposureVolatility, exposure_returns};
pub use sectors::{Sector, SectorExposure, SectorExposures, sector_exposures};
pub use tails::{TailRisk, Tails};

/// No position is larger than this, in dollars: a million times what a whole book can hold.
const DOLLARS_MAX: f64 = 1e18;

/// One position, seen as what moves its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// The symbol whose price moves it: its own, or that of the underlying.
    pub symbol: Symbol,
    /// What is held of it.
    pub stake: Stake,
}

/// What is held.
#[derive(Clone, Debug, PartialEq)]
pub enum Stake {
    /// Units of the symbol itself.
    Asset {
        /// Units, negative when short.
        units: f64,
        /// Price of one unit, in dollars.
        price: f64,
        /// What it counts as among the sectors.
        class: AssetClass,
    },
    /// An option on the symbol.
    Option {
        /// Units of the underlying: contracts times multiplier, negative when short.
        units: f64,
        /// The option on one unit.
        terms: BlackScholes,
    },
    /// An option on the symbol of which it is not known what its value follows from.
    Unknown {
        /// Why.
        reason: Absent,
    },
    /// Something without a market: it moves with nothing.
    Private {
        /// Its value in dollars.
        dollars: f64,
    },
}

/// What an asset counts as among the sectors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetClass {
    /// A company of a sector.
    Sector(String),
    /// A company whose sector is not known.
    Unknown,
    /// A fund.
    Fund,
}

/// A sum in dollars, and as a ratio to equity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled {
    /// Dollars.
    pub dollars: Figure,
    /// Dollars over equity; absent when the equity is not above zero.
    pub ratio: Figure,
}

/// An exposure that takes no part in a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its place among the exposures.
    pub exposure: usize,
    /// Why.
    pub reason: Absent,
}

/// Positions with their delta-adjusted dollars, and the equity they are measured against.
///
/// # Units
/// Dollars, negative when short. An option counts delta times the underlying's price times its units.
///
/// # Convention
/// Long and short net, and leverage shows: nothing is scaled to add up to one. Sums are added in the order of symbols
/// and sizes, so that they do not depend on the order of positions.
///
/// # Example
/// ```
/// use risk::{AssetClass, Exposure, Exposures, Stake};
/// let asset = |symbol: &str, units: f64| Exposure {
///     symbol: symbol.parse().unwrap(),
///     stake: Stake::Asset { units, price: 10.0, class: AssetClass::Unknown },
/// };
/// let exposures = Exposures::new(vec![asset("A", 15.0), asset("B", -5.0)], 100.0);
/// let totals = exposures.totals();
/// assert_eq!((totals.gross, totals.net, totals.long, totals.short), (200.0, 100.0, 150.0, -50.0));
/// assert_eq!(exposures.scaled(Ok(totals.gross)).ratio, Ok(2.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Exposures {
    entries: Vec<Exposure>,
    /// Delta-adjusted dollars of each entry.
    dollars: Vec<Figure>,
    /// The places of the entries in the order in which sums add them.
    order: Vec<usize>,
    equity: f64,
}

/// Sums of exposures in dollars.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// Sizes of everything that has a market.
    pub gross: f64,
    /// Long and short together.
    pub net: f64,
    /// What is long.
    pub long: f64,
    /// What is short; not above zero.
    pub short: f64,
    /// Sizes of what has no market, which is in none of the others.
    pub private_gross: f64,
    /// Its share of everything; absent when there is nothing.
    pub private_share: Figure,
    /// Positions whose dollars are not known.
    pub unvalued: Vec<Missing>,
}

impl Totals {
    /// A sum of what is on markets.
    ///
    /// # Errors
    /// [`Absent::UnknownExposure`] when there are positions and the dollars of none are known.
    pub fn known(&self, sum: f64) -> Figure {
        match self.gross > 0.0 || self.unvalued.is_empty() {
            true => Ok(sum),
            false => Err(Absent::UnknownExposure),
        }
    }
}

impl Exposure {
    /// The dollars that move with the symbol.
    ///
    /// # Errors
    /// `invalid_input` for numbers that are not finite or a price below zero, `overflow` beyond 1e18 dollars; those of a
    /// delta.
    pub fn dollars(&self) -> Figure {
        let found = match &self.stake {
            Stake::Asset { units, price, .. } if *price >= 0.0 => units * price,
            Stake::Asset { .. } => return Err(Absent::INVALID_INPUT),
            Stake::Option { units, terms } => terms.value().delta? * terms.spot * units,
            Stake::Unknown { reason } => return Err(*reason),
            Stake::Private { dollars } => *dollars,
        };
        match found.abs() {
            size if size <= DOLLARS_MAX => finite(found),
            _ if found.is_nan() => Err(Absent::INVALID_INPUT),
            _ => Err(Absent::Numeric(quant::Absent::Overflow)),
        }
    }

    /// Whether it has a market to move with.
    pub fn is_private(&self) -> bool {
        matches!(self.stake, Stake::Private { .. })
    }
}

impl Exposures {
    /// The exposures of positions against an equity in dollars.
    pub fn new(entries: Vec<Exposure>, equity: f64) -> Exposures {
        let dollars: Vec<Figure> = entries.iter().map(Exposure::dollars).collect();
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let size = |at: usize| dollars[at].unwrap_or(0.0);
        order.sort_by(|one, other| {
            let symbols = entries[*one].symbol.cmp(&entries[*other].symbol);
            symbols.then_with(|| size(*one).total_cmp(&size(*other)))
        });
        Exposures { entries, dollars, order, equity }
    }

    /// The positions, as they were given.
    pub fn entries(&self) -> &[Exposure] {
        &self.entries
    }

    /// The delta-adjusted dollars of each position.
    pub fn dollars(&self) -> &[Figure] {
        &self.dollars
    }

    /// The equity they are measured against, in dollars.
    pub fn equity(&self) -> f64 {
        self.equity
    }

    /// A sum in dollars beside its ratio to equity.
    pub fn scaled(&self, dollars: Figure) -> Scaled {
        let is_positive = self.equity > 0.0 && self.equity.is_finite();
        let ratio = match dollars {
            Ok(dollars) if is_positive => finite(dollars / self.equity),
            Ok(_) => Err(Absent::EquityNotPositive),
            Err(reason) => Err(reason),
        };
        Scaled { dollars, ratio }
    }

    /// What is held together.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            gross: 0.0,
            net: 0.0,
            long: 0.0,
            short: 0.0,
            private_gross: 0.0,
            private_share: Err(Absent::NoExposure),
            unvalued: Vec::new(),
        };
        for (at, entry, dollars) in self.ordered() {
            match dollars {
                Ok(dollars) if entry.is_private() => totals.private_gross += dollars.abs(),
                Ok(dollars) => {
                    totals.long += dollars.max(0.0);
                    totals.short += dollars.min(0.0);
                }
                Err(reason) => totals.unvalued.push(Missing { exposure: at, reason }),
            }
        }
        totals.unvalued.sort_by_key(|missing| missing.exposure);
        totals.gross = totals.long - totals.short;
        totals.net = totals.long + totals.short;
        totals.private_share = share(totals.private_gross, totals.gross + totals.private_gross);
        totals
    }

    /// Place, position and dollars of each, in the order in which sums add them.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = (usize, &Exposure, Figure)> + '_ {
        self.order.iter().map(|at| (*at, &self.entries[*at], self.dollars[*at]))
    }

    /// Place, symbol and dollars of the positions that have a market and whose dollars are known, in that order.
    pub(crate) fn on_markets(&self) -> impl Iterator<Item = (usize, &Symbol, f64)> + '_ {
        let known = self.ordered().filter(|(_, entry, _)| !entry.is_private());
        known.filter_map(|(at, entry, dollars)| Some((at, &entry.symbol, dollars.ok()?)))
    }

    /// The share of the gross exposure on markets that sizes make up.
    ///
    /// # Errors
    /// [`Absent::UnknownExposure`] when the dollars of a position are not known: what is known is then not all there is.
    pub(crate) fn covered_share(&self, covered: f64, gross: f64) -> Figure {
        if self.has_unvalued() { Err(Absent::UnknownExposure) } else { share(covered, gross) }
    }

    /// Why there is nothing on markets that could be added up: nothing is held, or nothing is known of what is.
    pub(crate) fn nothing(&self) -> Absent {
        if self.has_unvalued() { Absent::UnknownExposure } else { Absent::NoExposure }
    }

    /// Whether there is a position on a market whose dollars are not known.
    fn has_unvalued(&self) -> bool {
        self.entries.iter().zip(&self.dollars).any(|(entry, dollars)| !entry.is_private() && dollars.is_err())
    }

    /// The symbols of the markets with their net dollars, in order of the alphabet.
    fn by_symbol(&self) -> Vec<(&Symbol, f64)> {
        let mut sums: Vec<(&Symbol, f64)> = Vec::new();
        for (_, symbol, dollars) in self.on_markets() {
            match sums.last_mut().filter(|(last, _)| *last == symbol) {
                Some((_, sum)) => *sum += dollars,
                None => sums.push((symbol, dollars)),
            }
        }
        sums
    }
}

/// A part of a whole of sizes.
pub(crate) fn share(part: f64, whole: f64) -> Figure {
    if whole > 0.0 { finite(part / whole) } else { Err(Absent::NoExposure) }
}
