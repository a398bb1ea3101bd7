//! Corporate actions of one symbol, dated by ex-date.

use crate::{Date, Price, Ratio};

/// A split: each old unit becomes `ratio` new ones before the open of the ex-date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// First date on which the symbol trades split.
    pub ex_date: Date,
    /// New units for old ones.
    pub ratio: Ratio,
}

/// A cash dividend for one unit as traded on the ex-date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dividend {
    /// First date on which the symbol trades without the dividend.
    pub ex_date: Date,
    /// Cash for one unit; after a split of the same date, for one new unit.
    pub amount: Price,
}

/// All corporate actions known of one symbol, each list in order of ex-date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// Splits by ex-date.
    pub splits: Vec<Split>,
    /// Dividends by ex-date.
    pub dividends: Vec<Dividend>,
}
