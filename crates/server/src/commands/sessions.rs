//! `sessions`.

use std::process::ExitCode;

use app::Clock;
use model::{Calendar, Date};
use serde_json::{Value, json};

use crate::failure::{EXIT_FINE, Failure};
use crate::render;
use crate::render::table::Sheet;

/// Without dates, so many days before today are meant.
const DAYS_DEFAULT: i32 = 30;

pub fn list(name: &str, from: Option<Date>, to: Option<Date>, wants_json: bool) -> Result<ExitCode, Failure> {
    let calendar = Calendar::xnys();
    let refuse = |place: &str, message: String| Failure::Usage { place: place.to_owned(), message };
    if !name.eq_ignore_ascii_case(calendar.name()) {
        return Err(refuse(
            "calendar",
            format!("there is no calendar {name:?}; there is {}", calendar.name()),
        ));
    }
    let to = to.unwrap_or_else(|| match from {
        Some(from) => from.plus_days(DAYS_DEFAULT).max(app::SystemClock.now().utc_date()),
        None => app::SystemClock.now().utc_date(),
    });
    let from = from.unwrap_or(to.plus_days(-DAYS_DEFAULT));
    if from > to {
        return Err(refuse("from", format!("the range begins on {from} and ends before, on {to}")));
    }
    if to < calendar.first() || from > calendar.last() {
        let (first, last) = (calendar.first(), calendar.last());
        return Err(refuse("from", format!("{} knows the sessions from {first} to {last}", calendar.name())));
    }
    if from < calendar.first() || to > calendar.last() {
        eprintln!("{} knows the sessions from {} to {}", calendar.name(), calendar.first(), calendar.last());
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let mut sheet = Sheet::new(&["session", "open", "close", "open UTC", "close UTC", ""]);
    let mut listed = Vec::new();
    for session in calendar.between(from, to) {
        let hours = calendar.hours(*session).expect("invariant: a session has hours");
        if wants_json {
            listed.push(json!({
                "session": session.to_string(),
                "open": hours.open.to_string(),
                "close": hours.close.to_string(),
                "open_local": clock(hours.open_minute_ny),
                "close_local": clock(hours.close_minute_ny),
                "early_close": hours.is_early_close(),
                "late_open": hours.is_late_open(),
            }));
        } else {
            sheet.row([
                session.to_string(),
                clock(hours.open_minute_ny),
                clock(hours.close_minute_ny),
                hours.open.to_string(),
                hours.close.to_string(),
                if hours.is_early_close() { "early close".to_owned() } else { String::new() },
            ]);
        }
    }
    if wants_json {
        render::print_json(&Value::Array(listed));
    } else {
        render::print(&sheet.text());
    }
    Ok(ExitCode::from(EXIT_FINE))
}
