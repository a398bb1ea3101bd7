//! A book that was drawn: its market, its portfolio and its events, and what the ledger makes of them.

use std::fmt;

use ledger::{Computed, Explanation, Market, PricePath, Rules, Run};
use model::{
    Actions, Bars, Booking, Calendar, Closes, Currency, Date, Event, EventId, EventSource, Instrument,
    LotMethod, Money, OWNER_LOCAL, Portfolio, PortfolioId, Snapshot, Timestamp,
};

/// An instrument with everything the market knows of it.
#[derive(Clone, Debug)]
pub struct Listing {
    pub instrument: Instrument,
    pub bars: Bars,
    pub actions: Actions,
}

/// A market, a portfolio and its events.
#[derive(Clone)]
pub struct Book {
    /// The sessions that prices and events are drawn from.
    pub sessions: Vec<Date>,
    pub portfolio: Portfolio,
    pub listings: Vec<Listing>,
    pub events: Vec<Event>,
}

/// A line for each price, action and event, because a failing book is read by people.
impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Portfolio { lot_method, opening_equity, start, .. } = &self.portfolio;
        writeln!(f, "{lot_method}, opening equity {opening_equity}, start {start:?}, to {}", self.last())?;
        for Listing { instrument, bars, actions } in &self.listings {
            let Instrument { symbol, id, multiplier, is_whole_unit, .. } = instrument;
            writeln!(f, "{symbol} (id {id}, multiplier {multiplier}, whole units: {is_whole_unit})")?;
            for bar in bars.iter() {
                write!(f, " {} {}{},", bar.session, bar.close, if bar.is_final { "" } else { " not final" })?;
            }
            let splits =
                actions.splits.iter().map(|split| format!("\n split {} {}", split.ex_date, split.ratio));
            let paid =
                actions.dividends.iter().map(|paid| format!("\n paid {} {}", paid.ex_date, paid.amount));
            writeln!(f, "{}", splits.chain(paid).collect::<String>())?;
        }
        for event in &self.events {
            let voided = if event.is_active() { "" } else { " (voided)" };
            writeln!(f, "{} {} {:?}{voided}", event.entry_no, event.date, event.booking)?;
        }
        Ok(())
    }
}

impl Book {
    pub fn last(&self) -> Date {
        *self.sessions.last().unwrap()
    }

    pub fn market(&self) -> Market {
        let mut market = Market::new();
        for listing in &self.listings {
            let Listing { instrument, bars, actions } = listing.clone();
            let path =
                PricePath::new(Calendar::xnys(), &Closes::of(&bars), &actions, self.sessions[0], self.last());
            market.insert(instrument, actions, path);
        }
        market
    }

    /// Every session from inception to the last one drawn.
    pub fn computed(&self) -> Computed {
        self.computed_from(None)
    }

    /// The sessions after `prior`, or all of them.
    pub fn computed_from(&self, prior: Option<&Snapshot>) -> Computed {
        let from = prior.map_or(self.sessions[0], |prior| prior.session);
        self.with_run(|run| ledger::compute(run, from, self.last(), prior).unwrap())
    }

    pub fn explained(&self, session: Date, prior: Option<&Snapshot>) -> Explanation {
        self.with_run(|run| ledger::explain(run, session, prior).unwrap().unwrap())
    }

    pub fn with_run<T>(&self, answer: impl FnOnce(&Run) -> T) -> T {
        let (market, rules) = (self.market(), Rules::default());
        answer(&Run {
            calendar: Calendar::xnys(),
            portfolio: &self.portfolio,
            events: &self.events,
            market: &market,
            rules: &rules,
        })
    }

    /// The same book with one more event, entered last.
    pub fn with_event(&self, date: Date, booking: Booking) -> Book {
        let mut book = self.clone();
        let entry_no = book.events.iter().map(|event| event.entry_no).max().unwrap_or(0) + 1;
        book.events.push(event(entry_no, date, booking));
        book
    }
}

/// The day on which everything was entered; no figure may depend on it.
pub const ENTERED_AT: Timestamp = Timestamp::from_epoch_micros(1_700_000_000_000_000);

pub fn event(entry_no: i64, date: Date, booking: Booking) -> Event {
    Event {
        id: EventId(entry_no),
        entry_no,
        date,
        booking,
        key: format!("key-{entry_no}"),
        source: EventSource::User,
        batch: None,
        note: None,
        entered_at: ENTERED_AT,
        voided_at: None,
    }
}

pub fn portfolio(lot_method: LotMethod, opening_equity: Money, start: Option<Date>) -> Portfolio {
    Portfolio {
        id: PortfolioId(1),
        owner: OWNER_LOCAL.to_owned(),
        name: "Book".to_owned(),
        currency: Currency::USD,
        lot_method,
        opening_equity,
        start,
        revision: 1,
        last_entry_no: 0,
        created_at: ENTERED_AT,
    }
}

/// Fails unless both are the same to the last bit; comparing floats by value would let -0.0 pass for 0.0.
pub fn assert_same(left: &[Snapshot], right: &[Snapshot]) {
    assert_eq!(left.len(), right.len(), "as many sessions");
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left, right);
        let bits = |snapshot: &Snapshot| {
            let daily_return = snapshot.daily_return.map(f64::to_bits);
            (daily_return, snapshot.cumulative_return.to_bits(), snapshot.coverage.to_bits())
        };
        assert_eq!(bits(left), bits(right), "bits of the ratios on {}", left.session);
    }
}

/// The snapshots up to a session, that one included.
pub fn through(snapshots: &[Snapshot], session: Date) -> &[Snapshot] {
    &snapshots[..snapshots.partition_point(|snapshot| snapshot.session <= session)]
}
