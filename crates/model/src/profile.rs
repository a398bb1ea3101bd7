//! What is known of an instrument beside its prices.

use crate::{Currency, Date, InstrumentKind, Sector};

/// Who stands behind a symbol. Everything is as known today and may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: Option<String>,
    /// What it is.
    pub kind: Option<InstrumentKind>,
    /// Its sector; funds, indices, options and private holdings have none.
    pub sector: Option<Sector>,
    /// Its industry, in the words of the source.
    pub industry: Option<String>,
    /// The exchange, in the words of the source.
    pub exchange: Option<String>,
    /// The currency it is quoted in.
    pub currency: Option<Currency>,
    /// Whether only whole units can be held, when the source says so.
    pub is_whole_unit: Option<bool>,
}

/// Figures of a company as a source told them on a day; each may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fundamentals {
    /// The newest date on which earnings were told, on or before the day of the answer.
    pub last_earnings: Option<Date>,
    /// The next date on which earnings are expected.
    pub next_earnings: Option<Date>,
    /// Earnings for one share over the last twelve months, in the currency of the quote.
    pub eps_trailing: Option<f64>,
    /// Revenue over the last twelve months, in the currency of the accounts.
    pub revenue: Option<f64>,
    /// Gross profit over revenue, as a fraction.
    pub gross_margin: Option<f64>,
    /// Operating profit over revenue, as a fraction.
    pub operating_margin: Option<f64>,
    /// Net profit over revenue, as a fraction.
    pub profit_margin: Option<f64>,
    /// Beta as the source computes it.
    pub provider_beta: Option<f64>,
    /// Market value of all shares, in the currency of the quote.
    pub market_cap: Option<f64>,
}
