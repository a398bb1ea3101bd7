#![no_main]

use model::{OccSymbol, Symbol};

libfuzzer_sys::fuzz_target!(|text: &str| {
    fuzz::round_trip::<Symbol>(text);
    fuzz::round_trip::<OccSymbol>(text);
    if let Ok(option) = text.parse::<OccSymbol>() {
        let parts = OccSymbol::new(option.root.clone(), option.expiration, option.right, option.strike);
        assert_eq!(parts.as_ref(), Some(&option), "its parts make the same symbol");
        assert_eq!(option.symbol().as_str(), option.to_string());
    }
    // The same symbol in a file: alone, and with columns of its terms beside it.
    fuzz::read(
        None,
        &fuzz::row("Symbol,Quantity,Entry Price Per Share,Entry Date", &[text, "1", "2", "2024-01-02"]),
    );
    let header = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class,Option Type";
    fuzz::read(None, &fuzz::row(header, &[text, "1", "2", "2024-01-02", "OPTIONS", "call"]));
});
