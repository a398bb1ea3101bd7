//! Where market data comes from, and what of it is missing.
//!
//! Providers answer behind one trait, [`Provider`]; what to ask for ([`missing`], [`merge_ranges`]) and what an
//! answer changes ([`reconcile`]) is pure. Nothing is stored here.

mod admission;
mod budget;
mod chain;
mod coverage;
mod error;
mod files;
mod provider;
mod reconcile;
mod row_line;
mod wire;
mod yahoo;

pub use admission::{Admission, Permit};
pub use budget::{BudgetLimits, BudgetState, Reservation};
pub use chain::{Answered, Chain, ChainFailure};
pub use coverage::{Coverage, EmptyReason, EmptyStretch, Freshness, freshness, merge_ranges, missing};
pub use error::ProviderError;
pub use files::{FILE_BYTES_MAX, Files};
pub use provider::{
    History, HistoryAnswer, HistoryRequest, Listing, Offers, ProfileAnswer, ProfileRequest, Provider,
    REFUSED_ROWS_KEPT_MAX, RefusedRow, Source, Span, Urgency,
};
pub use reconcile::{LARGE_MOVE, Reconciled, Restated, RestatedField, large_moves, reconcile};
pub use row_line::row_line;
pub use wire::{
    AnswerFault, BODY_BYTES_MAX, BaseUrlError, CONNECT_TIMEOUT_MS, Call, CallLimits, Figure, FigureError,
    Key, PAUSE_S_FIRST, PAUSE_S_MAX, PROVIDER_CALL_SPAN, RETRY_AFTER_S_MAX, RETRY_COUNT_MAX,
    RETRY_DELAY_MS_FIRST, RETRY_DELAY_MS_MAX, Reply, TOTAL_TIMEOUT_MS, USER_AGENT, Wire, WireSettings,
};
pub use yahoo::{YAHOO_BASE_URL, YAHOO_COOKIE_URL, YAHOO_USER_AGENT, Yahoo, YahooSettings};
