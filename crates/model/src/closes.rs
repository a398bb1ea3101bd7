//! Closes as traded, by column: all of a bar that values and returns follow from.

use crate::{Bars, Date, Price};

/// Closes of one symbol by column, in session order, each session once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closes {
    /// Sessions, ascending and distinct.
    pub sessions: Vec<Date>,
    /// Closes.
    pub close: Vec<Price>,
    /// Whether each close is final.
    pub is_final: Vec<bool>,
}

impl Closes {
    /// The closes of bars.
    pub fn of(bars: &Bars) -> Closes {
        Closes { sessions: bars.sessions.clone(), close: bars.close.clone(), is_final: bars.is_final.clone() }
    }

    /// Number of closes.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }
}
