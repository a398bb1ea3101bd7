//! Technical indicators: one figure for each bar of a series, which no later bar changes.
//!
//! | indicator | file |
//! | --- | --- |
//! | simple and exponential moving average | `sma.rs`, `ema.rs` |
//! | relative strength index | `rsi.rs` |
//! | average true range | `atr.rs` |
//! | moving average convergence and divergence | `macd.rs` |
//! | Bollinger bands | `bollinger.rs` |
//! | commodity channel index | `cci.rs` |
//! | stochastic oscillator | `stochastic.rs` |
//! | directional movement | `adx.rs` |
//! | rate of change | `rate_of_change.rs` |
//! | volatility over a moving window | `rolling_volatility.rs` |
//! | internal bar strength | `internal_bar_strength.rs` |
//! | all of them by name | `catalogue.rs`, `parameter.rs` |
//!
//! A figure is computed once for a whole series, in time that grows with its length alone (`cci` grows with its period
//! too), and then looked up by bar. Definitions and seeds are those of TA-Lib; where TA-Lib answers zero because nothing
//! can be divided, the figure is absent with a reason.

mod adx;
mod atr;
mod bollinger;
mod catalogue;
mod cci;
mod ema;
mod internal_bar_strength;
mod macd;
mod parameter;
mod prices;
mod rate_of_change;
mod rolling_volatility;
mod rsi;
mod runs;
mod sma;
mod stochastic;
mod wilder;
mod window;

pub use adx::{adx, minus_di, plus_di};
pub use atr::atr;
pub use bollinger::{Bands, bollinger};
pub use catalogue::{Indicator, IndicatorError, IndicatorKind, IndicatorLine};
pub use cci::cci;
pub use ema::ema;
pub use internal_bar_strength::internal_bar_strength;
pub use macd::{Macd, macd};
pub use parameter::Parameter;
pub use prices::PriceColumns;
pub use rate_of_change::rate_of_change;
pub use rolling_volatility::rolling_volatility;
pub use rsi::rsi;
pub use sma::sma;
pub use stochastic::{Stochastic, stochastic};
