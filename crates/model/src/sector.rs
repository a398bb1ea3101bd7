//! The eleven sectors of the Global Industry Classification Standard.

use crate::names::names;

names! {
    /// A sector of the Global Industry Classification Standard (MSCI and S&P, in force since March 2023).
    Sector, "the eleven GICS sectors, such as Technology or Health Care", {
        /// Information technology.
        Technology = "Technology",
        /// Banks, insurers and others that deal in money.
        Financials = "Financials",
        /// Drugs, devices and care.
        HealthCare = "Health Care",
        /// Oil, gas and coal.
        Energy = "Energy",
        /// What people buy when they can.
        ConsumerDiscretionary = "Consumer Discretionary",
        /// What people buy anyway.
        ConsumerStaples = "Consumer Staples",
        /// Machines, transport and services to business.
        Industrials = "Industrials",
        /// Chemicals, metals and paper.
        Materials = "Materials",
        /// Telephone, media and platforms.
        CommunicationServices = "Communication Services",
        /// Power, gas and water.
        Utilities = "Utilities",
        /// Land and buildings.
        RealEstate = "Real Estate",
    }
}

/// Names that sources use for a sector beside its own, in lower case.
const ALIASES: [(&str, Sector); 15] = [
    ("basic materials", Sector::Materials),
    ("communications", Sector::CommunicationServices),
    ("consumer cyclical", Sector::ConsumerDiscretionary),
    ("consumer defensive", Sector::ConsumerStaples),
    ("financial", Sector::Financials),
    ("financial services", Sector::Financials),
    ("health", Sector::HealthCare),
    ("healthcare", Sector::HealthCare),
    ("industrial", Sector::Industrials),
    ("industrial goods", Sector::Industrials),
    ("information technology", Sector::Technology),
    ("telecommunication services", Sector::CommunicationServices),
    ("telecommunications", Sector::CommunicationServices),
    ("consumer non-cyclical", Sector::ConsumerStaples),
    ("realestate", Sector::RealEstate),
];

impl Sector {
    /// The sector a source means by a name, whatever its case; absent when the name is none that is known.
    ///
    /// # Example
    /// ```
    /// use model::Sector;
    /// assert_eq!(Sector::from_alias("Financial Services"), Some(Sector::Financials));
    /// assert_eq!(Sector::from_alias(" TECHNOLOGY "), Some(Sector::Technology));
    /// assert_eq!(Sector::from_alias("Shell Companies"), None);
    /// ```
    pub fn from_alias(text: &str) -> Option<Sector> {
        let name = text.trim().to_lowercase();
        let own = Sector::ALL.iter().copied().find(|sector| sector.as_str().to_lowercase() == name);
        own.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, sector)| *sector))
    }

    /// The symbol of the exchange-traded fund that stands for the sector (the Select Sector SPDR funds).
    pub const fn etf(self) -> &'static str {
        match self {
            Sector::Technology => "XLK",
            Sector::Financials => "XLF",
            Sector::HealthCare => "XLV",
            Sector::Energy => "XLE",
            Sector::ConsumerDiscretionary => "XLY",
            Sector::ConsumerStaples => "XLP",
            Sector::Industrials => "XLI",
            Sector::Materials => "XLB",
            Sector::CommunicationServices => "XLC",
            Sector::Utilities => "XLU",
            Sector::RealEstate => "XLRE",
        }
    }
}
