//! Calendar dates and instants, as plain numbers.
//!
//! | type | inside | means |
//! | --- | --- | --- |
//! | [`Date`] | days since 1970-01-01 | a day on the calendar, in the exchange's time zone |
//! | [`Timestamp`] | microseconds since 1970-01-01T00:00Z | a point in time |
//!
//! A *session* is a [`Date`] on which an exchange trades; [`crate::Calendar`] tells which dates those are.

use std::fmt;
use std::str::FromStr;

/// A calendar date, kept as days since 1970-01-01.
///
/// # Example
/// ```
/// use model::Date;
/// let date: Date = "2024-02-29".parse().unwrap();
/// assert_eq!(date.epoch_days(), 19_782);
/// assert_eq!(date.plus_days(1).to_string(), "2024-03-01");
/// assert!("2023-02-29".parse::<Date>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a date; write it as YYYY-MM-DD")]
pub struct DateError {
    text: String,
}

impl Date {
    /// The date so many days after (or, negative, before) 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Date {
        Date(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// The date of a year, month and day of the Gregorian calendar, or `None` when there is no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        let year = i16::try_from(year).ok()?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        jiff::civil::Date::new(year, month, day).ok().map(Date::from_civil)
    }

    /// Year, month and day.
    pub fn ymd(self) -> (i32, u32, u32) {
        // Howard Hinnant's "chrono-compatible low-level date algorithms": days to civil.
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u32, day as u32)
    }

    /// Day of the week, Monday 0 to Sunday 6.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32
    }

    /// The date so many days later (earlier when negative).
    pub const fn plus_days(self, days: i32) -> Date {
        Date(self.0 + days)
    }

    /// Calendar days from `earlier` to `self`.
    pub const fn days_since(self, earlier: Date) -> i32 {
        self.0 - earlier.0
    }

    fn from_civil(civil: jiff::civil::Date) -> Date {
        let epoch = jiff::civil::date(1970, 1, 1);
        Date(civil.duration_since(epoch).as_hours().div_euclid(24) as i32)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `YYYY-MM-DD`, years 0001 to 9999, and nothing else.
    fn from_str(text: &str) -> Result<Date, DateError> {
        let refuse = || DateError { text: text.chars().take(40).collect() };
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return Err(refuse());
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().fold(0_i32, |n, digit| n * 10 + i32::from(digit - b'0'))
        };
        Date::from_ymd(number(0..4), number(5..7) as u32, number(8..10) as u32).ok_or_else(refuse)
    }
}

/// A point in time, kept as microseconds since 1970-01-01T00:00Z.
///
/// Pure code never asks for the present: a `Timestamp` is handed in by whoever owns the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant so many microseconds after 1970-01-01T00:00Z.
    pub const fn from_epoch_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// Microseconds since 1970-01-01T00:00Z.
    pub const fn epoch_micros(self) -> i64 {
        self.0
    }

    /// The instant so many seconds later (earlier when negative).
    pub const fn plus_seconds(self, seconds: i64) -> Timestamp {
        Timestamp(self.0 + seconds * 1_000_000)
    }

    /// The UTC date this instant falls on.
    pub const fn utc_date(self) -> Date {
        Date(self.0.div_euclid(86_400_000_000) as i32)
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC, to the second: `2024-02-29T14:30:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1_000_000).rem_euclid(86_400);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        f.pad(&format!("{}T{hours:02}:{minutes:02}:{:02}Z", self.utc_date(), seconds % 60))
    }
}

impl FromStr for Timestamp {
    type Err = DateError;

    /// Reads an ISO 8601 instant with an offset, such as `2024-02-29T14:30:00Z`.
    fn from_str(text: &str) -> Result<Timestamp, DateError> {
        text.parse::<jiff::Timestamp>()
            .map(|instant| Timestamp(instant.as_microsecond()))
            .map_err(|_| DateError { text: text.chars().take(40).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip_through_text_and_parts() {
        for days in (-20_000..60_000).step_by(7) {
            let date = Date::from_epoch_days(days);
            let (year, month, day) = date.ymd();
            assert_eq!(Date::from_ymd(year, month, day), Some(date));
            assert_eq!(date.to_string().parse::<Date>(), Ok(date));
        }
        assert_eq!("1990-01-02".parse::<Date>().unwrap().weekday(), 1);
    }

    #[test]
    fn texts_that_are_no_dates_are_refused() {
        for text in
            ["", "2024-1-2", "2024-13-01", "2024-02-30", "02/03/2024", "2024-02-290", "２０２４-01-01"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn instants_print_and_parse() {
        let instant: Timestamp = "2024-02-29T14:30:05Z".parse().unwrap();
        assert_eq!(instant.to_string(), "2024-02-29T14:30:05Z");
        assert_eq!(instant.utc_date().to_string(), "2024-02-29");
        assert_eq!(Timestamp::from_epoch_micros(-1).to_string(), "1969-12-31T23:59:59Z");
    }
}
