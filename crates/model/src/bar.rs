//! Daily bars as traded, by column, and the check that a bar makes sense alone.

use crate::{Date, Price};

/// One session's prices of one symbol, as traded.
///
/// A source that has only a close gives a bar without open, high and low: they are absent, never made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The session.
    pub session: Date,
    /// First price of the session.
    pub open: Option<Price>,
    /// Highest price of the session.
    pub high: Option<Price>,
    /// Lowest price of the session.
    pub low: Option<Price>,
    /// Last price of the session.
    pub close: Price,
    /// Units traded.
    pub volume: Option<i64>,
    /// Whether the session's close plus the settle delay had passed when the bar was fetched.
    pub is_final: bool,
}

/// What is wrong with a bar taken alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BarFault {
    /// A price is zero or negative.
    #[error("a price is not above zero")]
    PriceNotPositive,
    /// The low is above the open or the close.
    #[error("the low is above the open or the close")]
    LowAbove,
    /// The high is below the open or the close.
    #[error("the high is below the open or the close")]
    HighBelow,
    /// The volume is negative.
    #[error("the volume is negative")]
    VolumeNegative,
}

impl Bar {
    /// Checks the bar alone: prices above zero, low at most and high at least open and close, volume not
    /// negative.
    ///
    /// # Errors
    /// The first [`BarFault`] found.
    pub fn check(&self) -> Result<(), BarFault> {
        let prices = [self.open, self.high, self.low, Some(self.close)];
        if prices.iter().flatten().any(|price| price.signum() <= 0) {
            return Err(BarFault::PriceNotPositive);
        }
        let inner = || [self.open, Some(self.close)].into_iter().flatten();
        if self.low.is_some_and(|low| inner().any(|price| low > price) || self.high.is_some_and(|h| low > h))
        {
            return Err(BarFault::LowAbove);
        }
        if self.high.is_some_and(|high| inner().any(|price| high < price)) {
            return Err(BarFault::HighBelow);
        }
        if self.volume.is_some_and(|volume| volume < 0) {
            return Err(BarFault::VolumeNegative);
        }
        Ok(())
    }
}

/// Bars of one symbol by column, in session order, each session once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Sessions, ascending and distinct.
    pub sessions: Vec<Date>,
    /// Opens, where the source has them.
    pub open: Vec<Option<Price>>,
    /// Highs, where the source has them.
    pub high: Vec<Option<Price>>,
    /// Lows, where the source has them.
    pub low: Vec<Option<Price>>,
    /// Closes.
    pub close: Vec<Price>,
    /// Volumes in units, where the source has them.
    pub volume: Vec<Option<i64>>,
    /// Whether each bar is final.
    pub is_final: Vec<bool>,
}

impl Bars {
    /// Number of bars.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The bar at a position.
    pub fn get(&self, index: usize) -> Option<Bar> {
        (index < self.len()).then(|| Bar {
            session: self.sessions[index],
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
            is_final: self.is_final[index],
        })
    }

    /// All bars, in session order.
    pub fn iter(&self) -> impl Iterator<Item = Bar> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Adds a bar behind the last one; the caller keeps sessions ascending.
    pub fn push(&mut self, bar: Bar) {
        self.sessions.push(bar.session);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
        self.is_final.push(bar.is_final);
    }

    /// Whether there is a bar of a session.
    pub fn has(&self, session: Date) -> bool {
        self.position(session).is_some()
    }

    /// Position of the bar of a session.
    pub fn position(&self, session: Date) -> Option<usize> {
        self.sessions.binary_search(&session).ok()
    }

    /// Position of the last bar on or before a date.
    pub fn position_on_or_before(&self, date: Date) -> Option<usize> {
        self.sessions.partition_point(|session| *session <= date).checked_sub(1)
    }
}

impl FromIterator<Bar> for Bars {
    fn from_iter<I: IntoIterator<Item = Bar>>(bars: I) -> Bars {
        let mut columns = Bars::default();
        bars.into_iter().for_each(|bar| columns.push(bar));
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(open: &str, high: &str, low: &str, close: &str, volume: i64, expected: Result<(), BarFault>) {
        let price = |text: &str| (!text.is_empty()).then(|| text.parse::<Price>().unwrap());
        let bar = Bar {
            session: Date::from_epoch_days(0),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close).unwrap(),
            volume: Some(volume),
            is_final: true,
        };
        assert_eq!(bar.check(), expected, "{bar:?}");
    }

    #[test]
    fn a_bar_is_checked_alone() {
        check("10", "12", "9", "11", 0, Ok(()));
        check("", "", "", "11", 5, Ok(()));
        check("10", "12", "9", "0", 5, Err(BarFault::PriceNotPositive));
        check("-1", "12", "9", "10", 5, Err(BarFault::PriceNotPositive));
        check("10", "12", "10.5", "11", 5, Err(BarFault::LowAbove));
        check("", "9", "10", "10", 5, Err(BarFault::LowAbove));
        check("10", "10.5", "9", "11", 5, Err(BarFault::HighBelow));
        check("10", "12", "9", "11", -1, Err(BarFault::VolumeNegative));
    }
}
