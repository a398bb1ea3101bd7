//! Correlations, linkage and clusters against numpy and scipy.

use std::collections::BTreeMap;

use model::Symbol;
use risk::{Correlation, History, Named, Settings, cluster_labels, correlation};

use super::tables::{Market, Row, STOCKS, agree, date, number, rows, up_to};

/// The rows of a table by the date they stand for.
fn by_date(path: &str) -> BTreeMap<String, Vec<Row>> {
    let mut by_date: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(path) {
        by_date.entry(row["asof"].clone()).or_default().push(row);
    }
    assert_eq!(by_date.len(), 3);
    by_date
}

fn correlation_at(row: &Row) -> Correlation {
    let timeline = up_to(date(row, "asof"));
    let symbols: Vec<Symbol> = STOCKS.map(|text| text.parse().unwrap()).into();
    let histories: Vec<History> =
        STOCKS.iter().map(|symbol| Market::load().history(&timeline, symbol)).collect();
    let named: Vec<Named<'_>> =
        symbols.iter().zip(&histories).map(|(symbol, history)| Named { symbol, history }).collect();
    correlation(&timeline, &named, &Settings::default())
}

fn place(symbol: &str) -> usize {
    STOCKS.iter().position(|stock| *stock == symbol).unwrap()
}

#[test]
fn every_pair_agrees() {
    for (at, rows) in by_date("golden/corr90.csv") {
        let found = correlation_at(&rows[0]);
        let matrix = found.matrix.unwrap();
        assert!(!matrix.is_clipped && found.left_out.is_empty());
        assert_eq!(rows.len(), 190);
        for row in &rows {
            let (one, other) = (place(&row["a"]), place(&row["b"]));
            let what = format!("{} with {} at {at}", row["a"], row["b"]);
            agree(*found.pairs.get(one, other).unwrap(), number(row, "pearson"), &what);
            agree(Ok(*matrix.coefficients.get(one, other).unwrap()), number(row, "pearson"), &what);
            assert_eq!(found.common.get(one, other).unwrap().to_string(), row["n"], "{what}");
        }
        let mean = rows.iter().map(|row| number(row, "pearson")).sum::<f64>() / 190.0;
        agree(matrix.average, mean, &at);
    }
}

#[test]
fn the_tree_of_average_linkage_agrees() {
    for (at, rows) in by_date("golden/linkage_average.csv") {
        let tree = correlation_at(&rows[0]).matrix.unwrap().tree;
        assert_eq!(tree.len(), rows.len());
        for (merge, row) in tree.iter().zip(&rows) {
            let what = format!("step {} at {at}", row["step"]);
            let found = [merge.left, merge.right, merge.size].map(|number| number.to_string());
            assert_eq!(found, ["left", "right", "size"].map(|column| row[column].clone()), "{what}");
            agree(Ok(merge.height), number(row, "height"), &what);
        }
    }
}

#[test]
fn clusters_of_every_cut_agree() {
    for (at, rows) in by_date("golden/clusters.csv") {
        let tree = correlation_at(&rows[0]).matrix.unwrap().tree;
        for clusters in 3..=5 {
            // A cut between two merges leaves as many clusters as there are merges above it, and one.
            let below = tree.len() - clusters;
            let height = 0.5 * (tree[below].height + tree[below + 1].height);
            let labels = cluster_labels(&tree, STOCKS.len(), height);
            let cut = format!("k={clusters}");
            let expect: Vec<&Row> = rows.iter().filter(|row| row["cut"] == cut).collect();
            assert_eq!(expect.len(), 20);
            for row in expect {
                let label = labels[place(&row["symbol"])];
                assert_eq!(label.to_string(), row["cluster"], "{} at {at}, {cut}", row["symbol"]);
            }
        }
    }
}
