//! Background work.

use app::jobs::{JobKind, JobState};
use clap::Subcommand;
use model::Date;

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List jobs, newest first
    List {
        /// Only those in a state, such as running
        #[arg(long, value_name = "STATE")]
        state: Vec<JobState>,
        /// Only those of a kind, such as refresh
        #[arg(long, value_name = "KIND")]
        kind: Vec<JobKind>,
        /// How many at the most
        #[arg(long, default_value_t = 20)]
        limit: i64,
        /// Where the page before ended
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show a job with its units, warnings and log
    Show { id: String },
    /// End a job, between two of its units when it is being worked on
    Cancel { id: String },
    /// Do again what failed of a job; what is done stays done
    Retry {
        id: String,
        /// Leave it to a worker
        #[arg(long)]
        detach: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// Add a schedule: minute, hour, day of month, month and day of week on the clock of the exchange
    Add {
        /// Such as "30 17 * * MON-FRI"
        cron: String,
        /// One portfolio; all when absent
        #[arg(long, value_name = "NAME")]
        portfolio: Option<String>,
        /// Compute again from this date on, each time
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Keep off the network; the provider files is still read
        #[arg(long)]
        offline: bool,
    },
    /// List the schedules
    List,
    /// Remove a schedule; the jobs it made stay
    Remove { id: String },
}
