//! Sectors of positions and exposures by sector, as tables and as JSON.

use app::PositionSector;
use model::{SectorExposure, Snapshot};

use super::numbers::{money, percent};
use super::table::Sheet;

/// The sector of a position in a table; a dash for a session that is not the newest.
pub fn cell(sector: Option<&PositionSector>) -> String {
    sector.map_or("–".to_owned(), |of| of.bucket.to_string())
}

/// What a portfolio holds of each sector, as a table.
pub fn exposures_table(exposures: &[SectorExposure], latest: &Snapshot) -> String {
    let mut sheet = Sheet::new(&["sector", ">positions", ">long", ">short", ">net", ">of equity"]);
    for exposure in exposures {
        sheet.row([
            exposure.bucket.to_string(),
            (exposure.long_count + exposure.short_count).to_string(),
            money(exposure.long_value),
            money(exposure.short_value),
            exposure.net().map_or("–".to_owned(), money),
            percent(exposure.net_weight(latest.equity)),
        ]);
    }
    sheet.text()
}
