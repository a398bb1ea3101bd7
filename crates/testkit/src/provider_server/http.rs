//! Just enough of HTTP to answer, and to answer badly.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Fault, Inside};

/// The longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The size of a huge body, in bytes.
const HUGE_BYTES: usize = 64 * 1024 * 1024;

/// A request, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeRequest {
    /// The path, decoded.
    pub path: String,
    /// The path and query as they came.
    pub target: String,
    /// The query, decoded.
    pub query: BTreeMap<String, String>,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl FakeRequest {
    /// The value of a parameter, or an empty text.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    fn parse(head: &str) -> Option<FakeRequest> {
        let mut lines = head.split("\r\n");
        let target = lines.next()?.split(' ').nth(1)?.to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query = query.map(|(name, value)| (decode(name), decode(value))).collect();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Some(FakeRequest { path: decode(path), query, headers, target })
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (byte, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeAnswer {
    /// The status.
    pub status: u16,
    /// Headers beside those of length and connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl FakeAnswer {
    /// An answer of plain text.
    pub fn text(status: u16, body: impl Into<String>) -> FakeAnswer {
        let headers = vec![("content-type", "text/plain;charset=utf-8".to_owned())];
        FakeAnswer { status, headers, body: body.into().into_bytes() }
    }

    /// An answer of JSON.
    pub fn json(status: u16, body: impl Into<String>) -> FakeAnswer {
        let headers = vec![("content-type", "application/json;charset=utf-8".to_owned())];
        FakeAnswer { status, headers, body: body.into().into_bytes() }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> FakeAnswer {
        self.headers.push((name, value.into()));
        self
    }

    /// The head, which announces so many bytes.
    fn head(&self, length: usize) -> Vec<u8> {
        let mut head =
            format!("HTTP/1.1 {} -\r\ncontent-length: {length}\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Serves until the runtime ends.
pub async fn serve(listener: StdListener, inside: Arc<Inside>) {
    let listener = TcpListener::from_std(listener).expect("a socket for the runtime");
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, inside.clone()));
    }
}

/// One request and its answer. Whoever asks may go away at any time, which ends it.
async fn converse(mut stream: TcpStream, inside: Arc<Inside>) {
    let Some(request) = read_request(&mut stream).await else { return };
    let fault = inside.begin(&request);
    if let Some(Fault::Hold { at_most_ms }) = fault {
        let mut byte = [0];
        tokio::select! {
            _ = tokio::time::timeout(Duration::from_millis(at_most_ms), inside.released.notified()) => {}
            // The one who asked has gone.
            _ = stream.read(&mut byte) => {}
        }
    }
    if fault == Some(Fault::Reset) {
        // Without this the connection would end in good order.
        let _ = stream.set_zero_linger();
    } else {
        write_answer(&mut stream, &inside, &request, fault).await;
    }
    inside.end();
}

async fn read_request(stream: &mut TcpStream) -> Option<FakeRequest> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&part[..count]);
        if head.len() > HEAD_BYTES_MAX {
            return None;
        }
    }
    FakeRequest::parse(std::str::from_utf8(&head).ok()?)
}

async fn write_answer(stream: &mut TcpStream, inside: &Inside, request: &FakeRequest, fault: Option<Fault>) {
    let html =
        |status| FakeAnswer::text(status, "<!doctype html><title>Sorry</title><p>Will be right back.</p>");
    let answer = match fault {
        Some(Fault::ServerError) => html(500),
        Some(Fault::Limited) => FakeAnswer::text(429, "Too Many Requests\r\n"),
        Some(Fault::LimitedForSeconds(seconds)) => {
            FakeAnswer::text(429, "").with_header("retry-after", seconds.to_string())
        }
        Some(Fault::LimitedUntil(date)) => FakeAnswer::text(429, "").with_header("retry-after", date),
        Some(Fault::LimitInBody) => FakeAnswer::json(200, inside.format.limit_text()),
        Some(Fault::Unauthorized) => html(401),
        Some(Fault::Forbidden) => html(403),
        Some(Fault::Html) => html(200),
        Some(Fault::EmptyBody) => FakeAnswer::text(200, ""),
        Some(Fault::Redirect) => {
            let elsewhere = format!("http://localhost:{}/elsewhere", inside.address.port());
            FakeAnswer::text(302, "").with_header("location", elsewhere)
        }
        Some(Fault::HugeBody) => return write_huge(stream).await,
        Some(Fault::HugeBodyPacked) => {
            let mut answer = FakeAnswer::json(200, "").with_header("content-encoding", "gzip");
            answer.body = packed(HUGE_BYTES);
            answer
        }
        content => inside.answer(request, content),
    };
    let length = answer.body.len();
    let (announced, sent) = match fault {
        Some(Fault::Truncated) => (length, length / 2),
        Some(Fault::HalfBody) => (length / 2, length / 2),
        _ => (length, length),
    };
    // A client that closes early is not this server's concern.
    let _ = stream.write_all(&answer.head(announced)).await;
    let _ = stream.write_all(&answer.body[..sent]).await;
    let _ = stream.shutdown().await;
}

async fn write_huge(stream: &mut TcpStream) {
    let head = FakeAnswer::json(200, "").head(HUGE_BYTES);
    let chunk = vec![b' '; 64 * 1024];
    let mut outcome = stream.write_all(&head).await;
    for _ in 0..HUGE_BYTES / chunk.len() {
        if outcome.is_err() {
            return;
        }
        outcome = stream.write_all(&chunk).await;
    }
}

/// So many blanks, packed.
fn packed(length: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let chunk = vec![b' '; 64 * 1024];
    for _ in 0..length / chunk.len() {
        encoder.write_all(&chunk).expect("writing to memory");
    }
    encoder.finish().expect("writing to memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_decoded() {
        let head = "GET /chart/%5EGSPC?q=a%2Cb&r=1+2&s HTTP/1.1\r\nHost: x\r\nUser-Agent: y\r\n\r\n";
        let request = FakeRequest::parse(head).unwrap();
        assert_eq!(request.path, "/chart/^GSPC");
        assert_eq!(
            (request.parameter("q"), request.parameter("r"), request.parameter("s")),
            ("a,b", "1 2", "")
        );
        assert_eq!(request.headers["user-agent"], "y");
        assert_eq!(decode("100%"), "100%");
    }
}
