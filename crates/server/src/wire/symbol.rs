//! Symbols that are known.

use app::KnownInstrument;
use model::Profile;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{DateText, InstrumentKindText, SectorBucketText, SectorText, SymbolText, TimestampText};
use super::{Absent, Text};

/// A symbol with its profile and the bars that are held.
#[derive(Serialize, ToSchema)]
pub struct Instrument {
    symbol: SymbolText,
    name: Option<String>,
    kind: InstrumentKindText,
    sector: Option<SectorText>,
    sector_bucket: SectorBucketText,
    industry: Option<String>,
    exchange: Option<String>,
    currency: Option<String>,
    /// `active` or `inactive` for a symbol of the universe.
    universe: Option<&'static str>,
    /// Final bars that are held.
    bars: i64,
    first: Option<DateText>,
    last: Option<DateText>,
    profile_at: Option<TimestampText>,
    absent: Absent,
}

impl Instrument {
    /// Of what the use case tells.
    pub fn of(known: &KnownInstrument) -> Instrument {
        let nothing = Profile::default();
        let profile = known.profile.as_ref().map_or(&nothing, |(profile, _)| profile);
        let held = known.held.as_ref();
        let sector = known.bucket.sector();
        let mut absent = Absent::default();
        absent.note_if(sector.is_none(), "sector", known.bucket.as_str());
        absent.note_if(held.is_none(), "first", "no_bars");
        absent.note_if(held.is_none(), "last", "no_bars");
        absent.note_if(known.member.is_none(), "universe", "not_in_universe");
        absent.note_if(known.profile.is_none(), "profile_at", "not_fetched");
        Instrument {
            symbol: Text(known.symbol.clone()),
            name: profile.name.clone(),
            kind: Text(known.kind),
            sector: sector.map(Text),
            sector_bucket: Text(known.bucket),
            industry: profile.industry.clone(),
            exchange: profile.exchange.clone(),
            currency: known.currency.map(|currency| currency.to_string()),
            universe: place(known),
            bars: held.map_or(0, |held| held.session_count),
            first: held.map(|held| Text(held.first)),
            last: held.map(|held| Text(held.last)),
            profile_at: known.profile.as_ref().map(|(_, at)| Text(*at)),
            absent,
        }
    }
}

/// Where a symbol stands in the universe.
pub fn place(known: &KnownInstrument) -> Option<&'static str> {
    known.member.as_ref().map(|member| if member.is_active { "active" } else { "inactive" })
}
