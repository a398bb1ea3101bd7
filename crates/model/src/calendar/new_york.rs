//! New York time to UTC and back, for the years of the calendar.
//!
//! The rules of United States daylight-saving time are few, so they are computed here: a lookup in a time zone
//! database on each call would cost more than the rest of the calendar together.

use super::days::{SUNDAY, last_weekday_of_31, nth_weekday};
use crate::{Date, Timestamp};

/// 1990-01-01, the first day the calendar knows.
pub(super) const FIRST_DAY: Date = Date::from_epoch_days(7_305);
/// 2030-12-31, the last day the calendar knows.
pub(super) const LAST_DAY: Date = Date::from_epoch_days(22_279);

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;

/// The instant of a New York wall-clock time, in minutes after midnight, on a day without a change of clocks.
///
/// Clocks change on Sundays only, so every session is such a day.
pub(super) fn instant(date: Date, minute: u16) -> Timestamp {
    let (starts, ends) = daylight_saving(date.ymd().0);
    let behind_utc_hours = if starts <= date && date < ends { 4 } else { 5 };
    midnight_utc(date).plus_seconds(i64::from(minute) * 60 + behind_utc_hours * 3_600)
}

/// The date and the minute after midnight that New York's clocks show, or `None` outside the calendar's years.
pub(super) fn local(now: Timestamp) -> Option<(Date, u16)> {
    // New York is behind UTC, so its last day still runs while UTC has begun the next one.
    let utc_date = now.utc_date();
    if utc_date < FIRST_DAY || utc_date > LAST_DAY.plus_days(1) {
        return None;
    }
    let (starts, ends) = daylight_saving(utc_date.ymd().0);
    // Clocks change at 02:00: to summer time from UTC-5, back from UTC-4.
    let summer = midnight_utc(starts).plus_seconds(7 * 3_600)..midnight_utc(ends).plus_seconds(6 * 3_600);
    let behind_utc_hours = if summer.contains(&now) { 4 } else { 5 };
    let wall_clock_us = now.epoch_micros() - behind_utc_hours * HOUR_US;
    let date = Timestamp::from_epoch_micros(wall_clock_us).utc_date();
    let minute = wall_clock_us.rem_euclid(DAY_US) / MINUTE_US;
    (FIRST_DAY..=LAST_DAY).contains(&date).then_some((date, minute as u16))
}

/// The Sundays on which summer time begins and ends.
///
/// # Source
/// Uniform Time Act as amended in 1986 (first Sunday of April to last of October) and by the Energy Policy Act
/// of 2005 (from 2007: second Sunday of March to first of November).
fn daylight_saving(year: i32) -> (Date, Date) {
    if year < 2007 {
        (nth_weekday(year, 4, 1, SUNDAY), last_weekday_of_31(year, 10, SUNDAY))
    } else {
        (nth_weekday(year, 3, 2, SUNDAY), nth_weekday(year, 11, 1, SUNDAY))
    }
}

fn midnight_utc(date: Date) -> Timestamp {
    Timestamp::from_epoch_micros(i64::from(date.epoch_days()) * DAY_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_calendar_are_the_dates_they_claim_to_be() {
        assert_eq!(FIRST_DAY.to_string(), "1990-01-01");
        assert_eq!(LAST_DAY.to_string(), "2030-12-31");
    }

    #[test]
    fn wall_clock_agrees_with_the_time_zone_database_every_half_hour() {
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        let begin = instant(FIRST_DAY, 0).epoch_micros();
        let end = instant(LAST_DAY, 24 * 60).epoch_micros();
        for micros in (begin..end).step_by(30 * MINUTE_US as usize) {
            let civil = zone.to_datetime(jiff::Timestamp::from_microsecond(micros).unwrap());
            let expected_date =
                Date::from_ymd(civil.year().into(), civil.month() as u32, civil.day() as u32).unwrap();
            let expected = (expected_date, civil.hour() as u16 * 60 + civil.minute() as u16);
            assert_eq!(local(Timestamp::from_epoch_micros(micros)), Some(expected), "{civil}");
        }
        assert_eq!(local(Timestamp::from_epoch_micros(begin - 1)), None);
        assert_eq!(local(Timestamp::from_epoch_micros(end)), None);
    }

    #[test]
    fn the_ends_of_time_are_outside() {
        for micros in [i64::MIN, i64::MAX] {
            assert_eq!(local(Timestamp::from_epoch_micros(micros)), None);
        }
    }
}
