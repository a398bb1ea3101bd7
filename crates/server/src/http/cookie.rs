//! The cookie of a session.
//!
//! It is `HttpOnly`, so that no script reads it; `SameSite=Strict`, so that no foreign page makes a browser send it; and
//! for TLS only where the connection may leave the machine. Then its name begins with `__Host-`, with which browsers let
//! nobody else set it, neighbours below the same domain included.

use app::Plain;
use axum::http::{HeaderMap, HeaderValue, header};

use super::Api;
use super::document::SESSION_COOKIE;

fn name(is_secure: bool) -> String {
    let prefix = if is_secure { "__Host-" } else { "" };
    format!("{prefix}{SESSION_COOKIE}")
}

/// The header that sets the cookie, for so many seconds.
pub(crate) fn set(api: &Api, value: &Plain, seconds: i64) -> HeaderValue {
    written(api.settings().access.secure_cookies, value.reveal(), seconds)
}

/// The header that takes the cookie away.
pub(crate) fn clear(api: &Api) -> HeaderValue {
    written(api.settings().access.secure_cookies, "", 0)
}

fn written(is_secure: bool, value: &str, seconds: i64) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    let text =
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", name(is_secure));
    let mut header = HeaderValue::try_from(text).expect("invariant: the parts of the cookie are plain text");
    header.set_sensitive(true);
    header
}

/// The value of the cookie that a request brings. Two of the name are one too many: one of them was put there by somebody
/// else, and so the value is one that no session has.
pub(crate) fn value(api: &Api, headers: &HeaderMap) -> Option<String> {
    read(api.settings().access.secure_cookies, headers)
}

fn read(is_secure: bool, headers: &HeaderMap) -> Option<String> {
    let name = name(is_secure);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    let value = values.next()?;
    Some(values.next().map_or(value, |_| "").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_this_site_and_no_script() {
        let plain = written(false, "v", 60);
        assert_eq!(
            plain.to_str().unwrap(),
            "daybook_session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict"
        );
        assert!(plain.is_sensitive());
        let secure = written(true, "", 0);
        let expected = "__Host-daybook_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(secure.to_str().unwrap(), expected);
    }

    #[test]
    fn one_cookie_is_read_and_two_are_none() {
        let check = |is_secure: bool, lines: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
            }
            assert_eq!(read(is_secure, &headers).as_deref(), expect, "{lines:?}");
        };
        check(false, &["a=1; daybook_session=v; b=2"], Some("v"));
        check(false, &["a=1", "daybook_session=v"], Some("v"));
        check(false, &["xdaybook_session=v", "daybook_session"], None);
        check(false, &["daybook_session=v; daybook_session=w"], Some(""));
        check(true, &["daybook_session=v"], None);
        check(true, &["__Host-daybook_session=v; daybook_session=w"], Some("v"));
    }
}
