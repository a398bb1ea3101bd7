//! The arguments of `option`.

use clap::{Args, ValueEnum};

/// Rates, yields and volatilities are fractions a year: 0.2 is 20 %.
#[derive(Debug, Args)]
pub struct OptionInput {
    #[arg(long = "type", value_name = "TYPE")]
    pub option_type: OptionKind,
    /// Price of one unit of the underlying
    #[arg(long, allow_hyphen_values = true)]
    pub spot: f64,
    #[arg(long, allow_hyphen_values = true)]
    pub strike: f64,
    /// Calendar days to expiry; a year has 365
    #[arg(long, allow_hyphen_values = true)]
    pub days: i64,
    /// Volatility a year, as a fraction: 0.2 is 20 %
    #[arg(long, allow_hyphen_values = true)]
    pub volatility: f64,
    /// Riskless rate a year, compounded continuously [default: the setting risk.risk_free_rate]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<f64>,
    /// Dividend yield a year, paid continuously
    #[arg(long, allow_hyphen_values = true, default_value_t = 0.0)]
    pub dividend_yield: f64,
    /// A price whose implied volatility is asked
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<f64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OptionKind {
    /// The right to buy
    Call,
    /// The right to sell
    Put,
}
