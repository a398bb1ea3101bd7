//! Portfolios and their settings.

use crate::names::names;
use crate::{Currency, Date, Money, PortfolioId, Timestamp};

/// The owner of everything made on the command line, and by HTTP while nobody can log in.
pub const OWNER_LOCAL: &str = "local";

names! {
    /// Which lot a closing fill takes first.
    LotMethod, "fifo, lifo, highest, average", {
        /// The oldest lot.
        Fifo = "fifo",
        /// The newest lot.
        Lifo = "lifo",
        /// The dearest lot; for shorts the one sold cheapest.
        Highest = "highest",
        /// All lots of a side are one pool.
        Average = "average",
    }
}

/// A portfolio: who owns it, how it accounts, and how it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    /// Its identity.
    pub id: PortfolioId,
    /// Who it belongs to.
    pub owner: String,
    /// Its name, unique for its owner.
    pub name: String,
    /// The one currency it is kept in.
    pub currency: Currency,
    /// Which lot a closing fill takes first.
    pub lot_method: LotMethod,
    /// Cash it begins with: the first event of the first session, and part of its flow.
    pub opening_equity: Money,
    /// First date it accounts for, when the user fixed one.
    pub start: Option<Date>,
    /// Counts every change of its events and settings.
    pub revision: i64,
    /// Entry number of the last event entered.
    pub last_entry_no: i64,
    /// When it was created.
    pub created_at: Timestamp,
}
