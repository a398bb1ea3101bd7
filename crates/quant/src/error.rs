//! Why an input cannot be worked with at all.

use model::Date;

/// Why an input cannot be worked with at all; a figure that merely does not exist is [`crate::Absent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantError {
    /// A series goes back in time, or names a date twice.
    #[error("the series is not in order of date at {date}")]
    NotAscending {
        /// The first date that is not after the one before it.
        date: Date,
    },
    /// A dividend takes the whole price or more, so no factor stands for it.
    #[error("the dividend of {ex_date} is not below the close before it")]
    DividendNotBelowClose {
        /// The ex-date of the dividend.
        ex_date: Date,
    },
    /// A dividend is negative.
    #[error("the dividend of {ex_date} is negative")]
    DividendNegative {
        /// The ex-date of the dividend.
        ex_date: Date,
    },
}
