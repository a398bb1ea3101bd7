//! The rules of the New York Stock Exchange: on which weekdays it stays closed, and on which it closes early.
//!
//! # Source
//! NYSE Rule 7.2 (holidays) and the exchange's published lists of holidays, early closings and special closings.

use super::days::{
    FRIDAY, MONDAY, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY, day, easter_sunday, last_weekday_of_31,
    nearest_weekday, nth_weekday,
};
use super::new_york::{FIRST_DAY, LAST_DAY};
use crate::Date;

const MINUTE_13_00: u16 = 13 * 60;
const MINUTE_14_00: u16 = 14 * 60;

/// Days on which the exchange stayed closed outside its rules.
const SPECIAL_CLOSURES: [(i32, u32, u32); 11] = [
    (1994, 4, 27), // Funeral of President Nixon.
    (2001, 9, 11), // Attacks of 11 September, to the 14th.
    (2001, 9, 12),
    (2001, 9, 13),
    (2001, 9, 14),
    (2004, 6, 11),  // Funeral of President Reagan.
    (2007, 1, 2),   // Mourning for President Ford.
    (2012, 10, 29), // Hurricane Sandy, to the 30th.
    (2012, 10, 30),
    (2018, 12, 5), // Mourning for President George H. W. Bush.
    (2025, 1, 9),  // Mourning for President Carter.
];

/// Days on which the exchange closed at 13:00 outside its rules.
const SPECIAL_EARLY_CLOSES: [(i32, u32, u32); 3] = [
    (1997, 12, 26), // Friday after Christmas.
    (1999, 12, 31), // Eve of the year 2000.
    (2003, 12, 26), // Friday after Christmas.
];

/// The holidays and special closures of all years, in no order; some fall on a weekend.
pub(super) fn closures() -> Vec<Date> {
    let mut closures: Vec<Date> = SPECIAL_CLOSURES.iter().map(|&(y, m, d)| day(y, m, d)).collect();
    for year in FIRST_DAY.ymd().0..=LAST_DAY.ymd().0 {
        closures.extend([
            new_year(year),
            nth_weekday(year, 2, 3, MONDAY), // Washington's Birthday.
            easter_sunday(year).plus_days(-2),
            last_weekday_of_31(year, 5, MONDAY), // Memorial Day.
            nearest_weekday(day(year, 7, 4)),
            nth_weekday(year, 9, 1, MONDAY), // Labor Day.
            thanksgiving(year),
            nearest_weekday(day(year, 12, 25)),
        ]);
        if year >= 1998 {
            closures.push(nth_weekday(year, 1, 3, MONDAY)); // Martin Luther King Jr. Day.
        }
        if year >= 2022 {
            closures.push(nearest_weekday(day(year, 6, 19))); // Juneteenth.
        }
    }
    closures
}

/// The sessions that close early with the minute of their close in New York, in order of date.
pub(super) fn early_closes() -> Vec<(Date, u16)> {
    let mut early: Vec<(Date, u16)> =
        SPECIAL_EARLY_CLOSES.iter().map(|&(y, m, d)| (day(y, m, d), MINUTE_13_00)).collect();
    for year in FIRST_DAY.ymd().0..=LAST_DAY.ymd().0 {
        // Until 1992 the exchange stayed open until 14:00 on a short day.
        let minute = if year <= 1992 { MINUTE_14_00 } else { MINUTE_13_00 };
        early.extend(near_independence_day(year).map(|date| (date, minute)));
        if year >= 1992 {
            early.push((thanksgiving(year).plus_days(1), minute));
        }
        early.extend(christmas_eve(year).map(|date| (date, minute)));
    }
    early.sort_unstable();
    early
}

/// 1 January, or the Monday after a Sunday.
///
/// On a Saturday it is not moved to the Friday, which ends the accounting year; the weekend then covers it.
fn new_year(year: i32) -> Date {
    let first = day(year, 1, 1);
    if first.weekday() == SUNDAY { first.plus_days(1) } else { first }
}

fn thanksgiving(year: i32) -> Date {
    nth_weekday(year, 11, 4, THURSDAY)
}

/// The short day next to Independence Day, which the exchange has kept since 1995.
///
/// It is 3 July when that is a session before a holiday on the 4th. When the 4th was a Thursday, the Friday
/// after it was short instead, until 2013 brought the short Wednesday.
fn near_independence_day(year: i32) -> Option<Date> {
    let eve = day(year, 7, 3);
    match eve.weekday() {
        _ if year < 1995 => None,
        MONDAY | TUESDAY | THURSDAY => Some(eve),
        WEDNESDAY if year >= 2013 => Some(eve),
        WEDNESDAY => Some(day(year, 7, 5)),
        _ => None,
    }
}

/// 24 December when it is a session: on a Friday it is the holiday for a Christmas on Saturday.
fn christmas_eve(year: i32) -> Option<Date> {
    let eve = day(year, 12, 24);
    (eve.weekday() < FRIDAY).then_some(eve)
}
