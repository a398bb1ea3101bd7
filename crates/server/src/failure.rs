//! Errors as they meet the user: once, with a code, on standard error, and an exit code.

use std::process::ExitCode;

use app::AppError;
use serde_json::json;

use crate::{render, wire};

/// Everything was done; warnings included.
pub const EXIT_FINE: u8 = 0;
/// The command failed.
pub const EXIT_FAILED: u8 = 1;
/// The command was called wrongly.
pub const EXIT_USAGE: u8 = 2;
/// A portfolio or a unit failed, others were done.
pub const EXIT_PARTIAL: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// A use case failed.
    App(AppError),
    /// A setting, an argument or an input makes no sense.
    Usage { place: String, message: String },
    /// Something around the use cases failed: a file, the terminal.
    Other(anyhow::Error),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        Failure::App(error)
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Failure {
        Failure::App(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Other(error)
    }
}

impl Failure {
    /// Prints the failure on standard error and gives the exit code for it.
    pub fn report(&self, wants_json: bool) -> ExitCode {
        if wants_json {
            let told = json!({ "code": self.code(), "message": self.message(), "where": self.place() });
            eprintln!("{told}");
        } else {
            if let Failure::App(AppError::ImportRefused(report)) = self {
                eprint!("{}", render::import::refused_rows(report));
            }
            eprintln!("error: {}", self.message());
        }
        ExitCode::from(self.exit_code())
    }

    fn code(&self) -> &'static str {
        match self {
            Failure::App(error) => error.code(),
            Failure::Usage { .. } => "usage",
            Failure::Other(_) => "failed",
        }
    }

    /// What went wrong, in words.
    pub fn message(&self) -> String {
        match self {
            Failure::App(error) => error.describe(),
            Failure::Usage { message, .. } => message.clone(),
            Failure::Other(error) => format!("{error:#}"),
        }
    }

    fn place(&self) -> serde_json::Value {
        match self {
            Failure::App(AppError::ImportRefused(report)) => json!(wire::import::refused_rows(report)),
            Failure::App(error) => error.place().into(),
            Failure::Usage { place, .. } => place.as_str().into(),
            Failure::Other(_) => serde_json::Value::Null,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Failure::App(error) => match error {
                AppError::Invalid { .. }
                | AppError::OutsideCalendar { .. }
                | AppError::Store(store::StoreError::BadUrl { .. }) => EXIT_USAGE,
                AppError::NotFound { .. }
                | AppError::PortfolioExists { .. }
                | AppError::SettingRefused { .. }
                | AppError::ImportRefused(_)
                | AppError::KeyReused { .. }
                | AppError::BeforeInception { .. }
                | AppError::NoSession { .. }
                | AppError::AlreadyVoided { .. }
                | AppError::AlreadyUndone { .. }
                | AppError::Conflict { .. }
                | AppError::Leased { .. }
                | AppError::LimitExceeded { .. }
                | AppError::DatabaseRequired
                | AppError::Fetch { .. }
                | AppError::Unadjustable { .. }
                | AppError::Ledger { .. }
                | AppError::Access(_)
                | AppError::Store(_)
                | AppError::LeaseLost { .. }
                | AppError::JobStopped { .. }
                | AppError::JobStalled { .. }
                | AppError::JobPanicked { .. }
                | AppError::JobOver { .. }
                | AppError::JobNotOver { .. }
                | AppError::IdempotencyConflict { .. }
                | AppError::QueueFull { .. }
                | AppError::TooManyUnknownSymbols { .. }
                | AppError::OnboardingFull { .. }
                | AppError::KindUnavailable { .. }
                | AppError::TaskLost { .. } => EXIT_FAILED,
            },
            Failure::Usage { .. } => EXIT_USAGE,
            Failure::Other(_) => EXIT_FAILED,
        }
    }
}
