//! Polygon, Financial Modeling Prep, Alpha Vantage and Stooq end to end, against a server that writes as they do.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is its failure")]

mod alphavantage;
mod bed;
mod fmp;
mod polygon;
mod stooq;
