//! The one trait that all providers implement, and what they are asked and answer.

use std::fmt;

use futures_util::future::BoxFuture;
use model::{Actions, Bars, Date, Symbol, Timestamp};

use crate::ProviderError;

/// Refused rows of one answer that are kept with their text; further ones are only counted.
pub const REFUSED_ROWS_KEPT_MAX: usize = 20;

/// A provider, by the number it has in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A folder of CSV files.
    Files = 1,
}

impl Source {
    /// Its name in settings and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Files => "files",
        }
    }

    /// Its number in storage.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The provider with a number, if there is one.
    pub fn from_code(code: i64) -> Option<Source> {
        [Source::Files].into_iter().find(|source| source.code() == code)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
}

/// What a provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryAnswer {
    /// The source is as it was when it gave the stamp of the request.
    Unchanged,
    /// The history.
    History(Box<History>),
}

/// A source of market data.
pub trait Provider: Send + Sync + fmt::Debug {
    /// Which provider this is.
    fn source(&self) -> Source;

    /// Asks for the daily history of one symbol.
    ///
    /// # Errors
    /// [`ProviderError`] in the future's result.
    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>>;
}
