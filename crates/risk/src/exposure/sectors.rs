//! Exposures by sector.

use std::collections::BTreeMap;

use super::concentration::hhi;
use super::{AssetClass, Exposure, Exposures, Missing, Scaled, Stake, share};
use crate::Figure;
use crate::absent::finite;

/// Where an exposure counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sector {
    /// The sector of a company.
    Named(String),
    /// Companies whose sector is not known.
    Unknown,
    /// Funds, whatever they hold.
    Fund,
    /// Options, whatever they are on.
    Option,
    /// Holdings without a market.
    Private,
}

impl Sector {
    /// The name used in answers: the sector's own, or `unknown`, `fund`, `option`, `private`.
    pub fn as_str(&self) -> &str {
        match self {
            Sector::Named(name) => name,
            Sector::Unknown => "unknown",
            Sector::Fund => "fund",
            Sector::Option => "option",
            Sector::Private => "private",
        }
    }

    fn of(exposure: &Exposure) -> Sector {
        match &exposure.stake {
            Stake::Asset { class: AssetClass::Sector(name), .. } => Sector::Named(name.clone()),
            Stake::Asset { class: AssetClass::Unknown, .. } => Sector::Unknown,
            Stake::Asset { class: AssetClass::Fund, .. } => Sector::Fund,
            Stake::Option { .. } | Stake::Unknown { .. } => Sector::Option,
            Stake::Private { .. } => Sector::Private,
        }
    }
}

/// The exposure to one sector.
#[derive(Clone, Debug, PartialEq)]
pub struct SectorExposure {
    /// The sector.
    pub sector: Sector,
    /// What is long.
    pub long: Scaled,
    /// What is short; not above zero.
    pub short: Scaled,
    /// Long and short together.
    pub net: Scaled,
    /// Their sizes.
    pub gross: Scaled,
    /// The share of the gross exposure of all sectors.
    pub gross_share: Figure,
    /// The benchmark's weight of the sector, where it is known.
    pub benchmark_weight: Option<f64>,
    /// The net exposure over equity beyond the benchmark's weight, where that is known.
    pub active: Option<Figure>,
}

/// The exposures to all sectors.
#[derive(Clone, Debug, PartialEq)]
pub struct SectorExposures {
    /// The sectors in order of the alphabet, then unknown, funds, options and private holdings.
    pub sectors: Vec<SectorExposure>,
    /// The sum of the squared shares of the gross exposure, from 0 to 1.
    pub hhi: Figure,
    /// Positions whose dollars are not known.
    pub missing: Vec<Missing>,
}

/// The exposures to each sector held, and to each that the benchmark has a weight for.
///
/// # Units
/// Dollars, ratios to equity, and shares of the gross exposure, private holdings included.
///
/// # Convention
/// A position counts whole: a fund is not looked through, and an option counts with its delta-adjusted dollars under
/// options. Sectors are as they are known today.
///
/// # Errors
/// The ratios: [`crate::Absent::EquityNotPositive`]; the shares: [`crate::Absent::NoExposure`].
///
/// # Example
/// ```
/// use std::collections::BTreeMap;
/// use risk::{AssetClass, Exposure, Exposures, Stake, sector_exposures};
/// let asset = |symbol: &str, units: f64| Exposure {
///     symbol: symbol.parse().unwrap(),
///     stake: Stake::Asset { units, price: 1.0, class: AssetClass::Sector("Energy".to_owned()) },
/// };
/// let held = Exposures::new(vec![asset("A", 70.0), asset("B", -30.0)], 100.0);
/// let found = sector_exposures(&held, &BTreeMap::from([("Energy".to_owned(), 0.05)]));
/// let energy = &found.sectors[0];
/// assert_eq!((energy.net.dollars, energy.gross.ratio), (Ok(40.0), Ok(1.0)));
/// assert!((energy.active.unwrap().unwrap() - 0.35).abs() < 1e-12);
/// ```
///
/// # Source
/// Grinold and Kahn, 2000, Active Portfolio Management, chapter 4 (active weights).
pub fn sector_exposures(exposures: &Exposures, benchmark_weights: &BTreeMap<String, f64>) -> SectorExposures {
    let mut sums: BTreeMap<Sector, (f64, f64)> =
        benchmark_weights.keys().map(|name| (Sector::Named(name.clone()), (0.0, 0.0))).collect();
    let mut missing = Vec::new();
    for (at, entry, dollars) in exposures.ordered() {
        match dollars {
            Ok(dollars) => {
                let (long, short) = sums.entry(Sector::of(entry)).or_default();
                *long += dollars.max(0.0);
                *short += dollars.min(0.0);
            }
            Err(reason) => missing.push(Missing { exposure: at, reason }),
        }
    }
    missing.sort_by_key(|missing| missing.exposure);
    let sizes: Vec<f64> = sums.values().map(|(long, short)| long - short).collect();
    let gross: f64 = sizes.iter().sum();
    let sector = |(sector, (long, short)): (Sector, (f64, f64))| {
        let scaled = |dollars: f64| exposures.scaled(finite(dollars));
        let net = scaled(long + short);
        let benchmark_weight = match &sector {
            Sector::Named(name) => benchmark_weights.get(name).copied().filter(|weight| weight.is_finite()),
            _ => None,
        };
        let active = benchmark_weight.map(|weight| net.ratio.and_then(|ratio| finite(ratio - weight)));
        let gross_share = share(long - short, gross);
        let (long_scaled, short_scaled, gross) = (scaled(long), scaled(short), scaled(long - short));
        let (long, short) = (long_scaled, short_scaled);
        SectorExposure { sector, long, short, net, gross, gross_share, benchmark_weight, active }
    };
    let hhi = if gross > 0.0 { hhi(&sizes) } else { Err(exposures.nothing()) };
    SectorExposures { sectors: sums.into_iter().map(sector).collect(), hhi, missing }
}
