//! Without login only this machine may call, and no page of somebody else's in its browser.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Api, Problem};

/// Refuses requests that a foreign page sent: those to a name that is not this machine's (a page whose name was pointed
/// at it), and changes that another origin asks for.
pub(crate) async fn check(State(api): State<Api>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST).or_else(|| request.uri().authority().map(|it| it.as_str()));
    if let Some(host) = host.filter(|host| !is_loopback(host)) {
        return Problem::host_refused(host).into_response();
    }
    let is_change = !request.method().is_safe();
    let origin = text(headers, header::ORIGIN);
    if let Some(origin) = origin.filter(|origin| is_change && !may_change(&api, origin, host)) {
        return Problem::origin_refused(origin).into_response();
    }
    next.run(request).await
}

/// The origins whose changes are taken: our own pages and those of the settings.
fn may_change(api: &Api, origin: &str, host: Option<&str>) -> bool {
    let own = origin.split_once("://").map(|(_, host)| host);
    (own.is_some() && own == host) || api.settings().server.cors_origins.iter().any(|known| known == origin)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
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
}
