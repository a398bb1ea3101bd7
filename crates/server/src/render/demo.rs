//! What the demo came to, for people and for programs.

mod next;
mod risk;

use std::path::PathBuf;

use app::{
    Explained, ImportReport, PerformanceAnswer, PortfolioRisk, PortfolioSummary, PositionsAt, RefreshReport,
};
use model::PriceStatus;
use serde_json::{Value, json};

use super::numbers::{money, percent, whole};
use super::performance::{self, Subject};
use super::portfolio::{leverage, positions_table};
use super::table::Sheet;
use super::{chart, explain, refresh};
use crate::wire;

pub use next::Way;

/// Everything the demo shows.
pub struct Outcome {
    pub folder: PathBuf,
    /// Closes in the files of prices.
    pub close_count: usize,
    pub imports: Vec<Imported>,
    pub report: RefreshReport,
    pub summaries: Vec<PortfolioSummary>,
    /// Equity on every session, for each of the summaries.
    pub curves: Vec<Vec<f64>>,
    /// How each of them did.
    pub performances: Vec<PerformanceAnswer>,
    /// The risk of each of them.
    pub risks: Vec<PortfolioRisk>,
    /// Positions of one portfolio at its newest session.
    pub positions: PositionsAt,
    /// One session of it.
    pub explained: Explained,
}

/// A portfolio with what became of its files.
pub struct Imported {
    pub name: &'static str,
    /// What it is there to show.
    pub shows: &'static str,
    pub reports: Vec<ImportReport>,
}

/// The whole demo for people.
pub fn text(outcome: &Outcome, way: &Way) -> String {
    let explained = &outcome.explained;
    let name = &explained.portfolio.name;
    [
        format!(
            "{} real daily closes of 20 US stocks, five funds and the S&P 500, from 2018\n\
             on, as files in {}. Neither network nor keys were needed.\n",
            whole(outcome.close_count as f64),
            outcome.folder.display()
        ),
        format!("Six portfolios, imported from files as yours would be\n\n{}", imports_table(outcome)),
        refresh_text(outcome),
        portfolios_text(outcome),
        curves_text(outcome),
        risk::text(&outcome.risks),
        format!(
            "{name}: the positions at the close of {}\n\n{}\n{}",
            outcome.positions.session,
            positions_table(&outcome.positions, false),
            statuses_text(outcome)
        ),
        gaps_text(outcome),
        format!("A session explained: two options expire\n\n{}", explain::text(explained)),
        way.text(&outcome.folder),
    ]
    .join("\n")
}

fn imports_table(outcome: &Outcome) -> String {
    let mut sheet = Sheet::new(&["portfolio", "what it shows", "~files", "~>rows", ">positions"]);
    for imported in &outcome.imports {
        let files: Vec<&str> =
            imported.reports.iter().filter_map(|report| report.file_name.as_deref()).collect();
        let row_count: usize = imported.reports.iter().map(|report| report.rows.len()).sum();
        let summary = outcome.summaries.iter().find(|summary| summary.portfolio.name == imported.name);
        let latest = summary.and_then(|summary| summary.latest.as_ref());
        sheet.row([
            imported.name.to_owned(),
            imported.shows.to_owned(),
            files.join(", "),
            row_count.to_string(),
            latest.map_or("–".to_owned(), |latest| latest.snapshot.position_count.to_string()),
        ]);
    }
    sheet.text()
}

fn refresh_text(outcome: &Outcome) -> String {
    let report = &outcome.report;
    format!(
        "The refresh, phase by phase\n\n{}\n{}{}",
        refresh::phases_table(report),
        refresh::range_text(report),
        refresh::warnings_text(report)
    )
}

fn portfolios_text(outcome: &Outcome) -> String {
    let mut sheet = Sheet::new(&[
        "portfolio",
        ">equity",
        ">cash",
        "~>long",
        "~>short",
        "~>leverage",
        ">return",
        ">drawdown",
        ">Sharpe",
        "~>coverage",
        "state",
    ]);
    for (summary, answer) in outcome.summaries.iter().zip(&outcome.performances) {
        let Some(latest) = summary.latest.as_ref().map(|latest| &latest.snapshot) else { continue };
        let found = &answer.performance;
        sheet.row([
            summary.portfolio.name.clone(),
            money(latest.equity),
            money(latest.cash),
            money(latest.long_value),
            money(latest.short_value),
            leverage(latest),
            percent(found.total_return.ok()),
            percent(found.max_drawdown.ok()),
            found.sharpe.map_or("–".to_owned(), |sharpe| format!("{sharpe:.2}")),
            percent(Some(latest.coverage)),
            latest.state.to_string(),
        ]);
    }
    let open_count: u32 = outcome
        .summaries
        .iter()
        .filter_map(|summary| summary.latest.as_ref())
        .map(|latest| latest.snapshot.position_count)
        .sum();
    format!(
        "The portfolios at the close of {}, with {open_count} open positions\n\n{}\n\
         return    time-weighted since the start, so that deposits count for nothing\n\
         drawdown  the deepest fall of that return from its peak\n\
         Sharpe    mean over deviation of the daily returns, a year, no riskless rate\n\
         coverage  the share of gross value that is priced as its kind should be\n",
        outcome.positions.session,
        sheet.text()
    )
}

fn curves_text(outcome: &Outcome) -> String {
    let mut text = match (outcome.report.from, outcome.report.to) {
        (Some(first), Some(last)) => {
            format!("Equity with its highest and lowest, flows included, {first} to {last}\n\n")
        }
        _ => String::new(),
    };
    for (summary, equity) in outcome.summaries.iter().zip(&outcome.curves) {
        for (row, (label, line)) in chart::draw(equity, whole).into_iter().enumerate() {
            let name = if row == 0 { summary.portfolio.name.as_str() } else { "" };
            text.push_str(&format!("{name:<11}{label:>9} │{line}\n"));
        }
    }
    text
}

/// What the statuses mean that the positions have.
fn statuses_text(outcome: &Outcome) -> String {
    let meaning = |status: &PriceStatus| match status {
        PriceStatus::Exact => "the final close of the session itself",
        PriceStatus::Stale => "an earlier close, at most ten days old, with its age in sessions",
        PriceStatus::Mark => "a price given by hand, here newer than the fill",
        PriceStatus::ExpiredQuote => "a close older than ten days",
        PriceStatus::Model => {
            "no quote of the option: Black-Scholes-Merton at the underlying's close,\n         \
             with the volatility that the price of its own fill implies"
        }
        PriceStatus::Unpriced => "nothing is known of its price: it is valued at cost",
    };
    let all = [
        PriceStatus::Exact,
        PriceStatus::Stale,
        PriceStatus::Mark,
        PriceStatus::ExpiredQuote,
        PriceStatus::Model,
        PriceStatus::Unpriced,
    ];
    let has = |status: &PriceStatus| {
        outcome.positions.positions.iter().any(|position| position.quote.status == *status)
    };
    let told = all.iter().filter(|status| has(status));
    told.map(|status| format!("{:<9}{}\n", status.as_str().replace('_', " "), meaning(status))).collect()
}

/// The holdings that are not priced as their kind should be.
fn gaps_text(outcome: &Outcome) -> String {
    let mut sheet = Sheet::new(&["portfolio", "symbol", "priced as", "because", "state of the portfolio"]);
    for (name, latest) in outcome
        .summaries
        .iter()
        .filter_map(|summary| Some((&summary.portfolio.name, &summary.latest.as_ref()?.snapshot)))
    {
        for gap in &latest.gaps {
            sheet.row([
                name.clone(),
                gap.symbol.as_ref().map_or("–".to_owned(), ToString::to_string),
                gap.status.map_or("–".to_owned(), |status| status.as_str().replace('_', " ")),
                gap.reason.as_str().replace('_', " "),
                latest.state.to_string(),
            ]);
        }
    }
    format!(
        "What is missing\n\n{}\n\
         It stands at its cost until a price comes, and the snapshot is provisional.\n",
        sheet.text()
    )
}

/// The whole demo for programs.
pub fn json(outcome: &Outcome) -> Value {
    let imports = outcome.imports.iter().map(|imported| {
        let files = imported.reports.iter().map(|report| {
            json!({
                "file": report.file_name,
                "format": report.format.as_str(),
                "rows": report.rows.len(),
                "events": report.event_count,
            })
        });
        json!({
            "portfolio": imported.name,
            "shows": imported.shows,
            "files": files.collect::<Vec<_>>(),
        })
    });
    let performances = outcome.summaries.iter().zip(&outcome.performances).map(|(summary, answer)| {
        performance::json(&Subject::Portfolio(summary.portfolio.name.clone()), answer)
    });
    let explained = &outcome.explained;
    json!({
        "folder": outcome.folder.display().to_string(),
        "bars": outcome.close_count,
        "imports": imports.collect::<Vec<_>>(),
        "refresh": outcome.report.to_json(),
        "portfolios": outcome.summaries.iter().map(wire::portfolio::Portfolio::of).collect::<Vec<_>>(),
        "performance": performances.collect::<Vec<_>>(),
        "risk": risk::json(&outcome.risks),
        "positions": {
            "portfolio": explained.portfolio.name,
            "session": outcome.positions.session.to_string(),
            "positions": outcome.positions.positions.iter().map(wire::position::Position::of).collect::<Vec<_>>(),
        },
        "explain": wire::explain::Explained::of(explained),
    })
}
