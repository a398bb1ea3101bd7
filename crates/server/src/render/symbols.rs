//! The known symbols, as a table.

use app::KnownInstrument;

use super::table::Sheet;
use crate::wire::symbol::place;

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
