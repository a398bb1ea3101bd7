//! The known symbols, as a table and as JSON.

use app::KnownInstrument;
use model::Profile;
use serde_json::{Map, Value, json};

use super::table::Sheet;

/// Characters of a name that are shown in a table.
const NAME_CHARS_MAX: usize = 32;

/// Symbols as a table.
pub fn table(symbols: &[KnownInstrument]) -> String {
    let mut sheet =
        Sheet::new(&["symbol", "name", "kind", "sector", "currency", "universe", ">bars", "first", "last"]);
    for known in symbols {
        let profile = known.profile.as_ref().map(|(profile, _)| profile);
        let name = profile.and_then(|profile| profile.name.as_deref()).unwrap_or_default();
        let held = known.held.as_ref();
        let date = |date: Option<model::Date>| date.map_or("–".to_owned(), |date| date.to_string());
        sheet.row([
            known.symbol.to_string(),
            name.chars().take(NAME_CHARS_MAX).collect(),
            known.kind.to_string(),
            known.bucket.sector().map_or("–".to_owned(), |sector| sector.to_string()),
            known.currency.map_or(String::new(), |currency| currency.to_string()),
            place(known).unwrap_or("–").to_owned(),
            held.map_or(0, |held| held.session_count).to_string(),
            date(held.map(|held| held.first)),
            date(held.map(|held| held.last)),
        ]);
    }
    sheet.text()
}

/// Where a symbol stands in the universe.
fn place(known: &KnownInstrument) -> Option<&'static str> {
    known.member.as_ref().map(|member| if member.is_active { "active" } else { "inactive" })
}

/// A symbol as JSON.
pub fn json(known: &KnownInstrument) -> Value {
    let nothing = Profile::default();
    let profile = known.profile.as_ref().map_or(&nothing, |(profile, _)| profile);
    let held = known.held.as_ref();
    let mut absent = Map::new();
    if known.bucket.sector().is_none() {
        absent.insert("sector".to_owned(), known.bucket.as_str().into());
    }
    if held.is_none() {
        for field in ["first", "last"] {
            absent.insert(field.to_owned(), "no_bars".into());
        }
    }
    if known.member.is_none() {
        absent.insert("universe".to_owned(), "not_in_universe".into());
    }
    if known.profile.is_none() {
        absent.insert("profile_at".to_owned(), "not_fetched".into());
    }
    json!({
        "symbol": known.symbol.as_str(),
        "name": profile.name,
        "kind": known.kind.as_str(),
        "sector": known.bucket.sector().map(model::Sector::as_str),
        "sector_bucket": known.bucket.as_str(),
        "industry": profile.industry,
        "exchange": profile.exchange,
        "currency": known.currency.map(|currency| currency.to_string()),
        "universe": place(known),
        "bars": held.map_or(0, |held| held.session_count),
        "first": held.map(|held| held.first.to_string()),
        "last": held.map(|held| held.last.to_string()),
        "profile_at": known.profile.as_ref().map(|(_, at)| at.to_string()),
        "absent": absent,
    })
}
