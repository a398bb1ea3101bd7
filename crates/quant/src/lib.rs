//! Numerics of Daybook on plain numbers: returns, performance figures, rates of return, option prices and
//! Greeks, adjusted series, technical indicators.
//!
//! | question | answered by |
//! | --- | --- |
//! | what did each session return? | [`simple_returns`], [`log_returns`] |
//! | how did these returns do, alone and against a benchmark? | [`performance`] |
//! | when was it under water? | [`underwater`], [`drawdowns`] |
//! | at what rate did the money grow that was put in? | [`xirr`], [`money_weighted_return`] |
//! | what is an option worth, and how does that move? | [`BlackScholes::value`], [`implied_volatility`] |
//! | what would the series be without splits and dividends? | [`adjusted`] |
//! | what do moving averages, RSI, ATR, … say on each bar? | [`Indicator`], and [`sma`] to [`internal_bar_strength`] |
//!
//! A figure is `Ok` with a finite number, or `Err` with the reason why it does not exist; no NaN, infinity or
//! stand-in leaves this crate. Pure: no clock, no files, no network, no chance. Exponentials and logarithms are
//! computed by `libm`, so that a figure has the same bytes on every platform.

mod absent;
mod adjust;
mod black_scholes;
mod error;
mod indicators;
mod line;
mod normal;
mod performance;
mod returns;
mod root;
mod series;
mod statistics;
mod xirr;

pub use absent::{Absent, Figure};
pub use adjust::{AdjustedBars, Adjustment, adjusted, adjusted_closes};
pub use black_scholes::{BlackScholes, OptionType, OptionValue, implied_volatility, intrinsic_value};
pub use error::QuantError;
pub use indicators::{
    Bands, Indicator, IndicatorError, IndicatorKind, IndicatorLine, Macd, Parameter, PriceColumns,
    Stochastic, adx, atr, bollinger, cci, ema, internal_bar_strength, macd, minus_di, plus_di,
    rate_of_change, rolling_volatility, rsi, sma, stochastic,
};
pub use line::{Line, fit_line};
pub use performance::{
    AgainstBenchmark, Drawdown, Performance, UnderwaterPoint, against_benchmark, annualized_return,
    annualized_volatility, calmar, downside_risk, drawdowns, expected_shortfall, hit_rate, max_drawdown,
    omega, performance, sharpe, sortino, stability, tail_ratio, time_weighted_return, underwater,
    value_at_risk,
};
pub use returns::{along_sessions, log_return, log_returns, simple_return, simple_returns};
pub use series::ReturnSeries;
pub use statistics::{deviation, excess_kurtosis, mean, quantile, skewness};
pub use xirr::{money_weighted_return, xirr};

/// Sessions in a year by convention: what annualises daily figures.
pub const SESSIONS_A_YEAR: f64 = 252.0;

/// Days in a year of the day count ACT/365: what turns calendar days into years.
pub const DAYS_A_YEAR: f64 = 365.0;
