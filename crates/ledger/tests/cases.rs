//! Accounting cases that a person can check: a small journal, and the exact report expected of it.
//!
//! Each file in `cases/` begins with what it shows. Then come, in this order and where needed:
//!
//! | line | says |
//! | --- | --- |
//! | `portfolio equity 1000 start 2024-01-02 lots fifo` | how the portfolio begins; every pair may be left out |
//! | `rules coverage 0.9 rate 0.05` | settings other than 0.95 and 0 |
//! | `instrument AAA option multiplier 100 whole-units currency EUR` | what is not a plain share |
//! | `prices AAA BBB`, then `2024-01-02 10 -` | final closes by session, `-` where there is no bar |
//! | … or `2024-01-02..2024-01-31 10 50\|52` | the same on every session of a range, or in turns |
//! | `actions`, then `2024-01-03 split AAA 2:1` or `… dividend AAA 0.5` | what market data knows |
//! | `events`, then `2024-01-02 buy AAA 10 @ 5 fee 1` and the like | the journal, in the order of entry |
//! | `report equity AAA.value`, then `2024-01-02 1000 50` | what every session must say |
//!
//! A report names each session from the first one on; `...` leaves some out. Ratios may be written as
//! fractions. `-` is a figure that does not exist.
//!
//! The page of the accounting rules holds cases of the same form, which are run as well.

#![allow(clippy::unwrap_used, reason = "a case that cannot be read has failed")]

mod cases {
    pub mod journal;
    pub mod page;
    pub mod report;
    pub mod sums;
}

use cases::{journal, page, report};

/// Computes the journal of a case and compares every cell of its reports.
fn check(name: &str, text: &str) {
    let journal = journal::parse(text);
    assert!(!journal.reports.is_empty(), "{name} expects nothing");
    let differences: Vec<String> =
        journal.reports.iter().flat_map(|expected| report::differences(&journal, expected)).collect();
    assert!(differences.is_empty(), "{name}\n{}", differences.join("\n"));
}

#[test]
fn every_number_of_the_page_is_what_the_ledger_gives() {
    let sections = page::sections(include_str!("../../../docs/accounting.md"));
    assert!(sections.len() > 1, "the page has headings");
    for section in sections {
        assert_eq!(section.faults(), [""; 0], "{}", section.heading);
        for (case, at) in section.cases.iter().zip(1..) {
            check(&format!("{}, case {at}", section.heading), case);
        }
    }
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let name = stringify!($name);
                check(name, include_str!(concat!("cases/", stringify!($name), ".txt")));
            }
        )*

        #[test]
        fn every_case_is_run() {
            let mut listed: Vec<String> = vec![$(format!("{}.txt", stringify!($name))),*];
            listed.sort();
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            let names = entries.map(|name| name.into_string().unwrap());
            let mut found: Vec<String> = names.filter(|name| name.ends_with(".txt")).collect();
            found.sort();
            assert_eq!(listed, found);
        }
    };
}

cases! {
    actions_on_a_holiday
    cash_in_lieu
    cash_in_lieu_after_events
    cash_in_lieu_at_an_older_price
    cash_in_lieu_of_contracts
    cash_in_lieu_of_the_total
    cash_in_lieu_without_a_price
    crossing_zero
    crossing_zero_fractions
    currency_mismatch
    day_trade
    delisted_symbol_blocks_nothing
    deposit_on_saturday
    dividend_rounded_once
    dividends
    dust_lot_rounded_away
    dust_rounded_away
    dust_sold_in_lieu
    entry_day
    event_on_holiday
    fees_stay_out_of_cost
    late_sale
    long_and_short_sides
    lots_average
    lots_average_crossing
    lots_fifo
    lots_fifo_short
    lots_highest
    lots_highest_short
    lots_lifo
    lots_lifo_short
    mark_after_a_week_end_split
    mark_older_than_a_split
    marks
    missing_bar
    negative_cash
    no_return_without_a_base
    option_assigned_short
    option_expiry
    option_expiry_waits_for_the_underlying
    option_mark_before_the_model
    option_model_follows_the_latest_fill
    option_model_price
    option_model_put
    option_multiplier_of_its_own
    option_put_expiry
    option_quote_of_the_fill_day
    option_rounded_once
    option_split_of_the_underlying
    option_split_three_for_two
    options_count_by_the_contract
    partial_close_remainder
    private_starts_with_its_cost
    realized_once
    short_gains
    split_before_dividend
    split_without_a_bar
    ten_days
    unpriced_at_cost
    user_dividend
    user_dividend_of_a_short
    user_dividend_window
    user_dividends_by_date
    user_split
    user_split_window
}
