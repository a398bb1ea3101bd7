//! Correlations as text and as JSON.

use app::CorrelationAnswer;
use model::Symbol;
use risk::{Correlation, CorrelationMatrix};
use serde_json::{Map, Value, json};

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

/// The matrix of the symbols that have one, in order of the alphabet, with everything beside it.
pub fn json(answer: &CorrelationAnswer) -> Value {
    let mut fields = of(&answer.correlation);
    fields.insert("at".to_owned(), answer.at.to_string().into());
    fields.into()
}

/// The fields of correlations, with the reasons of absent ones.
pub fn of(found: &Correlation) -> Map<String, Value> {
    let mut absent = Map::new();
    let mut fields = Map::new();
    let kept: Vec<&str> = found.kept_symbols().map(Symbol::as_str).collect();
    fields.insert("window".to_owned(), found.window.into());
    fields.insert("symbols".to_owned(), json!(kept));
    match &found.matrix {
        Ok(matrix) => insert_matrix(&mut fields, &mut absent, found, matrix),
        Err(reason) => {
            for name in ["matrix", "clusters", "linkage", "clipped", "average", "effective_bets"] {
                super::insert_absent(&mut fields, &mut absent, name, reason.as_str());
            }
        }
    }
    fields.insert("observations".to_owned(), json!(observations(found)));
    let left_out = found.left_out.iter().map(|gone| {
        json!({
            "symbol": gone.symbol.as_str(),
            "n": gone.observations,
            "absent_pairs": gone.absent_pairs_count,
        })
    });
    fields.insert("left_out".to_owned(), left_out.collect());
    for (row, column, reason) in
        found.pairs.iter().filter_map(|(row, column, pair)| Some((row, column, pair.err()?)))
    {
        let pair = format!("{}/{}", found.symbols[row], found.symbols[column]);
        absent.insert(pair, reason.as_str().into());
    }
    fields.insert("absent".to_owned(), absent.into());
    fields
}

fn insert_matrix(
    fields: &mut Map<String, Value>,
    absent: &mut Map<String, Value>,
    found: &Correlation,
    matrix: &CorrelationMatrix,
) {
    let size = found.kept.len();
    let row = |row: usize| (0..size).map(|column| coefficient(matrix, row, column)).collect::<Vec<f64>>();
    fields.insert("matrix".to_owned(), json!((0..size).map(row).collect::<Vec<_>>()));
    fields.insert("clusters".to_owned(), json!(matrix.clusters));
    let merges = matrix.tree.iter();
    let merges = merges.map(|merge| json!([merge.left, merge.right, merge.height, merge.size]));
    fields.insert("linkage".to_owned(), merges.collect());
    fields.insert("clipped".to_owned(), matrix.is_clipped.into());
    fields.insert("smallest_eigenvalue".to_owned(), matrix.smallest_eigenvalue.into());
    let figures = [("average", matrix.average), ("effective_bets", matrix.effective_bets)];
    for (name, figure) in figures {
        if let Err(reason) = figure {
            absent.insert(name.to_owned(), reason.as_str().into());
        }
        fields.insert(name.to_owned(), json!(figure.ok()));
    }
}

/// The returns that each two symbols of the matrix have in common, by rows; on the diagonal those of the symbol.
fn observations(found: &Correlation) -> Vec<Vec<usize>> {
    let count = |row: usize, column: usize| match found.common.get(row, column) {
        Some(common) => *common as usize,
        None => found.observations[row],
    };
    found.kept.iter().map(|row| found.kept.iter().map(|column| count(*row, *column)).collect()).collect()
}
