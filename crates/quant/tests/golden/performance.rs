//! Performance figures against empyrical.

use std::collections::BTreeMap;

use model::Date;
use quant::{Absent, Performance, drawdowns, performance, underwater};

use super::tables::{Market, agree, date, number, rows};

/// Each row of a golden table with the figures found for it.
fn figures_beside(table: &str) -> Vec<(BTreeMap<String, String>, Performance)> {
    let market = Market::load();
    let bounds: BTreeMap<(String, String), BTreeMap<String, String>> = rows("golden/performance.csv")
        .into_iter()
        .map(|row| ((row["period"].clone(), row["symbol"].clone()), row))
        .collect();
    let found = rows(table).into_iter().map(|row| {
        let bound = &bounds[&(row["period"].clone(), row["symbol"].clone())];
        let (first, last) = (date(bound, "first"), date(bound, "last"));
        let series = market.between(&row["symbol"], first, last);
        let figures = performance(&series, Some(&market.between("SP500", first, last)));
        (row, figures)
    });
    found.collect()
}

fn check_columns(table: &str, columns: &[&str], expect_rows: usize) {
    let all = figures_beside(table);
    assert_eq!(all.len(), expect_rows);
    for (row, figures) in all {
        let found: BTreeMap<&str, _> = figures.figures().into_iter().collect();
        for column in columns {
            let what = format!("{column} of {} {}", row["period"], row["symbol"]);
            match row[*column].as_str() {
                "" => assert_eq!(found[column], Err(Absent::ZeroDeviation), "{what}"),
                _ => agree(found[column], number(&row, column), &what),
            }
        }
    }
}

#[test]
fn every_column_of_the_golden_performance_agrees() {
    let columns = [
        "total_return",
        "cagr",
        "ann_vol",
        "sharpe",
        "sharpe_rf2pct",
        "sortino",
        "downside_risk",
        "max_drawdown",
        "calmar",
        "omega",
        "var_5pct",
        "cvar_5pct",
        "tail_ratio",
        "stability",
        "alpha_ann",
        "beta",
        "tracking_error",
        "information_ratio",
        "skew",
        "kurt_excess",
        "best",
        "worst",
    ];
    check_columns("golden/performance.csv", &columns, 28);
}

#[test]
fn captures_far_tails_and_hit_rate_agree() {
    let columns = ["up_capture", "down_capture", "var_1pct", "cvar_1pct", "hit_rate"];
    check_columns("golden/performance_beside.csv", &columns, 28);
}

#[test]
fn counts_and_dates_are_exact() {
    for (row, figures) in figures_beside("golden/performance.csv") {
        let what = format!("{} {}", row["period"], row["symbol"]);
        assert_eq!(figures.first, Some(date(&row, "first")), "{what}");
        assert_eq!(figures.last, Some(date(&row, "last")), "{what}");
        assert_eq!(figures.n.to_string(), row["n"], "{what}");
        assert_eq!(figures.up_days.to_string(), row["up_days"], "{what}");
        assert_eq!(figures.left_out_count, 0, "{what}");
        assert_eq!(figures.against_benchmark.n, figures.n, "{what}");
        assert_eq!(figures.drawdown.unwrap().trough, date(&row, "mdd_trough"), "{what}");
    }
    for (row, figures) in figures_beside("golden/performance_beside.csv") {
        assert_eq!(figures.best_session, Some(date(&row, "best_session")));
        assert_eq!(figures.worst_session, Some(date(&row, "worst_session")));
    }
}

#[test]
fn wealth_and_drawdown_follow_the_golden_curve() {
    let golden = rows("golden/eqw20_equity_curve.csv.gz");
    let (first, last) = (date(&golden[0], "date"), date(&golden[golden.len() - 1], "date"));
    let series = Market::load().between("EQW20", first, last);
    let curve = underwater(&series).unwrap();
    assert_eq!(curve.len(), golden.len());
    for ((row, point), value) in golden.iter().zip(&curve).zip(series.returns()) {
        assert_eq!(point.date, date(row, "date"));
        agree(Ok(*value), number(row, "ret"), "return");
        agree(Ok(point.wealth), number(row, "wealth"), "wealth");
        agree(Ok(point.drawdown), number(row, "drawdown"), "drawdown");
    }
    // The golden curve itself tells where the deepest fall began and when it was made good.
    let deepest = quant::max_drawdown(&series).unwrap();
    let at_peak = golden.iter().filter(|row| number(row, "drawdown") == 0.0).map(|row| date(row, "date"));
    let peaks: Vec<Date> = at_peak.collect();
    assert_eq!(deepest.trough.to_string(), "2020-03-23");
    assert_eq!(deepest.peak, peaks.iter().copied().rfind(|peak| *peak < deepest.trough));
    assert_eq!(deepest.recovery, peaks.iter().copied().find(|peak| *peak > deepest.trough));
    assert!(drawdowns(&series).unwrap().contains(&deepest));
}
