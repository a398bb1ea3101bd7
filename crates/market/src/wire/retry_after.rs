//! The header `Retry-After`: seconds, or a date.

use std::time::UNIX_EPOCH;

use model::Timestamp;

/// Seconds to wait from `now` on; absent when the text is neither a number of seconds nor a date of HTTP.
pub fn parse(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds is a very long time, which the caller bounds.
        return Some(text.parse().unwrap_or(i64::MAX));
    }
    let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at_s = i64::try_from(at.as_secs()).ok()?;
    Some(at_s.saturating_sub(now.epoch_micros().div_euclid(1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        let now: Timestamp = "2024-01-05T12:00:00Z".parse().unwrap();
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse(text, now), expected, "{text}");
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("99999999999999999999", Some(i64::MAX));
        check("Fri, 05 Jan 2024 12:01:30 GMT", Some(90));
        check("Fri, 05 Jan 2024 11:59:00 GMT", Some(-60));
        check("", None);
        check("-5", None);
        check("soon", None);
        check("1.5", None);
    }
}
