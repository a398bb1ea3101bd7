//! Correlations as text.

use app::CorrelationAnswer;
use model::Symbol;
use risk::{Correlation, CorrelationMatrix};

use super::table::Sheet;

/// A matrix of more symbols than this does not fit a terminal.
const MATRIX_SYMBOLS_MAX: usize = 12;

/// Clusters, and the matrix when it is small.
pub fn text(answer: &CorrelationAnswer) -> String {
    let found = &answer.correlation;
    let (at, window) = (answer.at, found.window);
    format!("correlations at {at}, {window} sessions\n{}", text_of(found, MATRIX_SYMBOLS_MAX))
}

/// Clusters, and the matrix when it has no more symbols than are wanted.
pub fn text_of(found: &Correlation, matrix_symbols_max: usize) -> String {
    let symbols: Vec<&Symbol> = found.kept_symbols().collect();
    let mut text = String::new();
    match &found.matrix {
        Ok(matrix) => {
            if symbols.len() <= matrix_symbols_max {
                text.push_str(&matrix_text(&symbols, matrix));
            }
            text.push_str(&summary(&symbols, matrix));
        }
        Err(reason) => text.push_str(&format!("no matrix: {reason}\n")),
    }
    for gone in &found.left_out {
        text.push_str(&format!(
            "left out: {}, {} returns, {} pairs without a correlation\n",
            gone.symbol, gone.observations, gone.absent_pairs_count
        ));
    }
    text
}

fn matrix_text(symbols: &[&Symbol], matrix: &CorrelationMatrix) -> String {
    let headings: Vec<String> = symbols.iter().map(|symbol| format!(">{symbol}")).collect();
    let headings: Vec<&str> =
        std::iter::once("symbol").chain(headings.iter().map(String::as_str)).chain([">cluster"]).collect();
    let mut sheet = Sheet::new(&headings);
    for (row, symbol) in symbols.iter().enumerate() {
        let cells = (0..symbols.len()).map(|column| format!("{:.2}", coefficient(matrix, row, column)));
        let cluster = matrix.clusters[row].to_string();
        sheet.row(std::iter::once(symbol.to_string()).chain(cells).chain([cluster]));
    }
    sheet.text()
}

fn summary(symbols: &[&Symbol], matrix: &CorrelationMatrix) -> String {
    let mut text = String::new();
    let clusters_count = matrix.clusters.iter().max().map_or(0, |last| last + 1);
    for cluster in 0..clusters_count {
        let members = symbols.iter().zip(&matrix.clusters).filter(|(_, label)| **label == cluster);
        let members: Vec<&str> = members.map(|(symbol, _)| symbol.as_str()).collect();
        text.push_str(&format!("cluster {cluster}: {}\n", members.join(", ")));
    }
    let shown = |figure: risk::Figure| figure.map_or("–".to_owned(), |number| format!("{number:.2}"));
    text.push_str(&format!(
        "average correlation {}, {} independent bets\n",
        shown(matrix.average),
        shown(matrix.effective_bets)
    ));
    if matrix.is_clipped {
        text.push_str(&format!(
            "no series have these correlations (an eigenvalue was {:.4}); negative eigenvalues were set to zero\n",
            matrix.smallest_eigenvalue
        ));
    }
    text
}

fn coefficient(matrix: &CorrelationMatrix, row: usize, column: usize) -> f64 {
    matrix.coefficients.get(row, column).copied().unwrap_or(1.0)
}
