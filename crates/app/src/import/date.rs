//! Dates as people and brokers write them in files.

use model::Date;

/// Reads a date, or the date of a moment as it is written: `2024-01-31`, `2024/01/31`, `20240131`, `1/31/2024` or
/// `31/1/2024` where only one reading is possible, each with a time behind it or without.
pub fn parse_date(text: &str) -> Result<Date, String> {
    let text = text.trim();
    let Some(at) = text.find(['T', ';', ',', ' ']) else { return parse_day(text) };
    let (day, time) = text.split_at(at);
    let time = time[1..].trim_start();
    let is_time = time.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && time.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.+-/ ".contains(&byte));
    if is_time { parse_day(day) } else { Err(refusal(text)) }
}

fn refusal(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("{shown:?} is not a date; write it as YYYY-MM-DD")
}

fn parse_day(text: &str) -> Result<Date, String> {
    let refuse = || refusal(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() == 8 && is_digits(text) {
        let spelled = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
        return spelled.parse().map_err(|_| refuse());
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).take(4).collect();
    let [first, second, third] = parts[..] else { return Err(refuse()) };
    if ![first, second, third].iter().all(|part| is_digits(part) && part.len() <= 4) {
        return Err(refuse());
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let (year, month, day) = if first.len() == 4 {
        (number(first), number(second), number(third))
    } else if third.len() == 4 {
        let (a, b) = (number(first), number(second));
        if a <= 12 && b <= 12 && a != b {
            let shown: String = text.chars().take(40).collect();
            return Err(format!("{shown:?} can be read in two ways; write it as YYYY-MM-DD"));
        }
        let (month, day) = if a > 12 { (b, a) } else { (a, b) };
        (number(third), month, day)
    } else {
        return Err(refuse());
    };
    Date::from_ymd(year as i32, month, day).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_only_when_they_can_be_read_in_one_way() {
        for (text, expected) in [
            ("2024-01-31", Some("2024-01-31")),
            ("1/31/2024", Some("2024-01-31")),
            ("31.1.2024", Some("2024-01-31")),
            ("3/3/2024", Some("2024-03-03")),
            ("20240131;103000", Some("2024-01-31")),
            ("2024-01-31, 10:30:00", Some("2024-01-31")),
            ("2024-01-31T00:00:00.000Z", Some("2024-01-31")),
            ("2024-01-31 10:30:00 America/New_York", None),
            ("2024-01-31 10:30:00 EST", Some("2024-01-31")),
            ("3/4/2024", None),
            ("3/4/2024 10:00", None),
            ("2024-02-30", None),
            ("24-01-31", None),
            ("2024-01-31Tomorrow", None),
            ("2024-01-31-01", None),
            ("45293", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse_date(text).ok().map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }
}
