//! Options on an underlying: model prices, splits of the underlying, settlement.

use ledger::{Explanation, Rules, Run, explain};
use model::{
    Actions, Bars, Booking, Calendar, Date, Instrument, InstrumentId, InstrumentKind, LotMethod, Money,
    OPTION_MULTIPLIER, OptionRight, OptionTerms, Price, QUANTITY_SCALE, Quantity, Ratio, Split,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::books::{Book, Listing, event, portfolio};
use super::draws::{bar, config, ratios};

const UNDERLYING: InstrumentId = InstrumentId(1);
const CALL: InstrumentId = InstrumentId(2);
const PUT: InstrumentId = InstrumentId(3);
/// Sessions with closes of the underlying before the first fill; those that its own volatility is of.
const BEFORE: usize = 64;
const AFTER: usize = 30;
const PPM: i64 = 1_000_000;

/// An underlying whose closes move by these millionths, with a call and a put of one strike and expiration, bought on
/// the session behind the first closes.
#[derive(Clone, Debug)]
struct Pair {
    first_price: i64,
    moves: Vec<i64>,
    /// The strike over the close before the fill, in millionths.
    moneyness: i64,
    /// From the fill to the expiration.
    days: i32,
    rate: f64,
    contracts: (i64, i64),
    price: i64,
}

fn pairs() -> impl Strategy<Value = Pair> {
    (
        20_000_000..400_000_000_i64,
        vec(-30_000..30_000_i64, BEFORE + AFTER),
        800_000..1_200_000_i64,
        50..300_i32,
        -0.02..0.1_f64,
        (-9..10_i64, -9..10_i64),
        500_000..20_000_000_i64,
    )
        .prop_map(|(first_price, moves, moneyness, days, rate, contracts, price)| Pair {
            first_price,
            moves,
            moneyness,
            days,
            rate,
            contracts: (contracts.0 * 2 + 1, contracts.1 * 2 + 1),
            price,
        })
}

fn sessions() -> &'static [Date] {
    let first = Calendar::xnys().index_of("2023-06-01".parse().unwrap()).unwrap();
    &Calendar::xnys().sessions()[first..first + BEFORE + AFTER]
}

impl Pair {
    fn closes(&self) -> Vec<i64> {
        let mut price = self.first_price;
        let next = |change: &i64| {
            price += price * change / PPM;
            price
        };
        self.moves.iter().map(next).collect()
    }

    /// Strikes are whole cents.
    fn strike(&self) -> i64 {
        self.closes()[BEFORE - 1] / PPM * self.moneyness / 10_000 * 10_000
    }

    fn expiration(&self) -> Date {
        sessions()[BEFORE].plus_days(self.days)
    }

    /// The book, with a close of the underlying on the session of the fill or without.
    fn book(&self, has_close: bool) -> Book {
        let bars = sessions().iter().zip(self.closes()).enumerate();
        let bars: Bars = bars
            .filter(|(at, _)| has_close || *at != BEFORE)
            .map(|(_, (session, close))| bar(*session, close, true))
            .collect();
        let terms = |right| OptionTerms {
            underlying: UNDERLYING,
            right,
            strike: Price::from_micros(self.strike()),
            expiration: self.expiration(),
        };
        let listings = vec![
            listing(UNDERLYING, "AAA", None, bars),
            listing(CALL, "CALL", Some(terms(OptionRight::Call)), Bars::default()),
            listing(PUT, "PUT", Some(terms(OptionRight::Put)), Bars::default()),
        ];
        let fill = |instrument, contracts: i64| {
            let (quantity, price) = (
                Quantity::from_hundred_millionths(contracts * QUANTITY_SCALE),
                Price::from_micros(self.price),
            );
            Booking::Fill { instrument, quantity, price, fee: Money::ZERO }
        };
        let date = sessions()[BEFORE];
        Book {
            sessions: sessions().to_vec(),
            portfolio: portfolio(LotMethod::Fifo, Money::from_micros(PPM * PPM), Some(date)),
            listings,
            events: vec![
                event(1, date, fill(CALL, self.contracts.0)),
                event(2, date, fill(PUT, self.contracts.1)),
            ],
        }
    }
}

fn listing(id: InstrumentId, symbol: &str, option: Option<OptionTerms>, bars: Bars) -> Listing {
    let is_option = option.is_some();
    let instrument = Instrument {
        id,
        symbol: symbol.parse().unwrap(),
        kind: if is_option { InstrumentKind::Option } else { InstrumentKind::Stock },
        currency: None,
        multiplier: if is_option { OPTION_MULTIPLIER } else { 1 },
        is_whole_unit: false,
        option,
    };
    Listing { instrument, bars, actions: Actions::default() }
}

fn explained(book: &Book, session: Date, rate: f64) -> Explanation {
    let (market, rules) = (book.market(), Rules::new(0.95, rate));
    let run = Run {
        calendar: Calendar::xnys(),
        portfolio: &book.portfolio,
        events: &book.events,
        market: &market,
        rules: &rules,
    };
    explain(&run, session, None).unwrap().unwrap()
}

fn price(explained: &Explanation, of: InstrumentId) -> Option<f64> {
    let held = explained.positions.iter().find(|held| held.position.instrument == of);
    Some(held?.position.quote.price?.to_f64())
}

/// The same pair when the underlying splits on a session and trades at divided prices from there.
fn with_split(book: &Book, session: Date, ratio: Ratio) -> Book {
    let mut book = book.clone();
    let listing = &mut book.listings[0];
    listing.actions.splits = vec![Split { ex_date: session, ratio }];
    let bars = listing.bars.iter().map(|before| {
        let divided = before.close.over(ratio).unwrap().micros();
        if before.session < session { before } else { bar(before.session, divided, true) }
    });
    listing.bars = bars.collect();
    book
}

proptest! {
    #![proptest_config(config(96))]

    /// Whatever the volatility, a call and a put of one strike differ by the forward: `S - K exp(-r T)`.
    #[test]
    fn model_prices_of_a_call_and_a_put_are_in_parity(pair in pairs(), at in 1..AFTER) {
        let (session, spot) = (sessions()[BEFORE + at], pair.closes()[BEFORE + at] as f64 / 1e6);
        let explained = explained(&pair.book(false), session, pair.rate);
        let (call, put) = (price(&explained, CALL).unwrap(), price(&explained, PUT).unwrap());
        let years = f64::from(pair.expiration().days_since(session)) / 365.0;
        let forward = spot - pair.strike() as f64 / 1e6 * (-pair.rate * years).exp();
        // Each of the two prices is rounded to a millionth.
        prop_assert!((call - put - forward).abs() <= 1.01e-6, "{} - {} is not {}", call, put, forward);
        prop_assert_eq!(explained.snapshot.coverage, 1.0);
    }

    #[test]
    fn a_split_of_the_underlying_leaves_what_its_options_are_worth(
        pair in pairs(), at in 1..AFTER, later in 0..AFTER, has_close in any::<bool>(), ratio in ratios(),
    ) {
        let book = pair.book(has_close);
        let split = with_split(&book, sessions()[BEFORE + at], ratio);
        let session = sessions()[(BEFORE + at + later).min(BEFORE + AFTER - 1)];
        let (before, after) = (explained(&book, session, pair.rate), explained(&split, session, pair.rate));
        let known = |explained: &Explanation| [CALL, PUT].map(|of| price(explained, of).is_some());
        prop_assert_eq!(known(&before), known(&after));
        let units = pair.contracts.0.abs() + pair.contracts.1.abs();
        let (new, old) = (ratio.new_units(), ratio.old_units());
        // Spot, strike and price of the new contracts are rounded to a millionth each, on units that are more by the
        // ratio; the closes that the volatility is of are rounded too, which a price moves by far less than by tens.
        let allowed = 40 * units * OPTION_MULTIPLIER * (new / old).max(1) + 4;
        let moved = before.snapshot.equity.micros() - after.snapshot.equity.micros();
        prop_assert!(moved.abs() <= allowed, "{:?} {:?}", before.snapshot, after.snapshot);
        prop_assert_eq!(before.snapshot.cost_total, after.snapshot.cost_total);
    }

    #[test]
    fn an_expired_option_leaves_nothing_but_what_its_right_was_worth(pair in pairs(), days in 1..40_i32) {
        let pair = Pair { days, ..pair };
        let book = pair.book(true);
        let last = Calendar::xnys().on_or_before(pair.expiration()).unwrap();
        let at = book.sessions.binary_search(&last).unwrap();
        let explained = explained(&book, last, pair.rate);
        let in_the_money = i128::from(pair.closes()[at] - pair.strike());
        let settled = i128::from(pair.contracts.0) * 100 * in_the_money.max(0)
            + i128::from(pair.contracts.1) * 100 * (-in_the_money).max(0);
        let paid = i128::from(pair.contracts.0 + pair.contracts.1) * 100 * i128::from(pair.price);
        let snapshot = &explained.snapshot;
        let expect = i128::from(PPM * PPM) - paid + settled;
        prop_assert_eq!(i128::from(snapshot.equity.micros()), expect);
        prop_assert_eq!(i128::from(snapshot.realized_total.micros()), settled - paid);
        prop_assert_eq!((snapshot.position_count, snapshot.cost_total), (0, Money::ZERO));
        prop_assert_eq!(snapshot.equity, snapshot.cash);
    }
}
