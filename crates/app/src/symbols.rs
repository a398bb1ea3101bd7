//! The symbols that are known, with their profiles and the bars that are held, and those of the universe.

use std::collections::BTreeMap;

use model::{Currency, InstrumentId, InstrumentKind, Profile, SectorBucket, Symbol, Timestamp};
use store::bars::Held;
use store::universe::Member;

use crate::{AppError, Context};

/// A symbol, with what is known of it.
#[derive(Clone, Debug)]
pub struct KnownInstrument {
    /// The symbol.
    pub symbol: Symbol,
    /// What it is.
    pub kind: InstrumentKind,
    /// Its currency, when known.
    pub currency: Option<Currency>,
    /// Where it counts by sector.
    pub bucket: SectorBucket,
    /// What providers told of it, and when.
    pub profile: Option<(Profile, Timestamp)>,
    /// The final bars that are held.
    pub held: Option<Held>,
    /// Its place in the universe, when it is in it.
    pub member: Option<Member>,
}

/// Every symbol that is known, by symbol; of private holdings those of the owner.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn list_symbols(ctx: &Context) -> Result<Vec<KnownInstrument>, AppError> {
    let store = ctx.store()?;
    let instruments = store::instruments::all(store, &ctx.owner).await?;
    let mut profiles = store::profiles::all(store).await?;
    let held = store::bars::held(store).await?;
    let mut held: BTreeMap<InstrumentId, Held> =
        held.into_iter().map(|held| (held.instrument, held)).collect();
    let mut members = store::universe::all(store).await?;
    let known = instruments.into_iter().map(|instrument| {
        let profile = profiles.remove(&instrument.id).map(|stored| (stored.profile, stored.fetched_at));
        let sector = profile.as_ref().and_then(|(profile, _)| profile.sector);
        KnownInstrument {
            bucket: SectorBucket::of(instrument.kind, sector),
            symbol: instrument.symbol,
            kind: instrument.kind,
            currency: instrument.currency,
            held: held.remove(&instrument.id),
            member: members.remove(&instrument.id),
            profile,
        }
    });
    Ok(known.collect())
}

/// The universe: the symbols whose prices are kept up to date, by symbol, inactive ones too.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn universe(ctx: &Context) -> Result<Vec<KnownInstrument>, AppError> {
    Ok(list_symbols(ctx).await?.into_iter().filter(|known| known.member.is_some()).collect())
}
