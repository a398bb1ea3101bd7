//! Where holdings count when exposures are added up by sector.

use std::fmt;
use std::str::FromStr;

use crate::{InstrumentKind, Money, NameError, NumberError, Sector};

/// Where a holding counts when exposures are added up by sector. Only companies have a sector; what has none counts by
/// its kind, so that nothing is left out and nothing is called unknown that cannot have a sector.
///
/// # Example
/// ```
/// use model::{InstrumentKind, Sector, SectorBucket};
/// let of = |kind, sector| SectorBucket::of(kind, sector).to_string();
/// assert_eq!(of(InstrumentKind::Stock, Some(Sector::Energy)), "Energy");
/// assert_eq!(of(InstrumentKind::Stock, None), "unknown");
/// assert_eq!(of(InstrumentKind::Etf, Some(Sector::Energy)), "fund");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectorBucket {
    /// A company of this sector.
    Sector(Sector),
    /// A company whose sector nobody has told.
    Unknown,
    /// A fund, traded on an exchange or not.
    Fund,
    /// An index.
    Index,
    /// An option, whatever its underlying is.
    Option,
    /// A private or cash-like holding.
    Private,
}

impl SectorBucket {
    /// Where an instrument of a kind counts, with its sector when one is known.
    pub const fn of(kind: InstrumentKind, sector: Option<Sector>) -> SectorBucket {
        match kind {
            InstrumentKind::Stock => match sector {
                Some(sector) => SectorBucket::Sector(sector),
                None => SectorBucket::Unknown,
            },
            InstrumentKind::Etf | InstrumentKind::Fund => SectorBucket::Fund,
            InstrumentKind::Index => SectorBucket::Index,
            InstrumentKind::Option => SectorBucket::Option,
            InstrumentKind::Private => SectorBucket::Private,
        }
    }

    /// Its sector, when it is one.
    pub const fn sector(self) -> Option<Sector> {
        match self {
            SectorBucket::Sector(sector) => Some(sector),
            _ => None,
        }
    }

    /// Its name in storage and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            SectorBucket::Sector(sector) => sector.as_str(),
            SectorBucket::Unknown => "unknown",
            SectorBucket::Fund => "fund",
            SectorBucket::Index => "index",
            SectorBucket::Option => "option",
            SectorBucket::Private => "private",
        }
    }
}

impl fmt::Display for SectorBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SectorBucket {
    type Err = NameError;

    fn from_str(text: &str) -> Result<SectorBucket, NameError> {
        let others = [
            SectorBucket::Unknown,
            SectorBucket::Fund,
            SectorBucket::Index,
            SectorBucket::Option,
            SectorBucket::Private,
        ];
        if let Some(bucket) = others.into_iter().find(|bucket| bucket.as_str() == text) {
            return Ok(bucket);
        }
        text.parse().map(SectorBucket::Sector)
    }
}

/// What a portfolio holds of one sector, or of what has none, at a session's close.
///
/// # Units
/// Money in the portfolio's currency; short values are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectorExposure {
    /// The sector, or what stands for it.
    pub bucket: SectorBucket,
    /// Market value of long holdings.
    pub long_value: Money,
    /// Market value of short holdings, negative.
    pub short_value: Money,
    /// Holdings above zero.
    pub long_count: u32,
    /// Holdings below zero.
    pub short_count: u32,
}

impl SectorExposure {
    /// Nothing held of a bucket.
    pub const fn none(bucket: SectorBucket) -> SectorExposure {
        SectorExposure {
            bucket,
            long_value: Money::ZERO,
            short_value: Money::ZERO,
            long_count: 0,
            short_count: 0,
        }
    }

    /// `long_value + short_value`.
    ///
    /// # Errors
    /// [`NumberError`] on overflow.
    pub fn net(&self) -> Result<Money, NumberError> {
        self.long_value.plus(self.short_value)
    }

    /// Net value over the portfolio's equity, as a fraction; absent when equity is not positive.
    ///
    /// # Example
    /// Long 30 and short 10 of an equity of 80 is 20 / 80.
    /// ```
    /// use model::{Money, Sector, SectorBucket, SectorExposure};
    /// let money = |text: &str| text.parse::<Money>().unwrap();
    /// let none = SectorExposure::none(SectorBucket::Sector(Sector::Energy));
    /// let held = SectorExposure { long_value: money("30"), short_value: money("-10"), ..none };
    /// assert_eq!(held.net_weight(money("80")), Some(0.25));
    /// assert_eq!(held.net_weight(Money::ZERO), None);
    /// ```
    pub fn net_weight(&self, equity: Money) -> Option<f64> {
        let net = self.net().ok()?;
        (equity.signum() > 0).then(|| net.to_f64() / equity.to_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_is_read_back_from_its_name() {
        let sectors = Sector::ALL.iter().copied().map(SectorBucket::Sector);
        let kinds = InstrumentKind::ALL.iter().map(|kind| SectorBucket::of(*kind, None));
        for bucket in sectors.chain(kinds) {
            assert_eq!(bucket.as_str().parse(), Ok(bucket));
        }
        assert!("technology".parse::<SectorBucket>().is_err());
    }
}
