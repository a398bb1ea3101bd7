//! Returns and performance figures.

use proptest::prelude::*;
use quant::{
    Absent, ReturnSeries, against_benchmark, annualized_return, annualized_volatility, drawdowns,
    expected_shortfall, log_returns, max_drawdown, omega, performance, sharpe, simple_returns, skewness,
    sortino, time_weighted_return, underwater, value_at_risk,
};

use super::draws::{day, near, returns, series};

proptest! {
    #[test]
    fn returns_compound_to_the_ratio_of_the_closes(closes in prop::collection::vec(0.01..1e6, 2..200)) {
        let dated: Vec<_> = closes.iter().enumerate().map(|(at, close)| (day(at), Some(*close))).collect();
        let simple: Vec<f64> = simple_returns(&dated).into_iter().map(|(_, figure)| figure.unwrap()).collect();
        let ratio = closes[closes.len() - 1] / closes[0];
        near(time_weighted_return(&simple).unwrap(), ratio - 1.0, 1e-9, 1e-9)?;
        let logs: f64 = log_returns(&dated).into_iter().map(|(_, figure)| figure.unwrap()).sum();
        near(logs, ratio.ln(), 1e-9, 1e-9)?;
    }

    #[test]
    fn compounding_two_parts_is_compounding_the_whole(first in returns(1..60), second in returns(1..60)) {
        let whole: Vec<f64> = first.iter().chain(&second).copied().collect();
        let total = |returns: &[f64]| 1.0 + time_weighted_return(returns).unwrap();
        near(total(&whole), total(&first) * total(&second), 1e-12, 0.0)?;
    }

    #[test]
    fn a_year_at_the_annualized_return_is_the_whole_return(returns in returns(100..400)) {
        let rate = annualized_return(&returns).unwrap();
        let whole = (1.0 + rate).powf(returns.len() as f64 / 252.0) - 1.0;
        near(whole, time_weighted_return(&returns).unwrap(), 1e-9, 1e-9)?;
    }

    #[test]
    fn scaled_returns_scale_deviations_and_leave_ratios(returns in returns(5..200), scale in 0.01..0.9) {
        let scaled: Vec<f64> = returns.iter().map(|value| value * scale).collect();
        near(annualized_volatility(&scaled).unwrap(), scale * annualized_volatility(&returns).unwrap(), 1e-9, 1e-13)?;
        for ratio in [omega, sortino, skewness, |returns: &[f64]| sharpe(returns, 0.0)] {
            match (ratio(&scaled), ratio(&returns)) {
                (Ok(found), Ok(expect)) => near(found, expect, 1e-8, 1e-8)?,
                (found, expect) => prop_assert_eq!(found, expect),
            }
        }
    }

    #[test]
    fn the_order_of_returns_changes_wealth_and_moments_only_by_rounding(returns in returns(4..100)) {
        let mut turned = returns.clone();
        turned.reverse();
        let (one, other) = (performance(&series(&returns), None), performance(&series(&turned), None));
        prop_assert_eq!((one.var_5pct, one.cvar_1pct, one.best, one.worst), (other.var_5pct, other.cvar_1pct, other.best, other.worst));
        prop_assert_eq!(one.hit_rate, other.hit_rate);
        near(one.total_return.unwrap(), other.total_return.unwrap(), 1e-10, 1e-12)?;
        near(one.ann_vol.unwrap(), other.ann_vol.unwrap(), 1e-10, 1e-12)?;
    }

    #[test]
    fn tails_are_ordered(returns in returns(1..300)) {
        let mut sorted = returns;
        sorted.sort_by(f64::total_cmp);
        for percent in [1, 5] {
            let (shortfall, at_risk) = (expected_shortfall(&sorted, percent), value_at_risk(&sorted, percent));
            prop_assert!(shortfall.unwrap() <= at_risk.unwrap() + 1e-15);
            prop_assert!(sorted[0] <= shortfall.unwrap() + 1e-15);
        }
        prop_assert!(value_at_risk(&sorted, 1).unwrap() <= value_at_risk(&sorted, 5).unwrap());
    }

    #[test]
    fn drawdowns_are_the_stretches_under_water(returns in returns(1..200)) {
        let series = series(&returns);
        let curve = underwater(&series).unwrap();
        let falls = drawdowns(&series).unwrap();
        let under_count = curve.iter().filter(|point| point.drawdown < 0.0).count();
        let mut counted = 0;
        for fall in &falls {
            let inside = |point: &&quant::UnderwaterPoint| {
                fall.peak.is_none_or(|peak| point.date > peak) && fall.recovery.is_none_or(|end| point.date < end)
            };
            let depths: Vec<f64> = curve.iter().filter(inside).map(|point| point.drawdown).collect();
            prop_assert!(depths.iter().all(|depth| *depth < 0.0 && *depth >= fall.depth));
            prop_assert!(depths.contains(&fall.depth));
            counted += depths.len();
        }
        prop_assert_eq!(counted, under_count);
        let least = curve.iter().map(|point| point.drawdown).fold(0.0, f64::min);
        match max_drawdown(&series) {
            Ok(deepest) => prop_assert_eq!(deepest.depth, least),
            Err(reason) => prop_assert_eq!((reason, least), (Absent::NoDrawdown, 0.0)),
        }
    }

    #[test]
    fn a_line_of_the_benchmark_gives_its_own_slope(
        benchmark in returns(5..100), beta in -3.0..3.0, alpha in -0.01..0.01,
    ) {
        let own: Vec<f64> = benchmark.iter().map(|value| alpha + beta * value).collect();
        let figures = against_benchmark(&series(&own), &series(&benchmark));
        match quant::deviation(&benchmark).unwrap() {
            deviation if deviation < 1e-6 => {}
            _ => {
                near(figures.beta.unwrap(), beta, 1e-8, 1e-8)?;
                near(figures.alpha_ann.unwrap(), f64::powf(1.0 + alpha, 252.0) - 1.0, 1e-8, 1e-8)?;
            }
        }
    }

    #[test]
    fn against_itself_a_series_is_all_benchmark(returns in returns(2..100)) {
        let series = series(&returns);
        let figures = against_benchmark(&series, &series);
        prop_assert_eq!(figures.tracking_error, Ok(0.0));
        prop_assert_eq!(figures.information_ratio, Err(Absent::ZeroDeviation));
        if quant::deviation(&returns).unwrap() > 0.0 {
            prop_assert_eq!((figures.beta, figures.alpha_ann), (Ok(1.0), Ok(0.0)));
        }
        for capture in [figures.up_capture, figures.down_capture].into_iter().flatten() {
            prop_assert_eq!(capture, 1.0);
        }
    }

    #[test]
    fn left_out_sessions_count_and_change_nothing_else(returns in returns(3..60), holes in prop::collection::vec(any::<bool>(), 60)) {
        let mut entries = Vec::new();
        for (at, value) in returns.iter().enumerate() {
            if holes[at] {
                entries.push((day(2 * at), if at % 2 == 0 { None } else { Some(f64::NAN) }));
            }
            entries.push((day(2 * at + 1), Some(*value)));
        }
        let found = performance(&ReturnSeries::new(entries).unwrap(), None);
        let whole = performance(&series(&returns), None);
        prop_assert_eq!(found.figures(), whole.figures());
        prop_assert_eq!(found.left_out_count, holes[..returns.len()].iter().filter(|hole| **hole).count());
    }

    #[test]
    fn whatever_the_returns_every_figure_is_finite_or_absent(
        returns in prop::collection::vec(prop_oneof![any::<f64>(), -2.0..2.0_f64, Just(0.0), Just(-1.0), Just(1e300)], 0..30),
    ) {
        let series = series(&returns);
        let figures = performance(&series, Some(&series));
        for (name, figure) in figures.figures() {
            prop_assert!(figure.is_err() || figure.unwrap().is_finite(), "{}", name);
        }
    }
}
