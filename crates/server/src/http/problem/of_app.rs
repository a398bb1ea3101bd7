//! The one place where errors of use cases become answers. There is no arm for the rest: a new error needs its status.

use app::{AccessError, AppError};
use axum::http::StatusCode;
use store::StoreError;

use super::{Problem, RETRY_AFTER_S};
use crate::wire;

impl From<AppError> for Problem {
    fn from(error: AppError) -> Problem {
        let status = status(&error);
        if status.is_server_error() {
            tracing::error!(code = error.code(), error = error.describe(), "use_case_failed");
        }
        let mut problem = Problem::new(status, error.code(), detail(&error));
        problem.0.place = error.place();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            problem.0.retry_after = Some(retry_after_s(&error));
        }
        if let AppError::ImportRefused(report) = &error {
            problem.0.rows = Some(wire::import::refused_rows(report));
        }
        problem
    }
}

fn status(error: &AppError) -> StatusCode {
    match error {
        AppError::NotFound { .. } | AppError::NoSession { .. } => StatusCode::NOT_FOUND,
        AppError::PortfolioExists { .. }
        | AppError::SettingRefused { .. }
        | AppError::KeyReused { .. }
        | AppError::AlreadyVoided { .. }
        | AppError::AlreadyUndone { .. }
        | AppError::Conflict { .. }
        | AppError::Leased { .. }
        | AppError::JobOver { .. }
        | AppError::JobNotOver { .. }
        | AppError::IdempotencyConflict { .. } => StatusCode::CONFLICT,
        AppError::Invalid { .. }
        | AppError::ImportRefused(_)
        | AppError::BeforeInception { .. }
        | AppError::OutsideCalendar { .. }
        | AppError::Unadjustable { .. }
        | AppError::Ledger { .. }
        | AppError::KindUnavailable { .. }
        | AppError::TooManyUnknownSymbols { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        AppError::Fetch { source, .. } if source.is_not_found() => StatusCode::NOT_FOUND,
        AppError::LimitExceeded { .. }
        | AppError::DatabaseRequired
        | AppError::Fetch { .. }
        | AppError::QueueFull { .. }
        | AppError::OnboardingFull { .. } => StatusCode::SERVICE_UNAVAILABLE,
        AppError::Access(error) => status_of_access(error),
        AppError::Store(error) => status_of_store(error),
        AppError::LeaseLost { .. }
        | AppError::JobStopped { .. }
        | AppError::JobStalled { .. }
        | AppError::JobPanicked { .. }
        | AppError::TaskLost { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Seconds after which it is worth trying again.
fn retry_after_s(error: &AppError) -> u64 {
    match error {
        AppError::QueueFull { retry_after_s, .. }
        | AppError::OnboardingFull { retry_after_s, .. }
        | AppError::Access(
            AccessError::HashingBusy { retry_after_s } | AccessError::LoginThrottled { retry_after_s, .. },
        ) => *retry_after_s,
        _ => RETRY_AFTER_S,
    }
}

fn status_of_access(error: &AccessError) -> StatusCode {
    match error {
        AccessError::LoginFailed
        | AccessError::TokenUnknown
        | AccessError::TokenExpired { .. }
        | AccessError::TokenRevoked { .. }
        | AccessError::SessionOver => StatusCode::UNAUTHORIZED,
        AccessError::ScopesBeyondUser { .. } => StatusCode::FORBIDDEN,
        AccessError::LoginThrottled { .. } => StatusCode::TOO_MANY_REQUESTS,
        AccessError::HashingBusy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        AccessError::UserExists { .. }
        | AccessError::OwnsPortfolios { .. }
        | AccessError::NamesCollide { .. }
        | AccessError::SymbolsCollide { .. }
        | AccessError::LastAdmin { .. }
        | AccessError::TokenExists { .. }
        | AccessError::TooManyTokens { .. } => StatusCode::CONFLICT,
    }
}

fn status_of_store(error: &StoreError) -> StatusCode {
    match error {
        StoreError::Unavailable { .. } | StoreError::Busy { .. } | StoreError::Full { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        StoreError::BadUrl { .. }
        | StoreError::Constraint { .. }
        | StoreError::Guard { .. }
        | StoreError::Corrupt { .. }
        | StoreError::NoFile { .. }
        | StoreError::FileExists { .. }
        | StoreError::NotBooks { .. }
        | StoreError::HasBooks { .. }
        | StoreError::Newer { .. }
        | StoreError::NeedsMigration { .. }
        | StoreError::Migration { .. }
        | StoreError::Statement { .. }
        | StoreError::Decode { .. }
        | StoreError::Invalid { .. }
        | StoreError::Worker
        | StoreError::Engine { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error in words. What speaks of commands is said for callers of the API, and what failed inside stays inside.
fn detail(error: &AppError) -> String {
    match error {
        AppError::NotFound { what, name, .. } => format!("there is no {what} {name:?}"),
        AppError::ImportRefused(report) => format!(
            "{} of {} rows are refused and nothing was taken; mend them, or set skip_bad_rows",
            report.error_count(),
            report.rows.len()
        ),
        AppError::Store(_) | AppError::TaskLost { .. } => error.to_string(),
        _ => error.describe(),
    }
}
