//! The calendar against an independent library's sessions, and its answers at the edges of days and years.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeSet;
use std::io::Read;

use model::{Calendar, Date, MarketState, SETTLE_DELAY_S_DEFAULT, Timestamp};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden");

struct GoldenSession {
    date: Date,
    open: Timestamp,
    close: Timestamp,
    close_minute: u16,
    open_minute: u16,
    is_early_close: bool,
    is_late_open: bool,
}

fn golden_sessions() -> Vec<GoldenSession> {
    let file = std::fs::File::open(format!("{GOLDEN}/nyse_sessions_1990_2030.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let columns = ["date", "open_utc", "close_utc", "close_ny", "open_ny", "early_close", "late_open"];
    assert_eq!(rows.headers().unwrap(), &columns[..]);
    rows.records()
        .map(|row| {
            let row = row.unwrap();
            GoldenSession {
                date: date(&row[0]),
                open: instant(&row[1]),
                close: instant(&row[2]),
                close_minute: minute(&row[3]),
                open_minute: minute(&row[4]),
                is_early_close: &row[5] == "1",
                is_late_open: &row[6] == "1",
            }
        })
        .collect()
}

/// The days about whose hours two libraries differ: the texts in the cross-check that read as dates.
fn disputed_days() -> BTreeSet<Date> {
    let text = std::fs::read_to_string(format!("{GOLDEN}/nyse_crosscheck.json")).unwrap();
    text.split('"').filter_map(|part| part.parse().ok()).collect()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minute(text: &str) -> u16 {
    let (hours, minutes) = text.split_once(':').unwrap();
    hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
}

#[test]
fn every_session_and_its_hours_equal_the_golden_calendar() {
    let calendar = Calendar::xnys();
    let golden = golden_sessions();
    assert_eq!(golden.len(), 10_322);
    let dates: Vec<Date> = golden.iter().map(|session| session.date).collect();
    assert_eq!(calendar.sessions(), dates);
    for expected in &golden {
        let hours = calendar.hours(expected.date).unwrap();
        assert_eq!(hours.open, expected.open, "open of {}", expected.date);
        assert_eq!(hours.close, expected.close, "close of {}", expected.date);
        assert_eq!(hours.open_minute_ny, expected.open_minute, "{}", expected.date);
        assert_eq!(hours.close_minute_ny, expected.close_minute, "{}", expected.date);
        assert_eq!(hours.is_early_close(), expected.is_early_close, "{}", expected.date);
        assert_eq!(hours.is_late_open(), expected.is_late_open, "{}", expected.date);
    }
}

#[test]
fn disputed_days_have_regular_hours_but_for_the_eve_of_2000() {
    let disputed = disputed_days();
    assert_eq!(disputed.len(), 15);
    for day in disputed {
        let hours = Calendar::xnys().hours(day).unwrap();
        assert!(!hours.is_late_open(), "{day}");
        assert_eq!(hours.is_early_close(), day == date("1999-12-31"), "{day}");
    }
}

#[test]
fn lookups_agree_with_a_walk_over_every_day() {
    let calendar = Calendar::xnys();
    let sessions: BTreeSet<Date> = calendar.sessions().iter().copied().collect();
    let (first_day, last_day) = (date("1990-01-01"), date("2030-12-31"));
    for days in first_day.epoch_days()..=last_day.epoch_days() {
        let day = Date::from_epoch_days(days);
        assert_eq!(calendar.is_session(day), sessions.contains(&day), "{day}");
        assert_eq!(calendar.on_or_after(day), sessions.range(day..).next().copied(), "{day}");
        assert_eq!(calendar.on_or_before(day), sessions.range(..=day).next_back().copied(), "{day}");
        assert_eq!(calendar.next(day), sessions.range(day.plus_days(1)..).next().copied(), "{day}");
        assert_eq!(calendar.previous(day), sessions.range(..day).next_back().copied(), "{day}");
        assert_eq!(calendar.hours(day).is_some(), sessions.contains(&day), "{day}");
    }
}

#[test]
fn indices_round_trip() {
    let calendar = Calendar::xnys();
    assert_eq!(calendar.name(), "XNYS");
    assert_eq!((calendar.first(), calendar.last()), (date("1990-01-02"), date("2030-12-31")));
    for (index, session) in calendar.sessions().iter().enumerate() {
        assert_eq!(calendar.index_of(*session), Some(index));
        assert_eq!(calendar.session_at(index), Some(*session));
    }
    assert_eq!(calendar.session_at(calendar.sessions().len()), None);
    assert_eq!(calendar.session_at(usize::MAX), None);
    assert_eq!(calendar.index_of(date("2024-12-25")), None);
}

#[test]
fn dates_outside_the_calendar_are_unknown() {
    let calendar = Calendar::xnys();
    let extremes = [i32::MIN, i32::MAX].map(Date::from_epoch_days);
    for day in [date("1989-12-31"), date("2031-01-01"), extremes[0], extremes[1]] {
        assert!(!calendar.is_session(day));
        assert_eq!(calendar.index_of(day), None);
        assert_eq!(calendar.on_or_after(day), None);
        assert_eq!(calendar.on_or_before(day), None);
        assert_eq!(calendar.next(day), None);
        assert_eq!(calendar.previous(day), None);
        assert_eq!(calendar.hours(day), None);
        assert!(!calendar.is_complete(day, instant("2025-01-01T00:00:00Z"), 0));
        assert!(calendar.between(day, day).is_empty());
    }
    assert_eq!(calendar.previous(calendar.first()), None);
    assert_eq!(calendar.next(calendar.last()), None);
    assert_eq!(calendar.on_or_before(date("1990-01-01")), None);
}

#[test]
fn between_includes_both_ends_and_stops_at_the_calendar() {
    let calendar = Calendar::xnys();
    let count = |first: &str, last: &str| calendar.between(date(first), date(last)).len();
    assert_eq!(
        calendar.between(date("2024-07-03"), date("2024-07-05")),
        [date("2024-07-03"), date("2024-07-05")]
    );
    assert_eq!(count("2024-07-03", "2024-07-03"), 1);
    assert_eq!(count("2024-07-04", "2024-07-04"), 0);
    assert_eq!(count("2024-07-06", "2024-07-07"), 0);
    assert_eq!(count("2024-07-05", "2024-07-03"), 0);
    assert_eq!(count("2024-01-01", "2024-12-31"), 252);
    assert_eq!(count("1980-01-01", "1990-01-05"), 4);
    assert_eq!(count("2030-12-30", "2050-01-01"), 2);
    assert_eq!(count("1980-01-01", "2050-01-01"), 10_322);
    assert_eq!(count("1980-01-01", "1989-12-31"), 0);
    assert_eq!(count("2031-01-01", "2050-01-01"), 0);
    assert_eq!(count("2050-01-01", "1980-01-01"), 0);
}

fn check_newest_complete(now: &str, expect: Option<&str>) {
    let newest = Calendar::xnys().newest_complete(instant(now), SETTLE_DELAY_S_DEFAULT);
    assert_eq!(newest, expect.map(date), "at {now}");
}

#[test]
fn newest_complete_turns_half_an_hour_after_the_close() {
    // The Friday before and the Monday after the clocks of 2024 went forward, and back.
    check_newest_complete("2024-03-08T21:29:59Z", Some("2024-03-07"));
    check_newest_complete("2024-03-08T21:30:00Z", Some("2024-03-08"));
    check_newest_complete("2024-03-11T20:29:59Z", Some("2024-03-08"));
    check_newest_complete("2024-03-11T20:30:00Z", Some("2024-03-11"));
    check_newest_complete("2024-11-01T20:30:00Z", Some("2024-11-01"));
    check_newest_complete("2024-11-04T20:30:00Z", Some("2024-11-01"));
    check_newest_complete("2024-11-04T21:30:00Z", Some("2024-11-04"));
    // Until 2006 the clocks changed in April and October.
    check_newest_complete("2006-03-31T21:29:59Z", Some("2006-03-30"));
    check_newest_complete("2006-04-03T20:30:00Z", Some("2006-04-03"));
    check_newest_complete("2006-10-30T20:30:00Z", Some("2006-10-27"));
    check_newest_complete("2006-10-30T21:30:00Z", Some("2006-10-30"));
}

#[test]
fn newest_complete_knows_early_closes_week_ends_and_holidays() {
    check_newest_complete("2024-11-29T18:29:59Z", Some("2024-11-27"));
    check_newest_complete("2024-11-29T18:30:00Z", Some("2024-11-29"));
    check_newest_complete("1992-11-27T19:29:59Z", Some("1992-11-25"));
    check_newest_complete("1992-11-27T19:30:00Z", Some("1992-11-27"));
    check_newest_complete("2024-12-01T12:00:00Z", Some("2024-11-29"));
    check_newest_complete("2024-12-25T22:00:00Z", Some("2024-12-24"));
    check_newest_complete("2001-09-16T22:00:00Z", Some("2001-09-10"));
    // In New York it is still the evening of the session when UTC has begun the next day.
    check_newest_complete("2024-12-06T03:00:00Z", Some("2024-12-05"));
}

#[test]
fn newest_complete_ends_with_the_calendar() {
    check_newest_complete("1990-01-02T21:29:59Z", None);
    check_newest_complete("1990-01-02T21:30:00Z", Some("1990-01-02"));
    check_newest_complete("2031-01-01T04:59:59Z", Some("2030-12-31"));
    check_newest_complete("2031-01-02T12:00:00Z", None);
    check_newest_complete("1970-01-01T00:00:00Z", None);
}

#[test]
fn the_settle_delay_may_be_any_number() {
    let calendar = Calendar::xnys();
    let now = instant("2024-12-05T21:00:00Z");
    assert_eq!(calendar.newest_complete(now, 0), Some(date("2024-12-05")));
    assert_eq!(calendar.newest_complete(now, 1), Some(date("2024-12-04")));
    assert_eq!(calendar.newest_complete(now, 7 * 86_400), Some(date("2024-11-27")));
    for delay in [i64::MIN, i64::MAX] {
        assert_eq!(calendar.newest_complete(now, delay), None);
        assert_eq!(calendar.is_complete(date("2024-12-04"), now, delay), delay < 0);
    }
    assert!(calendar.is_complete(date("2024-12-05"), now, 0));
    assert!(!calendar.is_complete(date("2024-12-05"), now, 1));
    assert!(!calendar.is_complete(date("2024-11-28"), now, 0));
}

#[test]
fn newest_complete_and_is_complete_tell_the_same_story_at_every_close() {
    let calendar = Calendar::xnys();
    for pair in calendar.sessions().windows(2) {
        let turn = calendar.hours(pair[1]).unwrap().close.plus_seconds(SETTLE_DELAY_S_DEFAULT);
        let before = Timestamp::from_epoch_micros(turn.epoch_micros() - 1);
        assert_eq!(calendar.newest_complete(before, SETTLE_DELAY_S_DEFAULT), Some(pair[0]));
        assert_eq!(calendar.newest_complete(turn, SETTLE_DELAY_S_DEFAULT), Some(pair[1]));
        assert!(!calendar.is_complete(pair[1], before, SETTLE_DELAY_S_DEFAULT));
        assert!(calendar.is_complete(pair[1], turn, SETTLE_DELAY_S_DEFAULT));
    }
}

#[test]
fn required_through_is_the_earlier_of_the_end_and_the_newest_complete_session() {
    let check = |now: &str, end: &str, expect: Option<&str>| {
        let required = Calendar::xnys().required_through(instant(now), date(end), SETTLE_DELAY_S_DEFAULT);
        assert_eq!(required, expect.map(date), "at {now} to {end}");
    };
    check("2024-12-05T15:00:00Z", "2024-12-05", Some("2024-12-04"));
    check("2024-12-05T21:30:00Z", "2024-12-05", Some("2024-12-05"));
    check("2024-12-05T21:30:00Z", "2024-12-04", Some("2024-12-04"));
    check("2024-12-05T21:30:00Z", "2024-12-31", Some("2024-12-05"));
    check("2024-12-05T21:30:00Z", "2024-12-01", Some("2024-11-29"));
    check("2024-07-03T17:30:00Z", "2024-07-04", Some("2024-07-03"));
    check("2024-07-03T17:29:59Z", "2024-07-04", Some("2024-07-02"));
    // An end beyond the calendar sets no limit; one before it leaves nothing to require.
    check("2024-12-05T21:30:00Z", "2040-01-01", Some("2024-12-05"));
    check("2024-12-05T21:30:00Z", "1989-12-29", None);
    check("2024-12-05T21:30:00Z", "1990-01-01", None);
    // After its last year the calendar can still answer for an end that it knows.
    check("2035-01-01T00:00:00Z", "2024-12-01", Some("2024-11-29"));
    check("2035-01-01T00:00:00Z", "2035-01-01", None);
    check("1985-01-01T00:00:00Z", "2024-12-01", None);
}

fn check_market_state(turns: &[(&str, MarketState)]) {
    for (index, (from, state)) in turns.iter().enumerate() {
        let turn = instant(from);
        assert_eq!(Calendar::xnys().market_state(turn), *state, "at {from}");
        if index > 0 {
            let before = Timestamp::from_epoch_micros(turn.epoch_micros() - 1);
            assert_eq!(Calendar::xnys().market_state(before), turns[index - 1].1, "just before {from}");
        }
    }
}

#[test]
fn market_state_follows_the_new_york_day() {
    use MarketState::{AfterHours, Closed, Open, PreMarket};
    // A Friday in winter, the week-end on which the clocks go forward, and the Monday in summer.
    check_market_state(&[
        ("2024-03-08T05:00:00Z", Closed),
        ("2024-03-08T09:00:00Z", PreMarket),
        ("2024-03-08T14:30:00Z", Open),
        ("2024-03-08T21:00:00Z", AfterHours),
        ("2024-03-09T01:00:00Z", Closed),
        ("2024-03-10T15:00:00Z", Closed),
        ("2024-03-11T08:00:00Z", PreMarket),
        ("2024-03-11T13:30:00Z", Open),
        ("2024-03-11T20:00:00Z", AfterHours),
        ("2024-03-12T00:00:00Z", Closed),
    ]);
    // Thanksgiving, and the short Friday after it.
    check_market_state(&[
        ("2024-11-28T15:00:00Z", Closed),
        ("2024-11-29T09:00:00Z", PreMarket),
        ("2024-11-29T14:30:00Z", Open),
        ("2024-11-29T18:00:00Z", AfterHours),
        ("2024-11-29T22:00:00Z", Closed),
    ]);
    for outside in ["1989-12-29T16:00:00Z", "2031-01-02T16:00:00Z"] {
        assert_eq!(Calendar::xnys().market_state(instant(outside)), Closed);
    }
    for extreme in [i64::MIN, i64::MAX] {
        assert_eq!(Calendar::xnys().market_state(Timestamp::from_epoch_micros(extreme)), Closed);
    }
}

#[test]
fn market_states_have_the_names_used_in_answers() {
    let names = [MarketState::PreMarket, MarketState::Open, MarketState::AfterHours, MarketState::Closed]
        .map(MarketState::as_str);
    assert_eq!(names, ["pre_market", "open", "after_hours", "closed"]);
}
