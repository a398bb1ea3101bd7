//! What a user may do to a job that is there.

use store::{StoreError, Transaction};

use super::create::check_room;
use super::{Job, JobKind, JobState, input, lookup};
use crate::{AppError, Context};

/// Ends a job of the owner: at once when nobody works on it, else between two of its units. A job that is over stays as
/// it is.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::JobOver`] when it is over, [`AppError::Store`].
pub async fn cancel(ctx: &Context, id: &str) -> Result<Job, AppError> {
    let job = lookup::load(ctx, id).await?;
    if job.state.is_final() {
        return Err(over(&job));
    }
    store::jobs::transitions::cancel(ctx.store()?, id, &ctx.owner, ctx.clock.now()).await?;
    let job = lookup::load(ctx, id).await?;
    if job.state == JobState::Cancelled {
        tracing::info!(job = job.id, state = "cancelled", "job_state_changed");
    }
    Ok(job)
}

fn over(job: &Job) -> AppError {
    AppError::JobOver { id: job.id.clone(), state: job.state.as_str() }
}

/// Opens a job of the owner again that did not come to a good end. Units that are done stay done; those that failed or
/// were not begun are waiting again.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::JobOver`] when it is complete, [`AppError::JobNotOver`] while it goes on,
/// [`AppError::QueueFull`] and [`AppError::OnboardingFull`] while there is no room for it, [`AppError::Conflict`] when somebody
/// else changed it at the same moment, [`AppError::Store`].
pub async fn retry(ctx: &Context, id: &str) -> Result<Job, AppError> {
    let job = lookup::load(ctx, id).await?;
    match job.state {
        JobState::Completed => return Err(over(&job)),
        JobState::Partial | JobState::Failed | JobState::Cancelled => {}
        JobState::Pending | JobState::DownloadingData | JobState::Running => {
            return Err(AppError::JobNotOver { id: job.id, state: job.state.as_str() });
        }
    }
    let mut tx = Transaction::new();
    match job.kind {
        JobKind::OnboardSymbol => {
            crate::onboarding::admit_one(ctx, &mut tx).await?;
            // What was said of the symbol before is not to be the answer now.
            let symbols = input::symbols(job.subject.as_slice())?;
            store::failures::forget(&mut tx, &symbols);
        }
        kind => check_room(ctx, kind).await?,
    }
    store::jobs::transitions::reopen(&mut tx, id, &ctx.owner, job.revision, ctx.clock.now());
    match ctx.store()?.record(tx).await {
        Ok(_) => {}
        // Somebody else changed it, or another job does the same already.
        Err(StoreError::Guard { .. } | StoreError::Constraint { .. }) => {
            return Err(AppError::Conflict { what: format!("job {id}") });
        }
        Err(error) => return Err(error.into()),
    }
    tracing::info!(job = job.id, state = "pending", "job_state_changed");
    lookup::load(ctx, id).await
}
