//! Listening, and coming to an end.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connections::{self, ConnectionLimits};
use super::{Api, measure, router};

/// Serves until `stop` is cancelled: then takes no new connections, and gives requests under way the time of the
/// settings to end.
pub(crate) async fn serve(api: &Api, listener: TcpListener, stop: CancellationToken) {
    measure::start();
    let upkeep = tokio::spawn(measure::keep_up());
    let settings = &api.settings().server;
    let limits =
        ConnectionLimits { count_max: settings.connections_max, header_ms_max: settings.header_ms_max };
    let longest = Duration::from_millis(settings.shutdown_ms_max);
    tokio::select! {
        () = connections::take(router(api), listener, limits, stop.clone()) => {}
        () = expired(&stop, longest) => tracing::warn!("requests_cut_off"),
    }
    upkeep.abort();
}

/// Ends when a token has been cancelled for so long.
async fn expired(stop: &CancellationToken, longest: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(longest).await;
}

/// Ends when the process is told to stop: by an interrupt, or by SIGTERM.
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
