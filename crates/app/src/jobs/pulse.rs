//! What goes on beside the work of a job: its lease is renewed while it comes on, progress is written, and wishes to end
//! it are heard.

use std::time::{Duration, Instant};

use store::Transaction;
use store::jobs::transitions;
use tokio::sync::watch::Receiver;

use super::guard::{Halt, JobGuard};
use super::run::lease_until;
use crate::{AppError, Context};

/// A lease is renewed this many times within its length.
const RENEWALS_PER_LEASE: u32 = 3;

/// Beats until the job must be let go of at once: somebody else holds it, it stands still, or the process must end. Until
/// then the work itself ends between units when it is to.
pub async fn beat(ctx: &Context, guard: &JobGuard, mut stop: Receiver<bool>) -> Halt {
    let limits = &ctx.limits.jobs;
    let every = Duration::from_millis(limits.pulse_ms.max(1));
    let stall = Duration::from_millis(limits.stall_ms_max.max(1) as u64);
    let lease = Duration::from_millis(limits.lease_ms.max(1) as u64);
    let (mut renewed, mut told_to_end) = (Instant::now(), None::<Instant>);
    loop {
        tokio::select! {
            () = tokio::time::sleep(every.min(lease / RENEWALS_PER_LEASE)) => {}
            _ = stop.wait_for(|stop| *stop), if told_to_end.is_none() => {
                guard.halt(Halt::Shutdown);
                told_to_end = Some(Instant::now());
            }
        }
        if told_to_end.is_some_and(|since| since.elapsed().as_millis() as u64 >= limits.shutdown_ms_max) {
            return Halt::Shutdown;
        }
        if guard.still_for() >= stall {
            guard.halt(Halt::Stalled);
            return Halt::Stalled;
        }
        match listen(ctx, guard, &mut renewed, lease / RENEWALS_PER_LEASE).await {
            Ok(true) => {}
            Ok(false) | Err(AppError::LeaseLost { .. }) => {
                guard.halt(Halt::Lost);
                return Halt::Lost;
            }
            // Without a database nothing can be recorded either, and the lease ends by itself.
            Err(error) => {
                tracing::warn!(job = guard.job(), error = error.describe(), "job_pulse_missed");
            }
        }
    }
}

/// Hears whether the job is to end, and writes progress or renews the lease. Whether the lease is still held.
async fn listen(
    ctx: &Context,
    guard: &JobGuard,
    renewed: &mut Instant,
    renew_after: Duration,
) -> Result<bool, AppError> {
    // How often this is done depends on the time the work takes; it is no part of the work's statements.
    let (store, _) = ctx.store()?.counted();
    match store::jobs::is_cancel_requested(&store, guard.holder()).await? {
        None => return Ok(false),
        Some(true) if guard.halted().is_none() => {
            guard.halt(Halt::Cancelled);
            guard.note("cancel_heard", "it ends before its next unit", ctx.clock.now());
        }
        Some(_) => {}
    }
    let now = ctx.clock.now();
    if let Some(progress) = guard.progress() {
        let mut tx = Transaction::new();
        transitions::progress(&mut tx, guard.holder(), &progress, now, lease_until(ctx, now));
        guard.write_notes(&mut tx);
        match store.record(tx).await {
            Ok(_) => *renewed = Instant::now(),
            Err(error) if transitions::is_lost(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    } else if renewed.elapsed() >= renew_after {
        let is_held = transitions::renew(&store, guard.holder(), lease_until(ctx, now)).await?;
        *renewed = Instant::now();
        return Ok(is_held);
    }
    Ok(true)
}
