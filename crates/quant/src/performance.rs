//! Performance figures of a series of returns, alone and against a benchmark.
//!
//! | figures | file |
//! | --- | --- |
//! | time-weighted and annualised return, stability | `growth.rs` |
//! | volatility, Sharpe, Sortino, Calmar, omega, hit rate | `ratios.rs` |
//! | drawdowns with their dates | `drawdown.rs` |
//! | value at risk, expected shortfall, tail ratio | `tails.rs` |
//! | beta, alpha, tracking error, information ratio, capture | `benchmark.rs` |

mod benchmark;
mod drawdown;
mod growth;
mod ratios;
mod tails;

use model::Date;

use crate::statistics::{excess_kurtosis, skewness};
use crate::{Absent, Figure, ReturnSeries};

pub use benchmark::{AgainstBenchmark, against_benchmark};
pub use drawdown::{Drawdown, UnderwaterPoint, drawdowns, max_drawdown, underwater};
pub use growth::{annualized_return, stability, time_weighted_return};
pub use ratios::{annualized_volatility, calmar, downside_risk, hit_rate, omega, sharpe, sortino};
pub use tails::{expected_shortfall, tail_ratio, value_at_risk};

/// The yearly rate that `sharpe_rf2pct` takes off.
const RISK_FREE_TWO_PERCENT: f64 = 0.02;

/// Every performance figure of a series, under the names that answers use.
///
/// # Units
/// Returns, rates, deviations and drawdowns are fractions; `_ann` and `ann_` mean for a year of 252 sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Date of the first return.
    pub first: Option<Date>,
    /// Date of the last return.
    pub last: Option<Date>,
    /// Returns used.
    pub n: usize,
    /// Sessions left out because they have no return.
    pub left_out_count: usize,
    /// See [`time_weighted_return`].
    pub total_return: Figure,
    /// See [`annualized_return`].
    pub cagr: Figure,
    /// See [`annualized_volatility`].
    pub ann_vol: Figure,
    /// See [`sharpe`]; without a riskless rate.
    pub sharpe: Figure,
    /// See [`sharpe`]; with a riskless rate of 2 % a year.
    pub sharpe_rf2pct: Figure,
    /// See [`sortino`].
    pub sortino: Figure,
    /// See [`downside_risk`].
    pub downside_risk: Figure,
    /// Depth of the deepest drawdown, zero when there is none.
    pub max_drawdown: Figure,
    /// The deepest drawdown with its dates; see [`max_drawdown`].
    pub drawdown: Result<Drawdown, Absent>,
    /// See [`calmar`].
    pub calmar: Figure,
    /// See [`omega`].
    pub omega: Figure,
    /// Historical value at risk at 95 %, as a return; see [`value_at_risk`].
    pub var_5pct: Figure,
    /// Historical expected shortfall at 95 %, as a return; see [`expected_shortfall`].
    pub cvar_5pct: Figure,
    /// Historical value at risk at 99 %, as a return.
    pub var_1pct: Figure,
    /// Historical expected shortfall at 99 %, as a return.
    pub cvar_1pct: Figure,
    /// See [`tail_ratio`].
    pub tail_ratio: Figure,
    /// See [`stability`].
    pub stability: Figure,
    /// See [`crate::skewness`].
    pub skew: Figure,
    /// See [`crate::excess_kurtosis`].
    pub kurt_excess: Figure,
    /// The highest return.
    pub best: Figure,
    /// The session of the highest return, the earliest of equals.
    pub best_session: Option<Date>,
    /// The lowest return.
    pub worst: Figure,
    /// The session of the lowest return, the earliest of equals.
    pub worst_session: Option<Date>,
    /// Returns above zero.
    pub up_days: usize,
    /// See [`hit_rate`].
    pub hit_rate: Figure,
    /// The figures against the benchmark; each is absent without one.
    pub against_benchmark: AgainstBenchmark,
}

impl Performance {
    /// The figures that may be absent, by the names that answers use.
    pub fn figures(&self) -> [(&'static str, Figure); 27] {
        let against = &self.against_benchmark;
        [
            ("total_return", self.total_return),
            ("cagr", self.cagr),
            ("ann_vol", self.ann_vol),
            ("sharpe", self.sharpe),
            ("sharpe_rf2pct", self.sharpe_rf2pct),
            ("sortino", self.sortino),
            ("downside_risk", self.downside_risk),
            ("max_drawdown", self.max_drawdown),
            ("calmar", self.calmar),
            ("omega", self.omega),
            ("var_5pct", self.var_5pct),
            ("cvar_5pct", self.cvar_5pct),
            ("var_1pct", self.var_1pct),
            ("cvar_1pct", self.cvar_1pct),
            ("tail_ratio", self.tail_ratio),
            ("stability", self.stability),
            ("alpha_ann", against.alpha_ann),
            ("beta", against.beta),
            ("tracking_error", against.tracking_error),
            ("information_ratio", against.information_ratio),
            ("up_capture", against.up_capture),
            ("down_capture", against.down_capture),
            ("skew", self.skew),
            ("kurt_excess", self.kurt_excess),
            ("best", self.best),
            ("worst", self.worst),
            ("hit_rate", self.hit_rate),
        ]
    }
}

/// All performance figures of a series of returns, and those against a benchmark when there is one.
///
/// # Convention
/// Sessions without a return are left out everywhere and counted; the figures against a benchmark use the
/// sessions that both series have.
///
/// # Example
/// ```
/// use model::Date;
/// use quant::{Absent, ReturnSeries, performance};
/// let day = Date::from_epoch_days;
/// let series = ReturnSeries::new([(day(1), Some(0.5)), (day(2), Some(-0.5)), (day(3), None)]).unwrap();
/// let figures = performance(&series, None);
/// assert_eq!(figures.total_return, Ok(-0.25));
/// assert_eq!(figures.max_drawdown, Ok(-0.5));
/// assert_eq!((figures.n, figures.left_out_count), (2, 1));
/// assert_eq!(figures.against_benchmark.beta, Err(Absent::NoBenchmark));
/// ```
pub fn performance(series: &ReturnSeries, benchmark: Option<&ReturnSeries>) -> Performance {
    let returns = series.returns();
    let extreme = |is_better: fn(f64, f64) -> bool| extreme_of(series, is_better);
    let (best, worst) = (extreme(|a, b| a > b), extreme(|a, b| a < b));
    let drawdown = max_drawdown(series);
    let mut sorted = returns.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Performance {
        first: series.dates().first().copied(),
        last: series.dates().last().copied(),
        n: series.len(),
        left_out_count: series.left_out_count(),
        total_return: time_weighted_return(returns),
        cagr: annualized_return(returns),
        ann_vol: annualized_volatility(returns),
        sharpe: sharpe(returns, 0.0),
        sharpe_rf2pct: sharpe(returns, RISK_FREE_TWO_PERCENT),
        sortino: sortino(returns),
        downside_risk: downside_risk(returns),
        max_drawdown: match drawdown {
            Err(Absent::NoDrawdown) => Ok(0.0),
            other => other.map(|drawdown| drawdown.depth),
        },
        drawdown,
        calmar: calmar(series),
        omega: omega(returns),
        var_5pct: value_at_risk(&sorted, 5),
        cvar_5pct: expected_shortfall(&sorted, 5),
        var_1pct: value_at_risk(&sorted, 1),
        cvar_1pct: expected_shortfall(&sorted, 1),
        tail_ratio: tail_ratio(&sorted),
        stability: stability(returns),
        skew: skewness(returns),
        kurt_excess: excess_kurtosis(returns),
        best: best.map(|(_, value)| value).ok_or(Absent::NoReturns),
        best_session: best.map(|(date, _)| date),
        worst: worst.map(|(_, value)| value).ok_or(Absent::NoReturns),
        worst_session: worst.map(|(date, _)| date),
        up_days: returns.iter().filter(|value| **value > 0.0).count(),
        hit_rate: hit_rate(returns),
        against_benchmark: match benchmark {
            Some(benchmark) => against_benchmark(series, benchmark),
            None => AgainstBenchmark::absent(Absent::NoBenchmark),
        },
    }
}

fn extreme_of(series: &ReturnSeries, is_better: fn(f64, f64) -> bool) -> Option<(Date, f64)> {
    let entries = series.dates().iter().copied().zip(series.returns().iter().copied());
    entries.reduce(|best, next| if is_better(next.1, best.1) { next } else { best })
}
