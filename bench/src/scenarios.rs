//! The scenarios, each with the lines it puts into the table.

pub mod bulk_load;
pub mod cached_reads;
pub mod compute;
pub mod growth;
pub mod history;
pub mod http_load;
pub mod portfolio_risk;
pub mod refresh;
pub mod risk;
