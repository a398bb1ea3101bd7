//! Days that are named by a rule, such as the third Monday of a month.

use crate::Date;

pub(super) const MONDAY: u32 = 0;
pub(super) const TUESDAY: u32 = 1;
pub(super) const WEDNESDAY: u32 = 2;
pub(super) const THURSDAY: u32 = 3;
pub(super) const FRIDAY: u32 = 4;
pub(super) const SATURDAY: u32 = 5;
pub(super) const SUNDAY: u32 = 6;

/// The date of a year, month and day that a rule or a table of this calendar names.
pub(super) fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd(year, month, day).expect("invariant: rules and tables name days that exist")
}

/// Whether a date is no Saturday and no Sunday.
pub(super) fn is_weekday(date: Date) -> bool {
    date.weekday() < SATURDAY
}

/// The first, second, … (`nth` 1, 2, …) such day of the week in a month.
pub(super) fn nth_weekday(year: i32, month: u32, nth: i32, weekday: u32) -> Date {
    let first = day(year, month, 1);
    let ahead = (7 + weekday - first.weekday()) % 7;
    first.plus_days(ahead as i32 + 7 * (nth - 1))
}

/// The last such day of the week in a month of 31 days.
pub(super) fn last_weekday_of_31(year: i32, month: u32, weekday: u32) -> Date {
    let last = day(year, month, 31);
    last.plus_days(-(((7 + last.weekday() - weekday) % 7) as i32))
}

/// The date itself, or the Friday before a Saturday, or the Monday after a Sunday.
pub(super) fn nearest_weekday(date: Date) -> Date {
    match date.weekday() {
        SATURDAY => date.plus_days(-1),
        SUNDAY => date.plus_days(1),
        _ => date,
    }
}

/// Easter Sunday of the Gregorian calendar.
///
/// # Example
/// 2024 gives 31 March, 2025 gives 20 April.
///
/// # Source
/// J. Meeus, Astronomical Algorithms, 1991, chapter 8.
pub(super) fn easter_sunday(year: i32) -> Date {
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late_moon = (golden + 11 * epact + 22 * to_sunday) / 451;
    // The work counts from 22 March, the earliest possible Easter.
    day(year, 3, 22).plus_days(epact + to_sunday - 7 * late_moon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_church_tables_put_it() {
        for date in ["1990-04-15", "2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20"] {
            let expected: Date = date.parse().unwrap();
            assert_eq!(easter_sunday(expected.ymd().0), expected);
        }
    }

    #[test]
    fn weekdays_are_counted_from_either_end_of_the_month() {
        assert_eq!(nth_weekday(2024, 9, 1, MONDAY).to_string(), "2024-09-02");
        assert_eq!(nth_weekday(2023, 10, 1, SUNDAY).to_string(), "2023-10-01");
        assert_eq!(nth_weekday(2024, 11, 4, THURSDAY).to_string(), "2024-11-28");
        assert_eq!(last_weekday_of_31(2024, 5, MONDAY).to_string(), "2024-05-27");
        assert_eq!(last_weekday_of_31(2027, 5, MONDAY).to_string(), "2027-05-31");
    }
}
