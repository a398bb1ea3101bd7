//! The stress of a portfolio as text.

use app::{PortfolioStress, StressedScenario};
use risk::{Absent, Scenario, Stress};

use super::numbers::{dollars, money, percent};
use super::table::Sheet;

/// The stress of a portfolio as tables; with a single scenario what each position adds as well.
pub fn text(answer: &PortfolioStress) -> String {
    let name = &answer.portfolio.name;
    let mut text = format!("{name} at {}, equity {}\n", answer.at, money(answer.held.equity));
    if answer.held.equity.signum() <= 0 {
        text.push_str("the equity is not above zero, so nothing is told in proportion to it\n");
    }
    if !answer.scenarios.is_empty() {
        text.push_str(&format!("\nScenarios\n\n{}", scenarios_text(answer)));
        text.push_str("direct: what is not named stands still; correlated: it moves as it is expected to\n");
    }
    if !answer.replays.is_empty() {
        text.push_str(&format!("\nThe past again, with today's exposures\n\n{}", replays_text(answer)));
    }
    if answer.scenarios.len() + answer.replays.len() == 1 {
        text.push_str(&format!("\n{}", positions_text(answer)));
    }
    let totals = answer.exposures.totals();
    if totals.private_gross > 0.0 {
        let share = percent(totals.private_share.ok());
        text.push_str(&format!("{share} of everything has no market and is in no figure\n"));
    }
    for missing in &totals.unvalued {
        let symbol = &answer.held.holdings[missing.exposure].instrument.symbol;
        text.push_str(&format!("left out: {symbol}, {}\n", missing.reason));
    }
    text
}

fn gain(found: &Result<Stress, Absent>) -> [String; 2] {
    let total = found.as_ref().ok().map(|stress| stress.total);
    [dollars(total.and_then(|total| total.dollars.ok())), percent(total.and_then(|total| total.ratio.ok()))]
}

/// Why a stress says nothing, or says it of a part alone.
fn shortfall(found: &Result<Stress, Absent>) -> String {
    match found {
        Err(reason) => reason.to_string(),
        Ok(stress) => match (stress.total.dollars, stress.covered_share) {
            (Err(reason), _) => reason.to_string(),
            (Ok(_), Ok(share)) if share < 1.0 => format!("{} is covered", percent(Some(share))),
            (Ok(_), Err(reason)) => format!("a part alone: {reason}"),
            (Ok(_), Ok(_)) => String::new(),
        },
    }
}

/// The same of both modes of a scenario, of the correlated one where it alone says nothing.
fn shortfall_of(found: &StressedScenario) -> String {
    match (&found.direct, &found.correlated) {
        (Ok(_), Err(reason)) => format!("correlated: {reason}"),
        _ => shortfall(&found.direct),
    }
}

fn scenarios_text(answer: &PortfolioStress) -> String {
    let mut sheet =
        Sheet::new(&["scenario", ">direct", ">of equity", ">correlated", ">of equity", "~moves", ""]);
    for found in &answer.scenarios {
        let (direct, correlated) = (gain(&found.direct), gain(&found.correlated));
        let name = found.scenario.name.replace('_', " ");
        let beside = [moves_text(&found.scenario), shortfall_of(found)];
        sheet.row(std::iter::once(name).chain(direct).chain(correlated).chain(beside));
    }
    sheet.text()
}

fn moves_text(scenario: &Scenario) -> String {
    let market = scenario.market.map(|size| format!("market {}", percent(Some(size))));
    let yields = scenario.yield_change.map(|size| format!("yields {:+.0} bp", size * 10_000.0));
    let styles = scenario.styles.iter();
    let styles = styles.map(|(name, size)| format!("{} {}", name.replace('_', " "), percent(Some(*size))));
    let volatility = (scenario.volatility_change != 0.0)
        .then(|| format!("volatility {:+.0} points", scenario.volatility_change * 100.0));
    market.into_iter().chain(yields).chain(styles).chain(volatility).collect::<Vec<_>>().join(", ")
}

fn replays_text(answer: &PortfolioStress) -> String {
    let mut sheet = Sheet::new(&["replay", "from", "to", ">dollars", ">of equity", ""]);
    for found in &answer.replays {
        let stress = Ok(found.stress.clone());
        let (name, from, to) = (&found.replay.name, found.replay.from, found.replay.to);
        let what = [name.replace('_', " "), from.to_string(), to.to_string()];
        sheet.row(what.into_iter().chain(gain(&stress)).chain([shortfall(&stress)]));
    }
    sheet.text()
}

/// What each position adds in the single scenario or replay.
fn positions_text(answer: &PortfolioStress) -> String {
    let scenario = answer.scenarios.first();
    let direct = scenario.and_then(|found| found.direct.as_ref().ok());
    let correlated = scenario.and_then(|found| found.correlated.as_ref().ok());
    let replay = answer.replays.first().map(|found| &found.stress);
    let columns: Vec<(&str, &Stress)> =
        [(">direct", direct), (">correlated", correlated), (">dollars", replay)]
            .into_iter()
            .filter_map(|(name, stress)| Some((name, stress?)))
            .collect();
    let headings = std::iter::once("position").chain(columns.iter().map(|(name, _)| *name));
    let mut sheet = Sheet::new(&headings.chain([""]).collect::<Vec<_>>());
    for (at, held) in answer.held.holdings.iter().enumerate() {
        let cells = columns
            .iter()
            .map(|(_, stress)| dollars(stress.positions[at].as_ref().ok().map(|position| position.dollars)));
        let first = columns.first().map(|(_, stress)| &stress.positions[at]);
        let why = match first {
            Some(Err(reason)) => reason.to_string(),
            Some(Ok(position)) if position.is_floored => "what fell below zero counts as zero".to_owned(),
            _ => String::new(),
        };
        sheet.row(std::iter::once(held.instrument.symbol.to_string()).chain(cells).chain([why]));
    }
    sheet.text()
}
