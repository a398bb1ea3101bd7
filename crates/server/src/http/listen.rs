//! Listening, and coming to an end.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Api, measure, router};

/// Serves until `stop` is cancelled: then takes no new connections, and gives requests under way the time of the
/// settings to end.
pub(crate) async fn serve(api: &Api, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    measure::start();
    let upkeep = tokio::spawn(measure::keep_up());
    let listener = listener.tap_io(|stream| {
        // Answers are small; one that waits to be filled up comes later for nothing.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no_nodelay");
        }
    });
    let app = router(api).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    let longest = Duration::from_millis(api.settings().server.shutdown_ms_max);
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = expired(&stop, longest) => {
            tracing::warn!("requests_cut_off");
            Ok(())
        }
    };
    upkeep.abort();
    served
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
