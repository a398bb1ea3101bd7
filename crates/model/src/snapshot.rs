//! The published state of a portfolio at a session's close, its positions, and what was missing.

use crate::names::names;
use crate::{Date, InstrumentId, Money, PortfolioId, Price, Quantity, Symbol};

names! {
    /// How a holding's price on a session was come by.
    PriceStatus, "exact, stale, mark, expired_quote, model, unpriced", {
        /// The final close of the session itself.
        Exact = "exact",
        /// A close at most ten calendar days old.
        Stale = "stale",
        /// A price given by hand.
        Mark = "mark",
        /// A close older than ten calendar days.
        ExpiredQuote = "expired_quote",
        /// Computed from the underlying (options).
        Model = "model",
        /// Nothing is known; the holding is valued at cost.
        Unpriced = "unpriced",
    }
}

/// The price a holding was valued at, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price of one unit; absent when the holding is valued at cost.
    pub price: Option<Price>,
    /// The date the price is of.
    pub price_date: Option<Date>,
    /// How it was come by.
    pub status: PriceStatus,
    /// Sessions between the price's date and the session valued.
    pub age_sessions: u32,
}

impl Quote {
    /// Nothing is known of the holding's price.
    pub const UNPRICED: Quote =
        Quote { price: None, price_date: None, status: PriceStatus::Unpriced, age_sessions: 0 };
}

names! {
    /// Why something is missing from a snapshot.
    GapReason, "no_bar, quote_too_old, never_quoted, return_base_not_positive, currency_mismatch, not_settled", {
        /// The symbol has no final bar on the session; an earlier close stands in.
        NoBar = "no_bar",
        /// The newest close is older than ten calendar days.
        QuoteTooOld = "quote_too_old",
        /// No close on or before the session is known.
        NeverQuoted = "never_quoted",
        /// Opening equity plus flow is not positive, so a return on it has no meaning.
        ReturnBaseNotPositive = "return_base_not_positive",
        /// The instrument is not in the portfolio's currency.
        CurrencyMismatch = "currency_mismatch",
        /// The option has expired, and the underlying's close of that session is not known.
        NotSettled = "not_settled",
    }
}

/// A datum that is missing from a snapshot, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The holding concerned; absent when the gap is the portfolio's.
    pub symbol: Option<Symbol>,
    /// How the holding was priced instead; absent when the gap is the portfolio's.
    pub status: Option<PriceStatus>,
    /// Why it is missing.
    pub reason: GapReason,
    /// The date of the price that stands in.
    pub price_date: Option<Date>,
}

names! {
    /// Whether a snapshot stands.
    SnapshotState, "final, provisional", {
        /// Enough of it is priced as it should be.
        Final = "final",
        /// Too little is; later data will compute it again.
        Provisional = "provisional",
    }
}

/// The published state of a portfolio at a session's close.
///
/// # Units
/// Money in the portfolio's currency; ratios are fractions.
///
/// # Convention
/// `equity = cash + long_value + short_value`, and
/// `equity = equity before + unrealized_change + realized + income - fees + flow`, both to the last digit.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Whose it is.
    pub portfolio: PortfolioId,
    /// The session at whose close it holds.
    pub session: Date,
    /// Whether it stands.
    pub state: SnapshotState,
    /// What the portfolio is worth.
    pub equity: Money,
    /// Cash; negative is borrowed.
    pub cash: Money,
    /// Market value of long holdings.
    pub long_value: Money,
    /// Market value of short holdings, negative.
    pub short_value: Money,
    /// Cost of all lots, signed as the holdings are.
    pub cost_total: Money,
    /// Change of unrealized profit since the session before.
    pub unrealized_change: Money,
    /// Profit of what was closed on the session.
    pub realized: Money,
    /// Dividends and interest.
    pub income: Money,
    /// Commissions and other costs.
    pub fees: Money,
    /// Deposits less withdrawals.
    pub flow: Money,
    /// `unrealized_change + realized + income - fees`.
    pub daily_pnl: Money,
    /// `daily_pnl / (equity before + flow)`; absent when that base is not positive.
    pub daily_return: Option<f64>,
    /// Sum of `daily_pnl` since inception.
    pub cumulative_pnl: Money,
    /// Time-weighted return since inception: the daily returns compounded.
    pub cumulative_return: f64,
    /// Market value less cost of what is held.
    pub unrealized_total: Money,
    /// Sum of `realized` since inception.
    pub realized_total: Money,
    /// Holdings that are not zero.
    pub position_count: u32,
    /// Holdings above zero.
    pub long_count: u32,
    /// Holdings below zero.
    pub short_count: u32,
    /// Share of gross value that is priced as its kind should be.
    pub coverage: f64,
    /// Every holding not priced as its kind should be, by symbol.
    pub gaps: Vec<Gap>,
}

impl Snapshot {
    /// `long_value - short_value`; widens instead of overflowing.
    pub fn gross_exposure(&self) -> i128 {
        i128::from(self.long_value.micros()) - i128::from(self.short_value.micros())
    }

    /// The same in money; absent where money cannot hold it, which is above nine million million.
    pub fn gross_exposure_money(&self) -> Option<Money> {
        i64::try_from(self.gross_exposure()).ok().map(Money::from_micros)
    }

    /// `long_value + short_value` in money.
    pub fn net_exposure(&self) -> Money {
        Money::from_micros(self.long_value.micros().saturating_add(self.short_value.micros()))
    }

    /// Gross exposure over equity; absent when equity is not positive.
    pub fn leverage(&self) -> Option<f64> {
        (self.equity.signum() > 0).then(|| self.gross_exposure() as f64 / self.equity.micros() as f64)
    }
}

/// A holding at a session's close, with its part of the session's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// What is held.
    pub instrument: InstrumentId,
    /// The symbol it goes by.
    pub symbol: Symbol,
    /// Signed units.
    pub quantity: Quantity,
    /// Cost of its lots, signed as the quantity.
    pub cost: Money,
    /// The price it is valued at.
    pub quote: Quote,
    /// `quantity * price * multiplier`, signed.
    pub market_value: Money,
    /// Market value less cost.
    pub unrealized: Money,
    /// Its part of the session's profit.
    pub daily_pnl: Money,
    /// Profit over the absolute opening value: above zero when a short gains; absent when it opened at zero.
    pub daily_return: Option<f64>,
    /// Market value over the portfolio's equity; absent when equity is not positive.
    pub weight: Option<f64>,
}
