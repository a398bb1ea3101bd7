//! The risk of the demo's portfolios.

use app::PortfolioRisk;
use risk::Figure;
use serde_json::Value;

use super::super::correlation;
use super::super::numbers::{dollars, percent};
use super::super::table::Sheet;
use crate::wire::analytics::Risk;

/// The portfolio whose symbols are shown in clusters.
const CLUSTERED: &str = "Core";

/// A table of all portfolios, and what moves together in one of them.
pub fn text(risks: &[PortfolioRisk]) -> String {
    let mut sheet = Sheet::new(&[
        "portfolio",
        ">gross",
        ">net",
        ">beta",
        "~>covered",
        ">volatility",
        ">to come",
        ">loss 95 %",
        "~>bets",
        "~>top 3",
    ]);
    for found in risks {
        let figures = &found.figures;
        let returns = figures.volatility.returns.as_ref().ok();
        let ratio = |figure: Option<Figure>| percent(figure.and_then(Result::ok));
        let bets = figures.correlation.matrix.as_ref().ok().and_then(|matrix| matrix.effective_bets.ok());
        let shown = |number: Option<f64>| number.map_or("–".to_owned(), |number| format!("{number:.2}"));
        sheet.row([
            found.portfolio.name.clone(),
            dollars(Some(figures.totals.gross)),
            dollars(Some(figures.totals.net)),
            shown(figures.factors.market_beta.exposure.total.ratio.ok()),
            ratio(Some(figures.covered_share())),
            ratio(returns.map(|found| found.volatility.realized_63.ratio)),
            ratio(returns.map(|found| found.volatility.forecast.ratio)),
            ratio(returns.map(|found| found.tails.of_95.historical_var.ratio)),
            shown(bets),
            percent(figures.concentration.top_3.ok()),
        ]);
    }
    let at = risks.first().map_or(String::new(), |found| format!(" at {}", found.at));
    format!(
        "Their risk{at}, of equity\n\n{}\n\
         gross, net  what moves with markets, options by their delta; private holdings move with nothing\n\
         beta        on the S&P 500, 90 returns; covered is the share of gross that has one\n\
         volatility  of today's exposures over 63 sessions, and forecast, a year\n\
         loss 95 %   in one session, by the last 252 as they came\n\
         bets        independent ones, by the eigenvalues of the correlations\n\n{}",
        sheet.text(),
        clusters(risks)
    )
}

fn clusters(risks: &[PortfolioRisk]) -> String {
    let Some(found) = risks.iter().find(|found| found.portfolio.name == CLUSTERED) else {
        return String::new();
    };
    let correlation = &found.figures.correlation;
    format!(
        "{CLUSTERED}: what moves together, by {} sessions\n\n{}",
        correlation.window,
        correlation::text_of(correlation, 0)
    )
}

/// The risk of all portfolios for programs.
pub fn json(risks: &[PortfolioRisk]) -> Value {
    let risks: Vec<Risk> = risks.iter().map(Risk::from).collect();
    serde_json::to_value(risks).expect("invariant: an answer can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_portfolios_there_is_a_table_without_rows() {
        let shown = text(&[]);
        assert!(shown.starts_with("Their risk, of equity\n\nportfolio"), "{shown}");
        assert_eq!(json(&[]), Value::Array(Vec::new()));
    }
}
