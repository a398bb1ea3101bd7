//! Sectors of positions and exposures by sector, as tables and as JSON.

use app::PositionSector;
use model::{SectorExposure, Snapshot};
use serde_json::{Map, Value, json};

use super::numbers::{money, percent};
use super::table::Sheet;

/// The sector of a position in a table; a dash for a session that is not the newest.
pub fn cell(sector: Option<&PositionSector>) -> String {
    sector.map_or("–".to_owned(), |of| of.bucket.to_string())
}

/// Adds the sector and industry of a position to its JSON, each with its reason in `absent` when there is none.
pub fn add_to(position: &mut Value, sector: Option<&PositionSector>) {
    let bucket = sector.map(|of| of.bucket);
    let name = bucket.and_then(model::SectorBucket::sector).map(model::Sector::as_str);
    let industry = sector.and_then(|of| of.industry.as_deref());
    let Some(fields) = position.as_object_mut() else { return };
    if let Some(absent) = fields.get_mut("absent").and_then(Value::as_object_mut) {
        let reason = bucket.map_or("historical_date", model::SectorBucket::as_str);
        for field in
            ["sector", "industry"].into_iter().zip([name, industry]).filter(|(_, value)| value.is_none())
        {
            absent.insert(field.0.to_owned(), reason.into());
        }
    }
    fields.insert("sector".to_owned(), name.into());
    fields.insert("sector_bucket".to_owned(), bucket.map(model::SectorBucket::as_str).into());
    fields.insert("industry".to_owned(), industry.into());
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

/// What a portfolio holds of each sector, as JSON.
pub fn exposures_json(exposures: &[SectorExposure], latest: &Snapshot) -> Value {
    let exposure = |exposure: &SectorExposure| {
        let weight = exposure.net_weight(latest.equity);
        let mut absent = Map::new();
        if weight.is_none() {
            absent.insert("net_weight".to_owned(), "equity_not_positive".into());
        }
        json!({
            "sector": exposure.bucket.as_str(),
            "long_value": exposure.long_value.to_string(),
            "short_value": exposure.short_value.to_string(),
            "net_value": exposure.net().ok().map(|net| net.to_string()),
            "long": exposure.long_count,
            "short": exposure.short_count,
            "net_weight": weight,
            "absent": absent,
        })
    };
    exposures.iter().map(exposure).collect()
}
