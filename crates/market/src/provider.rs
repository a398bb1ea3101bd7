//! The one trait that all providers implement, and what they are asked and answer.

use std::fmt;

use futures_util::future::BoxFuture;
use model::{Actions, Bars, Date, Fundamentals, Profile, Symbol, Timestamp};

use crate::ProviderError;

/// Refused rows of one answer that are kept with their text; further ones are only counted.
pub const REFUSED_ROWS_KEPT_MAX: usize = 20;

/// A provider, by the number it has in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A folder of CSV files.
    Files = 1,
    /// Yahoo Finance.
    Yahoo = 2,
    /// Polygon.
    Polygon = 3,
    /// Financial Modeling Prep.
    Fmp = 4,
    /// Alpha Vantage.
    AlphaVantage = 5,
    /// Stooq.
    Stooq = 6,
}

impl Source {
    /// Every provider there is.
    pub const ALL: [Source; 6] =
        [Source::Files, Source::Yahoo, Source::Polygon, Source::Fmp, Source::AlphaVantage, Source::Stooq];

    /// Its name in settings and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Files => "files",
            Source::Yahoo => "yahoo",
            Source::Polygon => "polygon",
            Source::Fmp => "fmp",
            Source::AlphaVantage => "alphavantage",
            Source::Stooq => "stooq",
        }
    }

    /// Its number in storage.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The provider with a number, if there is one.
    pub fn from_code(code: i64) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.code() == code)
    }

    /// The provider of a name, if there is one.
    pub fn from_name(name: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.as_str() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who waits for an answer. Requests somebody waits for go before those of the background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody waits.
    #[default]
    Interactive,
    /// Nobody does.
    Background,
}

/// Dates from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first date.
    pub first: Date,
    /// The last date.
    pub last: Date,
}

impl Span {
    /// Whether a date lies inside.
    pub fn contains(self, date: Date) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// A question for the daily history of one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// First session wanted.
    pub first: Date,
    /// Last session wanted.
    pub last: Date,
    /// The present, by which a bar is final or not.
    pub as_of: Timestamp,
    /// Who waits for the answer.
    pub urgency: Urgency,
    /// The stamp of the provider's last answer, when it is still in storage.
    pub known_stamp: Option<String>,
}

/// A row of an answer that was refused while the good ones were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Where it stands: a file and line, or a session.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The daily history of one symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Bars as traded.
    pub bars: Bars,
    /// Splits and dividends.
    pub actions: Actions,
    /// The first refused rows.
    pub refused: Vec<RefusedRow>,
    /// How many rows were refused.
    pub refused_count: usize,
    /// Names this state of the source, so that an unchanged source is not read again.
    pub stamp: Option<String>,
    /// Whether this is all the source has, so that what is absent was taken away.
    pub is_whole: bool,
    /// The dates about which the answer is complete: a session inside without a bar has none at this source.
    /// Absent when nothing can be concluded from a bar that is not there.
    pub covers: Option<Span>,
    /// The ex-dates within which all corporate actions are given; absent when they are given without a bound.
    pub actions_cover: Option<Span>,
    /// When the symbol was listed, as far as the source tells.
    pub listing: Listing,
}

/// When a symbol was listed, as far as a source tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The first date on which it traded.
    pub first: Option<Date>,
    /// The last date on which it traded, when it trades no more.
    pub last: Option<Date>,
}

/// What a provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryAnswer {
    /// The source is as it was when it gave the stamp of the request.
    Unchanged,
    /// The history.
    History(Box<History>),
}

/// A question for what is known of one symbol beside its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// The present.
    pub as_of: Timestamp,
    /// Who waits for the answer.
    pub urgency: Urgency,
}

/// What is known of one symbol beside its prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileAnswer {
    /// Name, kind, sector and the like.
    pub profile: Profile,
    /// Figures of the company, where the source has them.
    pub fundamentals: Option<Fundamentals>,
}

/// What a provider can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Daily bars and corporate actions.
    pub has_history: bool,
    /// Profiles.
    pub has_profiles: bool,
    /// Whether asking costs nothing, so that it is asked on every occasion and its emptiness is never remembered.
    pub is_local: bool,
}

/// A source of market data.
pub trait Provider: Send + Sync + fmt::Debug {
    /// Which provider this is.
    fn source(&self) -> Source;

    /// What it can be asked for.
    fn offers(&self) -> Offers;

    /// Asks for the daily history of one symbol. The answer may hold more than was asked for.
    ///
    /// # Errors
    /// [`ProviderError`] in the future's result; [`ProviderError::NoData`] when the symbol exists and has nothing in
    /// the range asked.
    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>>;

    /// Asks what is known of one symbol beside its prices.
    ///
    /// # Errors
    /// [`ProviderError`] in the future's result; [`ProviderError::NoData`] when the provider has no profiles.
    fn fetch_profile<'a>(
        &'a self,
        request: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>>;
}
