//! Events of a portfolio: the truth that everything else is derived from.

use crate::names::names;
use crate::{BatchId, Date, EventId, InstrumentId, Money, Price, Quantity, Ratio, Timestamp};

/// What happened, with its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// Money put in. The amount is above zero.
    Deposit {
        /// The money.
        amount: Money,
    },
    /// Money taken out. The amount is above zero.
    Withdrawal {
        /// The money.
        amount: Money,
    },
    /// An execution of ours: bought when the quantity is positive, sold when it is negative.
    Fill {
        /// What was traded.
        instrument: InstrumentId,
        /// Signed units, never zero.
        quantity: Quantity,
        /// Price of one unit as traded.
        price: Price,
        /// Commission and other costs of the fill, kept out of cost.
        fee: Money,
    },
    /// A dividend entered by hand.
    Dividend {
        /// The payer.
        instrument: InstrumentId,
        /// Total cash, negative for a short, or cash for one unit.
        paid: Payment,
    },
    /// A cost that belongs to no fill.
    Fee {
        /// What was paid; negative is a refund.
        amount: Money,
    },
    /// Interest received; negative is interest paid.
    Interest {
        /// The money.
        amount: Money,
    },
    /// A price given by hand.
    Mark {
        /// What is priced.
        instrument: InstrumentId,
        /// Price of one unit.
        price: Price,
    },
    /// A split entered by hand.
    Split {
        /// What was split.
        instrument: InstrumentId,
        /// New units for old ones.
        ratio: Ratio,
    },
}

/// How much a dividend pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// All of it, as booked by the broker.
    Total(Money),
    /// Cash for one unit held before the open.
    PerUnit(Price),
}

impl Booking {
    /// The kind of event this is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Booking::Deposit { .. } => EventKind::Deposit,
            Booking::Withdrawal { .. } => EventKind::Withdrawal,
            Booking::Fill { quantity, .. } if quantity.signum() < 0 => EventKind::Sell,
            Booking::Fill { .. } => EventKind::Buy,
            Booking::Dividend { .. } => EventKind::Dividend,
            Booking::Fee { .. } => EventKind::Fee,
            Booking::Interest { .. } => EventKind::Interest,
            Booking::Mark { .. } => EventKind::Mark,
            Booking::Split { .. } => EventKind::Split,
        }
    }

    /// The instrument it concerns, if any.
    pub const fn instrument(&self) -> Option<InstrumentId> {
        match self {
            Booking::Fill { instrument, .. }
            | Booking::Dividend { instrument, .. }
            | Booking::Mark { instrument, .. }
            | Booking::Split { instrument, .. } => Some(*instrument),
            Booking::Deposit { .. }
            | Booking::Withdrawal { .. }
            | Booking::Fee { .. }
            | Booking::Interest { .. } => None,
        }
    }
}

names! {
    /// The kinds of events, by the names people use for them.
    EventKind, "deposit, withdrawal, buy, sell, dividend, fee, interest, mark, split", {
        /// Money put in.
        Deposit = "deposit",
        /// Money taken out.
        Withdrawal = "withdrawal",
        /// A fill that adds units.
        Buy = "buy",
        /// A fill that takes units away; it may open a short.
        Sell = "sell",
        /// A dividend entered by hand.
        Dividend = "dividend",
        /// A cost that belongs to no fill.
        Fee = "fee",
        /// Interest received or paid.
        Interest = "interest",
        /// A price given by hand.
        Mark = "mark",
        /// A split entered by hand.
        Split = "split",
    }
}

names! {
    /// Where an event came from.
    EventSource, "user, import, simulation", {
        /// Entered one by one.
        User = "user",
        /// A row of an imported file.
        Import = "import",
        /// A simulated trader.
        Simulation = "simulation",
    }
}

/// One event of a portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// Position in the order of entry within the portfolio, ascending.
    pub entry_no: i64,
    /// The calendar date it happened on; on a day that is no session it takes effect on the next one.
    pub date: Date,
    /// What happened.
    pub booking: Booking,
    /// The caller's name for it: the same key and content twice is one event.
    pub key: String,
    /// Where it came from.
    pub source: EventSource,
    /// The import it belongs to.
    pub batch: Option<BatchId>,
    /// Free text of the user.
    pub note: Option<String>,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// When it was taken out of the books, if it was.
    pub voided_at: Option<Timestamp>,
}

impl Event {
    /// Whether it counts.
    pub const fn is_active(&self) -> bool {
        self.voided_at.is_none()
    }

    /// Whether two events say the same, apart from when and how they were entered.
    pub fn same_content(&self, other: &Event) -> bool {
        self.date == other.date && self.booking == other.booking
    }
}
