//! When a schedule is due: a cron expression on the wall clock of a time zone.

use std::cmp::Ordering;

use croner::Cron;
use croner::errors::CronError;
use croner::time::{CivilDateTime, CronDateTime, Resolution, Weekday};
use model::{Date, Timestamp, Zone};

use crate::AppError;

const DAY_SECONDS: i64 = 86_400;

/// A reading of a wall clock, in seconds since it read the first moment of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WallClock(i64);

impl WallClock {
    fn date(self) -> Date {
        Date::from_epoch_days(self.0.div_euclid(DAY_SECONDS) as i32)
    }
}

impl CronDateTime for WallClock {
    fn to_civil(&self) -> CivilDateTime {
        let (year, month, day) = self.date().ymd();
        let second = self.0.rem_euclid(DAY_SECONDS) as u32;
        CivilDateTime::from_ymd_hms_opt(year, month, day, second / 3_600, second / 60 % 60, second % 60)
            .expect("invariant: a date of the calendar and a second of a day are a civil time")
    }

    fn civil_weekday(&self) -> Weekday {
        // The first day of 1970 was a Thursday.
        Weekday::Thursday.shift((self.0.div_euclid(DAY_SECONDS) % 7) as i32)
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<WallClock>, CronError> {
        let date = Date::from_ymd(civil.year(), civil.month(), civil.day()).ok_or(CronError::InvalidDate)?;
        let second = civil.hour() * 3_600 + civil.minute() * 60 + civil.second();
        Ok(Resolution::Single(WallClock(i64::from(date.epoch_days()) * DAY_SECONDS + i64::from(second))))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<WallClock> {
        self.0.checked_add(seconds).map(WallClock)
    }

    fn cmp_instant(&self, other: &WallClock) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// The first occurrence of an expression after an instant, read on the wall clock of a zone. A reading that the clock
/// skips in spring counts when the clock has moved on; one that it shows twice in autumn counts once, the first time.
///
/// # Errors
/// [`AppError::Invalid`] when the expression is none, or has no occurrence.
pub fn next_after(expression: &str, zone: &Zone, after: Timestamp) -> Result<Timestamp, AppError> {
    let wrong = |told: String| AppError::Invalid {
        field: "cron",
        message: format!(
            "{expression:?} is no usable cron expression: {told}; write minute, hour, day of month, month and day of \
             week, such as \"30 17 * * MON-FRI\""
        ),
    };
    let cron: Cron = expression.parse().map_err(|error: CronError| wrong(error.to_string()))?;
    let wall =
        |instant| zone.wall_seconds(instant).ok_or_else(|| wrong("the clock is out of range".to_owned()));
    let mut from = WallClock(wall(after)?);
    loop {
        let next = cron.find_next_occurrence(&from, false).map_err(|error| wrong(error.to_string()))?;
        let instant = zone.instant_of_wall(next.0).ok_or_else(|| wrong("it has no occurrence".to_owned()))?;
        // In autumn the clock shows an hour twice, and what was due in its first run is not due in the second.
        if instant > after {
            return Ok(instant);
        }
        from = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, after: &str, expect: &str) {
        let next = next_after(expression, &Zone::new_york(), after.parse().unwrap()).unwrap();
        assert_eq!(next.to_string(), expect, "{expression} after {after}");
    }

    #[test]
    fn occurrences_follow_the_wall_clock_of_the_exchange() {
        check("30 17 * * MON-FRI", "2024-01-05T22:29:59Z", "2024-01-05T22:30:00Z");
        check("30 17 * * MON-FRI", "2024-01-05T22:30:00Z", "2024-01-08T22:30:00Z");
        check("30 17 * * MON-FRI", "2024-07-05T12:00:00Z", "2024-07-05T21:30:00Z");
        check("0 0 1 * *", "2024-02-28T12:00:00Z", "2024-03-01T05:00:00Z");
    }

    #[test]
    fn an_hour_that_is_skipped_counts_when_the_clock_has_moved_on() {
        // At two o'clock on 10 March 2024 the clock went on to three.
        check("30 2 * * *", "2024-03-10T06:00:00Z", "2024-03-10T07:30:00Z");
        check("30 2 * * *", "2024-03-10T07:30:00Z", "2024-03-11T06:30:00Z");
    }

    #[test]
    fn an_hour_that_is_shown_twice_counts_once() {
        // At two o'clock on 3 November 2024 the clock went back to one.
        check("30 1 * * *", "2024-11-03T05:00:00Z", "2024-11-03T05:30:00Z");
        check("30 1 * * *", "2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z");
        check("30 1 * * *", "2024-11-03T06:10:00Z", "2024-11-04T06:30:00Z");
    }

    #[test]
    fn what_is_no_expression_is_refused_with_an_example() {
        for expression in ["", "noon", "61 * * * *", "* * *", "0 0 31 2 *"] {
            let refused =
                next_after(expression, &Zone::new_york(), Timestamp::from_epoch_micros(0)).unwrap_err();
            assert!(refused.to_string().contains("30 17 * * MON-FRI"), "{refused}");
        }
    }
}
