//! What can go wrong in a use case, each with a stable code.

use ledger::LedgerError;
use model::{Date, Symbol, Timestamp};
use quant::QuantError;
use store::StoreError;

use crate::{AccessError, FetchFailure, ImportReport};

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing.
    #[error("there is no {what} {name:?}{hint}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// As the caller called it.
        name: String,
        /// How to find out what there is, with a leading separator.
        hint: &'static str,
    },
    /// A name is taken.
    #[error("a portfolio {name:?} exists already; choose another name or import into it")]
    PortfolioExists {
        /// The name.
        name: String,
    },
    /// An input makes no sense.
    #[error("{message}")]
    Invalid {
        /// The field, option or column.
        field: &'static str,
        /// What is wrong and how to mend it.
        message: String,
    },
    /// The books of a portfolio do not admit a setting.
    #[error("{message}")]
    SettingRefused {
        /// The setting.
        setting: &'static str,
        /// What stands against it and what can be done.
        message: String,
    },
    /// A file was refused; nothing of it was taken.
    #[error("{} of {} rows are refused and nothing was taken; mend them, or take the others with --skip-bad-rows", .0.error_count(), .0.rows.len())]
    ImportRefused(Box<ImportReport>),
    /// The key of an event is taken by an event with other content.
    #[error("the key {key:?} belongs to another event of the portfolio; void that event or use another key")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// An event lies before the portfolio's first session.
    #[error("{date} is before {inception}, where the books of the portfolio begin; {mend}")]
    BeforeInception {
        /// The event's date.
        date: Date,
        /// The portfolio's first date.
        inception: Date,
        /// What can be done.
        mend: &'static str,
    },
    /// A date lies outside the exchange calendar.
    #[error("{date} is outside the exchange calendar, which reaches from {first} to {last}")]
    OutsideCalendar {
        /// The date.
        date: Date,
        /// First session known.
        first: Date,
        /// Last session known.
        last: Date,
    },
    /// The portfolio has nothing on the session asked for.
    #[error("{name:?} has no session {session}: {reason}")]
    NoSession {
        /// The portfolio.
        name: String,
        /// The session.
        session: Date,
        /// Why.
        reason: String,
    },
    /// The event was voided before.
    #[error("event {id} was voided at {at}")]
    AlreadyVoided {
        /// The event.
        id: i64,
        /// When.
        at: Timestamp,
    },
    /// The import was taken back before.
    #[error("import {id} was taken back at {at}")]
    AlreadyUndone {
        /// The import.
        id: i64,
        /// When.
        at: Timestamp,
    },
    /// Somebody else changed the same thing again and again.
    #[error("{what} is being changed by somebody else; try again")]
    Conflict {
        /// The thing.
        what: String,
    },
    /// Somebody else is at work on a portfolio.
    #[error("{name:?} is being refreshed by {owner} until {until} at the latest; try again then")]
    Leased {
        /// The portfolio.
        name: String,
        /// Who is at work.
        owner: String,
        /// When the lease ends unless it is renewed.
        until: Timestamp,
    },
    /// A phase crossed one of its limits.
    #[error("{what} reached {count}, at most {limit} are allowed")]
    LimitExceeded {
        /// Which limit.
        what: &'static str,
        /// How far it came.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// The command needs a database, and there is none.
    #[error("this needs a database; give one with --db")]
    DatabaseRequired,
    /// No provider had the data.
    #[error("no prices of {symbol}: {source}")]
    Fetch {
        /// The symbol asked for.
        symbol: Symbol,
        /// What each provider said.
        source: FetchFailure,
    },
    /// The prices of a symbol cannot be adjusted.
    #[error("the prices of {symbol} cannot be adjusted; mend its dividends where they come from")]
    Unadjustable {
        /// The symbol.
        symbol: Symbol,
        /// Why.
        #[source]
        source: QuantError,
    },
    /// The books could not be computed.
    #[error("the books of {name:?} cannot be computed")]
    Ledger {
        /// The portfolio.
        name: String,
        /// Why.
        #[source]
        source: LedgerError,
    },
    /// Somebody was not let in, or a user or token not changed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// Work went on for a job whose lease is somebody else's by now, or nobody's. Nothing was recorded.
    #[error("the lease of job {id} was lost; nothing was recorded, and whoever holds it goes on")]
    LeaseLost {
        /// The job.
        id: String,
    },
    /// Work for a job ended between two units because it was to end.
    #[error(
        "job {id} was stopped; `daybook jobs show {id}` tells how far it came, and unless it was cancelled the same command goes on \
         with it"
    )]
    JobStopped {
        /// The job.
        id: String,
    },
    /// The units of a job stood still for longer than they may.
    #[error("job {id} stood still for {seconds} seconds {place}")]
    JobStalled {
        /// The job.
        id: String,
        /// For how long.
        seconds: u64,
        /// Where.
        place: String,
    },
    /// The work of a job panicked.
    #[error("the work panicked: {message}; this is a fault of the program, please report it")]
    JobPanicked {
        /// What the panic said.
        message: String,
    },
    /// A job is over, and what was asked for cannot be done any more.
    #[error("job {id} is over: it is {state}")]
    JobOver {
        /// The job.
        id: String,
        /// Its final state.
        state: &'static str,
    },
    /// A job is not over, and what was asked for can only be done then.
    #[error("job {id} is not over: it is {state}; cancel it or wait")]
    JobNotOver {
        /// The job.
        id: String,
        /// Its state.
        state: &'static str,
    },
    /// A key was used before, for a job with another input.
    #[error("the idempotency key {key:?} belongs to a job with another input; use another key")]
    IdempotencyConflict {
        /// The key.
        key: String,
    },
    /// So many jobs wait that none is taken on.
    #[error(
        "{limit} jobs are waiting or running, and no more are taken on; try again in {retry_after_s} seconds"
    )]
    QueueFull {
        /// How many may wait.
        limit: i64,
        /// When to ask again.
        retry_after_s: u64,
    },
    /// An upload brings more new symbols than are ever taken on together.
    #[error("the file has {count} symbols that are not known, at most {limit} are taken at once; divide it")]
    TooManyUnknownSymbols {
        /// How many it brings.
        count: u64,
        /// How many are taken.
        limit: u64,
    },
    /// So many symbols are being made known that those of an upload do not fit in now.
    #[error(
        "{open} symbols are being made known, and the {new} of this file do not fit in now; nothing was written, try \
         again in {retry_after_s} seconds"
    )]
    OnboardingFull {
        /// How many are in the queue.
        open: u64,
        /// How many would come.
        new: u64,
        /// When to try again.
        retry_after_s: u64,
    },
    /// Nothing works on jobs of this kind yet.
    #[error("jobs of the kind {kind} cannot be made yet")]
    KindUnavailable {
        /// The kind.
        kind: &'static str,
    },
    /// A task of this process ended without an answer.
    #[error("{what} ended without an answer; the log has the cause")]
    TaskLost {
        /// Which task.
        what: &'static str,
    },
}

impl AppError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            AppError::NotFound { .. } => "not_found",
            AppError::PortfolioExists { .. } => "portfolio_exists",
            AppError::Invalid { .. } => "invalid_input",
            AppError::SettingRefused { .. } => "setting_refused",
            AppError::ImportRefused(_) => "import_refused",
            AppError::KeyReused { .. } => "key_reused",
            AppError::BeforeInception { .. } => "before_inception",
            AppError::OutsideCalendar { .. } => "outside_calendar",
            AppError::NoSession { .. } => "no_session",
            AppError::AlreadyVoided { .. } => "already_voided",
            AppError::AlreadyUndone { .. } => "already_undone",
            AppError::Conflict { .. } => "conflict",
            AppError::Leased { .. } => "refresh_in_progress",
            AppError::LimitExceeded { .. } => "limit_exceeded",
            AppError::DatabaseRequired => "database_required",
            AppError::Fetch { source, .. } => source.code,
            AppError::Unadjustable { .. } => "unadjustable",
            AppError::Ledger { .. } => "ledger_failed",
            AppError::Access(error) => error.code(),
            AppError::Store(StoreError::NoFile { .. }) => "use_database_tools",
            AppError::Store(StoreError::FileExists { .. }) => "file_exists",
            AppError::Store(StoreError::NotBooks { .. }) => "not_daybook",
            AppError::Store(StoreError::HasBooks { .. }) => "has_books",
            AppError::Store(_) => "database_failed",
            AppError::LeaseLost { .. } => "lease_lost",
            AppError::JobStopped { .. } => "job_stopped",
            AppError::JobStalled { .. } => "job_stalled",
            AppError::JobPanicked { .. } => "job_panicked",
            AppError::JobOver { .. } => "job_over",
            AppError::JobNotOver { .. } => "job_not_over",
            AppError::IdempotencyConflict { .. } => "idempotency_conflict",
            AppError::QueueFull { .. } => "queue_full",
            AppError::TooManyUnknownSymbols { .. } => "too_many_unknown_symbols",
            AppError::OnboardingFull { .. } => "onboarding_queue_full",
            AppError::KindUnavailable { .. } => "kind_unavailable",
            AppError::TaskLost { .. } => "task_lost",
        }
    }

    /// Where the fault is: the field, option, symbol or portfolio.
    pub fn place(&self) -> Option<String> {
        match self {
            AppError::NotFound { what, .. } => Some((*what).to_owned()),
            AppError::Invalid { field, .. } => Some((*field).to_owned()),
            AppError::SettingRefused { setting, .. } => Some((*setting).to_owned()),
            AppError::PortfolioExists { name }
            | AppError::NoSession { name, .. }
            | AppError::Leased { name, .. }
            | AppError::Ledger { name, .. } => Some(name.clone()),
            AppError::KeyReused { key } => Some(key.clone()),
            AppError::BeforeInception { .. } | AppError::OutsideCalendar { .. } => Some("date".to_owned()),
            AppError::Fetch { symbol, .. } | AppError::Unadjustable { symbol, .. } => {
                Some(symbol.to_string())
            }
            AppError::ImportRefused(report) => report.file_name.clone(),
            AppError::LeaseLost { id }
            | AppError::JobStopped { id }
            | AppError::JobStalled { id, .. }
            | AppError::JobOver { id, .. }
            | AppError::JobNotOver { id, .. } => Some(id.clone()),
            AppError::IdempotencyConflict { .. } => Some("idempotency_key".to_owned()),
            AppError::KindUnavailable { .. } => Some("kind".to_owned()),
            AppError::Access(error) => error.place(),
            AppError::AlreadyVoided { .. }
            | AppError::AlreadyUndone { .. }
            | AppError::Conflict { .. }
            | AppError::LimitExceeded { .. }
            | AppError::DatabaseRequired
            | AppError::Store(_)
            | AppError::JobPanicked { .. }
            | AppError::QueueFull { .. }
            | AppError::TooManyUnknownSymbols { .. }
            | AppError::OnboardingFull { .. }
            | AppError::TaskLost { .. } => None,
        }
    }

    /// Whether trying again later may succeed without anybody mending anything.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            AppError::Conflict { .. }
                | AppError::Leased { .. }
                | AppError::TaskLost { .. }
                | AppError::JobStalled { .. }
                | AppError::Store(
                    StoreError::Busy { .. } | StoreError::Unavailable { .. } | StoreError::Full { .. }
                )
        )
    }

    /// The error and its causes, outermost first, without repeating what a message already says.
    pub fn describe(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let told = error.to_string();
            if !text.contains(&told) {
                text.push_str(": ");
                text.push_str(&told);
            }
            cause = error.source();
        }
        text
    }
}
