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

impl Profile {
    /// Whether it tells where a holding counts when exposures are added up by sector: it names a sector, or a kind that
    /// has none.
    pub fn tells_bucket(&self) -> bool {
        self.sector.is_some() || self.kind.is_some_and(|kind| kind != InstrumentKind::Stock)
    }

    /// This profile, with what it lacks taken from another. A kind that has no sector takes none from the other.
    ///
    /// # Example
    /// ```
    /// use model::{Profile, Sector};
    /// let named = Profile { name: Some("Acme".into()), ..Profile::default() };
    /// let other = Profile { name: Some("ACME Inc".into()), sector: Some(Sector::Energy), ..Profile::default() };
    /// let filled = named.filled_by(&other);
    /// assert_eq!((filled.name.as_deref(), filled.sector), (Some("Acme"), Some(Sector::Energy)));
    /// ```
    #[must_use]
    pub fn filled_by(self, other: &Profile) -> Profile {
        let kind = self.kind.or(other.kind);
        let has_sector = kind.is_none_or(|kind| kind == InstrumentKind::Stock);
        Profile {
            name: self.name.or_else(|| other.name.clone()),
            kind,
            sector: self.sector.or(other.sector).filter(|_| has_sector),
            industry: self.industry.or_else(|| other.industry.clone()),
            exchange: self.exchange.or_else(|| other.exchange.clone()),
            currency: self.currency.or(other.currency),
            is_whole_unit: self.is_whole_unit.or(other.is_whole_unit),
        }
    }
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
