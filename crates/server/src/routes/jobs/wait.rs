//! Waiting for a job within one request.

use std::pin::pin;
use std::time::Duration;

use app::jobs::Job;
use app::{AppError, Context};
use futures_util::StreamExt;
use serde::Deserialize;
use utoipa::IntoParams;

use super::tag;
use crate::http::{Api, Conditional, Problem};

/// How long one request may wait, in milliseconds.
const WAIT_MS_MAX: u64 = 20_000;

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WaitQuery {
    /// Milliseconds to wait at the most; nothing is waited for when absent.
    #[param(minimum = 0, maximum = 20000)]
    wait_ms: Option<u64>,
}

impl WaitQuery {
    /// How long to wait, if at all.
    ///
    /// # Errors
    /// A problem for a number out of range.
    pub fn wait(&self) -> Result<Option<Duration>, Problem> {
        match self.wait_ms {
            None | Some(0) => Ok(None),
            Some(wait_ms @ 1..=WAIT_MS_MAX) => Ok(Some(Duration::from_millis(wait_ms))),
            Some(wait_ms) => {
                let told = format!("{wait_ms} is out of range; give 0 to {WAIT_MS_MAX}");
                Err(Problem::invalid("wait_ms", told))
            }
        }
    }
}

/// A job when something the caller does not know has happened to it, or as it is when time is up. Requests that wait take
/// places away from others, so that only half of all places may; beyond them nobody waits.
pub(super) async fn awaited(
    api: &Api,
    ctx: &Context,
    id: &str,
    longest: Duration,
    known: &Conditional,
) -> Result<Job, AppError> {
    let Ok(_place) = api.waits().try_acquire() else { return app::jobs::load(ctx, id).await };
    // A request that waits ends within the time of a request.
    let longest = longest.min(Duration::from_millis(api.settings().server.request_ms_max / 2));
    let mut changes = pin!(app::jobs::watch(ctx, id).await?);
    let mut job = changes.next().await.expect("invariant: the job as it is comes first");
    let mut time_is_up = pin!(tokio::time::sleep(longest));
    while !job.state.is_final() && known.is_known_or_absent(&tag(&job)) {
        tokio::select! {
            changed = changes.next() => match changed {
                Some(changed) => job = changed,
                None => break,
            },
            () = &mut time_is_up => break,
        }
    }
    Ok(job)
}
