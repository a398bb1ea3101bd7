//! Single symbols on their way into the universe.

use clap::Subcommand;
use model::Symbol;

#[derive(Debug, Subcommand)]
pub enum SymbolCommand {
    /// Show where a symbol stands: ready, processing, pending, error or unknown
    Status { symbol: String },
    /// Have a symbol tried again that could not be made known
    Retry {
        symbol: String,
        /// Leave it to a worker
        #[arg(long)]
        detach: bool,
    },
    /// Have a symbol of your files stand for another; events that name it are entered anew
    Map {
        symbol: Symbol,
        /// What it stands for
        #[arg(value_name = "TARGET")]
        target: Symbol,
        /// Ask no provider on the network whether the other symbol exists
        #[arg(long)]
        offline: bool,
    },
}
