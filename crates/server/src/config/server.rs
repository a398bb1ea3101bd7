//! The settings of `serve`: where it listens, and its limits.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::usage;
use crate::failure::Failure;

/// The HTTP interface.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port; `--listen` goes before it.
    pub listen: String,
    /// Bytes of a request's body at the most, uploads of files aside.
    pub body_bytes_max: usize,
    /// How long a request may take, its body included.
    pub request_ms_max: u64,
    /// Requests under way at once; more are told to come again.
    pub concurrency_max: usize,
    /// How long requests and workers have to come to an end when the process is told to stop.
    pub shutdown_ms_max: u64,
    /// Connections that are open at once; more wait to be taken.
    pub connections_max: usize,
    /// How long a connection may take to send the head of a request, or send nothing between two requests.
    pub header_ms_max: u64,
    /// How often a stream of events on which nothing happens says that it is there.
    pub heartbeat_ms: u64,
    /// Origins whose pages may call the API; none unless set.
    pub cors_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: "127.0.0.1:7420".to_owned(),
            body_bytes_max: 1_048_576,
            request_ms_max: 30_000,
            concurrency_max: 512,
            shutdown_ms_max: 20_000,
            connections_max: 4_096,
            header_ms_max: 15_000,
            heartbeat_ms: 15_000,
            cors_origins: Vec::new(),
        }
    }
}

impl Server {
    /// The address to listen on.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a text that is no address with a port.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        self.listen.parse().map_err(|_| {
            let message = format!("{:?} is no address with a port, as 127.0.0.1:7420 is one", self.listen);
            usage("server.listen", message)
        })
    }

    /// Refuses what cannot be served with.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the setting.
    pub fn check(&self) -> Result<(), Failure> {
        self.address()?;
        for (key, value, range) in [
            ("server.body_bytes_max", self.body_bytes_max as u64, 1_024..=1_073_741_824),
            ("server.request_ms_max", self.request_ms_max, 10..=3_600_000),
            ("server.concurrency_max", self.concurrency_max as u64, 1..=100_000),
            ("server.shutdown_ms_max", self.shutdown_ms_max, 0..=3_600_000),
            ("server.connections_max", self.connections_max as u64, 1..=1_000_000),
            ("server.header_ms_max", self.header_ms_max, 10..=3_600_000),
            ("server.heartbeat_ms", self.heartbeat_ms, 1..=3_600_000),
        ] {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(usage(key, format!("{value} is out of range; give {least} to {most}")));
            }
        }
        match self.cors_origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => {
                let message = format!(
                    "{origin:?} is no origin as browsers write it: small letters, no path, as https://example.com"
                );
                Err(usage("server.cors_origins", message))
            }
            None => Ok(()),
        }
    }
}

/// Whether a text is an origin as browsers write it. Another spelling of it, or a pattern, would be nobody's.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_of_host =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:[]".contains(&byte);
    rest.is_some_and(|host| !host.is_empty() && host.bytes().all(is_of_host))
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for origin in
            ["https://example.com", "http://localhost:5173", "http://[::1]:80", "https://a-b.example"]
        {
            assert!(is_origin(origin), "{origin}");
        }
        for text in ["*", "null", "", "example.com", "https://", "https://*", "https://*.example.com"] {
            assert!(!is_origin(text), "{text}");
        }
        for text in
            ["https://Example.com", "https://example.com/", "ftp://example.com", "https://a@b.example"]
        {
            assert!(!is_origin(text), "{text}");
        }
    }
}
