//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Api;

/// What reverse proxies add to what they pass on.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
];
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection; nothing for a request that was made in this process.
fn peer(parts: &Parts) -> Option<IpAddr> {
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    connection.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// Whether a request was made on this machine, and not passed on for somebody else by a proxy that says so.
pub(crate) fn is_this_machine(parts: &Parts) -> bool {
    let is_passed_on = FORWARDED.iter().any(|name| parts.headers.contains_key(*name));
    !is_passed_on && peer(parts).is_none_or(|address| address.is_loopback())
}

/// The address of whoever made a request: the other end of the connection, or, when that is a proxy which the settings
/// trust, the last address that such a proxy did not add itself.
pub(crate) fn address(api: &Api, parts: &Parts) -> Option<IpAddr> {
    let peer = peer(parts)?;
    let trusted = api.proxies();
    if !trusted.contains(&peer) {
        return Some(peer);
    }
    Some(forwarded_for(&parts.headers, trusted).unwrap_or(peer))
}

/// The visitor's address, by the word of trusted proxies. It stops at the first thing from behind that is no address: what
/// stands before that may be made up.
fn forwarded_for(headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let values = headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        let address = hop.parse::<IpAddr>().ok()?.to_canonical();
        if !trusted.contains(&address) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_visitor_cannot_make_an_address_up() {
        let trusted: Vec<IpAddr> = ["127.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap()).to_vec();
        let check = |values: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
            }
            let found = forwarded_for(&headers, &trusted).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expect, "{values:?}");
        };
        check(&[], None);
        check(&["192.0.2.1"], Some("192.0.2.1"));
        check(&["203.0.113.9, 192.0.2.1"], Some("192.0.2.1"));
        check(&["203.0.113.9", "192.0.2.1, 10.0.0.2"], Some("192.0.2.1"));
        check(&["192.0.2.1, nonsense"], None);
        check(&["10.0.0.2"], None);
        check(&["::ffff:192.0.2.1"], Some("192.0.2.1"));
    }
}
