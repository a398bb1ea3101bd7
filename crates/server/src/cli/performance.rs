//! The arguments of `performance`.

use clap::{Args, Subcommand};
use model::{Date, Symbol};

#[derive(Debug, Subcommand)]
pub enum PerformanceCommand {
    /// Figures of the daily returns of a portfolio's snapshots
    Portfolio {
        name: String,
        #[command(flatten)]
        bounds: PerformanceBounds,
    },
    /// Figures of the total return of a symbol, fetching what is missing
    Symbol {
        symbol: Symbol,
        #[command(flatten)]
        bounds: PerformanceBounds,
    },
}

#[derive(Debug, Args)]
pub struct PerformanceBounds {
    /// First date of the returns used [default: that of the first there is]
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Last date of the returns used [default: that of the last there is]
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// The symbol to measure against [default: the setting risk.benchmark]
    #[arg(long, value_name = "SYMBOL")]
    pub benchmark: Option<Symbol>,
    /// Keep off the network; the provider files is still read
    #[arg(long)]
    pub offline: bool,
}
