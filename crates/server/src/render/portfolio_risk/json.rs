//! The risk of a portfolio as JSON.

use app::{KeptForecast, PortfolioAttribution, PortfolioRisk, ReturnFigures, SessionAttribution, Weighted};
use model::Symbol;
use risk::{Absent, FactorExposure, Figure, Greeks, Missing, Scaled, TailRisk};
use serde_json::{Map, Value, json};

use crate::render::correlation;
use crate::render::fields::Fields;
use crate::render::symbol_risk::regression_json;

/// The risk of a portfolio: numbers, absent ones as null with their reason in `absent` by path.
pub fn json(answer: &PortfolioRisk) -> Value {
    let mut absent = Map::new();
    let mut fields = Fields::new(&mut absent, "");
    fields.value("portfolio", answer.portfolio.name.as_str());
    fields.value("at", answer.at.to_string());
    fields.value("equity", answer.held.equity.to_string());
    fields.value("cash", answer.held.cash.to_string());
    fields.below("exposures", |fields| exposures(fields, answer));
    positions(&mut fields, answer);
    betas(&mut fields, answer);
    volatility(&mut fields, answer);
    ex_ante(&mut fields, answer);
    fields.below("losses", |fields| losses(fields, answer));
    sectors(&mut fields, answer);
    fields.below("concentration", |fields| concentration(fields, answer));
    fields.below("greeks", |fields| greeks(fields, answer));
    fields.below("attribution", |fields| attribution(fields, &answer.attribution));
    fields.value("forecasts", forecasts(answer));
    let mut fields = fields.into_value();
    let correlation = correlation::of(&answer.figures.correlation);
    if let Value::Object(fields) = &mut fields {
        fields.insert("correlation".to_owned(), correlation.into());
        let failures = answer.failures.iter();
        let failures = failures.map(|(symbol, error)| (symbol.to_string(), error.code().into()));
        fields.insert("without_prices".to_owned(), failures.collect::<Map<_, _>>().into());
        fields.insert("absent".to_owned(), absent.into());
    }
    fields
}

/// Where a session's return came from, alone.
pub fn attribution_json(answer: &PortfolioAttribution) -> Value {
    let mut absent = Map::new();
    let mut fields = Fields::new(&mut absent, "");
    fields.value("portfolio", answer.portfolio.name.as_str());
    fields.value("at", answer.at.to_string());
    fields.below("attribution", |fields| attribution(fields, &answer.parts));
    let mut fields = fields.into_value();
    if let Value::Object(fields) = &mut fields {
        fields.insert("absent".to_owned(), absent.into());
    }
    fields
}

/// The symbol of a position.
fn symbol(answer: &PortfolioRisk, at: usize) -> &Symbol {
    &answer.held.holdings[at].instrument.symbol
}

fn missing(answer: &PortfolioRisk, missing: &[Missing]) -> Value {
    let of = |missing: &Missing| json!({ "symbol": symbol(answer, missing.exposure).as_str(), "reason": missing.reason.as_str() });
    missing.iter().map(of).collect()
}

fn exposures(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let (totals, scaled) = (&answer.figures.totals, |dollars| answer.exposures.scaled(Ok(dollars)));
    for (name, dollars) in
        [("gross", totals.gross), ("net", totals.net), ("long", totals.long), ("short", totals.short)]
    {
        fields.scaled(name, scaled(dollars));
    }
    fields.below("private", |fields| {
        fields.dollars_and_ratio(scaled(totals.private_gross));
        fields.figure("share", totals.private_share);
    });
    fields.value("unvalued", missing(answer, &totals.unvalued));
}

fn positions(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let mut listed = Vec::new();
    for (at, held) in answer.held.holdings.iter().enumerate() {
        let path = format!("positions.{}", held.instrument.symbol);
        let mut line = Fields::new(fields.absent(), &path);
        let entry = &answer.exposures.entries()[at];
        line.value("symbol", held.instrument.symbol.as_str());
        line.value("moves_with", (!entry.is_private()).then(|| entry.symbol.as_str().to_owned()));
        line.value("kind", held.instrument.kind.as_str());
        line.value("quantity", held.quantity.to_string());
        line.value("price", json!(held.quote.price.map(|price| price.to_string())));
        line.value("price_status", held.quote.status.as_str());
        line.value("market_value", held.market_value.to_string());
        line.dollars_and_ratio(answer.exposures.scaled(answer.exposures.dollars()[at]));
        if let Some(Ok(terms)) = &held.option {
            line.value("volatility", terms.volatility_annual);
        }
        listed.push(line.into_value());
    }
    fields.value("positions", listed);
}

fn factor(fields: &mut Fields<'_>, answer: &PortfolioRisk, exposure: &FactorExposure) {
    fields.figure("dollars", exposure.total.dollars);
    fields.figure("beta", exposure.total.ratio);
    fields.figure("covered_share", exposure.covered_share);
    fields.value("missing", missing(answer, &exposure.missing));
}

fn betas(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let figures = &answer.figures;
    let weighted = |fields: &mut Fields<'_>, found: &Weighted| {
        factor(fields, answer, &found.exposure);
        fields.sample_of(&found.sample);
    };
    fields.below("market_beta", |fields| weighted(fields, &figures.market_beta));
    fields.below("rate_beta", |fields| weighted(fields, &figures.rate_beta));
    fields.below("style", |fields| {
        for (name, found) in &figures.styles {
            fields.below(name, |fields| weighted(fields, found));
        }
    });
    fields.below("spreads", |fields| {
        for (spread, found) in &figures.spreads {
            fields.below(spread.as_str(), |fields| weighted(fields, found));
        }
    });
    let own = regression_json(fields.absent(), "own_beta", &figures.own_beta);
    fields.value("own_beta", own);
    fields.below("provider_beta", |fields| factor(fields, answer, &figures.provider_beta));
}

fn volatility(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    fields.below("volatility", |fields| match &answer.figures.returns {
        Ok(found) => returns(fields, found),
        Err(reason) => {
            let none = Scaled { dollars: Err(*reason), ratio: Err(*reason) };
            for name in ["realized_21", "realized_63", "forecast"] {
                fields.scaled(name, none);
            }
            fields.figure("trend", Err(*reason));
            fields.figure("percentile", Err(*reason));
        }
    });
}

fn returns(fields: &mut Fields<'_>, found: &ReturnFigures) {
    let ReturnFigures { returns, volatility, .. } = found;
    let of_gross = &volatility.of_gross;
    for (name, scaled, sample) in [
        ("realized_21", volatility.realized_21, &of_gross.realized_21.sample),
        ("realized_63", volatility.realized_63, &of_gross.realized_63.sample),
    ] {
        fields.below(name, |fields| {
            fields.dollars_and_ratio(scaled);
            fields.sample_of(sample);
        });
    }
    let har = of_gross.har.value.as_ref().map_err(|reason| *reason);
    fields.below("forecast", |fields| {
        fields.dollars_and_ratio(volatility.forecast);
        fields.figure("r_squared", har.and_then(|har| har.r_squared));
        fields.value("coefficients", json!(har.ok().map(|har| har.coefficients)));
        fields.value("is_floored", har.is_ok_and(|har| har.is_floored));
        fields.sample_of(&of_gross.har.sample);
    });
    let trend = of_gross.trend.value.as_ref().map_err(|reason| *reason);
    fields.below("trend", |fields| {
        fields.figure("slope", trend.map(|trend| trend.slope));
        fields.figure("t", trend.and_then(|trend| trend.t));
        fields.sample_of(&of_gross.trend.sample);
    });
    fields.below("percentile", |fields| {
        fields.figure("share", of_gross.percentile.value);
        fields.sample_of(&of_gross.percentile.sample);
    });
    fields.value("sessions", returns.sessions.len());
    fields.value("sessions_left_out", returns.left_out_count);
    fields.value("sessions_partly_covered", returns.partly_covered_count);
}

fn ex_ante(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let (found, covariance) = (&answer.figures.ex_ante, &answer.figures.covariance);
    let none = |reason: &Absent| Scaled { dollars: Err(*reason), ratio: Err(*reason) };
    let value = found.value.as_ref();
    fields.below("ex_ante", |fields| {
        fields.scaled("deviation_daily", value.map_or_else(none, |found| found.deviation_daily));
        fields.scaled("volatility_annual", value.map_or_else(none, |found| found.volatility_annual));
        let of = |figure: fn(&risk::ExAnte) -> Figure| value.map_or_else(|reason| Err(*reason), figure);
        fields.figure("diversification_ratio", of(|found| found.diversification_ratio));
        fields.figure("covered_share", of(|found| found.covered_share));
        let parts = value.map_or(&[][..], |found| &found.contributions);
        let parts = parts.iter().map(|part| {
            json!({
                "symbol": part.symbol.as_str(),
                "dollars": part.dollars,
                "marginal": part.marginal,
                "share": part.share.ok(),
            })
        });
        fields.value("contributions", parts.collect::<Vec<_>>());
        let gone = covariance.left_out.iter().map(|gone| gone.symbol.as_str().to_owned());
        fields.value("left_out", gone.collect::<Vec<_>>());
        fields.sample_of(&found.sample);
    });
}

fn losses(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let tails = answer.figures.returns.as_ref().map(|found| found.tails).map_err(|reason| *reason);
    let of_95 = tails.map(|tails| tails.of_95);
    let of_99 = tails.map(|tails| tails.of_99);
    for (confidence, tail) in [("95", of_95), ("99", of_99)] {
        let of = |figure: fn(&TailRisk) -> Scaled| match &tail {
            Ok(tail) => figure(tail),
            Err(reason) => Scaled { dollars: Err(*reason), ratio: Err(*reason) },
        };
        fields.scaled(&format!("historical_var_{confidence}"), of(|tail| tail.historical_var));
        fields.scaled(&format!("historical_shortfall_{confidence}"), of(|tail| tail.historical_shortfall));
        fields.scaled(&format!("parametric_var_{confidence}"), of(|tail| tail.parametric_var));
        fields.scaled(&format!("parametric_shortfall_{confidence}"), of(|tail| tail.parametric_shortfall));
    }
    if let Ok(tails) = tails {
        fields.sample_of(&tails.sample);
    }
}

fn sectors(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let found = &answer.figures.sectors;
    fields.below("sectors", |fields| {
        fields.value("as_known", "today");
        fields.figure("hhi", found.hhi);
        let mut listed = Vec::new();
        for exposure in &found.sectors {
            let path = format!("sectors.{}", exposure.sector.as_str());
            let mut line = Fields::new(fields.absent(), &path);
            line.value("sector", exposure.sector.as_str());
            line.scaled("gross", exposure.gross);
            line.scaled("net", exposure.net);
            line.scaled("long", exposure.long);
            line.scaled("short", exposure.short);
            line.figure("gross_share", exposure.gross_share);
            line.value("benchmark_weight", json!(exposure.benchmark_weight));
            line.value("active", json!(exposure.active.and_then(Result::ok)));
            listed.push(line.into_value());
        }
        fields.value("sectors", listed);
        fields.value("missing", missing(answer, &found.missing));
    });
}

fn concentration(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let found = &answer.figures.concentration;
    fields.value("positions", found.positions_count);
    fields.figure("hhi", found.hhi);
    fields.figure("effective_positions", found.effective_count);
    fields.figure("top_3", found.top_3);
    fields.figure("top_10", found.top_10);
}

fn greeks_json(greeks: &Greeks) -> Map<String, Value> {
    let Greeks { delta, gamma, delta_dollars, gamma_dollars, vega, theta, rho } = *greeks;
    [
        ("delta", delta),
        ("gamma", gamma),
        ("delta_dollars", delta_dollars),
        ("gamma_dollars", gamma_dollars),
        ("vega", vega),
        ("theta", theta),
        ("rho", rho),
    ]
    .map(|(name, number)| (name.to_owned(), number.into()))
    .into_iter()
    .collect()
}

fn greeks(fields: &mut Fields<'_>, answer: &PortfolioRisk) {
    let found = &answer.figures.greeks;
    fields.value(
        "units",
        json!({ "vega": "for 1.00 of volatility", "theta": "for a year", "rho": "for 1.00 of rate" }),
    );
    let listed = found.positions.iter().enumerate().filter_map(|(at, greeks)| {
        let mut line = greeks_json(greeks.as_ref().ok()?);
        line.insert("symbol".to_owned(), symbol(answer, at).as_str().into());
        Some(Value::from(line))
    });
    fields.value("positions", listed.collect::<Vec<_>>());
    let listed = found.underlyings.iter().map(|(symbol, greeks)| {
        let mut line = greeks_json(greeks);
        line.insert("symbol".to_owned(), symbol.as_str().into());
        Value::from(line)
    });
    fields.value("underlyings", listed.collect::<Vec<_>>());
    let total = &found.total;
    let figures = [
        ("delta_dollars", total.delta_dollars),
        ("gamma_dollars", total.gamma_dollars),
        ("vega", total.vega),
        ("theta", total.theta),
        ("rho", total.rho),
    ];
    fields.figures("total", figures.into_iter());
    fields.value("missing", missing(answer, &found.missing));
}

/// Forecasts that were kept, each beside what came.
fn forecasts(answer: &PortfolioRisk) -> Vec<Value> {
    let of = |kept: &KeptForecast| {
        json!({
            "session": kept.session.to_string(),
            "horizon": kept.horizon,
            "forecast": kept.forecast,
            "came": kept.came.ok(),
        })
    };
    answer.forecasts.iter().map(of).collect()
}

/// The parts of a session's return.
fn attribution(fields: &mut Fields<'_>, found: &Result<SessionAttribution, Absent>) {
    let found = match found {
        Ok(found) => found,
        Err(reason) => return fields.figure("total", Err(*reason)),
    };
    let parts = &found.attribution;
    fields.value("before", found.before.to_string());
    fields.value("benchmark_return", found.benchmark_return);
    fields.value("total", parts.total);
    fields.value("market", parts.market);
    let named = |parts: &[(String, f64)]| -> Map<String, Value> {
        parts.iter().map(|(name, part)| (name.clone(), (*part).into())).collect()
    };
    fields.value("factors", named(&parts.factors));
    fields.value("sectors", named(&parts.sectors));
    fields.value("rest", parts.rest);
    fields.value("beyond_positions", parts.beyond_positions);
    let gone = parts.missing_factors.iter();
    let gone: Map<String, Value> =
        gone.map(|(name, reason)| (name.clone(), reason.as_str().into())).collect();
    fields.value("missing_factors", gone);
    let listed = found.symbols.iter().zip(&parts.positions).map(|(symbol, parts)| match parts {
        Ok(parts) => json!({
            "symbol": symbol.as_str(),
            "contribution": parts.contribution,
            "market": parts.market,
            "factors": parts.factors,
            "sector": parts.sector,
            "rest": parts.rest,
        }),
        Err(reason) => json!({ "symbol": symbol.as_str(), "contribution": null, "reason": reason.as_str() }),
    });
    fields.value("positions", listed.collect::<Vec<_>>());
}
