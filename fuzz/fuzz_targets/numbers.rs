#![no_main]

use model::{Money, Price, Quantity, Ratio};

libfuzzer_sys::fuzz_target!(|text: &str| {
    fuzz::round_trip::<Money>(text);
    fuzz::round_trip::<Price>(text);
    fuzz::round_trip::<Quantity>(text);
    fuzz::round_trip::<Ratio>(text);
    if let Ok(exact) = text.parse::<Money>() {
        assert_eq!(Money::parse_rounded(text), Ok(exact), "what needs no rounding is not rounded");
    }
    // The same number in a file, as an amount, as a quantity with a price, and as a ratio.
    let header = "date,symbol,activityType,quantity,unitPrice,amount,fee";
    fuzz::read(None, &fuzz::row(header, &["2024-01-02", "", "deposit", "", "", text, ""]));
    fuzz::read(None, &fuzz::row(header, &["2024-01-02", "AAA", "buy", text, text, "", text]));
    fuzz::read(None, &fuzz::row(header, &["2024-01-02", "AAA", "split", text, "", "", ""]));
    // Where cells are divided by semicolons, a comma may be meant for the point.
    fuzz::read(None, &fuzz::row("date;activityType;amount", &["2024-01-02", "deposit", text]));
});
