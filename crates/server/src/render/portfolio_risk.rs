//! The risk of a portfolio as text.

use std::collections::BTreeMap;

use app::{PortfolioRisk, SessionAttribution, Weighted};
use risk::{
    Absent, Estimate, FactorExposure, Figure, Greeks, GreeksTotal, Missing, Regression, Sample, Scaled,
    TailRisk,
};

use super::correlation;
use super::numbers::{dollars, money, percent};
use super::table::Sheet;

/// A matrix of correlations with more symbols is left to `risk correlation`.
const MATRIX_SYMBOLS_MAX: usize = 8;
/// Forecasts beside what came that are shown; JSON has more.
const FORECASTS_SHOWN_MAX: usize = 5;
/// Days of a year that thetas are told for.
const DAYS_A_YEAR: f64 = 365.0;
/// Percentage points in one.
const POINTS: f64 = 100.0;

/// The risk of a portfolio as tables.
pub fn text(answer: &PortfolioRisk) -> String {
    let name = &answer.portfolio.name;
    let mut parts = vec![
        format!("{name} at {}, equity {}\n", answer.at, money(answer.held.equity)),
        format!("Exposures, delta-adjusted\n\n{}", exposures_text(answer)),
        format!("Factors\n\n{}", factors_text(answer)),
        format!("Volatility, a year\n\n{}", volatility_text(answer)),
        format!("Losses in one session that are seldom exceeded\n\n{}", losses_text(answer)),
        format!(
            "Correlations, {} sessions\n\n{}",
            answer.figures.correlation.window,
            correlation::text_of(&answer.figures.correlation, MATRIX_SYMBOLS_MAX)
        ),
        format!("Sectors, as known today\n\n{}", sectors_text(answer)),
        concentration_text(answer),
    ];
    if answer.held.holdings.iter().any(|held| held.instrument.option.is_some()) {
        parts.push(format!("Greeks\n\n{}", greeks_text(answer)));
    }
    parts.push(attribution_text(&answer.attribution));
    if !answer.forecasts.is_empty() {
        parts.push(format!("Forecasts of volatility, and what came\n\n{}", forecasts_text(answer)));
    }
    parts.join("\n")
}

fn ratio(figure: Figure) -> String {
    figure.map_or("–".to_owned(), |ratio| format!("{ratio:.4}"))
}

fn share(figure: Figure) -> String {
    percent(figure.ok())
}

/// Why a figure is absent, or what stands beside it.
fn note(figure: Figure, beside: impl FnOnce() -> String) -> String {
    figure.map_or_else(|reason| reason.to_string(), |_| beside())
}

fn exposures_text(answer: &PortfolioRisk) -> String {
    let totals = &answer.figures.totals;
    let mut sheet = Sheet::new(&["exposure", ">dollars", ">of equity"]);
    let mut line = |name: &str, sum: Figure| {
        let scaled = answer.exposures.scaled(sum);
        sheet.row([name.to_owned(), dollars(scaled.dollars.ok()), share(scaled.ratio)]);
    };
    let sums = [("gross", totals.gross), ("net", totals.net), ("long", totals.long), ("short", totals.short)];
    for (name, sum) in sums {
        line(name, totals.known(sum));
    }
    if totals.private_gross > 0.0 {
        line("private", Ok(totals.private_gross));
    }
    let mut text = sheet.text();
    if totals.private_gross > 0.0 {
        let share = share(totals.private_share);
        text.push_str(&format!("{share} of everything has no market and moves with nothing\n"));
    }
    text.push_str(&left_out_text(answer, &totals.unvalued));
    text
}

/// A line for each position that takes no part.
fn left_out_text(answer: &PortfolioRisk, missing: &[Missing]) -> String {
    let line = |missing: &Missing| {
        let symbol = &answer.held.holdings[missing.exposure].instrument.symbol;
        format!("left out: {symbol}, {}\n", missing.reason)
    };
    missing.iter().map(line).collect()
}

fn factors_text(answer: &PortfolioRisk) -> String {
    let figures = &answer.figures;
    let mut sheet =
        Sheet::new(&["factor", ">dollars", ">beta", ">covered", "~>returns", "meaning or reason"]);
    let mut line = |name: String, found: &FactorExposure, returns: String, meaning: &str| {
        sheet.row([
            name,
            dollars(found.total.dollars.ok()),
            ratio(found.total.ratio),
            share(found.covered_share),
            returns,
            note(found.total.ratio, || meaning.to_owned()),
        ]);
    };
    let returns = |sample: &Sample| sample.observations.to_string();
    let weighted = |found: &Weighted| returns(&found.sample);
    let (market, rate) = (&figures.factors.market_beta, &figures.factors.rate_beta);
    line("market".to_owned(), &market.exposure, weighted(market), "weights times betas of the symbols");
    line("rates".to_owned(), &rate.exposure, weighted(rate), "on the rate proxy");
    for (name, found) in &figures.factors.styles {
        let name = format!("style {}", name.replace('_', " "));
        line(name, &found.exposure, weighted(found), "of all styles together");
    }
    for (spread, found) in &figures.factors.spreads {
        line(spread.as_str().replace('_', " "), &found.exposure, weighted(found), "alone");
    }
    let provider = "by the betas that providers tell";
    line("market, told".to_owned(), &figures.factors.provider_beta, "–".to_owned(), provider);
    let covered = match figures.covered_share() {
        Err(Absent::UnknownExposure) => {
            "what is covered is not known: that of the positions left out is not\n"
        }
        _ => "",
    };
    format!("{}{covered}{}", sheet.text(), own_beta_text(&figures.factors.own_beta))
}

fn own_beta_text(own: &Estimate<Regression>) -> String {
    match &own.value {
        Ok(fit) => {
            let error = fit.std_error.map_or(String::new(), |error| format!(" ± {error:.4}"));
            let explained = fit.r_squared.map_or(String::new(), |share| format!(", R squared {share:.3}"));
            let count = own.sample.observations;
            format!(
                "own returns on the benchmark's: beta {:.4}{error}{explained}, {count} returns\n",
                fit.beta
            )
        }
        Err(reason) => format!("own returns on the benchmark's: {reason}\n"),
    }
}

fn volatility_text(answer: &PortfolioRisk) -> String {
    let figures = &answer.figures;
    let mut sheet = Sheet::new(&["figure", ">dollars", ">of equity", "~>n", "meaning or reason"]);
    let mut line = |name: &str, scaled: Scaled, n: usize, meaning: &str| {
        let note = note(scaled.ratio, || meaning.to_owned());
        sheet.row([name.to_owned(), dollars(scaled.dollars.ok()), share(scaled.ratio), n.to_string(), note]);
    };
    let mut beside = String::new();
    match &figures.volatility.returns {
        Ok(found) => {
            let (volatility, of_gross) = (&found.volatility, &found.volatility.of_gross);
            let count = |estimate: &Estimate<f64>| estimate.sample.observations;
            line(
                "21 sessions",
                volatility.realized_21,
                count(&of_gross.realized_21),
                "today's exposures then",
            );
            line(
                "63 sessions",
                volatility.realized_63,
                count(&of_gross.realized_63),
                "today's exposures then",
            );
            let floored = of_gross.har.value.is_ok_and(|har| har.is_floored);
            let meaning = if floored { "forecast fell below zero, told as zero" } else { "forecast" };
            line("to come", volatility.forecast, of_gross.har.sample.observations, meaning);
            let slope = share(of_gross.trend.number(|trend| trend.slope));
            let rank = share(of_gross.percentile.value);
            beside =
                format!("of gross: changes by {slope} a session; {rank} of a year's values are no higher\n");
            if found.returns.left_out_count > 0 {
                let count = found.returns.left_out_count;
                beside.push_str(&format!("{count} sessions left out, where less than 95 % has a return\n"));
            }
        }
        Err(reason) => line("realised", Scaled { dollars: Err(*reason), ratio: Err(*reason) }, 0, ""),
    }
    let none = |reason: &Absent| Scaled { dollars: Err(*reason), ratio: Err(*reason) };
    let ex_ante = figures.volatility.ex_ante.value.as_ref();
    let annual = ex_ante.map_or_else(none, |found| found.volatility_annual);
    line("ex ante", annual, figures.volatility.ex_ante.sample.observations, "from covariances");
    let diversification = ex_ante.map_or_else(|reason| Err(*reason), |found| found.diversification_ratio);
    format!("{}{beside}diversification ratio {}\n", sheet.text(), ratio(diversification))
}

/// One figure of a tail.
type OfTail = fn(&TailRisk) -> Scaled;

fn losses_text(answer: &PortfolioRisk) -> String {
    let found = match &answer.figures.volatility.returns {
        Ok(found) => found.tails,
        Err(reason) => return format!("{reason}\n"),
    };
    let mut sheet = Sheet::new(&["confidence", "", ">dollars", ">of equity"]);
    for (confidence, tail) in [("95 %", found.of_95), ("99 %", found.of_99)] {
        let figures: [(&str, OfTail); 4] = [
            ("value at risk, as it came", |tail| tail.historical_var),
            ("expected shortfall, as it came", |tail| tail.historical_shortfall),
            ("value at risk, normal", |tail| tail.parametric_var),
            ("expected shortfall, normal", |tail| tail.parametric_shortfall),
        ];
        for (name, figure) in figures {
            let scaled = figure(&tail);
            let cells = [name.to_owned(), dollars(scaled.dollars.ok()), share(scaled.ratio)];
            sheet.row(std::iter::once(confidence.to_owned()).chain(cells));
        }
    }
    format!("{}today's exposures over {} returns\n", sheet.text(), found.sample.observations)
}

fn sectors_text(answer: &PortfolioRisk) -> String {
    let left_out = left_out_text(answer, &answer.figures.sectors.missing);
    if answer.figures.sectors.sectors.is_empty() {
        return format!("{}{left_out}", nothing_text(answer.figures.sectors.hhi));
    }
    let has_weights = answer.figures.sectors.sectors.iter().any(|line| line.benchmark_weight.is_some());
    let mut headings = vec!["sector", ">net", ">of equity", "~>long", "~>short", ">of gross"];
    if has_weights {
        headings.extend([">benchmark", ">active"]);
    }
    let mut sheet = Sheet::new(&headings);
    for line in &answer.figures.sectors.sectors {
        let mut cells = vec![
            line.sector.as_str().to_owned(),
            dollars(line.net.dollars.ok()),
            share(line.net.ratio),
            dollars(line.long.dollars.ok()),
            dollars(line.short.dollars.ok()),
            share(line.gross_share),
        ];
        if has_weights {
            cells.extend([percent(line.benchmark_weight), percent(line.active.and_then(Result::ok))]);
        }
        sheet.row(cells);
    }
    format!("{}{left_out}", sheet.text())
}

/// Why there is nothing to show.
fn nothing_text(figure: Figure) -> String {
    figure.map_or_else(|reason| format!("{reason}\n"), |_| String::new())
}

fn concentration_text(answer: &PortfolioRisk) -> String {
    let found = &answer.figures.concentration;
    if let Err(reason) = found.hhi {
        return format!("Concentration: {reason}\n");
    }
    let effective = found.effective_count.map_or("–".to_owned(), |count| format!("{count:.1}"));
    format!(
        "Concentration: index {}, as {effective} of {} positions of one size; the largest 3 are {}, the largest 10 {}\n",
        ratio(found.hhi),
        found.positions_count,
        share(found.top_3),
        share(found.top_10)
    )
}

/// Greeks in the units of tables: vega and rho for one percentage point, theta for one calendar day.
fn greeks_text(answer: &PortfolioRisk) -> String {
    let found = &answer.figures.greeks;
    let is_option = |at: usize| answer.held.holdings[at].instrument.option.is_some();
    let left_out: Vec<Missing> =
        found.missing.iter().copied().filter(|missing| is_option(missing.exposure)).collect();
    let left_out = left_out_text(answer, &left_out);
    if found.underlyings.is_empty() {
        return left_out;
    }
    let mut sheet = Sheet::new(&["", ">delta", ">dollars", "~>gamma", ">vega", ">theta", "~>rho"]);
    let units = |number: f64| format!("{number:.2}");
    let mut line = |name: String, greeks: &Greeks| {
        sheet.row([
            name,
            units(greeks.delta),
            dollars(Some(greeks.delta_dollars)),
            format!("{:.4}", greeks.gamma),
            units(greeks.vega / POINTS),
            units(greeks.theta / DAYS_A_YEAR),
            units(greeks.rho / POINTS),
        ]);
    };
    for (held, greeks) in answer.held.holdings.iter().zip(&found.positions) {
        if let (Some(_), Ok(greeks)) = (&held.instrument.option, greeks) {
            line(held.instrument.symbol.to_string(), greeks);
        }
    }
    for (symbol, greeks) in &found.underlyings {
        line(format!("all on {symbol}"), greeks);
    }
    let GreeksTotal { delta_dollars, vega, theta, rho, .. } = found.total;
    let scaled =
        |figure: Figure, divisor: f64| figure.map_or("–".to_owned(), |number| units(number / divisor));
    sheet.row([
        "everything".to_owned(),
        "–".to_owned(),
        dollars(delta_dollars.ok()),
        "–".to_owned(),
        scaled(vega, POINTS),
        scaled(theta, DAYS_A_YEAR),
        scaled(rho, POINTS),
    ]);
    format!("{}{left_out}vega and rho for one percentage point, theta for one calendar day\n", sheet.text())
}

/// The newest of the forecasts whose sessions have come, and the newest of all.
fn forecasts_text(answer: &PortfolioRisk) -> String {
    let mut sheet = Sheet::new(&["as of", ">sessions", ">forecast", ">came"]);
    let came: Vec<_> = answer.forecasts.iter().filter(|kept| kept.came.is_ok()).collect();
    let newest = answer.forecasts.last().filter(|kept| kept.came.is_err());
    for kept in came.iter().rev().take(FORECASTS_SHOWN_MAX).rev().copied().chain(newest) {
        let (forecast, came) = (percent(Some(kept.forecast)), share(kept.came));
        sheet.row([kept.session.to_string(), kept.horizon.to_string(), forecast, came]);
    }
    sheet.text()
}

/// Where the session's return came from.
fn attribution_text(found: &Result<SessionAttribution, Absent>) -> String {
    let found = match found {
        Ok(found) => found,
        Err(reason) => return format!("Where the session's return came from: {reason}\n"),
    };
    let mut sheet = Sheet::new(&["part", ">of equity before"]);
    for (name, part) in found.attribution.parts() {
        sheet.row([name.replace('_', " "), percent(Some(part))]);
    }
    sheet.row(["together".to_owned(), percent(Some(found.attribution.total))]);
    let mut text = format!("Where the session's return came from\n\n{}", sheet.text());
    if !found.attribution.sectors.is_empty() {
        text.push_str("sectors as known today\n");
    }
    let factors = found.attribution.missing_factors.iter();
    let factors = factors.map(|(name, reason)| (name.replace('_', " "), *reason));
    let sectors = found.attribution.missing_sectors.iter();
    let sectors = sectors.map(|(name, reason)| (format!("sector {name}"), *reason));
    let positions = found.symbols.iter().zip(&found.attribution.positions);
    let positions = positions.filter_map(|(symbol, parts)| {
        let reason = parts.as_ref().map_or_else(|reason| Some(*reason), |parts| parts.unexplained)?;
        Some((symbol.to_string(), reason))
    });
    let mut in_rest: BTreeMap<Absent, Vec<String>> = BTreeMap::new();
    for (name, reason) in factors.chain(sectors).chain(positions) {
        in_rest.entry(reason).or_default().push(name);
    }
    for (reason, names) in in_rest {
        let are = if names.len() == 1 { "is" } else { "are" };
        text.push_str(&format!("{} {are} in the rest: {reason}\n", names.join(", ")));
    }
    text
}
