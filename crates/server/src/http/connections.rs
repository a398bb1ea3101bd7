//! Taking connections, with limits on how many there are and on how long one may keep quiet.
//!
//! Whoever opens connections and sends nothing, or a header byte by byte, would else hold them for good, until nobody gets
//! one any more.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// The pause after a connection could not be taken, as when the process has no more descriptors.
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(200);

/// Limits of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// Connections that are open at once; more wait to be taken.
    pub count_max: usize,
    /// How long a connection may take to send the head of a request, or send nothing between two requests.
    pub header_ms_max: u64,
}

/// Takes connections until `stop` is cancelled, then waits until the requests under way are answered.
pub(crate) async fn take(
    router: Router,
    listener: TcpListener,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let (builder, places) = (builder(limits), Arc::new(Semaphore::new(limits.count_max)));
    let open = TaskTracker::new();
    loop {
        let taken = tokio::select! {
            () = stop.cancelled() => break,
            taken = async {
                let place = places.clone().acquire_owned().await.expect("invariant: the places are never closed");
                (place, listener.accept().await)
            } => taken,
        };
        let (place, (stream, peer)) = match taken {
            (place, Ok(accepted)) => (place, accepted),
            (_, Err(error)) => {
                rest_after(&error).await;
                continue;
            }
        };
        let (router, builder, stop) = (router.clone(), builder.clone(), stop.clone());
        open.spawn(async move {
            serve(router, &builder, stream, peer, stop).await;
            drop(place);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

fn builder(limits: ConnectionLimits) -> Builder<TokioExecutor> {
    let quiet = Duration::from_millis(limits.header_ms_max);
    // Telling the versions of the protocol apart takes bytes, for which nobody would wait with a limit; browsers and
    // proxies speak the second version over TLS alone.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(quiet);
    builder
}

/// Connections that were given up before they were taken are nobody's fault; other faults last for a while.
async fn rest_after(error: &io::Error) {
    let is_given_up = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !is_given_up {
        tracing::warn!(%error, "connection_not_taken");
        tokio::time::sleep(PAUSE_AFTER_FAULT).await;
    }
}

async fn serve(
    router: Router,
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    // Answers are small; one that waits to be filled up comes later for nothing.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no_nodelay");
    }
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection_ended");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);
    const WHOLE: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

    async fn started(
        limits: ConnectionLimits,
    ) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let router = Router::new().route("/", get(peer));
        let taking = tokio::spawn(take(router, listener, limits, stop.clone()));
        (address, stop, taking)
    }

    /// What comes before the connection is closed.
    async fn until_closed(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await;
        read.expect("the connection was left open").unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn connections_that_keep_quiet_are_closed() {
        let (address, ..) = started(ConnectionLimits { count_max: 10, header_ms_max: 50 }).await;
        for begun in [&b""[..], b"GET / HTTP/1.1\r\nhost: he"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begun).await.unwrap();
            assert!(!until_closed(&mut stream).await.contains("200 OK"), "{begun:?}");
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(WHOLE).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with(&stream.local_addr().unwrap().to_string()), "{answer}");
    }

    #[tokio::test]
    async fn beyond_the_limit_connections_wait_for_their_turn() {
        let (address, ..) = started(ConnectionLimits { count_max: 1, header_ms_max: 100 }).await;
        let _quiet = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(WHOLE).await.unwrap();
        assert!(until_closed(&mut second).await.starts_with("HTTP/1.1 200 OK"));
    }

    #[tokio::test]
    async fn a_process_that_ends_closes_what_is_idle() {
        let (address, stop, taking) =
            started(ConnectionLimits { count_max: 10, header_ms_max: 60_000 }).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(WHOLE).await.unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        stop.cancel();
        until_closed(&mut stream).await;
        tokio::time::timeout(DEADLINE, taking).await.expect("it goes on").unwrap();
    }
}
