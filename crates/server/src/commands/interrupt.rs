//! Being told to end.

use app::Context;

use crate::failure::Failure;

/// How long work that somebody waits for may go on when it is told to end.
const FOREGROUND_MS_MAX: u64 = 2_000;

/// The same, for work that somebody waits for: told to end, it gives back what it holds soon.
pub fn impatient(ctx: &Context) -> Context {
    let mut ctx = ctx.clone();
    ctx.limits.jobs.shutdown_ms_max = ctx.limits.jobs.shutdown_ms_max.min(FOREGROUND_MS_MAX);
    ctx
}

/// Ready when somebody interrupts the process or asks it to end.
#[cfg(unix)]
pub fn told_to_end() -> Result<impl Future<Output = ()> + Send, Failure> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| signal(kind).map_err(|error| Failure::Other(error.into()));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when somebody interrupts the process.
#[cfg(not(unix))]
pub fn told_to_end() -> Result<impl Future<Output = ()> + Send, Failure> {
    Ok(async {
        // Without the signal the process ends as it always can: by being killed, after which its jobs are taken over.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
