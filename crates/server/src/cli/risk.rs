//! The arguments of `risk`.

use clap::{Args, Subcommand};
use model::{Date, Symbol};

#[derive(Debug, Subcommand)]
pub enum RiskCommand {
    /// Exposures, betas, volatility, losses, sectors and Greeks of a portfolio, and where its return came from
    Portfolio {
        name: String,
        #[command(flatten)]
        stamp: PortfolioStamp,
    },
    /// Betas, styles, volatility and its forecast of symbols, fetching what is missing
    Symbol {
        #[arg(required = true, value_name = "SYMBOL")]
        symbols: Vec<Symbol>,
        #[command(flatten)]
        stamp: RiskStamp,
    },
    /// How symbols move together, and which belong together
    Correlation {
        /// The symbols, with commas between them
        #[arg(long, required = true, value_delimiter = ',', value_name = "SYMBOL,…")]
        symbols: Vec<Symbol>,
        #[command(flatten)]
        stamp: RiskStamp,
    },
}

#[derive(Debug, Args)]
pub struct RiskStamp {
    /// The session [default: the last on which one of the symbols has a final price]
    #[arg(long, value_name = "SESSION")]
    pub at: Option<Date>,
    /// Keep off the network; the provider files is still read
    #[arg(long)]
    pub offline: bool,
}

#[derive(Debug, Args)]
pub struct PortfolioStamp {
    /// The session [default: that of the newest snapshot]
    #[arg(long, value_name = "SESSION")]
    pub at: Option<Date>,
    /// Keep off the network; the provider files is still read
    #[arg(long)]
    pub offline: bool,
}

#[derive(Debug, Args)]
pub struct StressInput {
    pub name: String,
    /// One scenario or replay, with what each position adds [default: all]
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    #[command(flatten)]
    pub stamp: PortfolioStamp,
}
