//! A valued option as text and as JSON.

use app::{OptionRequest, ValuedOption};
use quant::{DAYS_A_YEAR, Figure};
use serde_json::{Map, Value};

use super::numbers::percent;
use super::table::Sheet;

/// Vega and rho are told for a change of one percentage point.
const POINTS: f64 = 100.0;

/// The figures in the units that people use, each with its unit.
pub fn text(request: &OptionRequest, valued: &ValuedOption) -> String {
    let mut sheet = Sheet::new(&["figure", ">value", "meaning"]);
    let value = &valued.value;
    for (name, figure, scale, unit) in [
        ("price", value.price, 1.0, "for one unit of the underlying"),
        ("delta", value.delta, 1.0, "change of the price for 1 of spot"),
        ("gamma", value.gamma, 1.0, "change of delta for 1 of spot"),
        ("vega", value.vega, POINTS, "change of the price for one percentage point of volatility"),
        ("theta", value.theta, DAYS_A_YEAR, "change of the price for one calendar day gone by"),
        ("rho", value.rho, POINTS, "change of the price for one percentage point of rate"),
    ] {
        let shown = figure.map(|figure| format!("{:.6}", figure / scale));
        sheet.row([name.to_owned(), shown.unwrap_or("–".to_owned()), told(figure, unit)]);
    }
    if let (Some(figure), Some(price)) = (valued.implied_volatility, request.price) {
        let shown = figure.map(|figure| format!("{:.4} %", figure * POINTS)).unwrap_or("–".to_owned());
        sheet.row([
            "implied volatility".to_owned(),
            shown,
            told(figure, &format!("a year, at a price of {price}")),
        ]);
    }
    let share = |fraction: f64| percent(Some(fraction));
    format!(
        "{}, spot {}, strike {}, {} days, volatility {}, rate {}, dividend yield {}\n{}",
        request.option_type.as_str(),
        request.spot,
        request.strike,
        request.days,
        share(request.volatility_annual),
        share(request.rate_annual),
        share(request.dividend_yield_annual),
        sheet.text(),
    )
}

/// The unit of a figure, or why it does not exist.
fn told(figure: Figure, unit: &str) -> String {
    figure.map_or_else(|reason| reason.to_string(), |_| unit.to_owned())
}

/// The figures unrounded: vega and rho for 1.00, theta for a year.
pub fn json(valued: &ValuedOption) -> Value {
    let (mut fields, mut absent) = (Map::new(), Map::new());
    for (name, figure) in valued.value.figures() {
        super::insert_figure(&mut fields, &mut absent, name, figure);
    }
    match valued.implied_volatility {
        Some(figure) => super::insert_figure(&mut fields, &mut absent, "implied_volatility", figure),
        None => super::insert_absent(&mut fields, &mut absent, "implied_volatility", "no_price"),
    }
    fields.insert("absent".to_owned(), absent.into());
    fields.into()
}
