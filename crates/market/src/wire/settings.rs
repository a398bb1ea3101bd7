//! Where a provider is and how patient its calls are.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// Time a connection may take to come about.
pub const CONNECT_TIMEOUT_MS: u64 = 10_000;
/// Time a call may take until its body is read.
pub const TOTAL_TIMEOUT_MS: u64 = 30_000;
/// The largest body that is read, in bytes after decompression. Fifty years of daily bars take about two million.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How often a call that found nobody is made again.
pub const RETRY_COUNT_MAX: usize = 3;
/// The pause before the first retry, before jitter; each further one is twice as long.
pub const RETRY_DELAY_MS_FIRST: u64 = 500;
/// The longest pause before a retry, before jitter.
pub const RETRY_DELAY_MS_MAX: u64 = 8_000;
/// The pause after a limit that comes without a time to wait; each further one in a row is twice as long.
pub const PAUSE_S_FIRST: i64 = 60;
/// The longest pause after limits that come without a time to wait.
pub const PAUSE_S_MAX: i64 = 3_600;
/// The longest time to wait that is believed.
pub const RETRY_AFTER_S_MAX: i64 = 86_400;
/// How calls introduce themselves, unless configured otherwise.
pub const USER_AGENT: &str = concat!("daybook/", env!("CARGO_PKG_VERSION"));

/// How patient calls are, and how much they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Time a connection may take to come about.
    pub connect_timeout_ms: u64,
    /// Time a call may take until its body is read.
    pub total_timeout_ms: u64,
    /// The largest body that is read, in bytes after decompression.
    pub body_bytes_max: usize,
    /// How often a call that found nobody is made again.
    pub retry_count_max: usize,
    /// The pause before the first retry, before jitter; each further one is twice as long.
    pub retry_delay_ms_first: u64,
}

impl Default for CallLimits {
    fn default() -> CallLimits {
        CallLimits {
            connect_timeout_ms: CONNECT_TIMEOUT_MS,
            total_timeout_ms: TOTAL_TIMEOUT_MS,
            body_bytes_max: BODY_BYTES_MAX,
            retry_count_max: RETRY_COUNT_MAX,
            retry_delay_ms_first: RETRY_DELAY_MS_FIRST,
        }
    }
}

impl CallLimits {
    /// The pauses between tries; they end when it is tried no more.
    pub(super) fn retry_delays(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(self.retry_delay_ms_first))
            .with_max_delay(Duration::from_millis(RETRY_DELAY_MS_MAX))
            .with_factor(2.0)
            .with_max_times(self.retry_count_max)
            .with_jitter()
            .build()
    }
}

/// Where a provider is, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireSettings {
    /// The address that all paths are put behind, such as `https://api.example.com`.
    pub base_url: String,
    /// How calls introduce themselves.
    pub user_agent: String,
    /// How patient calls are.
    pub limits: CallLimits,
}

impl WireSettings {
    /// The usual settings for an address.
    pub fn new(base_url: impl Into<String>) -> WireSettings {
        WireSettings {
            base_url: base_url.into(),
            user_agent: USER_AGENT.to_owned(),
            limits: CallLimits::default(),
        }
    }

    pub(super) fn build_client(&self, base: &reqwest::Url) -> reqwest::Result<reqwest::Client> {
        // Fails when a provider is installed already, by an earlier client or by the program: that one is used then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(self.limits.connect_timeout_ms))
            .timeout(Duration::from_millis(self.limits.total_timeout_ms));
        if base.scheme() == "http" {
            // Nothing is encrypted, so that no certificates are read: some machines have none.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        builder.build()
    }
}

/// An address that may not be called. Its text is not repeated, as it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of a provider {fault}")]
pub struct BaseUrlError {
    fault: &'static str,
}

/// Says whether an address may be called: http or https, a host, and neither user, query nor fragment.
///
/// # Errors
/// [`BaseUrlError`] when it may not.
pub fn check_base_url(text: &str) -> Result<(), BaseUrlError> {
    parse_base_url(text).map(drop)
}

/// Reads an address that paths can be put behind; see [`check_base_url`].
pub(super) fn parse_base_url(text: &str) -> Result<reqwest::Url, BaseUrlError> {
    let refuse = |fault| Err(BaseUrlError { fault });
    let Ok(url) = reqwest::Url::parse(text.trim()) else { return refuse("is no absolute URL") };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return refuse("must begin with http:// or https:// and a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user or a password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not hold a query or a fragment");
    }
    Ok(url)
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_addresses_are_taken() {
        for text in ["https://api.example.com", "http://127.0.0.1:8080/", " https://example.com/v8/finance "]
        {
            assert!(parse_base_url(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "api.example.com",
            "/v8",
            "file:///etc/passwd",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://user:secret@example.com",
            "https://example.com?apikey=secret",
            "https://example.com#secret",
        ] {
            let error = parse_base_url(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let limits = CallLimits { retry_delay_ms_first: 100, ..CallLimits::default() };
        let delays: Vec<u128> = limits.retry_delays().map(|delay| delay.as_millis()).collect();
        assert_eq!(delays.len(), RETRY_COUNT_MAX);
        // Jitter adds up to the first pause to each.
        for (delay, least) in delays.iter().zip([100, 200, 400]) {
            assert!((least..=2 * least).contains(delay), "{delays:?}");
        }
    }

    #[test]
    fn only_the_machine_itself_is_asked_past_a_proxy() {
        let check = |text: &str| is_loopback(&parse_base_url(text).unwrap());
        assert!(check("http://127.0.0.1:1") && check("http://[::1]:1") && check("http://localhost"));
        assert!(!check("https://example.com") && !check("http://10.0.0.1"));
    }
}
