//! Jobs that a request made.

use app::jobs::Created;
use serde::Serialize;
use utoipa::ToSchema;

/// A job that was made, or found under its key.
#[derive(Serialize, ToSchema)]
pub struct QueuedJob {
    id: String,
    kind: &'static str,
    state: &'static str,
    /// Whether it was made by this request.
    is_new: bool,
    /// Where to ask how far it has come.
    href: String,
}

impl QueuedJob {
    /// Of what the use case made.
    pub fn of(created: &Created) -> QueuedJob {
        QueuedJob {
            id: created.job.id.clone(),
            kind: created.job.kind.as_str(),
            state: created.job.state.as_str(),
            is_new: created.is_new,
            href: href(&created.job.id),
        }
    }
}

/// Where to ask about a job.
pub fn href(id: &str) -> String {
    format!("/api/v1/jobs/{id}")
}
