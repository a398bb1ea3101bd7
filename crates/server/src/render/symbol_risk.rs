//! The risk of symbols as text and as JSON.

use app::{RiskOfSymbol, SymbolRiskAnswer, YardstickSymbols};
use model::Symbol;
use risk::{Absent, Estimate, Figure, Regression, Sample};
use serde_json::{Map, Value, json};

use super::fields::{Fields, sample_fields};
use super::numbers::percent;
use super::table::Sheet;

/// The figures of each symbol as a table.
pub fn text(answer: &SymbolRiskAnswer, yardsticks: &YardstickSymbols) -> String {
    let tables = answer.symbols.iter().map(|found| {
        let mut sheet = Sheet::new(&["figure", ">value", "meaning"]);
        let benchmark = yardsticks.benchmark.as_ref().map_or("nothing", Symbol::as_str);
        regression(&mut sheet, "market beta", &found.risk.market_beta, benchmark);
        let rate_proxy = yardsticks.rate_proxy.as_ref().map_or("nothing", Symbol::as_str);
        regression(&mut sheet, "rate beta", &found.risk.rate_beta, rate_proxy);
        styles(&mut sheet, answer, found);
        for (spread, fit) in &found.risk.spreads {
            let name = spread.as_str().replace('_', " ");
            regression(&mut sheet, &name, fit, &name);
        }
        volatility(&mut sheet, found);
        format!("{} at {}\n{}", found.symbol, answer.at, sheet.text())
    });
    tables.collect::<Vec<_>>().join("\n")
}

fn regression(sheet: &mut Sheet, name: &str, fit: &Estimate<Regression>, on: &str) {
    let note = match &fit.value {
        Ok(found) => {
            let error = found.std_error.map_or(String::new(), |error| format!(" ± {error:.4}"));
            let share = found.r_squared.map_or(String::new(), |share| format!(", R squared {share:.3}"));
            let warning = if found.is_extreme { ", beyond 5: look at the prices" } else { "" };
            format!("slope{error} on {on}, {} returns{share}{warning}", fit.sample.observations)
        }
        Err(_) => String::new(),
    };
    number(sheet, name, fit.number(|found| found.beta), &note);
}

fn styles(sheet: &mut Sheet, answer: &SymbolRiskAnswer, found: &RiskOfSymbol) {
    let style = &found.risk.style;
    match &style.value {
        Ok(fit) => {
            let note = format!("of all styles together, {} returns", style.sample.observations);
            for (name, beta) in answer.style_names.iter().zip(&fit.betas) {
                number(sheet, &format!("style {}", name.replace('_', " ")), *beta, &note);
            }
        }
        Err(reason) => number(sheet, "styles", Err(*reason), ""),
    }
}

fn volatility(sheet: &mut Sheet, found: &RiskOfSymbol) {
    let volatility = &found.risk.volatility;
    share(sheet, "volatility, 21 sessions", volatility.realized_21.value, "realised, a year");
    share(sheet, "volatility, 63 sessions", volatility.realized_63.value, "realised, a year");
    let har = &volatility.har;
    let floored = har.value.is_ok_and(|har| har.is_floored);
    let note = if floored { "forecast fell below zero, told as zero" } else { "forecast, a year" };
    share(sheet, "volatility to come", har.number(|har| har.forecast_annual), note);
    let slope = volatility.trend.number(|trend| trend.slope);
    share(sheet, "volatility trend", slope, "change of the yearly volatility for one session");
    share(sheet, "volatility percentile", volatility.percentile.value, "of its last 252 values");
    if let Ok(ranges) = &found.ranges.value {
        share(sheet, "volatility from ranges", ranges.yang_zhang, "21 sessions, Yang and Zhang, a year");
    }
}

fn number(sheet: &mut Sheet, name: &str, figure: Figure, note: &str) {
    row(sheet, name, figure.map(|number| format!("{number:.4}")), note);
}

fn share(sheet: &mut Sheet, name: &str, figure: Figure, note: &str) {
    row(sheet, name, figure.map(|number| percent(Some(number))), note);
}

fn row(sheet: &mut Sheet, name: &str, shown: Result<String, Absent>, note: &str) {
    let (shown, note) = match shown {
        Ok(shown) => (shown, note.to_owned()),
        Err(reason) => ("–".to_owned(), reason.to_string()),
    };
    sheet.row([name.to_owned(), shown, note]);
}

/// The figures of each symbol: numbers, absent ones as null with their reason in `absent` by path.
pub fn json(answer: &SymbolRiskAnswer) -> Value {
    answer.symbols.iter().map(|found| of_symbol(answer, found)).collect()
}

fn of_symbol(answer: &SymbolRiskAnswer, found: &RiskOfSymbol) -> Value {
    let mut absent = Map::new();
    let risk = &found.risk;
    let market_beta = regression_json(&mut absent, "market_beta", &risk.market_beta);
    let rate_beta = regression_json(&mut absent, "rate_beta", &risk.rate_beta);
    let style = style_json(&mut absent, answer, found);
    let spreads: Map<String, Value> = risk
        .spreads
        .iter()
        .map(|(spread, fit)| {
            let name = spread.as_str();
            (name.to_owned(), regression_json(&mut absent, &format!("spreads.{name}"), fit))
        })
        .collect();
    let volatility = volatility_json(&mut absent, found);
    let joint = joint_json(&mut absent, answer, found);
    json!({
        "symbol": found.symbol.as_str(),
        "at": answer.at.to_string(),
        "market_beta": market_beta,
        "rate_beta": rate_beta,
        "style": style,
        "spreads": spreads,
        "volatility": volatility,
        "joint": joint,
        "absent": absent,
    })
}

/// A regression, its reasons of absence noted below a path.
fn regression_json(absent: &mut Map<String, Value>, path: &str, fit: &Estimate<Regression>) -> Value {
    let mut fields = Fields::new(absent, path);
    let of = |of: fn(&Regression) -> Figure| fit.value.as_ref().map_or_else(|reason| Err(*reason), of);
    fields.figure("beta", of(|fit| Ok(fit.beta)));
    fields.figure("alpha", of(|fit| Ok(fit.alpha)));
    fields.figure("r_squared", of(|fit| fit.r_squared));
    fields.figure("std_error", of(|fit| fit.std_error));
    fields.figure("t", of(|fit| fit.t));
    fields.figure("p", of(|fit| fit.p));
    fields.value("is_extreme", fit.value.is_ok_and(|fit| fit.is_extreme));
    fields.sample(&fit.sample)
}

fn style_json(absent: &mut Map<String, Value>, answer: &SymbolRiskAnswer, found: &RiskOfSymbol) -> Value {
    let style = &found.risk.style;
    let mut fields = Fields::new(absent, "style");
    let names = || answer.style_names.iter().map(String::as_str).enumerate();
    let fit = style.value.as_ref().map_err(|reason| *reason);
    fields.figures("betas", names().map(|(at, name)| (name, fit.and_then(|fit| fit.betas[at]))));
    fields.figure("intercept", fit.map(|fit| fit.intercept));
    fields.figure("r_squared", fit.and_then(|fit| fit.r_squared));
    fields.figures("inflation", names().map(|(at, name)| (name, fit.and_then(|fit| fit.inflation[at]))));
    fields.sample(&style.sample)
}

fn volatility_json(absent: &mut Map<String, Value>, found: &RiskOfSymbol) -> Value {
    let volatility = &found.risk.volatility;
    let mut har = Fields::new(absent, "volatility.har");
    let forecast = volatility.har.value.as_ref().map_err(|reason| *reason);
    har.figure("forecast_annual", forecast.map(|har| har.forecast_annual));
    har.figure("forecast_variance", forecast.map(|har| har.forecast_variance));
    har.figure("r_squared", forecast.and_then(|har| har.r_squared));
    har.value("coefficients", json!(forecast.ok().map(|har| har.coefficients)));
    har.value("is_floored", forecast.is_ok_and(|har| har.is_floored));
    let har = har.sample(&volatility.har.sample);
    let mut trend = Fields::new(absent, "volatility.trend");
    let fit = volatility.trend.value.as_ref().map_err(|reason| *reason);
    trend.figure("slope", fit.map(|trend| trend.slope));
    trend.figure("t", fit.and_then(|trend| trend.t));
    let trend = trend.sample(&volatility.trend.sample);
    let mut fields = Fields::new(absent, "volatility");
    fields.figure("realized_21", volatility.realized_21.value);
    fields.figure("realized_63", volatility.realized_63.value);
    fields.value("har", har);
    fields.value("trend", trend);
    fields.figure("percentile", volatility.percentile.value);
    let ranges = |of: fn(&risk::RangeVolatility) -> Figure| {
        found.ranges.value.as_ref().map_or_else(|reason| Err(*reason), of)
    };
    let of_ranges = [
        ("parkinson", ranges(|ranges| ranges.parkinson)),
        ("garman_klass", ranges(|ranges| ranges.garman_klass)),
        ("rogers_satchell", ranges(|ranges| ranges.rogers_satchell)),
        ("yang_zhang", ranges(|ranges| ranges.yang_zhang)),
    ];
    fields.figures("ranges", of_ranges.into_iter());
    let samples = [
        ("realized_21", &volatility.realized_21.sample),
        ("realized_63", &volatility.realized_63.sample),
        ("percentile", &volatility.percentile.sample),
        ("ranges", &found.ranges.sample),
    ];
    let named = |sample: &Sample| -> Map<String, Value> {
        sample_fields(sample).map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    };
    let samples: Map<String, Value> =
        samples.into_iter().map(|(name, sample)| (name.to_owned(), named(sample).into())).collect();
    fields.value("samples", samples);
    fields.into_value()
}

fn joint_json(absent: &mut Map<String, Value>, answer: &SymbolRiskAnswer, found: &RiskOfSymbol) -> Value {
    let joint = &found.risk.joint;
    let mut fields = Fields::new(absent, "joint");
    let fit = joint.value.as_ref().map_err(|reason| *reason);
    let names = answer.factor_names.iter().map(String::as_str).enumerate();
    fields.figure("alpha", fit.map(|fit| fit.alpha));
    fields.figure("beta", fit.map(|fit| fit.beta));
    fields.figures("coefficients", names.map(|(at, name)| (name, fit.and_then(|fit| fit.coefficients[at]))));
    fields.figure("r_squared", fit.and_then(|fit| fit.r_squared));
    fields.sample(&joint.sample)
}
