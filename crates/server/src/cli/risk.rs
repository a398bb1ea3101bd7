//! The arguments of `risk`.

use clap::{Args, Subcommand};
use model::{Date, Symbol};

#[derive(Debug, Subcommand)]
pub enum RiskCommand {
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
