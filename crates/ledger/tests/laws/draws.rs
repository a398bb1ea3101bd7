//! How books are drawn.

use model::{
    Actions, Bar, Bars, Booking, Calendar, Currency, Date, Dividend, Event, Instrument, InstrumentId,
    InstrumentKind, LotMethod, MONEY_SCALE, Money, Payment, Price, QUANTITY_SCALE, Quantity, Ratio, Split,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::books::{Book, ENTERED_AT, Listing, event, portfolio};

const SYMBOLS: [&str; 4] = ["AAA", "BBB", "CCC", "DDD"];
/// Sessions of the calendar from 2019 to 2024, so that windows cross holidays of every kind.
const FIRST_SESSIONS: std::ops::Range<usize> = 7_310..8_750;
const PPM: i64 = 1_000_000;

/// What a listing is drawn from.
#[derive(Clone, Debug)]
struct ListingDraw {
    first_price: i64,
    /// For each session the change of the close in millionths, absent where there is no bar.
    moves: Vec<Option<i64>>,
    /// Where bars are missing for a while, and for how many sessions.
    hole: (usize, usize),
    kind: ListingKind,
    split: Option<(usize, Ratio)>,
    dividends: Vec<(usize, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ListingKind {
    Stock,
    WholeUnitStock,
    Contract,
    Unquoted,
}

/// What an event is drawn from.
#[derive(Clone, Debug)]
struct EventDraw {
    what: What,
    day: i32,
    slot: usize,
    units: i64,
    fraction: i64,
    price: i64,
    amount: i64,
    is_voided: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Fill,
    Deposit,
    Withdrawal,
    Fee,
    Interest,
    Mark,
    Dividend,
    DividendPerUnit,
    Split,
}

/// Any book: gaps, splits, dividends, every kind of event on any day of the week, every lot method.
pub fn books() -> impl Strategy<Value = Book> {
    (FIRST_SESSIONS, 12..40_usize).prop_flat_map(|(first, length)| {
        let sessions = Calendar::xnys().sessions()[first..first + length].to_vec();
        let span_days = sessions[length - 1].days_since(sessions[0]);
        let equity = prop_oneof![Just(0), 1_000..2_000_000_i64];
        let start = prop_oneof![2 => Just(None), 1 => Just(Some(sessions[0]))];
        (
            Just(sessions),
            vec(listing_draws(length), SYMBOLS.len()),
            vec(event_draws(span_days), 1..24),
            equity,
            start,
            select(LotMethod::ALL),
        )
            .prop_map(|(sessions, listings, events, equity, start, method)| {
                let drawn = listings.iter().zip(SYMBOLS).zip(1..);
                let listings: Vec<Listing> =
                    drawn.map(|((draw, symbol), id)| listing(draw, symbol, id, &sessions)).collect();
                let equity = Money::from_micros(equity * MONEY_SCALE);
                let mut book = Book {
                    portfolio: portfolio(method, equity, start),
                    events: Vec::new(),
                    listings,
                    sessions,
                };
                book.events = booked(&events, &book);
                book
            })
    })
}

fn listing_draws(length: usize) -> impl Strategy<Value = ListingDraw> {
    let moves = vec(prop_oneof![6 => (-30_000..30_000_i64).prop_map(Some), 1 => Just(None)], length);
    let hole = (0..length, select(vec![0_usize, 0, 0, 3, 14]));
    let kind = prop_oneof![
        5 => Just(ListingKind::Stock),
        2 => Just(ListingKind::WholeUnitStock),
        1 => Just(ListingKind::Contract),
        1 => Just(ListingKind::Unquoted),
    ];
    let split = proptest::option::of((0..length, ratios()));
    let dividends = vec((0..length, 10_000..3_000_000_i64), 0..3);
    (1_000_000..400_000_000_i64, moves, hole, kind, split, dividends).prop_map(
        |(first_price, moves, hole, kind, split, dividends)| ListingDraw {
            first_price,
            moves,
            hole,
            kind,
            split,
            dividends,
        },
    )
}

pub fn ratios() -> impl Strategy<Value = Ratio> {
    select(vec![(2, 1), (3, 1), (4, 1), (3, 2), (1, 3), (1, 10), (7, 3)])
        .prop_map(|(new, old)| Ratio::new(new, old).unwrap())
}

fn event_draws(span_days: i32) -> impl Strategy<Value = EventDraw> {
    let what = prop_oneof![
        12 => Just(What::Fill),
        2 => Just(What::Deposit),
        1 => Just(What::Withdrawal),
        1 => Just(What::Fee),
        1 => Just(What::Interest),
        2 => Just(What::Mark),
        1 => Just(What::Dividend),
        1 => Just(What::DividendPerUnit),
        1 => Just(What::Split),
    ];
    let units = (1..400_i64, any::<bool>()).prop_map(|(units, is_sale)| if is_sale { -units } else { units });
    let fraction = prop_oneof![1 => Just(0), 1 => 0..QUANTITY_SCALE];
    let price = 500_000..500_000_000_i64;
    let amount = -500_000_000..5_000_000_000_i64;
    (what, 0..=span_days, 0..SYMBOLS.len(), units, fraction, price, amount, prop::bool::weighted(0.05))
        .prop_map(|(what, day, slot, units, fraction, price, amount, is_voided)| EventDraw {
            what,
            day,
            slot,
            units,
            fraction,
            price,
            amount,
            is_voided,
        })
}

fn listing(draw: &ListingDraw, symbol: &str, id: i64, sessions: &[Date]) -> Listing {
    let kind = match draw.kind {
        ListingKind::Contract => InstrumentKind::Option,
        _ => InstrumentKind::Stock,
    };
    let instrument = Instrument {
        id: InstrumentId(id),
        symbol: symbol.parse().unwrap(),
        kind,
        currency: (id % 2 == 0).then_some(Currency::USD),
        multiplier: if draw.kind == ListingKind::Contract { 100 } else { 1 },
        is_whole_unit: draw.kind == ListingKind::WholeUnitStock,
        option: None,
    };
    let mut listing = Listing { instrument, bars: Bars::default(), actions: Actions::default() };
    if draw.kind == ListingKind::Unquoted {
        return listing;
    }
    let has_actions = draw.kind != ListingKind::Contract;
    let split = draw.split.filter(|_| has_actions);
    listing.actions.splits =
        split.map(|(at, ratio)| Split { ex_date: sessions[at], ratio }).into_iter().collect();
    if has_actions {
        let mut dividends = draw.dividends.clone();
        dividends.sort_unstable();
        let dividends = dividends.iter();
        listing.actions.dividends = dividends
            .map(|(at, amount)| Dividend { ex_date: sessions[*at], amount: Price::from_micros(*amount) })
            .collect();
    }
    let mut price = draw.first_price;
    for (at, (session, change)) in sessions.iter().zip(&draw.moves).enumerate() {
        if let Some((_, ratio)) = split.filter(|(ex, _)| *ex == at) {
            price = price * ratio.old_units() / ratio.new_units();
        }
        let is_in_hole = (draw.hole.0..draw.hole.0 + draw.hole.1).contains(&at);
        if let Some(change) = change.filter(|_| !is_in_hole) {
            price += price * change / PPM;
            listing.bars.push(bar(*session, price, true));
        }
    }
    listing
}

pub fn bar(session: Date, close_micros: i64, is_final: bool) -> Bar {
    let close = Price::from_micros(close_micros);
    Bar { session, open: None, high: None, low: None, close, volume: None, is_final }
}

/// The events drawn, entered in the order drawn.
fn booked(draws: &[EventDraw], book: &Book) -> Vec<Event> {
    let mut split_slots: Vec<usize> = Vec::new();
    let mut events = Vec::new();
    for (draw, entry_no) in draws.iter().zip(1..) {
        let date = book.sessions[0].plus_days(draw.day);
        let listing = &book.listings[draw.slot];
        // Two splits of one symbol on one session have no order, and only trading days have splits.
        let is_split_twice = split_slots.contains(&draw.slot) || !listing.actions.splits.is_empty();
        let is_split = draw.what == What::Split;
        if is_split && (is_split_twice || !book.sessions.contains(&date) || listing.bars.is_empty()) {
            continue;
        }
        split_slots.extend(is_split.then_some(draw.slot));
        let mut event = event(entry_no, date, booking(draw, &listing.instrument));
        event.voided_at = draw.is_voided.then_some(ENTERED_AT);
        events.push(event);
    }
    if !events.iter().any(Event::is_active) {
        let amount = Money::from_micros(MONEY_SCALE);
        events.push(event(1_000, book.sessions[0], Booking::Deposit { amount }));
    }
    events
}

fn booking(draw: &EventDraw, of: &Instrument) -> Booking {
    let (instrument, price) = (of.id, Price::from_micros(draw.price));
    let amount = Money::from_micros(draw.amount);
    let positive = Money::from_micros(draw.amount.abs() + 1);
    match draw.what {
        What::Fill => {
            let fraction = if of.is_whole_unit { 0 } else { draw.fraction * draw.units.signum() };
            let quantity = Quantity::from_hundred_millionths(draw.units * QUANTITY_SCALE + fraction);
            let fee = Money::from_micros(positive.micros() / 1_000);
            Booking::Fill { instrument, quantity, price, fee }
        }
        What::Deposit => Booking::Deposit { amount: positive },
        What::Withdrawal => Booking::Withdrawal { amount: positive },
        What::Fee => Booking::Fee { amount },
        What::Interest => Booking::Interest { amount },
        What::Mark => Booking::Mark { instrument, price },
        // A contract pays nothing itself, so that no rule says what one unit of it would be paid.
        What::DividendPerUnit if of.multiplier == 1 => {
            let amount = Price::from_micros(draw.price / 100);
            Booking::Dividend { instrument, paid: Payment::PerUnit(amount) }
        }
        What::Dividend | What::DividendPerUnit => {
            Booking::Dividend { instrument, paid: Payment::Total(amount) }
        }
        What::Split => {
            let ratio = if draw.units > 0 { Ratio::new(2, 1) } else { Ratio::new(1, 10) };
            Booking::Split { instrument, ratio: ratio.unwrap() }
        }
    }
}

/// So many cases, and no files of failures in the tree: what fails becomes a test of its own.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4_096, ..ProptestConfig::default() }
}
