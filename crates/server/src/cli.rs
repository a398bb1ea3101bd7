//! The command line.

mod access;
mod indicator;
mod jobs;
mod option;
mod performance;
mod risk;
mod symbol;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use app::FileFormat;
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::{Currency, Date, EventKind, LotMethod, Money, Price, Quantity, Ratio, Symbol};

use crate::failure::{EXIT_FINE, EXIT_USAGE};

pub use access::{PasswordInput, TokenCommand, UserCommand};
pub use indicator::IndicatorInput;
pub use jobs::{JobsCommand, ScheduleCommand};
pub use option::{OptionInput, OptionKind};
pub use performance::{PerformanceBounds, PerformanceCommand};
pub use risk::{RiskCommand, StressInput};
pub use symbol::SymbolCommand;

/// Keeps the books of investment portfolios by the trading day.
#[derive(Debug, Parser)]
#[command(name = "daybook", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Database: sqlite:PATH, postgres://…, or none [default: sqlite:daybook.db]
    #[arg(long, global = true, value_name = "URL")]
    pub db: Option<String>,
    /// Answer as JSON on standard output; errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Settings file [default: daybook.toml, when there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the main job on sample data: real prices, six portfolios, no network
    Demo {
        /// Folder for the sample data and its database
        #[arg(long, default_value = "daybook-demo")]
        dir: PathBuf,
    },
    /// Answer over HTTP, and do the work that is due
    Serve {
        /// Address and port [default: server.listen of the settings]
        #[arg(long, value_name = "ADDR")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Create, list and show portfolios
    #[command(subcommand)]
    Portfolio(PortfolioCommand),
    /// Enter, list and void events
    #[command(subcommand)]
    Event(EventCommand),
    /// Bring market data up to date and compute every missing session
    Refresh {
        /// One portfolio; all when absent
        #[arg(long, value_name = "NAME")]
        portfolio: Option<String>,
        /// Compute again from this date on
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Last date [default: the last session on which a held symbol has a price]
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// Keep off the network; the provider files is still read
        #[arg(long)]
        offline: bool,
        /// Fetch nothing, write nothing, and tell what would differ
        #[arg(long)]
        dry_run: bool,
        /// Leave it to a worker, and print the job
        #[arg(long, conflicts_with = "dry_run")]
        detach: bool,
        /// Compute the risk figures of all sessions
        #[arg(long)]
        full_analytics: bool,
    },
    /// List the snapshots of a portfolio
    Snapshots {
        name: String,
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
    },
    /// Follow one session of a portfolio to its inputs
    Explain { name: String, session: Date },
    /// Drop snapshots and marks from a date on; the next refresh computes them again
    Reset {
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// One portfolio; all when absent
        #[arg(long, value_name = "NAME")]
        portfolio: Option<String>,
    },
    /// Show the prices of a symbol, fetching what is missing
    Prices {
        symbol: Symbol,
        /// First date [default: 365 days before the last]
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Last date [default: today]
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// Adjust for what happened up to the last date
        #[arg(long, default_value = "none")]
        adjust: Adjust,
        /// Keep off the network; the provider files is still read
        #[arg(long)]
        offline: bool,
    },
    /// Show how a portfolio or a symbol did, alone and against a benchmark
    #[command(subcommand)]
    Performance(PerformanceCommand),
    /// Show the risk of a portfolio or of symbols, and how symbols move together
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Show what scenarios and stretches of the past would do to a portfolio
    Stress(StressInput),
    /// Show a technical indicator of a symbol, fetching the prices that are missing
    Indicator(IndicatorInput),
    /// Value a European option, with its Greeks and the volatility that a price implies
    Option(OptionInput),
    /// Fetch what is missing of symbols into the cache
    Fetch {
        #[arg(required = true, value_name = "SYMBOL")]
        symbols: Vec<Symbol>,
        /// First date [default: 365 days before the last]
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Last date [default: today]
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// Ask the providers whatever the cache holds
        #[arg(long)]
        force: bool,
        /// Leave it to a worker, and print the job
        #[arg(long)]
        detach: bool,
    },
    /// List, show, cancel and retry jobs
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Work on jobs and schedules until interrupted
    Worker,
    /// Have portfolios refreshed by the clock of the exchange, as long as something works on jobs
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Show what each provider still lets us ask, and how it failed last
    Providers,
    /// List the known symbols with their names, sectors and the bars that are held
    Symbols,
    /// Follow single symbols into the universe, and mend those that do not get there
    #[command(subcommand)]
    Symbol(SymbolCommand),
    /// Show what the cache holds, what it lacks, and why
    Coverage { symbol: Option<Symbol> },
    /// List the sessions of an exchange calendar with their hours
    Sessions {
        #[arg(long, default_value = "XNYS")]
        calendar: String,
        /// First date [default: 30 days before the last]
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Last date [default: today]
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
    },
    /// Bring the schema of the database up to this version of the program
    Migrate,
    /// Write what is stored to a file
    Export(Export),
    /// Look through settings and database for what is wrong; exit code 3 when something is
    Doctor,
    /// Copy the database to a new file while it is in use (SQLite)
    Backup { file: PathBuf },
    /// Put a backup in the place of the database (SQLite)
    Restore {
        file: PathBuf,
        /// Replace a database that has portfolios
        #[arg(long)]
        yes: bool,
    },
    /// Add, list and remove those who may log in
    #[command(subcommand)]
    User(UserCommand),
    /// Make, list and revoke tokens of programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// Show the settings
    #[command(subcommand)]
    Config(ConfigCommand),
}

impl Command {
    /// Whether the network must not be used.
    pub fn is_offline(&self) -> bool {
        match self {
            Command::Refresh { offline, .. }
            | Command::Prices { offline, .. }
            | Command::Portfolio(
                PortfolioCommand::Create { offline, .. } | PortfolioCommand::Import { offline, .. },
            )
            | Command::Symbol(SymbolCommand::Map { offline, .. }) => *offline,
            Command::Performance(
                PerformanceCommand::Portfolio { bounds, .. } | PerformanceCommand::Symbol { bounds, .. },
            ) => bounds.offline,
            Command::Indicator(input) => input.offline,
            Command::Risk(RiskCommand::Symbol { stamp, .. } | RiskCommand::Correlation { stamp, .. }) => {
                stamp.offline
            }
            Command::Risk(RiskCommand::Portfolio { stamp, .. }) => stamp.offline,
            Command::Stress(input) => input.stamp.offline,
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Adjust {
    /// As traded
    None,
    /// In units of the last date
    Splits,
    /// Splits, and dividends as if put back at the close before them
    TotalReturn,
}

#[derive(Debug, Args)]
pub struct Export {
    pub what: ExportWhat,
    /// One portfolio; needed for events, else all when absent
    #[arg(long, value_name = "NAME")]
    pub portfolio: Option<String>,
    #[arg(long)]
    pub format: ExportFormat,
    /// The file to write
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Overwrite a file that exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportWhat {
    /// Bars as traded
    Prices,
    /// Snapshots with all their figures
    Snapshots,
    /// Executions
    Fills,
    /// Events as the activity file that an import reads
    Events,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Csv,
    Parquet,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings in force, secrets hidden
    Show,
}

#[derive(Debug, Subcommand)]
pub enum PortfolioCommand {
    /// Create a portfolio, with the positions of a file if one is given
    Create {
        name: String,
        /// Cash it begins with
        #[arg(long, allow_hyphen_values = true)]
        equity: Money,
        /// Positions to import
        #[arg(long, value_name = "CSV")]
        file: Option<PathBuf>,
        /// First date of its books [default: that of its first event]
        #[arg(long, value_name = "DATE")]
        start: Option<Date>,
        /// Which lot a closing fill takes first: fifo, lifo, highest, average
        #[arg(long, default_value = "fifo")]
        lots: LotMethod,
        #[arg(long, default_value = "USD")]
        currency: Currency,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Take the good rows of the file and list the others
        #[arg(long)]
        skip_bad_rows: bool,
        /// Ask no provider on the network whether the symbols of the file exist
        #[arg(long)]
        offline: bool,
        /// Leave new symbols, and the refresh that follows, to a worker
        #[arg(long)]
        detach: bool,
    },
    /// Change settings of a portfolio; the next refresh computes its sessions again
    Set {
        name: String,
        /// Its new name
        #[arg(long, value_name = "NEW")]
        rename: Option<String>,
        /// Which lot a closing fill takes first: fifo, lifo, highest, average
        #[arg(long)]
        lots: Option<LotMethod>,
        /// First date of its books; no later than its first event
        #[arg(long, value_name = "DATE")]
        start: Option<Date>,
        /// Cash it begins with
        #[arg(long, allow_negative_numbers = true)]
        equity: Option<Money>,
        #[arg(long)]
        currency: Option<Currency>,
    },
    /// Delete a portfolio with its events and snapshots; symbols and prices stay
    Delete {
        name: String,
        /// Say that it is meant; there is no way back but a backup
        #[arg(long)]
        yes: bool,
    },
    /// Import a file into a portfolio; rows that are in the books already add nothing
    Import {
        name: String,
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// positions, activity, ghostfolio, yahoo or ibkr-flex [default: told from the content]
        #[arg(long)]
        format: Option<FileFormat>,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Take the good rows of the file and list the others
        #[arg(long)]
        skip_bad_rows: bool,
        /// Ask no provider on the network whether the symbols of the file exist
        #[arg(long)]
        offline: bool,
        /// Leave new symbols, and the refresh that follows, to a worker
        #[arg(long)]
        detach: bool,
    },
    /// List the imports into a portfolio, those taken back too
    Batches { name: String },
    /// Take an import back: its events leave the books and stay on record
    UndoBatch {
        #[arg(value_name = "ID")]
        id: i64,
    },
    /// List the portfolios with their newest figures
    List,
    /// Show one portfolio with its newest figures
    Show { name: String },
    /// List the positions of a portfolio
    Positions {
        name: String,
        /// At this session's close [default: at the newest snapshot]
        #[arg(long, value_name = "SESSION")]
        at: Option<Date>,
    },
}

#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Enter an event
    Add(Box<EventAdd>),
    /// List the events of a portfolio, voided ones too
    List { name: String },
    /// Take an event out of the books; it stays on record
    Void {
        #[arg(value_name = "ID")]
        id: i64,
    },
}

#[derive(Debug, Args)]
pub struct EventAdd {
    pub name: String,
    /// deposit, withdrawal, buy, sell, dividend, fee, interest, mark or split
    #[arg(long)]
    pub kind: EventKind,
    #[arg(long)]
    pub date: Date,
    #[arg(long)]
    pub symbol: Option<Symbol>,
    /// Units, above zero; buy and sell say which way
    #[arg(long, allow_hyphen_values = true)]
    pub quantity: Option<Quantity>,
    /// Price of one unit; for a dividend the cash for one unit
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<Price>,
    /// Money; for a dividend the total cash, negative for a short
    #[arg(long, allow_hyphen_values = true)]
    pub amount: Option<Money>,
    /// Costs of a fill
    #[arg(long, allow_hyphen_values = true)]
    pub fee: Option<Money>,
    /// New units for one old: 4, 0.1, 3:2
    #[arg(long)]
    pub ratio: Option<Ratio>,
    /// Your name for the event: the same key and content twice is one event
    #[arg(long)]
    pub key: Option<String>,
    #[arg(long)]
    pub note: Option<String>,
}

/// Reads the arguments; help and usage errors are printed here and end the program with the code returned.
pub fn parse(arguments: &[OsString]) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| {
        if !error.use_stderr() {
            // Standard output may be closed; there is nobody left to tell then.
            let _ = error.print();
            return ExitCode::from(EXIT_FINE);
        }
        if arguments.iter().any(|argument| argument == "--json") {
            let told = error.render().to_string();
            let message = told.trim().trim_start_matches("error: ");
            eprintln!("{}", serde_json::json!({ "code": "usage", "message": message, "where": "arguments" }));
        } else {
            let _ = error.print();
        }
        ExitCode::from(EXIT_USAGE)
    })
}
