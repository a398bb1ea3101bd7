//! A small market in memory, as traded.

use std::collections::BTreeMap;

use model::{Actions, Bar, Bars, Calendar, Date, Dividend, Fundamentals, Price, Profile, Split, Timestamp};

/// Cents in a unit of the currency, in millionths.
const CENT_MICROS: i64 = 10_000;

/// A small market in memory.
#[derive(Clone, Debug)]
pub struct FakeMarket {
    /// The present, by which bars and splits are there or not.
    pub now: Timestamp,
    /// What is traded, by symbol as the vendor writes it.
    pub symbols: BTreeMap<String, FakeSymbol>,
}

/// What a market knows of one symbol.
#[derive(Clone, Debug, Default)]
pub struct FakeSymbol {
    /// Bars as traded.
    pub bars: Bars,
    /// Splits and dividends, as they were.
    pub actions: Actions,
    /// The first date on which it traded, when that is told.
    pub listed: Option<Date>,
    /// Name, kind, sector and the like.
    pub profile: Profile,
    /// Figures of the company.
    pub fundamentals: Fundamentals,
    /// Whether the vendor quotes it in hundredths of its currency, as pence.
    pub is_in_hundredths: bool,
}

impl FakeMarket {
    /// A market without symbols.
    pub fn new(now: Timestamp) -> FakeMarket {
        FakeMarket { now, symbols: BTreeMap::new() }
    }

    /// The market with one more symbol, written as the vendor writes it.
    pub fn with(mut self, symbol: &str, what: FakeSymbol) -> FakeMarket {
        self.symbols.insert(symbol.to_owned(), what);
        self
    }

    /// A symbol's bars of sessions that have begun, between two dates.
    pub fn bars(&self, symbol: &str, first: Date, last: Date) -> Vec<Bar> {
        let has_begun = |session| Calendar::xnys().hours(session).is_some_and(|hours| hours.open <= self.now);
        let bars = self.symbols.get(symbol).into_iter().flat_map(|what| what.bars.iter());
        bars.filter(|bar| (first..=last).contains(&bar.session) && has_begun(bar.session)).collect()
    }

    /// What a vendor divides prices of a date by who shows them on the basis of today's splits.
    pub fn later_splits(&self, symbol: &str, date: Date) -> f64 {
        let splits = self.symbols.get(symbol).into_iter().flat_map(|what| &what.actions.splits);
        splits
            .filter(|split| split.ex_date > date && self.has_happened(split.ex_date))
            .map(|split| split.ratio.new_units() as f64 / split.ratio.old_units() as f64)
            .product()
    }

    /// Whether the session of a date has begun.
    pub fn has_happened(&self, date: Date) -> bool {
        Calendar::xnys().hours(date).is_some_and(|hours| hours.open <= self.now)
    }
}

impl FakeSymbol {
    /// A symbol that trades from `first` to `last` around a price in cents, with bars that are easy to foresee: the
    /// close of the session numbered n since the epoch is `cents` plus n modulo 7, the open one cent below, the high
    /// two above, the low three below, and the volume a thousand and n.
    pub fn around(cents: i64, first: Date, last: Date) -> FakeSymbol {
        let price = |cents: i64| Price::from_micros(cents * CENT_MICROS);
        let bar = |session: &Date| {
            let day = i64::from(session.epoch_days());
            let close = cents + day.rem_euclid(7);
            Bar {
                session: *session,
                open: Some(price(close - 1)),
                high: Some(price(close + 2)),
                low: Some(price(close - 3)),
                close: price(close),
                volume: Some(1_000 + day),
                is_final: true,
            }
        };
        let bars = Calendar::xnys().between(first, last).iter().map(bar).collect();
        FakeSymbol { bars, listed: Some(first), ..FakeSymbol::default() }
    }

    /// The symbol with a split: from the ex-date on prices are divided and volumes multiplied.
    pub fn with_split(mut self, ex_date: Date, ratio: &str) -> FakeSymbol {
        let ratio: model::Ratio = ratio.parse().expect("a ratio");
        let divide = |price: Price| price.over(ratio).expect("a price");
        let bars = self.bars.iter().map(|bar| match bar.session < ex_date {
            true => bar,
            false => Bar {
                open: bar.open.map(divide),
                high: bar.high.map(divide),
                low: bar.low.map(divide),
                close: divide(bar.close),
                volume: bar.volume.map(|volume| volume * ratio.new_units() / ratio.old_units()),
                ..bar
            },
        });
        self.bars = bars.collect();
        self.actions.splits.push(Split { ex_date, ratio });
        self.actions.splits.sort_by_key(|split| split.ex_date);
        self
    }

    /// The symbol with a dividend for one unit as traded on its ex-date.
    pub fn with_dividend(mut self, ex_date: Date, amount: &str) -> FakeSymbol {
        self.actions.dividends.push(Dividend { ex_date, amount: amount.parse().expect("an amount") });
        self.actions.dividends.sort_by_key(|paid| paid.ex_date);
        self
    }

    /// The symbol with a profile.
    pub fn with_profile(mut self, profile: Profile, fundamentals: Fundamentals) -> FakeSymbol {
        (self.profile, self.fundamentals) = (profile, fundamentals);
        self
    }
}
