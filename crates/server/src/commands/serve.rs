//! `serve`: the HTTP interface and the workers.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use app::{Context, Quiet};
use tokio::net::TcpListener;

use crate::config::Settings;
use crate::failure::{EXIT_FINE, Failure};
use crate::http::{Api, listen};

/// Serves until the process is told to stop.
pub async fn run(
    ctx: &Context,
    settings: &Settings,
    address: Option<SocketAddr>,
) -> Result<ExitCode, Failure> {
    ctx.store()?;
    let address = address.map_or_else(|| settings.server.address(), Ok)?;
    let mut settings = settings.clone();
    if !address.ip().is_loopback() {
        refuse_strangers(ctx, address).await?;
        settings.access.secure_cookies = true;
    }
    let shutdown_ms_max = settings.server.shutdown_ms_max;
    // There are no bars of progress for work that nobody at a terminal waits for.
    let ctx = Context { observer: Arc::new(Quiet), ..ctx.clone() };
    let api = Api::new(ctx, settings);
    let listener = TcpListener::bind(address).await.map_err(|error| Failure::Usage {
        place: "server.listen".to_owned(),
        message: format!("{address}: {error}; give another address with --listen"),
    })?;
    let bound = listener.local_addr().map_err(anyhow::Error::from)?;
    let stop = api.stopping();
    let told = listen::stop_signal().map_err(anyhow::Error::from)?;
    let stopping = stop.clone();
    tokio::spawn(async move {
        told.await;
        tracing::info!("stopping");
        stopping.cancel();
    });
    let (working, stopping) = (api.clone(), stop.clone());
    let workers = tokio::spawn(async move { working.run_workers(stopping).await });
    eprintln!("listening on http://{bound}; the API is described at http://{bound}/docs");
    listen::serve(&api, listener, stop).await;
    // Workers end between two units and give back what they hold; what takes longer loses its lease in time.
    let longest = Duration::from_millis(shutdown_ms_max);
    if tokio::time::timeout(longest, workers).await.is_err() {
        tracing::warn!("workers_cut_off");
    }
    Ok(ExitCode::from(EXIT_FINE))
}

/// Refuses an address that others could reach while nobody has to log in.
async fn refuse_strangers(ctx: &Context, address: SocketAddr) -> Result<(), Failure> {
    if app::has_users(ctx).await? {
        return Ok(());
    }
    Err(Failure::Usage {
        place: "--listen".to_owned(),
        message: format!(
            "{address} can be reached from other machines, and there are no users to log in as; \
             `daybook user add NAME` adds one"
        ),
    })
}
