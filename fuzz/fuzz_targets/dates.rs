#![no_main]

use model::{Date, Timestamp};

libfuzzer_sys::fuzz_target!(|text: &str| {
    fuzz::round_trip::<Date>(text);
    // An instant is written to the second, so that only what is written is read as the same again.
    if let Ok(instant) = text.parse::<Timestamp>() {
        fuzz::round_trip::<Timestamp>(&instant.to_string());
    }
    if let Ok(date) = text.parse::<Date>() {
        let (year, month, day) = date.ymd();
        assert_eq!(Date::from_ymd(year, month, day), Some(date));
        assert_eq!(Date::from_epoch_days(date.epoch_days()), date);
    }
    // The same date in a file, of an event and of an option.
    fuzz::read(None, &fuzz::row("date,activityType,amount", &[text, "deposit", "1"]));
    let header = "Symbol,Quantity,Entry Price Per Share,Entry Date,Expiration Date,Strike Price,Option Type";
    fuzz::read(None, &fuzz::row(header, &["AAA", "1", "2", "2024-01-02", text, "5", "put"]));
});
