//! Sectors of positions, and what portfolios hold of each sector.

use std::collections::BTreeMap;

use model::{NumberError, SectorBucket, SectorExposure, Symbol};
use store::sectors::SectoredPosition;

use crate::{AppError, Context};

/// Where a position counts by sector, as known today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionSector {
    /// The sector, or what stands for it.
    pub bucket: SectorBucket,
    /// The industry, in the words of the source.
    pub industry: Option<String>,
}

/// Where symbols count by sector, as known today.
pub(crate) async fn of_symbols(
    ctx: &Context,
    symbols: &[Symbol],
) -> Result<BTreeMap<Symbol, PositionSector>, AppError> {
    let mut state = store::profiles::state(ctx.store()?, symbols, ctx.clock.now()).await?;
    let sectors = state.instruments.into_values().map(|instrument| {
        let profile = state.profiles.remove(&instrument.id).map(|stored| stored.profile).unwrap_or_default();
        let bucket = SectorBucket::of(instrument.kind, profile.sector);
        (instrument.symbol, PositionSector { bucket, industry: profile.industry })
    });
    Ok(sectors.collect())
}

/// What the positions of one portfolio come to by sector, by name of the bucket. Buckets of which nothing is held are
/// left out. Pure.
///
/// # Convention
/// Values count as long or short by their own sign, holdings by that of their quantity, as in a snapshot: so the values
/// of all buckets add up to those of the snapshot, to the last digit.
///
/// # Errors
/// [`NumberError`] on overflow.
pub(crate) fn exposures(positions: &[SectoredPosition]) -> Result<Vec<SectorExposure>, NumberError> {
    let mut by_bucket = BTreeMap::<&str, SectorExposure>::new();
    for position in positions {
        let bucket = position.bucket;
        let exposure = by_bucket.entry(bucket.as_str()).or_insert(SectorExposure::none(bucket));
        if position.quantity.signum() > 0 {
            exposure.long_count += 1;
        } else {
            exposure.short_count += 1;
        }
        if position.market_value.signum() >= 0 {
            exposure.long_value = exposure.long_value.plus(position.market_value)?;
        } else {
            exposure.short_value = exposure.short_value.plus(position.market_value)?;
        }
    }
    Ok(by_bucket.into_values().collect())
}

#[cfg(test)]
mod tests {
    use model::{InstrumentId, Sector};

    use super::*;

    #[test]
    fn positions_are_added_up_by_sector() {
        let position = |bucket, quantity: &str, value: &str| SectoredPosition {
            instrument: InstrumentId(1),
            symbol: "AAA".parse().unwrap(),
            bucket,
            industry: None,
            quantity: quantity.parse().unwrap(),
            market_value: value.parse().unwrap(),
        };
        let energy = SectorBucket::Sector(Sector::Energy);
        let positions = [
            position(energy, "10", "500.25"),
            position(SectorBucket::Fund, "1", "0"),
            position(energy, "-2", "-90.5"),
            position(energy, "3", "0.75"),
        ];
        let told: Vec<String> = exposures(&positions)
            .unwrap()
            .iter()
            .map(|of| {
                let net = of.net().unwrap();
                let (long, short) = (of.long_value, of.short_value);
                format!(
                    "{}: {long} in {}, {short} in {}, net {net}",
                    of.bucket, of.long_count, of.short_count
                )
            })
            .collect();
        assert_eq!(told, ["Energy: 501 in 2, -90.5 in 1, net 410.5", "fund: 0 in 1, 0 in 0, net 0"]);
    }
}
