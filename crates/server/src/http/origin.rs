//! Whether a request was sent by a foreign page.
//!
//! Browsers say where a request comes from, in headers that no page can change. A name of the web that was pointed at this
//! machine shows in `Host`.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::{Api, Problem};

/// What the sender of a request is to the site, by the browser's word.
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses requests to a name that is not this machine's to itself: a page whose name was pointed at this machine sent
/// them.
///
/// # Errors
/// [`Problem::host_refused`].
pub(crate) fn check_host(parts: &Parts) -> Result<(), Problem> {
    match host(parts) {
        Some(host) if !is_loopback(host) => Err(Problem::host_refused(host)),
        _ => Ok(()),
    }
}

/// Refuses changes that a page of another origin asks for. What is no browser says nothing of origins, and is let
/// through: it has no cookies of somebody else's.
///
/// # Errors
/// [`Problem::origin_refused`].
pub(crate) fn check_change(api: &Api, parts: &Parts) -> Result<(), Problem> {
    if parts.method.is_safe() {
        return Ok(());
    }
    let known = &api.settings().server.cors_origins;
    match refused(&parts.headers, host(parts), known) {
        Some(origin) => Err(Problem::origin_refused(&origin)),
        None => Ok(()),
    }
}

/// The foreign origin that a change comes from.
fn refused(headers: &HeaderMap, host: Option<&str>, known: &[String]) -> Option<String> {
    let origin = text(headers, header::ORIGIN.as_str());
    if origin.is_some_and(|origin| known.iter().any(|known| known == origin)) {
        return None;
    }
    let is_own = match (text(headers, FETCH_SITE), origin) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let named = origin.split_once("://").map(|(_, host)| host);
            named.is_some() && named == host
        }
        (None, None) => true,
    };
    (!is_own).then(|| origin.unwrap_or("another site").to_owned())
}

/// The host a request is for.
fn host(parts: &Parts) -> Option<&str> {
    // An absolute target goes before the header (RFC 9112, 3.2.2).
    let target = parts.uri.authority().map(|authority| authority.as_str());
    // Whoever sends two hosts wants one to be checked and the other to be meant.
    let is_ambiguous = parts.headers.get_all(header::HOST).iter().nth(1).is_some();
    if is_ambiguous { Some("?") } else { target.or_else(|| text(&parts.headers, header::HOST.as_str())) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether a host, with or without a port, names this machine to itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let is_local_name = name.eq_ignore_ascii_case("localhost");
    is_local_name || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_names_of_this_machine_to_itself_are_loopback() {
        for host in ["localhost", "LocalHost:80", "127.0.0.1:7420", "127.9.9.9", "[::1]:7420", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.com", "localhost.example.com", "127.0.0.1.example.com:80", "10.0.0.1", "?"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn changes_that_a_foreign_page_asks_for_are_refused() {
        let known = ["https://desk.example".to_owned()];
        let check = |sent: &[(&'static str, &str)], is_taken: bool| {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(refused(&headers, Some("books.example"), &known).is_none(), is_taken, "{sent:?}");
        };
        check(&[], true);
        check(&[("origin", "https://books.example")], true);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "https://books.example.evil.example")], false);
        check(&[("origin", "https://evil.example/?books.example")], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "books.example")], false);
        check(&[("origin", "https://desk.example"), ("sec-fetch-site", "cross-site")], true);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://proxied.example")], true);
        check(&[("sec-fetch-site", "none")], true);
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            check(&[("sec-fetch-site", site)], false);
            check(&[("sec-fetch-site", site), ("origin", "https://books.example")], false);
        }
    }
}
