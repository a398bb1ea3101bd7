//! Why a portfolio could not be computed.

use model::{Date, InstrumentId, Money, NumberError};

/// Why a portfolio could not be computed. Nothing of it may be published then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A sum or product does not fit its type.
    #[error("an amount on {session} is too large to be kept")]
    Overflow {
        /// The session it happened on.
        session: Date,
        /// The number that overflowed.
        #[source]
        source: NumberError,
    },
    /// Equity rolled forward and equity added up differ: a defect of the ledger itself.
    #[error("equity on {session} is {added_up} added up and {rolled_forward} rolled forward")]
    IdentityBroken {
        /// The session it happened on.
        session: Date,
        /// `cash + sum(market_value)`.
        added_up: Money,
        /// `equity before + unrealized_change + realized + income - fees + flow`.
        rolled_forward: Money,
    },
    /// The snapshot to go on from is not what the events and prices of today give for its session.
    #[error("the stored equity of {session} is {stored}, events and prices give {computed}")]
    PriorDiffers {
        /// The session of the stored snapshot.
        session: Date,
        /// Equity as stored.
        stored: Money,
        /// Equity as computed from events and prices.
        computed: Money,
    },
    /// An event names an instrument whose description or prices were not handed in.
    #[error("instrument {0} is not among those loaded")]
    InstrumentMissing(InstrumentId),
    /// A date lies outside the exchange calendar.
    #[error("{0} is outside the exchange calendar")]
    OutsideCalendar(Date),
}
