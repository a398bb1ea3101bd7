//! The arguments of `indicator`.

use clap::Args;
use model::{Date, Symbol};

/// Prices are adjusted for splits; figures in the warm-up are absent.
#[derive(Debug, Args)]
pub struct IndicatorInput {
    pub symbol: Symbol,
    /// sma, ema, rsi, atr, macd, bollinger, cci, stochastic, adx, plus_di, minus_di, roc, rolling_volatility or ibs
    pub name: String,
    /// First date; the indicator begins with the first bar from there on [default: 365 days before the last]
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Last date [default: today]
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// A parameter with its value, as period=20; may be given again for others
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Keep off the network; the provider files is still read
    #[arg(long)]
    pub offline: bool,
}
