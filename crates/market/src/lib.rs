//! Where market data comes from, and what of it is missing.
//!
//! Providers answer behind one trait, [`Provider`]; what to ask for ([`missing`], [`merge_ranges`]) and what an
//! answer changes ([`reconcile`]) is pure. Nothing is stored here.

mod admission;
mod alphavantage;
mod budget;
mod budget_defaults;
mod chain;
mod coverage;
mod daily_rows;
mod denial;
mod empty;
mod error;
mod files;
mod fmp;
mod history_parts;
mod json;
mod merge_actions;
mod plan;
mod polygon;
mod profile_chain;
mod provider;
mod reconcile;
mod rescale;
mod row_line;
mod split_ratio;
mod stooq;
mod us_ticker;
mod wire;
mod yahoo;

pub use admission::{Admission, Permit, PlanShown};
pub use alphavantage::AlphaVantage;
pub use budget::{BudgetLimits, BudgetState, Reservation};
pub use budget_defaults::free_plan_limits;
pub use chain::{Chain, Fill, Filled, Part};
pub use coverage::{
    Coverage, EmptyReason, EmptyStretch, Freshness, LIVE_MICROS, LiveBar, freshness, live_session_due,
    merge_ranges, missing,
};
pub use denial::{ChainFailure, Denial, retry};
pub use empty::{merge_empty, none_until, note_empty};
pub use error::ProviderError;
pub use files::{FILE_BYTES_MAX, Files};
pub use fmp::Fmp;
pub use merge_actions::{ActionsBySource, flatten_actions, merge_actions};
pub use plan::{
    BRIDGE_SESSIONS_MAX, OVERLAP_SESSIONS_MAX, OVERLAP_TOLERANCE, contradicts, order_by_completion,
    spans_to_ask, subtract_bars, subtract_span,
};
pub use polygon::Polygon;
pub use profile_chain::{ProfileWalk, Refusal};
pub use provider::{
    History, HistoryAnswer, HistoryRequest, Listing, Offers, ProfileAnswer, ProfileRequest, Provider,
    REFUSED_ROWS_KEPT_MAX, RefusedRow, Source, Span, Urgency,
};
pub use reconcile::{LARGE_MOVE, Reconciled, Restated, RestatedField, large_moves, reconcile};
pub use rescale::{RESCALED_CLOSES_MIN, unexplained_factor};
pub use row_line::row_line;
pub use stooq::Stooq;
pub use wire::{
    AnswerFault, BODY_BYTES_MAX, BaseUrlError, CONNECT_TIMEOUT_MS, Call, CallLimits, Figure, FigureError,
    Key, PAUSE_S_FIRST, PAUSE_S_MAX, PROVIDER_CALL_SPAN, RETRY_AFTER_S_MAX, RETRY_COUNT_MAX,
    RETRY_DELAY_MS_FIRST, RETRY_DELAY_MS_MAX, Reply, TOTAL_TIMEOUT_MS, USER_AGENT, Wire, WireSettings,
    check_base_url,
};
pub use yahoo::{YAHOO_BASE_URL, YAHOO_COOKIE_URL, YAHOO_USER_AGENT, Yahoo, YahooSettings};
