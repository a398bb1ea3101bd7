//! Time zones by name: which date it is somewhere at an instant.

use crate::{Date, Timestamp};

/// A time zone.
///
/// # Example
/// ```
/// use model::{Timestamp, Zone};
/// let instant: Timestamp = "2024-01-05T02:00:00Z".parse().unwrap();
/// let date_in = |zone: &str| Zone::named(zone).unwrap().date_of(instant).unwrap().to_string();
/// assert_eq!(date_in("America/New_York"), "2024-01-04");
/// assert_eq!(date_in("Asia/Tokyo"), "2024-01-05");
/// assert!(Zone::named("Mars/Olympus").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// The zone of a name of the IANA database, which is compiled in; absent for any other name.
    pub fn named(name: &str) -> Option<Zone> {
        jiff::tz::TimeZone::get(name).ok().map(Zone)
    }

    /// A zone that is always so many seconds ahead of universal time; absent beyond a day and a bit.
    pub fn ahead_by_seconds(seconds: i32) -> Option<Zone> {
        let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
        Some(Zone(jiff::tz::TimeZone::fixed(offset)))
    }

    /// The zone of New York.
    pub fn new_york() -> Zone {
        Zone::named("America/New_York").expect("invariant: the database of zones is compiled in")
    }

    /// The date there at an instant; absent at the ends of time.
    pub fn date_of(&self, instant: Timestamp) -> Option<Date> {
        let instant = jiff::Timestamp::from_microsecond(instant.epoch_micros()).ok()?;
        let date = self.0.to_datetime(instant).date();
        Date::from_ymd(i32::from(date.year()), date.month() as u32, date.day() as u32)
    }

    /// What the wall clock shows there at an instant, in seconds since it showed the first moment of 1970; absent at the
    /// ends of time.
    pub fn wall_seconds(&self, instant: Timestamp) -> Option<i64> {
        let instant = jiff::Timestamp::from_microsecond(instant.epoch_micros()).ok()?;
        Some(instant.as_second() + i64::from(self.0.to_offset(instant).seconds()))
    }

    /// The instant at which the wall clock there shows so many seconds since the first moment of 1970: the first of two
    /// when it goes back, and when it skips the reading, as much later as it skips. Absent at the ends of time.
    pub fn instant_of_wall(&self, seconds: i64) -> Option<Timestamp> {
        let civil = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(seconds).ok()?);
        let instant = self.0.to_timestamp(civil).ok()?;
        Some(Timestamp::from_epoch_micros(instant.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_time_and_fixed_offsets_are_followed() {
        let check = |zone: Option<Zone>, instant: &str, expected: &str| {
            let date = zone.unwrap().date_of(instant.parse().unwrap()).unwrap();
            assert_eq!(date.to_string(), expected, "{instant}");
        };
        check(Zone::named("America/New_York"), "2024-07-05T03:59:59Z", "2024-07-04");
        check(Zone::named("America/New_York"), "2024-07-05T04:00:00Z", "2024-07-05");
        check(Zone::named("Europe/London"), "2024-07-04T23:00:00Z", "2024-07-05");
        check(Zone::ahead_by_seconds(-18_000), "2024-07-05T04:59:59Z", "2024-07-04");
        check(Some(Zone::new_york()), "1970-01-02T14:30:00Z", "1970-01-02");
        assert!(Zone::ahead_by_seconds(i32::MAX).is_none());
        assert_eq!(Zone::new_york().date_of(Timestamp::from_epoch_micros(i64::MAX)), None);
    }
}
