//! Performance figures of series for which some of them do not exist.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeMap;

use model::Date;
use quant::{Absent, Figure, Performance, QuantError, ReturnSeries, performance};

fn day(at: usize) -> Date {
    Date::from_epoch_days(at as i32)
}

fn series(returns: &[f64]) -> ReturnSeries {
    ReturnSeries::new(returns.iter().enumerate().map(|(at, value)| (day(at), Some(*value)))).unwrap()
}

/// Checks which figures are absent and why; every other one must be there.
fn check_absent(figures: &Performance, expect: &[(&str, Absent)]) {
    let found = figures.figures().into_iter().filter_map(|(name, figure)| Some((name, figure.err()?)));
    let found: BTreeMap<&str, Absent> = found.collect();
    let expect: BTreeMap<&str, Absent> = expect.iter().copied().collect();
    assert_eq!(found, expect);
}

fn figure(figures: &Performance, name: &str) -> Figure {
    figures.figures().into_iter().find(|(found, _)| *found == name).unwrap().1
}

const BENCHMARK_FIGURES: [&str; 6] =
    ["alpha_ann", "beta", "tracking_error", "information_ratio", "up_capture", "down_capture"];

fn without_benchmark(own: &[(&'static str, Absent)]) -> Vec<(&'static str, Absent)> {
    own.iter().copied().chain(BENCHMARK_FIGURES.map(|name| (name, Absent::NoBenchmark))).collect()
}

#[test]
fn no_return_has_no_figure() {
    let figures = performance(&series(&[]), None);
    let own: Vec<_> = figures.figures().map(|(name, _)| name).to_vec();
    let too_few = ["ann_vol", "skew", "kurt_excess"];
    let expect: Vec<(&str, Absent)> = own
        .into_iter()
        .map(|name| match name {
            name if BENCHMARK_FIGURES.contains(&name) => (name, Absent::NoBenchmark),
            name if too_few.contains(&name) => (name, Absent::TooFewReturns),
            name => (name, Absent::NoReturns),
        })
        .collect();
    check_absent(&figures, &expect);
    assert_eq!((figures.first, figures.last, figures.best_session, figures.n), (None, None, None, 0));
    assert_eq!(figures.drawdown, Err(Absent::NoReturns));
}

#[test]
fn one_return_has_a_total_and_no_deviation() {
    let figures = performance(&series(&[-0.25]), None);
    let too_few = ["ann_vol", "sharpe", "sharpe_rf2pct", "stability", "skew", "kurt_excess"];
    check_absent(&figures, &without_benchmark(&too_few.map(|name| (name, Absent::TooFewReturns))));
    assert_eq!((figures.total_return, figures.max_drawdown), (Ok(-0.25), Ok(-0.25)));
    assert_eq!((figures.var_1pct, figures.cvar_5pct), (Ok(-0.25), Ok(-0.25)));
    let deepest = figures.drawdown.unwrap();
    assert_eq!((deepest.peak, deepest.trough, deepest.recovery), (None, day(0), None));
}

#[test]
fn steady_gains_have_no_deviation_and_no_loss() {
    let figures = performance(&series(&[0.001; 300]), None);
    let expect = without_benchmark(&[
        ("sharpe", Absent::ZeroDeviation),
        ("sharpe_rf2pct", Absent::ZeroDeviation),
        ("sortino", Absent::NoLosses),
        ("omega", Absent::NoLosses),
        ("calmar", Absent::NoDrawdown),
        ("skew", Absent::ZeroDeviation),
        ("kurt_excess", Absent::ZeroDeviation),
    ]);
    check_absent(&figures, &expect);
    assert_eq!((figures.max_drawdown, figures.ann_vol), (Ok(0.0), Ok(0.0)));
    assert_eq!(figures.drawdown, Err(Absent::NoDrawdown));
}

#[test]
fn returns_of_nothing_at_all_leave_nothing_to_divide_by() {
    let figures = performance(&series(&[0.0; 10]), None);
    let expect = without_benchmark(&[
        ("sharpe", Absent::ZeroDeviation),
        ("sharpe_rf2pct", Absent::ZeroDeviation),
        ("sortino", Absent::NoLosses),
        ("omega", Absent::NoLosses),
        ("calmar", Absent::NoDrawdown),
        ("tail_ratio", Absent::ZeroDivisor),
        ("stability", Absent::ZeroDeviation),
        ("skew", Absent::ZeroDeviation),
        ("kurt_excess", Absent::ZeroDeviation),
    ]);
    check_absent(&figures, &expect);
    assert_eq!((figures.total_return, figures.cagr, figures.hit_rate), (Ok(0.0), Ok(0.0), Ok(0.0)));
}

#[test]
fn losing_everything_is_a_rate_and_losing_more_is_none() {
    let everything = performance(&series(&[0.1, -1.0, 0.2, 0.1]), None);
    check_absent(&everything, &without_benchmark(&[("stability", Absent::WealthNotPositive)]));
    assert_eq!((everything.total_return, everything.cagr), (Ok(-1.0), Ok(-1.0)));
    assert_eq!((everything.max_drawdown, everything.calmar), (Ok(-1.0), Ok(-1.0)));
    let more = performance(&series(&[0.1, -1.5, 0.2, 0.1]), None);
    let expect = ["cagr", "calmar", "stability"].map(|name| (name, Absent::WealthNotPositive));
    check_absent(&more, &without_benchmark(&expect));
    assert!(more.total_return.unwrap() < -1.0 && more.max_drawdown.unwrap() < -1.0);
}

#[test]
fn what_is_too_large_is_absent() {
    let figures = performance(&series(&[1e200, 1e200, -0.5, 0.0]), None);
    for name in ["total_return", "cagr", "max_drawdown", "calmar", "ann_vol"] {
        assert_eq!(figure(&figures, name), Err(Absent::Overflow), "{name}");
    }
    // A hundredfold in a day is more in a year than a float holds.
    assert_eq!(performance(&series(&[100.0]), None).cagr, Err(Absent::Overflow));
}

fn against(own: &[(usize, f64)], benchmark: &[(usize, f64)]) -> Performance {
    let of = |entries: &[(usize, f64)]| {
        ReturnSeries::new(entries.iter().map(|(at, value)| (day(*at), Some(*value)))).unwrap()
    };
    performance(&of(own), Some(&of(benchmark)))
}

fn check_against(figures: &Performance, expect: [Figure; 6]) {
    assert_eq!(BENCHMARK_FIGURES.map(|name| figure(figures, name)), expect);
}

#[test]
fn a_benchmark_counts_on_common_sessions_alone() {
    let own = [(1, 0.02), (2, 0.5), (3, -0.04), (5, 0.06)];
    let benchmark = [(0, 0.9), (1, 0.01), (3, -0.02), (4, 0.7), (5, 0.03)];
    let figures = against(&own, &benchmark);
    assert_eq!((figures.n, figures.against_benchmark.n), (4, 3));
    let common = against(&[own[0], own[2], own[3]], &[benchmark[1], benchmark[2], benchmark[4]]);
    assert_eq!(figures.against_benchmark, common.against_benchmark);
    assert!((figure(&figures, "beta").unwrap() - 2.0).abs() < 1e-12);
}

#[test]
fn benchmarks_that_tell_nothing_have_reasons() {
    use Absent::{NoDownSessions, NoUpSessions, TooFewCommonReturns, ZeroBenchmarkDeviation, ZeroDeviation};
    let own = [(1, 0.02), (2, 0.01), (3, -0.04)];
    check_against(&against(&own, &[(7, 0.01)]), [Err(TooFewCommonReturns); 6]);
    let one = against(&own, &[(2, -0.02)]);
    let few = Err(TooFewCommonReturns);
    assert_eq!(one.against_benchmark.n, 1);
    let down = figure(&one, "down_capture");
    check_against(&one, [few, few, few, few, Err(NoUpSessions), down]);
    assert!(down.is_ok());
    let flat = against(&own, &[(1, 0.0), (2, 0.0), (3, 0.0)]);
    let active = ["tracking_error", "information_ratio"].map(|name| figure(&flat, name));
    assert!(active.iter().all(Result::is_ok));
    let none = Err(ZeroBenchmarkDeviation);
    check_against(&flat, [none, none, active[0], active[1], Err(NoUpSessions), Err(NoDownSessions)]);
    // What lies a constant above its benchmark has no active deviation, and no information ratio.
    let above = against(&[(1, 0.03), (2, 0.02), (3, 0.04)], &[(1, 0.02), (2, 0.01), (3, 0.03)]);
    assert_eq!(figure(&above, "tracking_error"), Ok(0.0));
    assert_eq!(figure(&above, "information_ratio"), Err(ZeroDeviation));
    assert_eq!(figure(&above, "down_capture"), Err(NoDownSessions));
}

#[test]
fn a_series_that_goes_back_in_time_is_refused() {
    let refused = |days: [usize; 3]| ReturnSeries::new(days.map(|at| (day(at), None))).unwrap_err();
    assert_eq!(refused([1, 3, 2]), QuantError::NotAscending { date: day(2) });
    assert_eq!(refused([1, 1, 2]), QuantError::NotAscending { date: day(1) });
}
