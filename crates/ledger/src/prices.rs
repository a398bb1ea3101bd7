//! Closes of the instruments in a run, laid along the exchange calendar once for all portfolios.

use std::collections::BTreeMap;

use model::{Actions, Calendar, Closes, Date, Dividend, Instrument, InstrumentId, Price, Split};

/// The newest final close on or before a session, as it counts on that session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    /// Divided by the ratios of all splits since it was traded.
    pub price: Price,
    /// Calendar index of the session it was traded on.
    pub index: usize,
    /// The session it was traded on.
    pub session: Date,
}

/// Final closes and corporate actions of one instrument, by calendar index.
#[derive(Clone, Debug)]
pub struct PricePath {
    closes: Vec<Close>,
    /// Splits with the calendar index of the session before whose open they happen.
    splits: Vec<(usize, Split)>,
    dividends: Vec<(usize, Dividend)>,
    /// Calendar index of the first entry of `along`.
    first: usize,
    /// For each session from `first`: the newest close, split-adjusted to that session.
    along: Vec<Option<Close>>,
}

impl PricePath {
    /// Lays closes and actions along the calendar. Look-ups from `first` to `last` are by index; those outside
    /// search. Closes that are not final, or lie on no session, are left out.
    pub fn new(
        calendar: &Calendar,
        closes: &Closes,
        actions: &Actions,
        first: Date,
        last: Date,
    ) -> PricePath {
        let closes = (0..closes.len())
            .filter(|at| closes.is_final[*at])
            .filter_map(|at| {
                let session = closes.sessions[at];
                let index = calendar.index_of(session)?;
                Some(Close { price: closes.close[at], index, session })
            })
            .collect();
        let effective =
            |date: Date| calendar.on_or_after(date).and_then(|session| calendar.index_of(session));
        let splits = actions.splits.iter().filter_map(|split| Some((effective(split.ex_date)?, *split)));
        let dividends = actions.dividends.iter().filter_map(|paid| Some((effective(paid.ex_date)?, *paid)));
        let mut path = PricePath {
            closes,
            splits: splits.collect(),
            dividends: dividends.collect(),
            first: 0,
            along: Vec::new(),
        };
        if let Some((first, last)) =
            effective(first).zip(calendar.on_or_before(last).and_then(|session| calendar.index_of(session)))
        {
            path.along = (first..last + 1).map(|index| path.search(index)).collect();
            path.first = first;
        }
        path
    }

    /// The same closes under other corporate actions.
    pub(crate) fn with_actions(&self, calendar: &Calendar, actions: &Actions) -> PricePath {
        let none = Closes::default();
        let mut path = PricePath::new(calendar, &none, actions, calendar.first(), calendar.first());
        path.closes.clone_from(&self.closes);
        path.along = (self.first..self.first + self.along.len()).map(|index| path.search(index)).collect();
        path.first = self.first;
        path
    }

    /// The newest final close on or before the session with this calendar index.
    #[inline]
    pub(crate) fn close_at(&self, index: usize) -> Option<Close> {
        match index.checked_sub(self.first).and_then(|at| self.along.get(at)) {
            Some(close) => *close,
            None => self.search(index),
        }
    }

    pub(crate) fn splits(&self) -> &[(usize, Split)] {
        &self.splits
    }

    pub(crate) fn dividends(&self) -> &[(usize, Dividend)] {
        &self.dividends
    }

    /// A price of a date, divided by the splits dated after it up to `index`; `None` on overflow.
    pub(crate) fn carried(&self, price: Price, date: Date, index: usize) -> Option<Price> {
        let later = self.splits.iter().filter(|(at, split)| split.ex_date > date && *at <= index);
        later.map(|(_, split)| split.ratio).try_fold(price, |price, ratio| price.over(ratio).ok())
    }

    fn search(&self, index: usize) -> Option<Close> {
        let at = self.closes.partition_point(|close| close.index <= index).checked_sub(1)?;
        let close = self.closes[at];
        Some(Close { price: self.carried(close.price, close.session, index)?, ..close })
    }
}

/// The instruments of a run and their prices.
#[derive(Debug, Default)]
pub struct Market {
    instruments: BTreeMap<InstrumentId, (Instrument, Actions, PricePath)>,
}

impl Market {
    /// A market that knows nothing.
    pub fn new() -> Market {
        Market::default()
    }

    /// Adds an instrument, or replaces what was known of it. `path` was made from the same `actions`.
    pub fn insert(&mut self, instrument: Instrument, actions: Actions, path: PricePath) {
        self.instruments.insert(instrument.id, (instrument, actions, path));
    }

    /// The instrument of an identity.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(&id).map(|(instrument, _, _)| instrument)
    }

    pub(crate) fn get(&self, id: InstrumentId) -> Option<(&Instrument, &Actions, &PricePath)> {
        self.instruments.get(&id).map(|(instrument, actions, path)| (instrument, actions, path))
    }
}
